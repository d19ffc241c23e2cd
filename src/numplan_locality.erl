%% @doc Locations and carriers of numbers, from an operator's snapshot and from data in the native
%% library.
%%
%% The loaded snapshot is in a persistent term, as the bytes of its file. A look-up reads it without
%% a process, a lock or a copy, and finishes with it when another one is loaded. A hot upgrade
%% leaves it in place.
-module(numplan_locality).

-export([locality/2, lookup/1, load/1, unload/0, info/0, format_error/1]).

-export_type([option/0, info/0, load_error/0, lookup/0]).

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

%% @doc As {@link numplan:locality/2}, for one number.
-spec locality(numplan:phone_number(), [option()]) -> numplan:object().
locality(Number, Options) when is_binary(Number) ->
    {Bytes, _} = persistent_term:get(?SNAPSHOT, {none, none}),
    E164 = e164(Number),
    {Members, Sources} = members(Number, E164, numplan_nif:locality(E164, Bytes)),
    {Members ++ [{<<"source">>, Sources} || lists:member(source, Options)]}.

members(Number, E164, {Parts, Sources}) ->
    {members(Number, E164, Parts, <<"success">>), Sources};
members(Number, _E164, undefined) ->
    Parts = {null, {[{<<"locality">>, null}]}, nothing(locality), nothing(carrier)},
    {members(Number, null, Parts, <<"error">>), null}.

members(Number, E164, {Country, Geocode, Locality, Carrier}, Status) ->
    [
        {<<"country">>, Country},
        {<<"number">>, Number},
        {<<"e164_number">>, E164},
        {<<"geocode">>, Geocode},
        {<<"locality">>, Locality},
        {<<"carrier">>, Carrier},
        {<<"status">>, Status}
    ].

nothing(locality) ->
    Place = [<<"locality">>, <<"province">>, <<"postal_code">>, <<"extended_postal_code">>],
    Rest = [<<"latitude">>, <<"longitude">>, <<"type">>],
    {[{Key, null} || Key <- Place ++ Rest] ++ [{<<"alt_postal_codes">>, []}, {<<"switch">>, null}]};
nothing(carrier) ->
    {[{Key, null} || Key <- [<<"id">>, <<"type">>, <<"company">>, <<"dba">>]]}.

%% @doc As {@link numplan:lookup/1}, for one number.
-spec lookup(numplan:phone_number()) -> numplan:lookup() | undefined.
lookup(Number) when is_binary(Number) ->
    numplan_nif:lookup(e164(Number)).

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
