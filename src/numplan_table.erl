%% @doc Annotates the rows of a file of numbers with E.164 and class.
-module(numplan_table).

-export([annotate/3, annotate/4]).

-include("numplan_plan.hrl").

%% @doc The rows of `Text' with E.164 and class appended, the number of rows, and those without a
%% number. `Text' must be whole rows. Cost: some hundred nanoseconds a row, on a dirty scheduler,
%% and more for rules that only OTP's `re' can run.
%%
%% ```
%% {ok, Plan} = numplan:plan({preset, 'kazoo-3.20'}),
%% {<<"911\t911\temergency\n">>, 1, []} = numplan_table:annotate(Plan, plain, <<"911\n">>).
%% '''
-spec annotate(numplan:plan(), numplan_nif:layout(), binary()) -> numplan_nif:annotated().
annotate(Plan, Layout, Text) ->
    annotate(Plan, Layout, Text, false).

%% @doc As {@link annotate/3}. If `Clean' is true, answers are for the numbers after {@link
%% numplan:clean/1}; the rows themselves are unchanged.
-spec annotate(numplan:plan(), numplan_nif:layout(), binary(), Clean :: boolean()) -> numplan_nif:annotated().
annotate(Plan, Layout, Text, Clean) ->
    case numplan_plan:read(Plan) of
        {ok, Read} -> numplan_plan:with_current(Read, fun(Current) -> annotated(Current, Layout, Text, Clean) end);
        error -> numplan_error:badarg(?MODULE, ?FUNCTION_NAME, [{held_plan, Plan}, any, any, any])
    end.

annotated(#numplan_plan{ref = Ref, foreign = none}, Layout, Text, Clean) ->
    numplan_nif:table_annotate(Ref, Layout, Text, Clean);
annotated(Plan, Layout, Text, Clean) ->
    Numbers = numplan_nif:table_numbers(Layout, Text),
    Options = [{plan, Plan}, {clean, Clean}],
    Answers = lists:zip(numplan:normalize(Numbers, Options), numplan:classify(Numbers, Options)),
    numplan_nif:table_annotate_with(Layout, Text, Answers).
