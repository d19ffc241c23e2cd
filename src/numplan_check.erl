%% @doc What is odd about a configuration, and what changes from one to another: proofs over all numbers, made by native code.
-module(numplan_check).

-export([check/1, diff/2]).

-include("numplan_plan.hrl").

%% @doc See {@link numplan:check/1}.
-spec check(numplan_source:source() | numplan_plan:plan()) -> {ok, numplan:report()} | {error, [numplan:problem()]}.
check(Source) ->
    case judged(Source) of
        {ok, Document, Refusals} -> numplan_nif:check(Document, Refusals);
        {error, Problems} -> {error, Problems}
    end.

%% @doc See {@link numplan:diff/2}.
-spec diff(Old, New) -> {ok, numplan:diff()} | {error, {old | new, [numplan:problem()]}} when
    Old :: numplan_source:source() | numplan_plan:plan(), New :: numplan_source:source() | numplan_plan:plan().
diff(Old, New) ->
    case {judged(Old), judged(New)} of
        {{ok, OldDocument, OldRefusals}, {ok, NewDocument, NewRefusals}} ->
            numplan_nif:diff(OldDocument, OldRefusals, NewDocument, NewRefusals);
        {{error, Problems}, _} ->
            {error, {old, Problems}};
        {_, {error, Problems}} ->
            {error, {new, Problems}}
    end.

judged(#numplan_plan{source = Source}) ->
    judged(binary_to_term(Source));
judged(#{'__struct__' := 'Elixir.Numplan.Plan', erlang := Plan}) ->
    judged(Plan);
judged(Source) ->
    case numplan_source:read(Source) of
        {ok, Document} -> judged(Document, numplan_nif:regexes(Document));
        {error, Problems} -> {error, Problems}
    end.

judged(Document, {ok, Regexes}) -> {ok, Document, numplan_re:refusals(Regexes)};
judged(_Document, {error, Problems}) -> {error, Problems}.
