%% @doc Rules that are no valid configuration, asked as Kazoo asks them: one after the other, each regex compiled by `re' at the moment it
%% is reached. So a number that an earlier rule matches is answered, and one that comes to an invalid regex raises `badarg' in the caller,
%% as it would there (kazoo-facts 3.2.7, 3.5).
-module(numplan_uncompiled).

-export([rewrite/2, classify/2, available_classifiers/1, matches/2]).

%% @doc What the first of the rules (an object of regexes with `prefix' and `suffix') that matches makes of the number; itself where none
%% does.
-spec rewrite(binary(), numplan:object()) -> binary().
rewrite(Number, {Members}) ->
    rewrite(Number, [Regex || {Regex, _} <- Members], Members).

rewrite(Number, [], _Members) ->
    Number;
rewrite(Number, [Regex | Regexes], Members) ->
    case re:run(Number, Regex, [{capture, all, binary}]) of
        nomatch ->
            rewrite(Number, Regexes, Members);
        {match, Captures} ->
            {_, Rule} = lists:keyfind(Regex, 1, Members),
            <<(affix(<<"prefix">>, Rule))/binary, (lists:last(Captures))/binary, (affix(<<"suffix">>, Rule))/binary>>
    end.

affix(Key, {Members}) ->
    case lists:keyfind(Key, 1, Members) of
        {_, Text} when is_binary(Text) -> Text;
        {_, Value} when is_number(Value); is_boolean(Value) -> text(Value);
        _ -> <<>>
    end;
affix(_Key, _NoObject) ->
    <<>>.

text(Value) ->
    {ok, Text} = numplan_json:encode(Value),
    Text.

%% @doc The name of the first classifier that matches a number in E.164, or `undefined'.
-spec classify(binary(), numplan:object()) -> binary() | undefined.
classify(_E164, {[]}) ->
    undefined;
classify(E164, {[{Name, Classifier} | Classifiers]}) ->
    case matches(E164, regex(Classifier)) of
        true -> Name;
        false -> classify(E164, {Classifiers})
    end.

regex({Members}) -> proplists:get_value(<<"regex">>, Members, <<"^$">>);
regex(Regex) -> Regex.

%% @doc The classifiers, each in full: with `regex' and `friendly_name'.
-spec available_classifiers(numplan:object()) -> numplan:object().
available_classifiers({Classifiers}) ->
    {[{Name, in_full(Name, Classifier)} || {Name, Classifier} <- Classifiers]}.

in_full(Name, {Members}) ->
    case lists:keymember(<<"friendly_name">>, 1, Members) of
        true -> {Members};
        false -> {Members ++ [{<<"friendly_name">>, Name}]}
    end;
in_full(Name, Regex) ->
    {[{<<"regex">>, Regex}, {<<"friendly_name">>, Name}]}.

%% @doc True when the regex matches.
-spec matches(binary(), binary()) -> boolean().
matches(Number, Regex) ->
    re:run(Number, Regex, [{capture, none}]) =:= match.
