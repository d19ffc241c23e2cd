%% @doc A cache of the plans that Kazoo's rules are compiled to, such as an account's dial plan.
%%
%% A call brings its rules along, as Kazoo does; they are compiled when they are seen for the first
%% time. The cache lives in the native library, is bounded in bytes and number, and evicts by the
%% CLOCK policy. A hit needs no process and waits for no other scheduler. Concurrent first calls
%% with the same rules compile them once. The first call after a hot upgrade starts an empty cache;
%% until then the older library stays loaded.
-module(numplan_plan_cache).

-export([plan/2, status/0]).

-export_type([kind/0]).

-include("../numplan_plan.hrl").

-type kind() :: converters | dial_plan | reconcile_regex | account | number_manager.
%% The part of a configuration that the rules are: the value of the key of that name; for `account',
%% an object of the first three, the dial plan first; for `number_manager', a whole document.

%% The time in milliseconds that a call waits for another call that compiles the same rules.
-define(PATIENCE, 30000).

%% @doc The plan of a configuration that has these rules and no others, as Kazoo reads them
%% ({@link numplan_kazoo_document:strict/2}); `refused' where Kazoo would crash on part of them.
%%
%% `Rules' are decoded JSON in order, as Kazoo has them; a term that has no JSON raises `badarg'.
%% Cost of a hit: a comparison with the cached rules, about a nanosecond a word and a hundred more;
%% for thousands of rules on a dirty scheduler. Cost of a miss: that of {@link numplan:plan/1}.
-spec plan(kind(), Rules :: term()) -> numplan_plan:plan() | refused.
plan(Kind, Rules) ->
    Key = {Kind, Rules},
    case ask({find, Key}) of
        none -> compile_once(Key);
        Cached -> Cached
    end.

ask(Request) ->
    ask(Request, persistent_term:get(?MODULE, none)).

%% The answer of the cache to a request, or of a new one where there is none or it is stale. A cache
%% of another build is stale. Even a new one is, where an upgrade comes before its first use.
ask(Request, none) ->
    ask(Request, new_cache());
ask(Request, Cache) ->
    case answer(Request, Cache) of
        stale -> ask(Request, new_cache());
        Answer -> Answer
    end.

answer({find, Key}, Cache) -> numplan_nif:plan_cache_find(Cache, Key);
answer({claim, Key}, Cache) -> numplan_nif:plan_cache_claim(Cache, Key);
answer(status, Cache) -> numplan_nif:plan_cache_status(Cache).

%% The cache of the present build, which is stored for later calls. Concurrent callers get
%% references to the same one.
new_cache() ->
    Cache = numplan_nif:plan_cache(),
    persistent_term:put(?MODULE, Cache),
    Cache.

%% The compiled rules. A new process compiles them, so that its end, whatever the outcome, wakes all
%% callers that wait.
compile_once(Key) ->
    {Caller, Tag} = {self(), make_ref()},
    {Pid, Monitor} = spawn_monitor(fun() -> Caller ! {Tag, claimed(Key)} end),
    receive
        {Tag, Outcome} ->
            demonitor(Monitor, [flush]),
            outcome(Outcome, Key);
        {'DOWN', Monitor, process, Pid, _Killed} ->
            compile(Key)
    end.

outcome({compiled, Plan}, _Key) -> Plan;
outcome({claimed_by, Other}, Key) -> await(Other, Key);
outcome({raised, Class, Reason, Stack}, _Key) -> erlang:raise(Class, Reason, Stack).

claimed(Key) ->
    try
        case ask({claim, Key}) of
            ok -> {compiled, find_or_compile(Key)};
            Other -> {claimed_by, Other}
        end
    catch
        Class:Reason:Stack -> {raised, Class, Reason, Stack}
    end.

await(Other, Key) ->
    Monitor = monitor(process, Other),
    receive
        {'DOWN', Monitor, process, Other, _Reason} -> find_or_compile(Key)
    after ?PATIENCE ->
        demonitor(Monitor, [flush]),
        compile(Key)
    end.

find_or_compile(Key) ->
    case ask({find, Key}) of
        none -> compile(Key);
        Cached -> Cached
    end.

compile({Kind, Rules} = Key) ->
    Plan =
        case numplan_kazoo_document:strict(Kind, Rules) of
            {ok, Strict} -> compile_strict(document(Kind, Strict));
            refused -> refused
        end,
    Own = own(Key),
    %% Where an upgrade came meanwhile, the plan is not cached, but serves this call.
    _ = numplan_nif:plan_cache_insert(persistent_term:get(?MODULE), Own, Plan, {words(Own), bytes(Own, Plan)}),
    Plan.

compile_strict(Document) ->
    case numplan_plan:new(Document) of
        {ok, Plan} -> Plan;
        {error, _Problems} -> refused
    end.

%% Copies binaries, because a binary that is part of a larger one keeps all of it in memory.
own(Text) when is_binary(Text) -> binary:copy(Text);
own([First | Rest]) -> [own(First) | own(Rest)];
own(Tuple) when is_tuple(Tuple) -> list_to_tuple(own(tuple_to_list(Tuple)));
own(Other) -> Other.

document(number_manager, Document) -> Document;
document(account, {Rules}) -> {Rules ++ [{<<"classifiers">>, {[]}}]};
document(converters, Converters) -> {[{<<"e164_converters">>, Converters} | bare()]};
document(reconcile_regex, Regex) ->
    {[{<<"reconcile_regex">>, Regex}, {<<"e164_converters">>, {[]}}, {<<"classifiers">>, {[]}}]};
document(dial_plan, DialPlan) -> {[{<<"dial_plan">>, DialPlan}, {<<"e164_converters">>, {[]}} | bare()]}.

%% The keys that a document of converters or of a dial plan does not need, with empty values. Left
%% out, they would be filled in from the default preset.
bare() ->
    [{<<"classifiers">>, {[]}}, {<<"reconcile_regex">>, <<"^$">>}].

bytes(Key, refused) ->
    size_of(Key);
bytes(Key, #numplan_plan{} = Plan) ->
    #{memory := Memory} = numplan:info(Plan),
    Memory + size_of({Key, Plan}).

%% The words that a comparison with the key reads, those of its binaries included.
words(Term) ->
    size_of(Term) div erlang:system_info(wordsize).

%% The bytes of a term: those on the heap, and those of binaries, which flat_size/1 leaves out.
size_of(Term) ->
    erts_debug:flat_size(Term) * erlang:system_info(wordsize) + erlang:external_size(Term).

%% @doc The number of cached plans, their size in bytes, and its bound, which a single plan may
%% exceed.
%%
%% ```
%% #{plans := _, bytes := _, max_bytes := 134217728} = numplan_plan_cache:status().
%% '''
-spec status() -> #{plans := non_neg_integer(), bytes := non_neg_integer(), max_bytes := pos_integer()}.
status() ->
    {Plans, Bytes, MaxBytes} = ask(status),
    #{plans => Plans, bytes => Bytes, max_bytes => MaxBytes}.
