%% @doc Calls of {@link numplan} other than the usual one: what their arguments stand for, and lists of numbers.
%%
%% The usual call, one number and a plan, is answered by the first clauses of the functions there. All
%% others come here with the function's name, so that an exception can say which of its arguments is
%% wrong ({@link numplan_error}). Where something is neither a number nor a list of numbers, `not_numbers'
%% is thrown, and caught by {@link named/3}.
-module(numplan_call).

-export([each/3, each/2, by_active/3, by/4, of_text/4, named/3, with_sources/3, held/3, on/2]).

-include("numplan_plan.hrl").

-type argument() :: numplan_error:argument().
-type numbers() :: binary() | [numbers()].

%% @doc What `Fun' gives for one number, or for each of a list, in the name of a function of `numplan' that takes these alone.
-spec each(Function :: atom(), fun((binary()) -> term()), term()) -> term().
each(Function, Fun, Numbers) ->
    named(Function, [{number, Numbers}], fun() -> each(Fun, Numbers) end).

%% @doc What `Fun' gives for one number, or for each of a list, which may hold lists. Throws `not_numbers'.
-spec each(fun((binary()) -> term()), term()) -> term().
each(Fun, Number) when is_binary(Number) -> Fun(Number);
each(Fun, [Number | Numbers]) -> [each(Fun, Number) | each_of_rest(Fun, Numbers)];
each(_Fun, []) -> [];
each(_Fun, _NoNumber) -> throw(not_numbers).

each_of_rest(Fun, Numbers) when is_list(Numbers) -> each(Fun, Numbers);
each_of_rest(_Fun, _Improper) -> throw(not_numbers).

%% @doc What `Fun' gives for numbers by the active plan, in the name of a function that takes numbers alone.
-spec by_active(Function :: atom(), fun((numbers(), numplan_plan:plan()) -> term()), term()) -> term().
by_active(Function, Fun, Numbers) ->
    named(Function, [{number, Numbers}], fun() -> numbers(Fun, Numbers, numplan_plan:active()) end).

%% @doc What `Fun' gives for numbers by what is asked for, a plan or options, in the name of a function that takes both.
-spec by(Function :: atom(), fun((numbers(), numplan_plan:plan()) -> term()), term(), term()) -> term().
by(Function, Fun, Numbers, Asked) ->
    Arguments = [{number, Numbers}, {plan, Asked}],
    case asked(Asked) of
        {Plan, false} -> named(Function, Arguments, fun() -> numbers(Fun, Numbers, Plan) end);
        {Plan, true} -> named(Function, Arguments, fun() -> numbers(Fun, each(fun numplan_nif:clean/1, Numbers), Plan) end);
        error -> numplan_error:badarg(numplan, Function, Arguments)
    end.

numbers(Fun, Numbers, Plan) when is_binary(Numbers); is_list(Numbers) -> Fun(Numbers, Plan);
numbers(_Fun, _NoNumbers, _Plan) -> throw(not_numbers).

%% @doc What `Fun' gives for a text of lines by what is asked for, a plan or options.
-spec of_text(Function :: atom(), fun((binary(), numplan_plan:plan()) -> Answer), term(), term()) -> Answer.
of_text(Function, Fun, Text, Asked) ->
    case asked(Asked) of
        {Plan, false} when is_binary(Text) -> Fun(Text, Plan);
        {Plan, true} when is_binary(Text) -> Fun(numplan_nif:clean_lines(Text), Plan);
        _ -> numplan_error:badarg(numplan, Function, [{text, Text}, {plan, Asked}])
    end.

%% @doc What `Fun' gives. Where it throws `not_numbers', `badarg' is raised and the arguments are described.
-spec named(Function :: atom(), [argument()], fun(() -> Answer)) -> Answer.
named(Function, Arguments, Fun) ->
    try
        Fun()
    catch
        throw:not_numbers -> numplan_error:badarg(numplan, Function, Arguments)
    end.

%% @doc What `Fun' gives. Where it raises `badarg' and one of the sources is none, that is described.
-spec with_sources(Function :: atom(), [argument()], fun(() -> Answer)) -> Answer.
with_sources(Function, Arguments, Fun) ->
    try
        Fun()
    catch
        error:badarg:Stack ->
            case numplan_error:problems(Arguments) of
                [] -> erlang:raise(error, badarg, Stack);
                _ -> numplan_error:badarg(numplan, Function, Arguments)
            end
    end.

%% The plan that is asked for, and whether numbers are cleaned.
asked(Options) when is_list(Options) -> options(Options, undefined, false);
asked(Plan) -> options([], Plan, false).

options([], Plan, Clean) ->
    case numplan_plan:read(Plan) of
        {ok, Read} -> {Read, Clean};
        error -> error
    end;
options([{plan, Plan} | Options], _, Clean) ->
    options(Options, Plan, Clean);
options([clean | Options], Plan, _) ->
    options(Options, Plan, true);
options([{clean, Clean} | Options], Plan, _) when is_boolean(Clean) ->
    options(Options, Plan, Clean);
options(_Other, _Plan, _Clean) ->
    error.

%% @doc What `Fun' gives for a plan, in the name of a function that takes a plan alone.
-spec held(Function :: atom(), term(), fun((numplan_plan:plan()) -> Answer | stale)) -> Answer.
held(Function, Asked, Fun) ->
    case numplan_plan:read(Asked) of
        {ok, Plan} -> on(Plan, Fun);
        error -> numplan_error:badarg(numplan, Function, [{held_plan, Asked}])
    end.

%% @doc What `Fun' gives for the plan; for a renewed one where native code was exchanged under it.
-spec on(numplan_plan:plan(), fun((numplan_plan:plan()) -> Answer | stale)) -> Answer.
on(#numplan_plan{} = Plan, Fun) ->
    case Fun(Plan) of
        stale -> on(numplan_plan:renew(Plan), Fun);
        Answer -> Answer
    end.
