%% @doc Runs rules that are not a valid configuration, as Kazoo does: one by one, each regex
%% compiled by `re' when it is reached.
%%
%% So a number that an earlier rule matches is answered, and one that reaches an invalid regex, or a
%% value that is not a rule, raises what Kazoo raises (`knm_converter_regex', `knm_converters',
%% `knm_util', releases 4.2, 4.3 and 5).
-module(numplan_uncompiled).

-export([rewrite/2, classify/2, available_classifiers/1, mask/2, matches/2]).

-import(numplan_kazoo_document, [member/3, affix/2]).

%% @doc The number rewritten by the first rule that matches; unchanged where none does.
%%
%% Rules are an object from regexes to objects with `prefix' and `suffix'. An empty array counts as
%% an empty object; any other array raises `badarg', since its keys are integers; other terms raise
%% `function_clause'.
-spec rewrite(binary(), numplan:object() | term()) -> binary().
rewrite(Number, {Rules}) when is_list(Rules) ->
    rewrite(Number, [Regex || {Regex, _} <- Rules], Rules);
rewrite(Number, []) ->
    Number;
rewrite(Number, [_ | _] = Rules) ->
    erlang:error(badarg, [Number, Rules]).

rewrite(Number, [], _Rules) ->
    Number;
rewrite(Number, [Regex | Regexes], Rules) ->
    case numplan_regex:root(Number, Regex) of
        nomatch ->
            rewrite(Number, Regexes, Rules);
        Root ->
            {_, Rule} = lists:keyfind(Regex, 1, Rules),
            <<(affix(<<"prefix">>, Rule))/binary, Root/binary, (affix(<<"suffix">>, Rule))/binary>>
    end.

%% @doc The name of the first classifier that matches a number in E.164, or `undefined'.
-spec classify(binary(), numplan:object()) -> binary() | undefined.
classify(E164, Classifiers) ->
    case first_match(E164, Classifiers) of
        {Name, _Classifier} -> Name;
        undefined -> undefined
    end.

first_match(_E164, {[]}) ->
    undefined;
first_match(E164, {[{_Name, Classifier} = First | Classifiers]}) ->
    case matches(E164, regex(Classifier)) of
        true -> First;
        false -> first_match(E164, {Classifiers})
    end.

regex(Regex) when is_binary(Regex) -> Regex;
regex(Classifier) -> member(<<"regex">>, Classifier, <<"^$">>).

%% @doc The classifiers, each with `regex' and `friendly_name'. Duplicate names keep the position of
%% the first and the value of the last.
%%
%% An object without `friendly_name' keeps its keys, as in 4.3; in 4.2 and 5 Kazoo loses its regex
%% by a bug. Raises `badarg' for a value that is not a classifier, and in releases other than 4.3
%% for an empty regex.
-spec available_classifiers(numplan:object()) -> numplan:object().
available_classifiers({Classifiers}) ->
    {lists:foldl(fun({Name, Classifier}, Shown) -> put(Name, in_full(Name, Classifier), Shown) end, [], Classifiers)}.

put(Name, Classifier, Shown) -> lists:keystore(Name, 1, Shown, {Name, Classifier}).

in_full(Name, Regex) when is_binary(Regex), Regex =/= <<>> ->
    {[{<<"regex">>, Regex}, {<<"friendly_name">>, Name}]};
in_full(Name, Classifier) ->
    case {Classifier, numplan_kazoo_config:release()} of
        {<<>>, '4.3'} -> {[{<<"regex">>, <<>>}, {<<"friendly_name">>, Name}]};
        _ -> named(Name, Classifier, member(<<"friendly_name">>, Classifier, undefined))
    end.

named(Name, {Members}, undefined) -> {Members ++ [{<<"friendly_name">>, Name}]};
named(Name, [_ | _] = Classifier, undefined) -> erlang:error(badarg, [Name, Classifier]);
named(Name, _Empty, undefined) -> {[{<<"friendly_name">>, Name}]};
named(_Name, Classifier, _FriendlyName) -> Classifier.

%% @doc The mask of the first classifier that matches a number in E.164; `undefined' where none
%% matches or it has no mask (`knm_util:pretty_print/1'). `Available' is a result of {@link
%% available_classifiers/1}.
-spec mask(binary(), numplan:object()) -> binary() | term() | undefined.
mask(E164, Available) ->
    case first_match(E164, Available) of
        {_Name, Classifier} -> member(<<"pretty_print">>, Classifier, undefined);
        undefined -> undefined
    end.

%% @doc True when the regex matches. A regex is a binary or an array of binaries; anything else
%% raises `badarg'.
-spec matches(binary(), iodata() | term()) -> boolean().
matches(Number, Regex) ->
    numplan_regex:matches(Number, Regex).
