%% @doc A converter for Kazoo: with `number_manager.converter' set to `numplan',
%% `knm_converters:normalize' calls this module.
%%
%% Answers and exceptions equal those of the running Kazoo's `knm_converter_regex' (4.2, 4.3, 5)
%% with the same configuration. No call reads that: the system's rules and those of accounts are
%% held ready, and an edit is in force within a second ({@link numplan_kazoo_follower}, {@link
%% numplan_kazoo_accounts}). On a node without Kazoo's modules numplan's own active plan is used.
%% Numbers are non-empty binaries. Rules that Kazoo would crash on are run one by one ({@link
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
normalize(Number) when ?IS_NUMBER(Number) ->
    case numplan_kazoo_follower:system() of
        absent -> numplan:normalize(Number);
        {refused, {[_, {_, Converters}, _]}} -> converted(Number, Converters);
        Plan -> numplan:normalize(Number, Plan)
    end.

converted(<<$+, _/binary>> = Number, _Converters) -> Number;
converted(Number, Converters) -> numplan_kazoo_rules:rewrite(Number, converters, Converters).

%% @doc The number in E.164 by the account's dial plan, first match, and then its converters. The
%% account is given by its id or the name of its database; `undefined' uses the system's converters
%% alone.
-spec normalize(numplan:phone_number(), Account :: binary() | undefined) -> numplan:phone_number().
normalize(Number, undefined) ->
    normalize(Number);
normalize(Number, Account) when ?IS_NUMBER(Number), is_binary(Account) ->
    by_account(Number, numplan_kazoo_follower:system(), numplan_kazoo_config:account_id(Account)).

%% Native code looks for the plus, and an id is recognised by its size: matching the binary here
%% would allocate a match context, whose collection costs more than the answer.
by_account(Number, absent, _Account) -> converted_by_active(Number);
by_account(Number, _System, Id) when byte_size(Id) =:= 32 -> numplan_kazoo_accounts:normalize(Number, Id);
by_account(Number, _System, NoId) -> numplan_kazoo_accounts:unheld(normalize, Number, NoId).

converted_by_active(<<$+, _/binary>> = Number) -> Number;
converted_by_active(Number) -> numplan_re:convert(Number, numplan_plan:active()).

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
    converted_by_account(dialled(Number, DialPlan), AccountId).

dialled(Number, undefined) -> Number;
dialled(Number, DialPlan) -> numplan_kazoo_rules:rewrite(Number, dial_plan, DialPlan).

converted_by_account(Number, AccountId) ->
    case numplan_kazoo_follower:system() of
        absent -> numplan_re:convert(Number, numplan_plan:active());
        _ -> numplan_kazoo_accounts:convert(Number, AccountId)
    end.

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
