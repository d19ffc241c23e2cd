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

%% A list of four million prefixes has up to 64 MiB.
-define(MOST, 67108864).

%% @doc The document with the text of the files that it names. A file whose text is there already is
%% not read again. Any other part is unchanged.
%%
%% ```
%% Document = {[{<<"prefixes">>, {[{<<"file">>, <<"../etc/passwd">>}]}}]},
%% {[{<<"prefixes">>, {[{<<"file">>, _}, {<<"error">>, _}]}}]} = numplan_prefix_files:read(Document, {only, "/tmp"}).
%% '''
-spec read(Document, folder()) -> Document when Document :: numplan_source:document() | list().
read({Members}, Folder) -> {members(Members, Folder)};
read(Members, Folder) -> members(Members, Folder).

members([{Key, Value} | Members], Folder) -> [{Key, value(Key, Value, Folder)} | members(Members, Folder)];
members([Other | Members], Folder) -> [Other | members(Members, Folder)];
members(End, _Folder) -> End.

value(Key, List, Folder) when Key =:= <<"prefixes">>; Key =:= prefixes -> list(List, Folder);
value(_Key, {Members}, Folder) -> {members(Members, Folder)};
value(_Key, [{_, _} | _] = Members, Folder) -> members(Members, Folder);
value(_Key, Value, _Folder) -> Value.

list({[{Key, Name}]}, Folder) -> {named(Key, Name, Folder)};
list([{Key, Name}], Folder) -> named(Key, Name, Folder);
list(List, _Folder) -> List.

named(Key, Name, Folder) when Key =:= <<"file">>, is_binary(Name); Key =:= file, is_binary(Name) ->
    [{<<"file">>, Name}, content(path(Name, Folder))];
named(Key, Name, _Folder) ->
    [{Key, Name}].

path(Name, {beside, Folder}) ->
    {ok, filename:join(Folder, Name)};
path(Name, {only, Folder}) ->
    case filename:basename(Name) of
        Name when Name =/= <<>>, Name =/= <<".">>, Name =/= <<"..">> -> {ok, filename:join(Folder, Name)};
        _Path -> {error, [Name, ": expected the name of a file in the folder of prefix_dir, and no path"]}
    end.

content({ok, Path}) ->
    case file:read_file_info(Path) of
        {ok, #file_info{type = Type, size = Size}} -> content(Path, Type, Size);
        {error, Reason} -> unreadable(Path, file:format_error(Reason))
    end;
content({error, Words}) ->
    error_member(Words).

%% Other files than regular ones, such as pipes, could be read for ever.
content(Path, regular, Size) when Size =< ?MOST ->
    case file:read_file(Path) of
        {ok, Text} -> {<<"csv">>, Text};
        {error, Reason} -> unreadable(Path, file:format_error(Reason))
    end;
content(Path, regular, Size) ->
    unreadable(Path, io_lib:format("~b bytes, at most ~b", [Size, ?MOST]));
content(Path, _Type, _Size) ->
    unreadable(Path, "not a regular file").

unreadable(Path, Words) ->
    error_member([shown(Path), ": ", Words]).

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
