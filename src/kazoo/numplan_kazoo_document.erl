%% @doc Reads JSON values as Kazoo's number manager does, of any type: by `kz_json:get_value/3' and
%% `kz_json:get_binary_value/3' of releases 4.2, 4.3 and 5.
%%
%% Kazoo reads a value when it uses it, and takes far more than its schema allows: a prefix of null
%% is the text `null', an array is a rule without prefix and suffix. {@link strict/2} converts such
%% a document to one that can be compiled, and refuses what Kazoo would crash on, which {@link
%% numplan_uncompiled} then runs.
-module(numplan_kazoo_document).

-export([member/3, affix/2, strict/2]).

%% @doc The first value under `Key'; `Default' where the key is missing or `Json' is an array. For
%% other terms that are not objects raises `badarg', or returns `Default' in 4.2
%% (`kz_json:get_value/3').
-spec member(Key :: binary(), Json :: term(), Default :: term()) -> term().
member(Key, {Members}, Default) when is_list(Members) ->
    case lists:keyfind(Key, 1, Members) of
        {_, Value} -> Value;
        false -> Default
    end;
member(_Key, List, Default) when is_list(List) ->
    Default;
member(_Key, NoObject, Default) ->
    case numplan_kazoo_config:release() of
        '4.2' -> Default;
        _ -> erlang:error(badarg, [NoObject])
    end.

%% @doc The prefix or suffix of a rule as text; empty where it is missing or cannot be converted
%% (`kz_json:get_binary_value/3'). Raises `badarg' as {@link member/3} does.
-spec affix(Key :: binary(), Rule :: term()) -> binary().
affix(Key, Rule) ->
    try
        text(member(Key, Rule, <<>>))
    catch
        throw:no_text -> <<>>
    end.

%% Converts as `kz_term:to_binary/1' does: reads an array as iodata, encodes an object as JSON.
text(Text) when is_binary(Text) -> Text;
text(Integer) when is_integer(Integer) -> integer_to_binary(Integer);
text(Float) when is_float(Float) -> float_text(Float);
text(Atom) when is_atom(Atom) -> atom_to_binary(Atom, utf8);
text(List) when is_list(List) ->
    try
        iolist_to_binary(List)
    catch
        error:badarg -> throw(no_text)
    end;
text(Object) ->
    case numplan_json:encode(Object) of
        {ok, Text} -> Text;
        {error, _} -> throw(no_text)
    end.

%% Formats as `kz_mochinum:digits/1' does: the shortest digits that decode to the same float,
%% without an exponent where that adds at most five zeros before or after the point.
float_text(Float) when Float == 0 ->
    <<"0.0">>;
float_text(Float) when Float < 0 ->
    <<"-", (float_text(-Float))/binary>>;
float_text(Float) ->
    {Digits, Point} = digits(Float),
    iolist_to_binary(laid_out(Digits, Point, length(Digits))).

%% Significant digits, and the position of the point in them.
digits(Float) ->
    {Mantissa, Exponent} =
        case string:split(io_lib:format("~w", [Float]), "e") of
            [Plain] -> {Plain, 0};
            [Scientific, Power] -> {Scientific, list_to_integer(lists:flatten(Power))}
        end,
    [Whole, Fraction] = string:split(lists:flatten(Mantissa), "."),
    Significant = string:trim(Whole ++ Fraction, leading, "0"),
    Zeros = length(Whole) + length(Fraction) - length(Significant),
    {string:trim(Significant, trailing, "0"), length(Whole) - Zeros + Exponent}.

laid_out(Digits, Point, Length) when Point >= Length, Point < Length + 6 ->
    [Digits, lists:duplicate(Point - Length, $0), ".0"];
laid_out(Digits, Point, Length) when Point > 0, Point < Length ->
    {Whole, Fraction} = lists:split(Point, Digits),
    [Whole, $., Fraction];
laid_out(Digits, Point, _Length) when Point =< 0, Point > -6 ->
    ["0.", lists:duplicate(-Point, $0), Digits];
laid_out([Digit | Fraction], Point, _Length) ->
    [Digit, $., Fraction, [$0 || Fraction =:= []], $e, [$+ || Point > 0], integer_to_list(Point - 1)].

%% @doc `Content' as {@link numplan_plan:new/1} must see it to answer like Kazoo; `refused' where
%% Kazoo would crash on part of it, or would show it otherwise. Values that {@link
%% numplan_plan:new/1} itself refuses are unchanged. The result of a dial plan is for the
%% first-match reading only.
-spec strict(numplan_plan_cache:kind(), Content :: term()) -> {ok, term()} | refused.
strict(_Kind, null) ->
    refused;
strict(dial_plan, {Rules}) when is_list(Rules) ->
    {ok, {[system(rule(Rule)) || Rule <- Rules]}};
strict(converters, {Rules}) when is_list(Rules) ->
    {ok, {[rule(Rule) || Rule <- Rules]}};
strict(account, {[{DialPlan, Rules}, {Converters, E164}, {Reconcile, Regex}]}) when is_binary(Regex) ->
    case {strict(dial_plan, Rules), strict(converters, E164)} of
        {{ok, {_} = Dialled}, {ok, {_} = Converted}} -> {ok, {[{DialPlan, Dialled}, {Converters, Converted}, {Reconcile, Regex}]}};
        _Refused -> refused
    end;
strict(account, _NoRegex) ->
    refused;
strict(number_manager, {[{<<"classifiers">>, {Classifiers}} = First, Converters, {<<"reconcile_regex">>, Regex} = Last]}) when
    is_binary(Regex)
->
    {<<"e164_converters">>, {Rules}} = Converters,
    case lists:all(fun accepted/1, Classifiers) andalso distinct(Classifiers) of
        true -> {ok, {[First, {<<"e164_converters">>, {lists:map(fun rule/1, Rules)}}, Last]}};
        false -> refused
    end;
strict(number_manager, _Raised) ->
    refused;
strict(_Kind, Content) ->
    {ok, Content}.

rule({Regex, Rule}) ->
    try
        {Regex, {[{Key, Text} || Key <- [<<"prefix">>, <<"suffix">>], Text <- [affix(Key, Rule)], Text =/= <<>>]}}
    catch
        error:badarg -> {Regex, Rule}
    end.

%% Gives the key `system' an empty list of names as its value. The converter takes the key for a
%% regex like any other; only the full reading takes its value for a list of names of dial plans.
system({<<"system">>, {[]}}) -> {<<"system">>, []};
system(Rule) -> Rule.

accepted({_Name, <<>>}) ->
    numplan_kazoo_config:release() =:= '4.3';
accepted({_Name, {Members}}) ->
    [] =:= [Key || Key <- [<<"friendly_name">>, <<"pretty_print">>], lists:keyfind(Key, 1, Members) =:= {Key, null}];
accepted(_LeftToTheCompiler) ->
    true.

%% True when no two classifiers have one name. Where two have, Kazoo classifies by both, but shows
%% and prints only the last, which a compiled plan does not imitate.
distinct(Classifiers) ->
    length(lists:ukeysort(1, Classifiers)) =:= length(Classifiers).
