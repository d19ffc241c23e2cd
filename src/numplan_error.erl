%% @doc Describes the wrong arguments of the public functions: what was expected, and what kind of
%% term was given.
-module(numplan_error).

-export([badarg/3, problems/1]).

-export_type([argument/0]).

-type kind() ::
    number
    | numbers
    | number_or_parsed
    | text
    | other_number
    | region
    | calling_code
    | region_or_calling_code
    | number_type
    | default_region
    | form
    | plan
    | held_plan
    | dial_plan
    | reading
    | source
    | configuration
    | locality_options
    | check_options.
-type argument() ::
    {kind(), term()}
    | any.
%% The kind of argument that is expected, and the argument that was given; `any' if the function
%% accepts every term there.

%% @doc Raises `badarg' in the name of `Module:Function', with a description of each wrong argument.
-spec badarg(module(), atom(), [argument()]) -> no_return().
badarg(Module, Function, Arguments) ->
    numplan_badarg:raise(Module, Function, [described(Argument) || Argument <- Arguments]).

%% @doc The descriptions of the wrong arguments, each with its position.
-spec problems([argument()]) -> [{pos_integer(), unicode:chardata()}].
problems(Arguments) ->
    numplan_badarg:problems([described(Argument) || Argument <- Arguments]).

described(any) -> any;
described({Kind, Value}) -> {expected(Kind), got(Kind, Value)}.

expected(number) ->
    "expected a number as a binary, or a list of numbers";
expected(numbers) ->
    "expected a list of numbers, each a binary";
expected(text) ->
    "expected text as a binary, a number in each line";
expected(number_or_parsed) ->
    "expected a number as a binary, a map that parse/2 has made, or a list of these";
expected(region) ->
    "expected a region: a code of ISO 3166-1, such as <<\"GB\">>";
expected(other_number) ->
    "expected a number as a binary";
expected(calling_code) ->
    "expected a calling code: an integer, such as 44";
expected(region_or_calling_code) ->
    "expected a region, such as <<\"GB\">>, or a calling code of no country, such as 800";
expected(number_type) ->
    "expected a type of numbers, such as <<\"MOBILE\">>";
expected(default_region) ->
    "expected a region, such as <<\"GB\">>, or undefined";
expected(form) ->
    "expected e164, international, national, rfc3966, {from, Region}, {mobile, Region} or {carrier, Code}";
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
expected(check_options) ->
    "expected a list of options: {otp, Release}".

%% The problems of a value; none where the value is of the expected kind.
got(number, Number) -> number(Number);
got(numbers, Numbers) when is_list(Numbers) -> number(Numbers);
got(numbers, Other) -> [["got ", numplan_badarg:kind(Other)]];
got(number_or_parsed, Number) -> number_or_parsed(Number);
got(text, Text) when is_binary(Text) -> [];
got(other_number, Number) when is_binary(Number) -> [];
got(region, Region) when is_binary(Region) -> [];
got(calling_code, Code) when is_integer(Code) -> [];
got(region_or_calling_code, Value) when is_binary(Value); is_integer(Value) -> [];
got(number_type, Type) when is_binary(Type) -> [];
got(default_region, Region) when is_binary(Region); Region =:= undefined -> [];
got(form, Form) when Form =:= e164; Form =:= international; Form =:= national; Form =:= rfc3966 -> [];
got(form, {Kind, Of}) when is_binary(Of), (Kind =:= from orelse Kind =:= mobile orelse Kind =:= carrier) -> [];
got(plan, Options) when is_list(Options) -> option(Options);
got(plan, Plan) -> a_plan(Plan);
got(held_plan, Plan) -> a_plan(Plan);
got(dial_plan, {Reading, Plan}) when Reading =:= first_match; Reading =:= full -> a_plan(Plan);
got(dial_plan, undefined) -> ["got the atom undefined"];
got(dial_plan, Plan) -> a_plan(Plan);
got(reading, Reading) when Reading =:= first_match; Reading =:= full -> [];
got(source, Source) -> source(Source);
got(configuration, Source) -> configuration(Source);
got(locality_options, Options) -> numplan_badarg:options(Options, fun(Option) -> Option =:= source end);
got(check_options, Options) -> check_options(Options);
got(_Kind, Value) -> [["got ", numplan_badarg:kind(Value)]].

check_options(Options) ->
    try numplan_otp:release(Options) of
        _ -> []
    catch
        error:badarg -> unknown_release(Options)
    end.

unknown_release([{otp, _Other}]) -> ["otp is a release of Erlang/OTP from 24 on, such as 28"];
unknown_release(Options) when is_list(Options) -> numplan_badarg:unknown_option(Options);
unknown_release(Other) -> [["got ", numplan_badarg:kind(Other)]].

number(Number) when is_binary(Number) -> [];
number(Numbers) when is_list(Numbers) ->
    case Numbers =/= [] andalso io_lib:char_list(Numbers) of
        true -> ["got a list of characters: write it as a binary"];
        false -> element_of(Numbers, 1)
    end;
number(Other) -> [["got ", numplan_badarg:kind(Other)]].

number_or_parsed(Parsed) when is_map(Parsed) ->
    try numplan_world:format(Parsed, e164) of
        _ -> []
    catch
        _:_ -> ["got a map that parse/2 has not made"]
    end;
number_or_parsed(Numbers) when is_list(Numbers) ->
    try
        number([number_for(Number) || Number <- Numbers])
    catch
        error:_ -> ["the list does not end in []"]
    end;
number_or_parsed(Number) ->
    number(Number).

%% An element of a list, with a number for a map that stands for one.
number_for(Element) when is_map(Element) ->
    case number_or_parsed(Element) of
        [] -> <<>>;
        _ -> Element
    end;
number_for(Element) ->
    Element.

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
    [io_lib:format("element ~b of the list is ~ts", [Place, numplan_badarg:kind(Other)])];
element_of(_Improper, _Place) ->
    ["the list does not end in []"].

a_plan(Plan) ->
    case numplan_plan:read(Plan) of
        {ok, _} -> [];
        error -> [["got ", numplan_badarg:kind(Plan)]]
    end.

option([]) ->
    [];
option([{plan, Plan} | Options]) ->
    [["plan: ", Problem] || Problem <- a_plan(Plan)] ++ option(Options);
option([{clean, Clean} | Options]) ->
    ["clean is true or false" || not is_boolean(Clean)] ++ option(Options);
option([clean | Options]) ->
    option(Options);
option(Options) ->
    numplan_badarg:unknown_option(Options).

%% What is wrong with the configuration of configure/1 or plan/1. These do not take a plan, as
%% check/1 and diff/2 do, because a plan is compiled already.
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
        false -> [["got ", numplan_badarg:kind(Preset)]]
    end;
source({file, Path}) when Path =:= undefined; Path =:= nil ->
    [["the path of the file is ", numplan_badarg:kind(Path)]];
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
