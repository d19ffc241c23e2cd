%% @doc Raises `badarg' with a description of the wrong arguments: what was expected, and what kind
%% of term was given.
%%
%% It uses extended error information (EEP 54): the shell, `erl_error' and Elixir's `ArgumentError'
%% print a line for each wrong argument. Arguments are described by their kind and are not part of
%% the stack trace, since numbers must stay out of logs and a plan of 4,000 rules prints as 700 kB.
-module(numplan_error).

-export([badarg/3, problems/1, format_error/2, kind/1]).

-export_type([argument/0]).

-include("numplan_plan.hrl").

-type argument() ::
    {number | numbers | text | plan | held_plan | dial_plan | reading | source | configuration, term()}
    | {locality_options | json | json_options | json_layout, term()}
    | any.
%% The kind of argument that is expected, and the argument; `any' where every term will do.

%% @doc Raises `badarg' in the name of `Module:Function', with a description of each wrong argument.
-spec badarg(module(), atom(), [argument()]) -> no_return().
badarg(Module, Function, Arguments) ->
    Info = [{error_info, #{module => ?MODULE, cause => maps:from_list(problems(Arguments))}}],
    {current_stacktrace, Frames} = process_info(self(), current_stacktrace),
    Callers = lists:dropwhile(fun({In, _, _, _}) -> lists:member(In, [?MODULE, numplan_call, Module]) end, Frames),
    erlang:raise(error, badarg, [{Module, Function, length(Arguments), Info} | Callers]).

%% @doc The descriptions of the wrong arguments, each with its position.
-spec problems([argument()]) -> [{pos_integer(), unicode:chardata()}].
problems(Arguments) ->
    Places = lists:zip(lists:seq(1, length(Arguments)), Arguments),
    [{Place, Problem} || {Place, Argument} <- Places, Problem <- problem(Argument)].

%% @doc The descriptions in an exception that {@link badarg/3} raised, by position. `erl_error' and
%% Elixir call it.
-spec format_error(term(), [tuple()]) -> #{pos_integer() => unicode:chardata()}.
format_error(_Reason, [{_Module, _Function, _Arity, Location} | _]) ->
    #{cause := Cause} = proplists:get_value(error_info, Location, #{cause => #{}}),
    Cause.

problem(any) -> [];
problem({Kind, Value}) -> [[expected(Kind), "; ", Got] || Got <- got(Kind, Value)].

expected(number) ->
    "expected a number as a binary, or a list of numbers";
expected(numbers) ->
    "expected a list of numbers, each a binary";
expected(text) ->
    "expected text as a binary, a number in each line";
expected(plan) ->
    "expected a plan, or a list of options: {plan, Plan}, clean, {clean, true | false}";
expected(held_plan) ->
    "expected a plan, as plan/1 gives it";
expected(dial_plan) ->
    "expected a plan with a dial plan, or {first_match, Plan} or {full, Plan}";
expected(reading) ->
    "expected first_match or full";
expected(Kind) when Kind =:= source; Kind =:= configuration ->
    "expected a configuration: JSON text, {preset, Name}, {file, Path}, {[{Key, Value}]} or a list of pairs";
expected(locality_options) ->
    "expected a list of options: source";
expected(json) ->
    "expected JSON text as iodata";
expected(json_layout) ->
    "expected a list of options: pretty";
expected(json_options) ->
    "expected a list of options: ordered, {null, Term}, {max_values, Count}".

%% The problem of a value; empty where it is as expected.
got(number, Number) -> number(Number);
got(numbers, Numbers) when is_list(Numbers) -> number(Numbers);
got(numbers, Other) -> [["got ", kind(Other)]];
got(text, Text) when is_binary(Text) -> [];
got(plan, Asked) -> asked(Asked);
got(held_plan, Plan) -> a_plan(Plan);
got(dial_plan, {Reading, Plan}) when Reading =:= first_match; Reading =:= full -> a_plan(Plan);
got(dial_plan, undefined) -> ["got the atom undefined"];
got(dial_plan, Plan) -> a_plan(Plan);
got(reading, Reading) when Reading =:= first_match; Reading =:= full -> [];
got(source, Source) -> source(Source);
got(configuration, Source) -> configuration(Source);
got(locality_options, Options) -> options(Options, fun(Option) -> Option =:= source end);
got(json_layout, Options) -> options(Options, fun(Option) -> Option =:= pretty end);
got(json, Text) -> iodata(Text);
got(json_options, Options) -> options(Options, fun json_option/1);
got(_Kind, Value) -> [["got ", kind(Value)]].

number(Number) when is_binary(Number) -> [];
number([Character | _] = List) when is_integer(Character) -> characters(List);
number(Numbers) when is_list(Numbers) -> element_of(Numbers, 1);
number(Other) -> [["got ", kind(Other)]].

characters(List) ->
    case io_lib:char_list(List) of
        true -> ["got a list of characters: write it as a binary"];
        false -> element_of(List, 1)
    end.

element_of([], _Place) ->
    [];
element_of([Number | Numbers], Place) when is_binary(Number) ->
    element_of(Numbers, Place + 1);
element_of([List | Numbers], Place) when is_list(List) ->
    case number(List) of
        [] -> element_of(Numbers, Place + 1);
        [Problem | _] -> [io_lib:format("element ~b of the list: ~ts", [Place, Problem])]
    end;
element_of([Other | _], Place) ->
    [io_lib:format("element ~b of the list is ~ts", [Place, kind(Other)])];
element_of(_Improper, _Place) ->
    ["the list does not end in []"].

a_plan(Plan) ->
    case numplan_plan:read(Plan) of
        {ok, _} -> [];
        error -> [["got ", kind(Plan)]]
    end.

asked(Options) when is_list(Options) -> option(Options);
asked(Plan) -> a_plan(Plan).

option([]) ->
    [];
option([{plan, Plan} | Options]) ->
    [["plan: ", Problem] || Problem <- a_plan(Plan)] ++ option(Options);
option([{clean, Clean} | Options]) ->
    ["clean is true or false" || not is_boolean(Clean)] ++ option(Options);
option([clean | Options]) ->
    option(Options);
option(Options) ->
    unknown_option(Options).

options(Options, Known) when is_list(Options) ->
    try lists:dropwhile(Known, Options) of
        [] -> [];
        Rest -> unknown_option(Rest)
    catch
        error:_ -> ["the list does not end in []"]
    end;
options(Other, _Known) ->
    [["got ", kind(Other)]].

unknown_option([Option | _]) when is_atom(Option) -> [io_lib:format("there is no option ~tp", [Option])];
unknown_option([{Name, _} | _]) when is_atom(Name) -> [io_lib:format("there is no option ~tp with this value", [Name])];
unknown_option([Other | _]) -> [["there is no option that is ", kind(Other)]];
unknown_option(_Improper) -> ["the list does not end in []"].

json_option(ordered) -> true;
json_option({null, _}) -> true;
json_option({max_values, Count}) -> Count =:= infinity orelse (is_integer(Count) andalso Count > 0);
json_option(_) -> false.

%% Unlike a source, a plan is none: it is compiled already.
configuration(undefined) ->
    ["got the atom undefined"];
configuration(Source) ->
    case a_plan(Source) of
        [] -> ["got a plan, which is compiled already"];
        _ -> source(Source)
    end.

source(Preset) when is_atom(Preset), Preset =/= undefined ->
    case lists:member(atom_to_binary(Preset, utf8), numplan_nif:presets()) of
        true -> [io_lib:format("a preset is given as {preset, '~ts'}", [Preset])];
        false -> [["got ", kind(Preset)]]
    end;
source({file, Path}) when Path =:= undefined; Path =:= nil ->
    [["the path of the file is ", kind(Path)]];
source(Source) ->
    try numplan_source:read(Source) of
        {ok, Document} -> document(Document);
        {error, _} -> []
    catch
        error:_ -> a_plan(Source)
    end.

document(Document) ->
    try numplan_nif:regexes(Document) of
        _ -> []
    catch
        error:badarg -> ["it holds a term that has no JSON"]
    end.

iodata(Text) ->
    try iolist_size(Text) of
        _ -> []
    catch
        error:badarg -> [["got ", kind(Text)]]
    end.

%% @doc The kind of a term, in words, without its content; for an atom also its name.
%%
%% ```
%% "an integer" = numplan_error:kind(4158867900).
%% '''
-spec kind(term()) -> unicode:chardata().
kind(Term) when is_atom(Term) -> io_lib:format("the atom ~tp", [Term]);
kind(Term) when is_integer(Term) -> "an integer";
kind(Term) when is_float(Term) -> "a float";
kind(Term) when is_binary(Term) -> "a binary";
kind(Term) when is_bitstring(Term) -> io_lib:format("a bitstring of ~b bits", [bit_size(Term)]);
kind([]) -> "an empty list";
kind(Term) when is_list(Term) -> "a list";
kind(Term) when is_record(Term, numplan_plan) -> "a plan";
kind(Term) when is_tuple(Term) -> "a tuple";
kind(#{'__struct__' := Name}) when is_atom(Name) -> io_lib:format("a struct, ~tp", [Name]);
kind(Term) when is_map(Term) -> "a map";
kind(Term) when is_pid(Term) -> "a process";
kind(Term) when is_reference(Term) -> "a reference";
kind(Term) when is_port(Term) -> "a port";
kind(Term) when is_function(Term) -> "a function".
