%% Classifies as Kazoo does (docs/kazoo-semantics.md 3.2, 3.5 and 3.12): each call converts the
%% converter's module name to an atom, reads the settings with a default that is built as JSON first
%% and not used, and runs each regex from its source.
-module(kazoo_way).

-export([new/1, classify/1, normalize/1]).

-define(SETTINGS, kazoo_way_settings).

%% Settings are `{Converters, Classifiers}' as JSON objects, which are `{[{Key, Value}]}' in Kazoo.
new({_Converters, _Classifiers} = Settings) ->
    persistent_term:put(?SETTINGS, Settings).

classify(Number) ->
    Converter = converter(),
    first_class(Converter:normalize(Number), get_classifiers()).

first_class(_Number, {[]}) ->
    undefined;
first_class(Number, {[{Name, Value} | Rest]}) ->
    case re:run(Number, regex(Value)) of
        nomatch -> first_class(Number, {Rest});
        _ -> Name
    end.

regex(Regex) when is_binary(Regex) -> Regex;
regex(Object) -> get_value(<<"regex">>, Object, <<"^$">>).

%% The name of the converter comes from the settings, and its module from that.
converter() ->
    <<"knm_converter_regex">> = Name = <<"knm_converter_", (setting(<<"converter">>, <<"regex">>))/binary>>,
    knm_converter_regex = binary_to_atom(Name, utf8),
    ?MODULE.

normalize(<<$+, _/binary>> = Number) ->
    Number;
normalize(Number) ->
    {Converters} = Object = get_converters(),
    maybe_convert(Number, [Key || {Key, _} <- Converters], Object).

maybe_convert(Number, [], _Converters) ->
    Number;
maybe_convert(Number, [Regex | Rest], Converters) ->
    case re:run(Number, Regex, [{capture, all, binary}]) of
        nomatch ->
            maybe_convert(Number, Rest, Converters);
        {match, Captures} ->
            Converter = get_value(Regex, Converters, {[]}),
            Prefix = get_value(<<"prefix">>, Converter, <<>>),
            Suffix = get_value(<<"suffix">>, Converter, <<>>),
            <<Prefix/binary, (lists:last(Captures))/binary, Suffix/binary>>
    end.

get_converters() ->
    _Default = from_list([{Key, from_list(Value)} || {Key, Value} <- default_converters()]),
    element(1, persistent_term:get(?SETTINGS)).

get_classifiers() ->
    _Default = from_list([{Key, from_list(Value)} || {Key, Value} <- default_classifiers()]),
    element(2, persistent_term:get(?SETTINGS)).

setting(_Key, Default) -> Default.

from_list(Members) -> {[Member || {_, Value} = Member <- Members, Value =/= undefined]}.

get_value(Key, {Members}, Default) ->
    case lists:keyfind(Key, 1, Members) of
        {_, Value} -> Value;
        false -> Default
    end.

default_converters() ->
    [
        {<<"^\\+?1?([2-9][0-9]{2}[2-9][0-9]{6})$">>, [{<<"prefix">>, <<"+1">>}]},
        {<<"^011(\\d*)$|^00(\\d*)$">>, [{<<"prefix">>, <<"+">>}]},
        {<<"^[2-9]\\d{7,}$">>, [{<<"prefix">>, <<"+">>}]}
    ].

default_classifiers() ->
    [
        {Name, [{<<"regex">>, Regex}, {<<"friendly_name">>, Name}, {<<"pretty_print">>, undefined}]}
     || {Name, Regex} <- [
            {<<"tollfree_us">>, <<"^\\+1((?:800|888|877|866|855)\\d{7})$">>},
            {<<"toll_us">>, <<"^\\+1(900\\d{7})$">>},
            {<<"emergency">>, <<"^911$">>},
            {<<"caribbean">>, <<"^\\+?1((?:684|264|268|242|246|441|284|345)\\d{7})$">>},
            {<<"did_us">>, <<"^\\+?1?([2-9][0-9]{2}[2-9][0-9]{6})$">>},
            {<<"international">>, <<"^(011\\d*)$|^(00\\d*)$">>},
            {<<"unknown">>, <<"^.*$">>}
        ]
    ].
