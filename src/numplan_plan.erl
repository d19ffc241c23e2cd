%% @doc Plans: making them, holding the node's active one, and carrying them over a hot upgrade.
%%
%% The active plan lives in a persistent term, so that a call reads it without a process, a lock or a copy. Writes to it go
%% one at a time through a short-lived process that holds a registered name; a reader never waits for them.
%%
%% A plan is compiled by one build of the native library and is never run by another. After an upgrade the first call
%% with an older plan compiles it again from its source; the result is kept until the next upgrade, for at most
%% 1,024 plans that are not the active one.
-module(numplan_plan).

-export([new/1, digest/1, active/0, activate/1, install_default/0, renew/1, read/1, preset/1]).

-include("numplan_plan.hrl").

-define(ACTIVE, numplan_active).
-define(RETIRED, numplan_retired).
-define(RENEWED(Build, Id), {numplan_renewed, Build, Id}).
-define(WRITER, numplan_plan_writer).
-define(MAX_RENEWED, 1024).

-type plan() :: #numplan_plan{}.
-type struct() :: #{'__struct__' := 'Elixir.Numplan.Plan', erlang := plan()}.
%% A plan as the Elixir half holds it.
-export_type([plan/0, struct/0]).

%% @doc A plan compiled from `Source', or all that is wrong with it. Cost: milliseconds, on a dirty scheduler.
-spec new(numplan_source:source()) -> {ok, plan()} | {error, [numplan:problem()]}.
new(Source) ->
    case numplan_source:read(Source) of
        {ok, Document} -> compile(Document);
        {error, Problems} -> {error, Problems}
    end.

compile(Document) ->
    case numplan_nif:regexes(Document) of
        {ok, Regexes} -> compile(Document, numplan_re:refusals(Regexes));
        {error, Problems} -> {error, Problems}
    end.

compile(Document, Refusals) ->
    case numplan_nif:compile(Document, Refusals) of
        {ok, Ref, Names, Foreign} ->
            Source = term_to_binary(Document),
            {ok, #numplan_plan{
                ref = Ref,
                names = Names,
                foreign = numplan_re:compile(Foreign),
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

%% @doc The node's active plan; the one that the application environment names, or the default preset, where none was
%% activated yet. Raises `{invalid_config, Problems}' when the application environment names a bad one.
-spec active() -> plan().
active() ->
    case persistent_term:get(?ACTIVE, none) of
        none -> install_default_or_raise();
        Plan -> Plan
    end.

install_default_or_raise() ->
    case install_default() of
        ok -> persistent_term:get(?ACTIVE);
        {error, Problems} -> erlang:error({invalid_config, Problems})
    end.

%% @doc Makes the plan that the application environment names (`config', a {@type numplan_source:source()}) the active one,
%% or the default preset where it names none. Leaves a plan that is active already in place.
-spec install_default() -> ok | {error, [numplan:problem()]}.
install_default() ->
    %% The environment is there once the application is loaded, which a node that never starts it has not done.
    _ = application:load(numplan),
    case new(application:get_env(numplan, config, {preset, 'kazoo-3.20'})) of
        {ok, Plan} -> exclusively(fun() -> put_first(Plan) end);
        {error, Problems} -> {error, Problems}
    end.

put_first(Plan) ->
    case persistent_term:get(?ACTIVE, none) of
        none -> put_active(Plan);
        _ -> ok
    end.

%% @doc Makes `Plan' the active one, for all calls that begin from now on.
-spec activate(plan() | struct()) -> ok.
activate(Plan) ->
    case read(Plan) of
        {ok, #numplan_plan{} = Read} when Plan =/= undefined -> exclusively(fun() -> put_active(Read) end);
        _ -> numplan_error:badarg(?MODULE, ?FUNCTION_NAME, [{held_plan, Plan}])
    end.

%% @doc The plan that an argument stands for: a plan, the Elixir half's struct of one, or `undefined' for the active one.
-spec read(plan() | struct() | undefined | term()) -> {ok, plan()} | error.
read(#numplan_plan{} = Plan) -> {ok, Plan};
read(undefined) -> {ok, active()};
read(#{'__struct__' := 'Elixir.Numplan.Plan', erlang := #numplan_plan{} = Plan}) -> {ok, Plan};
read(_Other) -> error.

%% @doc The name of the preset that a plan was compiled from; `undefined' for any other configuration. Cost: some hundred microseconds.
-spec preset(plan()) -> binary() | undefined.
preset(#numplan_plan{source = Source}) ->
    case [Name || Name <- numplan_nif:presets(), {ok, Document} <- [numplan_source:read({preset, Name})], term_to_binary(Document) =:= Source] of
        [Name | _] -> Name;
        [] -> undefined
    end.

%% Native code reads its active plan without holding it. So both the one that is replaced and the new one are held here meanwhile: what
%% was erased from the persistent terms is freed by the VM when every process has been scheduled out once, and so has left the
%% call that it may have been in. Whatever stops this half-way leaves plans held, until the next one is put.
put_active(#numplan_plan{} = Plan) ->
    persistent_term:put(?RETIRED, {numplan_nif:active(), Plan}),
    _ = numplan_nif:activate(native(Plan)),
    persistent_term:put(?ACTIVE, Plan),
    _ = persistent_term:erase(?RETIRED),
    ok.

%% A plan with rules that only re can run is not for native code alone.
native(#numplan_plan{ref = Ref, foreign = none}) -> Ref;
native(#numplan_plan{}) -> none.

%% @doc `Plan' as the native library of this moment can run it: compiled again if another build made it.
-spec renew(plan()) -> plan().
renew(#numplan_plan{id = Id} = Plan) ->
    {Build, _} = numplan_nif:build_info(),
    Kept = [persistent_term:get(?ACTIVE, none), persistent_term:get(?RENEWED(Build, Id), none)],
    case [Same || #numplan_plan{ref = Ref} = Same <- Kept, same(Same, Plan), numplan_nif:is_current(Ref)] of
        [Renewed | _] -> Renewed;
        [] -> compile_again(Build, Plan)
    end.

same(#numplan_plan{id = Id, source = Source}, #numplan_plan{id = Id, source = Source}) -> true;
same(_, _) -> false.

compile_again(Build, #numplan_plan{source = Source}) ->
    case compile(binary_to_term(Source)) of
        {ok, Renewed} ->
            keep(Build, Renewed),
            Renewed;
        {error, Problems} ->
            erlang:error({invalid_config, Problems})
    end.

%% The caller goes on with the renewed plan at once; that the next ones find it is not its business.
keep(Build, Renewed) ->
    _ = spawn(fun() -> exclusively(fun() -> keep_unless_kept(Build, Renewed) end) end),
    ok.

keep_unless_kept(Build, #numplan_plan{id = Id} = Renewed) ->
    Active = persistent_term:get(?ACTIVE, none),
    Key =
        case same(Active, Renewed) of
            true -> ?ACTIVE;
            false -> ?RENEWED(Build, Id)
        end,
    case persistent_term:get(Key, none) of
        #numplan_plan{ref = Ref} = Kept ->
            case same(Kept, Renewed) andalso numplan_nif:is_current(Ref) of
                true -> ok;
                false -> put_renewed(Key, Renewed)
            end;
        none ->
            make_room(Build),
            put_renewed(Key, Renewed)
    end.

put_renewed(?ACTIVE, Renewed) -> put_active(Renewed);
put_renewed(Key, Renewed) -> persistent_term:put(Key, Renewed).

%% Plans renewed for earlier builds would keep those builds in memory.
make_room(Build) ->
    Keys = [Key || {?RENEWED(_, _) = Key, _} <- persistent_term:get()],
    {Now, Earlier} = lists:partition(fun(?RENEWED(Of, _)) -> Of =:= Build end, Keys),
    Surplus =
        case length(Now) >= ?MAX_RENEWED of
            true -> Now;
            false -> []
        end,
    lists:foreach(fun persistent_term:erase/1, Earlier ++ Surplus).

%% Runs Fun while no other process is in here: a registered name is a lock that its holder's death releases.
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
