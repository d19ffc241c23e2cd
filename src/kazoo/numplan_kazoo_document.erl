%% @doc JSON as Kazoo's number manager reads it, whatever it holds: `kz_json:get_value/3' and `kz_json:get_binary_value/3', releases 4.2, 4.3
%% and 5.
%%
%% Kazoo looks at a value when it comes to it, and takes far more than its schema allows: a prefix of null is the text `null', an array is
%% a rule without prefix and suffix. A plan is compiled from what {@link strict/2} makes of such a document; what Kazoo would crash on is
%% refused there, and left to {@link numplan_uncompiled}.
-module(numplan_kazoo_document).

-export([member/3, affix/2, strict/2]).

%% @doc The first value under `Key'; `Default' where there is none. Of an array `Default', since `Key' is no number. Of anything else that is
%% no object: raises `badarg', and gives `Default' in 4.2 (`kz_json:get_value/3').
-spec member(Key :: binary(), Json :: term(), Default :: term()) -> term().
member(Key, {Members}, Default) when is_list(Members) ->
    case lists:keyfind(Key, 1, Members) of
        {_, Value} -> Value;
        false -> Default
    end;
member(_Key, List, Default) when is_list(List) ->
    Default;
member(_Key, NoObject, Default) ->
    case numplan_kazoo:release() of
        '4.2' -> Default;
        _ -> erlang:error(badarg, [NoObject])
    end.

%% @doc The prefix or suffix of a rule as text, which is empty where it has none or one that has no text (`kz_json:get_binary_value/3').
%% Raises `badarg' as {@link member/3}.
-spec affix(Key :: binary(), Rule :: term()) -> binary().
affix(Key, Rule) ->
    try
        text(member(Key, Rule, <<>>))
    catch
        throw:no_text -> <<>>
    end.

%% `kz_term:to_binary/1': an array is iodata, an object JSON text.
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

%% `kz_mochinum:digits/1': the shortest digits that read back as the same float; positional while at most five zeros are added before the
%% point, or behind it.
float_text(Float) when Float == 0 ->
    <<"0.0">>;
float_text(Float) when Float < 0 ->
    <<"-", (float_text(-Float))/binary>>;
float_text(Float) ->
    {Digits, Point} = digits(Float),
    iolist_to_binary(laid_out(Digits, Point, length(Digits))).

%% Digits without zeros around them, and how many of them stand before the point.
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
    [Digit, $., zero_for_none(Fraction), $e, [$+ || Point > 0], integer_to_list(Point - 1)].

zero_for_none([]) -> "0";
zero_for_none(Fraction) -> Fraction.

%% @doc The document that Kazoo takes `Content' for, as {@link numplan_plan:new/1} compiles it; `refused' where that would overlook
%% what Kazoo crashes on, or shows otherwise. What {@link numplan_plan:new/1} refuses itself is left as it is. Only the converter's reading of a
%% dial plan is kept: the first match decides.
-spec strict(numplan_rules:kind(), Content :: term()) -> {ok, term()} | refused.
strict(_Kind, null) ->
    refused;
strict(dial_plan, {Rules}) when is_list(Rules) ->
    {ok, {[system(rule(Rule)) || Rule <- Rules]}};
strict(converters, {Rules}) when is_list(Rules) ->
    {ok, {[rule(Rule) || Rule <- Rules]}};
strict(number_manager, {[{<<"classifiers">>, {Classifiers}}, Converters, {<<"reconcile_regex">>, Regex}]}) when is_binary(Regex) ->
    {<<"e164_converters">>, {Rules}} = Converters,
    case lists:all(fun accepted/1, Classifiers) andalso distinct(Classifiers) of
        true ->
            {ok, {[
                {<<"classifiers">>, {Classifiers}},
                {<<"e164_converters">>, {[rule(Rule) || Rule <- Rules]}},
                {<<"reconcile_regex">>, Regex}
            ]}};
        false ->
            refused
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

%% To the converter `system' is a regex like others; elsewhere in a dial plan it lists the names of plans.
system({<<"system">>, {[]}}) -> {<<"system">>, []};
system(Rule) -> Rule.

accepted({_Name, <<>>}) ->
    numplan_kazoo:release() =:= '4.3';
accepted({_Name, {Members}}) ->
    not lists:any(fun(Key) -> lists:keyfind(Key, 1, Members) =:= {Key, null} end, [<<"friendly_name">>, <<"pretty_print">>]);
accepted(_LeftToTheCompiler) ->
    true.

%% Of a name that stands twice Kazoo shows and prints the last, and classifies by both.
distinct(Classifiers) ->
    length(lists:ukeysort(1, Classifiers)) =:= length(Classifiers).
