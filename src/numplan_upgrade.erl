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

%% How often to load modules that other processes load at the same time.
-define(TRIES, 10).

-type refusal() ::
    under_way
    | {unreadable, file:filename_all(), Reason :: term()}
    | {no_beam, Release :: pos_integer(), Oldest :: pos_integer()}
    | {in_use, [module()]}
    | {not_loadable, [{module() | file:filename_all(), Reason :: term()}]}.
%% Why a node keeps its build: another upgrade is in progress; a file of the new build cannot be
%% read; it has no BEAM files for this release of OTP, which is older than `Oldest'; processes still
%% run modules of the build before the present one; or a file of the new build cannot be loaded.

%% @doc Changes the node to the build in `Directory', which is named `numplan' or `numplan-VERSION'
%% and has `ebin' and `priv'. Returns `ok', or why the node keeps its build, and then changes
%% nothing. If a native library cannot be loaded, the reason is logged too. One refusal comes later:
%% `{not_loadable, [{Module, not_purged}]}', where other processes have loaded modules again and
%% again meanwhile. Native code is new then, and the same call completes the upgrade.
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
        Modules = [Module || {Module, _, _} <- [Native | Others]],
        _ = [load_present(Module) || Module <- Modules -- [numplan_nif]],
        ok = purged(Modules),
        ok = load_missing(Others),
        ok = load_native(Native, Ebin),
        finish(Prepared, Others, ?TRIES)
    catch
        throw:Refusal -> {error, Refusal}
    end.

%% A module that another process has loaded since it was purged is purged again. If that goes on,
%% native code is new and the other modules are old; the same call again completes the upgrade.
finish(Prepared, Files, Tries) ->
    case code:finish_loading(Prepared) of
        {error, [{_Module, not_purged} | _] = Reasons} when Tries > 0 ->
            ok = purged([Module || {Module, _} <- Reasons]),
            {ok, Again} = loadable(code:prepare_loading(Files)),
            finish(Again, Files, Tries - 1);
        Finished ->
            loadable(Finished)
    end.

%% Reads all modules of the build into memory, because their files may change afterwards.
files(Ebin) ->
    App = filename:join(Ebin, "numplan.app"),
    Beams = beams(filename:dirname(Ebin)),
    Files = [file(Beams, Module) || Module <- modules(App, file:consult(App))],
    case lists:keytake(numplan_nif, 1, Files) of
        {value, Native, Others} -> {Native, Others};
        false -> throw({unreadable, App, no_numplan})
    end.

modules(_App, {ok, [{application, numplan, Keys}]}) -> proplists:get_value(modules, Keys, []);
modules(App, {ok, _}) -> throw({unreadable, App, no_numplan});
modules(App, {error, Reason}) -> throw({unreadable, App, Reason}).

beams(Application) ->
    try
        numplan_beam:ebin(Application)
    catch
        error:{no_beam, _, _} = Refusal -> throw(Refusal)
    end.

%% Loads a module of the present build, if it has one of that name and it is not loaded yet or is a
%% placeholder: a call could do so later, during the change.
load_present(Module) ->
    _ = code:ensure_loaded(Module),
    try
        erlang:function_exported(Module, '$placeholder', 0) andalso numplan_beam:load(Module)
    catch
        error:Refusal -> throw(Refusal)
    end.

file(Directory, Module) ->
    File = filename:join(Directory, atom_to_list(Module) ++ ".beam"),
    case file:read_file(File) of
        {ok, Code} -> {Module, File, Code};
        {error, Reason} -> throw({unreadable, File, Reason})
    end.

loadable({error, Reasons}) -> throw({not_loadable, Reasons});
loadable(Done) -> Done.

purged(Modules) ->
    case numplan_beam:purge(Modules) of
        [] -> ok;
        InUse -> throw({in_use, InUse})
    end.

%% Loads what numplan_nif calls when it is loaded, in an embedded node that has none of it yet and
%% loads no module on demand. Other nodes keep their own, in case the native library is refused.
load_missing(Files) ->
    _ = [
        {module, Module} = code:load_binary(Module, File, Code)
     || {Module, File, Code} <- Files,
        lists:member(Module, [numplan_library, numplan_dialect]),
        not erlang:module_loaded(Module)
    ],
    ok.

%% Loads the module with the native library. Changes the code path first, since the module finds its
%% library by it.
load_native({Module, File, Code}, Ebin) ->
    Before = code:lib_dir(numplan),
    code:replace_path(numplan, Ebin) =:= true orelse throw({not_loadable, [{Ebin, bad_name}]}),
    case code:load_binary(Module, File, Code) =:= {module, Module} andalso numplan_library:failure() of
        none ->
            ok;
        Failed ->
            %% Without a library the module is loaded only where there was none before.
            _ = Failed =:= false orelse code:delete(Module),
            _ = back(Before, Ebin),
            throw({not_loadable, [{Module, on_load_failure}]})
    end.

back({error, bad_name}, Ebin) -> code:del_path(Ebin);
back(Directory, _Ebin) -> code:replace_path(numplan, filename:join(Directory, "ebin")).
