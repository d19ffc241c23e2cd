%% @doc The Kazoo node that this one is: its release, and its configuration, read where Kazoo reads it: `kapps_config', `kapps_account_config'
%% and `kzd_accounts'. Those are called by name alone; without them nothing here is known (`absent').
%%
%% Every call reads anew, as Kazoo's own converter does: those modules cache, and empty their caches when the cluster says that a document
%% has changed. So an edit takes effect as soon as Kazoo sees it.
%%
%% Nothing here writes. A read of Kazoo's that names a default saves it where the key is missing (`kapps_config:get_default_value/4', 4.2 to
%% 5), so defaults are never handed over: what is missing is taken from the preset of the release that runs.
-module(numplan_kazoo).

-export([release/0, converters/0, converters/1, reconcile_regex/1, dial_plan/1, number_manager/0, account_id/1, to_db/1]).

-export_type([release/0]).

-type release() :: '4.2' | '4.3' | '5'.

-define(CATEGORY, <<"number_manager">>).
-define(ABSENT, numplan_kazoo_absent).

%% @doc The release of Kazoo whose code this node runs, to the second number as far as the number manager differs.
%%
%% It is seen by functions that a release added: `kzs_util:format_account_id/1' in 5, `kz_json:set_value/4' in 4.3. The version that the
%% application `kazoo' names is a placeholder, `4.0.0', in builds from source. `5' where none of Kazoo's modules says otherwise.
-spec release() -> release().
release() ->
    case available(kzs_util, format_account_id, 1) of
        true -> '5';
        false -> release_4()
    end.

release_4() ->
    case {available(kz_json, set_value, 4), available(kz_json, get_value, 3)} of
        {true, _} -> '4.3';
        {false, true} -> '4.2';
        {false, false} -> '5'
    end.

%% @doc The system's converters. Where there are none, or no object, or they cannot be read, those of the release's default
%% (`knm_converter_regex:get_e164_converters/0').
-spec converters() -> numplan:object() | absent.
converters() ->
    system(fun system_converters/0).

system_converters() ->
    try kazoo(kapps_config, get_json, [?CATEGORY, <<"e164_converters">>]) of
        undefined -> default(<<"e164_converters">>);
        Converters -> Converters
    catch
        _:_ -> default(<<"e164_converters">>)
    end.

%% @doc The converters of an account: its own, else its reseller's, else the system's, as they stand: what is no object too. Where
%% there are none, or they cannot be read, the release's default (`knm_converter_regex:get_e164_converters/1').
-spec converters(AccountId :: binary()) -> numplan:object() | term() | absent.
converters(AccountId) ->
    case available(kapps_account_config, get_global, 3) of
        true -> account_converters(AccountId);
        false -> converters()
    end.

account_converters(AccountId) ->
    try
        account_value(AccountId, <<"e164_converters">>)
    catch
        _:_ -> default(<<"e164_converters">>)
    end.

%% @doc The reconcile regex of an account, or of none: its own, else its reseller's, else the system's, as it stands: what is no regex
%% too. The release's default where there is none (`knm_converters:is_reconcilable/2').
-spec reconcile_regex(AccountId :: binary() | undefined) -> binary() | term() | absent.
reconcile_regex(AccountId) ->
    case available(kapps_account_config, get_global, 3) of
        true -> account_value(AccountId, <<"reconcile_regex">>);
        false -> system(fun system_reconcile_regex/0)
    end.

account_value(AccountId, Key) ->
    defined(kazoo(kapps_account_config, get_global, [AccountId, ?CATEGORY, Key]), Key).

%% @doc The dial plan of an account's document; `undefined' where it has none, or one that is no object (`kzd_accounts:dial_plan/1'), or
%% cannot be read.
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

%% @doc The system's classifiers, converters and reconcile regex. A value whose reading raises an exception stands as `{raised, Class,
%% Reason}': in Kazoo it concerns those calls alone that read it.
-spec number_manager() -> numplan:object() | absent.
number_manager() ->
    system(fun() ->
        {[
            {<<"classifiers">>, tried(fun system_classifiers/0)},
            {<<"e164_converters">>, system_converters()},
            {<<"reconcile_regex">>, tried(fun system_reconcile_regex/0)}
        ]}
    end).

system_classifiers() ->
    defined(kazoo(kapps_config, get_json, [?CATEGORY, <<"classifiers">>]), <<"classifiers">>).

system_reconcile_regex() ->
    defined(kazoo(kapps_config, get_ne_binary, [?CATEGORY, <<"reconcile_regex">>]), <<"reconcile_regex">>).

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

%% `knm_converters' and `knm_converter_regex': 4.3 takes 988 for an emergency, 4.2 and 5 do not; all else is the same in them.
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

%% Kazoo's modules are not there when numplan is built.
kazoo(Module, Function, Arguments) ->
    apply(Module, Function, Arguments).

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

%% @doc The account's id of 32 bytes, of that or of a name of one of its databases; anything else as it is.
%%
%% Names are `account/…' or `account%2F…', the latter in upper case alone, and the id itself; with `-' and a month or `-selectors' behind
%% them, in 5 also with a year (`kzs_util:format_account_id/1', in 4.x `kz_util:format_account_id/1').
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

%% @doc The name of the database that numbers beginning with those five bytes live in, encoded as the release encodes it
%% (`knm_converters:to_db/1'). That is left to Kazoo's own function: 4.x writes a space as `+'; 5 encodes the characters that are reserved in
%% URIs, and leaves `*', control characters and bytes above 127 as they are. `absent' without Kazoo's modules.
-spec to_db(Prefix :: <<_:40>>) -> binary() | absent.
to_db(<<Prefix:5/binary>>) ->
    case available(kz_http_util, urlencode, 1) of
        true -> kazoo(kz_http_util, urlencode, [<<"numbers/", Prefix/binary>>]);
        false -> absent
    end.
