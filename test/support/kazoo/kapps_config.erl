%% A double of Kazoo's kapps_config: documents in a database, and values read through a cache that
%% is emptied when the cluster says that a document has changed. As in Kazoo
%% (`kapps_config:get_default_value/4', 4.2 to 5), a read that names a default for a key that is
%% missing saves that default.
-module(kapps_config).
-export([start/0, edit/2, settle/0, store/2, stored/1, set_default/3, changed/2, get_category/1]).
-export([get/2, get/3, get_json/2, get_json/3, get_ne_binary/2, get_ne_binary/3]).

start() ->
    Self = self(),
    Pid = spawn(fun() -> init(Self) end),
    receive {Pid, ready} -> ok end.

init(Parent) ->
    register(?MODULE, self()),
    kapps_config_database = ets:new(kapps_config_database, [named_table, public]),
    kapps_config_cache = ets:new(kapps_config_cache, [named_table, public, {read_concurrency, true}]),
    kzd_accounts = ets:new(kzd_accounts, [named_table, public]),
    Parent ! {self(), ready},
    loop().

%% The configuration-change event of a node's document.
loop() ->
    receive
        {doc_edited, Category} ->
            ets:delete(kapps_config_cache, Category),
            ok = changed(<<"system_config">>, Category),
            loop();
        {done, From} ->
            From ! {?MODULE, done},
            loop()
    end.

%% Writes a document. The node handles the event later.
edit(Category, Document) ->
    ets:insert(kapps_config_database, {Category, Document}),
    ?MODULE ! {doc_edited, Category},
    ok.

%% Writes a document to the database and to the node's cache.
store(Category, Document) ->
    ets:insert(kapps_config_database, {Category, Document}),
    ets:insert(kapps_config_cache, {Category, Document}),
    changed(<<"system_config">>, Category).

%% Whoever watches the document in the doubles of Kazoo's events, where they are loaded, is called.
changed(Database, Id) ->
    case erlang:function_exported(kz_cache, changed, 3) of
        true -> kz_cache:changed(Database, Id, persistent_term:get(changing_node, other));
        false -> ok
    end.

%% Waits until the node has handled all events so far.
settle() ->
    ?MODULE ! {done, self()},
    receive {?MODULE, done} -> ok end.

%% The document as it is in the database; `none' where nobody has written one.
stored(Category) ->
    case ets:lookup(kapps_config_database, Category) of
        [{_, Document}] -> Document;
        [] -> none
    end.

%% Writes one key, and waits until the node has handled the event.
set_default(Category, Key, Value) ->
    {Members} = read(Category),
    ok = edit(Category, {lists:keystore(Key, 1, Members, {Key, Value})}),
    ok = settle(),
    {ok, Value}.

get_category(Category) ->
    case kzd_accounts:outage(system) of
        none -> {ok, document(Category)};
        Outage -> kzd_accounts:failure(Outage)
    end.

get(Category, Key) -> get(Category, Key, undefined).

get(Category, Key, Default) ->
    case get_category(Category) of
        {ok, {Members}} -> member(Category, Key, Default, Members);
        {error, _} -> Default
    end.

member(Category, Key, Default, Members) ->
    case lists:keyfind(Key, 1, Members) of
        {_, Value} -> Value;
        false -> saved(Category, Key, Default)
    end.

saved(_Category, _Key, undefined) ->
    undefined;
saved(Category, Key, Default) ->
    {Members} = read(Category),
    ok = store(Category, {Members ++ [{Key, Default}]}),
    Default.

get_json(Category, Key) -> get_json(Category, Key, undefined).

get_json(Category, Key, Default) ->
    case get(Category, Key, Default) of
        {Members} when is_list(Members) -> {Members};
        _NoObject -> Default
    end.

get_ne_binary(Category, Key) -> get_ne_binary(Category, Key, undefined).

get_ne_binary(Category, Key, Default) ->
    case get(Category, Key, Default) of
        Empty when Empty =:= undefined; Empty =:= null; Empty =:= 0; Empty == 0.0 -> Default;
        Empty when Empty =:= []; Empty =:= <<>>; Empty =:= {[]} -> Default;
        Empty when Empty =:= <<"0">>; Empty =:= <<"NULL">>; Empty =:= <<"undefined">> -> Default;
        Text when is_binary(Text) -> Text;
        Value -> kazoo_reference:text(Value)
    end.

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
