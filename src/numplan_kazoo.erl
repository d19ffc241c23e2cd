%% @doc The configuration of the Kazoo node that this one is, read where Kazoo reads it: `kapps_config', `kapps_account_config' and
%% `kzd_accounts'. They are called by name alone; without them nothing here is known (`absent').
%%
%% Every call reads anew, as Kazoo's own converter does: those modules cache, and empty their caches when the cluster tells them of a
%% change. So an edit takes effect as soon as Kazoo sees it (kazoo-facts 3.3, 3.12).
-module(numplan_kazoo).

-export([converters/0, converters/1, reconcile_regex/1, dial_plan/1, number_manager/0, account_id/1]).

-define(CATEGORY, <<"number_manager">>).
-define(ABSENT, numplan_kazoo_absent).
-define(KEYS, [<<"classifiers">>, <<"e164_converters">>, <<"reconcile_regex">>]).

%% @doc The system's converters. Where Kazoo cannot read them, those of the default preset.
-spec converters() -> numplan:object() | absent.
converters() ->
    value(<<"e164_converters">>, fun() -> default(<<"e164_converters">>) end).

%% @doc The converters of an account: its own, else its reseller's, else the system's.
-spec converters(AccountId :: binary()) -> numplan:object() | absent.
converters(AccountId) ->
    account_value(AccountId, <<"e164_converters">>).

%% @doc The reconcile regex of an account: its own, else its reseller's, else the system's.
-spec reconcile_regex(AccountId :: binary()) -> binary() | absent.
reconcile_regex(AccountId) ->
    account_value(AccountId, <<"reconcile_regex">>).

account_value(AccountId, Key) ->
    case available(kapps_account_config, get_global, 4) of
        true -> read(kapps_account_config, get_global, [AccountId, ?CATEGORY, Key], Key);
        false -> value(Key, fun() -> default(Key) end)
    end.

%% @doc The dial plan of an account's document; `undefined' where it has none or cannot be read.
-spec dial_plan(AccountId :: binary()) -> numplan:object() | undefined.
dial_plan(AccountId) ->
    Modules = [Module || Module <- [kzd_accounts, kz_account], available(Module, fetch, 1)],
    case Modules of
        [Module | _] -> dial_plan_of(Module:fetch(AccountId));
        [] -> undefined
    end.

dial_plan_of({ok, {Members}}) -> proplists:get_value(<<"dial_plan">>, Members);
dial_plan_of({error, _}) -> undefined.

%% @doc What the system configuration says of classifiers, converters and the reconcile regex.
-spec number_manager() -> numplan:object() | absent.
number_manager() ->
    case [{Key, value(Key, fun() -> default(Key) end)} || Key <- ?KEYS] of
        [{_, absent} | _] -> absent;
        Members -> {Members}
    end.

value(Key, Default) ->
    case [Function || Function <- functions(Key), available(kapps_config, Function, 3)] of
        [Function | _] -> read(kapps_config, Function, [?CATEGORY, Key], Default);
        [] -> absent
    end.

%% Kazoo 4.0 has get/3 alone.
functions(<<"reconcile_regex">>) -> [get_ne_binary, get];
functions(_Objects) -> [get_json, get].

%% The default is handed over too: Kazoo writes it into its configuration on first read.
read(Module, Function, Arguments, Key) when is_binary(Key) ->
    read(Module, Function, Arguments, fun() -> default(Key) end);
read(Module, Function, Arguments, Default) ->
    Fallback = Default(),
    try apply(Module, Function, Arguments ++ [Fallback]) of
        undefined -> Fallback;
        Value -> Value
    catch
        _:_ -> Fallback
    end.

default(Key) ->
    case persistent_term:get({?MODULE, Key}, undefined) of
        undefined ->
            {ok, Text} = numplan_nif:preset(<<"kazoo-4.2">>),
            {ok, {Members}} = numplan_json:decode(Text, [ordered]),
            {_, Value} = lists:keyfind(Key, 1, Members),
            persistent_term:put({?MODULE, Key}, Value),
            Value;
        Value ->
            Value
    end.

%% A Kazoo module is loaded when it is first called. To look for one that is not there goes through the whole code path: so that is done
%% once.
available(Module, Function, Arity) ->
    erlang:function_exported(Module, Function, Arity) orelse
        (not persistent_term:get({?ABSENT, Module}, false) andalso loadable(Module, Function, Arity)).

loadable(Module, Function, Arity) ->
    case code:ensure_loaded(Module) of
        {module, Module} ->
            erlang:function_exported(Module, Function, Arity);
        {error, _} ->
            persistent_term:put({?ABSENT, Module}, true),
            false
    end.

%% @doc The account's id of 32 bytes, of that or of a name of its database, encoded or not, by month or not; anything else as it is.
%%
%% ```
%% Id = <<"0123456789abcdef0123456789abcdef">>,
%% Id = numplan_kazoo:account_id(<<"account%2F01%2F23%2F456789abcdef0123456789abcdef">>),
%% Id = numplan_kazoo:account_id(<<"account/01/23/456789abcdef0123456789abcdef-202611">>).
%% '''
-spec account_id(binary()) -> binary().
account_id(<<"account/", A:2/binary, "/", B:2/binary, "/", Rest:28/binary>>) -> <<A/binary, B/binary, Rest/binary>>;
account_id(<<"account/", Id:34/binary, "-", _Month:6/binary>>) -> account_id(<<"account/", Id/binary>>);
account_id(<<"account%2F", A:2/binary, "%2F", B:2/binary, "%2F", Rest/binary>>) ->
    account_id(<<"account/", A/binary, "/", B/binary, "/", Rest/binary>>);
account_id(<<"account%2f", A:2/binary, "%2f", B:2/binary, "%2f", Rest/binary>>) ->
    account_id(<<"account/", A/binary, "/", B/binary, "/", Rest/binary>>);
account_id(Id) -> Id.
