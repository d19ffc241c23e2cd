%% @doc Locations and carriers of numbers, from an operator's snapshot and from data in the native
%% library.
%%
%% The loaded snapshot is in a persistent term, as the bytes of its file. A look-up reads it without
%% a process, a lock or a copy, and finishes with it when another one is loaded. A hot upgrade
%% leaves it in place.
-module(numplan_locality).

-export([locality/2, lookup/1, lookup/2, load/1, unload/0, info/0, format_error/1]).

-export_type([option/0, info/0, load_error/0, lookup/0, found/0, looked_up/0]).

-define(SNAPSHOT, numplan_snapshot).
%% The first bytes of every snapshot: native/numplan_locality/src/snapshot.rs.
-define(MAGIC, <<"NUMPLOC", 0>>).

-type option() :: source.
-type info() :: #{
    file := binary(),
    entries := non_neg_integer(),
    bytes := non_neg_integer(),
    files := [#{layout := binary(), as_of := binary()}]
}.
-type load_error() :: foreign | length | changed | {version, non_neg_integer()} | file:posix() | badarg | terminated | system_limit.

-type lookup() :: #{
    e164 := binary(),
    region := binary() | undefined,
    calling_code := pos_integer(),
    type := binary(),
    is_valid := boolean(),
    is_possible := boolean(),
    national := binary(),
    international := binary(),
    rfc3966 := binary(),
    carrier := binary() | undefined,
    time_zones := [binary()],
    geocode := binary() | undefined
}.
%% libphonenumber's data on a number. The region is an ISO 3166-1 code, or `<<"001">>' for a number
%% without a country, such as +800; `undefined' for a number that is not valid. The type is
%% libphonenumber's, such as `<<"FIXED_LINE_OR_MOBILE">>'. The carrier is the first holder of the
%% range.

-type found() :: {
    Country :: binary() | null,
    Geocode :: binary() | null,
    City :: binary() | null,
    Province :: binary() | null,
    PostalCode :: binary() | null,
    Latitude :: binary() | null,
    Longitude :: binary() | null,
    LineType :: binary() | null,
    OtherPostalCodes :: [binary()],
    Switch :: binary() | null,
    Id :: binary() | null,
    Category :: binary() | null,
    Company :: binary() | null,
    Dba :: binary() | null,
    Sources :: {Locality :: source(), Carrier :: source()} | null
}.
%% What native code returns, which makes no names: they are literals here, and take no memory in an
%% answer.

-type source() :: {By :: binary(), AsOf :: binary(), Derived :: [binary()]} | null.

-type looked_up() :: {
    E164 :: binary(),
    Region :: binary() | undefined,
    CallingCode :: pos_integer(),
    Type :: binary(),
    IsValid :: boolean(),
    IsPossible :: boolean(),
    National :: binary(),
    International :: binary(),
    Rfc3966 :: binary(),
    Carrier :: binary() | undefined,
    TimeZones :: [binary()],
    Geocode :: binary() | undefined
}.
%% A {@type lookup()} in the same way.

%% @doc As {@link numplan:locality/2}, for one number.
-spec locality(numplan:phone_number(), [option()]) -> numplan:object().
locality(Number, Options) when is_binary(Number) ->
    {Bytes, _} = persistent_term:get(?SNAPSHOT, {none, none}),
    E164 = e164(Number),
    case Options of
        [] ->
            {members(Number, E164, numplan_nif:locality(E164, Bytes, false))};
        [source] ->
            Found = numplan_nif:locality(E164, Bytes, true),
            {members(Number, E164, Found) ++ [{<<"source">>, sources(Found)}]}
    end.

members(
    Number,
    E164,
    {Country, Geocode, City, Province, PostalCode, Latitude, Longitude, Type, Others, Switch, Id, Category, Company, Dba, _}
) ->
    [
        {<<"country">>, Country},
        {<<"number">>, Number},
        {<<"e164_number">>, E164},
        {<<"geocode">>, {[{<<"locality">>, Geocode}]}},
        {<<"locality">>,
            {[
                {<<"locality">>, City},
                {<<"province">>, Province},
                {<<"postal_code">>, PostalCode},
                {<<"extended_postal_code">>, null},
                {<<"latitude">>, Latitude},
                {<<"longitude">>, Longitude},
                {<<"type">>, Type},
                {<<"alt_postal_codes">>, Others},
                {<<"switch">>, Switch}
            ]}},
        {<<"carrier">>,
            {[
                {<<"id">>, Id},
                {<<"type">>, Category},
                {<<"company">>, Company},
                {<<"dba">>, Dba}
            ]}},
        {<<"status">>, <<"success">>}
    ];
members(Number, _E164, undefined) ->
    Nothing = {null, null, null, null, null, null, null, null, [], null, null, null, null, null, null},
    Members = members(Number, null, Nothing),
    lists:keyreplace(<<"status">>, 1, Members, {<<"status">>, <<"error">>}).

sources(undefined) ->
    null;
sources(Found) ->
    {Locality, Carrier} = element(tuple_size(Found), Found),
    {[{<<"locality">>, source(Locality)}, {<<"carrier">>, source(Carrier)}, {<<"ported">>, <<"unknown">>}]}.

source(null) -> null;
source({By, AsOf, Derived}) -> {[{<<"by">>, By}, {<<"as_of">>, AsOf}, {<<"derived">>, Derived}]}.

%% @doc As {@link numplan:lookup/1}, for one number.
-spec lookup(numplan:phone_number()) -> lookup() | undefined.
lookup(Number) when is_binary(Number) ->
    case numplan_nif:lookup(Number) of
        inactive -> lookup_e164(numplan_re:normalize(Number, numplan_plan:active()));
        LookedUp -> named(LookedUp)
    end.

%% Numbers that no rule has normalised, and other text.
lookup_e164(<<$+, _/binary>> = E164) -> named(numplan_nif:lookup(E164));
lookup_e164(_Number) -> undefined.

%% @doc As {@link numplan:lookup/2}, for one text.
-spec lookup(binary(), numplan_world:region()) -> lookup() | undefined.
lookup(Text, Region) -> named(numplan_nif:lookup(Text, Region)).

named({E164, Region, Code, Type, IsValid, IsPossible, National, International, Rfc3966, Carrier, TimeZones, Geocode}) ->
    #{
        e164 => E164,
        region => Region,
        calling_code => Code,
        type => Type,
        is_valid => IsValid,
        is_possible => IsPossible,
        national => National,
        international => International,
        rfc3966 => Rfc3966,
        carrier => Carrier,
        time_zones => TimeZones,
        geocode => Geocode
    };
named(undefined) ->
    undefined.

e164(Number) ->
    case numplan_nif:normalize(Number) of
        inactive -> numplan_re:normalize(Number, numplan_plan:active());
        E164 -> E164
    end.

%% @doc Loads the snapshot in the file `Path', for all look-ups that begin from now on. Returns
%% `ok', or why the file cannot be loaded, and then changes nothing. Reads the whole file into
%% memory: 23 MB for 1,290,000 blocks. Snapshots are made by `mix numplan.locality.import'.
-spec load(file:name_all()) -> ok | {error, load_error()}.
load(Path) ->
    case is_snapshot(Path) of
        true -> read(Path, file:read_file(Path));
        false -> {error, foreign};
        {error, Reason} -> {error, Reason}
    end.

%% True when the file begins as a snapshot does, or why it cannot be read. Reads these bytes only,
%% because a file that is not a snapshot may have any size.
is_snapshot(Path) ->
    case file:open(Path, [read, raw, binary]) of
        {ok, File} ->
            Start = file:read(File, byte_size(?MAGIC)),
            _ = file:close(File),
            Start =:= {ok, ?MAGIC};
        {error, Reason} ->
            {error, Reason}
    end.

read(Path, {ok, Bytes}) -> put_snapshot(Path, Bytes, numplan_nif:snapshot(Bytes));
read(_Path, {error, Reason}) -> {error, Reason}.

put_snapshot(Path, Bytes, {ok, Entries, Files}) ->
    Info = #{
        file => unicode:characters_to_binary(filename:absname(Path)),
        entries => Entries,
        bytes => byte_size(Bytes),
        files => [#{layout => Layout, as_of => AsOf} || {Layout, AsOf} <- Files]
    },
    persistent_term:put(?SNAPSHOT, {Bytes, Info});
put_snapshot(_Path, _Bytes, {error, Reason}) ->
    {error, Reason}.

%% @doc Unloads the snapshot, if one is loaded.
-spec unload() -> ok.
unload() ->
    _ = persistent_term:erase(?SNAPSHOT),
    ok.

%% @doc The file, size and sources of the loaded snapshot; `undefined' where none is loaded.
-spec info() -> info() | undefined.
info() ->
    case persistent_term:get(?SNAPSHOT, undefined) of
        {_Bytes, Info} -> Info;
        undefined -> undefined
    end.

%% @doc The problem of a file that {@link load/1} refused, and how to fix it, in words.
-spec format_error(load_error()) -> unicode:chardata().
format_error(foreign) ->
    "this is no file of localities: make one with mix numplan.locality.import";
format_error({version, Version}) ->
    io_lib:format("it is of version ~b, which this build does not read: import it again", [Version]);
format_error(length) ->
    "it was cut short, or something was added to it: copy or import it again";
format_error(changed) ->
    "its bytes are not those that were written: copy or import it again";
format_error(Reason) ->
    file:format_error(Reason).
