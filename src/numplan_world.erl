%% @doc The world's numbering plans for one number: what {@link numplan} answers for each number of
%% a list.
%%
%% The answers are those of libphonenumber, by its metadata. A number is normalised by the active
%% plan first where a function has no region; the native library does so where it can.
-module(numplan_world).

-export([region/1, number_type/1, is_valid/1, is_valid/2, parse/2, format/2, short_number/2, lookup/2, lookup_lines/2]).

-export_type([
  region/0, parsed/0, read/0, source/0, parse_error/0, form/0, short_number/0, number_match/0, lookup_lines/0
]).

-include("numplan_plan.hrl").

-type region() :: binary() | undefined.
%% A code of ISO 3166-1 in upper case, such as `<<"GB">>'. A code that has no numbering plan is as
%% `undefined': no region.

-type source() ::
    from_number_with_plus_sign
    | from_number_with_idd
    | from_number_without_plus_sign
    | from_default_country.
%% Where the calling code of a number comes from: from behind a plus sign or an international
%% prefix, from the beginning of the number, or from the region that it was read in.

-type parsed() :: #{
    e164 := binary(),
    calling_code := pos_integer(),
    national_number := binary(),
    extension := binary() | undefined,
    carrier_code := binary() | undefined,
    source := source(),
    region := binary() | undefined,
    type := binary(),
    is_valid := boolean()
}.
%% A number that was read. `national_number' are the digits behind the calling code; `carrier_code'
%% is that of a carrier that was dialled with it. Region and type are as in {@type
%% numplan:lookup()}.

-type read() :: {
    E164 :: binary(),
    CallingCode :: pos_integer(),
    NationalNumber :: binary(),
    Extension :: binary() | undefined,
    CarrierCode :: binary() | undefined,
    source(),
    Region :: binary() | undefined,
    Type :: binary(),
    IsValid :: boolean()
}.
%% A {@type parsed()} as native code returns it, which makes no names: they are literals here.

-type parse_error() :: invalid_country_code | not_a_number | too_short_after_idd | too_short_nsn | too_long.
%% Why a text is not read, by libphonenumber's names: its calling code is not in use, or it has none
%% and there is no region; it does not look like a number; there is too little behind its
%% international prefix; it has too few digits; it has too many, or over 250 characters.

-type form() :: e164 | international | national | rfc3966 | {from | mobile, Region :: binary()} | {carrier, Code :: binary()}.
%% A way to write a number: `+' and digits; with the calling code, in groups; as it is dialled in
%% its country; as a `tel:' URI; as it is dialled from a region, or by a mobile telephone there; as
%% it is dialled in its country by a carrier.

-type short_number() :: #{
    is_possible := boolean(),
    is_valid := boolean(),
    cost := binary(),
    is_carrier_specific := boolean(),
    is_sms_service := boolean(),
    is_emergency := boolean(),
    connects_to_emergency := boolean()
}.
%% What a number is as a short one. The cost is `<<"TOLL_FREE">>', `<<"STANDARD_RATE">>',
%% `<<"PREMIUM_RATE">>' or `<<"UNKNOWN_COST">>'. A number connects to an emergency service also with
%% further digits behind that of the service, in most regions.

-type number_match() :: exact_match | nsn_match | short_nsn_match | no_match | not_a_number.
%% How much two texts are alike as numbers, by libphonenumber's names: they are equal; they are
%% equal behind the calling code, which one of them lacks; one may be a shorter form of the other,
%% or lacks its extension; they are different numbers; one of them is not a number.

-type lookup_lines() :: #{regions := tuple(), types := tuple(), places := binary()}.
%% Region and type of lines, in order: `places' has three bytes for each line, `<<Region:16,
%% Type:8>>', positions in the tuples `regions' and `types', counted from 1. Region 0 is none; type
%% 0 is that of a number that is not valid.

%% @doc As {@link numplan:region/1}, for one number.
-spec region(binary()) -> binary() | undefined.
region(Number) ->
    case numplan_nif:region(Number) of
        inactive -> of_e164(normalize(Number), fun numplan_nif:region/1, undefined);
        Region -> Region
    end.

%% @doc As {@link numplan:number_type/1}, for one number.
-spec number_type(binary()) -> binary() | undefined.
number_type(Number) ->
    case numplan_nif:number_type(Number) of
        inactive -> of_e164(normalize(Number), fun numplan_nif:number_type/1, undefined);
        Type -> Type
    end.

%% @doc As {@link numplan:is_valid/1}, for one number.
-spec is_valid(binary()) -> boolean().
is_valid(Number) ->
    case numplan_nif:is_valid(Number) of
        inactive -> of_e164(normalize(Number), fun numplan_nif:is_valid/1, false);
        IsValid -> IsValid
    end.

%% @doc As {@link numplan:is_valid/2}, for one number.
-spec is_valid(binary(), Region :: binary()) -> boolean().
is_valid(Number, Region) ->
    case numplan_nif:is_valid(Number, Region) of
        inactive -> of_e164(normalize(Number), fun(E164) -> numplan_nif:is_valid(E164, Region) end, false);
        IsValid -> IsValid
    end.

%% @doc As {@link numplan:parse/2}, for one text.
-spec parse(binary(), region()) -> {ok, parsed()} | {error, parse_error()}.
parse(Text, Region) ->
    case numplan_nif:parse(Text, Region) of
        {E164, Code, National, Extension, Carrier, Source, Of, Type, IsValid} ->
            {ok, #{
                e164 => E164,
                calling_code => Code,
                national_number => National,
                extension => Extension,
                carrier_code => Carrier,
                source => Source,
                region => Of,
                type => Type,
                is_valid => IsValid
            }};
        {error, _} = Error ->
            Error
    end.

%% @doc As {@link numplan:format/2}, for one number. Throws `bad_argument' for a map that {@link
%% numplan:parse/2} cannot have made.
-spec format(binary() | parsed(), form()) -> binary() | undefined.
format(#{calling_code := Code, national_number := National, extension := Extension, carrier_code := Carrier}, Form) ->
    try
        numplan_nif:write({Code, National, Extension, Carrier}, Form)
    catch
        error:badarg -> throw(bad_argument)
    end;
format(Number, Form) when is_binary(Number) ->
    case numplan_nif:write(Number, Form) of
        inactive -> of_e164(normalize(Number), fun(E164) -> numplan_nif:write(E164, Form) end, undefined);
        Written -> Written
    end;
format(_Other, _Form) ->
    throw(bad_argument).

%% @doc As {@link numplan:short_number/2}, for one text.
-spec short_number(binary(), Region :: binary()) -> short_number().
short_number(Text, Region) ->
    numplan_nif:short_number(Text, Region).

%% @doc As {@link numplan:lookup/2}, for one text.
-spec lookup(binary(), region()) -> numplan:lookup() | undefined.
lookup(Text, Region) ->
    numplan_locality:lookup(Text, Region).

%% @doc As {@link numplan:lookup_lines/2}.
-spec lookup_lines(binary(), numplan_plan:plan()) -> lookup_lines().
lookup_lines(Text, Plan) ->
    {Regions, Types} = numplan_nif:lookup_names(),
    #{regions => Regions, types => Types, places => numplan_plan:with_current(Plan, fun(Current) -> places(Text, Current) end)}.

places(Text, #numplan_plan{ref = Ref, foreign = none}) ->
    numplan_nif:lookup_lines(Ref, Text);
places(Text, Plan) ->
    <<<<(numplan_nif:lookup_line(numplan_re:normalize(Number, Plan)))/binary>> || Number <- numplan_nif:numbers(Text)>>.

normalize(Number) ->
    numplan_re:normalize(Number, numplan_plan:active()).

%% What `Fun' returns for a number in E.164, and `Nothing' for another one.
of_e164(<<$+, _/binary>> = E164, Fun, _Nothing) -> Fun(E164);
of_e164(_Number, _Fun, Nothing) -> Nothing.
