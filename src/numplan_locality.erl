%% @doc Where numbers are and whose, from an operator's snapshot and from what is compiled into the native library.
%%
%% The snapshot in force lives in a persistent term as the bytes of its file. A look-up reads it without a process, a lock or a
%% copy, and goes on with the one that it began with when another is loaded. It is no part of the native library, and so
%% stays in force over hot upgrades.
-module(numplan_locality).

-export([locality/2, lookup/1, load/1, unload/0, info/0, format_error/1]).

-export_type([option/0, info/0, load_error/0]).

-define(SNAPSHOT, numplan_snapshot).
%% What every snapshot begins with: native/numplan_locality/src/snapshot.rs.
-define(MAGIC, <<"NUMPLOC", 0>>).

-type option() :: source.
-type info() :: #{
    file := binary(),
    entries := non_neg_integer(),
    bytes := non_neg_integer(),
    files := [#{layout := binary(), as_of := binary()}]
}.
-type load_error() :: foreign | length | changed | {version, non_neg_integer()} | file:posix() | badarg | terminated | system_limit.

%% @doc The locality of a number as the API has it: see {@link numplan:locality/1}. With `source' its members end with
%% `source', which says where the parts are from.
-spec locality(numplan:phone_number(), [option()]) -> numplan:object().
locality(Number, Options) when is_binary(Number) ->
    {Bytes, _} = persistent_term:get(?SNAPSHOT, {none, none}),
    E164 = numplan:normalize(Number),
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
    {
        [
            {<<"locality">>, null},
            {<<"province">>, null},
            {<<"postal_code">>, null},
            {<<"extended_postal_code">>, null},
            {<<"latitude">>, null},
            {<<"longitude">>, null},
            {<<"type">>, null},
            {<<"alt_postal_codes">>, []},
            {<<"switch">>, null}
        ]
    };
nothing(carrier) ->
    {[{<<"id">>, null}, {<<"type">>, null}, {<<"company">>, null}, {<<"dba">>, null}]}.

%% @doc What libphonenumber knows of a number: see {@link numplan:lookup/1}.
-spec lookup(numplan:phone_number()) -> numplan:lookup() | undefined.
lookup(Number) when is_binary(Number) ->
    numplan_nif:lookup(numplan:normalize(Number)).

%% @doc Puts the snapshot in the file `Path' in force, for all look-ups that begin from now on; or says why it is none, and changes
%% nothing. Reads the whole file: 23 MB for 1,290,000 blocks. Snapshots are made by
%% `mix numplan.locality.import'.
-spec load(file:name_all()) -> ok | {error, load_error()}.
load(Path) ->
    case is_snapshot(Path) of
        true -> read(Path, file:read_file(Path));
        false -> {error, foreign};
        {error, Reason} -> {error, Reason}
    end.

%% What is no snapshot may be of any size: it is not read into memory to find that out.
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

%% @doc Takes the snapshot out of force.
-spec unload() -> ok.
unload() ->
    _ = persistent_term:erase(?SNAPSHOT),
    ok.

%% @doc What the snapshot in force was loaded from and holds; `undefined' where there is none.
-spec info() -> info() | undefined.
info() ->
    case persistent_term:get(?SNAPSHOT, undefined) of
        {_Bytes, Info} -> Info;
        undefined -> undefined
    end.

%% @doc What is wrong with a file that {@link load/1} refused, and how to mend it, in words.
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
