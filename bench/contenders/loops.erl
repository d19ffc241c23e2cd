%% A loop over numbers for each thing that is measured, so that nothing but the call itself and the
%% list's walk is in it.
-module(loops).

-export([empty/1, echo/1, floor/1, classify/1, classify_with/2, normalize/1, normalize_with/2, root_by_re/2, kazoo/1,
         compiled/1, joined/1, by_hand/1, kazoo_classify/1, kazoo_normalize/1, kazoo_normalize/2,
         kazoo_is_reconcilable/2]).
-export([region/1, number_type/1, is_valid/1, lookup/1, locality/1, parse_and_format/1]).

empty([Number | Numbers]) -> same(Number), empty(Numbers);
empty([]) -> ok.

-compile({no_inline, [same/1]}).
same(Number) -> Number.

echo([Number | Numbers]) -> numplan_floor:echo(Number), echo(Numbers);
echo([]) -> ok.

floor([Number | Numbers]) -> numplan_floor:floor(Number), floor(Numbers);
floor([]) -> ok.

classify([Number | Numbers]) -> numplan:classify(Number), classify(Numbers);
classify([]) -> ok.

classify_with([Number | Numbers], Plan) -> numplan:classify(Number, Plan), classify_with(Numbers, Plan);
classify_with([], _Plan) -> ok.

normalize([Number | Numbers]) -> numplan:normalize(Number), normalize(Numbers);
normalize([]) -> ok.

normalize_with([Number | Numbers], Plan) -> numplan:normalize(Number, Plan), normalize_with(Numbers, Plan);
normalize_with([], _Plan) -> ok.

root_by_re([Number | Numbers], Regex) -> root(Number, Regex), root_by_re(Numbers, Regex);
root_by_re([], _Regex) -> ok.

root(Number, Regex) ->
    case re:run(Number, Regex, [{capture, all, binary}]) of
        {match, Captures} -> <<"+", (lists:last(Captures))/binary>>;
        nomatch -> Number
    end.

kazoo([Number | Numbers]) -> kazoo_way:classify(Number), kazoo(Numbers);
kazoo([]) -> ok.

compiled([Number | Numbers]) -> compiled_in_order:classify(Number), compiled(Numbers);
compiled([]) -> ok.

joined([Number | Numbers]) -> joined:classify(Number), joined(Numbers);
joined([]) -> ok.

by_hand([Number | Numbers]) -> by_hand:classify(Number), by_hand(Numbers);
by_hand([]) -> ok.

kazoo_classify([Number | Numbers]) -> numplan_classifiers:classify(Number), kazoo_classify(Numbers);
kazoo_classify([]) -> ok.

kazoo_normalize([Number | Numbers]) -> knm_converter_numplan:normalize(Number), kazoo_normalize(Numbers);
kazoo_normalize([]) -> ok.

kazoo_normalize([Number | Numbers], Account) ->
    knm_converter_numplan:normalize(Number, Account), kazoo_normalize(Numbers, Account);
kazoo_normalize([], _Account) -> ok.

kazoo_is_reconcilable([Number | Numbers], Account) ->
    numplan_classifiers:is_reconcilable(Number, Account), kazoo_is_reconcilable(Numbers, Account);
kazoo_is_reconcilable([], _Account) -> ok.

region([Number | Numbers]) -> numplan:region(Number), region(Numbers);
region([]) -> ok.

number_type([Number | Numbers]) -> numplan:number_type(Number), number_type(Numbers);
number_type([]) -> ok.

is_valid([Number | Numbers]) -> numplan:is_valid(Number), is_valid(Numbers);
is_valid([]) -> ok.

lookup([Number | Numbers]) -> numplan:lookup(Number), lookup(Numbers);
lookup([]) -> ok.

locality([Number | Numbers]) -> numplan:locality(Number), locality(Numbers);
locality([]) -> ok.

%% Numbers as they are written in a region, each with it.
parse_and_format([{Text, Region} | Texts]) ->
    {ok, Parsed} = numplan:parse(Text, Region),
    numplan:format(Parsed, national),
    parse_and_format(Texts);
parse_and_format([]) -> ok.
