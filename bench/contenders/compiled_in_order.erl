%% Patterns compiled once, tried in order.
-module(compiled_in_order).

-export([new/1, classify/1, normalize/1]).

-define(RULES, compiled_in_order_rules).

new({{Converters}, {Classifiers}}) ->
    persistent_term:put(
        ?RULES,
        {
            [{mp(Regex), prefix(Value)} || {Regex, Value} <- Converters],
            [{mp(regex(Value)), Name} || {Name, Value} <- Classifiers]
        }
    ).

mp(Regex) ->
    {ok, Compiled} = re:compile(Regex),
    Compiled.

prefix({Members}) -> proplists:get_value(<<"prefix">>, Members, <<>>).

regex({Members}) -> proplists:get_value(<<"regex">>, Members).

classify(Number) ->
    {Converters, Classifiers} = persistent_term:get(?RULES),
    class(convert(Number, Converters), Classifiers).

normalize(Number) -> convert(Number, element(1, persistent_term:get(?RULES))).

convert(<<$+, _/binary>> = Number, _) -> Number;
convert(Number, []) -> Number;
convert(Number, [{Regex, Prefix} | Rest]) ->
    case re:run(Number, Regex, [{capture, all, binary}]) of
        {match, Captures} -> <<Prefix/binary, (lists:last(Captures))/binary>>;
        nomatch -> convert(Number, Rest)
    end.

class(_Number, []) -> undefined;
class(Number, [{Regex, Name} | Rest]) ->
    case re:run(Number, Regex, [{capture, none}]) of
        match -> Name;
        nomatch -> class(Number, Rest)
    end.
