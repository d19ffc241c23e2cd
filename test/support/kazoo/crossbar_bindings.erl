%% A double of Kazoo's crossbar_bindings: functions bound to routing keys, in which `*' matches any
%% one word. The caller does not see the failure of a bound function (docs/kazoo-semantics.md 1.2).
-module(crossbar_bindings).
-export([bind/3, flush/0, map/2, fold/2, any/1]).

bind(Binding, Module, Function) ->
    persistent_term:put(?MODULE, bindings() ++ [{words(Binding), Module, Function}]).

flush() -> persistent_term:put(?MODULE, []).

bindings() -> persistent_term:get(?MODULE, []).

%% The result of each bound function.
map(Routing, Payload) ->
    [called(Module, Function, Payload) || {Module, Function} <- bound(Routing)].

%% The first element of the payload after each bound function has changed it in turn. A function that
%% fails leaves it unchanged.
fold(Routing, Payload) ->
    [Folded | _] = lists:foldl(fun folded/2, Payload, bound(Routing)),
    Folded.

folded({Module, Function}, [_ | Words] = Payload) ->
    case called(Module, Function, Payload) of
        {'EXIT', _} -> Payload;
        ok -> Payload;
        Made -> [Made | Words]
    end.

called(Module, Function, Payload) ->
    try
        apply(Module, Function, Payload)
    catch
        _:Reason -> {'EXIT', Reason}
    end.

any(Results) -> lists:member(true, Results).

bound(Routing) ->
    [{Module, Function} || {Words, Module, Function} <- bindings(), matches(Words, words(Routing))].

words(Key) -> binary:split(Key, <<".">>, [global]).

matches([], []) -> true;
matches([<<"*">> | Words], [_ | More]) -> matches(Words, More);
matches([Word | Words], [Word | More]) -> matches(Words, More);
matches(_, _) -> false.
