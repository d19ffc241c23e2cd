%% @doc Raises `badarg' with a description of the wrong arguments: what was expected, and what kind
%% of term was given.
%%
%% It uses extended error information (EEP 54): the shell, `erl_error' and Elixir's `ArgumentError'
%% print a line for each wrong argument. Arguments are described by their kind and are not part of
%% the stack trace, since numbers must stay out of logs and a plan of 4,000 rules prints as 700 kB.
-module(numplan_badarg).

-export([raise/3, problems/1, options/2, unknown_option/1, kind/1, format_error/2]).

-export_type([argument/0]).

-include("numplan_plan.hrl").

-type argument() :: {Expected :: unicode:chardata(), Got :: [unicode:chardata()]} | any.
%% What is expected of an argument, and the list of what is wrong with it; `any' if the function
%% accepts every term there.

%% @doc Raises `badarg' in the name of `Module:Function', with a description of each wrong argument.
-spec raise(module(), atom(), [argument()]) -> no_return().
raise(Module, Function, Arguments) ->
    Info = [{error_info, #{module => ?MODULE, cause => maps:from_list(problems(Arguments))}}],
    {current_stacktrace, Frames} = process_info(self(), current_stacktrace),
    Own = [?MODULE, numplan_error, numplan_call, Module],
    Callers = lists:dropwhile(fun({In, _, _, _}) -> lists:member(In, Own) end, Frames),
    erlang:raise(error, badarg, [{Module, Function, length(Arguments), Info} | Callers]).

%% @doc The descriptions of the wrong arguments, each with its position.
-spec problems([argument()]) -> [{pos_integer(), unicode:chardata()}].
problems(Arguments) ->
    Places = lists:zip(lists:seq(1, length(Arguments)), Arguments),
    [{Place, [Expected, "; ", Got]} || {Place, {Expected, All}} <- Places, Got <- All].

%% @doc The descriptions in an exception that {@link raise/3} raised, by position. `erl_error' and
%% Elixir call it.
-spec format_error(term(), [tuple()]) -> #{pos_integer() => unicode:chardata()}.
format_error(_Reason, [{_Module, _Function, _Arity, Location} | _]) ->
    #{cause := Cause} = proplists:get_value(error_info, Location, #{cause => #{}}),
    Cause.

%% @doc What is wrong with a list of options, each of which `Known' accepts.
-spec options(term(), fun((term()) -> boolean())) -> [unicode:chardata()].
options(Options, Known) when is_list(Options) ->
    try lists:dropwhile(Known, Options) of
        [] -> [];
        Rest -> unknown_option(Rest)
    catch
        error:_ -> ["the list does not end in []"]
    end;
options(Other, _Known) ->
    [["got ", kind(Other)]].

%% @doc What is wrong with a list of options whose first one is unknown.
-spec unknown_option(term()) -> [unicode:chardata()].
unknown_option([Option | _]) when is_atom(Option) -> [io_lib:format("there is no option ~tp", [Option])];
unknown_option([{Name, _} | _]) when is_atom(Name) -> [io_lib:format("there is no option ~tp with this value", [Name])];
unknown_option([Other | _]) -> [["there is no option that is ", kind(Other)]];
unknown_option(_Improper) -> ["the list does not end in []"].

%% @doc The kind of a term, in words, without its content; for an atom also its name.
%%
%% ```
%% "an integer" = numplan_badarg:kind(4158867900).
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
