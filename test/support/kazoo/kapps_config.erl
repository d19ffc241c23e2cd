%% A double of Kazoo's kapps_config (kazoo-facts 3.7, 3.12): documents in a database, values read through a cache that is emptied when the
%% cluster tells of a change.
-module(kapps_config).
-export([start/0, edit/2, set_default/3, get_json/3, get_ne_binary/3]).

start() ->
    Self = self(),
    Pid = spawn(fun() -> init(Self) end),
    receive {Pid, ready} -> ok end.

init(Parent) ->
    register(?MODULE, self()),
    kapps_config_database = ets:new(kapps_config_database, [named_table, public]),
    kapps_config_cache = ets:new(kapps_config_cache, [named_table, public, {read_concurrency, true}]),
    Parent ! {self(), ready},
    loop().

%% The configuration-change event of a node's document.
loop() ->
    receive
        {doc_edited, Category} ->
            ets:delete(kapps_config_cache, Category),
            loop();
        {done, From} ->
            From ! {?MODULE, done},
            loop()
    end.

%% Writes a document; the event follows on its own.
edit(Category, Document) ->
    ets:insert(kapps_config_database, {Category, Document}),
    ?MODULE ! {doc_edited, Category},
    ok.

get_json(Category, Key, Default) -> value(Category, Key, Default).
get_ne_binary(Category, Key, Default) -> value(Category, Key, Default).

%% Writes one key; the node that writes it sees it at once.
set_default(Category, Key, Value) ->
    {Members} = read(Category),
    ok = edit(Category, {lists:keystore(Key, 1, Members, {Key, Value})}),
    ?MODULE ! {done, self()},
    receive {?MODULE, done} -> {ok, Value} end.

value(Category, Key, Default) ->
    {Members} = document(Category),
    proplists:get_value(Key, Members, Default).

document(Category) ->
    case ets:lookup(kapps_config_cache, Category) of
        [{_, Document}] -> Document;
        [] -> read(Category)
    end.

read(Category) ->
    Document =
        case ets:lookup(kapps_config_database, Category) of
            [{_, Stored}] -> Stored;
            [] -> {[]}
        end,
    ets:insert(kapps_config_cache, {Category, Document}),
    Document.
