%% @doc Replacements for Kazoo's classification functions, with the same arguments, answers and
%% exceptions, for Crossbar modules to call.
%%
%% No call reads the Kazoo node's configuration: the system's rules and those of accounts are held
%% ready, and an edit is in force within a second ({@link numplan_kazoo_follower}, {@link
%% numplan_kazoo_accounts}). On a node without Kazoo's modules numplan's own active plan is used.
%% Numbers are non-empty binaries, anything else is a `function_clause'. An invalid regex, or
%% a value that Kazoo does not take, raises `badarg' or `function_clause' for the numbers that reach
%% it, as in Kazoo ({@link numplan_uncompiled}).
-module(numplan_classifiers).

-export([classify/1, classification/1, available_classifiers/0]).
-export([is_reconcilable/1, is_reconcilable/2, pretty_print/1, to_db/1]).

-define(IS_NUMBER(Number), is_binary(Number), Number =/= <<>>).

%% @doc The name of the class of the normalised number; `undefined' where no classifier matches.
%% Replaces `knm_converters:classify/1'.
%%
%% ```
%% <<"did_us">> = numplan_classifiers:classify(<<"4158867900">>).
%% '''
-spec classify(numplan:phone_number()) -> binary() | undefined.
classify(Number) when ?IS_NUMBER(Number) ->
    case plan() of
        {refused, Document} -> numplan_uncompiled:classify(normalized(Number, Document), value(<<"classifiers">>, Document));
        Plan -> numplan:classify(Number, Plan)
    end.

%% @doc The whole answer of `GET classifiers/{NUMBER}': the keys of the number's classifier, then
%% `e164', `number' and `name'; where no classifier matches, `number' and `e164' alone. Replaces
%% three calls in `cb_phone_numbers' (`cb_phone_numbers:classify_number/2', in 4.x
%% `cb_phone_numbers_v2').
-spec classification(numplan:phone_number()) -> numplan:object().
classification(Number) when ?IS_NUMBER(Number) ->
    case plan() of
        {refused, Document} -> uncompiled(Number, normalized(Number, Document), value(<<"classifiers">>, Document));
        Plan -> numplan:classification(Number, Plan)
    end.

uncompiled(Number, E164, Classifiers) ->
    case numplan_uncompiled:classify(E164, Classifiers) of
        undefined ->
            {[{<<"number">>, Number}, {<<"e164">>, E164}]};
        Name ->
            {Available} = numplan_uncompiled:available_classifiers(Classifiers),
            {_, {Members}} = lists:keyfind(Name, 1, Available),
            {lists:foldl(fun stored/2, Members, [{<<"e164">>, E164}, {<<"number">>, Number}, {<<"name">>, Name}])}
    end.

stored({Key, _} = Member, Members) ->
    lists:keystore(Key, 1, Members, Member).

%% @doc The classifiers, in order, with all their keys. Replaces
%% `knm_converters:available_classifiers/0'. A classifier without `friendly_name' keeps its other
%% keys, as in 4.3; in Kazoo 4.2 and 5 it loses them, by a bug.
-spec available_classifiers() -> numplan:object().
available_classifiers() ->
    case plan() of
        {refused, Document} -> numplan_uncompiled:available_classifiers(value(<<"classifiers">>, Document));
        Plan -> numplan:available_classifiers(Plan)
    end.

%% @doc True when the reconcile regex matches the normalised number. Replaces
%% `knm_converters:is_reconcilable/1'.
-spec is_reconcilable(numplan:phone_number()) -> boolean().
is_reconcilable(Number) when ?IS_NUMBER(Number) ->
    case plan() of
        {refused, Document} ->
            numplan_uncompiled:matches(normalized(Number, Document), value(<<"reconcile_regex">>, Document));
        Plan ->
            numplan:is_reconcilable(Number, Plan)
    end.

%% @doc As {@link is_reconcilable/1} by an account's rules: its own reconcile regex, else its
%% reseller's, else the system's, applied to the number as the account normalises it ({@link
%% knm_converter_numplan:normalize/2}). The account is given by its id or the name of its database;
%% `undefined' uses the system's rules, with its regex as it is stored. Replaces
%% `knm_converters:is_reconcilable/2', which takes any value as a regex: null raises `badarg'.
-spec is_reconcilable(numplan:phone_number(), Account :: binary() | undefined) -> boolean().
is_reconcilable(Number, undefined) ->
    E164 = knm_converter_numplan:normalize(Number),
    case numplan_kazoo_follower:reconcile_regex() of
        absent -> is_reconcilable(Number);
        Regex -> numplan_kazoo_rules:is_reconcilable(E164, Regex)
    end;
is_reconcilable(Number, Account) when ?IS_NUMBER(Number), is_binary(Account) ->
    by_account(Number, numplan_kazoo_follower:system(), numplan_kazoo_config:account_id(Account)).

by_account(Number, absent, _Account) -> is_reconcilable(Number);
by_account(Number, _System, Id) when byte_size(Id) =:= 32 -> numplan_kazoo_accounts:is_reconcilable(Number, Id);
by_account(Number, _System, NoId) -> numplan_kazoo_accounts:unheld(is_reconcilable, Number, NoId).

%% @doc The number formatted by the mask of its class. Replaces `knm_util:pretty_print/1'.
-spec pretty_print(numplan:phone_number() | undefined) -> binary().
pretty_print(undefined) ->
    <<"unknown">>;
pretty_print(Number) ->
    printed(Number, plan()).

%% The number formatted by the mask of its class. The classifiers are read first, as in Kazoo: what
%% they raise hides what the number would raise.
printed(Number, {refused, Document}) ->
    Available = numplan_uncompiled:available_classifiers(value(<<"classifiers">>, Document)),
    E164 = normalized(Number, Document),
    laid_out(numplan_uncompiled:mask(E164, Available), Number, E164);
printed(Number, Plan) when ?IS_NUMBER(Number) ->
    numplan:pretty_print(Number, Plan).

laid_out(undefined, _Number, <<"+1", _/binary>> = E164) -> numplan_nif:format(<<"SS(###) ### - ####">>, E164);
laid_out(undefined, Number, _E164) -> Number;
laid_out(Mask, _Number, E164) when is_binary(Mask) -> numplan_nif:format(Mask, E164).

%% @doc The name of the database that holds a number, encoded as the running release of Kazoo
%% encodes it ({@link numplan_kazoo_config:to_db/1}); percent-encoded without Kazoo's modules.
%% `undefined' for fewer than five bytes. Replaces `knm_converters:to_db/1'.
-spec to_db(numplan:phone_number()) -> binary() | undefined.
to_db(<<Prefix:5/binary, _/binary>> = Number) ->
    case numplan_kazoo_config:to_db(Prefix) of
        absent -> numplan:to_db(Number);
        Name -> Name
    end;
to_db(_Short) ->
    undefined.

plan() ->
    case numplan_kazoo_follower:system() of
        absent -> numplan_plan:active();
        Rules -> Rules
    end.

normalized(<<$+, _/binary>> = Number, _Document) -> Number;
normalized(Number, Document) when ?IS_NUMBER(Number) ->
    numplan_uncompiled:rewrite(Number, value(<<"e164_converters">>, Document)).

%% The value under `Key'. Where reading it raised an exception, it is raised again here, where the
%% value is used.
value(Key, {Members}) ->
    case lists:keyfind(Key, 1, Members) of
        {_, {raised, Class, Reason}} -> erlang:raise(Class, Reason, []);
        {_, Value} -> Value
    end.
