%% @doc The application: compiles the configured plan at start, so that a bad one is told then and not by the first call; and
%% starts the Elixir half's services where a store or a server is configured.
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
-spec init([]) -> {ok, {supervisor:sup_flags(), [supervisor:child_spec()]}}.
init([]) ->
    {ok, {#{strategy => one_for_one}, services(configured())}}.

configured() ->
    [Key || Key <- [store, server], Value <- [application:get_env(numplan, Key, false)], Value =/= false].

services([]) ->
    [];
services(_Configured) ->
    Module = 'Elixir.Numplan.Services',
    [#{id => services, start => {Module, start_link, [[]]}, type => supervisor}].
