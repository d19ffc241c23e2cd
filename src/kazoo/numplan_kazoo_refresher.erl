%% @doc The process that reads accounts' rules ahead of calls, so that calls of accounts in use do
%% not wait for a read ({@link numplan_kazoo_accounts}).
%%
%% It is woken when rules in use are due. At most twice a second it also looks unasked, for accounts
%% whose last call came before their rules were due, and then pauses a hundred times as long as that
%% took. Accounts out of use are not read: each read would keep their documents in Kazoo's cache.
-module(numplan_kazoo_refresher).
-behaviour(gen_server).

-export([start_link/0, status/0]).
-export([init/1, handle_call/3, handle_cast/2, handle_info/2]).

%% The accounts of one step, the milliseconds between two steps at least, and how much longer the
%% pause is than the step took.
-define(STEP, 100).
-define(PAUSE, 500).
-define(SHARE, 100).
-define(MAX_ACCOUNTS, 20000).
%% How long the status is waited for.
-define(PATIENCE, 2000).

%% @doc Starts the process, which ends with its caller.
-spec start_link() -> {ok, pid()} | {error, term()}.
start_link() ->
    gen_server:start_link({local, ?MODULE}, ?MODULE, [], []).

%% @doc The milliseconds between its last two looks; 0 where it does not run, or does not answer.
-spec status() -> #{period_ms := non_neg_integer()}.
status() ->
    try
        #{period_ms => gen_server:call(?MODULE, status, ?PATIENCE)}
    catch
        exit:_ -> #{period_ms => 0}
    end.

init([]) ->
    {ok, looked(?PAUSE)}.

%% The state is the pause before the next look.
looked(Pause) ->
    ok = follow_accounts(),
    _ = erlang:send_after(Pause, self(), look),
    Pause.

%% A hot upgrade begins with an empty table of accounts, which knows no process.
follow_accounts() ->
    numplan_kazoo_accounts:follow(self(), max_accounts(application:get_env(numplan, kazoo_accounts, ?MAX_ACCOUNTS))).

max_accounts(Max) when is_integer(Max), Max > 0 -> Max;
max_accounts(_NoNumber) -> ?MAX_ACCOUNTS.

handle_call(status, _From, Pause) ->
    {reply, Pause, Pause}.

handle_cast(_Other, Pause) ->
    {noreply, Pause}.

handle_info(look, _Pause) ->
    ok = numplan_kazoo_reader:retry(),
    Started = erlang:monotonic_time(microsecond),
    _ = refreshed(),
    Took = erlang:monotonic_time(microsecond) - Started,
    {noreply, looked(max(?PAUSE, Took * ?SHARE div 1000))};
handle_info(accounts_due, Pause) ->
    %% There may be more; calls of those wake it again.
    _ = refreshed(),
    {noreply, Pause};
handle_info(_Other, Pause) ->
    {noreply, Pause}.

refreshed() ->
    lists:foreach(fun numplan_kazoo_accounts:refresh/1, numplan_kazoo_accounts:due(?STEP)).
