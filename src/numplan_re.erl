%% @doc The rules that only OTP's `re' can run, and the order between them and the native ones.
%%
%% What an automaton cannot do exactly (look-around, back-references, possessive quantifiers and the like) is run by
%% `re:run/3' in the calling process. Native rules are asked in one call; of the others only those are tried that stand
%% before the native rule that matched. A plan without such rules never comes here.
-module(numplan_re).

-export([refusals/1, compile/1, normalize/2, convert/2, classify/2, classify_e164/2, is_reconcilable/2, apply_dial_plan/3, root/2, explain/2]).

-export_type([rules/0]).

-include("numplan_plan.hrl").

-type compiled() :: {re_pattern, term(), term(), term(), term()}.
-type rewrite() :: {Place :: pos_integer(), compiled(), Prefix :: binary(), Suffix :: binary()}.
-type rules() :: #{
    converters := [rewrite()],
    dial_plan := [rewrite()],
    classes := [{Place :: pos_integer(), compiled()}],
    reconcile := compiled() | none
}.

%% @doc What `re:compile/1' refuses of some regexes, with its words and the offset: it is the judge of what a valid regex is.
-spec refusals([binary()]) -> [{Regex :: binary(), Reason :: binary(), Offset :: non_neg_integer()}].
refusals(Regexes) ->
    [
        {Regex, unicode:characters_to_binary(Reason), Offset}
     || Regex <- Regexes, {error, {Reason, Offset}} <- [re:compile(Regex)]
    ].

%% @doc The rules that native code leaves to `re', compiled; `none' if there are none.
-spec compile(none | tuple()) -> none | rules().
compile(none) ->
    none;
compile({Converters, DialPlan, Classes, Reconcile}) ->
    #{
        converters => [{Place, mp(Regex), Prefix, Suffix} || {Place, Regex, Prefix, Suffix} <- Converters],
        dial_plan => [{Place, mp(Regex), Prefix, Suffix} || {Place, Regex, Prefix, Suffix} <- DialPlan],
        classes => [{Place, mp(Regex)} || {Place, Regex} <- Classes],
        reconcile => mp(Reconcile)
    }.

mp(none) ->
    none;
mp(Regex) ->
    {ok, Compiled} = re:compile(Regex),
    Compiled.

%% @doc As {@link numplan:normalize/2}, for a plan with such rules.
-spec normalize(binary(), numplan_plan:plan()) -> binary().
normalize(<<$+, _/binary>> = Number, _Plan) ->
    Number;
normalize(Number, Plan) ->
    with_current(Plan, fun(Current) -> converted(dial(Number, Current), Current) end).

%% @doc `Number' as the converters of `Plan' make it, whatever it starts with.
-spec convert(binary(), numplan_plan:plan()) -> binary().
convert(Number, Plan) ->
    with_current(Plan, fun(Current) -> converted(Number, Current) end).

%% @doc The place of the number's class, or `undefined'.
-spec classify(binary(), numplan_plan:plan()) -> pos_integer() | undefined.
classify(Number, Plan) ->
    classify_e164(normalize(Number, Plan), Plan).

%% @doc The place of the class of a number that is taken as it is, or `undefined'.
-spec classify_e164(binary(), numplan_plan:plan()) -> pos_integer() | undefined.
classify_e164(E164, Plan) ->
    with_current(Plan, fun(#numplan_plan{ref = Ref, foreign = Foreign}) ->
        Native = known(numplan_nif:classify_e164(Ref, E164)),
        first_class(E164, Native, classes(Foreign))
    end).

first_class(E164, Native, [{Place, Regex} | Rules]) when Native =:= undefined; Place < Native ->
    case re:run(E164, Regex, [{capture, none}]) of
        match -> Place;
        nomatch -> first_class(E164, Native, Rules)
    end;
first_class(_E164, Native, _Rules) ->
    Native.

%% @doc As {@link numplan:is_reconcilable/2}, for a plan with such rules.
-spec is_reconcilable(binary(), numplan_plan:plan()) -> boolean().
is_reconcilable(Number, Plan) ->
    E164 = normalize(Number, Plan),
    with_current(Plan, fun
        (#numplan_plan{foreign = #{reconcile := Regex}}) when Regex =/= none ->
            re:run(E164, Regex, [{capture, none}]) =:= match;
        (#numplan_plan{ref = Ref}) ->
            known(numplan_nif:is_reconcilable_e164(Ref, E164))
    end).

%% @doc As {@link numplan:explain/2}, for one number. The plan's source is asked, so it does not matter which build compiled it.
-spec explain(binary(), numplan_plan:plan()) -> numplan:explanation().
explain(Number, #numplan_plan{source = Source}) ->
    explain(binary_to_term(Source), Number, []).

%% What re is asked rests on what it answered before: first the dial plan, then the converters, then what follows.
explain(Document, Number, Answers) ->
    case numplan_nif:explain(Document, Number, Answers) of
        #{text := _} = Explanation -> Explanation;
        {error, Problems} -> erlang:error({invalid_config, Problems});
        {re, Subject, Regexes} -> explain(Document, Number, [answer(Regex, Subject) || Regex <- Regexes] ++ Answers)
    end.

answer(Regex, Subject) ->
    case re:run(Subject, Regex, [{capture, all, index}]) of
        {match, Spans} -> {Regex, Subject, Spans};
        nomatch -> {Regex, Subject, nomatch}
    end.

%% @doc `Number' as the dial plan of `Plan' makes it, in one of Kazoo's two readings.
-spec apply_dial_plan(binary(), numplan_plan:plan(), numplan:reading()) -> binary().
apply_dial_plan(Number, Plan, first_match) ->
    with_current(Plan, fun(Current) -> dial(Number, Current) end);
apply_dial_plan(Number, Plan, full) ->
    with_current(Plan, fun(#numplan_plan{ref = Ref}) ->
        run_steps(Ref, known(numplan_nif:apply_dial_plan(Ref, Number)))
    end).

run_steps(_Ref, Number) when is_binary(Number) ->
    Number;
run_steps(Ref, {re, Step, Regex, Number}) ->
    run_steps(Ref, known(numplan_nif:resume_dial_plan(Ref, Number, Step, root(Number, Regex)))).

dial(Number, #numplan_plan{ref = Ref, foreign = Foreign}) ->
    Native = known(numplan_nif:dial(Ref, Number)),
    rewrite(Number, Native, dial_plan(Foreign)).

converted(Number, #numplan_plan{ref = Ref, foreign = Foreign}) ->
    Native = known(numplan_nif:convert(Ref, Number)),
    rewrite(Number, Native, converters(Foreign)).

%% Native is what the first native rule that matches makes of the number, with the rule's place.
rewrite(Number, Native, [{Place, Regex, Prefix, Suffix} | Rules]) when Native =:= nomatch; Place < element(1, Native) ->
    case root(Number, Regex) of
        nomatch -> rewrite(Number, Native, Rules);
        Root -> <<Prefix/binary, Root/binary, Suffix/binary>>
    end;
rewrite(Number, nomatch, _Rules) ->
    Number;
rewrite(_Number, {_Place, Rewritten}, _Rules) ->
    Rewritten.

%% @doc The root that a regex, compiled or not, finds in a number, or `nomatch': the last group that took part, or the whole match. Raises
%% `badarg' for an invalid regex.
%%
%% `re' cuts trailing groups that took no part. A match that ends before it starts, as `(?=1\\K)' gives, has an empty root; `re' itself brings
%% the node down if asked for that as a binary.
-spec root(binary(), compiled() | iodata()) -> binary() | nomatch.
root(Number, Regex) ->
    case re:run(Number, Regex, [{capture, all, index}]) of
        {match, Captures} -> part(Number, lists:last(Captures));
        nomatch -> nomatch
    end.

part(Number, {Start, Length}) when Start >= 0, Length > 0 -> binary:part(Number, Start, Length);
part(_Number, _Nothing) -> <<>>.

converters(none) -> [];
converters(#{converters := Rules}) -> Rules.

dial_plan(none) -> [];
dial_plan(#{dial_plan := Rules}) -> Rules.

classes(none) -> [];
classes(#{classes := Rules}) -> Rules.

%% Runs Fun on the plan, again on a renewed one whenever native code was exchanged under it.
with_current(Plan, Fun) ->
    try
        Fun(Plan)
    catch
        throw:stale -> with_current(numplan_plan:renew(Plan), Fun)
    end.

known(stale) -> throw(stale);
known(Answer) -> Answer.
