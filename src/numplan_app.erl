%% @doc The application: compiles the configured plan at start, so that a bad one is told then and not by the first call.
-module(numplan_app).

-behaviour(application).
-behaviour(supervisor).

-export([start/2, stop/1, init/1]).

%% @private
-spec start(application:start_type(), term()) -> {ok, pid()} | {error, term()}.
start(_Type, _Arguments) ->
    case numplan_plan:install_default() of
        ok -> supervisor:start_link({local, numplan_sup}, ?MODULE, []);
        {error, Problems} -> {error, {invalid_config, Problems}}
    end.

%% @private
-spec stop(term()) -> ok.
stop(_State) ->
    ok.

%% @private
-spec init([]) -> {ok, {supervisor:sup_flags(), []}}.
init([]) ->
    {ok, {#{strategy => one_for_one}, []}}.
