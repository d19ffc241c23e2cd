%% @doc Annotates the rows of a file of numbers with E.164 and class, or with other fields.
-module(numplan_table).

-export([annotate/3, annotate/4, annotate_with/3]).

-export_type([fields/0]).

-include("numplan_plan.hrl").

-type fields() :: [{Name :: binary(), binary() | [binary()] | boolean() | undefined}].
%% What is appended to a row, in order: cells, in which texts of a list have spaces between them,
%% and `undefined' is empty; in JSON members of these names.

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
    numplan_nif:table_annotate_with(Layout, Text, [[{<<"e164">>, E164}, {<<"class">>, Class}] || {E164, Class} <- Answers]).

%% @doc As {@link annotate/3}, with the fields that `Fun' returns for each number. Cost: that of
%% `Fun', in the calling process.
%%
%% ```
%% Fields = fun(Number) -> [{<<"region">>, numplan:region(Number)}] end,
%% {<<"+442079460000\tGB\n">>, 1, []} = numplan_table:annotate_with(Fields, plain, <<"+442079460000\n">>).
%% '''
-spec annotate_with(fun((binary()) -> fields()), numplan_nif:layout(), binary()) -> numplan_nif:annotated().
annotate_with(Fun, Layout, Text) ->
    Fields = [Fun(Number) || Number <- numplan_nif:table_numbers(Layout, Text)],
    numplan_nif:table_annotate_with(Layout, Text, Fields).
