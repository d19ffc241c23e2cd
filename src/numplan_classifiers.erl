%% @doc What the body of a Crossbar module needs beside the converter: Kazoo's calls, with Kazoo's arguments and answers, each of which the
%% module's own function can delegate to in one line.
%%
%% The configuration is the Kazoo node's, read anew by each call ({@link numplan_kazoo}) and compiled once ({@link numplan_rules}); on a node
%% without Kazoo's modules it is numplan's own active plan. A configuration with an invalid regex raises `badarg' for the numbers
%% that come to it, as in Kazoo.
-module(numplan_classifiers).

-export([classify/1, classification/1, available_classifiers/0]).
-export([is_reconcilable/1, is_reconcilable/2, pretty_print/1, to_db/1]).

%% @doc The name of the number's class, normalisation included; `undefined' where no classifier matches. In place of
%% `knm_converters:classify/1'.
%%
%% ```
%% <<"did_us">> = numplan_classifiers:classify(<<"4158867900">>).
%% '''
-spec classify(numplan:phone_number()) -> binary() | undefined.
classify(Number) ->
    case plan() of
        {refused, Document} -> numplan_uncompiled:classify(normalized(Number, Document), value(<<"classifiers">>, Document));
        Plan -> numplan:classify(Number, Plan)
    end.

%% @doc The whole answer of `GET classifiers/{NUMBER}': the keys of the number's classifier, then `e164', `number' and `name'. In place
%% of what `cb_phone_numbers' puts together of three calls. kazoo-facts 2.3.
-spec classification(numplan:phone_number()) -> numplan:object().
classification(Number) ->
    case plan() of
        {refused, Document} -> uncompiled(Number, normalized(Number, Document), value(<<"classifiers">>, Document));
        Plan -> numplan:classification(Number, Plan)
    end.

uncompiled(Number, E164, Classifiers) ->
    Answer = [{<<"e164">>, E164}, {<<"number">>, Number}],
    case numplan_uncompiled:classify(E164, Classifiers) of
        undefined ->
            {Answer};
        Name ->
            {Available} = numplan_uncompiled:available_classifiers(Classifiers),
            {_, {Members}} = lists:keyfind(Name, 1, Available),
            {lists:foldl(fun stored/2, Members, Answer ++ [{<<"name">>, Name}])}
    end.

stored({Key, _} = Member, Members) ->
    lists:keystore(Key, 1, Members, Member).

%% @doc The classifiers, in order, each in full. In place of `knm_converters:available_classifiers/0'. kazoo-facts 3.6.
-spec available_classifiers() -> numplan:object().
available_classifiers() ->
    case plan() of
        {refused, Document} -> numplan_uncompiled:available_classifiers(value(<<"classifiers">>, Document));
        Plan -> numplan:available_classifiers(Plan)
    end.

%% @doc True when the reconcile regex matches the number, normalised. In place of `knm_converters:is_reconcilable/1'.
-spec is_reconcilable(numplan:phone_number()) -> boolean().
is_reconcilable(Number) ->
    case plan() of
        {refused, Document} ->
            numplan_uncompiled:matches(normalized(Number, Document), value(<<"reconcile_regex">>, Document));
        Plan ->
            numplan:is_reconcilable(Number, Plan)
    end.

%% @doc The same by an account's rules: its own reconcile regex, else its reseller's, else the system's, on the number as the account
%% normalises it ({@link knm_converter_numplan:normalize/2}). The account is given by id or by the name of its database; `undefined' is none.
%% kazoo-facts 3.3.
-spec is_reconcilable(numplan:phone_number(), Account :: binary() | undefined) -> boolean().
is_reconcilable(Number, undefined) ->
    is_reconcilable(Number);
is_reconcilable(Number, Account) ->
    AccountId = numplan_kazoo:account_id(Account),
    case numplan_kazoo:reconcile_regex(AccountId) of
        absent -> is_reconcilable(Number);
        Regex -> is_reconcilable_by(Regex, knm_converter_numplan:normalize(Number, AccountId))
    end.

is_reconcilable_by(Regex, E164) ->
    case numplan_rules:plan(reconcile_regex, Regex) of
        refused -> numplan_uncompiled:matches(E164, Regex);
        Plan -> numplan:is_reconcilable(E164, Plan)
    end.

%% @doc The number laid out as its class prints it. In place of `knm_util:pretty_print/1'. kazoo-facts 3.8.
-spec pretty_print(numplan:phone_number() | undefined) -> binary().
pretty_print(undefined) ->
    <<"unknown">>;
pretty_print(Number) ->
    case plan() of
        {refused, Document} -> printed(Number, normalized(Number, Document), value(<<"classifiers">>, Document));
        Plan -> numplan:pretty_print(Number, Plan)
    end.

printed(Number, E164, {Members} = Classifiers) ->
    Name = numplan_uncompiled:classify(E164, Classifiers),
    case {proplists:get_value(Name, Members), E164} of
        {{Keys}, _} -> laid_out(proplists:get_value(<<"pretty_print">>, Keys), Number, E164);
        _ -> laid_out(undefined, Number, E164)
    end.

laid_out(undefined, _Number, <<"+1", _/binary>> = E164) -> numplan_nif:format(<<"SS(###) ### - ####">>, E164);
laid_out(undefined, Number, _E164) -> Number;
laid_out(Mask, _Number, E164) -> numplan_nif:format(Mask, E164).

%% @doc The name of the database a number lives in, percent-encoded. In place of `knm_converters:to_db/1'. kazoo-facts 3.10.
-spec to_db(numplan:phone_number()) -> binary() | undefined.
to_db(Number) ->
    numplan:to_db(Number).

plan() ->
    case numplan_kazoo:number_manager() of
        absent -> numplan_plan:active();
        Document -> plan(numplan_rules:plan(number_manager, Document), Document)
    end.

plan(refused, Document) -> {refused, Document};
plan(Plan, _Document) -> Plan.

normalized(<<$+, _/binary>> = Number, _Document) -> Number;
normalized(Number, Document) -> numplan_uncompiled:rewrite(Number, value(<<"e164_converters">>, Document)).

value(Key, {Members}) ->
    {_, Value} = lists:keyfind(Key, 1, Members),
    Value.
