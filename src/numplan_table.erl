%% @doc Rows of a file of numbers, with what a plan says of each.
-module(numplan_table).

-export([annotate/3]).

-include("numplan_plan.hrl").

%% @doc The rows of `Text' with E.164 and class behind each, how many rows there are, and those that have no number. `Text' is whole
%% rows. Cost: some hundred nanoseconds a row, on a dirty scheduler; rules that only OTP's `re' can run cost what they cost there.
%%
%% ```
%% {ok, Plan} = numplan:plan({preset, 'kazoo-3.20'}),
%% {<<"911\t911\temergency\n">>, 1, []} = numplan_table:annotate(Plan, plain, <<"911\n">>).
%% '''
-spec annotate(numplan:plan(), numplan_nif:layout(), binary()) -> numplan_nif:annotated().
annotate(#numplan_plan{ref = Ref, foreign = none} = Plan, Layout, Text) ->
    case numplan_nif:table_annotate(Ref, Layout, Text) of
        stale -> annotate(numplan_plan:renew(Plan), Layout, Text);
        Annotated -> Annotated
    end;
annotate(Plan, Layout, Text) ->
    Numbers = numplan_nif:table_numbers(Layout, Text),
    Answers = lists:zip(numplan:normalize(Numbers, Plan), numplan:classify(Numbers, Plan)),
    numplan_nif:table_annotate_with(Layout, Text, Answers).
