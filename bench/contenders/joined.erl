%% All classifiers as one pattern, a named group each; the converters compiled once, in order.
-module(joined).

-export([new/1, classify/1]).

-define(RULES, joined_rules).

new({_, {Classifiers}} = Settings) ->
    ok = compiled_in_order:new(Settings),
    Names = [Name || {Name, _} <- Classifiers],
    Groups = lists:enumerate([regex(Value) || {_, Value} <- Classifiers]),
    Joined = lists:join($|, [["(?<c", integer_to_list(Place), ">", Regex, $)] || {Place, Regex} <- Groups]),
    {ok, Compiled} = re:compile(Joined),
    {namelist, Sorted} = re:inspect(Compiled, namelist),
    Places = [binary_to_integer(binary:part(Group, 1, byte_size(Group) - 1)) || Group <- Sorted],
    persistent_term:put(?RULES, {Compiled, Places, list_to_tuple(Names)}).

regex({Members}) -> proplists:get_value(<<"regex">>, Members).

classify(Number) ->
    {Compiled, Places, Names} = persistent_term:get(?RULES),
    case re:run(compiled_in_order:normalize(Number), Compiled, [{capture, all_names, index}]) of
        {match, Groups} -> element(took_part(Groups, Places), Names);
        nomatch -> undefined
    end.

took_part([{-1, _} | Groups], [_ | Places]) -> took_part(Groups, Places);
took_part([_ | _], [Place | _]) -> Place.
