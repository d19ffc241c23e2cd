%% @doc The answers for a text with a number in each line.
-module(numplan_lines).

-export([classify/2, normalize/2, normalize_and_classify/2]).

-export_type([classified/0]).

-include("numplan_plan.hrl").

-type classified() :: #{names := tuple(), bits := 8 | 16 | 32, places := binary()}.
%% The classes of lines, in order: `places' has one unsigned big-endian integer of `bits' bits for
%% each line, the position of the class in `names', counted from 1; 0 is no class.

%% @doc As {@link numplan:classify_lines/2}.
-spec classify(binary(), numplan_plan:plan()) -> classified().
classify(Text, Plan) ->
    numplan_plan:with_current(Plan, fun
        (#numplan_plan{ref = Ref, names = Names, foreign = none}) ->
            case numplan_nif:classify_lines(Ref, Text) of
                {Bits, Places} -> #{names => Names, bits => Bits, places => Places};
                stale -> stale
            end;
        (#numplan_plan{names = Names} = Current) ->
            Bits = bits(tuple_size(Names)),
            Places = [place(numplan_re:classify(Number, Current)) || Number <- numplan_nif:numbers(Text)],
            #{names => Names, bits => Bits, places => <<<<Place:Bits>> || Place <- Places>>}
    end).

bits(Classes) when Classes < 16#100 -> 8;
bits(Classes) when Classes < 16#10000 -> 16;
bits(_Classes) -> 32.

place(undefined) -> 0;
place(Place) -> Place.

%% @doc As {@link numplan:normalize_lines/2}.
-spec normalize(binary(), numplan_plan:plan()) -> binary().
normalize(Text, Plan) ->
    numplan_plan:with_current(Plan, fun
        (#numplan_plan{ref = Ref, foreign = none}) ->
            numplan_nif:normalize_lines(Ref, Text);
        (Current) ->
            <<<<(numplan_re:normalize(Number, Current))/binary, $\n>> || Number <- numplan_nif:numbers(Text)>>
    end).

%% @doc As {@link numplan:normalize_and_classify_lines/2}.
-spec normalize_and_classify(binary(), numplan_plan:plan()) -> {binary(), classified()}.
normalize_and_classify(Text, Plan) ->
    {normalize(Text, Plan), classify(Text, Plan)}.
