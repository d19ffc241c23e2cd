%% A reference for knm_converter_numplan: Kazoo's converter (docs/kazoo-semantics.md 3.2 to 3.4) by
%% `re', and a comparison of both. Rules are compiled beforehand for speed alone; an invalid one
%% raises when it is reached.
-module(converter_reference).
-export([rules/1, normalize/2, numbers/2, differences/4, under_edits/1, stop/1, distinct/2]).

rules(undefined) -> undefined;
rules({Members}) -> [rule(Regex, proplists:get_value(Regex, Members)) || {Regex, _} <- Members].

rule(Regex, Value) ->
    case re:compile(Regex) of
        {ok, Compiled} -> {Compiled, affix(<<"prefix">>, Value), affix(<<"suffix">>, Value)};
        {error, _} -> invalid
    end.

affix(Key, {Members}) -> proplists:get_value(Key, Members, <<>>);
affix(_Key, _Names) -> <<>>.

%% normalize/1 and /2 leave a number with a plus alone, normalize/3 does not.
normalize({first, _}, <<$+, _/binary>> = Number) -> Number;
normalize({first, Converters}, Number) -> apply_rules(Number, Converters);
normalize({second, _, _}, <<$+, _/binary>> = Number) -> Number;
normalize({second, DialPlan, Converters}, Number) -> apply_rules(apply_rules(Number, DialPlan), Converters);
normalize({third, DialPlan, Converters}, Number) -> apply_rules(apply_rules(Number, DialPlan), Converters).

apply_rules(Number, undefined) -> Number;
apply_rules(Number, []) -> Number;
apply_rules(_Number, [invalid | _]) -> error(badarg);
apply_rules(Number, [{Compiled, Prefix, Suffix} | Rules]) ->
    case re:run(Number, Compiled, [{capture, all, binary}]) of
        nomatch -> apply_rules(Number, Rules);
        {match, Captures} -> <<Prefix/binary, (lists:last(Captures))/binary, Suffix/binary>>
    end.

numbers(Count, Seed) ->
    rand:seed(exsss, Seed),
    [number() || _ <- lists:seq(1, Count)].

number() ->
    Prefix = one(["", "", "", "+", "+1", "1", "0", "00", "011", "*55", "+31", "49", "8", "9", "0044"]),
    Digits = [$0 + rand:uniform(10) - 1 || _ <- lists:seq(1, rand:uniform(13))],
    iolist_to_binary([Prefix, Digits, one(["", "", "", "", "", "", "", "#", "\n", " x"])]).

one(List) -> lists:nth(rand:uniform(length(List)), List).

%% The numbers, of those given, for which the call and the reference differ in their answer or
%% exception; at most ten. The reference's rules are given as JSON, since from OTP 28 on a compiled
%% regex is of use on its own node alone.
differences(Numbers, Rules, Function, More) ->
    Reference = compiled(Rules),
    lists:sublist([{Number, Theirs, Ours} || Number <- Numbers,
        Theirs <- [outcome(fun() -> normalize(Reference, Number) end)],
        Ours <- [outcome(fun() -> apply(knm_converter_numplan, Function, [Number | More]) end)],
        Theirs =/= Ours], 10).

compiled({first, Converters}) -> {first, rules(Converters)};
compiled({Way, DialPlan, Converters}) -> {Way, rules(DialPlan), rules(Converters)}.

outcome(Fun) -> try Fun() catch error:Reason -> {error, Reason} end.

%% Callers that record each answer, with its time, until they are stopped.
under_edits(Callers) ->
    spawn(fun() ->
        Pids = [spawn_monitor(fun() -> caller(0, []) end) || _ <- lists:seq(1, Callers)],
        receive {stop, From} -> From ! {self(), [stop_caller(Pid) || Pid <- Pids]} end
    end).

caller(Calls, Seen) ->
    More = noted(Seen),
    %% A caller may have been off the processor since before the last edit, so it calls once more at its end.
    receive {stop, From} -> From ! {self(), Calls + 2, lists:reverse(noted(More))}
    after 0 -> caller(Calls + 1, More) end.

noted(Seen) ->
    Answer = knm_converter_numplan:normalize(<<"8867900">>),
    case Seen of [{Answer, _} | _] -> Seen; _ -> [{Answer, erlang:system_time(millisecond)} | Seen] end.

stop_caller({Pid, Monitor}) ->
    Pid ! {stop, self()},
    receive {Pid, Calls, Seen} -> {ok, Calls, Seen}; {'DOWN', Monitor, process, Pid, Reason} -> {failed, Reason} end.

stop(Holder) -> Holder ! {stop, self()}, receive {Holder, Results} -> Results end.

%% Normalises by distinct dial plans, made of the numbers from `First' on, one after the other;
%% returns the largest size of the cached plans, and that of the node as the system reports it, both
%% in bytes.
distinct(Count, First) -> distinct(Count, First, 0, 0).

distinct(0, _Next, Kept, Node) -> {Kept, Node};
distinct(Left, Next, Kept, Node) ->
    Text = integer_to_binary(Next),
    DialPlan = {[{<<"^", Text/binary, "(\\d{7})$">>, {[{<<"prefix">>, <<"+1415">>}]}}]},
    <<"+14158867900">> = knm_converter_numplan:normalize(<<Text/binary, "8867900">>, binary:copy(<<"a">>, 32), DialPlan),
    #{bytes := Bytes, max_bytes := Max} = numplan_plan_cache:status(),
    true = Bytes =< Max,
    distinct(Left - 1, Next + 1, max(Bytes, Kept), resident(Left, Node)).

resident(Left, Node) when Left rem 1000 =:= 0 ->
    {ok, Status} = file:read_file("/proc/self/status"),
    {match, [Kilobytes]} = re:run(Status, "VmRSS:\\s+(\\d+) kB", [{capture, all_but_first, binary}]),
    max(binary_to_integer(Kilobytes) * 1024, Node);
resident(_Left, Node) ->
    Node.
