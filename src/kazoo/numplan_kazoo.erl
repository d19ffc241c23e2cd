%% @doc Reads the release and the configuration of the Kazoo node that runs this code, by Kazoo's
%% own `kapps_config', `kapps_account_config' and `kzd_accounts'. On a node without these modules
%% the answer is `absent'.
%%
%% Every call reads anew, as Kazoo's own converter does. Kazoo's modules cache documents and drop
%% them when they change in the cluster, so an edit takes effect as soon as Kazoo sees it.
%%
%% This module never writes. Kazoo saves a default that is passed to a read of a missing key
%% (`kapps_config:get_default_value/4', 4.2 to 5), so no defaults are passed: missing values come
%% from the preset of the running release.
-module(numplan_kazoo).

-export([release/0, converters/0, converters/1, reconcile_regex/1, dial_plan/1, number_manager/0, account_id/1, to_db/1]).

-export_type([release/0]).

-type release() :: '4.2' | '4.3' | '5'.

-define(CATEGORY, <<"number_manager">>).
-define(CONVERTERS, <<"e164_converters">>).
-define(ABSENT, numplan_kazoo_absent).

%% @doc The release of Kazoo whose code this node runs, as far as the number manager differs between
%% releases.
%%
%% It is recognised by functions that a release added: `kzs_util:format_account_id/1' in 5,
%% `kz_json:set_value/4' in 4.3. (The version of the application `kazoo' is a placeholder, `4.0.0',
%% in builds from source.) `5' where Kazoo's modules are missing.
-spec release() -> release().
release() ->
    Signs = [{'5', kzs_util, format_account_id, 1}, {'4.3', kz_json, set_value, 4}, {'4.2', kz_json, get_value, 3}],
    case [Release || {Release, Module, Function, Arity} <- Signs, available(Module, Function, Arity)] of
        [Release | _] -> Release;
        [] -> '5'
    end.

%% @doc The system's converters; the release's defaults where the system has none, or they are not
%% an object, or they cannot be read (`knm_converter_regex:get_e164_converters/0').
-spec converters() -> numplan:object() | absent.
converters() ->
    system(fun system_converters/0).

system_converters() ->
    or_default(fun() -> system_value(get_json, ?CONVERTERS) end, ?CONVERTERS).

%% @doc The converters of an account: its own, else its reseller's, else the system's, as stored,
%% even if that is not an object; the release's defaults where there are none, or they cannot be
%% read (`knm_converter_regex:get_e164_converters/1').
-spec converters(AccountId :: binary()) -> numplan:object() | term() | absent.
converters(AccountId) ->
    case available(kapps_account_config, get_global, 3) of
        true -> or_default(fun() -> account_value(AccountId, ?CONVERTERS) end, ?CONVERTERS);
        false -> converters()
    end.

or_default(Read, Key) ->
    try
        Read()
    catch
        _:_ -> default(Key)
    end.

%% @doc The reconcile regex of an account, else its reseller's, else the system's, as stored, even
%% if that is not a regex; the release's default where there is none
%% (`knm_converters:is_reconcilable/2'). `undefined' asks for the system's.
-spec reconcile_regex(AccountId :: binary() | undefined) -> binary() | term() | absent.
reconcile_regex(AccountId) ->
    case available(kapps_account_config, get_global, 3) of
        true -> account_value(AccountId, <<"reconcile_regex">>);
        false -> system(fun system_reconcile_regex/0)
    end.

account_value(AccountId, Key) ->
    defined(kazoo(kapps_account_config, get_global, [AccountId, ?CATEGORY, Key]), Key).

%% @doc The dial plan of an account's document; `undefined' where it is missing or not an object
%% (`kzd_accounts:dial_plan/1'), or the document cannot be read.
-spec dial_plan(AccountId :: binary()) -> numplan:object() | undefined.
dial_plan(AccountId) ->
    case [Module || Module <- [kzd_accounts, kz_account], available(Module, fetch, 1)] of
        [Module | _] -> dial_plan_of(Module:fetch(AccountId));
        [] -> undefined
    end.

dial_plan_of({ok, {Members}}) ->
    case lists:keyfind(<<"dial_plan">>, 1, Members) of
        {_, {Rules}} when is_list(Rules) -> {Rules};
        _ -> undefined
    end;
dial_plan_of({error, _}) ->
    undefined.

%% @doc The system's classifiers, converters and reconcile regex. A value whose reading raises an
%% exception is replaced by `{raised, Class, Reason}': in Kazoo only the calls that use it fail.
-spec number_manager() -> numplan:object() | absent.
number_manager() ->
    system(fun() ->
        {[
            {<<"classifiers">>, tried(fun() -> system_value(get_json, <<"classifiers">>) end)},
            {?CONVERTERS, system_converters()},
            {<<"reconcile_regex">>, tried(fun system_reconcile_regex/0)}
        ]}
    end).

system_reconcile_regex() ->
    system_value(get_ne_binary, <<"reconcile_regex">>).

system_value(Get, Key) ->
    defined(kazoo(kapps_config, Get, [?CATEGORY, Key]), Key).

defined(undefined, Key) -> default(Key);
defined(Value, _Key) -> Value.

tried(Read) ->
    try
        Read()
    catch
        Class:Reason -> {raised, Class, Reason}
    end.

system(Read) ->
    case available(kapps_config, get_json, 2) of
        true -> Read();
        false -> absent
    end.

%% The running release's default for a key. The defaults of `knm_converters' and
%% `knm_converter_regex' are those of two presets: 4.3 classifies 988 as emergency, 4.2 and 5 do
%% not, and all else is equal.
default(Key) ->
    Preset =
        case release() of
            '4.3' -> <<"kazoo-4.3">>;
            _ -> <<"kazoo-4.2">>
        end,
    case persistent_term:get({?MODULE, Preset, Key}, undefined) of
        undefined ->
            {ok, Text} = numplan_nif:preset(Preset),
            {ok, {Members}} = numplan_json:decode(Text, [ordered]),
            {_, Value} = lists:keyfind(Key, 1, Members),
            persistent_term:put({?MODULE, Preset, Key}, Value),
            Value;
        Value ->
            Value
    end.

%% Calls a function of Kazoo. Its modules are not present when numplan is built, so a plain call
%% would be reported as one of an unknown function.
kazoo(Module, Function, Arguments) ->
    apply(Module, Function, Arguments).

%% True when Kazoo has the function. The first call of a function loads its module. Looking for a
%% missing module searches the whole code path, so the answer is stored.
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

%% @doc The account's id of 32 bytes, given the id or the name of one of its databases; anything
%% else unchanged.
%%
%% Names are `account/…' or `account%2F…' (upper case only), or the id itself, optionally followed
%% by `-' and a month or by `-selectors', in 5 also by a year (`kzs_util:format_account_id/1', in
%% 4.x `kz_util:format_account_id/1').
%%
%% ```
%% Id = <<"0123456789abcdef0123456789abcdef">>,
%% Id = numplan_kazoo:account_id(<<"account%2F01%2F23%2F456789abcdef0123456789abcdef">>),
%% Id = numplan_kazoo:account_id(<<"account/01/23/456789abcdef0123456789abcdef-202611">>).
%% '''
-spec account_id(binary()) -> binary().
account_id(<<_:32/binary>> = Id) ->
    Id;
account_id(<<"account/", A:2/binary, "/", B:2/binary, "/", Rest:28/binary, Suffix/binary>> = Name) ->
    account_id(Name, <<A/binary, B/binary, Rest/binary>>, Suffix);
account_id(<<"account%2F", A:2/binary, "%2F", B:2/binary, "%2F", Rest:28/binary, Suffix/binary>> = Name) ->
    account_id(Name, <<A/binary, B/binary, Rest/binary>>, Suffix);
account_id(<<Id:32/binary, Suffix/binary>> = Name) ->
    account_id(Name, Id, Suffix);
account_id(Name) ->
    Name.

account_id(_Name, Id, <<>>) -> Id;
account_id(_Name, Id, <<"-", _Month:6/binary>>) -> Id;
account_id(_Name, Id, <<"-selectors">>) -> Id;
account_id(Name, Id, <<"-", _Year:4/binary>>) ->
    case release() of
        '5' -> Id;
        _ -> Name
    end;
account_id(Name, _Id, _Suffix) -> Name.

%% @doc The name of the database that holds numbers with these first five bytes, encoded by Kazoo's
%% own function (`knm_converters:to_db/1'): 4.x writes a space as `+'; 5 encodes characters that are
%% reserved in URIs, and leaves `*', control characters and bytes above 127 unchanged. `absent'
%% without Kazoo's modules.
-spec to_db(Prefix :: <<_:40>>) -> binary() | absent.
to_db(<<Prefix:5/binary>>) ->
    case available(kz_http_util, urlencode, 1) of
        true -> kazoo(kz_http_util, urlencode, [<<"numbers/", Prefix/binary>>]);
        false -> absent
    end.
