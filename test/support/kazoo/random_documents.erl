%% Configurations of any shape, made at random from a seed, and the comparison of numplan's answers
%% with the reference's in each.
-module(random_documents).
-export([differences/3, install/1, ours/2]).

-define(ACCOUNT, <<"abcdefabcdefabcdefabcdefabcdefab">>).
-define(CATEGORY, <<"number_manager">>).

%% At most five of `Count' documents for which an answer differs, each with the call, the number and
%% both answers.
differences(Release, Seed, Count) ->
    _ = rand:seed(exsss, Seed),
    differences(Release, Count, [], 0).

differences(_Release, 0, Differences, Compared) -> {Compared, Differences};
differences(_Release, _Left, [_, _, _, _, _ | _] = Differences, Compared) -> {Compared, Differences};
differences(Release, Left, Differences, Compared) ->
    World = world(Release),
    ok = install(World),
    Asked = asked(),
    Found = [{World, Call, Number, Theirs, Ours} || {Call, Number} <- Asked,
        Theirs <- [kazoo_reference:answer(Call, Number, World)], Ours <- [ours(Call, Number)], Theirs =/= Ours],
    Written = [{World, kapps_config:stored(?CATEGORY)} || kapps_config:stored(?CATEGORY) =/= {maps:get(system, World)}],
    differences(Release, Left - 1, Written ++ Found ++ Differences, Compared + length(Asked)).

asked() ->
    Numbers = [one(numbers()) || _ <- [1, 2, 3]],
    [{available_classifiers, none} | [{Call, Number} || Number <- Numbers, Call <- [{normalize_plan, rules()} | calls()]]].

calls() ->
    [normalize_system, normalize_account, classify, is_reconcilable, is_reconcilable_account, pretty_print, classification].

install(#{system := System, account := Account, reseller := Reseller, document := Document}) ->
    ok = kapps_config:store(?CATEGORY, {System}),
    Configurations = [{configs_number_manager, {Account}}, {reseller_number_manager, {Reseller}}],
    ok = kzd_accounts:put(?ACCOUNT, {Document ++ Configurations}),
    %% What the change asks of the follower is done before it answers.
    _ = numplan_kazoo_follower:status(),
    ok.

ours(Call, Number) -> kazoo_reference:outcome(fun() -> ask(Call, Number) end).

ask(normalize_system, Number) -> knm_converter_numplan:normalize(Number);
ask(normalize_account, Number) -> knm_converter_numplan:normalize(Number, ?ACCOUNT);
ask({normalize_plan, Plan}, Number) -> knm_converter_numplan:normalize(Number, ?ACCOUNT, Plan);
ask(is_reconcilable_account, Number) -> numplan_classifiers:is_reconcilable(Number, ?ACCOUNT);
ask(available_classifiers, none) -> numplan_classifiers:available_classifiers();
ask(Call, Number) -> numplan_classifiers:Call(Number).

world(Release) ->
    #{
        release => Release,
        system => members([
            {<<"classifiers">>, fun classifiers/0}, {<<"e164_converters">>, fun rules/0}, {<<"reconcile_regex">>, fun reconcile/0}
        ]),
        account => members([{<<"e164_converters">>, fun rules/0}, {<<"reconcile_regex">>, fun reconcile/0}]),
        reseller => members([{<<"e164_converters">>, fun rules/0}, {<<"reconcile_regex">>, fun reconcile/0}]),
        document => members([{<<"dial_plan">>, fun rules/0}])
    }.

members(Makers) -> [{Key, Make()} || {Key, Make} <- Makers, chance(60)].

rules() -> mostly(85, fun() -> {some(3, fun() -> {regex(), rule()} end)} end).

rule() -> mostly(80, fun() -> {members([{<<"prefix">>, fun affix/0}, {<<"suffix">>, fun affix/0}, {<<"name">>, fun odd/0}])} end).

affix() -> mostly(60, fun() -> one([<<"+">>, <<"+1">>, <<>>, <<"9">>]) end).

reconcile() -> mostly(70, fun regex/0).

classifiers() -> mostly(90, fun() -> {some(4, fun() -> {one([<<"a">>, <<"b">>, <<"c">>, <<"d">>, <<"e164">>]), classifier()} end)} end).

classifier() ->
    case rand:uniform(10) of
        1 -> odd();
        N when N < 4 -> regex();
        _ -> {members([
            {<<"regex">>, fun() -> mostly(90, fun regex/0) end},
            {<<"friendly_name">>, fun() -> mostly(70, fun() -> <<"Class">> end) end},
            {<<"pretty_print">>, fun() -> mostly(70, fun() -> one([<<"SS(###) ###">>, <<"\\##*">>, <<>>, <<"x">>]) end) end},
            {one([<<"e164">>, <<"number">>, <<"name">>, <<"emergency">>]), fun odd/0}
        ])}
    end.

regex() ->
    one([
        <<"^(\\d{7})$">>, <<"^9(\\d+)$">>, <<"^\\+1(\\d{10})$">>, <<"^\\+?1?(\\d{10})$">>, <<"^(0)(\\d+)$|^7">>, <<"^[2-9]\\d{7,}$">>,
        <<"^0">>, <<"^(.*)$">>, <<"^\\+">>, <<"1">>, <<"^+33">>, <<"(">>, <<>>, <<"^(?=4)(\\d+)">>, <<"(*PRUNE)^(4\\d*)">>, <<"(\\d)\\1">>, <<"^$">>, <<"system">>
    ]).

numbers() ->
    [
        <<"4158867900">>, <<"14158867900">>, <<"+14158867900">>, <<"8867900">>, <<"911">>, <<"988">>, <<"0123">>, <<"98867900">>, <<"7">>,
        <<"+">>, <<"\n">>, <<>>, <<"x">>, <<"01144123456789">>, <<"11">>, <<"+442071838750">>
    ].

%% Values of types that the schema does not allow.
odd() ->
    one([
        null, true, false, 0, 5, -7, 1.5, 0.0, 1.0e20, 1.0e-7, 123456.0, 1000000.0, <<>>, <<"x">>, <<"+1">>, <<"0">>, [], [<<"+4">>, <<"9">>],
        [<<"^">>, [$9]], [43, 49], [300], [null], [[<<"a">>], 98], {[]}, {[{<<"a">>, 1}]}, {[{<<"prefix">>, <<"7">>}]}
    ]).

mostly(Percent, Make) ->
    case chance(Percent) of
        true -> Make();
        false -> odd()
    end.

some(Most, Make) -> [Make() || _ <- lists:seq(1, rand:uniform(Most + 1) - 1)].

chance(Percent) -> rand:uniform(100) =< Percent.

one(List) -> lists:nth(rand:uniform(length(List)), List).
