%% The floor: what any call into native code costs that takes a binary.
-module(numplan_floor).

-export([echo/1, floor/1, load/1]).

-spec load(file:filename()) -> ok | {error, term()}.
load(Library) -> erlang:load_nif(Library, none).

-spec echo(binary()) -> ok.
echo(_Binary) -> erlang:nif_error(not_loaded).

-spec floor(binary()) -> binary().
floor(_Binary) -> erlang:nif_error(not_loaded).
