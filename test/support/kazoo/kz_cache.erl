%% A double of Kazoo's kz_cache, as of 4.x and 5.x: entries with origins and callbacks, which are
%% called when a document that is an origin changes, and when the cache is flushed. Here they are
%% called before the change returns; in Kazoo each has a process of its own.
-module(kz_cache).
-export([start/0, stop/0, changed/3, flush_local/1, peek_local/2, store_local/4]).

-define(CACHE, kazoo_data_cache).

%% Starts Kazoo's cache of documents.
start() ->
    Self = self(),
    Pid = spawn(fun() ->
        register(?CACHE, self()),
        ?CACHE = ets:new(?CACHE, [named_table, public]),
        Self ! {self(), ready},
        receive stop -> ok end
    end),
    receive {Pid, ready} -> ok end.

%% Ends it, as a crash does: its entries are gone, and no callback is called.
stop() ->
    Monitor = monitor(process, ?CACHE),
    ?CACHE ! stop,
    receive {'DOWN', Monitor, process, _, _} -> ok end.

%% The event that a document has changed. As in Kazoo (`kz_cache_conf_change:handle_if_valid') bindings
%% get it whichever node has changed the document, and entries only of other nodes' changes.
changed(Database, Id, Node) ->
    Type = case byte_size(Id) of 32 -> <<"account">>; _ -> <<"config">> end,
    Key = [<<"kapi.conf.kazoo_data_cache.">>, Database, ".", Type, ".doc_edited.", Id],
    case erlang:function_exported(kazoo_bindings, pmap, 2) of
        true -> kazoo_bindings:pmap(iolist_to_binary(Key), kapi_conf:event(Database, Type, Id));
        false -> ok
    end,
    case Node of
        other -> changed(Database, Id);
        this -> ok
    end.

changed(Database, Id) ->
    called(fun({_Key, _Value, Origins, _Callback}) -> lists:member({db, Database, Id}, Origins) end, erase).

flush_local(?CACHE) ->
    called(fun(_Entry) -> true end, flush).

called(Is, Event) ->
    Entries = case ets:info(?CACHE, name) of undefined -> []; _ -> lists:filter(Is, ets:tab2list(?CACHE)) end,
    [true = ets:delete(?CACHE, Key) || {Key, _, _, _} <- Entries],
    [_ = Callback(Key, Value, Event) || {Key, Value, _, Callback} <- Entries],
    ok.

peek_local(?CACHE, Key) ->
    case ets:lookup(?CACHE, Key) of
        [{_, Value, _, _}] -> {ok, Value};
        [] -> {error, not_found}
    end.

store_local(?CACHE, Key, Value, Options) ->
    true = ets:insert(?CACHE, {Key, Value, proplists:get_value(origin, Options), proplists:get_value(callback, Options)}),
    ok.
