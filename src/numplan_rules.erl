%% @doc Plans by what they are made of: rules that a call brings along, such as an account's dial plan, compiled once and kept for the next
%% call that brings the same.
%%
%% A table of the native library keeps them, bounded in bytes and number: the oldest that nobody has asked for gives way. A hit takes no
%% process and no lock that another scheduler waits for. Calls that bring the same for the first time at once have it compiled once. The
%% first call after a hot upgrade begins a table anew; until then the older library stays.
-module(numplan_rules).

-export([plan/2, status/0]).

-export_type([kind/0]).

-include("numplan_plan.hrl").

-type kind() :: converters | dial_plan | reconcile_regex | number_manager.
%% What the content is: the value of the key of that name in a configuration, or a whole configuration.

%% How long a call waits for another one's compiling, in milliseconds.
-define(PATIENCE, 30000).

%% @doc The plan of a configuration that says `Content' and nothing else, as Kazoo takes it ({@link numplan_kazoo_document:strict/2}), or
%% `refused' where Kazoo would crash on part of it. Content is decoded JSON in order, as Kazoo has it. Cost: that of comparing the content with what is kept, about a nanosecond a word and a hundred more, some
%% more where others are kept that begin alike, on a dirty scheduler for thousands of rules; the first time that of {@link numplan:plan/1},
%% which calls that ask for the same meanwhile wait for.
-spec plan(kind(), term()) -> numplan_plan:plan() | refused.
plan(Kind, Content) ->
    Asked = {Kind, Content},
    case kept(Asked) of
        none -> make(Asked);
        Kept -> Kept
    end.

kept(Asked) ->
    with_table(fun(Table) -> numplan_nif:kept(Table, Asked) end).

with_table(Fun) ->
    with_table(persistent_term:get(?MODULE, none), Fun).

%% Another build's table is as good as none; and native code may be exchanged again before a new one is asked.
with_table(none, Fun) ->
    with_table(new_table(), Fun);
with_table(Table, Fun) ->
    case Fun(Table) of
        stale -> with_table(new_table(), Fun);
        Answer -> Answer
    end.

%% Those that come here at once get the same.
new_table() ->
    Table = numplan_nif:table_of_kept(),
    persistent_term:put(?MODULE, Table),
    Table.

%% A process of its own compiles: its end tells all who wait, whatever it came to.
make(Asked) ->
    {Caller, Tag} = {self(), make_ref()},
    {Pid, Monitor} = spawn_monitor(fun() -> Caller ! {Tag, made(Asked)} end),
    receive
        {Tag, Outcome} ->
            demonitor(Monitor, [flush]),
            told(Outcome, Asked);
        {'DOWN', Monitor, process, Pid, _Killed} ->
            compile(Asked)
    end.

told({made, Answer}, _Asked) -> Answer;
told({made_by, Maker}, Asked) -> await(Maker, Asked);
told({raised, Class, Reason, Stack}, _Asked) -> erlang:raise(Class, Reason, Stack).

made(Asked) ->
    try
        case with_table(fun(Table) -> numplan_nif:claim(Table, Asked) end) of
            ok -> {made, kept_or_compiled(Asked)};
            Maker -> {made_by, Maker}
        end
    catch
        Class:Reason:Stack -> {raised, Class, Reason, Stack}
    end.

await(Maker, Asked) ->
    Monitor = monitor(process, Maker),
    receive
        {'DOWN', Monitor, process, Maker, _Reason} -> kept_or_compiled(Asked)
    after ?PATIENCE ->
        demonitor(Monitor, [flush]),
        compile(Asked)
    end.

kept_or_compiled(Asked) ->
    case kept(Asked) of
        none -> compile(Asked);
        Kept -> Kept
    end.

compile({Kind, Content} = Asked) ->
    Answer =
        case numplan_kazoo_document:strict(Kind, Content) of
            {ok, Strict} -> compile_strict(document(Kind, Strict));
            refused -> refused
        end,
    Own = own(Asked),
    %% What another build has compiled meanwhile is not kept by this one, and serves this call all the same.
    _ = numplan_nif:keep(persistent_term:get(?MODULE), Own, Answer, {words(Own), bytes(Own, Answer)}),
    Answer.

compile_strict(Document) ->
    case numplan_plan:new(Document) of
        {ok, Plan} -> Plan;
        {error, _Problems} -> refused
    end.

%% A text may be part of a whole document, which would be kept along with it.
own(Text) when is_binary(Text) -> binary:copy(Text);
own([First | Rest]) -> [own(First) | own(Rest)];
own(Tuple) when is_tuple(Tuple) -> list_to_tuple(own(tuple_to_list(Tuple)));
own(Other) -> Other.

document(number_manager, Document) -> Document;
document(converters, Converters) -> {[{<<"e164_converters">>, Converters} | bare()]};
document(reconcile_regex, Regex) ->
    {[{<<"reconcile_regex">>, Regex}, {<<"e164_converters">>, {[]}}, {<<"classifiers">>, {[]}}]};
document(dial_plan, DialPlan) -> {[{<<"dial_plan">>, DialPlan}, {<<"e164_converters">>, {[]}} | bare()]}.

%% Without these keys the default preset's rules would be compiled along.
bare() ->
    [{<<"classifiers">>, {[]}}, {<<"reconcile_regex">>, <<"^$">>}].

bytes(Asked, refused) ->
    weight(Asked);
bytes(Asked, #numplan_plan{} = Plan) ->
    #{memory := Memory} = numplan:info(Plan),
    Memory + weight({Asked, Plan}).

%% Texts are compared by words as well.
words(Term) ->
    weight(Term) div erlang:system_info(wordsize).

%% On the heap, and in binaries beside it, of which the heap's size says nothing.
weight(Term) ->
    erts_debug:flat_size(Term) * erlang:system_info(wordsize) + erlang:external_size(Term).

%% @doc How many plans are kept, their size in bytes, and the bound to that, which one plan alone may pass.
%%
%% ```
%% #{plans := _, bytes := _, max_bytes := 134217728} = numplan_rules:status().
%% '''
-spec status() -> #{plans := non_neg_integer(), bytes := non_neg_integer(), max_bytes := pos_integer()}.
status() ->
    {Plans, Bytes, MaxBytes} = with_table(fun numplan_nif:kept_status/1),
    #{plans => Plans, bytes => Bytes, max_bytes => MaxBytes}.
