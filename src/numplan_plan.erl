%% @doc Compiles plans, holds the node's active one, and compiles plans again after a hot upgrade.
%%
%% The active plan lives in a persistent term, so that a call reads it without a process, a lock or
%% a copy. Writes to it go one at a time through a short-lived process that holds a registered name;
%% a reader never waits for them.
%%
%% A plan is compiled by one build of the native library and is never run by another. After an
%% upgrade the first call with an older plan compiles it again from its source. The result is cached
%% in a persistent term until the next upgrade, for at most 1,024 plans beside the active one.
-module(numplan_plan).

-export([new/1, digest/1, active/0, activate/1, install_default/0, read/1, preset/1]).
-export([with_current/2, renew/1, info/1, available_classifiers/1]).

-include("numplan_plan.hrl").

-define(ACTIVE, numplan_active).
-define(RETIRED, numplan_retired).
-define(RENEWED(Build, Id), {numplan_renewed, Build, Id}).
-define(WRITER, numplan_plan_writer).
-define(MAX_RENEWED, 1024).

-type plan() :: #numplan_plan{}.
% ExDoc 0.35 ends at a type that names a struct's module.
-type struct() :: #{'__struct__' := module(), erlang := plan()}.
%% The Elixir half's struct of a plan.
-export_type([plan/0, struct/0, info/0, selection/0]).

-type selection() :: #{region => [binary()], type => [binary()]}.
%% The regions and types of a class by the world's plan; the one that is not there is not asked for.

-type info() :: #{
    build := binary(),
    classes := [binary()],
    rules := [
        #{
            path := binary(),
            regex := binary(),
            prefixes => pos_integer(),
            world => selection(),
            runs := native | re,
            why := binary() | undefined
        }
    ],
    native := non_neg_integer(),
    re := non_neg_integer(),
    states := non_neg_integer(),
    memory := non_neg_integer(),
    numplan_only := [binary()],
    warnings := [numplan:problem()]
}.

%% @doc The plan compiled from `Source', or all its problems. Cost: milliseconds, on a dirty
%% scheduler.
-spec new(numplan_source:source()) -> {ok, plan()} | {error, [numplan:problem()]}.
new(Source) ->
    case numplan_source:judged(Source) of
        {ok, Document, Refusals} -> compile(Document, Refusals);
        {error, Problems} -> {error, Problems}
    end.

compile(Document, Refusals) ->
    case numplan_nif:compile(Document, Refusals) of
        {ok, Ref, Names, Foreign} ->
            Source = term_to_binary(Document),
            {ok, #numplan_plan{
                ref = Ref,
                names = Names,
                foreign = numplan_regex:compile(Foreign),
                source = Source,
                id = erlang:md5(Source)
            }};
        {error, Problems} ->
            {error, Problems}
    end.

%% @doc The digest of the document that `Plan' was compiled from, 16 bytes.
-spec digest(plan()) -> binary().
digest(#numplan_plan{id = Id}) ->
    Id.

%% @doc The node's active plan. If none was activated yet, the configuration that the application
%% environment names, or the default preset, is activated first. Raises `{invalid_config, Problems}'
%% when that configuration is refused.
-spec active() -> plan().
active() ->
    case persistent_term:get(?ACTIVE, none) of
        none -> installed(install_default());
        Plan -> Plan
    end.

installed(ok) -> persistent_term:get(?ACTIVE);
installed({error, Problems}) -> erlang:error({invalid_config, Problems}).

%% @doc Activates the configuration that the application environment names (`config', a {@type
%% numplan_source:source()}), or the default preset. A plan that is active already stays.
-spec install_default() -> ok | {error, [numplan:problem()]}.
install_default() ->
    %% Reading the environment needs the loaded application, and a node may never have started it.
    _ = application:load(numplan),
    case new(application:get_env(numplan, config, {preset, 'kazoo-3.20'})) of
        {ok, Plan} -> exclusively(fun() -> persistent_term:get(?ACTIVE, none) =/= none orelse put_active(Plan) end);
        {error, Problems} -> {error, Problems}
    end.

%% @doc Makes `Plan' the active one, for all calls that begin from now on. Raises `badarg' for a
%% term that is not a plan.
-spec activate(plan() | struct()) -> ok.
activate(Plan) ->
    case read(Plan) of
        {ok, #numplan_plan{} = Read} when Plan =/= undefined -> exclusively(fun() -> put_active(Read) end);
        _ ->
            Got = ["got ", numplan_badarg:kind(Plan)],
            numplan_badarg:raise(?MODULE, ?FUNCTION_NAME, [{"expected a plan, as plan/1 gives it", [Got]}])
    end.

%% @doc The plan that an argument stands for: itself, the one in the Elixir half's struct, or the
%% active one for `undefined'.
-spec read(plan() | struct() | undefined | term()) -> {ok, plan()} | error.
read(#numplan_plan{} = Plan) -> {ok, Plan};
read(undefined) -> {ok, active()};
read(#{'__struct__' := 'Elixir.Numplan.Plan', erlang := #numplan_plan{} = Plan}) -> {ok, Plan};
read(_Other) -> error.

%% @doc The name of the preset that a plan was compiled from; `undefined' for any other
%% configuration. Cost: some hundred microseconds.
-spec preset(plan()) -> binary() | undefined.
preset(#numplan_plan{source = Source}) ->
    case [Name || Name <- numplan_nif:presets(), {ok, Document} <- [numplan_source:read({preset, Name})], term_to_binary(Document) =:= Source] of
        [Name | _] -> Name;
        [] -> undefined
    end.

%% @doc See {@link numplan:info/1}.
-spec info(plan()) -> info().
info(Plan) ->
    with_current(Plan, fun(#numplan_plan{ref = Ref}) -> numplan_nif:info(Ref) end).

%% @doc See {@link numplan:available_classifiers/1}.
-spec available_classifiers(plan()) -> numplan:object().
available_classifiers(Plan) ->
    with_current(Plan, fun(#numplan_plan{ref = Ref}) -> numplan_nif:available_classifiers(Ref) end).

%% Makes `Plan' the active one. Native code reads its active plan without a reference count. So a
%% persistent term holds the replaced plan and the new one during the change: the VM frees an erased
%% term only when every process has been scheduled out once, and so has left the call that it may
%% have been in. If the change is interrupted, both plans stay in memory until the next one.
put_active(#numplan_plan{} = Plan) ->
    persistent_term:put(?RETIRED, {numplan_nif:active(), Plan}),
    _ = numplan_nif:activate(native(Plan)),
    persistent_term:put(?ACTIVE, Plan),
    _ = persistent_term:erase(?RETIRED),
    ok.

%% The plan for native code to answer by, or `none': it cannot answer alone by a plan with rules
%% that only `re' can run.
native(#numplan_plan{ref = Ref, foreign = none}) -> Ref;
native(#numplan_plan{}) -> none.

%% @doc What `Fun' returns for the plan. Where that is `stale', since a hot upgrade has exchanged
%% native code, `Fun' is called again with the plan compiled by the present build, which may leave
%% other rules to `re'.
-spec with_current(plan(), fun((plan()) -> Answer | stale)) -> Answer.
with_current(Plan, Fun) ->
    case Fun(Plan) of
        stale -> with_current(renew(Plan), Fun);
        Answer -> Answer
    end.

%% @doc `Plan' as compiled by the present build of the native library: the plan itself, or a new one
%% from its source. For {@link with_current/2}, and for calls that are too short to allocate a fun.
-spec renew(plan()) -> plan().
renew(#numplan_plan{id = Id} = Plan) ->
    {Build, _} = numplan_nif:build_info(),
    Kept = [persistent_term:get(?ACTIVE, none), persistent_term:get(?RENEWED(Build, Id), none)],
    case [Same || Same <- Kept, same(Same, Plan), is_current(Same)] of
        [Renewed | _] -> Renewed;
        [] -> compile_again(Build, Plan)
    end.

same(#numplan_plan{id = Id, source = Source}, #numplan_plan{id = Id, source = Source}) -> true;
same(_, _) -> false.

is_current(#numplan_plan{ref = Ref}) -> numplan_nif:is_current(Ref).

compile_again(Build, #numplan_plan{source = Source}) ->
    case new(binary_to_term(Source)) of
        {ok, Renewed} ->
            keep(Build, Renewed),
            Renewed;
        {error, Problems} ->
            erlang:error({invalid_config, Problems})
    end.

%% Caches the renewed plan. Another process does it, so that the caller does not wait.
keep(Build, Renewed) ->
    Keep = fun() -> keep_unless_kept(Build, Renewed) end,
    _ = spawn(fun() -> locked(Keep) end),
    ok.

keep_unless_kept(Build, #numplan_plan{id = Id} = Renewed) ->
    Active = persistent_term:get(?ACTIVE, none),
    Kept = persistent_term:get(?RENEWED(Build, Id), none),
    case {same(Active, Renewed), same(Kept, Renewed)} of
        {true, _} -> is_current(Active) orelse put_active(Renewed);
        {false, true} -> is_current(Kept) orelse persistent_term:put(?RENEWED(Build, Id), Renewed);
        {false, false} ->
            make_room(Build),
            persistent_term:put(?RENEWED(Build, Id), Renewed)
    end.

%% Erases all renewed plans of earlier builds, which would keep those builds in memory; and those of
%% this build when there are as many as may be.
make_room(Build) ->
    Keys = [Key || {?RENEWED(_, _) = Key, _} <- persistent_term:get()],
    IsFull = length([Of || ?RENEWED(Of, _) <- Keys, Of =:= Build]) >= ?MAX_RENEWED,
    lists:foreach(fun persistent_term:erase/1, [Key || ?RENEWED(Of, _) = Key <- Keys, IsFull orelse Of =/= Build]).

%% Runs `Fun' under a lock. The lock is a registered name, so the death of its holder releases it.
exclusively(Fun) ->
    {Pid, Monitor} = spawn_monitor(fun() -> locked(Fun) end),
    receive
        {'DOWN', Monitor, process, Pid, normal} -> ok;
        {'DOWN', Monitor, process, Pid, Reason} -> erlang:error(Reason)
    end.

locked(Fun) ->
    try register(?WRITER, self()) of
        true -> Fun()
    catch
        error:badarg ->
            Monitor = monitor(process, ?WRITER),
            receive
                {'DOWN', Monitor, process, _, _} -> locked(Fun)
            end
    end.
