%% @doc A running node's change to another build of this application, while calls go on.
%%
%% Done by hand the same takes a change of the code path and, for each module, `code:soft_purge/1' and `code:load_file/1'. By hand it
%% can end half-way, with some modules of each build: where one cannot be purged, or is no code for this OTP. And modules that
%% call each other, or a function that is new in native code, are loaded one after the other, in whatever order. Here nothing is changed
%% before everything is read, checked and purged; native code comes first, then all other modules in one step.
%%
%% The two builds are of one release or of neighbouring ones: native code keeps the functions that the modules of the release before
%% call. Processes are left alone, and so are the application's version and environment in the application controller.
-module(numplan_upgrade).

-export([to/1]).

-export_type([refusal/0]).

%% How long old code may be run by calls that are under way, in milliseconds.
-define(PATIENCE, 5000).
-define(PAUSE, 10).

-type refusal() ::
    under_way
    | {unreadable, file:filename_all(), Reason :: term()}
    | {in_use, [module()]}
    | {not_loadable, [{module() | file:filename_all(), Reason :: term()}]}.
%% Why a node stays with the build it has: another change is under way; a file of the new build cannot be read; processes still run
%% modules of the build before the present one; or something of the new build cannot be loaded.

%% @doc `ok' when the node has changed to the build in `Directory', which is named `numplan' or `numplan-VERSION' and has `ebin' and `priv';
%% or why it has not, and then nothing is changed. The reason why a native library is not loaded is logged as well.
%%
%% Calls go on meanwhile, and none fails. Plans that are active, held or kept are compiled again when they are next used. Old code stays
%% until the next change; processes that still run it then are given five seconds to leave. The same call goes back to a build that was
%% left; to one whose native code lacks functions, calls of those fail for the moment between the two steps.
%% Cost: about a second on a node whose schedulers are all busy, most of it waiting: each process is asked whether it runs old code.
%%
%% ```
%% ok = numplan_upgrade:to("/opt/numplan-0.2.0").
%% {error, {unreadable, "/opt/nowhere/ebin/numplan.app", enoent}} = numplan_upgrade:to("/opt/nowhere").
%% '''
-spec to(file:filename_all()) -> ok | {error, refusal()}.
to(Directory) ->
    Ebin = filename:join(filename:absname(unicode:characters_to_list(Directory)), "ebin"),
    %% In a process of its own, which nobody ends half-way; it has let go of its lock when it has ended.
    {Caller, Reply} = {self(), make_ref()},
    {Pid, Monitor} = spawn_monitor(fun() -> Caller ! {Reply, alone(Ebin)} end),
    receive
        {'DOWN', Monitor, process, Pid, normal} -> receive {Reply, Answer} -> Answer end;
        {'DOWN', Monitor, process, Pid, Reason} -> erlang:error(Reason, [Directory])
    end.

%% The registered name is a lock that its holder's death releases.
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
        ok = purged([Module || {Module, _, _} <- [Native | Others]]),
        ok = load_native(Native, Ebin),
        %% Fails only where somebody else loads these modules at this moment. Native code is new then, and the same call completes it.
        loadable(code:finish_loading(Prepared))
    catch
        throw:Refusal -> {error, Refusal}
    end.

%% All modules of the build, in memory: what becomes of their files after this is of no matter.
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

purged(Modules) ->
    purged(Modules, erlang:monotonic_time(millisecond) + ?PATIENCE).

%% Nobody tells when a process has left old code.
purged(Modules, Deadline) ->
    case [Module || Module <- Modules, not code:soft_purge(Module)] of
        [] ->
            ok;
        InUse ->
            erlang:monotonic_time(millisecond) < Deadline orelse throw({in_use, InUse}),
            timer:sleep(?PAUSE),
            purged(InUse, Deadline)
    end.

%% The module finds its library by the code path.
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
