%% @doc Encodes and decodes JSON, by serde_json in the native library.
-module(numplan_json).

-export([encode/1, encode/2, decode/1, decode/2]).

-export_type([option/0, decode_error/0, encode_error/0]).

-type option() :: ordered | {null, term()} | {max_values, pos_integer() | infinity}.

-type decode_error() ::
    {invalid_json, #{
        message := binary(), line := pos_integer(), column := pos_integer(), offset := non_neg_integer()
    }}
    | {too_large, #{limit := pos_integer(), got := pos_integer()}}
    | {too_many_values, #{limit := pos_integer()}}.
%% The position of an error in the text: lines and columns count from 1, offsets from 0, in bytes.

-type encode_error() :: {not_json, term()} | {duplicate_key, binary()} | integer_too_long | invalid_utf8 | too_deep.
%% A term that has no JSON, a key that a map has as an atom and as a binary, an integer of more than
%% 4,096 digits, a binary that is not UTF-8, or more than 127 levels of nesting.

%% @doc The term encoded as JSON text without spaces, or why it cannot be.
%%
%% Binaries are strings; `true', `false' and `null' are themselves, `undefined' and `nil' are null,
%% other atoms are strings; lists are arrays; maps, `{[{Key, Value}]}' and lists of pairs are
%% objects, with binaries or atoms for keys. A map's keys come sorted, those of the others in their
%% order. Integers keep all their digits, of which there may be 4,096, as many as {@link decode/2}
%% reads. Cost: linear in the size of the term; more than 2,000 values or 50 kB of text are worked
%% on by a dirty scheduler.
%%
%% ```
%% {ok, <<"{\"b\":1,\"a\":[true,null]}">>} = numplan_json:encode({[{b, 1}, {a, [true, undefined]}]}).
%% '''
-spec encode(term()) -> {ok, binary()} | {error, encode_error()}.
encode(Term) ->
    numplan_nif:json_encode(Term, false).

%% @doc As {@link encode/1}; with the option `pretty' over several lines, indented by two spaces.
-spec encode(term(), [pretty]) -> {ok, binary()} | {error, encode_error()}.
encode(Term, []) -> numplan_nif:json_encode(Term, false);
encode(Term, [pretty]) -> numplan_nif:json_encode(Term, true);
encode(_Term, Options) ->
    Got = numplan_badarg:options(Options, fun(Option) -> Option =:= pretty end),
    numplan_badarg:raise(?MODULE, ?FUNCTION_NAME, [any, {"expected a list of options: pretty", Got}]).

%% @doc JSON text decoded to a term, with objects as maps. See {@link decode/2}.
-spec decode(iodata()) -> {ok, term()} | {error, decode_error()}.
decode(Text) ->
    decode(Text, []).

%% @doc JSON text decoded to a term, or where and why it is not JSON.
%%
%% Objects become maps; a duplicate key has the last value. With the option `ordered' they become
%% `{[{Key, Value}]}', in the order of the text, with duplicate keys. Null becomes the atom `null',
%% or the term of the option `{null, Null}'. A number without a fraction and an exponent becomes an
%% integer with all its digits, up to 4,096; so `-0' is 0, as in OTP's and Kazoo's decoders, and
%% `-0.0' a float. Bounds: 16 MiB of text, 127 levels of nesting, and the option `{max_values,
%% Count}'. Cost: linear in the length; more than 25 kB are decoded on a dirty scheduler. Text that
%% is not iodata, or another option, raises `badarg'.
%%
%% ```
%% {ok, {[{<<"b">>, 1}, {<<"a">>, 2}]}} = numplan_json:decode(<<"{\"b\": 1, \"a\": 2}">>, [ordered]),
%% {error, {invalid_json, #{line := 1, column := 7}}} = numplan_json:decode(<<"{\"b\": ?}">>).
%% '''
-spec decode(iodata(), [option()]) -> {ok, term()} | {error, decode_error()}.
decode(Text, Options) ->
    try {iolist_to_binary(Text), options(Options, {false, null, infinity})} of
        {Binary, {Ordered, Null, MaxValues}} -> decode(Binary, Ordered, Null, MaxValues);
        {_Binary, error} -> refuse(Text, Options)
    catch
        error:badarg -> refuse(Text, Options)
    end.

decode(Text, Ordered, Null, MaxValues) ->
    case numplan_nif:json_decode(Text, Ordered, Null, MaxValues) of
        {ok, Term} ->
            {ok, Term};
        {error, {invalid_json, {Message, Line, Column, Offset}}} ->
            {error, {invalid_json, #{message => Message, line => Line, column => Column, offset => Offset}}};
        {error, {too_large, Limit, Got}} ->
            {error, {too_large, #{limit => Limit, got => Got}}};
        {error, {too_many_values, Limit}} ->
            {error, {too_many_values, #{limit => Limit}}}
    end.

-spec refuse(term(), term()) -> no_return().
refuse(Text, Options) ->
    numplan_badarg:raise(?MODULE, decode, [
        {"expected JSON text as iodata", not_iodata(Text)},
        {"expected a list of options: ordered, {null, Term}, {max_values, Count}",
            numplan_badarg:options(Options, fun(Option) -> options([Option], {false, null, infinity}) =/= error end)}
    ]).

not_iodata(Text) ->
    try iolist_size(Text) of
        _ -> []
    catch
        error:badarg -> [["got ", numplan_badarg:kind(Text)]]
    end.

options([], Read) -> Read;
options([ordered | Options], {_, Null, MaxValues}) -> options(Options, {true, Null, MaxValues});
options([{null, Null} | Options], {Ordered, _, MaxValues}) -> options(Options, {Ordered, Null, MaxValues});
options([{max_values, infinity} | Options], {Ordered, Null, _}) -> options(Options, {Ordered, Null, infinity});
options([{max_values, Count} | Options], {Ordered, Null, _}) when is_integer(Count), Count > 0 ->
    options(Options, {Ordered, Null, Count});
options(_Other, _Read) -> error.
