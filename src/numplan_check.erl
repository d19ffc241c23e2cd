%% @doc What is odd about a configuration, and what changes from one to another: proofs over all numbers, made by native code.
%%
%% Native code does not run the rules that are left to `re'. What it says of a number holds whatever they do, but what becomes of
%% the number they may decide: it leaves `e164' and `class' of such a witness `undefined', and here the whole plan answers.
-module(numplan_check).

-export([check/1, check/2, diff/2]).

-include("numplan_plan.hrl").

%% How long `re' may be asked about the numbers of one report, in milliseconds. A regex can take a second for one number.
-define(RE_TIME, 5000).

-type source() :: numplan_source:source() | numplan:plan().
-type answers() :: #{Number :: binary() => {Place :: pos_integer() | undefined, numplan:witness()}}.

%% @doc See {@link numplan:check/1}.
-spec check(source()) -> {ok, numplan:report()} | {error, [numplan:problem()]}.
check(Source) ->
    check(Source, ?RE_TIME).

%% @doc As {@link numplan:check/1}, where `re' is asked about numbers for so many milliseconds, and until it has answered about the one
%% it is at. Numbers that it was not asked about are left out, and the report's `cut' says so.
-spec check(source(), non_neg_integer()) -> {ok, numplan:report()} | {error, [numplan:problem()]}.
check(Source, Time) ->
    case judged(Source) of
        {ok, Document, Refusals} -> answered(numplan_nif:check(Document, Refusals), Document, Time);
        {error, Problems} -> {error, Problems}
    end.

%% @doc See {@link numplan:diff/2}.
-spec diff(Old :: source(), New :: source()) -> {ok, numplan:diff()} | {error, {old | new, [numplan:problem()]}}.
diff(Old, New) ->
    case {judged(Old), judged(New)} of
        {{ok, OldDocument, OldRefusals}, {ok, NewDocument, NewRefusals}} ->
            compared(numplan_nif:diff(OldDocument, OldRefusals, NewDocument, NewRefusals), OldDocument, NewDocument);
        {{error, Problems}, _} ->
            {error, {old, Problems}};
        {_, {error, Problems}} ->
            {error, {new, Problems}}
    end.

judged(#numplan_plan{source = Source}) ->
    judged(binary_to_term(Source));
judged(#{'__struct__' := 'Elixir.Numplan.Plan', erlang := Plan}) ->
    judged(Plan);
judged(Source) ->
    case numplan_source:read(Source) of
        {ok, Document} -> judged(Document, numplan_nif:regexes(Document));
        {error, Problems} -> {error, Problems}
    end.

judged(Document, {ok, Regexes}) -> {ok, Document, numplan_re:refusals(Regexes)};
judged(_Document, {error, Problems}) -> {error, Problems}.

answered({ok, #{findings := Findings, cut := Cut} = Report}, Document, Time) ->
    Related = [Witness || #{related := All} <- Findings, #{witness := Witness} <- All],
    Numbers = unanswered([Witness || #{witness := Witness} <- Findings] ++ Related),
    Answers = answers(Numbers, Document, erlang:monotonic_time(millisecond) + Time),
    Late = [
        #{
            proof => <<"what re makes of numbers that show something">>,
            bound => time,
            reason => <<"re takes too long to answer">>
        }
     || map_size(Answers) < length(Numbers)
    ],
    {ok, Report#{findings := [finding(Finding, Answers) || Finding <- Findings], cut := Cut ++ Late}};
answered({error, Problems}, _Document, _Time) ->
    {error, Problems}.

finding(#{witness := Witness, related := Related} = Finding, Answers) ->
    Finding#{witness := shown(Witness, Answers), related := [related(One, Answers) || One <- Related]}.

related(#{path := Path, witness := Witness, holds_if := undefined}, Answers) ->
    #{path => Path, witness => shown(Witness, Answers)};
related(#{path := Path, witness := #{number := Number}, holds_if := {Place, E164}}, Answers) ->
    case Answers of
        #{Number := {Place, #{e164 := E164} = Witness}} -> #{path => Path, witness => Witness};
        %% A rule that re runs takes the number, so it does not show what it should.
        #{} -> #{path => Path, witness => undefined}
    end.

compared({ok, #{moves := Moves, rewritten := Rewritten, gained := Gained, lost := Lost} = Diff}, Old, New) ->
    Changes = [Change || Change <- [Gained, Lost | Moves ++ Rewritten], Change =/= undefined],
    OldAnswers = answers(unanswered([Witness || #{old := Witness} <- Changes]), Old, infinity),
    NewAnswers = answers(unanswered([Witness || #{new := Witness} <- Changes]), New, infinity),
    Change = fun
        (undefined) -> undefined;
        (#{old := Was, new := Is}) -> #{old => shown(Was, OldAnswers), new => shown(Is, NewAnswers)}
    end,
    {ok, Diff#{
        moves := lists:map(Change, Moves),
        rewritten := lists:map(Change, Rewritten),
        gained := Change(Gained),
        lost := Change(Lost)
    }};
compared({error, Refused}, _Old, _New) ->
    {error, Refused}.

%% The numbers that the whole plan has to answer for, each once.
unanswered(Witnesses) ->
    lists:usort([Number || #{number := Number, e164 := undefined} <- Witnesses]).

shown(#{number := Number, e164 := undefined}, Answers) ->
    case Answers of
        #{Number := {_Place, Witness}} -> Witness;
        #{} -> undefined
    end;
shown(Witness, _Answers) ->
    Witness.

%% What the whole plan makes of `Numbers', as far as there is time: `infinity' is greater than any.
-spec answers([binary()], Document :: term(), integer() | infinity) -> answers().
answers([], _Document, _Deadline) ->
    #{};
answers(Numbers, Document, Deadline) ->
    %% It has compiled when it was checked.
    {ok, Plan} = numplan_plan:new(Document),
    answers(Numbers, Plan, Deadline, #{}).

answers([Number | Numbers], Plan, Deadline, Answers) ->
    case erlang:monotonic_time(millisecond) < Deadline of
        true -> answers(Numbers, Plan, Deadline, Answers#{Number => answer(Number, Plan)});
        false -> Answers
    end;
answers([], _Plan, _Deadline, Answers) ->
    Answers.

answer(Number, #numplan_plan{names = Names} = Plan) ->
    E164 = numplan_re:normalize(Number, Plan),
    Place = numplan_re:classify_e164(E164, Plan),
    {Place, #{number => Number, e164 => E164, class => name(Place, Names)}}.

name(undefined, _Names) -> undefined;
name(Place, Names) -> element(Place, Names).
