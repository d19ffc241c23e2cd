%% The load on a node whose native code is exchanged: callers that compare every answer with the
%% expected one.
-module(upgrade_load).
-export([start/1, start_kazoo/1, stop/1, caller/3, reload/1, runs_old_code/2, mapped/0, memory/0, log/2]).

%% The least number of calls that each caller makes, even if it is stopped earlier.
-define(LEAST, 1000).

-define(FOREIGN, <<"{\"classifiers\": {\"twice\": \"(*PRUNE)^\\\\+?(12)$\"},
    \"e164_converters\": {\"^(\\\\d\\\\d)\\\\1$\": {\"prefix\": \"+\"}}}">>).

%% Starts callers of numplan. They hold a plan of native rules, and one whose rules only re can run.
start(Callers) ->
    started(Callers, fun() ->
        {ok, Native} = numplan:plan({preset, 'kazoo-4.2'}),
        {ok, Foreign} = numplan:plan(?FOREIGN),
        fun() -> numplan(Native, Foreign) end
    end).

%% Starts callers that call as Kazoo does, on a node with doubles of its configuration modules.
start_kazoo(Callers) ->
    started(Callers, fun() -> fun kazoo/0 end).

started(Callers, Prepare) ->
    Self = self(),
    Holder = spawn(fun() -> hold(Callers, Prepare(), Self) end),
    receive {Holder, ready} -> Holder end.

hold(Callers, Round, Parent) ->
    Pids = [spawn_monitor(upgrade_load, caller, [Round, self(), 0]) || _ <- lists:seq(1, Callers)],
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

caller(Round, Holder, Calls) ->
    Made = Calls + Round(),
    receive
        stop when Made > ?LEAST -> Holder ! {done, self(), Made}
    after 0 ->
        caller(Round, Holder, Made)
    end.

%% Makes one round of calls and returns their number; fails if an answer is wrong.
numplan(Native, Foreign) ->
    <<"+14158867900">> = numplan:normalize(<<"4158867900">>),
    <<"did_us">> = numplan:classify(<<"4158867900">>),
    <<"tollfree_us">> = numplan:classify(<<"18005551234">>),
    true = numplan:is_reconcilable(<<"4158867900">>),
    {[{<<"country">>, <<"US">>} | _]} = numplan:locality(<<"4158867900">>),
    #{region := <<"GB">>} = numplan:lookup(<<"+442079460000">>),
    true = numplan:is_valid(<<"4158867900">>),
    {ok, #{e164 := <<"+442079460000">>}} = numplan:parse(<<"020 7946 0000">>, <<"GB">>),
    <<"international">> = numplan:classify(<<"01144123456789">>, Native),
    <<"+44123456789">> = numplan:normalize(<<"01144123456789">>, Native),
    <<"(415) 886 - 7900">> = numplan:pretty_print(<<"4158867900">>, Native),
    <<"twice">> = numplan:classify(<<"1212">>, Foreign),
    <<"+12">> = numplan:normalize(<<"1212">>, Foreign),
    #{class := <<"twice">>, e164 := <<"+12">>} = numplan:explain(<<"1212">>, Foreign),
    14.

%% numplan_plan_cache caches the account's dial plan and those below; the last one has an invalid
%% regex.
kazoo() ->
    Account = binary:copy(<<"a">>, 32),
    Local = {[{<<"^(\\d{7})$">>, {[{<<"prefix">>, <<"+1650">>}]}}]},
    Invalid = {[{<<"^(\\d{7})$">>, {[{<<"prefix">>, <<"+1415">>}]}}, {<<"^+33">>, {[]}}]},
    <<"did_us">> = numplan:classify(<<"4158867900">>),
    <<"+14158867900">> = knm_converter_numplan:normalize(<<"4158867900">>),
    <<"+14158867900">> = knm_converter_numplan:normalize(<<"8867900">>, Account),
    <<"+16508867900">> = knm_converter_numplan:normalize(<<"8867900">>, Account, Local),
    <<"+14158867900">> = knm_converter_numplan:normalize(<<"8867900">>, Account, Invalid),
    <<"4158867900">> = knm_converter_numplan:to_npan(<<"+14158867900">>),
    <<"international">> = numplan_classifiers:classify(<<"01144123456789">>),
    {[{<<"regex">>, _} | _]} = numplan_classifiers:classification(<<"911">>),
    {[{<<"tollfree_us">>, _} | _]} = numplan_classifiers:available_classifiers(),
    true = numplan_classifiers:is_reconcilable(<<"4158867900">>),
    <<"(415) 886 - 7900">> = numplan_classifiers:pretty_print(<<"4158867900">>),
    <<"numbers%2F%2B1415">> = numplan_classifiers:to_db(<<"+14158867900">>),
    12.

reload(Modules) ->
    [begin purged(Module), {module, Module} = code:load_file(Module) end || Module <- Modules],
    numplan_nif:build_info().

%% Waits until calls in progress have left old code.
purged(Module) ->
    case code:soft_purge(Module) of
        true -> ok;
        false -> erlang:yield(), purged(Module)
    end.

%% The modules whose old code the process runs.
runs_old_code(Name, Modules) ->
    [Module || Module <- Modules, erlang:check_process_code(whereis(Name), Module)].

%% The builds of the library that are mapped. An idle process may hold one by a plan that it has
%% dropped, until its heap is collected.
mapped() ->
    lists:foreach(fun erlang:garbage_collect/1, processes()),
    {ok, Maps} = file:read_file("/proc/self/maps"),
    {match, Found} = re:run(Maps, "numplan_nif-[0-9a-f]+", [global, {capture, first, binary}]),
    lists:usort(lists:append(Found)).

%% A logger handler that keeps the last event.
log(Event, _Config) ->
    {Format, Arguments} =
        case Event of
            #{msg := {report, Report}} -> {"~p", [Report]};
            #{msg := {string, Text}} -> {"~ts", [Text]};
            #{msg := Message} -> Message
        end,
    persistent_term:put(logged, [unicode:characters_to_binary(io_lib:format(Format, Arguments)) | persistent_term:get(logged, [])]).

memory() ->
    [erlang:garbage_collect(Pid) || Pid <- processes()],
    {ok, Status} = file:read_file("/proc/self/status"),
    {match, [Kilobytes]} = re:run(Status, "VmRSS:\\s+([0-9]+)", [{capture, all_but_first, list}]),
    list_to_integer(Kilobytes).
