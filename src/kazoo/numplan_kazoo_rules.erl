%% @doc Applies rules of Kazoo to a number: compiled ({@link numplan_plan_cache}) where Kazoo would
%% not crash on them, else one by one ({@link numplan_uncompiled}).
-module(numplan_kazoo_rules).

-export([rewrite/3, is_reconcilable/2]).

%% @doc The number rewritten by a dial plan, first match, or by converters.
%%
%% An empty object, or a term that is not an object, is not compiled: Kazoo walks over the keys of
%% whatever it has.
-spec rewrite(binary(), dial_plan | converters, Rules :: numplan:object() | term()) -> binary().
rewrite(Number, Kind, {[_ | _]} = Rules) ->
    case {Kind, numplan_plan_cache:plan(Kind, Rules)} of
        {_, refused} -> numplan_uncompiled:rewrite(Number, Rules);
        {dial_plan, Plan} -> numplan_re:apply_dial_plan(Number, Plan, first_match);
        {converters, Plan} -> numplan_re:convert(Number, Plan)
    end;
rewrite(Number, _Kind, NoRules) ->
    numplan_uncompiled:rewrite(Number, NoRules).

%% @doc True when a reconcile regex matches a number in E.164. What reading the regex has raised is
%% raised again.
-spec is_reconcilable(binary(), Regex :: binary() | term()) -> boolean().
is_reconcilable(_E164, {raised, Class, Reason}) ->
    erlang:raise(Class, Reason, []);
is_reconcilable(E164, Regex) when is_binary(Regex) ->
    case numplan_plan_cache:plan(reconcile_regex, Regex) of
        refused -> numplan_uncompiled:matches(E164, Regex);
        Plan -> numplan:is_reconcilable(E164, Plan)
    end;
is_reconcilable(E164, NoText) ->
    numplan_uncompiled:matches(E164, NoText).
