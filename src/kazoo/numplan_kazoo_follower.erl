%% @doc The process that follows Kazoo's configuration, and the system's rules as it last read them.
%%
%% The system's rules are in a persistent term, so that a call reads them without a copy or a
%% process. They are read again twice a second, and when Kazoo says that their document has changed,
%% or its cache of documents has ended or was flushed. Accounts' rules become too old with a change
%% of their documents, with rules of the system that differ, and with the end
%% or a flush of the cache.
%%
%% The first call starts it, outside of all supervisors: a Kazoo node loads this code without
%% starting the application. A call that finds it dead starts it again. It starts {@link
%% numplan_kazoo_refresher} for the accounts.
-module(numplan_kazoo_follower).
-behaviour(gen_server).

-export([system/0, reconcile_regex/0, status/0, stop/0]).
-export([watched/3, system_changed/1, account_changed/1, account_configuration_changed/1]).
-export([init/1, handle_call/3, handle_cast/2, handle_info/2, terminate/2, alive/0]).

-export_type([system/0, rules/0]).

-include("../numplan_plan.hrl").

-record(system, {alive :: pid(), rules :: rules(), reconcile_regex :: term()}).

-type rules() :: numplan_plan:plan() | {refused, numplan:object()}.
%% The system's plan, or its document where Kazoo would crash on part of it.
-type system() :: absent | rules().

-record(state, {
    alive :: pid(),
    read :: numplan_kazoo_config:system() | undefined,
    %% The monitors of Kazoo's cache of documents and of its bindings.
    cache :: reference() | undefined,
    bindings :: reference() | undefined,
    %% A change was announced, and is not read yet.
    is_changed = false :: boolean(),
    reads = 0 :: non_neg_integer(),
    read_at :: integer() | undefined
}).

%% The milliseconds between two reads of the system's rules.
-define(PERIOD, 500).
%% The milliseconds after which a change is read a second time: Kazoo's events come before its cache
%% of documents drops what has changed, and its cache may be about to start again.
-define(SETTLED, 50).
%% How long the status is waited for.
-define(PATIENCE, 2000).
-define(BINDINGS, [{system, system_changed}, {account, account_changed}, {account_configuration, account_configuration_changed}]).

%% @doc The system's rules; `absent' on a node without Kazoo's modules. Cost: some ten nanoseconds.
-spec system() -> system().
system() ->
    case persistent_term:get(?MODULE, none) of
        #system{alive = Alive, rules = Rules} ->
            case is_process_alive(Alive) of
                true -> Rules;
                false -> started()
            end;
        _NoneOrOfAnotherBuild ->
            started()
    end.

%% The system's rules, when the process is started. Where they could not be read yet they are those
%% that Kazoo reads now, however long that takes: a default would be a wrong answer.
started() ->
    case numplan_kazoo_config:is_kazoo() of
        false ->
            absent;
        true ->
            _ = whereis(?MODULE) =/= undefined orelse gen_server:start({local, ?MODULE}, ?MODULE, [], []),
            case persistent_term:get(?MODULE, none) of
                #system{rules = Rules} -> Rules;
                _None -> compiled(numplan_kazoo_config:number_manager())
            end
    end.

%% @doc The system's reconcile regex as it is stored; `absent' without Kazoo's modules.
-spec reconcile_regex() -> binary() | term() | absent.
reconcile_regex() ->
    case system() of
        absent -> absent;
        _Rules -> reconcile_regex(persistent_term:get(?MODULE, none))
    end.

reconcile_regex(#system{reconcile_regex = Regex}) ->
    Regex;
reconcile_regex(_None) ->
    {_Rules, Regex} = numplan_kazoo_config:system(),
    Regex.

%% @doc Kazoo calls this when another node changes the document of the system's rules, or its cache
%% of documents is flushed.
-spec watched(Key :: term(), Value :: term(), Event :: term()) -> ok.
watched(_Key, _Value, flush) -> gen_server:cast(?MODULE, {changed, all});
watched(_Key, _Value, _Event) -> gen_server:cast(?MODULE, {changed, system}).

%% @doc Kazoo calls this when the document of the system's rules changes on any node.
-spec system_changed(Event :: term()) -> ok.
system_changed(_Event) ->
    gen_server:cast(?MODULE, {changed, system}).

%% @doc Kazoo calls this when an account's document changes on any node.
-spec account_changed(Event :: term()) -> ok.
account_changed(Event) ->
    case numplan_kazoo_config:changed_id(Event) of
        <<Id:32/binary>> -> gen_server:cast(?MODULE, {changed, binary:copy(Id)});
        _NoAccount -> ok
    end.

%% @doc Kazoo calls this when an account's configuration document changes on any node. The accounts
%% that it is the reseller of may use it, so all are read again.
-spec account_configuration_changed(Event :: term()) -> ok.
account_configuration_changed(_Event) ->
    gen_server:cast(?MODULE, {changed, all}).

%% @doc The age of the system's rules in milliseconds, and how often they were read; `never' and 0
%% where the process does not run, or does not answer.
-spec status() -> #{age_ms := non_neg_integer() | never, reads := non_neg_integer()}.
status() ->
    try
        gen_server:call(?MODULE, status, ?PATIENCE)
    catch
        exit:_ -> #{age_ms => never, reads => 0}
    end.

%% @doc Stops the process and forgets the system's rules. The next call starts it again.
-spec stop() -> ok.
stop() ->
    try
        %% What is linked to it ends with it, for any reason but a normal end.
        gen_server:stop(?MODULE, shutdown, infinity)
    catch
        exit:noproc -> ok
    end,
    _ = persistent_term:erase(?MODULE),
    ok.

init([]) ->
    %% A process with an application's group leader ends with that application.
    true = group_leader(whereis(init), self()),
    %% Its environment is read, and a node may never have started it.
    _ = application:load(numplan),
    {ok, _} = numplan_kazoo_refresher:start_link(),
    %% Whether a process is alive is answered at once where it has no signals to handle: this one
    %% gets none but the exit signal of the follower.
    Alive = spawn_link(fun ?MODULE:alive/0),
    State = read(followed(#state{alive = Alive})),
    _ = erlang:send_after(?PERIOD, self(), read),
    {ok, State}.

%% @private
-spec alive() -> no_return().
alive() ->
    erlang:hibernate(?MODULE, alive, []).

%% A change that was announced is read first.
handle_call(status, From, #state{is_changed = true} = State) ->
    handle_call(status, From, read(followed(State#state{is_changed = false})));
handle_call(status, _From, #state{read_at = undefined, reads = Reads} = State) ->
    {reply, #{age_ms => never, reads => Reads}, State};
handle_call(status, _From, #state{read_at = ReadAt, reads = Reads} = State) ->
    {reply, #{age_ms => erlang:monotonic_time(millisecond) - ReadAt, reads => Reads}, State}.

%% Changes of the system that are waiting are read once, behind them.
handle_cast({changed, system}, #state{is_changed = true} = State) ->
    {noreply, State};
handle_cast({changed, system}, State) ->
    self() ! changed,
    {noreply, State#state{is_changed = true}};
handle_cast({changed, all}, State) ->
    ok = expired(all),
    handle_cast({changed, system}, State);
handle_cast({changed, AccountId}, State) ->
    ok = expired(AccountId),
    {noreply, State}.

handle_info(changed, State) ->
    _ = erlang:send_after(?SETTLED, self(), read_again),
    {noreply, read(followed(State#state{is_changed = false}))};
handle_info(read_again, State) ->
    {noreply, read(State)};
handle_info({expire, Of}, State) ->
    ok = expire(Of),
    {noreply, State};
handle_info(read, State) ->
    Read = read(followed(State)),
    _ = erlang:send_after(?PERIOD, self(), read),
    {noreply, Read};
handle_info({'DOWN', Monitor, process, _, _}, #state{cache = Monitor} = State) ->
    ok = expired(all),
    _ = erlang:send_after(?SETTLED, self(), changed),
    {noreply, State#state{cache = undefined}};
handle_info({'DOWN', Monitor, process, _, _}, #state{bindings = Monitor} = State) ->
    {noreply, State#state{bindings = undefined}};
handle_info(_Other, State) ->
    {noreply, State}.

terminate(_Reason, _State) ->
    numplan_kazoo_config:unbind(?MODULE, ?BINDINGS).

expired(Of) ->
    _ = erlang:send_after(?SETTLED, self(), {expire, Of}),
    expire(Of).

expire(all) -> numplan_kazoo_accounts:expire();
expire(AccountId) -> numplan_kazoo_accounts:expire(AccountId).

%% Follows Kazoo's cache of documents and its bindings, where they run.
followed(#state{cache = undefined} = State) ->
    case numplan_kazoo_config:document_cache() of
        undefined -> bound(State);
        Cache -> followed(State#state{cache = monitor(process, Cache)})
    end;
followed(State) ->
    ok = numplan_kazoo_config:watch_system(fun ?MODULE:watched/3),
    bound(State).

bound(#state{bindings = undefined} = State) ->
    case numplan_kazoo_config:bindings() of
        undefined ->
            State;
        Bindings ->
            %% Kazoo's bindings may not answer for long, and this process must go on.
            _ = spawn(numplan_kazoo_config, bind, [?MODULE, ?BINDINGS]),
            State#state{bindings = monitor(process, Bindings)}
    end;
bound(State) ->
    State.

read(#state{reads = Reads} = State) ->
    case numplan_kazoo_reader:system() of
        {ok, Read} -> published(Read, State#state{reads = Reads + 1, read_at = erlang:monotonic_time(millisecond)});
        {unreadable, _Reason} -> State#state{reads = Reads + 1}
    end.

%% Publishes what has changed, and makes the rules of all accounts too old: those that have none of
%% their own use the system's. Rules that were compiled by an older build are compiled again.
published(Read, #state{read = Read, alive = Alive} = State) ->
    case persistent_term:get(?MODULE, none) of
        #system{alive = Alive, rules = Rules} -> is_current(Rules) orelse put_rules(Read, State);
        _ -> put_rules(Read, State)
    end,
    State;
published(Read, State) ->
    ok = put_rules(Read, State),
    ok = numplan_kazoo_accounts:expire(),
    State#state{read = Read}.

put_rules({Document, Regex}, #state{alive = Alive}) ->
    persistent_term:put(?MODULE, #system{alive = Alive, rules = compiled(Document), reconcile_regex = Regex}).

is_current(#numplan_plan{ref = Ref}) -> numplan_nif:is_current(Ref);
is_current({refused, _Document}) -> true.

compiled(Document) ->
    case numplan_plan_cache:plan(number_manager, Document) of
        refused -> {refused, Document};
        Plan -> Plan
    end.
