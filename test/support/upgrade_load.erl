%% What runs in a node whose native code is exchanged: callers that compare every answer with what it must be.
-module(upgrade_load).
-export([start/2, stop/1, caller/3, reload/1, mapped/0, memory/0, log/2]).

start(Callers, Sources) ->
    Self = self(),
    Holder = spawn(fun() -> hold(Callers, Sources, Self) end),
    receive {Holder, ready} -> Holder end.

hold(Callers, Sources, Parent) ->
    Plans = [element(2, {ok, _} = numplan:plan(Source)) || Source <- Sources],
    Pids = [spawn_monitor(upgrade_load, caller, [Plans, self(), 0]) || _ <- lists:seq(1, Callers)],
    Parent ! {self(), ready},
    receive
        {stop, From} ->
            Results = [stop_caller(Pid) || Pid <- Pids],
            From ! {self(), Results}
    end.

stop_caller({Pid, Monitor}) ->
    Pid ! stop,
    receive
        {done, Pid, Calls} -> {ok, Calls};
        {'DOWN', Monitor, process, Pid, Reason} -> {failed, Reason}
    end.

stop(Holder) ->
    Holder ! {stop, self()},
    receive {Holder, Results} -> Results end.

caller(Plans, Holder, Calls) ->
    <<"+14158867900">> = numplan:normalize(<<"4158867900">>),
    <<"did_us">> = numplan:classify(<<"4158867900">>),
    <<"tollfree_us">> = numplan:classify(<<"18005551234">>),
    true = numplan:is_reconcilable(<<"4158867900">>),
    {[{<<"country">>, <<"US">>} | _]} = numplan:locality(<<"4158867900">>),
    #{region := <<"GB">>} = numplan:lookup(<<"+442079460000">>),
    [Native, Foreign] = Plans,
    <<"international">> = numplan:classify(<<"01144123456789">>, Native),
    <<"+44123456789">> = numplan:normalize(<<"01144123456789">>, Native),
    <<"(415) 886 - 7900">> = numplan:pretty_print(<<"4158867900">>, Native),
    <<"twice">> = numplan:classify(<<"1212">>, Foreign),
    <<"+12">> = numplan:normalize(<<"1212">>, Foreign),
    receive
        stop -> Holder ! {done, self(), Calls + 11}
    after 0 ->
        caller(Plans, Holder, Calls + 11)
    end.

reload(Modules) ->
    [begin purged(Module), {module, Module} = code:load_file(Module) end || Module <- Modules],
    numplan_nif:build_info().

%% A call under way in old code is let finish.
purged(Module) ->
    case code:soft_purge(Module) of
        true -> ok;
        false -> erlang:yield(), purged(Module)
    end.

mapped() ->
    {ok, Maps} = file:read_file("/proc/self/maps"),
    {match, Found} = re:run(Maps, "numplan_nif-[0-9a-f]+", [global, {capture, first, binary}]),
    lists:usort(lists:append(Found)).

%% A logger handler that keeps what was logged last.
log(Event, _Config) ->
    {Format, Arguments} = case Event of #{msg := {report, Report}} -> {"~p", [Report]}; #{msg := Message} -> Message end,
    persistent_term:put(logged, [unicode:characters_to_binary(io_lib:format(Format, Arguments)) | persistent_term:get(logged, [])]).

memory() ->
    [erlang:garbage_collect(Pid) || Pid <- processes()],
    {ok, Status} = file:read_file("/proc/self/status"),
    {match, [Kilobytes]} = re:run(Status, "VmRSS:\\s+([0-9]+)", [{capture, all_but_first, list}]),
    list_to_integer(Kilobytes).
