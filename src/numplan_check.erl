%% @doc Reports on a configuration and differences of two, proved for all numbers by native code.
%%
%% Native code cannot run the rules that are left to `re'. Its findings hold whatever these rules
%% match, but the answer for a witness may depend on them. Native code then leaves `e164' and
%% `class' of the witness `undefined', and this module fills them in by the whole plan.
-module(numplan_check).

-export([check/2, check/3, diff/3]).

-export_type([report/0, finding/0, witness/0, cut/0, diff/0, change/0]).

-include("numplan_plan.hrl").

%% The time in milliseconds in which `re' may answer for the witnesses of one report. One regex can
%% take a second for one number.
-define(RE_TIME, 5000).

-type source() :: numplan_source:source() | numplan:plan().
-type answers() :: #{Number :: binary() => {Place :: pos_integer() | undefined, numplan:witness()}}.

-type witness() :: #{number := numplan:phone_number(), e164 := numplan:phone_number(), class := binary() | undefined}.
%% A number that proves a finding, as dialled, with the answers of the whole configuration, `re'
%% included.

-type finding() :: #{
    kind := atom(),
    severity := error | warning | info,
    path := binary(),
    sentence := binary(),
    witness := witness() | undefined,
    related := [#{path := binary(), witness := witness() | undefined}],
    fix := binary() | undefined
}.
%% A fault of a configuration: its kind, such as `never_matches'; the path of the rule; a sentence;
%% a shortest number that proves it; the other rules involved, each with a witness of its own if it
%% has one; how to fix it. docs/check.md lists all kinds.

-type cut() :: #{proof := binary(), bound := atom(), reason := binary()}.
%% A proof that reached a bound of time or memory, and which bound.

-type report() :: #{
    findings := [finding()],
    more_overlaps := non_neg_integer(),
    unread := [Path :: binary()],
    cut := [cut()],
    otp => #{release := pos_integer(), dialect := pcre | pcre2, node := pcre | pcre2 | unknown}
}.
%% The result of a check: findings, the gravest first; the number of overlaps left out; the paths of
%% rules that were not analysed, since only OTP's `re' runs them; and proofs that were cut. If
%% `unread' and `cut' are empty, the findings are complete. `otp' is there if a release was asked
%% for: the release, the dialect of its `re', and that of this node; they answer alike if the
%% dialects are the same.

-type change() :: #{old := witness(), new := witness()}.
%% The answers of two configurations for one number.

-type diff() :: #{
    moves := [change()],
    rewritten := [change()],
    gained := change() | undefined,
    lost := change() | undefined,
    missing := [cut() | unread | too_far_apart]
}.
%% The difference of two configurations, by witnesses. `moves' has a number for each pair of classes
%% between which numbers move; `rewritten' one for each class with numbers that are rewritten
%% otherwise; `gained' becomes reconcilable, `lost' ceases to be; `missing' says why changes may be
%% missing.

%% @doc See {@link numplan:check/2}.
-spec check(source(), numplan_otp:options()) -> {ok, numplan:report()} | {error, [numplan:problem()]}.
check(Source, Options) ->
    check(Source, Options, ?RE_TIME).

%% @doc As {@link numplan:check/2}, with a time for `re' in milliseconds. When the time is up, the
%% number in progress is finished, further witnesses are left out, and `cut' of the report says so.
-spec check(source(), numplan_otp:options(), non_neg_integer()) -> {ok, numplan:report()} | {error, [numplan:problem()]}.
check(Source, Options, Time) ->
    Release = numplan_otp:release(Options),
    case judged(Source) of
        {ok, Document, Refusals} ->
            with_release(answered(numplan_nif:check(Document, Refusals, Release), Document, Time), Release);
        {error, Problems} ->
            {error, Problems}
    end.

with_release({ok, Report}, Release) when Release =/= none ->
    Otp = #{release => Release, dialect => numplan_nif:dialect(Release), node => numplan_nif:dialect()},
    {ok, Report#{otp => Otp}};
with_release(Report, _Release) ->
    Report.

%% @doc See {@link numplan:diff/3}.
-spec diff(Old :: source(), New :: source(), numplan_otp:options()) ->
    {ok, numplan:diff()} | {error, {old | new, [numplan:problem()]}}.
diff(Old, New, Options) ->
    Release = numplan_otp:release(Options),
    case {judged(Old), judged(New)} of
        {{ok, OldDocument, OldRefusals}, {ok, NewDocument, NewRefusals}} ->
            Diff = numplan_nif:diff(OldDocument, OldRefusals, NewDocument, NewRefusals, Release),
            case Release =:= none orelse numplan_nif:dialect(Release) =:= numplan_nif:dialect() of
                true -> compared(Diff, OldDocument, NewDocument);
                false -> compared(certain(Diff), OldDocument, NewDocument)
            end;
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
    numplan_source:judged(Source).

answered({ok, #{findings := Findings, cut := Cut} = Report}, Document, Time) ->
    Related = [Witness || #{related := All} <- Findings, #{witness := Witness} <- All],
    Numbers = unanswered([Witness || #{witness := Witness} <- Findings] ++ Related),
    Answers = answers(Numbers, Document, erlang:monotonic_time(millisecond) + Time),
    Late = #{proof => <<"the answers of re for witnesses">>, bound => time, reason => <<"re takes too long to answer">>},
    AllCut = Cut ++ [Late || map_size(Answers) < length(Numbers)],
    {ok, Report#{findings := [finding(Finding, Answers) || Finding <- Findings], cut := AllCut}};
answered({error, Problems}, _Document, _Time) ->
    {error, Problems}.

finding(#{witness := Witness, related := Related} = Finding, Answers) ->
    Finding#{witness := shown(Witness, Answers), related := [related(One, Answers) || One <- Related]}.

related(#{path := Path, witness := Witness, holds_if := undefined}, Answers) ->
    #{path => Path, witness => shown(Witness, Answers)};
related(#{path := Path, witness := #{number := Number}, holds_if := {Place, E164}}, Answers) ->
    case Answers of
        #{Number := {Place, #{e164 := E164} = Witness}} -> #{path => Path, witness => Witness};
        %% A rule that `re' runs matches the number, which is therefore no witness.
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

%% A difference without the numbers for which only the `re' of the other release, which does not run
%% here, has the new answer.
certain({ok, #{moves := Moves, rewritten := Rewritten, gained := Gained, lost := Lost, missing := Missing} = Diff}) ->
    Known = fun
        (undefined) -> undefined;
        (#{new := #{e164 := undefined}}) -> undefined;
        (Change) -> Change
    end,
    All = fun(Changes) -> [Change || Change <- Changes, Known(Change) =/= undefined] end,
    Certain = Diff#{moves := All(Moves), rewritten := All(Rewritten), gained := Known(Gained), lost := Known(Lost)},
    {ok, Certain#{missing := lists:usort([unread || Certain =/= Diff] ++ Missing)}};
certain({error, Refused}) ->
    {error, Refused}.

%% The numbers whose answers native code has left open, without duplicates.
unanswered(Witnesses) ->
    lists:usort([Number || #{number := Number, e164 := undefined} <- Witnesses]).

shown(#{number := Number, e164 := undefined}, Answers) ->
    case Answers of
        #{Number := {_Place, Witness}} -> Witness;
        #{} -> undefined
    end;
shown(Witness, _Answers) ->
    Witness.

%% The whole plan's answers for `Numbers' until the deadline; the atom `infinity' compares greater
%% than any integer.
-spec answers([binary()], Document :: term(), integer() | infinity) -> answers().
answers([], _Document, _Deadline) ->
    #{};
answers(Numbers, Document, Deadline) ->
    %% This cannot fail: the check has compiled the document already.
    {ok, Plan} = numplan_plan:new(Document),
    maps:from_list([{Number, answer(Number, Plan)} || Number <- Numbers, erlang:monotonic_time(millisecond) < Deadline]).

answer(Number, #numplan_plan{names = Names} = Plan) ->
    E164 = numplan_re:normalize(Number, Plan),
    Place = numplan_re:classify_e164(E164, Plan),
    {Place, #{number => Number, e164 => E164, class => name(Place, Names)}}.

name(undefined, _Names) -> undefined;
name(Place, Names) -> element(Place, Names).
