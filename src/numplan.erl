%% @doc Normalises dialled numbers to E.164 and classifies them by an operator's ordered regexes.
%%
%% Answers are those that Kazoo's `knm_converters' gives for the same configuration, byte for byte; the work is done by
%% compiled automata in a native library. A node has one active plan, which `configure/1' sets; a call that takes
%% a plan answers by that instead, and `undefined' there means the active one. In place of a plan most functions take a list of options:
%% `{plan, Plan}', and `clean' (or `{clean, true}'), by which each number is answered as {@link clean/1} makes it. Where a number is taken, a
%% list of numbers is too, and gives a list of answers. What is not a binary raises `badarg', which says which argument is wrong, and how.
%%
%% Numbers of any length and any bytes are answered. One so long that its answer may take over a millisecond is worked on
%% by a dirty scheduler.
%%
%% This module and those it calls need no Elixir.
-module(numplan).

-export([configure/1, plan/1, info/0, info/1]).
-export([normalize/1, normalize/2, normalize/3, is_normalized/1, apply_dial_plan/3]).
-export([classify/1, classify/2, classification/1, classification/2, available_classifiers/0, available_classifiers/1]).
-export([classify_lines/1, classify_lines/2, normalize_lines/1, normalize_lines/2]).
-export([normalize_and_classify_lines/1, normalize_and_classify_lines/2]).
-export([is_reconcilable/1, is_reconcilable/2, are_reconcilable/1]).
-export([pretty_print/1, pretty_print/2]).
-export([explain/1, explain/2, check/1, diff/2]).
-export([clean/1]).
-export([to_npan/1, to_1npan/1, to_strip_plus/1, is_npan/1, is_1npan/1, is_strip_plus/1, to_db/1]).
-export([locality/1, locality/2, lookup/1]).
-export([json_encode/1, json_decode/1, json_decode/2]).

-export_type([phone_number/0, plan/0, options/0, classified_lines/0, problem/0, reason/0, reading/0, object/0, info/0, lookup/0]).
-export_type([explanation/0, tried/0, rewriting/0, layout/0]).
-export_type([report/0, finding/0, witness/0, cut/0, diff/0, change/0]).

-include("numplan_plan.hrl").

-type phone_number() :: binary().
%% A number as dialled or in E.164: any bytes.

-type plan() :: numplan_plan:plan() | numplan_plan:struct().
%% A compiled configuration, of Erlang or of the Elixir half, to be taken as a whole; may be kept, sent to other processes of the node and held over hot upgrades.

-type options() :: [{plan, plan()} | clean | {clean, boolean()}].
%% By which plan to answer, the active one where none is given; and whether numbers are cleaned first, as {@link clean/1} does. They are not
%% where nothing is said.

-type object() :: {[{Key :: binary(), Value :: term()}]}.
%% Decoded JSON in document order.

-type reading() :: first_match | full.
%% How a dial plan is read: as Kazoo's converter does (the first entry that matches decides), or as Kazoo does for outbound
%% calls (each entry works on what those before made; `regex', nested `dialplan' and `system' count). kazoo-facts 3.3, 3.4.

-type reason() ::
    {invalid_regex, binary()}
    | {wrong_type, binary()}
    | unknown_document
    | {too_many, binary()}
    | map_has_no_order
    | {unknown_preset, binary()}
    | {unreadable_file, file:posix() | badarg | terminated | system_limit}
    | {not_a_source, {preset | file, binary()}}
    | {invalid_json, Message :: binary(), Line :: pos_integer(), Column :: pos_integer()}
    | doubled_backslashes
    | term().

-type problem() ::
    {Path :: binary(), reason(), Offset :: non_neg_integer() | undefined, Hint :: binary() | undefined}.
%% What is wrong with a configuration: where, such as `<<"classifiers.did_us.regex">>', what, at which byte of the regex,
%% and how to mend it.

-type info() :: #{
    build := binary(),
    classes := [binary()],
    rules := [#{path := binary(), regex := binary(), runs := native | re, why := binary() | undefined}],
    native := non_neg_integer(),
    re := non_neg_integer(),
    states := non_neg_integer(),
    memory := non_neg_integer(),
    warnings := [problem()]
}.

-type lookup() :: #{
    e164 := binary(),
    region := binary() | undefined,
    calling_code := pos_integer(),
    type := binary(),
    is_valid := boolean(),
    is_possible := boolean(),
    national := binary(),
    international := binary(),
    rfc3966 := binary(),
    carrier := binary() | undefined,
    time_zones := [binary()],
    geocode := binary() | undefined
}.
%% What libphonenumber knows of a number. The region is an ISO 3166-1 code, or `<<"001">>' for a number that belongs to none such as
%% +800; `undefined' where the number is not valid. The type is libphonenumber's word, such as `<<"FIXED_LINE_OR_MOBILE">>'. The
%% carrier is the first holder of the range.

-type tried() :: #{path := binary(), regex := binary(), runs := native | re, matches := boolean()}.
%% A rule that was asked: where its regex is written, the regex, where it runs, and whether it matches.

-type rewriting() :: #{
    number := phone_number(),
    tried := [tried()],
    change :=
        #{
            group := non_neg_integer(),
            start := non_neg_integer(),
            root := binary(),
            prefix := binary(),
            suffix := binary()
        }
        | undefined,
    result := phone_number()
}.
%% What a list of rewriting rules did: the rules that were asked, the last of which is the one that matched, if one did. `group' is the
%% capture group that is the root, the last that took part in the match, 0 for the whole match; `start' is where the root begins.

-type layout() :: #{
    from := class | nanp | none,
    mask := binary() | undefined,
    steps := [#{symbol := binary(), does := skip | emit | rest | literal, takes := binary(), prints := binary()}],
    more_steps := non_neg_integer(),
    dropped := binary()
}.
%% How a number is printed: by the mask of its class, by the one for `+1', or as dialled; what each symbol of the mask does, at most 1,000 of
%% them, and how many more there are; what the mask leaves over.

-type explanation() :: #{
    number := phone_number(),
    plus := boolean(),
    dial_plan := rewriting() | undefined,
    converters := rewriting() | undefined,
    e164 := phone_number(),
    classifiers := [#{name := binary(), path := binary(), regex := binary(), runs := native | re, matches := boolean()}],
    class := binary() | undefined,
    reconcile := tried(),
    reconcilable := boolean(),
    layout := layout(),
    pretty_print := binary(),
    hint := binary() | undefined,
    text := binary()
}.
%% The whole decision on a number. A number that starts with `+' has no `dial_plan' and no `converters': they are not asked. All classifiers
%% are there, in order; the first that matches names the class. `hint' says what the number contains that no rule removes, such as spaces,
%% and what it is without, if it is answered otherwise then. `text' says it all in words, in lines, printable whatever the number holds.

-type witness() :: #{number := phone_number(), e164 := phone_number(), class := binary() | undefined}.
%% A number that shows something, as dialled; what it becomes; and its class: the answer of the whole configuration, `re' included.

-type finding() :: #{
    kind := atom(),
    severity := error | warning | info,
    path := binary(),
    sentence := binary(),
    witness := witness() | undefined,
    related := [#{path := binary(), witness := witness() | undefined}],
    fix := binary() | undefined
}.
%% One thing that is odd about a configuration: its kind, such as `never_matches'; how grave it is; where; in words; a shortest number that
%% shows it; other rules that have to do with it, each with a number where one shows it; what to do. docs/check.md tells of all kinds.

-type cut() :: #{proof := binary(), bound := atom(), reason := binary()}.
%% A proof that met a bound, and which.

-type report() :: #{
    findings := [finding()],
    more_overlaps := non_neg_integer(),
    unread := [Path :: binary()],
    cut := [cut()]
}.
%% What a check says: errors, warnings, then what is merely worth knowing; how many overlaps are left out; the rules that were not read,
%% since only OTP's `re' runs them; and what was not proved. Where `unread' and `cut' are empty, what is not found is not there.

-type change() :: #{old := witness(), new := witness()}.
%% A number as two configurations have it.

-type diff() :: #{
    moves := [change()],
    rewritten := [change()],
    gained := change() | undefined,
    lost := change() | undefined,
    missing := [cut() | unread | too_far_apart]
}.
%% What changes: for each pair of classes between which some number moves, one; for each class whose numbers become other ones in E.164, one;
%% a number that is reconcilable now, and one that is no more; why something may be missing.

-type classified_lines() :: #{names := tuple(), bits := 8 | 16 | 32, places := binary()}.
%% The classes of lines, in order: `places' has one unsigned big-endian integer of so many bits for each line, which is the place in
%% `names', counted from one; 0 is no class.

-define(IS_NUMBERS(Numbers), is_list(Numbers)).

%% @doc Makes the configuration `Source' the node's active plan; or says all that is wrong with it and changes nothing.
%%
%% A source is JSON text, decoded JSON as `{[{Key, Value}]}' or lists of pairs, `{file, Path}' or `{preset, Name}' with
%% `kazoo-3.18', `kazoo-3.20', `kazoo-4.1', `kazoo-4.2' or `kazoo-4.3'. Its shape is Kazoo's `number_manager' document, a bare
%% `classifiers' object, or an API reply that carries one under `data'; what it leaves out comes from `kazoo-3.20'. A map is
%% refused, as it has no order. Doubled backslashes in regexes are logged as a warning. Cost: milliseconds, on a dirty
%% scheduler; calls under way keep the plan they began with.
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
    lists:foreach(
        fun({Path, Reason, _Offset, Hint}) -> logger:warning("numplan: ~ts: ~tp: ~ts", [Path, Reason, Hint]) end,
        Warnings
    ).

%% @doc A plan compiled from `Source' (see {@link configure/1}), to be held and passed to other calls; or all that is wrong
%% with the source.
%%
%% ```
%% {ok, Plan} = numplan:plan({preset, 'kazoo-4.2'}),
%% <<"international">> = numplan:classify(<<"01144123456789">>, Plan).
%% '''
-spec plan(numplan_source:source()) -> {ok, numplan_plan:plan()} | {error, [problem()]}.
plan(Source) ->
    numplan_call:with_sources(?FUNCTION_NAME, [{configuration, Source}], fun() -> numplan_plan:new(Source) end).

%% @doc What the active plan holds. See {@link info/1}.
-spec info() -> info().
info() ->
    info(undefined).

%% @doc What `Plan' holds: the build that runs it, the classes in order, every rule with where it runs (`native', or `re' and
%% why), sizes in states and bytes, and warnings. Cost: linear in the number of rules.
%%
%% ```
%% #{native := 11, re := 0} = numplan:info(element(2, numplan:plan({preset, 'kazoo-3.20'}))).
%% '''
-spec info(plan() | undefined) -> info().
info(Plan) ->
    numplan_call:held(?FUNCTION_NAME, Plan, fun(#numplan_plan{ref = Ref}) -> numplan_nif:info(Ref) end).

%% @doc The number in E.164 by the active plan; itself where no converter matches or it starts with `+'. An empty number
%% is answered like any other. kazoo-facts 3.2.
%%
%% ```
%% <<"+14158867900">> = numplan:normalize(<<"4158867900">>),
%% [<<"+14158867900">>, <<"911">>] = numplan:normalize([<<"14158867900">>, <<"911">>]).
%% '''
-spec normalize(phone_number()) -> phone_number(); ([phone_number()]) -> [phone_number()].
%% Native code looks for the plus: to match it here leaves a match context behind, whose collection costs more than the crossing.
normalize(Number) when is_binary(Number) ->
    case numplan_nif:normalize(Number) of
        inactive -> normalize(Number, numplan_plan:active());
        E164 -> E164
    end;
normalize(Numbers) ->
    numplan_call:by_active(?FUNCTION_NAME, fun normalize_each/2, Numbers).

%% @doc The number in E.164 by `Plan'. A plan whose document has a `dial_plan' applies that first, as the first match of
%% an account's; `+' at the front leaves a number alone all the same. kazoo-facts 3.3.
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
    numplan_call:by(?FUNCTION_NAME, fun normalize_each/2, Numbers, Asked).

normalize_each(Numbers, #numplan_plan{foreign = none} = Plan) when ?IS_NUMBERS(Numbers) ->
    normalize_list(Numbers, Plan, []);
normalize_each(Numbers, Plan) ->
    numplan_call:each(fun(Number) -> normalize(Number, Plan) end, Numbers).

%% Native code answers as many as it may in one call, and leaves what follows to this process: at first one number, which may be
%% too long for it, or what is no number.
normalize_list([], _Plan, Answers) ->
    lists:reverse(Answers);
normalize_list(Numbers, #numplan_plan{ref = Ref} = Plan, Answers) ->
    case numplan_nif:normalize_list(Ref, Numbers, Answers) of
        {[Number | Rest], More} -> normalize_list(Rest, Plan, [normalize_each(Number, Plan) | More]);
        {[], All} -> lists:reverse(All);
        {_Improper, _} -> throw(not_numbers);
        stale -> normalize_list(Numbers, numplan_plan:renew(Plan), Answers)
    end.

%% @doc The number after the dial plan of another plan and then the converters of `Plan'. Nothing is left alone for starting
%% with `+'. kazoo-facts 3.3.
%%
%% `DialPlan' is a plan whose document has a `dial_plan'; alone it is read as the converter does, by first match, and
%% `{full, DialPlan}' and `{first_match, DialPlan}' choose by name.
%%
%% ```
%% {ok, Local} = numplan:plan(<<"{\"dial_plan\": {\"^(\\\\d{7})$\": {\"prefix\": \"+1415\"}}}">>),
%% <<"+14158867900">> = numplan:normalize(<<"8867900">>, undefined, {full, Local}).
%% '''
-spec normalize
    (phone_number(), plan() | undefined, plan() | {reading(), plan()}) -> phone_number();
    ([phone_number()], plan() | undefined, plan() | {reading(), plan()}) -> [phone_number()].
normalize(Number, #numplan_plan{} = Plan, {Reading, #numplan_plan{} = DialPlan}) when
    is_binary(Number), Reading =:= first_match orelse Reading =:= full
->
    numplan_re:convert(numplan_re:apply_dial_plan(Number, DialPlan, Reading), Plan);
normalize(Numbers, Plan, DialPlan) ->
    Arguments = [{number, Numbers}, {held_plan, Plan}, {dial_plan, DialPlan}],
    case {numplan_plan:read(Plan), dial_plan(DialPlan)} of
        {{ok, By}, {ok, First}} when is_binary(Numbers); ?IS_NUMBERS(Numbers) ->
            numplan_call:named(?FUNCTION_NAME, Arguments, fun() ->
                numplan_call:each(fun(Number) -> normalize(Number, By, First) end, Numbers)
            end);
        _ ->
            numplan_error:badarg(?MODULE, ?FUNCTION_NAME, Arguments)
    end.

dial_plan({Reading, Plan}) when Reading =:= first_match; Reading =:= full ->
    case numplan_plan:read(Plan) of
        {ok, DialPlan} when Plan =/= undefined -> {ok, {Reading, DialPlan}};
        _ -> error
    end;
dial_plan(Plan) when is_tuple(Plan); is_map(Plan) ->
    case numplan_plan:read(Plan) of
        {ok, DialPlan} -> {ok, {first_match, DialPlan}};
        error -> error
    end;
dial_plan(_Other) ->
    error.

%% @doc True when normalising leaves the number as it is.
-spec is_normalized(phone_number()) -> boolean(); ([phone_number()]) -> [boolean()].
is_normalized(Numbers) ->
    numplan_call:each(?FUNCTION_NAME, fun(Number) -> normalize(Number) =:= Number end, Numbers).

%% @doc What the dial plan in `Plan' makes of the number, in the reading that is named; itself where nothing matches or the plan
%% has no dial plan. No converter is applied. kazoo-facts 3.4.
%%
%% ```
%% {ok, Plan} = numplan:plan(<<"{\"dial_plan\": {\"^9(\\\\d+)$\": {}, \"^(\\\\d{7})$\": {\"prefix\": \"+1415\"}}}">>),
%% <<"8867900">> = numplan:apply_dial_plan(<<"98867900">>, Plan, first_match),
%% <<"+14158867900">> = numplan:apply_dial_plan(<<"98867900">>, Plan, full).
%% '''
-spec apply_dial_plan
    (phone_number(), plan() | undefined, reading()) -> phone_number();
    ([phone_number()], plan() | undefined, reading()) -> [phone_number()].
apply_dial_plan(Number, #numplan_plan{} = Plan, Reading) when
    is_binary(Number), Reading =:= first_match orelse Reading =:= full
->
    numplan_re:apply_dial_plan(Number, Plan, Reading);
apply_dial_plan(Numbers, Plan, Reading) ->
    Arguments = [{number, Numbers}, {held_plan, Plan}, {reading, Reading}],
    case numplan_plan:read(Plan) of
        {ok, By} when
            is_binary(Numbers) orelse ?IS_NUMBERS(Numbers), Reading =:= first_match orelse Reading =:= full
        ->
            numplan_call:named(?FUNCTION_NAME, Arguments, fun() ->
                numplan_call:each(fun(Number) -> apply_dial_plan(Number, By, Reading) end, Numbers)
            end);
        _ ->
            numplan_error:badarg(?MODULE, ?FUNCTION_NAME, Arguments)
    end.

%% @doc The name of the number's class by the active plan, normalisation included; `undefined' where no rule matches.
%% kazoo-facts 3.5. Cost: well under a microsecond, whatever the number of rules.
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
    numplan_call:by_active(?FUNCTION_NAME, fun classify_each/2, Numbers).

%% @doc The name of the number's class by `Plan'; `undefined' where no rule matches.
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
    numplan_call:by(?FUNCTION_NAME, fun classify_each/2, Numbers, Asked).

classify_each(Numbers, #numplan_plan{foreign = none} = Plan) when ?IS_NUMBERS(Numbers) ->
    classify_list(Numbers, Plan, []);
classify_each(Numbers, Plan) ->
    numplan_call:each(fun(Number) -> classify(Number, Plan) end, Numbers).

classify_list([], _Plan, Answers) ->
    lists:reverse(Answers);
classify_list(Numbers, #numplan_plan{ref = Ref, names = Names} = Plan, Answers) ->
    case numplan_nif:classify_list(Ref, Names, Numbers, Answers) of
        {[Number | Rest], More} -> classify_list(Rest, Plan, [classify_each(Number, Plan) | More]);
        {[], All} -> lists:reverse(All);
        {_Improper, _} -> throw(not_numbers);
        stale -> classify_list(Numbers, numplan_plan:renew(Plan), Answers)
    end.

%% @doc The classes of all lines of `Text' by the active plan. See {@link classify_lines/2}.
-spec classify_lines(binary()) -> classified_lines().
classify_lines(Text) when is_binary(Text) ->
    classify_text(Text, numplan_plan:active());
classify_lines(Text) ->
    numplan_error:badarg(?MODULE, ?FUNCTION_NAME, [{text, Text}]).

%% @doc The classes of all lines of `Text', each a number, in a compact form; normalisation included.
%%
%% A line ends at a newline or at the text's end; a carriage return before the newline is not part of it. Cost: some ten
%% nanoseconds a number; a long text is worked on by a dirty scheduler. Rules that only OTP's `re' can run cost what they
%% cost there.
%%
%% ```
%% #{names := Names, bits := Bits, places := Places} = numplan:classify_lines(<<"4158867900\n911\n">>),
%% [<<"did_us">>, <<"emergency">>] = [element(Place, Names) || <<Place:Bits>> <= Places].
%% '''
-spec classify_lines(binary(), plan() | undefined | options()) -> classified_lines().
classify_lines(Text, Asked) ->
    numplan_call:of_text(?FUNCTION_NAME, fun classify_text/2, Text, Asked).

classify_text(Text, Plan) ->
    numplan_call:on(Plan, fun
        (#numplan_plan{ref = Ref, names = Names, foreign = none}) ->
            case numplan_nif:classify_lines(Ref, Text) of
                {Bits, Places} -> #{names => Names, bits => Bits, places => Places};
                stale -> stale
            end;
        (#numplan_plan{names = Names} = Current) ->
            Bits = bits(tuple_size(Names)),
            Places = [place(numplan_re:classify(Number, Current)) || Number <- numplan_nif:numbers(Text)],
            #{names => Names, bits => Bits, places => <<<<Place:Bits>> || Place <- Places>>}
    end).

bits(Classes) when Classes < 16#100 -> 8;
bits(Classes) when Classes < 16#10000 -> 16;
bits(_Classes) -> 32.

place(undefined) -> 0;
place(Place) -> Place.

%% @doc All lines of `Text' in E.164 by the active plan. See {@link normalize_lines/2}.
-spec normalize_lines(binary()) -> binary().
normalize_lines(Text) when is_binary(Text) ->
    normalize_text(Text, numplan_plan:active());
normalize_lines(Text) ->
    numplan_error:badarg(?MODULE, ?FUNCTION_NAME, [{text, Text}]).

%% @doc All lines of `Text', each a number, in E.164: each followed by a newline. Lines are as in {@link classify_lines/2}.
%%
%% ```
%% <<"+14158867900\n911\n">> = numplan:normalize_lines(<<"4158867900\r\n911">>).
%% '''
-spec normalize_lines(binary(), plan() | undefined | options()) -> binary().
normalize_lines(Text, Asked) ->
    numplan_call:of_text(?FUNCTION_NAME, fun normalize_text/2, Text, Asked).

normalize_text(Text, Plan) ->
    numplan_call:on(Plan, fun
        (#numplan_plan{ref = Ref, foreign = none}) ->
            numplan_nif:normalize_lines(Ref, Text);
        (Current) ->
            <<<<(numplan_re:normalize(Number, Current))/binary, $\n>> || Number <- numplan_nif:numbers(Text)>>
    end).

%% @doc Both for the active plan. See {@link normalize_and_classify_lines/2}.
-spec normalize_and_classify_lines(binary()) -> {binary(), classified_lines()}.
normalize_and_classify_lines(Text) when is_binary(Text) ->
    normalize_and_classify_text(Text, numplan_plan:active());
normalize_and_classify_lines(Text) ->
    numplan_error:badarg(?MODULE, ?FUNCTION_NAME, [{text, Text}]).

%% @doc What {@link normalize_lines/2} and {@link classify_lines/2} give, both by the same plan.
-spec normalize_and_classify_lines(binary(), plan() | undefined | options()) -> {binary(), classified_lines()}.
normalize_and_classify_lines(Text, Asked) ->
    numplan_call:of_text(?FUNCTION_NAME, fun normalize_and_classify_text/2, Text, Asked).

normalize_and_classify_text(Text, Plan) ->
    {normalize_text(Text, Plan), classify_text(Text, Plan)}.

%% @doc The API's answer for a number by the active plan. See {@link classification/2}.
-spec classification(phone_number()) -> object(); ([phone_number()]) -> [object()].
classification(Numbers) ->
    numplan_call:by_active(?FUNCTION_NAME, fun classification_each/2, Numbers).

%% @doc The API's answer for a number: the keys of its classifier in their order, then `e164', `number' and `name'; where no rule
%% matches, `number' and `e164' alone, in this order (Kazoo's `cb_phone_numbers:classify_number/2', 4.3 and 5).
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
    numplan_call:by(?FUNCTION_NAME, fun classification_each/2, Numbers, Asked).

classification_each(Numbers, Plan) ->
    numplan_call:each(fun(Number) -> numplan_call:on(Plan, fun(Current) -> classification_of(Number, Current) end) end, Numbers).

classification_of(Number, #numplan_plan{ref = Ref} = Plan) ->
    E164 = normalize(Number, Plan),
    numplan_nif:classification(Ref, Number, E164, numplan_re:classify_e164(E164, Plan)).

%% @doc The classifiers of the active plan, in order. See {@link available_classifiers/1}.
-spec available_classifiers() -> object().
available_classifiers() ->
    available_classifiers(undefined).

%% @doc The classifiers of `Plan', in order, every key they carry. A classifier that was written as a plain regex, or without
%% `friendly_name', is shown in full with its name for that. kazoo-facts 2.2, 3.6.
-spec available_classifiers(plan() | undefined) -> object().
available_classifiers(Plan) ->
    numplan_call:held(?FUNCTION_NAME, Plan, fun(#numplan_plan{ref = Ref}) -> numplan_nif:available_classifiers(Ref) end).

%% @doc True when the active plan's reconcile regex matches the number, normalised. kazoo-facts 3.10.
-spec is_reconcilable(phone_number()) -> boolean(); ([phone_number()]) -> [boolean()].
is_reconcilable(Numbers) ->
    numplan_call:by_active(?FUNCTION_NAME, fun is_reconcilable_each/2, Numbers).

%% @doc True when the reconcile regex of `Plan' matches the number, normalised.
-spec is_reconcilable
    (phone_number(), plan() | undefined | options()) -> boolean();
    ([phone_number()], plan() | undefined | options()) -> [boolean()].
is_reconcilable(Number, #numplan_plan{ref = Ref, foreign = none} = Plan) when is_binary(Number) ->
    case numplan_nif:is_reconcilable(Ref, Number) of
        stale -> is_reconcilable(Number, numplan_plan:renew(Plan));
        Answer -> Answer
    end;
is_reconcilable(Number, #numplan_plan{} = Plan) when is_binary(Number) ->
    numplan_re:is_reconcilable(Number, Plan);
is_reconcilable(Numbers, Asked) ->
    numplan_call:by(?FUNCTION_NAME, fun is_reconcilable_each/2, Numbers, Asked).

is_reconcilable_each(Numbers, Plan) ->
    numplan_call:each(fun(Number) -> is_reconcilable(Number, Plan) end, Numbers).

%% @doc The numbers that the active plan reconciles, and the others, in order.
%%
%% ```
%% {[<<"4158867900">>], [<<"911">>]} = numplan:are_reconcilable([<<"4158867900">>, <<"911">>]).
%% '''
-spec are_reconcilable([phone_number()]) -> {Yes :: [phone_number()], No :: [phone_number()]}.
are_reconcilable(Numbers) when ?IS_NUMBERS(Numbers) ->
    Plan = numplan_plan:active(),
    Answer = fun(Number) -> {is_reconcilable(Number, Plan), Number} end,
    Answers = numplan_call:named(?FUNCTION_NAME, [{numbers, Numbers}], fun() -> numplan_call:each(Answer, Numbers) end),
    {[Number || {true, Number} <- Answers], [Number || {false, Number} <- Answers]};
are_reconcilable(Numbers) ->
    numplan_error:badarg(?MODULE, ?FUNCTION_NAME, [{numbers, Numbers}]).

%% @doc The number laid out as its class prints it, by the active plan. See {@link pretty_print/2}.
-spec pretty_print(phone_number() | undefined) -> binary(); ([phone_number()]) -> [binary()].
pretty_print(undefined) -> <<"unknown">>;
pretty_print(Numbers) -> numplan_call:by_active(?FUNCTION_NAME, fun pretty_print_each/2, Numbers).

%% @doc The number laid out as its class in `Plan' prints it: by the classifier's `pretty_print', else North American numbers as
%% `SS(###) ### - ####', else as it is. kazoo-facts 3.8.
%%
%% With a mask and a number, both binaries, as in Kazoo's `pretty_print(Format, Number)': the number, normalised by the active
%% plan, laid out by the mask.
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
pretty_print(Number, #numplan_plan{ref = Ref, foreign = none} = Plan) when is_binary(Number) ->
    case numplan_nif:pretty_print(Ref, Number) of
        stale -> pretty_print(Number, numplan_plan:renew(Plan));
        Printed -> Printed
    end;
pretty_print(Number, #numplan_plan{} = Plan) when is_binary(Number) ->
    E164 = normalize(Number, Plan),
    Place = numplan_re:classify_e164(E164, Plan),
    numplan_call:on(Plan, fun(#numplan_plan{ref = Ref}) -> numplan_nif:pretty_print_as(Ref, Number, E164, Place) end);
pretty_print(Numbers, Asked) ->
    numplan_call:by(?FUNCTION_NAME, fun pretty_print_each/2, Numbers, Asked).

pretty_print_each(Numbers, Plan) ->
    numplan_call:each(fun(Number) -> pretty_print(Number, Plan) end, Numbers).

%% @doc Why the active plan answers as it does. See {@link explain/2}.
-spec explain(phone_number()) -> explanation(); ([phone_number()]) -> [explanation()].
explain(Numbers) ->
    numplan_call:by_active(?FUNCTION_NAME, fun explain_each/2, Numbers).

%% @doc Why `Plan' answers as it does: every rule that is asked about the number, in order, and what comes of it, as data and in words. The
%% answers in it are those of the other functions.
%%
%% A plan with a dial plan applies that first, by first match, as {@link normalize/2} does. Cost: the rules are compiled anew, one by
%% one, on a dirty scheduler: some ten microseconds a rule. Rules that only OTP's `re' can run are run in the calling process.
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
    numplan_call:by(?FUNCTION_NAME, fun explain_each/2, Numbers, Asked).

explain_each(Numbers, Plan) ->
    numplan_call:each(fun(Number) -> numplan_re:explain(Number, Plan) end, Numbers).

%% @doc What is odd about a configuration: which rule can never match and why, which two compete for a number, which numbers fall to no class,
%% and more, each with a number that shows it. Nothing is sampled: what is said is proved for all numbers.
%%
%% A configuration that would be refused has its faults among the findings; where there is nothing to read in the source, the
%% problems are given as by {@link plan/1}. A plan may be given in place of a source. Cost: some ten milliseconds for usual configurations, about a
%% second for 1,000 rules, on a dirty scheduler. Time and memory are bounded, and the report says which proof met a bound; thousands of rules
%% made to be hard may take half a minute, nearly all of it to compile them.
%%
%% ```
%% {ok, #{findings := Findings, cut := []}} = numplan:check({preset, 'kazoo-3.20'}),
%% [<<"classifiers.international.regex">>] = [Path || #{kind := never_matches, path := Path} <- Findings].
%% '''
-spec check(numplan_source:source() | plan()) -> {ok, report()} | {error, [problem()]}.
check(Source) ->
    numplan_call:with_sources(?FUNCTION_NAME, [{source, Source}], fun() -> numplan_check:check(Source) end).

%% @doc What changes for numbers when configuration `New' takes the place of `Old': proved for all numbers, with one that shows each
%% change. Sources and cost as for {@link check/1}; where one of the two is refused, its problems are given.
%%
%% ```
%% {ok, #{moves := Moves}} = numplan:diff({preset, 'kazoo-4.2'}, {preset, 'kazoo-4.3'}),
%% [<<"988">>] = [Number || #{old := #{number := Number, class := <<"unknown">>}, new := #{class := <<"emergency">>}} <- Moves].
%% '''
-spec diff(Old, New) -> {ok, diff()} | {error, {old | new, [problem()]}} when
    Old :: numplan_source:source() | plan(), New :: numplan_source:source() | plan().
diff(Old, New) ->
    numplan_call:with_sources(?FUNCTION_NAME, [{source, Old}, {source, New}], fun() -> numplan_check:diff(Old, New) end).

%% @doc The number without what is there for the eye alone: separators (white space, dashes, brackets, dots, slashes, of any width) and
%% invisible marks; digits of other scripts and full-width `+', `*' and `#' as ASCII; a `tel:' scheme taken off, with the parameters behind
%% the number (RFC 3966). Letters and all other bytes stay, and so does a number that is no UTF-8.
%%
%% No answer of Kazoo's does this: there a number with a space in it is another number. So it is done where it is asked for, by this function
%% or the option `clean'. Digits are never dropped: `+44 (0)20' becomes `+44020'. Cost: some tens of nanoseconds.
%%
%% ```
%% <<"4158867900">> = numplan:clean(<<"(415) 886-7900">>),
%% <<"+14158867900">> = numplan:clean(<<"tel:+1-415-886-7900;ext=5">>),
%% <<"did_us">> = numplan:classify(<<"(415) 886-7900">>, [clean]).
%% '''
-spec clean(phone_number()) -> phone_number(); ([phone_number()]) -> [phone_number()].
clean(Number) when is_binary(Number) -> numplan_nif:clean(Number);
clean(Numbers) -> numplan_call:each(?FUNCTION_NAME, fun numplan_nif:clean/1, Numbers).

%% @doc The ten national digits of a North American number; any other number as it is. No plan is consulted: Kazoo 4.2 and later
%% use one fixed pattern. kazoo-facts 3.10.
-spec to_npan(phone_number()) -> phone_number(); ([phone_number()]) -> [phone_number()].
to_npan(Numbers) ->
    numplan_call:each(?FUNCTION_NAME, fun numplan_nif:to_npan/1, Numbers).

%% @doc `1' and the ten national digits of a North American number; any other number as it is.
-spec to_1npan(phone_number()) -> phone_number(); ([phone_number()]) -> [phone_number()].
to_1npan(Numbers) ->
    numplan_call:each(?FUNCTION_NAME, fun numplan_nif:to_1npan/1, Numbers).

%% @doc The number normalised by the active plan, less one leading `+'.
-spec to_strip_plus(phone_number()) -> phone_number(); ([phone_number()]) -> [phone_number()].
to_strip_plus(Numbers) ->
    numplan_call:each(?FUNCTION_NAME, fun(Number) -> strip_plus(normalize(Number)) end, Numbers).

strip_plus(<<$+, Number/binary>>) -> Number;
strip_plus(Number) -> Number.

%% @doc True when {@link to_npan/1} leaves the number as it is; so any text that is no North American number passes too, as in
%% Kazoo 4 and later.
-spec is_npan(phone_number()) -> boolean(); ([phone_number()]) -> [boolean()].
is_npan(Numbers) ->
    numplan_call:each(?FUNCTION_NAME, fun(Number) -> to_npan(Number) =:= Number end, Numbers).

%% @doc True when {@link to_1npan/1} leaves the number as it is.
-spec is_1npan(phone_number()) -> boolean(); ([phone_number()]) -> [boolean()].
is_1npan(Numbers) ->
    numplan_call:each(?FUNCTION_NAME, fun(Number) -> to_1npan(Number) =:= Number end, Numbers).

%% @doc True when {@link to_strip_plus/1} leaves the number as it is.
-spec is_strip_plus(phone_number()) -> boolean(); ([phone_number()]) -> [boolean()].
is_strip_plus(Numbers) ->
    numplan_call:each(?FUNCTION_NAME, fun(Number) -> to_strip_plus(Number) =:= Number end, Numbers).

%% @doc The name of the Kazoo database a number lives in, percent-encoded; `undefined' for fewer than five bytes. kazoo-facts
%% 3.10.
%%
%% ```
%% <<"numbers%2F%2B1415">> = numplan:to_db(<<"+14158867900">>).
%% '''
-spec to_db(phone_number()) -> binary() | undefined; ([phone_number()]) -> [binary() | undefined].
to_db(Numbers) ->
    numplan_call:each(?FUNCTION_NAME, fun numplan_nif:to_db/1, Numbers).

%% @doc Where the number is and who holds its range, as the API's "Locality" has it; or for each of a list of numbers.
%%
%% The number is normalised first. An operator's snapshot answers where one is loaded ({@link numplan_locality:load/1}), else what is
%% compiled in: libphonenumber's geocodes, carriers outside of North America, states by area codes, and postal codes of cities of
%% the United States. What is not known is `null'; what is no number has the status `error'. Porting is not seen. Cost: some
%% microseconds; the first number of a country takes some milliseconds on a dirty scheduler. kazoo-facts 5.2.
%%
%% ```
%% {[{<<"country">>, <<"US">>}, {<<"number">>, <<"4158551292">>}, {<<"e164_number">>, <<"+14158551292">>} | _]} =
%%     numplan:locality(<<"4158551292">>).
%% '''
-spec locality(phone_number()) -> object(); ([phone_number()]) -> [object()].
locality(Numbers) ->
    numplan_call:each(?FUNCTION_NAME, fun(Number) -> numplan_locality:locality(Number, []) end, Numbers).

%% @doc As {@link locality/1}. With the option `source' each answer also says where its parts are from, how old that is, and what
%% was derived.
-spec locality(phone_number(), [numplan_locality:option()]) -> object();
    ([phone_number()], [numplan_locality:option()]) -> [object()].
locality(Numbers, Options) when Options =:= []; Options =:= [source] ->
    Arguments = [{number, Numbers}, any],
    numplan_call:named(?FUNCTION_NAME, Arguments, fun() ->
        numplan_call:each(fun(Number) -> numplan_locality:locality(Number, Options) end, Numbers)
    end);
locality(Numbers, Options) ->
    numplan_error:badarg(?MODULE, ?FUNCTION_NAME, [{number, Numbers}, {locality_options, Options}]).

%% @doc What libphonenumber knows of the number: region, type, validity, written forms, carrier, time zones and geocode; or of each of
%% a list. `undefined' for what is no number. The number is normalised first. Cost: as {@link locality/1}.
%%
%% ```
%% #{region := <<"GB">>, type := <<"FIXED_LINE">>, national := <<"020 7946 0000">>, geocode := <<"London">>} =
%%     numplan:lookup(<<"+442079460000">>).
%% '''
-spec lookup(phone_number()) -> lookup() | undefined; ([phone_number()]) -> [lookup() | undefined].
lookup(Numbers) ->
    numplan_call:each(?FUNCTION_NAME, fun numplan_locality:lookup/1, Numbers).

%% @doc `Term' as JSON text. See {@link numplan_json:encode/1}.
-spec json_encode(term()) -> {ok, binary()} | {error, numplan_json:encode_error()}.
json_encode(Term) ->
    numplan_json:encode(Term).

%% @doc The term that JSON text stands for, with objects as maps. See {@link numplan_json:decode/2}.
-spec json_decode(iodata()) -> {ok, term()} | {error, numplan_json:decode_error()}.
json_decode(Text) ->
    numplan_json:decode(Text).

%% @doc The term that JSON text stands for. See {@link numplan_json:decode/2}.
-spec json_decode(iodata(), [numplan_json:option()]) -> {ok, term()} | {error, numplan_json:decode_error()}.
json_decode(Text, Options) ->
    numplan_json:decode(Text, Options).
