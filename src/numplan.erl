%% @doc Normalises dialled numbers to E.164 and classifies them by an operator's ordered regexes.
%%
%% Answers equal those of Kazoo's `knm_converters' for the same configuration, byte for byte. The
%% rules are compiled to automata, which a native library runs.
%%
%% A compiled configuration is a plan. A node has one active plan, which `configure/1' sets.
%% Functions of two arguments take another plan, or `undefined' for the active one, or a list of
%% options: `{plan, Plan}', and `clean' (or `{clean, true}'), which applies {@link clean/1} to each
%% number first. Functions of a number take a list of numbers too, and return a list of answers. An
%% argument of a wrong type raises `badarg'; the exception says which argument is wrong, and why.
%%
%% A number may have any length and any bytes. If it is so long that the call may take over a
%% millisecond, the call moves to a dirty scheduler.
%%
%% This module and those that it calls need no Elixir.
-module(numplan).

-export([configure/1, plan/1, info/0, info/1]).
-export([normalize/1, normalize/2, normalize/3, is_normalized/1, apply_dial_plan/3]).
-export([classify/1, classify/2, classification/1, classification/2, available_classifiers/0, available_classifiers/1]).
-export([classify_lines/1, classify_lines/2, normalize_lines/1, normalize_lines/2]).
-export([normalize_and_classify_lines/1, normalize_and_classify_lines/2]).
-export([is_reconcilable/1, is_reconcilable/2, are_reconcilable/1]).
-export([pretty_print/1, pretty_print/2]).
-export([explain/1, explain/2, check/1, check/2, diff/2, diff/3]).
-export([clean/1]).
-export([to_npan/1, to_1npan/1, to_strip_plus/1, is_npan/1, is_1npan/1, is_strip_plus/1, to_db/1]).
-export([locality/1, locality/2, lookup/1, lookup/2, lookup_lines/1, lookup_lines/2]).
-export([region/1, number_type/1, is_valid/1, is_valid/2, parse/2, format/2, short_number/2]).
-export([number_match/2, example_number/1, example_number/2, number_types/1, regions/0, regions/1, calling_codes/0, calling_code/1]).
-export([json_encode/1, json_decode/1, json_decode/2]).

-export_type([phone_number/0, plan/0, options/0, classified_lines/0, problem/0, reason/0, reading/0, object/0, info/0, lookup/0]).
-export_type([region/0, parsed/0, parse_error/0, form/0, short_number/0, number_match/0, lookup_lines/0]).
-export_type([explanation/0, tried/0, rewriting/0, layout/0]).
-export_type([check_options/0, report/0, finding/0, witness/0, cut/0, diff/0, change/0]).

-include("numplan_plan.hrl").

-type phone_number() :: binary().
%% A number as dialled or in E.164: any bytes.

-type plan() :: numplan_plan:plan() | numplan_plan:struct().
%% A compiled configuration, or the Elixir half's struct of one. Opaque. It may be stored, sent to
%% other processes of the node, and used after a hot upgrade.

-type options() :: [{plan, plan()} | clean | {clean, boolean()}].
%% The plan (default: the active one), and whether {@link clean/1} is applied to numbers first
%% (default: false).

-type object() :: {[{Key :: binary(), Value :: term()}]}.
%% Decoded JSON in document order.

-type reading() :: first_match | full.
%% How a dial plan is applied. `first_match': as Kazoo's converter does, the first entry that
%% matches decides (docs/kazoo-semantics.md 3.3). `full': as Kazoo does for outbound calls, each
%% entry is applied to the result of the previous ones, with `regex', nested `dialplan' and `system'
%% (3.4).

%% Aliases of the types of the modules that make such terms.
-type reason() :: numplan_source:reason().
-type problem() :: numplan_source:problem().
-type info() :: numplan_plan:info().
-type lookup() :: numplan_locality:lookup().
-type region() :: numplan_world:region().
-type parsed() :: numplan_world:parsed().
-type parse_error() :: numplan_world:parse_error().
-type form() :: numplan_world:form().
-type short_number() :: numplan_world:short_number().
-type number_match() :: numplan_world:number_match().
-type lookup_lines() :: numplan_world:lookup_lines().
-type tried() :: numplan_explain:tried().
-type rewriting() :: numplan_explain:rewriting().
-type layout() :: numplan_explain:layout().
-type explanation() :: numplan_explain:explanation().
-type witness() :: numplan_check:witness().
-type check_options() :: numplan_otp:options().
-type finding() :: numplan_check:finding().
-type cut() :: numplan_check:cut().
-type report() :: numplan_check:report().
-type change() :: numplan_check:change().
-type diff() :: numplan_check:diff().
-type classified_lines() :: numplan_lines:classified().

%% @doc Compiles the configuration `Source' and makes it the node's active plan. Returns `ok', or
%% all problems of the configuration, and then changes nothing.
%%
%% A source is JSON text, decoded JSON as `{[{Key, Value}]}' or lists of pairs, `{file, Path}' or
%% `{preset, Name}' with `kazoo-3.18', `kazoo-3.20', `kazoo-4.1', `kazoo-4.2' or `kazoo-4.3'. Its
%% shape is Kazoo's `number_manager' document, a bare `classifiers' object, or an API reply with one
%% under `data'; missing keys come from `kazoo-3.20'. A map is refused, since its keys have no
%% order. Doubled backslashes in regexes are logged as a warning. Cost: milliseconds, on a dirty
%% scheduler. Calls in progress finish with the previous plan.
%%
%% ```
%% ok = numplan:configure({preset, 'kazoo-4.2'}),
%% {error, [{<<"reconcile_regex">>, {invalid_regex, <<"nothing to repeat">>}, 1, _Hint}]} =
%%     numplan:configure(<<"{\"reconcile_regex\": \"^+33\"}">>).
%% '''
-spec configure(numplan_source:source()) -> ok | {error, [problem()]}.
configure(Source) ->
    case numplan_call:with_sources(?FUNCTION_NAME, [{configuration, Source}], fun() -> numplan_plan:new(Source) end) of
        {ok, Plan} ->
            log_warnings(Plan),
            numplan_plan:activate(Plan);
        {error, Problems} ->
            {error, Problems}
    end.

log_warnings(Plan) ->
    #{warnings := Warnings} = info(Plan),
    Log = fun({Path, Reason, _Offset, Hint}) -> logger:warning("numplan: ~ts: ~tp: ~ts", [Path, Reason, Hint]) end,
    lists:foreach(Log, Warnings).

%% @doc The plan compiled from `Source' (see {@link configure/1}), to be passed to other functions;
%% or all problems of the source.
%%
%% ```
%% {ok, Plan} = numplan:plan({preset, 'kazoo-4.2'}),
%% <<"international">> = numplan:classify(<<"01144123456789">>, Plan).
%% '''
-spec plan(numplan_source:source()) -> {ok, numplan_plan:plan()} | {error, [problem()]}.
plan(Source) ->
    numplan_call:with_sources(?FUNCTION_NAME, [{configuration, Source}], fun() -> numplan_plan:new(Source) end).

%% @doc A description of the active plan. See {@link info/1}.
-spec info() -> info().
info() ->
    info(undefined).

%% @doc A description of `Plan': the build that runs it, its classes in order, each rule and where
%% it runs (`native', or `re' and why), its size in states and bytes, and warnings. A rule that is
%% a list has the number of its `prefixes', one by the world's plan its regions and types as
%% `world'; `numplan_only' names the classes that nodes of Kazoo do not know. Cost: linear in the
%% number of rules.
%%
%% ```
%% #{native := 11, re := 0} = numplan:info(element(2, numplan:plan({preset, 'kazoo-3.20'}))).
%% '''
-spec info(plan() | undefined) -> info().
info(Plan) ->
    numplan_call:call(?FUNCTION_NAME, [{held_plan, Plan}], fun numplan_plan:info/1).

%% @doc The number in E.164 by the active plan; unchanged where no converter matches or it starts
%% with `+'. An empty number is no exception (docs/kazoo-semantics.md 3.2).
%%
%% ```
%% <<"+14158867900">> = numplan:normalize(<<"4158867900">>),
%% [<<"+14158867900">>, <<"911">>] = numplan:normalize([<<"14158867900">>, <<"911">>]).
%% '''
-spec normalize(phone_number()) -> phone_number(); ([phone_number()]) -> [phone_number()].
%% Native code looks for the plus: matching it here would leave a match context behind, whose
%% collection costs more than the call of native code.
normalize(Number) when is_binary(Number) ->
    case numplan_nif:normalize(Number) of
        inactive -> normalize(Number, numplan_plan:active());
        E164 -> E164
    end;
normalize(Numbers) ->
    numplan_call:by_active(?FUNCTION_NAME, {number, Numbers}, fun numplan_each:normalize/2).

%% @doc The number in E.164 by `Plan'. If the configuration has a `dial_plan', the first entry that
%% matches is applied before the converters. A number that starts with `+' is unchanged in any case
%% (docs/kazoo-semantics.md 3.3).
%%
%% ```
%% {ok, Plan} = numplan:plan(<<"{\"dial_plan\": {\"^(\\\\d{7})$\": {\"prefix\": \"+1415\"}}}">>),
%% <<"+14158867900">> = numplan:normalize(<<"8867900">>, Plan).
%% '''
-spec normalize
    (phone_number(), plan() | undefined | options()) -> phone_number();
    ([phone_number()], plan() | undefined | options()) -> [phone_number()].
normalize(Number, #numplan_plan{ref = Ref, foreign = none} = Plan) when is_binary(Number) ->
    case numplan_nif:normalize(Ref, Number) of
        stale -> normalize(Number, numplan_plan:renew(Plan));
        E164 -> E164
    end;
normalize(Number, #numplan_plan{} = Plan) when is_binary(Number) ->
    numplan_re:normalize(Number, Plan);
normalize(Numbers, Asked) ->
    numplan_call:call(?FUNCTION_NAME, [{number, Numbers}, {plan, Asked}], fun numplan_each:normalize/2).

%% @doc The number after the dial plan of another plan, and then the converters of `Plan', even
%% where it starts with `+' (docs/kazoo-semantics.md 3.3).
%%
%% `DialPlan' is a plan whose configuration has a `dial_plan', applied by first match; `{full,
%% DialPlan}' and `{first_match, DialPlan}' name the {@type reading()}.
%%
%% ```
%% {ok, Local} = numplan:plan(<<"{\"dial_plan\": {\"^(\\\\d{7})$\": {\"prefix\": \"+1415\"}}}">>),
%% <<"+14158867900">> = numplan:normalize(<<"8867900">>, undefined, {full, Local}).
%% '''
-spec normalize
    (phone_number(), plan() | undefined, plan() | {reading(), plan()}) -> phone_number();
    ([phone_number()], plan() | undefined, plan() | {reading(), plan()}) -> [phone_number()].
normalize(Numbers, Plan, DialPlan) ->
    Arguments = [{number, Numbers}, {held_plan, Plan}, {dial_plan, DialPlan}],
    numplan_call:call(?FUNCTION_NAME, Arguments, fun numplan_each:normalize/3).

%% @doc True when normalising leaves the number unchanged.
-spec is_normalized(phone_number()) -> boolean(); ([phone_number()]) -> [boolean()].
is_normalized(Numbers) ->
    numplan_call:each(?FUNCTION_NAME, fun(Number) -> normalize(Number) =:= Number end, Numbers).

%% @doc The number after the dial plan of `Plan', in the given {@type reading()}; unchanged where no
%% entry matches or the plan has no dial plan. No converter is applied (docs/kazoo-semantics.md 3.3,
%% 3.4).
%%
%% ```
%% {ok, Plan} = numplan:plan(<<"{\"dial_plan\": {\"^9(\\\\d+)$\": {}, \"^(\\\\d{7})$\": {\"prefix\": \"+1415\"}}}">>),
%% <<"8867900">> = numplan:apply_dial_plan(<<"98867900">>, Plan, first_match),
%% <<"+14158867900">> = numplan:apply_dial_plan(<<"98867900">>, Plan, full).
%% '''
-spec apply_dial_plan
    (phone_number(), plan() | undefined, reading()) -> phone_number();
    ([phone_number()], plan() | undefined, reading()) -> [phone_number()].
apply_dial_plan(Numbers, Plan, Reading) ->
    Arguments = [{number, Numbers}, {held_plan, Plan}, {reading, Reading}],
    numplan_call:call(?FUNCTION_NAME, Arguments, fun numplan_each:apply_dial_plan/3).

%% @doc The name of the number's class by the active plan; `undefined' where no classifier matches.
%% The number is normalised first (docs/kazoo-semantics.md 3.5). Cost: well under a microsecond,
%% whatever the number of rules.
%%
%% ```
%% <<"did_us">> = numplan:classify(<<"4158867900">>).
%% '''
-spec classify(phone_number()) -> binary() | undefined; ([phone_number()]) -> [binary() | undefined].
classify(Number) when is_binary(Number) ->
    case numplan_nif:classify(Number) of
        inactive -> classify(Number, numplan_plan:active());
        Class -> Class
    end;
classify(Numbers) ->
    numplan_call:by_active(?FUNCTION_NAME, {number, Numbers}, fun numplan_each:classify/2).

%% @doc The name of the number's class by `Plan'; `undefined' where no classifier matches.
-spec classify
    (phone_number(), plan() | undefined | options()) -> binary() | undefined;
    ([phone_number()], plan() | undefined | options()) -> [binary() | undefined].
classify(Number, #numplan_plan{ref = Ref, names = Names, foreign = none} = Plan) when is_binary(Number) ->
    case numplan_nif:classify(Ref, Number) of
        Place when is_integer(Place) -> element(Place, Names);
        undefined -> undefined;
        stale -> classify(Number, numplan_plan:renew(Plan))
    end;
classify(Number, #numplan_plan{names = Names} = Plan) when is_binary(Number) ->
    case numplan_re:classify(Number, Plan) of
        undefined -> undefined;
        Place -> element(Place, Names)
    end;
classify(Numbers, Asked) ->
    numplan_call:call(?FUNCTION_NAME, [{number, Numbers}, {plan, Asked}], fun numplan_each:classify/2).

%% @doc The classes of the numbers in `Text' by the active plan. See {@link classify_lines/2}.
-spec classify_lines(binary()) -> classified_lines().
classify_lines(Text) ->
    numplan_call:by_active(?FUNCTION_NAME, {text, Text}, fun numplan_lines:classify/2).

%% @doc The classes of the numbers in `Text', one in each line, in a compact form. Numbers are
%% normalised first.
%%
%% A line ends at a newline or at the text's end; a carriage return before the newline is not part
%% of it. Cost: some ten nanoseconds a number, on a dirty scheduler for a long text, and more for
%% rules that only OTP's `re' can run.
%%
%% ```
%% #{names := Names, bits := Bits, places := Places} = numplan:classify_lines(<<"4158867900\n911\n">>),
%% [<<"did_us">>, <<"emergency">>] = [element(Place, Names) || <<Place:Bits>> <= Places].
%% '''
-spec classify_lines(binary(), plan() | undefined | options()) -> classified_lines().
classify_lines(Text, Asked) ->
    numplan_call:call(?FUNCTION_NAME, [{text, Text}, {plan, Asked}], fun numplan_lines:classify/2).

%% @doc The numbers in `Text' in E.164 by the active plan. See {@link normalize_lines/2}.
-spec normalize_lines(binary()) -> binary().
normalize_lines(Text) ->
    numplan_call:by_active(?FUNCTION_NAME, {text, Text}, fun numplan_lines:normalize/2).

%% @doc The numbers in `Text', one in each line, in E.164, each followed by a newline. Lines are as
%% in {@link classify_lines/2}.
%%
%% ```
%% <<"+14158867900\n911\n">> = numplan:normalize_lines(<<"4158867900\r\n911">>).
%% '''
-spec normalize_lines(binary(), plan() | undefined | options()) -> binary().
normalize_lines(Text, Asked) ->
    numplan_call:call(?FUNCTION_NAME, [{text, Text}, {plan, Asked}], fun numplan_lines:normalize/2).

%% @doc Numbers in E.164 and classes by the active plan. See {@link normalize_and_classify_lines/2}.
-spec normalize_and_classify_lines(binary()) -> {binary(), classified_lines()}.
normalize_and_classify_lines(Text) ->
    numplan_call:by_active(?FUNCTION_NAME, {text, Text}, fun numplan_lines:normalize_and_classify/2).

%% @doc The results of {@link normalize_lines/2} and {@link classify_lines/2} by the same plan.
-spec normalize_and_classify_lines(binary(), plan() | undefined | options()) -> {binary(), classified_lines()}.
normalize_and_classify_lines(Text, Asked) ->
    numplan_call:call(?FUNCTION_NAME, [{text, Text}, {plan, Asked}], fun numplan_lines:normalize_and_classify/2).

%% @doc The API's document on a number by the active plan. See {@link classification/2}.
-spec classification(phone_number()) -> object(); ([phone_number()]) -> [object()].
classification(Numbers) ->
    numplan_call:by_active(?FUNCTION_NAME, {number, Numbers}, fun numplan_each:classification/2).

%% @doc The API's document on a number: the keys of its classifier in their order, then `e164',
%% `number' and `name'; where no classifier matches, `number' and `e164' alone (Kazoo's
%% `cb_phone_numbers:classify_number/2', 4.3 and 5).
%%
%% ```
%% {[{<<"regex">>, _}, {<<"friendly_name">>, <<"US DID">>}, {<<"pretty_print">>, _},
%%   {<<"e164">>, <<"+14158551292">>}, {<<"number">>, <<"4158551292">>}, {<<"name">>, <<"did_us">>}]} =
%%     numplan:classification(<<"4158551292">>).
%% '''
-spec classification
    (phone_number(), plan() | undefined | options()) -> object();
    ([phone_number()], plan() | undefined | options()) -> [object()].
classification(Numbers, Asked) ->
    numplan_call:call(?FUNCTION_NAME, [{number, Numbers}, {plan, Asked}], fun numplan_each:classification/2).

%% @doc The classifiers of the active plan, in order. See {@link available_classifiers/1}.
-spec available_classifiers() -> object().
available_classifiers() ->
    available_classifiers(undefined).

%% @doc The classifiers of `Plan', in order, with all their keys. Where `friendly_name' is missing,
%% or the classifier is a plain regex, its name is filled in (docs/kazoo-semantics.md 2.2, 3.6).
-spec available_classifiers(plan() | undefined) -> object().
available_classifiers(Plan) ->
    numplan_call:call(?FUNCTION_NAME, [{held_plan, Plan}], fun numplan_plan:available_classifiers/1).

%% @doc True when the active plan's reconcile regex matches the normalised number
%% (docs/kazoo-semantics.md 3.10).
-spec is_reconcilable(phone_number()) -> boolean(); ([phone_number()]) -> [boolean()].
is_reconcilable(Numbers) ->
    numplan_call:by_active(?FUNCTION_NAME, {number, Numbers}, fun numplan_each:is_reconcilable/2).

%% @doc True when the reconcile regex of `Plan' matches the normalised number.
-spec is_reconcilable
    (phone_number(), plan() | undefined | options()) -> boolean();
    ([phone_number()], plan() | undefined | options()) -> [boolean()].
is_reconcilable(Number, #numplan_plan{} = Plan) when is_binary(Number) ->
    numplan_re:is_reconcilable(Number, Plan);
is_reconcilable(Numbers, Asked) ->
    numplan_call:call(?FUNCTION_NAME, [{number, Numbers}, {plan, Asked}], fun numplan_each:is_reconcilable/2).

%% @doc The numbers that are reconcilable by the active plan, and the others, each in order.
%%
%% ```
%% {[<<"4158867900">>], [<<"911">>]} = numplan:are_reconcilable([<<"4158867900">>, <<"911">>]).
%% '''
-spec are_reconcilable([phone_number()]) -> {Yes :: [phone_number()], No :: [phone_number()]}.
are_reconcilable(Numbers) ->
    Answers = numplan_call:by_active(?FUNCTION_NAME, {numbers, Numbers}, fun numplan_each:reconciled/2),
    {[Number || {true, Number} <- Answers], [Number || {false, Number} <- Answers]}.

%% @doc The number formatted by the mask of its class in the active plan. See {@link
%% pretty_print/2}.
-spec pretty_print(phone_number() | undefined) -> binary(); ([phone_number()]) -> [binary()].
pretty_print(undefined) -> <<"unknown">>;
pretty_print(Numbers) -> numplan_call:by_active(?FUNCTION_NAME, {number, Numbers}, fun numplan_each:pretty_print/2).

%% @doc The number formatted by its classifier's `pretty_print' in `Plan'; by `SS(###) ### - ####'
%% where that is missing and the number starts with `+1'; else unchanged (docs/kazoo-semantics.md
%% 3.8).
%%
%% If both arguments are binaries, they are a mask and a number, as in Kazoo's `pretty_print(Format,
%% Number)': the number, normalised by the active plan, is formatted by that mask.
%%
%% ```
%% <<"(415) 886 - 7900">> = numplan:pretty_print(<<"4158867900">>, undefined),
%% <<"(415) 886 - 7900">> = numplan:pretty_print(<<"SS(###) ### - *">>, <<"4158867900">>).
%% '''
-spec pretty_print
    (phone_number(), plan() | undefined | options()) -> binary();
    ([phone_number()], plan() | undefined | options()) -> [binary()];
    (Mask :: binary(), phone_number()) -> binary().
pretty_print(Mask, Number) when is_binary(Mask), is_binary(Number) ->
    numplan_nif:format(Mask, normalize(Number));
pretty_print(Number, #numplan_plan{} = Plan) when is_binary(Number) ->
    numplan_re:pretty_print(Number, Plan);
pretty_print(Numbers, Asked) ->
    numplan_call:call(?FUNCTION_NAME, [{number, Numbers}, {plan, Asked}], fun numplan_each:pretty_print/2).

%% @doc The active plan's decision on a number, rule by rule. See {@link explain/2}.
-spec explain(phone_number()) -> explanation(); ([phone_number()]) -> [explanation()].
explain(Numbers) ->
    numplan_call:by_active(?FUNCTION_NAME, {number, Numbers}, fun numplan_each:explain/2).

%% @doc The decision of `Plan' on a number: every rule that is tried, in order, and its effect, as
%% data and in words. The results equal those of the other functions.
%%
%% A dial plan is applied as in {@link normalize/2}. Cost: some ten microseconds a rule, on a dirty
%% scheduler, since each rule is compiled by itself. Rules that only OTP's `re' can run are run in
%% the calling process.
%%
%% ```
%% #{class := <<"did_us">>, converters := #{change := #{prefix := <<"+1">>, root := <<"4158867900">>}}, text := Text} =
%%     numplan:explain(<<"4158867900">>),
%% [<<"4158867900">>, <<"It does not start with +", _/binary>> | _] = binary:split(Text, <<"\n">>, [global]).
%% '''
-spec explain
    (phone_number(), plan() | undefined | options()) -> explanation();
    ([phone_number()], plan() | undefined | options()) -> [explanation()].
explain(Numbers, Asked) ->
    numplan_call:call(?FUNCTION_NAME, [{number, Numbers}, {plan, Asked}], fun numplan_each:explain/2).

%% @doc A report on faults of a configuration: rules that can never match and why, rules that
%% compete for a number, numbers without a class, and more, each with a number as a witness.
%% Findings are proved for all numbers, not sampled.
%%
%% The problems of a configuration that {@link plan/1} would refuse are among the findings; a source
%% in which nothing can be read returns them as an error. A plan may be given instead of a source.
%% Cost, on a dirty scheduler: some ten milliseconds for usual configurations, about a second for
%% 1,000 rules. Time and memory are bounded, and the report lists proofs that reached a bound;
%% thousands of rules made to be hard may take half a minute, nearly all of it to compile them.
%%
%% ```
%% {ok, #{findings := Findings, cut := []}} = numplan:check({preset, 'kazoo-3.20'}),
%% [<<"classifiers.international.regex">>] = [Path || #{kind := never_matches, path := Path} <- Findings].
%% '''
-spec check(numplan_source:source() | plan()) -> {ok, report()} | {error, [problem()]}.
check(Source) ->
    numplan_call:with_sources(?FUNCTION_NAME, [{source, Source}], fun() -> numplan_check:check(Source, []) end).

%% @doc The report of {@link check/1}, and with `{otp, Release}' also the rules that the `re' of
%% this release of Erlang/OTP, from 24 on, would refuse, accept or answer otherwise than this
%% node's, and those of which that is not proved.
%%
%% Releases up to 27 have PCRE 8, those from 28 on PCRE2. Nothing is added if the node has the same.
%%
%% ```
%% Plan = <<"{\"classifiers\": {\"any\": \"^(\\\\d)\\\\1+$\"}}">>,
%% {ok, #{otp := #{node := Node}}} = numplan:check(Plan, [{otp, 28}]),
%% {ok, #{findings := Findings}} = numplan:check(Plan, [{otp, if Node =:= pcre -> 28; true -> 27 end}]),
%% true = lists:member(otp_unproven, [Kind || #{kind := Kind} <- Findings]).
%% '''
-spec check(numplan_source:source() | plan(), check_options()) -> {ok, report()} | {error, [problem()]}.
check(Source, Options) ->
    Check = fun() -> numplan_check:check(Source, Options) end,
    numplan_call:with_sources(?FUNCTION_NAME, [{source, Source}, {check_options, Options}], Check).

%% @doc The changes of answers when configuration `New' replaces `Old', proved for all numbers, each
%% with a witness. Sources and cost are as for {@link check/1}. If one of the two is refused, its
%% problems are returned.
%%
%% ```
%% {ok, #{moves := Moves}} = numplan:diff({preset, 'kazoo-4.2'}, {preset, 'kazoo-4.3'}),
%% [<<"988">>] = [Number || #{old := #{number := Number, class := <<"unknown">>}, new := #{class := <<"emergency">>}} <- Moves].
%% '''
-spec diff(Old, New) -> {ok, diff()} | {error, {old | new, [problem()]}} when
    Old :: numplan_source:source() | plan(), New :: numplan_source:source() | plan().
diff(Old, New) ->
    numplan_call:with_sources(?FUNCTION_NAME, [{source, Old}, {source, New}], fun() -> numplan_check:diff(Old, New, []) end).

%% @doc The changes of answers as of {@link diff/2}, with `{otp, Release}' those when `New' also
%% comes to a node of this release of Erlang/OTP, from 24 on. Give one configuration twice to see
%% what the release alone changes. Numbers for which only the `re' of another release has the answer
%% are left out, and `missing' says `unread'.
%%
%% ```
%% {ok, #{moves := [], missing := []}} = numplan:diff({preset, 'kazoo-4.3'}, {preset, 'kazoo-4.3'}, [{otp, 28}]).
%% '''
-spec diff(Old, New, check_options()) -> {ok, diff()} | {error, {old | new, [problem()]}} when
    Old :: numplan_source:source() | plan(), New :: numplan_source:source() | plan().
diff(Old, New, Options) ->
    Arguments = [{source, Old}, {source, New}, {check_options, Options}],
    numplan_call:with_sources(?FUNCTION_NAME, Arguments, fun() -> numplan_check:diff(Old, New, Options) end).

%% @doc The number without visual formatting. Removes separators (white space, dashes, brackets,
%% dots, slashes, of any width), invisible marks, and the `tel:' scheme with its parameters (RFC
%% 3966); replaces digits of other scripts and full-width `+', `*' and `#' by ASCII. Letters and all
%% other bytes stay; text that is not UTF-8 is unchanged.
%%
%% Kazoo never does this: to it, a number with a space is another number. So only this function and
%% the option `clean' do. Digits are never dropped: `+44 (0)20' becomes `+44020'. Cost: some tens of
%% nanoseconds.
%%
%% ```
%% <<"4158867900">> = numplan:clean(<<"(415) 886-7900">>),
%% <<"+14158867900">> = numplan:clean(<<"tel:+1-415-886-7900;ext=5">>),
%% <<"did_us">> = numplan:classify(<<"(415) 886-7900">>, [clean]).
%% '''
-spec clean(phone_number()) -> phone_number(); ([phone_number()]) -> [phone_number()].
clean(Number) when is_binary(Number) -> numplan_nif:clean(Number);
clean(Numbers) -> numplan_call:each(?FUNCTION_NAME, fun numplan_nif:clean/1, Numbers).

%% @doc The ten national digits of a North American number; any other number unchanged. Uses no
%% plan: Kazoo 4.2 and later have one fixed pattern (docs/kazoo-semantics.md 3.10).
-spec to_npan(phone_number()) -> phone_number(); ([phone_number()]) -> [phone_number()].
to_npan(Numbers) ->
    numplan_call:each(?FUNCTION_NAME, fun numplan_nif:to_npan/1, Numbers).

%% @doc `1' and the ten national digits of a North American number; any other number unchanged.
-spec to_1npan(phone_number()) -> phone_number(); ([phone_number()]) -> [phone_number()].
to_1npan(Numbers) ->
    numplan_call:each(?FUNCTION_NAME, fun numplan_nif:to_1npan/1, Numbers).

%% @doc The number normalised by the active plan, without one leading `+'.
-spec to_strip_plus(phone_number()) -> phone_number(); ([phone_number()]) -> [phone_number()].
to_strip_plus(Numbers) ->
    numplan_call:each(?FUNCTION_NAME, fun(Number) -> strip_plus(normalize(Number)) end, Numbers).

strip_plus(<<$+, Number/binary>>) -> Number;
strip_plus(Number) -> Number.

%% @doc True when {@link to_npan/1} leaves the number unchanged. So text that is not a North
%% American number passes too, as in Kazoo 4 and later.
-spec is_npan(phone_number()) -> boolean(); ([phone_number()]) -> [boolean()].
is_npan(Numbers) ->
    numplan_call:each(?FUNCTION_NAME, fun(Number) -> to_npan(Number) =:= Number end, Numbers).

%% @doc True when {@link to_1npan/1} leaves the number unchanged.
-spec is_1npan(phone_number()) -> boolean(); ([phone_number()]) -> [boolean()].
is_1npan(Numbers) ->
    numplan_call:each(?FUNCTION_NAME, fun(Number) -> to_1npan(Number) =:= Number end, Numbers).

%% @doc True when {@link to_strip_plus/1} leaves the number unchanged.
-spec is_strip_plus(phone_number()) -> boolean(); ([phone_number()]) -> [boolean()].
is_strip_plus(Numbers) ->
    numplan_call:each(?FUNCTION_NAME, fun(Number) -> strip_plus(normalize(Number)) =:= Number end, Numbers).

%% @doc The name of the Kazoo database that holds the number, percent-encoded; `undefined' for fewer
%% than five bytes (docs/kazoo-semantics.md 3.10).
%%
%% ```
%% <<"numbers%2F%2B1415">> = numplan:to_db(<<"+14158867900">>).
%% '''
-spec to_db(phone_number()) -> binary() | undefined; ([phone_number()]) -> [binary() | undefined].
to_db(Numbers) ->
    numplan_call:each(?FUNCTION_NAME, fun numplan_nif:to_db/1, Numbers).

%% @doc The location and the carrier of the number's range, in the form of the API's "Locality"
%% (docs/kazoo-semantics.md 5.2).
%%
%% The number is normalised first. Data come from the operator's snapshot if one is loaded ({@link
%% numplan_locality:load/1}), else from the native library: libphonenumber's geocodes, carriers
%% outside of North America, states by area codes, and postal codes of cities of the United States.
%% Unknown values are `null'; text that is not a number has the status `error'. Ported numbers are
%% not recognised. Cost: about a microsecond.
%%
%% ```
%% {[{<<"country">>, <<"US">>}, {<<"number">>, <<"4158551292">>}, {<<"e164_number">>, <<"+14158551292">>} | _]} =
%%     numplan:locality(<<"4158551292">>).
%% '''
-spec locality(phone_number()) -> object(); ([phone_number()]) -> [object()].
locality(Number) when is_binary(Number) -> numplan_locality:locality(Number, []);
locality(Numbers) ->
    numplan_call:call(?FUNCTION_NAME, [{number, Numbers}], fun numplan_each:locality/1).

%% @doc As {@link locality/1}. With the option `source' each answer also names the sources of its
%% parts, their dates, and the values that were derived.
-spec locality(phone_number(), [numplan_locality:option()]) -> object();
    ([phone_number()], [numplan_locality:option()]) -> [object()].
locality(Numbers, Options) ->
    Arguments = [{number, Numbers}, {locality_options, Options}],
    numplan_call:call(?FUNCTION_NAME, Arguments, fun numplan_each:locality/2).

%% @doc libphonenumber's data on the number: region, type, validity, written forms, carrier, time
%% zones and geocode; `undefined' for text that is not a number. The number is normalised first.
%% Cost: one to three microseconds.
%%
%% ```
%% #{region := <<"GB">>, type := <<"FIXED_LINE">>, national := <<"020 7946 0000">>, geocode := <<"London">>} =
%%     numplan:lookup(<<"+442079460000">>).
%% '''
-spec lookup(phone_number()) -> lookup() | undefined; ([phone_number()]) -> [lookup() | undefined].
lookup(Number) when is_binary(Number) -> numplan_locality:lookup(Number);
lookup(Numbers) ->
    numplan_call:each(?FUNCTION_NAME, fun numplan_locality:lookup/1, Numbers).

%% @doc The data of {@link lookup/1} on a number as people write it, which is read as by {@link
%% parse/2}; `undefined' for text that is not a number.
%%
%% ```
%% #{e164 := <<"+442079460000">>, time_zones := [<<"Europe/London">>]} = numplan:lookup(<<"(020) 7946 0000">>, <<"GB">>).
%% '''
-spec lookup(binary(), region()) -> lookup() | undefined; ([binary()], region()) -> [lookup() | undefined].
lookup(Texts, Region) ->
    numplan_call:call(?FUNCTION_NAME, [{number, Texts}, {default_region, Region}], fun numplan_each:lookup/2).

%% @doc Regions and types of the numbers in `Text' by the active plan. See {@link lookup_lines/2}.
-spec lookup_lines(binary()) -> lookup_lines().
lookup_lines(Text) ->
    numplan_call:by_active(?FUNCTION_NAME, {text, Text}, fun numplan_world:lookup_lines/2).

%% @doc Region and type of the numbers in `Text', one in each line, in a compact form. Numbers are
%% normalised first. A number is valid where it has a type; a region without a type is that of a
%% number that is not valid.
%%
%% Lines are as in {@link classify_lines/2}. Cost: some tens of nanoseconds a number, on a dirty
%% scheduler for a long text, and more for rules that only OTP's `re' can run.
%%
%% ```
%% #{regions := Regions, types := Types, places := <<Region:16, Type:8, 0:24>>} =
%%     numplan:lookup_lines(<<"+442079460000\n911\n">>),
%% {<<"GB">>, <<"FIXED_LINE">>} = {element(Region, Regions), element(Type, Types)}.
%% '''
-spec lookup_lines(binary(), plan() | undefined | options()) -> lookup_lines().
lookup_lines(Text, Asked) ->
    numplan_call:call(?FUNCTION_NAME, [{text, Text}, {plan, Asked}], fun numplan_world:lookup_lines/2).

%% @doc The region of a number, a code of ISO 3166-1; `<<"001">>' for a number without a country,
%% such as +800; `undefined' for text that is not a number, and for a number that is not valid and
%% whose calling code several regions share. The number is normalised first.
%%
%% This and the following functions answer by libphonenumber's rules and metadata, from one
%% automaton (docs/world.md). Cost: some tens of nanoseconds for a number in E.164.
%%
%% ```
%% <<"GB">> = numplan:region(<<"+442079460000">>),
%% [<<"US">>, undefined] = numplan:region([<<"4158867900">>, <<"911">>]).
%% '''
-spec region(phone_number()) -> binary() | undefined; ([phone_number()]) -> [binary() | undefined].
region(Number) when is_binary(Number) -> numplan_world:region(Number);
region(Numbers) -> numplan_call:each(?FUNCTION_NAME, fun numplan_world:region/1, Numbers).

%% @doc The type of a number by libphonenumber's name, `<<"UNKNOWN">>' where it is not valid;
%% `undefined' for text that is not a number. The number is normalised first. Cost: as {@link
%% region/1}.
%%
%% ```
%% <<"TOLL_FREE">> = numplan:number_type(<<"18005551212">>).
%% '''
-spec number_type(phone_number()) -> binary() | undefined; ([phone_number()]) -> [binary() | undefined].
number_type(Number) when is_binary(Number) -> numplan_world:number_type(Number);
number_type(Numbers) -> numplan_call:each(?FUNCTION_NAME, fun numplan_world:number_type/1, Numbers).

%% @doc True when the number is in its region's numbering plan. False for text that is not a number.
%% The number is normalised first. Cost: as {@link region/1}.
%%
%% ```
%% [true, false] = numplan:is_valid([<<"+442079460000">>, <<"+4420794600">>]).
%% '''
-spec is_valid(phone_number()) -> boolean(); ([phone_number()]) -> [boolean()].
is_valid(Number) when is_binary(Number) -> numplan_world:is_valid(Number);
is_valid(Numbers) -> numplan_call:each(?FUNCTION_NAME, fun numplan_world:is_valid/1, Numbers).

%% @doc True when the number is in the numbering plan of `Region'. The number is normalised first.
%% False for a region that has no numbering plan. Cost: as {@link region/1}.
%%
%% ```
%% true = numplan:is_valid(<<"+18765551212">>, <<"JM">>),
%% false = numplan:is_valid(<<"+18765551212">>, <<"US">>).
%% '''
-spec is_valid(phone_number(), Region :: binary()) -> boolean(); ([phone_number()], Region :: binary()) -> [boolean()].
is_valid(Numbers, Region) ->
    numplan_call:call(?FUNCTION_NAME, [{number, Numbers}, {region, Region}], fun numplan_each:is_valid/2).

%% @doc The number in a text as people write it, or why it is not one: with or without a calling
%% code, with punctuation, letters, digits of any script, an extension, or as a `tel:' URI. A number
%% that is in no international form is read as it is dialled in `Region'; with `undefined' only
%% international forms are read. The active plan is not applied.
%%
%% That a text can be read does not make it a valid number: see `is_valid' of {@type parsed()}. The
%% errors are in {@type parse_error()}. Cost: a few hundred nanoseconds.
%%
%% ```
%% {ok, #{e164 := <<"+442079460000">>, extension := <<"7">>, is_valid := true}} =
%%     numplan:parse(<<"(020) 7946 0000 ext. 7">>, <<"GB">>),
%% {error, invalid_country_code} = numplan:parse(<<"020 7946 0000">>, undefined).
%% '''
-spec parse
    (binary(), region()) -> {ok, parsed()} | {error, parse_error()};
    ([binary()], region()) -> [{ok, parsed()} | {error, parse_error()}].
parse(Text, Region) when is_binary(Text), is_binary(Region) ->
    numplan_world:parse(Text, Region);
parse(Texts, Region) ->
    numplan_call:call(?FUNCTION_NAME, [{number, Texts}, {default_region, Region}], fun numplan_each:parse/2).

%% @doc The number written in a form; `undefined' for text that is not a number, and where the
%% number has no such form, as one that cannot be dialled from abroad. A binary is normalised first;
%% a map that {@link parse/2} has made is written with its extension, and for mobile telephones of
%% Brazil with its carrier code.
%%
%% Forms are in {@type form()}. Cost: a few hundred nanoseconds.
%%
%% ```
%% <<"(415) 886-7900">> = numplan:format(<<"+14158867900">>, national),
%% <<"011 44 20 7946 0000">> = numplan:format(<<"+442079460000">>, {from, <<"US">>}),
%% {ok, Parsed} = numplan:parse(<<"(020) 7946 0000 x7">>, <<"GB">>),
%% <<"tel:+44-20-7946-0000;ext=7">> = numplan:format(Parsed, rfc3966).
%% '''
-spec format
    (phone_number() | parsed(), form()) -> binary() | undefined;
    ([phone_number() | parsed()], form()) -> [binary() | undefined].
format(Number, Form) when
    is_binary(Number), (Form =:= national orelse Form =:= international orelse Form =:= e164 orelse Form =:= rfc3966)
->
    numplan_world:format(Number, Form);
format(Numbers, Form) ->
    numplan_call:call(?FUNCTION_NAME, [{number_or_parsed, Numbers}, {form, Form}], fun numplan_each:format/2).

%% @doc What a text is as a short number in `Region', such as that of an emergency service: whether
%% it is one, and what a call costs. All is false for text that is not a number. Cost: as {@link
%% parse/2}.
%%
%% ```
%% #{is_valid := true, is_emergency := true, cost := <<"TOLL_FREE">>} = numplan:short_number(<<"911">>, <<"US">>).
%% '''
-spec short_number(binary(), Region :: binary()) -> short_number(); ([binary()], Region :: binary()) -> [short_number()].
short_number(Texts, Region) ->
    numplan_call:call(?FUNCTION_NAME, [{number, Texts}, {region, Region}], fun numplan_each:short_number/2).

%% @doc How much a text as people write it and another one are alike as numbers. A text without a
%% calling code is read as a number with that of the other one. The active plan is not applied.
%% Results are in {@type number_match()}. Cost: as of two calls of {@link parse/2}.
%%
%% ```
%% exact_match = numplan:number_match(<<"+44 20 7946 0000">>, <<"tel:+44-2079460000">>),
%% nsn_match = numplan:number_match(<<"+442079460000">>, <<"(020) 7946 0000">>),
%% [short_nsn_match, no_match] = numplan:number_match([<<"7946 0000">>, <<"911">>], <<"+442079460000">>).
%% '''
-spec number_match(binary(), binary()) -> number_match(); ([binary()], binary()) -> [number_match()].
number_match(Texts, Other) ->
    numplan_call:call(?FUNCTION_NAME, [{number, Texts}, {other_number, Other}], fun numplan_each:number_match/2).

%% @doc An example of a number of a fixed line in a region, or of a number with a calling code that
%% belongs to no country, such as 800; `undefined' where there is none. In E.164, from
%% libphonenumber's metadata. Cost: as {@link parse/2}.
%%
%% ```
%% <<"+441212345678">> = numplan:example_number(<<"GB">>),
%% <<"+80012345678">> = numplan:example_number(800).
%% '''
-spec example_number(Region :: binary() | (CallingCode :: integer())) -> phone_number() | undefined.
example_number(Region) when is_binary(Region) ->
    example_number(Region, <<"FIXED_LINE">>);
example_number(CallingCode) ->
    numplan_call:call(?FUNCTION_NAME, [{region_or_calling_code, CallingCode}], fun numplan_nif:example_number/1).

%% @doc An example of a number of a type in a region; `undefined' where the region has none. The
%% names of types are those that {@link number_types/1} returns. Cost: as {@link parse/2}.
%%
%% ```
%% <<"+448001234567">> = numplan:example_number(<<"GB">>, <<"TOLL_FREE">>).
%% '''
-spec example_number(Region :: binary(), Type :: binary()) -> phone_number() | undefined.
example_number(Region, Type) ->
    numplan_call:call(?FUNCTION_NAME, [{region, Region}, {number_type, Type}], fun numplan_nif:example_number/2).

%% @doc The types of the numbers that a region has, by libphonenumber's names; none for a region
%% that has no numbering plan. Cost: some hundred nanoseconds.
%%
%% ```
%% [<<"FIXED_LINE">>, <<"MOBILE">>] = numplan:number_types(<<"BF">>).
%% '''
-spec number_types(Region :: binary()) -> [Type :: binary()].
number_types(Region) ->
    numplan_call:call(?FUNCTION_NAME, [{region, Region}], fun numplan_nif:number_types/1).

%% @doc All regions that have a numbering plan, sorted: codes of ISO 3166-1. Cost: some
%% microseconds.
%%
%% ```
%% [<<"AC">>, <<"AD">>, <<"AE">> | _] = numplan:regions().
%% '''
-spec regions() -> [Region :: binary()].
regions() ->
    numplan_nif:regions().

%% @doc The regions that share a calling code, the main one first; `<<"001">>' alone for a code that
%% belongs to no country; none for a code that is not in use. Cost: some hundred nanoseconds.
%%
%% ```
%% [<<"GB">>, <<"GG">>, <<"IM">>, <<"JE">>] = numplan:regions(44),
%% [<<"001">>] = numplan:regions(800).
%% '''
-spec regions(CallingCode :: integer()) -> [Region :: binary()].
regions(CallingCode) ->
    numplan_call:call(?FUNCTION_NAME, [{calling_code, CallingCode}], fun numplan_nif:regions/1).

%% @doc All country calling codes that are in use, ascending, also those that belong to no country.
%% Cost: some microseconds.
%%
%% ```
%% [1, 7, 20 | _] = numplan:calling_codes().
%% '''
-spec calling_codes() -> [pos_integer()].
calling_codes() ->
    numplan_nif:calling_codes().

%% @doc The country calling code of a region; `undefined' for a region that has no numbering plan.
%% Cost: some tens of nanoseconds.
%%
%% ```
%% 44 = numplan:calling_code(<<"GB">>).
%% '''
-spec calling_code(Region :: binary()) -> pos_integer() | undefined.
calling_code(Region) ->
    numplan_call:call(?FUNCTION_NAME, [{region, Region}], fun numplan_nif:calling_code/1).

%% @doc The term encoded as JSON text. See {@link numplan_json:encode/1}.
-spec json_encode(term()) -> {ok, binary()} | {error, numplan_json:encode_error()}.
json_encode(Term) ->
    numplan_json:encode(Term).

%% @doc JSON text decoded to a term, with objects as maps. See {@link numplan_json:decode/2}.
-spec json_decode(iodata()) -> {ok, term()} | {error, numplan_json:decode_error()}.
json_decode(Text) ->
    numplan_json:decode(Text).

%% @doc JSON text decoded to a term. See {@link numplan_json:decode/2}.
-spec json_decode(iodata(), [numplan_json:option()]) -> {ok, term()} | {error, numplan_json:decode_error()}.
json_decode(Text, Options) ->
    numplan_json:decode(Text, Options).
