%% Kazoo's number manager with `re' alone, for documents of any shape: `knm_converters',
%% `knm_converter_regex', `knm_util' and what they use of `kz_json' and `kz_term', releases 4.2, 4.3
%% and 5. Written from their rules for comparison with numplan's answers.
%%
%% One rule is 4.3's in all of them: an object without `friendly_name' keeps its keys and gets its
%% name. 4.2 and 5 add the name to what they have collected so far and show that, so that the class
%% loses its regex; 4.3 mended it.
-module(kazoo_reference).
-export([answer/3, text/1, outcome/1]).

%% The result of a call, `{ok, Answer}' or `{error, Reason}', in a world: the release, the members of
%% the system's, the account's and the reseller's configuration, and those of the account's
%% document.
answer(Call, Number, World) ->
    outcome(fun() -> call(Call, Number, World) end).

outcome(Fun) ->
    try {ok, Fun()} catch error:Reason -> {error, Reason} end.

call(normalize_system, Number, World) -> normalize_system(number(Number), World);
call(normalize_account, Number, World) -> normalize_account(number(Number), World);
call({normalize_plan, Plan}, Number, World) ->
    {N, Converters} = {number(Number), fun() -> global(<<"e164_converters">>, World) end},
    rewritten(planned(N, Plan, World), Converters(), World);
call(classify, Number, World) -> class(normalize_system(number(Number), World), World);
call(is_reconcilable, Number, World) ->
    E164 = normalize_system(number(Number), World),
    matches(E164, reconcile_text(World));
call(is_reconcilable_account, Number, World) ->
    E164 = normalize_account(number(Number), World),
    matches(E164, global(<<"reconcile_regex">>, World));
call(available_classifiers, _None, World) -> {available(World)};
call(pretty_print, Number, World) ->
    Available = available(World),
    E164 = normalize_system(number(Number), World),
    case {mask(E164, Available, World), E164} of
        {undefined, <<"+1", _/binary>>} -> print(<<"SS(###) ### - ####">>, E164);
        {undefined, _} -> Number;
        {Mask, _} when is_binary(Mask) -> print(Mask, E164);
        _ -> error(function_clause)
    end;
call(classification, Number, World) ->
    E164 = normalize_system(number(Number), World),
    case class(E164, World) of
        undefined ->
            {[{<<"number">>, Number}, {<<"e164">>, E164}]};
        Name ->
            {Name, {Members}} = lists:keyfind(Name, 1, available(World)),
            Added = [{<<"e164">>, E164}, {<<"number">>, Number}, {<<"name">>, Name}],
            {lists:foldl(fun({Key, Value}, Done) -> put(Key, Value, Done) end, Members, Added)}
    end.

%% Numbers are non-empty binaries.
number(Number) when is_binary(Number), Number =/= <<>> -> Number;
number(_Number) -> error(function_clause).

%% --- normalising

normalize_system(<<$+, _/binary>> = Number, _World) -> Number;
normalize_system(Number, World) -> rewritten(Number, object(<<"e164_converters">>, World), World).

normalize_account(<<$+, _/binary>> = Number, _World) ->
    Number;
normalize_account(Number, World) ->
    Plan =
        case lists:keyfind(<<"dial_plan">>, 1, maps:get(document, World)) of
            {_, {Rules}} when is_list(Rules) -> {Rules};
            _ -> undefined
        end,
    rewritten(planned(Number, Plan, World), global(<<"e164_converters">>, World), World).

planned(Number, undefined, _World) -> Number;
planned(Number, Plan, World) -> rewritten(Number, Plan, World).

%% The keys of an array are integers, and so no regexes; other values have no keys.
rewritten(Number, [], _World) -> Number;
rewritten(_Number, [_ | _], _World) -> error(badarg);
rewritten(Number, {Rules}, World) when is_list(Rules) -> first(Number, [Regex || {Regex, _} <- Rules], Rules, World);
rewritten(_Number, _Rules, _World) -> error(function_clause).

first(Number, [], _Rules, _World) ->
    Number;
first(Number, [Regex | More], Rules, World) ->
    case re:run(Number, Regex, [{capture, all, index}]) of
        nomatch ->
            first(Number, More, Rules, World);
        {match, Spans} ->
            {Regex, Rule} = lists:keyfind(Regex, 1, Rules),
            Root = cut(Number, lists:last(Spans)),
            iolist_to_binary([affix(<<"prefix">>, Rule, World), Root, affix(<<"suffix">>, Rule, World)])
    end.

cut(Number, {Start, Length}) when Length > 0 -> binary:part(Number, Start, Length);
cut(_Number, _Empty) -> <<>>.

affix(Key, Rule, World) ->
    case value(Key, Rule, World) of
        undefined -> <<>>;
        Value -> try text(Value) catch _:_ -> <<>> end
    end.

%% --- classes

class(E164, World) ->
    {Classifiers} = object(<<"classifiers">>, World),
    class(E164, Classifiers, World).

class(_E164, [], _World) -> undefined;
class(E164, [{Name, Classifier} | More], World) ->
    case matches(E164, regex(Classifier, World)) of
        true -> Name;
        false -> class(E164, More, World)
    end.

regex(Regex, _World) when is_binary(Regex) -> Regex;
regex(Classifier, World) ->
    case value(<<"regex">>, Classifier, World) of
        undefined -> <<"^$">>;
        Regex -> Regex
    end.

matches(Number, Regex) -> re:run(Number, Regex) =/= nomatch.

%% A name that occurs twice has the position of the first entry and the value of the last.
available(World) ->
    {Classifiers} = object(<<"classifiers">>, World),
    lists:foldl(fun({Name, Value}, Done) -> put(Name, full(Name, Value, World), Done) end, [], Classifiers).

%% Only 4.3 accepts an empty regex here.
full(Name, Regex, #{release := Release}) when is_binary(Regex), Regex =/= <<>> orelse Release =:= '4.3' ->
    {[{<<"regex">>, Regex}, {<<"friendly_name">>, Name}]};
full(Name, Classifier, World) ->
    case {value(<<"friendly_name">>, Classifier, World), Classifier} of
        {undefined, {Members}} when is_list(Members) -> {Members ++ [{<<"friendly_name">>, Name}]};
        {undefined, [_ | _]} -> error(badarg);
        {undefined, _} -> {[{<<"friendly_name">>, Name}]};
        _ -> Classifier
    end.

put(Key, Value, Members) ->
    case lists:keymember(Key, 1, Members) of
        true -> lists:keyreplace(Key, 1, Members, {Key, Value});
        false -> Members ++ [{Key, Value}]
    end.

mask(_E164, [], _World) -> undefined;
mask(E164, [{_Name, Classifier} | More], World) ->
    case matches(E164, regex(Classifier, World)) of
        true -> value(<<"pretty_print">>, Classifier, World);
        false -> mask(E164, More, World)
    end.

%% `S' skips a byte of the number, `#' copies one, `*' copies the rest; after a backslash each is a
%% literal.
print(<<>>, _Number) -> <<>>;
print(<<$\\, C, Mask/binary>>, Number) when C =:= $S; C =:= $#; C =:= $* -> <<C, (print(Mask, Number))/binary>>;
print(<<C, Mask/binary>>, <<>>) when C =:= $S; C =:= $#; C =:= $* -> print(Mask, <<>>);
print(<<$S, Mask/binary>>, <<_, Rest/binary>>) -> print(Mask, Rest);
print(<<$#, Mask/binary>>, <<Digit, Rest/binary>>) -> <<Digit, (print(Mask, Rest))/binary>>;
print(<<$*, Mask/binary>>, Number) -> <<Number/binary, (print(Mask, <<>>))/binary>>;
print(<<C, Mask/binary>>, Number) -> <<C, (print(Mask, Number))/binary>>.

%% --- configuration

%% `kapps_config:get_json/3': the default replaces a value that is not an object.
object(Key, #{release := Release, system := System}) ->
    case lists:keyfind(Key, 1, System) of
        {_, {Members}} when is_list(Members) -> {Members};
        _ -> default(Key, Release)
    end.

%% `kapps_config:get_ne_binary/3': the default replaces an empty value; any other becomes text.
reconcile_text(#{release := Release, system := System}) ->
    Empty = [undefined, null, 0, 0.0, [], <<>>, {[]}, <<"0">>, <<"NULL">>, <<"undefined">>],
    Value = proplists:get_value(<<"reconcile_regex">>, System),
    case lists:member(Value, Empty) of
        true -> default(<<"reconcile_regex">>, Release);
        false -> text(Value)
    end.

%% `kapps_account_config:get_global/4': the first value that exists, unconverted; null counts as one.
global(Key, #{release := Release, account := Account, reseller := Reseller, system := System}) ->
    case [Value || Members <- [Account, Reseller, System], {Name, Value} <- Members, Name =:= Key] of
        [Value | _] -> Value;
        [] -> default(Key, Release)
    end.

default(<<"reconcile_regex">>, _Release) ->
    <<"^(\\+?1)?\\d{10}$|^\\+[2-9]\\d{7,}$|^011\\d*$|^00\\d*$">>;
default(<<"e164_converters">>, _Release) ->
    {[
        {<<"^(\\+?1)?([2-9][0-9]{2}[2-9][0-9]{6})$">>, {[{<<"prefix">>, <<"+1">>}]}},
        {<<"^011(\\d{5,})$|^00(\\d{5,})$">>, {[{<<"prefix">>, <<"+">>}]}},
        {<<"^[2-9]\\d{7,}$">>, {[{<<"prefix">>, <<"+">>}]}}
    ]};
default(<<"classifiers">>, Release) ->
    Printed = [{<<"pretty_print">>, <<"SS(###) ### - ####">>}],
    {[
        {Name, {[{<<"regex">>, Regex}] ++ Before ++ [{<<"friendly_name">>, Friendly}] ++ After}}
     || {Name, Regex, Before, Friendly, After} <- [
            {<<"tollfree_us">>, <<"^\\+1((?:800|88\\d|877|866|855|844|833|822)\\d{7})$">>, [], <<"US TollFree">>, Printed},
            {<<"toll_us">>, <<"^\\+1(900\\d{7})$">>, [], <<"US Toll">>, Printed},
            {<<"emergency">>, emergency(Release), [{<<"emergency">>, true}], <<"Emergency Dispatcher">>, []},
            {<<"caribbean">>, caribbean(), [], <<"Caribbean">>, Printed},
            {<<"did_us">>, <<"^(\\+?1)?([2-9][0-9]{2}[2-9][0-9]{6})$">>, [], <<"US DID">>, Printed},
            {<<"international">>, <<"^\\+([2-9]\\d{7,})$">>, [], <<"International">>, []},
            {<<"unknown">>, <<"^(.*)$">>, [], <<"Unknown">>, []}
        ]
    ]}.

emergency('4.3') -> <<"^(911|922|933|988|833|811|711|999)$">>;
emergency(_Release) -> <<"^(911|922|933|833|811|711|999)$">>.

caribbean() ->
    Areas =
        "684|264|268|242|246|441|284|345|767|809|829|849|473|671|876|664|670|787|939|869|758|784|721|868|649|340",
    iolist_to_binary(["^\\+?1((?:", Areas, ")\\d{7})$"]).

%% --- values

%% `kz_json:get_value': `undefined' for an array; for any other term that is not an object `badarg',
%% in 4.2 `undefined'.
value(Key, {Members}, _World) when is_list(Members) ->
    case lists:keyfind(Key, 1, Members) of
        {_, Value} -> Value;
        false -> undefined
    end;
value(_Key, List, _World) when is_list(List) -> undefined;
value(_Key, _Value, #{release := '4.2'}) -> undefined;
value(_Key, _Value, _World) -> error(badarg).

%% As `kz_term:to_binary/1' converts.
text(Value) when is_binary(Value) -> Value;
text(Value) when is_integer(Value) -> integer_to_binary(Value);
text(Value) when is_float(Value) -> iolist_to_binary(decimal(Value));
text(Value) when is_atom(Value) -> atom_to_binary(Value, utf8);
text(Value) when is_list(Value) -> iolist_to_binary(Value);
text({Members}) when is_list(Members) -> iolist_to_binary(json({Members})).

%% The shortest digits that read back as the same float, in positional notation while at most five
%% zeros fill it up.
decimal(Float) when Float == 0 -> "0.0";
decimal(Float) when Float < 0 -> [$- | decimal(-Float)];
decimal(Float) ->
    {Digits, Exponent} = shortest(Float, 0),
    positional(Digits, Exponent + 1, length(Digits)).

shortest(Float, Precision) ->
    [Mantissa, Power] = string:split(float_to_list(Float, [{scientific, Precision}]), "e"),
    Exponent = list_to_integer(Power),
    [Whole | Fraction] = [Digit || Digit <- Mantissa, Digit =/= $.],
    %% The largest floats, rounded up, are out of range.
    try list_to_float([Whole, $.] ++ Fraction ++ [$0 || Fraction =:= []] ++ "e" ++ Power) of
        Float -> {string:trim([Whole | Fraction], trailing, "0"), Exponent};
        _ -> shortest(Float, Precision + 1)
    catch
        error:badarg -> shortest(Float, Precision + 1)
    end.

positional(Digits, Point, Length) when Point >= Length, Point - Length < 6 ->
    [Digits, lists:duplicate(Point - Length, $0), ".0"];
positional(Digits, Point, Length) when Point > 0, Point < Length ->
    {Whole, Fraction} = lists:split(Point, Digits),
    [Whole, $., Fraction];
positional(Digits, Point, _Length) when Point > -6, Point =< 0 ->
    ["0.", lists:duplicate(-Point, $0), Digits];
positional([First | Rest], Point, _Length) ->
    Fraction = case Rest of [] -> "0"; _ -> Rest end,
    Sign = case Point < 0 of true -> $-; false -> $+ end,
    [First, $., Fraction, $e, Sign, integer_to_list(abs(Point - 1))].

%% Encodes only such objects as the tests make.
json({Members}) -> [${, lists:join($,, [[json(Key), $:, json(Value)] || {Key, Value} <- Members]), $}];
json(List) when is_list(List) -> [$[, lists:join($,, [json(Value) || Value <- List]), $]];
json(Text) when is_binary(Text) -> [$", Text, $"];
json(Value) -> text(Value).
