%% @doc Answers for one number or for a list of numbers, which may hold lists, by arguments that
%% {@link numplan_call} has read.
%%
%% {@link numplan} passes these functions on as `fun numplan_each:classify/2', where it could have
%% funs of its own, since a fun of the Erlang half makes no fun (docs/decisions.md). A term in a
%% list that is no number is thrown as `bad_argument'. Cost: that of each number, and for a plan
%% without rules for `re' one call of native code for many of them.
-module(numplan_each).

-export([normalize/2, normalize/3, apply_dial_plan/3, classify/2, classification/2]).
-export([is_reconcilable/2, reconciled/2, pretty_print/2, explain/2, locality/1, locality/2]).
-export([is_valid/2, parse/2, format/2, short_number/2, number_match/2, lookup/2]).

-include("numplan_plan.hrl").

-type numbers() :: binary() | [numbers()].
-type answers(Answer) :: Answer | [answers(Answer)].

%% @doc As {@link numplan:normalize/2}.
-spec normalize(numbers(), numplan_plan:plan()) -> answers(binary()).
normalize(Numbers, #numplan_plan{ref = Ref, foreign = none} = Plan) when is_list(Numbers) ->
    Native = fun(Left, Answers) -> numplan_nif:normalize_list(Ref, Left, Answers) end,
    numplan_call:native_list(Native, fun ?MODULE:normalize/2, Numbers, Plan);
normalize(Numbers, Plan) ->
    numplan_call:each(fun(Number) -> numplan_re:normalize(Number, Plan) end, Numbers).

%% @doc As {@link numplan:normalize/3}.
-spec normalize(numbers(), numplan_plan:plan(), {numplan:reading(), numplan_plan:plan()}) -> answers(binary()).
normalize(Numbers, Plan, {Reading, DialPlan}) ->
    Normalize = fun(Number) -> numplan_re:convert(numplan_re:apply_dial_plan(Number, DialPlan, Reading), Plan) end,
    numplan_call:each(Normalize, Numbers).

%% @doc As {@link numplan:apply_dial_plan/3}.
-spec apply_dial_plan(numbers(), numplan_plan:plan(), numplan:reading()) -> answers(binary()).
apply_dial_plan(Numbers, Plan, Reading) ->
    numplan_call:each(fun(Number) -> numplan_re:apply_dial_plan(Number, Plan, Reading) end, Numbers).

%% @doc As {@link numplan:classify/2}.
-spec classify(numbers(), numplan_plan:plan()) -> answers(binary() | undefined).
classify(Numbers, #numplan_plan{ref = Ref, names = Names, foreign = none} = Plan) when is_list(Numbers) ->
    Native = fun(Left, Answers) -> numplan_nif:classify_list(Ref, Names, Left, Answers) end,
    numplan_call:native_list(Native, fun ?MODULE:classify/2, Numbers, Plan);
classify(Numbers, #numplan_plan{names = Names} = Plan) ->
    numplan_call:each(fun(Number) -> name(numplan_re:classify(Number, Plan), Names) end, Numbers).

name(undefined, _Names) -> undefined;
name(Place, Names) -> element(Place, Names).

%% @doc As {@link numplan:classification/2}.
-spec classification(numbers(), numplan_plan:plan()) -> answers(numplan:object()).
classification(Numbers, Plan) ->
    numplan_call:each(fun(Number) -> numplan_re:classification(Number, Plan) end, Numbers).

%% @doc As {@link numplan:is_reconcilable/2}.
-spec is_reconcilable(numbers(), numplan_plan:plan()) -> answers(boolean()).
is_reconcilable(Numbers, Plan) ->
    numplan_call:each(fun(Number) -> numplan_re:is_reconcilable(Number, Plan) end, Numbers).

%% @doc The answers of {@link is_reconcilable/2}, each with its number.
-spec reconciled(numbers(), numplan_plan:plan()) -> answers({boolean(), binary()}).
reconciled(Numbers, Plan) ->
    numplan_call:each(fun(Number) -> {numplan_re:is_reconcilable(Number, Plan), Number} end, Numbers).

%% @doc As {@link numplan:pretty_print/2}.
-spec pretty_print(numbers(), numplan_plan:plan()) -> answers(binary()).
pretty_print(Numbers, Plan) ->
    numplan_call:each(fun(Number) -> numplan_re:pretty_print(Number, Plan) end, Numbers).

%% @doc As {@link numplan:explain/2}.
-spec explain(numbers(), numplan_plan:plan()) -> answers(numplan:explanation()).
explain(Numbers, Plan) ->
    numplan_call:each(fun(Number) -> numplan_explain:explain(Number, Plan) end, Numbers).

%% @doc As {@link numplan:locality/1}.
-spec locality(numbers()) -> answers(numplan:object()).
locality(Numbers) ->
    locality(Numbers, []).

%% @doc As {@link numplan:locality/2}.
-spec locality(numbers(), [numplan_locality:option()]) -> answers(numplan:object()).
locality(Numbers, Options) ->
    numplan_call:each(fun(Number) -> numplan_locality:locality(Number, Options) end, Numbers).

%% @doc As {@link numplan:is_valid/2}.
-spec is_valid(numbers(), Region :: binary()) -> answers(boolean()).
is_valid(Numbers, Region) ->
    numplan_call:each(fun(Number) -> numplan_world:is_valid(Number, Region) end, Numbers).

%% @doc As {@link numplan:parse/2}.
-spec parse(numbers(), numplan_world:region()) -> answers({ok, numplan_world:parsed()} | {error, numplan_world:parse_error()}).
parse(Texts, Region) ->
    numplan_call:each(fun(Text) -> numplan_world:parse(Text, Region) end, Texts).

%% @doc As {@link numplan:format/2}.
-spec format(term(), numplan_world:form()) -> answers(binary() | undefined).
format([Number | Numbers], Form) when is_list(Numbers) -> [format(Number, Form) | format(Numbers, Form)];
format([], _Form) -> [];
format(Number, Form) -> numplan_world:format(Number, Form).

%% @doc As {@link numplan:short_number/2}.
-spec short_number(numbers(), Region :: binary()) -> answers(numplan_world:short_number()).
short_number(Texts, Region) ->
    numplan_call:each(fun(Text) -> numplan_world:short_number(Text, Region) end, Texts).

%% @doc As {@link numplan:number_match/2}.
-spec number_match(numbers(), binary()) -> answers(numplan_world:number_match()).
number_match(Texts, Other) ->
    numplan_call:each(fun(Text) -> numplan_nif:number_match(Text, Other) end, Texts).

%% @doc As {@link numplan:lookup/2}.
-spec lookup(numbers(), numplan_world:region()) -> answers(numplan:lookup() | undefined).
lookup(Texts, Region) ->
    numplan_call:each(fun(Text) -> numplan_world:lookup(Text, Region) end, Texts).
