%% Binary matching written by hand for the default configuration, and for no other.
-module(by_hand).

-export([classify/1, normalize/1]).

-define(NPA(A), A >= $2, A =< $9).
-define(D(A), A >= $0, A =< $9).

normalize(<<$+, _/binary>> = Number) -> Number;
normalize(<<$1, Rest:10/binary>> = Number) -> nanp(Rest, Number);
normalize(<<Rest:10/binary>> = Number) -> nanp(Rest, Number);
normalize(Number) -> abroad(Number).

nanp(<<A, B, C, D, Rest:6/binary>> = Nanp, Number) when ?NPA(A), ?D(B), ?D(C), ?NPA(D) ->
    case digits(Rest) of
        true -> <<"+1", Nanp/binary>>;
        false -> abroad(Number)
    end;
nanp(_, Number) ->
    abroad(Number).

abroad(<<"011", Rest/binary>> = Number) -> plus(Rest, Number);
abroad(<<"00", Rest/binary>> = Number) -> plus(Rest, Number);
abroad(<<A, Rest/binary>> = Number) when ?NPA(A), byte_size(Rest) >= 7 ->
    case digits(Rest) of
        true -> <<$+, Number/binary>>;
        false -> Number
    end;
abroad(Number) ->
    Number.

plus(Rest, Number) ->
    case digits(Rest) of
        true -> <<$+, Rest/binary>>;
        false -> Number
    end.

digits(<<A, Rest/binary>>) when ?D(A) -> digits(Rest);
digits(Rest) -> Rest =:= <<>>.

classify(Number) -> class(normalize(Number)).

class(<<"911">>) -> <<"emergency">>;
class(<<"+1", Npa:3/binary, Rest:7/binary>> = Number) -> digits(Rest) andalso npa(Npa, Number);
class(<<"1", Npa:3/binary, Rest:7/binary>> = Number) -> digits(Rest) andalso caribbean(Npa, Number);
class(Number) -> did_or_unknown(Number).

npa(Npa, _) when Npa =:= <<"800">>; Npa =:= <<"888">>; Npa =:= <<"877">>; Npa =:= <<"866">>; Npa =:= <<"855">> -> <<"tollfree_us">>;
npa(<<"900">>, _) -> <<"toll_us">>;
npa(Npa, Number) -> caribbean(Npa, Number).

caribbean(Npa, _) when
    Npa =:= <<"684">>; Npa =:= <<"264">>; Npa =:= <<"268">>; Npa =:= <<"242">>; Npa =:= <<"246">>; Npa =:= <<"441">>;
    Npa =:= <<"284">>; Npa =:= <<"345">>; Npa =:= <<"767">>; Npa =:= <<"809">>; Npa =:= <<"829">>; Npa =:= <<"849">>;
    Npa =:= <<"473">>; Npa =:= <<"671">>; Npa =:= <<"876">>; Npa =:= <<"664">>; Npa =:= <<"670">>; Npa =:= <<"787">>;
    Npa =:= <<"939">>; Npa =:= <<"869">>; Npa =:= <<"758">>; Npa =:= <<"784">>; Npa =:= <<"721">>; Npa =:= <<"868">>;
    Npa =:= <<"649">>; Npa =:= <<"340">>
->
    <<"caribbean">>;
caribbean(_, Number) ->
    did_or_unknown(Number).

did_or_unknown(<<$+, Number:11/binary>>) -> did_with_1(Number);
did_or_unknown(<<$+, Number:10/binary>>) -> did(Number);
did_or_unknown(<<Number:11/binary>>) -> did_with_1(Number);
did_or_unknown(<<Number:10/binary>>) -> did(Number);
did_or_unknown(_) -> <<"unknown">>.

did_with_1(<<$1, Number/binary>>) -> did(Number);
did_with_1(_) -> <<"unknown">>.

did(<<A, B, C, D, Rest/binary>>) when ?NPA(A), ?D(B), ?D(C), ?NPA(D) ->
    case digits(Rest) of
        true -> <<"did_us">>;
        false -> <<"unknown">>
    end;
did(_) ->
    <<"unknown">>.
