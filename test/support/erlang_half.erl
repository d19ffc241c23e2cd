%% The Erlang half on a node without Elixir, on any release of OTP: the vectors of testdata, and
%% native builds exchanged under load. Scripts call it (scripts/matrix-suite); it prints one line,
%% and ends the VM with status 1 where an answer differs.
-module(erlang_half).
-export([vectors/1, upgrade/2]).

-define(RELOADS, 120).
-define(CALLERS, 8).

%% Every line of the three files of vectors below the folder.
vectors(Testdata) ->
    ended(fun() ->
        start(),
        Kazoo = length([kazoo(Vector) || Vector <- kazoo_vectors(Testdata)]),
        Plans = maps:from_list([{Name, compiled(Text)} || {Name, Text} <- documents(Testdata), is_valid(Text)]),
        Corpus = length([corpus(Line, Plans) || Line <- lines(Testdata, "corpus.tsv")]),
        Clean = length([clean(Line) || Line <- lines(Testdata, "clean.tsv")]),
        %% An empty file would pass.
        true = Kazoo =:= 116 andalso Corpus > 10000 andalso Clean > 4000,
        io:format("vectors: ~b of Kazoo, ~b of the corpus, ~b of clean numbers, 0 differences~n", [Kazoo, Corpus, Clean])
    end).

start() ->
    {ok, Started} = application:ensure_all_started(numplan),
    [numplan] = Started,
    non_existing = code:which('Elixir.Enum').

kazoo({Preset, Number, Expected}) ->
    {ok, Plan} = numplan:plan({preset, Preset}),
    Reconcilable = case numplan:is_reconcilable(Number, Plan) of true -> <<"R">>; false -> <<"-">> end,
    Answers = [numplan:normalize(Number, Plan), class(Number, Plan), Reconcilable, numplan:pretty_print(Number, Plan)],
    same(Expected, Answers, {Preset, Number}).

kazoo_vectors(Testdata) ->
    Presets = ['kazoo-3.18', 'kazoo-3.20', 'kazoo-4.1', 'kazoo-4.2'],
    [
        {Preset, text(Number), [text(E164), Class, reconcilable(Reconcilable), text(Printed)]}
     || [Number | Cells] <- lines(Testdata, "kazoo-vectors.tsv"),
        {Preset, [E164, Class, Reconcilable, Printed]} <- lists:zip(Presets, fours(Cells))
    ].

fours([A, B, C, D | Cells]) -> [[A, B, C, D] | fours(Cells)];
fours([]) -> [].

text(Empty) when Empty =:= <<"(empty)">>; Empty =:= <<"<empty>">> -> <<>>;
text(Text) -> Text.

reconcilable(<<"R">>) -> <<"R">>;
reconcilable(_) -> <<"-">>.

corpus([Name, Cell | Expected], Plans) ->
    Number = unescaped(Cell),
    Plan = maps:get(Name, Plans),
    Answers = [
        escaped(numplan:normalize(Number, Plan)),
        class(Number, Plan),
        atom_to_binary(numplan:is_reconcilable(Number, Plan), utf8),
        escaped(numplan:pretty_print(Number, Plan)),
        escaped(numplan:apply_dial_plan(Number, Plan, first_match)),
        escaped(numplan:apply_dial_plan(Number, Plan, full))
    ],
    same(Expected, Answers, {Name, Cell}).

class(Number, Plan) ->
    case numplan:classify(Number, Plan) of
        undefined -> <<"undefined">>;
        Class -> Class
    end.

clean([Written, Cleaned]) -> same(Cleaned, numplan:clean(Written), Written).

documents(Testdata) ->
    Presets = [{Name, element(2, {ok, _} = numplan_nif:preset(Name))} || Name <- numplan_nif:presets()],
    Files = [
        {list_to_binary(filename:basename(File, ".json")), contents(File)}
     || Folder <- ["configs", "plans"],
        File <- filelib:wildcard(filename:join([Testdata, Folder, "*.json"]))
    ],
    Presets ++ Files.

%% Some of the operators' configurations are refused; the corpus holds no line of these.
is_valid(Text) -> element(1, numplan:plan(Text)) =:= ok.

compiled(Text) ->
    {ok, Plan} = numplan:plan(Text),
    Plan.

lines(Testdata, Name) ->
    [_Header | Lines] = binary:split(contents(filename:join(Testdata, Name)), <<"\n">>, [global]),
    [binary:split(Line, <<"\t">>, [global]) || Line <- Lines, Line =/= <<>>].

contents(File) ->
    {ok, Text} = file:read_file(File),
    Text.

escaped(Bytes) ->
    <<<<(case Byte >= 32 andalso Byte =< 126 andalso Byte =/= $\\ of
        true -> <<Byte>>;
        false -> iolist_to_binary(io_lib:format("\\x~2.16.0B", [Byte]))
    end)/binary>> || <<Byte>> <= Bytes>>.

unescaped(<<"\\x", Hex:2/binary, Rest/binary>>) -> <<(binary_to_integer(Hex, 16)), (unescaped(Rest))/binary>>;
unescaped(<<Byte, Rest/binary>>) -> <<Byte, (unescaped(Rest))/binary>>;
unescaped(<<>>) -> <<>>.

same(Answer, Answer, _What) -> ok;
same(Expected, Answer, What) -> error({differs, What, {expected, Expected}, {answer, Answer}}).

%% Exchanges two builds of the native library under the load of callers (upgrade_load). App is the
%% folder of the application, whose modules are those of the first build; Second is the module
%% numplan_nif of the second one, whose library lies in App too.
upgrade(App, Second) ->
    ended(fun() ->
        start(),
        Beam = filename:join([App, "ebin", "numplan_nif.beam"]),
        {ok, First} = file:read_file(Beam),
        Builds = [{<<"second">>, contents(Second)}, {<<"none">>, First}],
        Modules = [numplan_nif | modules(App) -- [numplan_nif]],
        Load = upgrade_load:start(?CALLERS),
        [exchange(lists:nth(1 + Number rem 2, Builds), Beam, Modules) || Number <- lists:seq(1, ?RELOADS)],
        Calls = lists:sum([Made || {ok, Made} <- ended_well(upgrade_load:stop(Load))]),
        io:format("hot upgrade: ~b reloads, ~b calls, 0 failed~n", [?RELOADS, Calls])
    end).

modules(App) ->
    [list_to_atom(filename:basename(File, ".beam")) || File <- filelib:wildcard(filename:join([App, "ebin", "*.beam"]))].

exchange({Tag, Code}, Beam, Modules) ->
    ok = file:write_file(Beam, Code),
    {_Build, Tag} = upgrade_load:reload(Modules).

ended_well(Results) ->
    [] = [Failed || {failed, _} = Failed <- Results],
    ?CALLERS = length(Results),
    Results.

ended(Run) ->
    try Run() of
        _ -> erlang:halt(0)
    catch
        Class:Reason:Stack ->
            io:format("~tp~n", [{Class, Reason, Stack}]),
            erlang:halt(1)
    end.
