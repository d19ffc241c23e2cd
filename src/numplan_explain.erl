%% @doc The whole decision on a number: every rule that is tried, in order, and its effect.
-module(numplan_explain).

-export([explain/2]).

-export_type([explanation/0, tried/0, rewriting/0, layout/0]).

-include("numplan_plan.hrl").

-type tried() :: #{path := binary(), regex := binary(), runs := native | re, matches := boolean()}.
%% A rule that was tried: the path of its regex in the configuration, the regex, where it runs, and
%% whether it matches.

-type rewriting() :: #{
    number := numplan:phone_number(),
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
    result := numplan:phone_number()
}.
%% The effect of a list of rewriting rules. `tried' ends with the rule that matched, if one did.
%% `group' is the capture group that is the root: the last that took part in the match, or 0 for the
%% whole match. `start' is the offset of the root.

-type layout() :: #{
    from := class | nanp | none,
    mask := binary() | undefined,
    steps := [#{symbol := binary(), does := skip | emit | rest | literal, takes := binary(), prints := binary()}],
    more_steps := non_neg_integer(),
    dropped := binary()
}.
%% How a number is formatted: by the mask of its class, by the mask for `+1', or not at all. `steps'
%% has the effect of each of the first 1,000 symbols of the mask, `more_steps' the number of further
%% symbols, `dropped' the digits that the mask leaves out.

-type explanation() :: #{
    number := numplan:phone_number(),
    plus := boolean(),
    dial_plan := rewriting() | undefined,
    converters := rewriting() | undefined,
    e164 := numplan:phone_number(),
    classifiers := [
        #{
            name := binary(),
            path := binary(),
            regex := binary(),
            prefixes => pos_integer(),
            world => numplan_plan:selection(),
            runs := native | re,
            matches := boolean()
        }
    ],
    class := binary() | undefined,
    reconcile := tried(),
    reconcilable := boolean(),
    layout := layout(),
    pretty_print := binary(),
    hint := binary() | undefined,
    text := binary()
}.
%% The whole decision on a number. `dial_plan' and `converters' are `undefined' for a number that
%% starts with `+', to which they are not applied. `classifiers' lists all of them in order; the
%% first that matches is the class. One by a list has the number of its `prefixes', and its `regex'
%% matches as the prefix that was found, or is empty. One by the world's plan has its regions and
%% types as `world', and no regex. `hint' names characters that no rule removes,
%% such as spaces, where the number is classified otherwise without them. `text' is the decision in
%% words, printable whatever the number holds.

%% @doc As {@link numplan:explain/2}, for one number. Reads the plan's document only, so the plan
%% may be of any build.
-spec explain(binary(), numplan_plan:plan()) -> explanation().
explain(Number, #numplan_plan{source = Source}) ->
    explain(binary_to_term(Source), Number, []).

%% The explanation by a document. Native code asks for matches of `re' step by step, because the
%% dial plan's result decides what converters see, and their result what classifiers see.
explain(Document, Number, Results) ->
    case numplan_nif:explain(Document, Number, Results) of
        #{text := _} = Explanation -> Explanation;
        {error, Problems} -> erlang:error({invalid_config, Problems});
        {re, Subject, Regexes} -> explain(Document, Number, [run(Regex, Subject) || Regex <- Regexes] ++ Results)
    end.

run(Regex, Subject) ->
    case re:run(Subject, Regex, [{capture, all, index}]) of
        {match, Spans} -> {Regex, Subject, Spans};
        nomatch -> {Regex, Subject, nomatch}
    end.
