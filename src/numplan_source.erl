%% @doc Reads configurations from text, terms, files and presets into ordered documents.
-module(numplan_source).

-export([read/1]).

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
    | term().

-type problem() ::
    {Path :: binary(), reason(), Offset :: non_neg_integer() | undefined, Hint :: binary() | undefined}.
%% A problem of a configuration: its path, such as `<<"classifiers.did_us.regex">>'; the reason; the
%% offset in the regex, in bytes; and how to fix it.

%% @doc The document in `Source', or its problems.
%%
%% A map is refused, since it has no order. A term that is not a {@type source()} raises `badarg'.
%% Files are read in the calling process.
-spec read(source()) -> {ok, document() | list()} | {error, [numplan:problem()]}.
read({preset, Name}) -> preset(Name);
%% The value of a setting that is not there, which file:read_file/1 would take for a name.
read({file, Path}) when Path =:= undefined; Path =:= nil -> erlang:error(badarg, none);
read({file, Path}) -> file(Path);
%% Elixir's `preset: "kazoo-4.2"'.
read([{Kind, Name}]) when Kind =:= preset; Kind =:= file -> {error, [keyword(Kind, Name)]};
read({Members} = Document) when is_list(Members) -> {ok, Document};
read([{_, _} | _] = Members) -> {ok, Members};
%% A plan is no source: it is compiled already.
read(#{'__struct__' := 'Elixir.Numplan.Plan'}) -> erlang:error(badarg, none);
read(Map) when is_map(Map) -> {error, [problem(map_has_no_order, undefined, order_hint())]};
read(Text) when is_binary(Text); is_list(Text) -> text(Text);
read(_Source) -> erlang:error(badarg, none).

preset(Name) ->
    Text = name(Name),
    case numplan_nif:preset(Text) of
        {ok, Json} ->
            text(Json);
        unknown ->
            {error, [problem({unknown_preset, Text}, undefined, known_presets())]}
    end.

name(Name) when is_atom(Name) -> atom_to_binary(Name, utf8);
name(Name) when is_binary(Name) -> Name;
name(Name) when is_list(Name) -> unicode:characters_to_binary(Name);
name(_Name) -> erlang:error(badarg, none).

file(Path) ->
    case file:read_file(Path) of
        {ok, Text} ->
            text(Text);
        {error, Reason} ->
            Shown = unicode:characters_to_binary(io_lib:format("~ts: ~ts", [Path, file:format_error(Reason)])),
            {error, [problem({unreadable_file, Reason}, undefined, Shown)]}
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

%% A bare name of a preset or of a file is not JSON: most likely the caller means the thing of that
%% name.
meant(Text, Problem) when byte_size(Text) =< ?LONGEST_PATH ->
    case unicode:characters_to_binary(Text) of
        Text -> meant_by(string:trim(Text), Problem);
        _NoUnicode -> Problem
    end;
meant(_Text, Problem) ->
    Problem.

keyword(Kind, Name) ->
    Text = name(Name),
    Hint =
        case Kind of
            preset -> preset_hint(Text, numplan_nif:preset(Text));
            file -> file_hint(Text)
        end,
    problem({not_a_source, {Kind, Text}}, undefined, Hint).

meant_by(Name, Problem) ->
    case {like(Name, ?PRESET), like(Name, ?PATH)} of
        {true, _} -> problem({not_a_source, {preset, Name}}, undefined, preset_hint(Name, numplan_nif:preset(Name)));
        {false, true} -> problem({not_a_source, {file, Name}}, undefined, file_hint(Name));
        {false, false} -> Problem
    end.

like(Name, Pattern) ->
    re:run(Name, Pattern, [unicode, ucp, {capture, none}]) =:= match.

preset_hint(Name, {ok, _Json}) ->
    iolist_to_binary(io_lib:format("for the preset write {preset, '~s'}", [Name]));
preset_hint(_Name, unknown) ->
    known_presets().

file_hint(Path) ->
    unicode:characters_to_binary(io_lib:format("for the file write {file, \"~ts\"}", [Path])).

known_presets() ->
    iolist_to_binary([<<"the presets are ">>, lists:join(<<", ">>, numplan_nif:presets())]).

problem(Reason, Offset, Hint) -> {<<>>, Reason, Offset, Hint}.

order_hint() ->
    <<
        "a map has no order, and the order of the rules decides: give JSON text, or objects as {[{Key, Value}]}"
    >>.
