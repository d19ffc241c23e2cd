%% @doc Rows of a file of numbers, with what a plan says of each.
-module(numplan_table).

-export([annotate/3, annotate/4]).

-include("numplan_plan.hrl").

%% @doc The rows of `Text' with E.164 and class behind each, how many rows there are, and those that have no number. `Text' is whole
%% rows. Cost: some hundred nanoseconds a row, on a dirty scheduler; rules that only OTP's `re' can run cost what they cost there.
%%
%% ```
%% {ok, Plan} = numplan:plan({preset, 'kazoo-3.20'}),
%% {<<"911\t911\temergency\n">>, 1, []} = numplan_table:annotate(Plan, plain, <<"911\n">>).
%% '''
-spec annotate(numplan:plan(), numplan_nif:layout(), binary()) -> numplan_nif:annotated().
annotate(Plan, Layout, Text) ->
    annotate(Plan, Layout, Text, false).

%% @doc As {@link annotate/3}; where `Clean' is true, with the answers for the numbers as {@link numplan:clean/1} makes them. The rows
%% stay as they are.
-spec annotate(numplan:plan(), numplan_nif:layout(), binary(), Clean :: boolean()) -> numplan_nif:annotated().
annotate(#numplan_plan{ref = Ref, foreign = none} = Plan, Layout, Text, Clean) ->
    case numplan_nif:table_annotate(Ref, Layout, Text, Clean) of
        stale -> annotate(numplan_plan:renew(Plan), Layout, Text, Clean);
        Annotated -> Annotated
    end;
annotate(#numplan_plan{} = Plan, Layout, Text, Clean) ->
    Numbers = numplan_nif:table_numbers(Layout, Text),
    Options = [{plan, Plan}, {clean, Clean}],
    Answers = lists:zip(numplan:normalize(Numbers, Options), numplan:classify(Numbers, Options)),
    numplan_nif:table_annotate_with(Layout, Text, Answers);
annotate(Plan, Layout, Text, Clean) ->
    case numplan_plan:read(Plan) of
        {ok, Read} -> annotate(Read, Layout, Text, Clean);
        error -> numplan_error:badarg(?MODULE, ?FUNCTION_NAME, [{held_plan, Plan}, any, any, any])
    end.
