%% @doc Reads the files of prefixes that a configuration names.
%%
%% A classifier may have `"prefixes": {"file": "fraud.csv"}'. Native code opens no files: here the
%% text of the file is put into the document, as `"csv"' beside `"file"', or why it cannot be
%% read, as `"error"'. So a plan keeps what it was compiled from, and is the same when it is
%% compiled again after a hot upgrade, whatever has become of the file.
-module(numplan_prefix_files).

-export([read/2]).

-export_type([folder/0]).

-include_lib("kernel/include/file.hrl").

-type folder() :: {beside | only, file:name_all()}.
%% Where files are looked for. `beside': paths are relative to this folder, and may lead anywhere,
%% since whoever has written the configuration to disc may read there. `only': names of files in
%% this folder, for documents that come from elsewhere.

%% The files of one document together: a list of four million prefixes has up to 64 MiB.
-define(MOST, 67108864).

%% The keys of a number_manager; a document without any of them is wrapped in one of ?WRAPPERS, or
%% is an object of classes.
-define(KNOWN, [<<"classifiers">>, <<"e164_converters">>, <<"reconcile_regex">>, <<"dial_plan">>, <<"dialplans">>]).
-define(WRAPPERS, [<<"default">>, <<"data">>]).

%% @doc The document with the text of the files that the classes of its classifiers name, of 64 MiB
%% together. A file whose text is there already is not read again. Any other part is unchanged.
%%
%% ```
%% Document = {[{<<"fraud">>, {[{<<"prefixes">>, {[{<<"file">>, <<"../etc/passwd">>}]}}]}}]},
%% {[{<<"fraud">>, {[{<<"prefixes">>, {[{<<"file">>, _}, {<<"error">>, _}]}}]}}]} =
%%     numplan_prefix_files:read(Document, {only, "/tmp"}).
%% '''
-spec read(Document, folder()) -> Document when Document :: numplan_source:document() | list().
read({Members}, Folder) -> {read(Members, Folder)};
read(Members, Folder) ->
    {Read, _Left} = members(Members, steps(Members), Folder, ?MOST),
    Read.

%% The keys that lead to the lists of prefixes; `any' stands for each class.
steps(Members) -> steps(Members, ?WRAPPERS).

steps(Members, Wrappers) ->
    case [Known || Known <- ?KNOWN, first(Members, Known) =/= none] of
        [_ | _] -> [<<"classifiers">>, any, <<"prefixes">>];
        [] -> wrapped(Members, Wrappers)
    end.

wrapped(Members, [Wrapper | Wrappers]) ->
    case first(Members, Wrapper) of
        {ok, {Inner}} -> [Wrapper | steps(Inner, [])];
        {ok, [{_, _} | _] = Inner} -> [Wrapper | steps(Inner, [])];
        _None -> wrapped(Members, Wrappers)
    end;
wrapped(_Members, []) ->
    [any, <<"prefixes">>].

%% The value of the first member with a key. What is no member is left to native code to refuse.
first([{Key, Value} | Members], Wanted) ->
    case is(Key, Wanted) of
        true -> {ok, Value};
        false -> first(Members, Wanted)
    end;
first([_Other | Members], Wanted) -> first(Members, Wanted);
first(_End, _Wanted) -> none.

is(_Key, any) -> true;
is(Key, Wanted) when is_atom(Key) -> atom_to_binary(Key, utf8) =:= Wanted;
is(Key, Wanted) -> Key =:= Wanted.

%% The members with what the steps lead to read, and how many bytes may still be read.
members([{Key, Value} | Members], [Step | Below] = Steps, Folder, Left) ->
    {Read, Rest} =
        case is(Key, Step) of
            true -> value(Value, Below, Folder, Left);
            false -> {Value, Left}
        end,
    {More, Last} = members(Members, Steps, Folder, Rest),
    {[{Key, Read} | More], Last};
members([Other | Members], Steps, Folder, Left) ->
    {More, Last} = members(Members, Steps, Folder, Left),
    {[Other | More], Last};
members(End, _Steps, _Folder, Left) ->
    {End, Left}.

value(List, [], Folder, Left) ->
    list(List, Folder, Left);
value({Members}, Steps, Folder, Left) ->
    {Read, Rest} = members(Members, Steps, Folder, Left),
    {{Read}, Rest};
value([{_, _} | _] = Members, Steps, Folder, Left) ->
    members(Members, Steps, Folder, Left);
value(Value, _Steps, _Folder, Left) ->
    {Value, Left}.

list({[{Key, Name}]}, Folder, Left) ->
    {Named, Rest} = named(Key, Name, Folder, Left),
    {{Named}, Rest};
list([{Key, Name}], Folder, Left) ->
    named(Key, Name, Folder, Left);
list(List, _Folder, Left) ->
    {List, Left}.

named(Key, Name, Folder, Left) when Key =:= <<"file">>, is_binary(Name); Key =:= file, is_binary(Name) ->
    case content(path(Name, Folder), Left) of
        {ok, Text} -> {[{<<"file">>, Name}, {<<"csv">>, Text}], Left - byte_size(Text)};
        {error, Words} -> {[{<<"file">>, Name}, error_member([shown(known_as(Name, Folder)), ": ", Words])], Left}
    end;
named(Key, Name, _Folder, Left) ->
    {[{Key, Name}], Left}.

%% Who has written a document from elsewhere is not told where the server keeps its files.
known_as(Name, {beside, Folder}) -> filename:join(Folder, Name);
known_as(Name, {only, _Folder}) -> Name.

path(Name, {beside, Folder}) ->
    {ok, filename:join(Folder, Name)};
path(Name, {only, Folder}) ->
    case filename:basename(Name) of
        Name when Name =/= <<>>, Name =/= <<".">>, Name =/= <<"..">> -> {ok, filename:join(Folder, Name)};
        _Path -> {error, "expected the name of a file in the folder of prefix_dir, and no path"}
    end.

content({ok, Path}, Left) ->
    case file:read_file_info(Path) of
        {ok, #file_info{type = regular, size = Size}} when Size =< Left -> sized(file:read_file(Path), Left);
        {ok, #file_info{type = regular, size = Size}} -> too_large(Size);
        %% Other files, such as pipes, could be read for ever.
        {ok, _Other} -> {error, "not a regular file"};
        {error, Reason} -> {error, file:format_error(Reason)}
    end;
content({error, Words}, _Left) ->
    {error, Words}.

%% A file may have grown since its size was read.
sized({ok, Text}, Left) when byte_size(Text) =< Left -> {ok, Text};
sized({ok, Text}, _Left) -> too_large(byte_size(Text));
sized({error, Reason}, _Left) -> {error, file:format_error(Reason)}.

too_large(Size) when Size > ?MOST ->
    {error, io_lib:format("~b bytes, at most ~b", [Size, ?MOST])};
too_large(Size) ->
    {error, io_lib:format("~b bytes, and the files of one configuration have at most ~b together", [Size, ?MOST])}.

error_member(Words) ->
    {<<"error">>, unicode:characters_to_binary(Words)}.

%% The path as text: one that is not UTF-8 byte by byte.
shown(Path) when is_binary(Path) ->
    case unicode:characters_to_list(Path) of
        Text when is_list(Text) -> Text;
        _NotUtf8 -> binary_to_list(Path)
    end;
shown(Path) ->
    Path.
