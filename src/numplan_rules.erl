%% @doc Plans by what they are made of: rules that a call brings along, such as an account's dial plan, compiled once and kept for the next
%% call that brings the same.
%%
%% The native library keeps them, bounded in bytes and number: the oldest that nobody has asked for gives way. A hit takes no process and
%% no lock that another scheduler waits for. A hot upgrade begins with nothing kept.
-module(numplan_rules).

-export([plan/2, status/0]).

-export_type([kind/0]).

-include("numplan_plan.hrl").

-type kind() :: converters | dial_plan | number_manager.
%% What the content is: the value of the key of that name in a configuration, or a whole configuration.

%% @doc The plan of a configuration that says `Content' and nothing else, or `refused' where it is no valid one. Content is decoded JSON
%% in order, as Kazoo has it. Cost: that of comparing the content with what is kept, about a nanosecond a word and a hundred more; the
%% first time that of {@link numplan:plan/1}.
-spec plan(kind(), term()) -> numplan_plan:plan() | refused.
plan(Kind, Content) ->
    Asked = {Kind, Content},
    case numplan_nif:kept(Asked) of
        none -> compile(Asked);
        Kept -> Kept
    end.

compile({Kind, Content} = Asked) ->
    Answer =
        case numplan_plan:new(document(Kind, Content)) of
            {ok, Plan} -> Plan;
            {error, _Problems} -> refused
        end,
    %% What another build has compiled meanwhile is not kept by this one, and serves this call all the same.
    _ = numplan_nif:keep(Asked, Answer, bytes(Asked, Answer)),
    Answer.

document(number_manager, Document) -> Document;
document(converters, Converters) -> {[{<<"e164_converters">>, Converters} | bare()]};
document(dial_plan, DialPlan) -> {[{<<"dial_plan">>, DialPlan}, {<<"e164_converters">>, {[]}} | bare()]}.

%% Without these keys the default preset's rules would be compiled along.
bare() ->
    [{<<"classifiers">>, {[]}}, {<<"reconcile_regex">>, <<"^$">>}].

bytes(Asked, refused) ->
    erts_debug:flat_size(Asked) * erlang:system_info(wordsize);
bytes(Asked, #numplan_plan{source = Source} = Plan) ->
    #{memory := Memory} = numplan:info(Plan),
    Memory + byte_size(Source) + erts_debug:flat_size({Asked, Plan}) * erlang:system_info(wordsize).

%% @doc How many plans are kept, their size in bytes, and the bound to that, which one plan alone may pass.
%%
%% ```
%% #{plans := _, bytes := _, max_bytes := 134217728} = numplan_rules:status().
%% '''
-spec status() -> #{plans := non_neg_integer(), bytes := non_neg_integer(), max_bytes := pos_integer()}.
status() ->
    {Plans, Bytes, MaxBytes} = numplan_nif:kept_status(),
    #{plans => Plans, bytes => Bytes, max_bytes => MaxBytes}.
