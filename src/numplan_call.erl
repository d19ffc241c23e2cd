%% @doc Reads the arguments of calls of {@link numplan}, for all calls but the most frequent ones.
%%
%% A call with one number and a compiled plan is answered by the first clause of its function. Every
%% other combination (a list of numbers, `undefined', options, the Elixir half's struct, a wrong
%% type) is read here, by the kinds of arguments that {@link numplan_error} describes.
-module(numplan_call).

-export([call/3, by_active/3, each/3, each/2, native_list/4, with_sources/3]).

-type numbers() :: binary() | [numbers()].
-type answers() :: term() | [answers()].

%% @doc What `Fun' returns for the arguments, one value for each. Where an argument, or an element
%% of a list of numbers, is wrong, raises `badarg' in the name of the function of `numplan'.
-spec call(Function :: atom(), [{atom(), term()}], function()) -> term().
call(Function, Arguments, Fun) ->
    try
        read(Arguments, Fun)
    catch
        throw:bad_argument -> numplan_error:badarg(numplan, Function, Arguments)
    end.

%% @doc As {@link call/3} for a function that takes numbers or text alone; `Fun' gets the active
%% plan as well.
-spec by_active(Function :: atom(), {number | numbers | text, term()}, fun((term(), numplan_plan:plan()) -> term())) -> term().
by_active(Function, {Kind, Value} = Argument, Fun) ->
    try
        Fun(value(Kind, Value), numplan_plan:active())
    catch
        throw:bad_argument -> numplan_error:badarg(numplan, Function, [Argument])
    end.

%% @doc As {@link call/3} for a function that takes numbers alone and needs no plan; `Fun' gets one
%% number.
-spec each(Function :: atom(), fun((binary()) -> term()), term()) -> answers().
each(Function, Fun, Numbers) ->
    call(Function, [{number, Numbers}], fun(Read) -> each(Fun, Read) end).

%% @doc What `Fun' returns for a number, or for each number of a list, which may hold lists.
-spec each(fun((binary()) -> term()), numbers()) -> answers().
each(Fun, Number) when is_binary(Number) -> Fun(Number);
each(Fun, [Number | Numbers]) -> [each(Fun, Number) | each_of_rest(Fun, Numbers)];
each(_Fun, []) -> [];
each(_Fun, _NotANumber) -> throw(bad_argument).

each_of_rest(Fun, Numbers) when is_list(Numbers) -> each(Fun, Numbers);
each_of_rest(_Fun, _Improper) -> throw(bad_argument).

%% @doc The answers of native code to a list of numbers. `Native' gets the numbers and the reversed
%% answers so far; when its time is up, it returns the numbers that are left, and all answers so
%% far. The first number left may be a term that native code does not answer (a long number, a list,
%% or no number at all): `Any' answers it, and all that are left if the plan is stale.
-spec native_list(Native, Any, [term()], numplan_plan:plan()) -> answers() when
    Native :: fun(([term()], [term()]) -> {Left :: term(), Answers :: [term()]} | stale),
    Any :: fun((term(), numplan_plan:plan()) -> term()).
native_list(Native, Any, Numbers, Plan) ->
    native_list(Native, Any, Numbers, Plan, []).

native_list(_Native, _Any, [], _Plan, Answers) ->
    lists:reverse(Answers);
native_list(Native, Any, [_ | _] = Numbers, Plan, Answers) ->
    case Native(Numbers, Answers) of
        {[Number | Left], More} -> native_list(Native, Any, Left, Plan, [Any(Number, Plan) | More]);
        {NoneLeft, All} -> native_list(Native, Any, NoneLeft, Plan, All);
        stale -> lists:reverse(Answers, Any(Numbers, numplan_plan:renew(Plan)))
    end;
native_list(_Native, _Any, _Improper, _Plan, _Answers) ->
    throw(bad_argument).

%% @doc What `Fun' returns. Where it raises `badarg' because one of the sources is not a
%% configuration, the exception says which and why.
-spec with_sources(Function :: atom(), [numplan_error:argument()], fun(() -> Answer)) -> Answer.
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

read([{Kind, Value}, {plan, Asked}], Fun) ->
    {Plan, Clean} = options(Asked),
    Fun(cleaned(Clean, Kind, value(Kind, Value)), Plan);
read(Arguments, Fun) ->
    apply(Fun, [value(Kind, Value) || {Kind, Value} <- Arguments]).

value(number, Numbers) when is_binary(Numbers); is_list(Numbers) -> Numbers;
value(numbers, Numbers) when is_list(Numbers) -> Numbers;
value(text, Text) when is_binary(Text) -> Text;
value(number_or_parsed, Number) when is_binary(Number); is_map(Number); is_list(Number) -> Number;
value(other_number, Number) when is_binary(Number) -> Number;
value(region, Region) when is_binary(Region) -> Region;
value(calling_code, Code) when is_integer(Code) -> Code;
value(region_or_calling_code, Value) when is_binary(Value); is_integer(Value) -> Value;
value(number_type, Type) when is_binary(Type) -> Type;
value(default_region, Region) when is_binary(Region); Region =:= undefined -> Region;
value(form, Form) when Form =:= e164; Form =:= international; Form =:= national; Form =:= rfc3966 -> Form;
value(form, {Kind, Of} = Form) when is_binary(Of), (Kind =:= from orelse Kind =:= mobile orelse Kind =:= carrier) -> Form;
value(held_plan, Plan) -> plan(Plan);
value(reading, Reading) when Reading =:= first_match; Reading =:= full -> Reading;
value(dial_plan, {Reading, Plan}) when (Reading =:= first_match orelse Reading =:= full), Plan =/= undefined ->
    {Reading, plan(Plan)};
value(dial_plan, Plan) when Plan =/= undefined -> {first_match, plan(Plan)};
value(locality_options, Options) when Options =:= []; Options =:= [source] -> Options;
value(_Kind, _Value) -> throw(bad_argument).

plan(Plan) ->
    case numplan_plan:read(Plan) of
        {ok, Read} -> Read;
        error -> throw(bad_argument)
    end.

%% The plan, and whether numbers are cleaned first.
options(Options) when is_list(Options) -> options(Options, undefined, false);
options(Plan) -> {plan(Plan), false}.

options([], Plan, Clean) -> {plan(Plan), Clean};
options([{plan, Plan} | Options], _, Clean) -> options(Options, Plan, Clean);
options([clean | Options], Plan, _) -> options(Options, Plan, true);
options([{clean, Clean} | Options], Plan, _) when is_boolean(Clean) -> options(Options, Plan, Clean);
options(_Other, _Plan, _Clean) -> throw(bad_argument).

cleaned(false, _Kind, Value) -> Value;
cleaned(true, number, Numbers) -> each(fun numplan_nif:clean/1, Numbers);
cleaned(true, text, Text) -> numplan_nif:clean_lines(Text).
