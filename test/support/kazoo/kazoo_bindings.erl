%% A double of Kazoo's kazoo_bindings: functions that are called with the events of routing keys, in
%% which `*' matches any one word.
-module(kazoo_bindings).
-export([start/0, stop/0, bind/3, unbind/3, pmap/2]).

start() ->
    Self = self(),
    Pid = spawn(fun() ->
        register(?MODULE, self()),
        ?MODULE = ets:new(?MODULE, [named_table, public, bag]),
        Self ! {self(), ready},
        receive stop -> ok end
    end),
    receive {Pid, ready} -> ok end.

stop() ->
    Monitor = monitor(process, ?MODULE),
    ?MODULE ! stop,
    receive {'DOWN', Monitor, process, _, _} -> ok end.

bind(Binding, Module, Function) ->
    true = ets:insert(?MODULE, {words(Binding), Module, Function}),
    ok.

unbind(Binding, Module, Function) ->
    true = ets:delete_object(?MODULE, {words(Binding), Module, Function}),
    ok.

pmap(Key, Event) ->
    Bound = case ets:info(?MODULE, name) of undefined -> []; _ -> ets:tab2list(?MODULE) end,
    [Module:Function(Event) || {Words, Module, Function} <- Bound, matches(Words, words(Key))].

words(Key) -> binary:split(Key, <<".">>, [global]).

matches([], []) -> true;
matches([<<"*">> | Words], [_ | More]) -> matches(Words, More);
matches([Word | Words], [Word | More]) -> matches(Words, More);
matches(_, _) -> false.
