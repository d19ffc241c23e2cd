%% @doc Where configurations come from: text, terms, files and presets, all read into one ordered document.
-module(numplan_source).

-export([read/1]).

-export_type([source/0, document/0]).

-type document() :: {[{binary(), term()}]}.
%% Decoded JSON whose objects are `{[{Key, Value}]}', so that the order of their keys is kept.

-type source() ::
    iodata()
    | document()
    | [{binary() | atom(), term()}]
    | {file, file:name_all()}
    | {preset, atom() | string() | binary()}.
%% JSON text, decoded JSON in order, a file of JSON text, or the name of a shipped configuration.

%% @doc The document that `Source' stands for, or what is wrong with it.
%%
%% A map is refused, since it has no order. What is none of the forms of {@type source()} raises `badarg'. Files are read
%% in the calling process.
-spec read(source()) -> {ok, document() | list()} | {error, [numplan:problem()]}.
read({preset, Name}) -> preset(Name);
read({file, Path}) -> file(Path);
read({Members} = Document) when is_list(Members) -> {ok, Document};
read([{_, _} | _] = Members) -> {ok, Members};
read(Map) when is_map(Map) -> {error, [problem(map_has_no_order, undefined, order_hint())]};
read(Text) when is_binary(Text); is_list(Text) -> text(Text);
read(Source) -> erlang:error(badarg, [Source]).

preset(Name) ->
    Text = name(Name),
    case numplan_nif:preset(Text) of
        {ok, Json} ->
            text(Json);
        unknown ->
            Known = lists:join(<<", ">>, numplan_nif:presets()),
            Hint = iolist_to_binary([<<"the presets are ">>, Known]),
            {error, [problem({unknown_preset, Text}, undefined, Hint)]}
    end.

name(Name) when is_atom(Name) -> atom_to_binary(Name, utf8);
name(Name) when is_binary(Name) -> Name;
name(Name) when is_list(Name) -> unicode:characters_to_binary(Name);
name(Name) -> erlang:error(badarg, [Name]).

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
            {error, [problem({invalid_json, Message, Line, Column}, Offset, undefined)]};
        {error, Reason} ->
            {error, [problem(Reason, undefined, undefined)]}
    end.

problem(Reason, Offset, Hint) -> {<<>>, Reason, Offset, Hint}.

order_hint() ->
    <<
        "a map has no order, and the order of the rules decides: give JSON text, or objects as {[{Key, Value}]}"
    >>.
