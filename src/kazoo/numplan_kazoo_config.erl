%% @doc Reads the release and the configuration of the Kazoo node that runs this code, by Kazoo's
%% own `kapps_config', `kapps_account_config' and `kzd_accounts'. On a node without these modules
%% the answer is `absent'.
%%
%% Every call reads anew, which takes microseconds: Kazoo's modules cache documents and drop them
%% when they change in the cluster, and a read copies the document out of that cache. Calls of
%% telephony are answered by what {@link numplan_kazoo_follower} and {@link numplan_kazoo_accounts}
%% hold.
%%
%% This module never writes. Kazoo saves a default that is passed to a read of a missing key
%% (`kapps_config:get_default_value/4', 4.2 to 5), so no defaults are passed: missing values come
%% from the preset of the running release.
-module(numplan_kazoo_config).

-export([release/0, is_kazoo/0, system/0, number_manager/0, account/1, unreadable/1, shares_fetches/0]).
-export([account_id/1, to_db/1, owners/1, watch_system/1, document_cache/0, bind/2, unbind/2, bindings/0, changed_id/1]).

-export_type([release/0, failure/0, bindings/0, system/0]).

-type release() :: '4.2' | '4.3' | '5'.
-type failure() :: false | {true, Reason :: term()}.
-type bindings() :: [{system | account | account_configuration, Function :: atom()}].
-type system() :: {numplan:object(), ReconcileRegex :: term()}.
%% The rules of the system, and the reconcile regex as it is stored.

-define(CATEGORY, <<"number_manager">>).
-define(ACCOUNT_CATEGORY, <<"configs_number_manager">>).
-define(DOCUMENT_CACHE, kazoo_data_cache).
-define(DOCUMENT_CACHE_TEXT, "kazoo_data_cache").
%% The key of our entry in Kazoo's cache of documents.
-define(WATCH, {numplan, system}).
-define(CONVERTERS, <<"e164_converters">>).
-define(RECONCILE_REGEX, <<"reconcile_regex">>).
-define(ABSENT, numplan_kazoo_config_absent).

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

%% @doc True on a node that has Kazoo's modules.
-spec is_kazoo() -> boolean().
is_kazoo() ->
    available(kapps_config, get_json, 2).

%% The system's converters; the release's defaults where the system has none, or they are not an
%% object, or they cannot be read (`knm_converter_regex:get_e164_converters/0').
system_converters() ->
    try
        system_value(get_json, ?CONVERTERS)
    catch
        _:_ -> default(?CONVERTERS)
    end.

%% The converters of an account: its own, else its reseller's, else the system's, as stored,
%% even if that is not an object; the release's defaults where there are none, or they cannot be
%% read (`knm_converter_regex:get_e164_converters/1').
-spec converters(AccountId :: binary()) -> numplan:object() | term() | absent.
converters(AccountId) ->
    case available(kapps_account_config, get_global, 3) of
        true -> account_converters(AccountId);
        false -> of_system(?CONVERTERS)
    end.

account_converters(AccountId) ->
    try
        account_value(AccountId, ?CONVERTERS)
    catch
        _:_ -> default(?CONVERTERS)
    end.

%% The reconcile regex of an account, else its reseller's, else the system's, as stored, even if
%% that is not a regex; the release's default where there is none
%% (`knm_converters:is_reconcilable/2'). `undefined' asks for the system's.
reconcile_regex(AccountId) ->
    case available(kapps_account_config, get_global, 3) of
        true -> account_value(AccountId, ?RECONCILE_REGEX);
        false -> of_system(?RECONCILE_REGEX)
    end.

account_value(AccountId, Key) ->
    defined(kazoo(kapps_account_config, get_global, [AccountId, ?CATEGORY, Key]), Key).

%% The dial plan of an account's document: an empty object where it is missing or not an object
%% (`kzd_accounts:dial_plan/1'), or the document cannot be read, and then why.
dial_plan(AccountId) ->
    case [Module || Module <- [kzd_accounts, kz_account], available(Module, fetch, 1)] of
        [Module | _] -> dial_plan_of(kazoo(Module, fetch, [AccountId]));
        [] -> {{[]}, false}
    end.

dial_plan_of({ok, {Members}}) ->
    case lists:keyfind(<<"dial_plan">>, 1, Members) of
        {_, {Rules}} when is_list(Rules) -> {{Rules}, false};
        _ -> {{[]}, false}
    end;
dial_plan_of({error, _} = Error) ->
    {{[]}, failure(Error)}.

%% @doc The rules of an account, as {@link numplan_plan_cache} takes them: its dial plan, an empty
%% object where it has none; its converters; and its reconcile regex. With them why documents of the
%% account could not be read, or `false'; then the rules are those that Kazoo takes.
-spec account(AccountId :: binary()) -> {numplan:object(), failure()}.
account(AccountId) ->
    {DialPlan, Failure} = dial_plan(AccountId),
    Rules = [
        {<<"dial_plan">>, DialPlan},
        {?CONVERTERS, converters(AccountId)},
        {?RECONCILE_REGEX, tried(fun() -> reconcile_regex(AccountId) end)}
    ],
    {{Rules}, Failure}.

%% @doc Why the configuration of the system, or that or the configuration document of one of the
%% accounts, cannot be read now; `false' where they can. Kazoo's own reads answer with defaults then
%% (`kapps_config:get/3', `kapps_account_config:get_global/3').
-spec unreadable(Accounts :: [<<_:256>>]) -> failure().
unreadable(Accounts) ->
    System = fun() -> failed(kapps_config, get_category, [?CATEGORY]) end,
    first_failure([System | [fun() -> unreadable_document(Account) end || Account <- Accounts]]).

first_failure([]) ->
    false;
first_failure([Check | Checks]) ->
    case Check() of
        false -> first_failure(Checks);
        Failure -> Failure
    end.

unreadable_document(AccountId) ->
    failed(kz_datamgr, open_cache_doc, [account_db(AccountId), ?ACCOUNT_CATEGORY, [{cache_failures, [not_found]}]]).

%% @doc True where processes that need a document wait for the one that fetches it
%% (`kzs_cache:cache_strategy/0', off by default): if that is killed, they take the document for
%% missing.
-spec shares_fetches() -> boolean().
shares_fetches() ->
    lists:member(application:get_env(kazoo_data, cache_strategy, none), [stampede, stampede_async]).

%% A function that this Kazoo does not export counts as readable.
failed(Module, Function, Arguments) ->
    available(Module, Function, length(Arguments)) andalso failure(kazoo(Module, Function, Arguments)).

%% A missing document is no failure.
failure({error, Reason}) when Reason =/= not_found -> {true, Reason};
failure(_Read) -> false.

%% @doc The account and its reseller, whose configuration is used where the account has none.
-spec owners(AccountId :: <<_:256>>) -> [<<_:256>>].
owners(AccountId) ->
    Functions = [{kz_services_reseller, get_id}, {kz_services, find_reseller_id}],
    case [kazoo(Module, Function, [AccountId]) || {Module, Function} <- Functions, available(Module, Function, 1)] of
        [<<_:32/binary>> = Reseller | _] when Reseller =/= AccountId -> [AccountId, Reseller];
        _None -> [AccountId]
    end.

%% @doc The rules of the system, and its reconcile regex as it is stored, which `is_reconcilable/2'
%% without an account takes.
-spec system() -> system().
system() ->
    {number_manager(), tried(fun() -> reconcile_regex(undefined) end)}.

%% @doc The system's classifiers, converters and reconcile regex. A value whose reading raises an
%% exception is replaced by `{raised, Class, Reason}': in Kazoo only the calls that use it fail.
-spec number_manager() -> numplan:object() | absent.
number_manager() ->
    case is_kazoo() of
        true -> number_manager_of_system();
        false -> absent
    end.

number_manager_of_system() ->
    {[
        {<<"classifiers">>, tried(fun() -> system_value(get_json, <<"classifiers">>) end)},
        {?CONVERTERS, system_converters()},
        {?RECONCILE_REGEX, tried(fun system_reconcile_regex/0)}
    ]}.

of_system(Key) ->
    case {is_kazoo(), Key} of
        {false, _} -> absent;
        {true, ?CONVERTERS} -> system_converters();
        {true, ?RECONCILE_REGEX} -> system_reconcile_regex()
    end.

system_reconcile_regex() ->
    system_value(get_ne_binary, ?RECONCILE_REGEX).

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
%% Id = numplan_kazoo_config:account_id(<<"account%2F01%2F23%2F456789abcdef0123456789abcdef">>),
%% Id = numplan_kazoo_config:account_id(<<"account/01/23/456789abcdef0123456789abcdef-202611">>).
%% '''
-spec account_id(binary()) -> binary().
account_id(Id) when byte_size(Id) =:= 32 ->
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

account_db(<<A:2/binary, B:2/binary, Rest:28/binary>>) ->
    <<"account%2F", A/binary, "%2F", B/binary, "%2F", Rest/binary>>.

%% @doc Makes Kazoo call `Callback' when another node changes the document of the system's rules, or
%% Kazoo's cache of documents is flushed: an entry in that cache (`kz_cache', 4.x and 5) has the
%% document as its origin. Does nothing where the entry is there, or the node has no such cache.
-spec watch_system(Callback :: fun((term(), term(), term()) -> term())) -> ok.
watch_system(Callback) ->
    Origins = [{db, <<"system_config">>, ?CATEGORY}],
    case cached(?WATCH) of
        false -> tried_call(kz_cache, store_local, [?DOCUMENT_CACHE, ?WATCH, numplan, [{origin, Origins}, {expires, infinity}, {callback, Callback}]]);
        _ThereOrNoCache -> ok
    end.

%% Whether Kazoo's cache of documents has an entry; `none' without that cache.
cached(Key) ->
    case document_cache() =/= undefined andalso available(kz_cache, peek_local, 2) of
        true -> kazoo(kz_cache, peek_local, [?DOCUMENT_CACHE, Key]) =/= {error, not_found};
        false -> none
    end.

%% @doc The process of Kazoo's cache of documents; `undefined' without one.
-spec document_cache() -> pid() | undefined.
document_cache() ->
    whereis(?DOCUMENT_CACHE).

%% @doc Makes Kazoo call functions of `Module' with each event that a document has changed, on this
%% node or another (`kz_cache_conf_change', 4.3 and 5): {@type bindings()}, from the document to the
%% function. Does nothing where the node has no such events.
-spec bind(module(), bindings()) -> ok.
bind(Module, Bindings) ->
    bindings(bind, Module, Bindings).

%% @doc Ends what {@link bind/2} has begun.
-spec unbind(module(), bindings()) -> ok.
unbind(Module, Bindings) ->
    bindings(unbind, Module, Bindings).

bindings(Change, Module, Bindings) ->
    lists:foreach(
        fun({Document, Function}) ->
            tried_call(kazoo_bindings, Change, [binding(Document), Module, Function])
        end,
        Bindings
    ).

binding(system) -> <<"kapi.conf.", ?DOCUMENT_CACHE_TEXT, ".system_config.*.*.", ?CATEGORY/binary>>;
binding(account) -> <<"kapi.conf.", ?DOCUMENT_CACHE_TEXT, ".*.account.*.*">>;
binding(account_configuration) -> <<"kapi.conf.", ?DOCUMENT_CACHE_TEXT, ".*.*.*.", ?ACCOUNT_CATEGORY/binary>>.

%% @doc The process of Kazoo's bindings; `undefined' without one.
-spec bindings() -> pid() | undefined.
bindings() ->
    whereis(kazoo_bindings).

%% @doc The id of the document that an event is about, or `undefined'.
-spec changed_id(Event :: term()) -> binary() | undefined.
changed_id(Event) ->
    try kazoo(kapi_conf, get_id, [Event]) of
        Id when is_binary(Id) -> Id;
        _Other -> undefined
    catch
        _:_ -> undefined
    end.

%% A call of a part of Kazoo that may be missing, or stop at any time.
tried_call(Module, Function, Arguments) ->
    try
        _ = available(Module, Function, length(Arguments)) andalso kazoo(Module, Function, Arguments),
        ok
    catch
        _:_ -> ok
    end.

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
