%% @doc What numplan holds of the Kazoo node that runs it, for people and monitoring.
-module(numplan_kazoo).

-export([status/0]).

-export_type([status/0]).

-type status() :: #{
    release := numplan_kazoo_config:release(),
    system := #{
        rules := native | {re, [Path :: binary()]} | refused | absent,
        numplan_only := [binary()],
        age_ms := non_neg_integer() | never,
        reads := non_neg_integer()
    },
    accounts := map(),
    plans := map(),
    calls := numplan_counts:counts(),
    outages := [numplan_kazoo_reader:outage()]
}.

%% @doc What is held, how fresh it is, and how many calls were answered. On a node of Kazoo also
%% `sup numplan_kazoo status'.
%%
%% `system' has what the system's rules run in (`native'; `{re, Paths}' with those that `re' runs;
%% `refused' where Kazoo would crash on part of them, and they run one by one; `absent' on a node
%% without Kazoo's modules), the classes that Kazoo's own code does not know, since they are sets
%% of numbers without a regex (`numplan_only'), the milliseconds since they were read, and how
%% often they were. `accounts' has what {@link numplan_kazoo_accounts:status/0} returns, and
%% `period_ms', the milliseconds between two looks for accounts to read ahead. `plans' is the cache
%% of compiled rules ({@link numplan_plan_cache:status/0}), `calls' the counts of {@link
%% numplan_counts}, and `outages' what of Kazoo's configuration cannot be read.
%%
%% ```
%% #{system := #{rules := _, age_ms := _}, accounts := #{accounts := _}, calls := #{}} = numplan_kazoo:status().
%% '''
-spec status() -> status().
status() ->
    System = numplan_kazoo_follower:system(),
    Rules = #{rules => rules(System), numplan_only => numplan_only(System)},
    #{
        release => numplan_kazoo_config:release(),
        system => maps:merge(numplan_kazoo_follower:status(), Rules),
        accounts => maps:merge(numplan_kazoo_accounts:status(), numplan_kazoo_refresher:status()),
        plans => numplan_plan_cache:status(),
        calls => numplan_counts:counts(),
        outages => numplan_kazoo_reader:outages()
    }.

rules(absent) ->
    absent;
rules({refused, _Document}) ->
    refused;
rules(Plan) ->
    case [Path || #{path := Path, runs := re} <- maps:get(rules, numplan:info(Plan))] of
        [] -> native;
        Paths -> {re, Paths}
    end.

numplan_only(absent) -> [];
numplan_only({refused, _Document}) -> [];
numplan_only(Plan) -> maps:get(numplan_only, numplan:info(Plan)).
