%% @doc The application callback. At start it compiles the configured plan, so that a wrong one
%% fails the start and not the first call; loads the configured localities; and starts the Elixir
%% half's services if a store, a server or `services' itself is configured.
-module(numplan_app).

-behaviour(application).
-behaviour(supervisor).

-export([start/2, stop/1, init/1]).

%% @private
-spec start(application:start_type(), term()) -> {ok, pid()} | {error, term()}.
start(_Type, _Arguments) ->
    numplan_start:run(fun started/0).

started() ->
    case native() of
        ok -> with_plan(numplan_plan:install_default());
        {error, _} = Error -> Error
    end.

%% Loads the native library again where it could not be loaded before: it may be there by now.
native() ->
    ok = load(numplan_library:failure()),
    case numplan_library:failure() of
        none -> ok;
        Words -> {error, <<"numplan: ", Words/binary>>}
    end.

load(none) ->
    _ = code:ensure_loaded(numplan_nif),
    ok;
load(_Failure) ->
    _ = code:purge(numplan_nif),
    _ = code:load_file(numplan_nif),
    ok.

with_plan(ok) ->
    warn_of_dialect(numplan_nif:dialect()),
    load_localities(application:get_env(numplan, locality, [])),
    supervisor:start_link({local, numplan_sup}, ?MODULE, []);
with_plan({error, Problems}) ->
    {error, {invalid_config, Problems}}.

warn_of_dialect(unknown) ->
    logger:warning(
        "numplan: this node's re answers neither as PCRE 8 nor as PCRE2 does, so all regexes run in re: exactly, but slowly"
    );
warn_of_dialect(_Known) ->
    ok.

%% Loads the configured localities. A file that cannot be loaded does not fail the start: the native
%% library has localities too.
load_localities(Options) when is_list(Options) ->
    case proplists:get_value(file, Options) of
        undefined -> ok;
        File -> log_failure(File, numplan_locality:load(File))
    end;
load_localities(_OtherProvider) ->
    ok.

log_failure(_File, ok) ->
    ok;
log_failure(File, {error, Reason}) ->
    logger:error("numplan: the localities in ~ts are not loaded: ~ts", [File, numplan_locality:format_error(Reason)]).

%% @private
-spec stop(term()) -> ok.
stop(_State) ->
    ok.

%% @private
-spec init([]) -> {ok, {supervisor:sup_flags(), [supervisor:child_spec()]}}.
init([]) ->
    {ok, {#{strategy => one_for_one}, services(configured())}}.

configured() ->
    [Key || Key <- [store, server, services], Value <- [application:get_env(numplan, Key, false)], Value =/= false].

services([]) ->
    [];
services(_Configured) ->
    Module = 'Elixir.Numplan.Services',
    [#{id => services, start => {Module, start_link, [[]]}, type => supervisor}].
