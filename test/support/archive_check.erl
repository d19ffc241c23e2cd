%% An archive of the application on a node of any release of OTP without Elixir: scripts/archive-check
%% calls it. Each function prints one line, and ends the VM with status 1 where something differs.
-module(archive_check).
-export([calls/0, together/0, embedded/0, release/1, upgrade/2, hotload/2]).

-define(CALLERS, 8).

%% Calls before the application is started, and then its start.
calls() ->
    ended(fun() ->
        true = erlang:function_exported(loaded(numplan), '$placeholder', 0),
        true = erlang:function_exported(numplan, classify, 1),
        <<"emergency">> = numplan:classify(<<"911">>),
        <<"emergency">> = numplan_classifiers:classify(<<"911">>),
        false = erlang:function_exported(numplan, '$placeholder', 0),
        {ok, [numplan]} = application:ensure_all_started(numplan),
        answers(),
        io:format("archive: OTP ~s runs ~s, ~s~n", [erlang:system_info(otp_release), range(), dialect()])
    end).

%% Many processes that call placeholders at the same moment, some of them with registered names.
together() ->
    ended(fun() ->
        Self = self(),
        Callers = [spawn_link(fun() -> caller(Number, Self) end) || Number <- lists:seq(1, 200)],
        [Caller ! go || Caller <- Callers],
        [receive {Caller, <<"emergency">>} -> ok end || Caller <- Callers],
        io:format("archive: 200 processes call at once: one answer~n")
    end).

caller(Number, Parent) ->
    Number rem 2 =:= 0 andalso register(list_to_atom("caller_" ++ integer_to_list(Number)), self()),
    receive go -> ok end,
    Parent ! {self(), numplan:classify(<<"911">>)}.

%% In a release whose boot script has loaded the placeholders.
embedded() ->
    ended(fun() ->
        embedded = code:get_mode(),
        true = lists:keymember(numplan, 1, application:which_applications()),
        [] = [Module || {Module, _} <- code:all_loaded(), erlang:function_exported(Module, '$placeholder', 0)],
        answers(),
        io:format("archive: embedded release runs ~s~n", [range()])
    end).

%% Writes NAME.rel and NAME.boot of a release with the application.
release(Name) ->
    ended(fun() ->
        ok = application:load(sasl),
        ok = application:load(numplan),
        Applications = [{App, version(App)} || App <- [kernel, stdlib, sasl, numplan]],
        Release = {release, {"archive", "1"}, {erts, erlang:system_info(version)}, Applications},
        ok = file:write_file(Name ++ ".rel", io_lib:format("~p.~n", [Release])),
        ok = systools:make_script(Name, [local, no_warn_sasl, {path, code:get_path()}]),
        io:format("archive: boot script made~n")
    end).

version(Application) ->
    _ = application:load(Application),
    {ok, Version} = application:get_key(Application, vsn),
    Version.

%% From the application in First to that in Second and back, under load, by numplan_upgrade.
upgrade(First, Second) ->
    under_load("upgrade", fun() ->
        [ok = numplan_upgrade:to(Directory) || Directory <- [Second, First, Second, First]]
    end).

%% The same, module by module, as Kazoo's hotload does it.
hotload(First, Second) ->
    under_load("hotload", fun() -> [hotload(Directory) || Directory <- [Second, First]] end).

hotload(Directory) ->
    true = code:replace_path(numplan, filename:join(Directory, "ebin")),
    {ok, Modules} = application:get_key(numplan, modules),
    [{module, Module} = reloaded(Module) || Module <- Modules].

reloaded(Module) ->
    %% A call may replace a placeholder between the two.
    case code:soft_purge(Module) andalso code:load_file(Module) of
        {module, Module} = Loaded -> Loaded;
        NotYet when NotYet =:= false; NotYet =:= {error, not_purged} ->
            timer:sleep(10),
            reloaded(Module)
    end.

under_load(What, Change) ->
    ended(fun() ->
        {ok, _} = application:ensure_all_started(numplan),
        Load = upgrade_load:start(?CALLERS),
        Changes = length(Change()),
        Results = upgrade_load:stop(Load),
        [] = [Failed || {failed, _} = Failed <- Results],
        Calls = lists:sum([Made || {ok, Made} <- Results]),
        io:format("archive: ~b changes by ~s, ~b calls, 0 failed~n", [Changes, What, Calls])
    end).

answers() ->
    <<"emergency">> = numplan:classify(<<"911">>),
    <<"+14158867900">> = numplan:normalize(<<"4158867900">>),
    #{region := <<"GB">>} = numplan:lookup(<<"+442079460000">>),
    %% A rule that only re can run.
    {ok, Plan} = numplan:plan(<<"{\"classifiers\": {\"twice\": \"^(\\\\d\\\\d)\\\\1$\"}}">>),
    <<"twice">> = numplan:classify(<<"1212">>, Plan).

loaded(Module) ->
    {module, Module} = code:ensure_loaded(Module),
    Module.

%% The folder of the BEAM files that are in use.
range() -> filename:basename(filename:dirname(code:which(numplan))).

dialect() -> io_lib:format("dialect ~p, library ~s", [numplan_nif:dialect(), element(1, numplan_nif:build_info())]).

ended(Run) ->
    try Run() of
        _ -> erlang:halt(0)
    catch
        Class:Reason:Stack ->
            io:format("~tp~n", [{Class, Reason, Stack}]),
            erlang:halt(1)
    end.
