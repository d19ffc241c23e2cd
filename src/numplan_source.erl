%% @doc Reads configurations from text, terms, files and presets into ordered documents.
-module(numplan_source).

-export([read/1, judged/1]).

-export_type([source/0, document/0, problem/0, reason/0]).

%% Text that looks like the name of a preset.
-define(PRESET, <<"^kazoo-[0-9.]+$">>).
%% Text that looks like the path of a file: it begins like one or ends in a suffix, and has no
%% brackets or quotes of JSON.
-define(PATH, <<"^(?=[./~]|.*[./][\\w.-]+$)[^{}\\[\\]\",\\n]+$">>).
-define(LONGEST_PATH, 4096).

-type document() :: {[{binary(), term()}]}.
%% Decoded JSON whose objects are `{[{Key, Value}]}', so that the order of their keys is kept.

-type source() ::
    iodata()
    | document()
    | [{binary() | atom(), term()}]
    | {file, file:name_all()}
    | {preset, atom() | string() | binary()}.
%% JSON text, decoded JSON in order, a file of JSON text, or the name of a shipped configuration.

-type reason() ::
    {invalid_regex, binary()}
    | {wrong_type, binary()}
    | unknown_document
    | {too_many, binary()}
    | map_has_no_order
    | {unknown_preset, binary()}
    | {unreadable_file, file:posix() | badarg | terminated | system_limit}
    | {not_a_source, {preset | file, binary()}}
    | {invalid_json, Message :: binary(), Line :: pos_integer(), Column :: pos_integer()}
    | doubled_backslashes
    | {invalid_prefix, binary()}
    | {unread_prefixes, binary()}
    | {invalid_world, binary()}
    | {missing_regex, binary()}
    | term().

-type problem() ::
    {Path :: binary(), reason(), Offset :: non_neg_integer() | undefined, Hint :: binary() | undefined}.
%% A problem of a configuration: its path, such as `<<"classifiers.did_us.regex">>'; the reason; the
%% offset in the regex, in bytes; and how to fix it.

%% @doc The document in `Source', or its problems.
%%
%% A map is refused, since it has no order. A term that is not a {@type source()} raises `badarg'.
%% Files are read in the calling process, and with them the files of prefixes: of a configuration
%% on disc those that it names, of any other those of the folder in the setting `prefix_dir'.
-spec read(source()) -> {ok, document() | list()} | {error, [numplan:problem()]}.
read({preset, Name}) -> preset(Name);
%% These atoms stand for a missing setting; file:read_file/1 would take them for the name of a file.
read({file, Path}) when Path =:= undefined; Path =:= nil -> erlang:error(badarg, none);
read({file, Path}) -> file(Path);
%% Elixir's `preset: "kazoo-4.2"' is a list of one pair.
read([{Kind, Name}]) when Kind =:= preset; Kind =:= file -> {error, [not_a_source(Kind, name(Name))]};
read({Members} = Document) when is_list(Members) -> {ok, from_elsewhere(Document)};
read([{_, _} | _] = Members) -> {ok, from_elsewhere(Members)};
%% A plan is compiled already, so it is refused like any other term that is not a source.
read(#{'__struct__' := 'Elixir.Numplan.Plan'}) -> erlang:error(badarg, none);
read(Map) when is_map(Map) -> {error, [problem(map_has_no_order, undefined, order_hint())]};
read(Text) when is_binary(Text); is_list(Text) ->
    case text(Text) of
        {ok, Document} -> {ok, from_elsewhere(Document)};
        {error, Problems} -> {error, Problems}
    end;
read(_Source) -> erlang:error(badarg, none).

%% @doc As {@link read/1}, with the regexes of the document that `re' refuses.
-spec judged(source()) -> {ok, document() | list(), numplan_regex:refusals()} | {error, [numplan:problem()]}.
judged(Source) ->
    case read(Source) of
        {ok, Document} -> judged(Document, numplan_nif:regexes(Document));
        {error, Problems} -> {error, Problems}
    end.

judged(Document, {ok, Regexes}) -> {ok, Document, numplan_regex:refusals(Regexes)};
judged(_Document, {error, Problems}) -> {error, Problems}.

preset(Name) ->
    Text = name(Name),
    case numplan_nif:preset(Text) of
        {ok, Json} -> text(Json);
        unknown -> {error, [problem({unknown_preset, Text}, undefined, known_presets())]}
    end.

name(Name) when is_atom(Name) -> atom_to_binary(Name, utf8);
name(Name) when is_binary(Name) -> Name;
name(Name) when is_list(Name) -> unicode:characters_to_binary(Name);
name(_Name) -> erlang:error(badarg, none).

file(Path) ->
    case file:read_file(Path) of
        {ok, Text} ->
            from_disc(text(Text), filename:dirname(Path));
        {error, Reason} ->
            Shown = unicode:characters_to_binary(io_lib:format("~ts: ~ts", [Path, file:format_error(Reason)])),
            {error, [problem({unreadable_file, Reason}, undefined, Shown)]}
    end.

%% A configuration on disc, whose files of prefixes are beside it.
from_disc({ok, Document}, Folder) -> {ok, numplan_prefix_files:read(Document, {beside, Folder})};
from_disc({error, Problems}, _Folder) -> {error, Problems}.

%% A document that may come from anywhere, as one over the API: it has no files of prefixes but
%% those of the folder that the operator has named.
from_elsewhere(Document) ->
    case application:get_env(numplan, prefix_dir) of
        {ok, Folder} when Folder =/= undefined, Folder =/= nil -> numplan_prefix_files:read(Document, {only, Folder});
        _None -> Document
    end.

text(Text) ->
    case numplan_json:decode(Text, [ordered]) of
        {ok, {_} = Document} ->
            {ok, Document};
        {ok, _} ->
            {error, [problem({wrong_type, <<"expected an object">>}, undefined, undefined)]};
        {error, {invalid_json, #{message := Message, line := Line, column := Column, offset := Offset}}} ->
            {error, [meant(iolist_to_binary(Text), problem({invalid_json, Message, Line, Column}, Offset, undefined))]};
        {error, Reason} ->
            {error, [problem(Reason, undefined, undefined)]}
    end.

%% The problem of text that is not JSON. Where it is the bare name of a preset or of a file, the
%% caller most likely means the preset or the file, and the problem says so.
meant(Text, Problem) ->
    IsShort = byte_size(Text) =< ?LONGEST_PATH andalso unicode:characters_to_binary(Text) =:= Text,
    Kinds = [Kind || IsShort, {Kind, Pattern} <- [{preset, ?PRESET}, {file, ?PATH}], like(string:trim(Text), Pattern)],
    case Kinds of
        [Kind | _] -> not_a_source(Kind, string:trim(Text));
        [] -> Problem
    end.

like(Name, Pattern) ->
    re:run(Name, Pattern, [unicode, ucp, {capture, none}]) =:= match.

not_a_source(Kind, Name) ->
    problem({not_a_source, {Kind, Name}}, undefined, hint(Kind, Name)).

hint(file, Path) ->
    unicode:characters_to_binary(io_lib:format("for the file write {file, \"~ts\"}", [Path]));
hint(preset, Name) ->
    case numplan_nif:preset(Name) of
        {ok, _Json} -> iolist_to_binary(io_lib:format("for the preset write {preset, '~s'}", [Name]));
        unknown -> known_presets()
    end.

known_presets() ->
    iolist_to_binary([<<"the presets are ">>, lists:join(<<", ">>, numplan_nif:presets())]).

problem(Reason, Offset, Hint) -> {<<>>, Reason, Offset, Hint}.

order_hint() ->
    <<
        "a map has no order, and the order of the rules decides: give JSON text, or objects as {[{Key, Value}]}"
    >>.
