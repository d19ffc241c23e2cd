%% @doc A converter for Kazoo: with `number_manager.converter' set to `numplan',
%% `knm_converters:normalize' calls this module.
%%
%% Answers and exceptions equal those of the running Kazoo's `knm_converter_regex' (4.2, 4.3, 5)
%% with the same configuration, which {@link numplan_kazoo} reads; on a node without Kazoo's modules
%% numplan's own active plan is used. Numbers are non-empty binaries. Compiled rules are cached
%% ({@link numplan_plan_cache}); rules that Kazoo would crash on are run one by one ({@link
%% numplan_uncompiled}).
-module(knm_converter_numplan).

-export([normalize/1, normalize/2, normalize/3, to_npan/1, to_1npan/1, to_strip_plus/1]).

-define(IS_NUMBER(Number), is_binary(Number), Number =/= <<>>).

%% @doc The number in E.164 by the system's converters; unchanged where it starts with `+' or none
%% matches. Raises `badarg' where an invalid regex is reached.
%%
%% ```
%% <<"+14158867900">> = knm_converter_numplan:normalize(<<"4158867900">>).
%% '''
-spec normalize(numplan:phone_number()) -> numplan:phone_number().
normalize(<<$+, _/binary>> = Number) ->
    Number;
normalize(Number) when ?IS_NUMBER(Number) ->
    case numplan_kazoo:converters() of
        absent -> numplan:normalize(Number);
        Converters -> rewrite(Number, converters, Converters)
    end.

%% @doc The number in E.164 by the account's dial plan, first match, and then its converters. The
%% account is given by its id or the name of its database; `undefined' uses the system's converters
%% alone.
-spec normalize(numplan:phone_number(), Account :: binary() | undefined) -> numplan:phone_number().
normalize(Number, undefined) ->
    normalize(Number);
normalize(<<$+, _/binary>> = Number, _Account) ->
    Number;
normalize(Number, Account) when ?IS_NUMBER(Number), is_binary(Account) ->
    AccountId = numplan_kazoo:account_id(Account),
    by_account(dialled(Number, numplan_kazoo:dial_plan(AccountId)), AccountId).

%% @doc The number in E.164 by the given dial plan, first match, and then the account's converters,
%% even where the number starts with `+'. The dial plan is an ordered object, `{[{Regex,
%% {[{<<"prefix">>, Prefix}]}}]}'; the account is given by its id.
%%
%% ```
%% <<"+14158867900">> = knm_converter_numplan:normalize(
%%     <<"8867900">>,
%%     <<"0123456789abcdef0123456789abcdef">>,
%%     {[{<<"^(\\d{7})$">>, {[{<<"prefix">>, <<"+1415">>}]}}]}
%% ).
%% '''
-spec normalize(numplan:phone_number(), AccountId :: <<_:256>>, numplan:object() | undefined) -> numplan:phone_number().
normalize(Number, <<AccountId:32/binary>>, DialPlan) when ?IS_NUMBER(Number) ->
    by_account(dialled(Number, DialPlan), AccountId).

dialled(Number, undefined) -> Number;
dialled(Number, DialPlan) -> rewrite(Number, dial_plan, DialPlan).

by_account(Number, AccountId) ->
    case numplan_kazoo:converters(AccountId) of
        absent -> numplan_re:convert(Number, numplan_plan:active());
        Converters -> rewrite(Number, converters, Converters)
    end.

%% The number rewritten by `Rules', compiled where Kazoo would not crash on them. An empty object,
%% or a term that is not an object, is not compiled: Kazoo walks over the keys of whatever it has.
rewrite(Number, Kind, {[_ | _]} = Rules) ->
    case {Kind, numplan_plan_cache:plan(Kind, Rules)} of
        {_, refused} -> numplan_uncompiled:rewrite(Number, Rules);
        {dial_plan, Plan} -> numplan_re:apply_dial_plan(Number, Plan, first_match);
        {converters, Plan} -> numplan_re:convert(Number, Plan)
    end;
rewrite(Number, _Kind, NoRules) ->
    numplan_uncompiled:rewrite(Number, NoRules).

%% @doc The ten national digits of a North American number; any other number unchanged (4.2 and
%% later).
-spec to_npan(numplan:phone_number()) -> numplan:phone_number().
to_npan(Number) when is_binary(Number) ->
    numplan:to_npan(Number).

%% @doc `1' and the ten national digits of a North American number; any other number unchanged.
-spec to_1npan(numplan:phone_number()) -> numplan:phone_number().
to_1npan(Number) when is_binary(Number) ->
    numplan:to_1npan(Number).

%% @doc The normalised number, without one leading `+'.
-spec to_strip_plus(numplan:phone_number()) -> numplan:phone_number().
to_strip_plus(Number) ->
    case normalize(Number) of
        <<$+, Stripped/binary>> -> Stripped;
        Other -> Other
    end.
