%% A double of Kazoo's kapi_conf: what an event of a changed document says.
-module(kapi_conf).
-export([event/3, get_id/1]).

event(Database, Type, Id) ->
    {[{<<"Database">>, Database}, {<<"Type">>, Type}, {<<"ID">>, Id}]}.

get_id({Members}) -> proplists:get_value(<<"ID">>, Members).
