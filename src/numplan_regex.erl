%% @doc Regexes that OTP's `re' compiles and runs: which are valid, and what they match.
%%
%% These functions need no plan, so the compilation of a plan can call them.
-module(numplan_regex).

-export([refusals/1, compile/1, matches/2, root/2]).

-export_type([rules/0, refusals/0]).

-type compiled() :: {re_pattern, term(), term(), term(), term()}.
-type rewrite() :: {Place :: pos_integer(), compiled(), Prefix :: binary(), Suffix :: binary()}.
-type rules() :: #{
    converters := [rewrite()],
    dial_plan := [rewrite()],
    classes := [{Place :: pos_integer(), compiled()}],
    reconcile := compiled() | none
}.

-type refusals() :: [{Regex :: binary(), Reason :: binary(), Offset :: non_neg_integer()}].
%% Regexes that `re' does not compile, each with its message and the offset.

%% @doc The regexes that are invalid, because `re:compile/1' refuses them.
-spec refusals([binary()]) -> refusals().
refusals(Regexes) ->
    [
        {Regex, unicode:characters_to_binary(Reason), Offset}
     || Regex <- Regexes, {error, {Reason, Offset}} <- [re:compile(Regex)]
    ].

%% @doc The rules that native code leaves to `re', compiled; `none' where all rules are native.
-spec compile(none | tuple()) -> none | rules().
compile(none) ->
    none;
compile({Converters, DialPlan, Classes, Reconcile}) ->
    #{
        converters => [{Place, mp(Regex), Prefix, Suffix} || {Place, Regex, Prefix, Suffix} <- Converters],
        dial_plan => [{Place, mp(Regex), Prefix, Suffix} || {Place, Regex, Prefix, Suffix} <- DialPlan],
        classes => [{Place, mp(Regex)} || {Place, Regex} <- Classes],
        reconcile => mp(Reconcile)
    }.

mp(none) ->
    none;
mp(Regex) ->
    {ok, Compiled} = re:compile(Regex),
    Compiled.

%% @doc True when a regex, compiled or not, matches. Raises `badarg' for an invalid one.
-spec matches(binary(), compiled() | iodata()) -> boolean().
matches(Subject, Regex) ->
    ok = numplan_nif:count_re(),
    re:run(Subject, Regex, [{capture, none}]) =:= match.

%% @doc The root of the first match of a regex, compiled or not: the last capture group that took
%% part, or the whole match; or `nomatch'. Raises `badarg' for an invalid regex.
%%
%% `re' omits trailing groups that took no part. A match that ends before it starts, as of
%% `(?=1\\K)', has an empty root; captured as a binary it would crash the node.
-spec root(binary(), compiled() | iodata()) -> binary() | nomatch.
root(Number, Regex) ->
    ok = numplan_nif:count_re(),
    case re:run(Number, Regex, [{capture, all, index}]) of
        {match, Captures} -> part(Number, lists:last(Captures));
        nomatch -> nomatch
    end.

part(Number, {Start, Length}) when Start >= 0, Length > 0 -> binary:part(Number, Start, Length);
part(_Number, _Nothing) -> <<>>.
