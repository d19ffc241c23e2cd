%% @doc Plans by what they are made of: rules that a call brings along, such as an account's dial plan, compiled once and kept for the next
%% call that brings the same.
%%
%% What is kept is bounded in bytes and number, and has two generations: when the younger one is full it becomes the older, and what
%% nobody has asked for since is gone. A hit reads one table, or two, without a process. Where the application is not started nothing is
%% kept, and every call compiles.
-module(numplan_rules).

-behaviour(gen_server).

-export([plan/2, status/0, start_link/0]).
-export([init/1, handle_call/3, handle_cast/2]).

-export_type([kind/0]).

-include("numplan_plan.hrl").

-define(YOUNG, numplan_rules_young).
-define(OLD, numplan_rules_old).
%% Of each generation.
-define(MAX_BYTES, 67108864).
-define(MAX_PLANS, 10000).
-define(PATIENCE, 1000).

-type kind() :: converters | dial_plan | number_manager.
%% What the content is: the value of the key of that name in a configuration, or a whole configuration.

%% @doc The plan of a configuration that says `Content' and nothing else, or `refused' where it is no valid one. Content is decoded JSON
%% in order, as Kazoo has it. Cost: linear in the size of the content, some hundred nanoseconds for a few rules; the
%% first time that of {@link numplan:plan/1}.
-spec plan(kind(), term()) -> numplan_plan:plan() | refused.
plan(Kind, Content) ->
    Key = {Kind, Content},
    case kept(?YOUNG, Key) of
        none -> plan_from(kept(?OLD, Key), Key);
        Plan -> Plan
    end.

plan_from(none, Key) -> keep(Key, compile(Key));
plan_from(Plan, Key) -> keep(Key, Plan).

%% A plan of another build of the native library is as good as none.
kept(Table, Key) ->
    try ets:lookup_element(Table, Key, 2) of
        #numplan_plan{ref = Ref} = Plan ->
            case numplan_nif:is_current(Ref) of
                true -> Plan;
                false -> none
            end;
        refused ->
            refused
    catch
        error:badarg -> none
    end.

compile({Kind, Content}) ->
    case numplan_plan:new(document(Kind, Content)) of
        {ok, Plan} -> Plan;
        {error, _Problems} -> refused
    end.

document(number_manager, Document) -> Document;
document(converters, Converters) -> {[{<<"e164_converters">>, Converters} | bare()]};
document(dial_plan, DialPlan) -> {[{<<"dial_plan">>, DialPlan}, {<<"e164_converters">>, {[]}} | bare()]}.

%% Without these keys the default preset's rules would be compiled along.
bare() ->
    [{<<"classifiers">>, {[]}}, {<<"reconcile_regex">>, <<"^$">>}].

%% That there is nobody to keep it, or nobody with time, is no reason for a call to fail.
keep(Key, Plan) ->
    try
        ok = gen_server:call(?MODULE, {keep, Key, Plan, bytes(Key, Plan)}, ?PATIENCE),
        Plan
    catch
        exit:_ -> Plan
    end.

bytes(Key, refused) ->
    erts_debug:flat_size(Key) * erlang:system_info(wordsize);
bytes(Key, #numplan_plan{source = Source} = Plan) ->
    #{memory := Memory} = numplan:info(Plan),
    Memory + byte_size(Source) + erts_debug:flat_size({Key, Plan}) * erlang:system_info(wordsize).

%% @doc How many plans are kept, and their size in bytes; at most twice what one generation may hold. Raises `noproc' where the application
%% is not started.
%%
%% ```
%% {ok, _} = application:ensure_all_started(numplan),
%% #{plans := _, bytes := _, max_bytes := 134217728} = numplan_rules:status().
%% '''
-spec status() -> #{plans := non_neg_integer(), bytes := non_neg_integer(), max_bytes := pos_integer()}.
status() ->
    gen_server:call(?MODULE, status).

%% @private
-spec start_link() -> {ok, pid()} | {error, term()}.
start_link() ->
    gen_server:start_link({local, ?MODULE}, ?MODULE, [], []).

%% @private
init([]) ->
    new(?OLD),
    new(?YOUNG),
    {ok, {0, 0}}.

new(Table) ->
    Table = ets:new(Table, [named_table, protected, {read_concurrency, true}]).

%% @private
handle_call({keep, Key, Plan, Bytes}, _From, {Young, Old}) ->
    true = ets:insert(?YOUNG, {Key, Plan}),
    {reply, ok, bounded(Young + Bytes, Old)};
handle_call(status, _From, {Young, Old} = State) ->
    Plans = ets:info(?YOUNG, size) + ets:info(?OLD, size),
    {reply, #{plans => Plans, bytes => Young + Old, max_bytes => 2 * ?MAX_BYTES}, State}.

bounded(Young, Old) ->
    case Young >= ?MAX_BYTES orelse ets:info(?YOUNG, size) >= ?MAX_PLANS of
        true ->
            %% Who reads meanwhile finds no table, and compiles.
            true = ets:delete(?OLD),
            ?OLD = ets:rename(?YOUNG, ?OLD),
            new(?YOUNG),
            {0, Young};
        false ->
            {Young, Old}
    end.

%% @private
handle_cast(_Message, State) ->
    {noreply, State}.
