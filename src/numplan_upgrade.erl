%% @doc Hot upgrade: changes a running node to another build of this application, while calls go on.
%%
%% Loading module after module with `code:load_file/1' can end half-way, with modules of both
%% builds, where one module cannot be purged or is not code for this OTP. This module changes
%% nothing before all files are read, checked and purged; then it loads native code first and all
%% other modules in one step.
%%
%% Both builds must be of one release or of neighbouring ones: native code keeps the functions that
%% the previous release calls. Processes, and the application's version and environment in the
%% application controller, are unchanged.
-module(numplan_upgrade).

-export([to/1]).

-export_type([refusal/0]).

%% The time for calls in progress to leave old code, in milliseconds.
-define(PATIENCE, 5000).
-define(PAUSE, 10).

-type refusal() ::
    under_way
    | {unreadable, file:filename_all(), Reason :: term()}
    | {in_use, [module()]}
    | {not_loadable, [{module() | file:filename_all(), Reason :: term()}]}.
%% Why a node keeps its build: another upgrade is in progress; a file of the new build cannot be
%% read; processes still run modules of the build before the present one; or a file of the new build
%% cannot be loaded.

%% @doc Changes the node to the build in `Directory', which is named `numplan' or `numplan-VERSION'
%% and has `ebin' and `priv'. Returns `ok', or why the node keeps its build, and then changes
%% nothing. If a native library cannot be loaded, the reason is logged too.
%%
%% Calls go on meanwhile, and none fails. Plans are compiled again when they are next used. Old code
%% stays until the next upgrade, which gives processes that still run it five seconds to leave. The
%% same call goes back to the previous build; where that lacks native functions, calls of them fail
%% between the two steps. Cost: about a second on a node whose schedulers are all busy, most of it
%% waiting until each process was checked for old code.
%%
%% ```
%% ok = numplan_upgrade:to("/opt/numplan-0.2.0").
%% {error, {unreadable, "/opt/nowhere/ebin/numplan.app", enoent}} = numplan_upgrade:to("/opt/nowhere").
%% '''
-spec to(file:filename_all()) -> ok | {error, refusal()}.
to(Directory) ->
    Ebin = filename:join(filename:absname(unicode:characters_to_list(Directory)), "ebin"),
    %% Another process makes the change, so that no exit signal to the caller can interrupt it. The
    %% end of that process releases the lock.
    {Caller, Reply} = {self(), make_ref()},
    {Pid, Monitor} = spawn_monitor(fun() -> Caller ! {Reply, alone(Ebin)} end),
    receive
        {'DOWN', Monitor, process, Pid, normal} -> receive {Reply, Answer} -> Answer end;
        {'DOWN', Monitor, process, Pid, Reason} -> erlang:error(Reason, [Directory])
    end.

%% Makes the change, unless another one is in progress. The registered name is a lock, which the
%% death of its holder releases.
alone(Ebin) ->
    try register(?MODULE, self()) of
        true -> change(Ebin)
    catch
        error:badarg -> {error, under_way}
    end.

change(Ebin) ->
    try
        {Native, Others} = files(Ebin),
        {ok, Prepared} = loadable(code:prepare_loading(Others)),
        ok = purged([Module || {Module, _, _} <- [Native | Others]], erlang:monotonic_time(millisecond) + ?PATIENCE),
        ok = load_native(Native, Ebin),
        %% Fails only if these modules are loaded by another process at this moment. Native code is
        %% new then; the same call again completes the upgrade.
        loadable(code:finish_loading(Prepared))
    catch
        throw:Refusal -> {error, Refusal}
    end.

%% Reads all modules of the build into memory, because their files may change afterwards.
files(Ebin) ->
    App = filename:join(Ebin, "numplan.app"),
    Files = [file(Ebin, Module) || Module <- modules(App, file:consult(App))],
    case lists:keytake(numplan_nif, 1, Files) of
        {value, Native, Others} -> {Native, Others};
        false -> throw({unreadable, App, no_numplan})
    end.

modules(_App, {ok, [{application, numplan, Keys}]}) -> proplists:get_value(modules, Keys, []);
modules(App, {ok, _}) -> throw({unreadable, App, no_numplan});
modules(App, {error, Reason}) -> throw({unreadable, App, Reason}).

file(Ebin, Module) ->
    File = filename:join(Ebin, atom_to_list(Module) ++ ".beam"),
    case file:read_file(File) of
        {ok, Code} -> {Module, File, Code};
        {error, Reason} -> throw({unreadable, File, Reason})
    end.

loadable({error, Reasons}) -> throw({not_loadable, Reasons});
loadable(Done) -> Done.

%% Waits until no process runs old code of the modules. Polls, because the VM sends no message when
%% a process has left old code.
purged(Modules, Deadline) ->
    case [Module || Module <- Modules, not code:soft_purge(Module)] of
        [] ->
            ok;
        InUse ->
            erlang:monotonic_time(millisecond) < Deadline orelse throw({in_use, InUse}),
            timer:sleep(?PAUSE),
            purged(InUse, Deadline)
    end.

%% Loads the module with the native library. Changes the code path first, since the module finds its
%% library by it.
load_native({Module, File, Code}, Ebin) ->
    Before = code:lib_dir(numplan),
    code:replace_path(numplan, Ebin) =:= true orelse throw({not_loadable, [{Ebin, bad_name}]}),
    case code:load_binary(Module, File, Code) of
        {module, Module} ->
            ok;
        {error, Reason} ->
            _ = back(Before, Ebin),
            throw({not_loadable, [{Module, Reason}]})
    end.

back({error, bad_name}, Ebin) -> code:del_path(Ebin);
back(Directory, _Ebin) -> code:replace_path(numplan, filename:join(Directory, "ebin")).
