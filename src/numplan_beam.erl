%% @doc Loads modules from the BEAM files that were compiled for this release of OTP.
%%
%% Ordinary BEAM files do not load on every release from OTP 23 on, but an archive serves them all.
%% So the archive has one directory of BEAM files for each range of releases, `priv/ebin/otp-FIRST',
%% where FIRST is the oldest release of the range, and placeholders in `ebin', which all releases
%% load. Each function of a placeholder calls {@link load/1} and then itself again.
%%
%% This module and numplan_nif are no placeholders: one BEAM file of each serves all releases, so
%% they use none of the instructions that a later release no longer knows: no funs, nothing that
%% builds or matches binaries, and no variable that is bound after one call and used after the next,
%% since the instruction that initialises its stack slot has changed. Hence the many small
%% functions. A test loads the files.
-module(numplan_beam).

-export([ebin/1, load/1, purge/1]).
-export_type([refusal/0]).
%% Entry point of a process.
-export([load_alone/1]).

%% The time for calls in progress to leave old code, in milliseconds.
-define(PATIENCE, 5000).
-define(PAUSE, 10).

-type refusal() ::
    {no_beam, Release :: pos_integer(), Oldest :: pos_integer()}
    | {unreadable, file:filename(), error}
    | {in_use, [module()]}
    | {not_loadable, [{module(), Reason :: term()}]}.
%% Why a module is not loaded: the archive has nothing for this release, which is older than
%% `Oldest'; a file cannot be read; processes run old code of these modules; or this release does
%% not load the files.

%% @doc The directory of the BEAM files for this release in an application's directory: that of the
%% newest range that begins with this release or an older one, or `ebin' in a build that has no
%% ranges. Raises `{no_beam, Release, Oldest}' where all ranges begin later. Cost: it lists a
%% directory.
-spec ebin(Application :: file:filename()) -> file:filename().
ebin(Application) ->
    ebin(Application, filename:join([Application, "priv", "ebin"])).

ebin(Application, Ranges) ->
    ebin(Application, Ranges, erl_prim_loader:list_dir(Ranges)).

ebin(Application, Ranges, {ok, Names}) -> ebin_of_ranges(Application, Ranges, first_releases(Names, []));
ebin(Application, _Ranges, error) -> filename:join(Application, "ebin").

ebin_of_ranges(Application, _Ranges, []) -> filename:join(Application, "ebin");
ebin_of_ranges(_Application, Ranges, Firsts) -> ebin_of_range(Ranges, newest(Firsts)).

ebin_of_range(_Ranges, {no_beam, _, _} = Refusal) -> erlang:error(Refusal);
ebin_of_range(Ranges, Name) -> filename:join(Ranges, Name).

first_releases(["otp-" ++ [A, B] | Names], Firsts) when A >= $1, A =< $9, B >= $0, B =< $9 ->
    first_releases(Names, [list_to_integer([A, B]) | Firsts]);
first_releases([_ | Names], Firsts) -> first_releases(Names, Firsts);
first_releases([], Firsts) -> Firsts.

newest(Firsts) ->
    newest(Firsts, list_to_integer(erlang:system_info(otp_release))).

newest(Firsts, Release) ->
    newest(Firsts, Release, [First || First <- Firsts, First =< Release]).

newest(Firsts, Release, []) -> {no_beam, Release, lists:min(Firsts)};
newest(_Firsts, _Release, Known) -> "otp-" ++ integer_to_list(lists:max(Known)).

%% @doc Replaces the placeholder `Module', and every other loaded placeholder of its directory that
%% no process runs old code of, and returns `ok'; at once, if another process has replaced it.
%% Raises a `refusal()' where that cannot be done: the placeholder stays, and the next call tries
%% again.
%%
%% One of the processes that call it at once does it, and the others wait. It waits up to five
%% seconds for calls in progress to leave code of `Module' that is older than the placeholder, as
%% after a hot upgrade by {@link code:load_file/1}. Cost: reading and loading the files once, a few
%% milliseconds.
-spec load(module()) -> ok.
load(Module) ->
    load(Module, deadline()).

deadline() -> erlang:monotonic_time(millisecond) + ?PATIENCE.

load(Module, Deadline) ->
    %% A process of its own, since a process has one registered name at most and callers may have
    %% one.
    loaded(spawn_monitor(?MODULE, load_alone, [Module]), Module, Deadline).

loaded({Pid, Monitor}, Module, Deadline) ->
    receive
        {'DOWN', Monitor, process, Pid, normal} -> ok;
        {'DOWN', Monitor, process, Pid, {refused, Refusal}} -> refused(Refusal, Module, Deadline);
        {'DOWN', Monitor, process, Pid, Reason} -> erlang:error(Reason, [Module])
    end.

%% Nobody holds the lock meanwhile: a call that runs the old code may have to load another module
%% before it can leave it.
refused({in_use, _} = Refusal, Module, Deadline) ->
    try_again(erlang:monotonic_time(millisecond) < Deadline, Refusal, Module, Deadline);
refused(Refusal, Module, _Deadline) ->
    erlang:error(Refusal, [Module]).

try_again(true, _Refusal, Module, Deadline) ->
    timer:sleep(?PAUSE),
    load(Module, Deadline);
try_again(false, Refusal, Module, _Deadline) ->
    erlang:error(Refusal, [Module]).

%% @private
-spec load_alone(module()) -> ok.
load_alone(Module) ->
    %% The registered name is a lock, which the end of its holder releases.
    load_alone(Module, locked()).

load_alone(Module, true) -> load_placeholder(Module, is_placeholder(Module));
load_alone(Module, held) -> load_after(monitor(process, ?MODULE), Module).

%% Another process may have replaced it before this one got the lock.
load_placeholder(_Module, false) -> ok;
load_placeholder(Module, true) -> located(code:which(Module), Module).

%% The code server records a module's file after it has loaded the module. A call that this server
%% answers, such as a purge, between two look-ups makes sure that both are of one load.
located(File, Module) -> located(File, Module, in_use([Module], [])).

located(File, Module, []) -> located_again(code:which(Module), File, Module);
located(_File, _Module, InUse) -> exit({refused, {in_use, InUse}}).

located_again(File, File, Module) -> replace(ebin_of(File), Module);
located_again(_Other, _File, Module) -> exit({refused, {in_use, [Module]}}).

load_after(Monitor, Module) ->
    receive
        {'DOWN', Monitor, process, _, _} -> load_alone(Module)
    end.

locked() ->
    try
        register(?MODULE, self())
    catch
        error:badarg -> held
    end.

%% Attributes would not serve: releases strip them.
is_placeholder(Module) ->
    erlang:function_exported(Module, '$placeholder', 0).

%% The file of a placeholder is in `ebin'. A placeholder is never loaded in its own place.
ebin_of(File) ->
    range(filename:join([filename:dirname(filename:dirname(File)), "priv", "ebin"])).

range(Ranges) ->
    range(Ranges, erl_prim_loader:list_dir(Ranges)).

range(Ranges, {ok, Names}) -> of_range(Ranges, newest(first_releases(Names, [])));
range(Ranges, error) -> exit({refused, {unreadable, Ranges, error}}).

of_range(_Ranges, {no_beam, _, _} = Refusal) -> exit({refused, Refusal});
of_range(Ranges, Name) -> filename:join(Ranges, Name).

replace(Ebin, Module) ->
    replace(Ebin, Module, erl_prim_loader:list_dir(Ebin)).

%% The file of the module that is called may be missing there.
replace(Ebin, Module, {ok, Names}) ->
    replace_all(placeholders(lists:usort(modules(Names, [Module])), []), Ebin, Module);
replace(Ebin, _Module, error) ->
    exit({refused, {unreadable, Ebin, error}}).

modules([Name | Names], Modules) -> modules(Names, [list_to_atom(filename:basename(Name, ".beam")) | Modules]);
modules([], Modules) -> Modules.

placeholders([Module | Modules], Found) -> placeholders(Modules, if_placeholder(is_placeholder(Module), Module, Found));
placeholders([], Found) -> Found.

if_placeholder(true, Module, Found) -> [Module | Found];
if_placeholder(false, _Module, Found) -> Found.

replace_all(Modules, Ebin, Module) ->
    purged(in_use(Modules, []), Modules, Ebin, Module).

purged(InUse, Modules, Ebin, Module) ->
    replace_others(lists:member(Module, InUse), InUse, Modules, Ebin, Module).

replace_others(false, InUse, Modules, Ebin, _Module) -> replace_purged(Modules -- InUse, Ebin);
replace_others(true, _InUse, _Modules, _Ebin, Module) -> exit({refused, {in_use, [Module]}}).

replace_purged(Modules, Ebin) ->
    loadable(code:atomic_load(read(Modules, Ebin, []))).

loadable(ok) -> ok;
loadable({error, Reasons}) -> not_loadable([Module || {Module, not_purged} <- Reasons], Reasons).

%% Another process may have loaded some of them since they were purged.
-spec not_loadable(InUse :: [module()], [{module(), Reason :: term()}]) -> no_return().
not_loadable([], Reasons) -> exit({refused, {not_loadable, Reasons}});
not_loadable(InUse, _Reasons) -> exit({refused, {in_use, InUse}}).

read([Module | Modules], Ebin, Read) ->
    read(Modules, Ebin, [read(Module, filename:join(Ebin, atom_to_list(Module) ++ ".beam")) | Read]);
read([], _Ebin, Read) ->
    Read.

read(Module, File) ->
    read_file(erl_prim_loader:get_file(File), Module, File).

read_file({ok, Code, _FullName}, Module, File) -> {Module, File, Code};
read_file(error, _Module, File) -> exit({refused, {unreadable, File, error}}).

%% @doc Purges old code of modules, and returns those of which processes still run old code after
%% five seconds: `[]' when all is purged. Kills no process.
-spec purge([module()]) -> InUse :: [module()].
purge(Modules) ->
    purge(Modules, deadline()).

%% Polls, because the VM sends no message when a process has left old code.
purge(Modules, Deadline) ->
    purge_again(in_use(Modules, []), Deadline).

purge_again([], _Deadline) -> [];
purge_again(InUse, Deadline) -> purge_again(erlang:monotonic_time(millisecond) < Deadline, InUse, Deadline).

purge_again(true, InUse, Deadline) ->
    timer:sleep(?PAUSE),
    purge(InUse, Deadline);
purge_again(false, InUse, _Deadline) ->
    InUse.

in_use([Module | Modules], InUse) -> in_use(Modules, if_in_use(code:soft_purge(Module), Module, InUse));
in_use([], InUse) -> InUse.

if_in_use(true, _Module, InUse) -> InUse;
if_in_use(false, Module, InUse) -> [Module | InUse].
