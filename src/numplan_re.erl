%% @doc Answers for one number, also of plans with rules that only OTP's `re' can run.
%%
%% An automaton cannot run back-references, recursion, conditionals and the like exactly, so these
%% rules are run by `re:run/3' in the calling process. One call of native code finds the first
%% native rule that matches; then `re' tries its rules that stand before that one.
-module(numplan_re).

-export([normalize/2, convert/2, classify/2, classify_e164/2, classification/2]).
-export([is_reconcilable/2, pretty_print/2, apply_dial_plan/3]).

-include("numplan_plan.hrl").

%% @doc As {@link numplan:normalize/2}, for one number.
-spec normalize(binary(), numplan_plan:plan()) -> binary().
normalize(Number, #numplan_plan{ref = Ref, foreign = none} = Plan) ->
    case numplan_nif:normalize(Ref, Number) of
        stale -> normalize(Number, numplan_plan:renew(Plan));
        E164 -> E164
    end;
normalize(<<$+, _/binary>> = Number, _Plan) -> Number;
normalize(Number, Plan) -> convert(dial(Number, Plan), Plan).

%% @doc The number after the converters of `Plan', whatever it starts with.
-spec convert(binary(), numplan_plan:plan()) -> binary().
convert(Number, Plan) ->
    numplan_plan:with_current(Plan, fun(#numplan_plan{ref = Ref, foreign = Foreign}) ->
        rewrite(Number, numplan_nif:convert(Ref, Number), rules(converters, Foreign))
    end).

%% @doc The place of the number's class, or `undefined'.
-spec classify(binary(), numplan_plan:plan()) -> pos_integer() | undefined.
classify(Number, #numplan_plan{ref = Ref, foreign = none} = Plan) ->
    case numplan_nif:classify(Ref, Number) of
        stale -> classify(Number, numplan_plan:renew(Plan));
        Place -> Place
    end;
classify(Number, Plan) ->
    classify_e164(normalize(Number, Plan), Plan).

%% @doc The place of the class of a number in E.164, or `undefined'.
-spec classify_e164(binary(), numplan_plan:plan()) -> pos_integer() | undefined.
classify_e164(E164, Plan) ->
    numplan_plan:with_current(Plan, fun(#numplan_plan{ref = Ref, foreign = Foreign}) ->
        first_class(E164, numplan_nif:classify_e164(Ref, E164), rules(classes, Foreign))
    end).

first_class(_E164, stale, _Rules) ->
    stale;
first_class(E164, Native, [{Place, Regex} | Rules]) when Native =:= undefined; Place < Native ->
    case numplan_regex:matches(E164, Regex) of
        true -> Place;
        false -> first_class(E164, Native, Rules)
    end;
first_class(_E164, Native, _Rules) ->
    Native.

%% @doc As {@link numplan:classification/2}, for one number.
-spec classification(binary(), numplan_plan:plan()) -> numplan:object().
classification(Number, Plan) ->
    E164 = normalize(Number, Plan),
    Place = classify_e164(E164, Plan),
    numplan_plan:with_current(Plan, fun(#numplan_plan{ref = Ref}) ->
        numplan_nif:classification(Ref, Number, E164, Place)
    end).

%% @doc As {@link numplan:is_reconcilable/2}, for one number.
-spec is_reconcilable(binary(), numplan_plan:plan()) -> boolean().
is_reconcilable(Number, #numplan_plan{ref = Ref, foreign = Foreign} = Plan) ->
    Answer =
        case Foreign of
            none -> numplan_nif:is_reconcilable(Ref, Number);
            #{reconcile := none} -> numplan_nif:is_reconcilable_e164(Ref, normalize(Number, Plan));
            #{reconcile := Regex} -> matches(numplan_nif:is_current(Ref), Number, Plan, Regex)
        end,
    case Answer of
        stale -> is_reconcilable(Number, numplan_plan:renew(Plan));
        _ -> Answer
    end.

%% Whether `Regex' matches the normalised number; `stale' for a plan of another build, since this
%% node's `re' may be of another release than the one that has compiled the regex.
matches(true, Number, Plan, Regex) -> numplan_regex:matches(normalize(Number, Plan), Regex);
matches(false, _Number, _Plan, _Regex) -> stale.

%% @doc As {@link numplan:pretty_print/2}, for one number.
-spec pretty_print(binary(), numplan_plan:plan()) -> binary().
pretty_print(Number, #numplan_plan{ref = Ref, foreign = none} = Plan) ->
    case numplan_nif:pretty_print(Ref, Number) of
        stale -> pretty_print(Number, numplan_plan:renew(Plan));
        Printed -> Printed
    end;
pretty_print(Number, Plan) ->
    E164 = normalize(Number, Plan),
    Place = classify_e164(E164, Plan),
    numplan_plan:with_current(Plan, fun(#numplan_plan{ref = Ref}) ->
        numplan_nif:pretty_print_as(Ref, Number, E164, Place)
    end).

%% @doc The number after the dial plan of `Plan', in one of Kazoo's two readings.
-spec apply_dial_plan(binary(), numplan_plan:plan(), numplan:reading()) -> binary().
apply_dial_plan(Number, Plan, first_match) ->
    dial(Number, Plan);
apply_dial_plan(Number, Plan, full) ->
    numplan_plan:with_current(Plan, fun(#numplan_plan{ref = Ref}) ->
        resume(Ref, numplan_nif:apply_dial_plan(Ref, Number))
    end).

%% Goes on with a dial plan at a step that `re' runs. A step is valid in one build only: after an
%% upgrade the whole dial plan starts again.
resume(Ref, {re, Step, Regex, Number}) ->
    resume(Ref, numplan_nif:resume_dial_plan(Ref, Number, Step, numplan_regex:root(Number, Regex)));
resume(_Ref, stale) ->
    stale;
resume(_Ref, Number) when is_binary(Number) ->
    Number.

dial(Number, Plan) ->
    numplan_plan:with_current(Plan, fun(#numplan_plan{ref = Ref, foreign = Foreign}) ->
        rewrite(Number, numplan_nif:dial(Ref, Number), rules(dial_plan, Foreign))
    end).

%% The number rewritten by the first rule that matches. `Native' has the position of the first
%% native one, and its result.
rewrite(_Number, stale, _Rules) ->
    stale;
rewrite(Number, Native, [{Place, Regex, Prefix, Suffix} | Rules]) when Native =:= nomatch; Place < element(1, Native) ->
    case numplan_regex:root(Number, Regex) of
        nomatch -> rewrite(Number, Native, Rules);
        Root -> <<Prefix/binary, Root/binary, Suffix/binary>>
    end;
rewrite(Number, nomatch, _Rules) ->
    Number;
rewrite(_Number, {_Place, Rewritten}, _Rules) ->
    Rewritten.

rules(_Kind, none) -> [];
rules(Kind, Foreign) -> maps:get(Kind, Foreign).
