%% @doc Releases of Erlang/OTP, and the dialects of their `re'.
-module(numplan_otp).

-export([release/1, dialect/1]).

-export_type([options/0]).

-define(OLDEST, 24).

-type options() :: [{otp, Release :: pos_integer()}].
%% `{otp, Release}', a release of Erlang/OTP from 24 on: what its `re' makes of the regexes.

%% @doc The release in a list of options, or `none'. Raises `badarg' for other options, and for a
%% release before 24.
-spec release(options()) -> pos_integer() | none.
release([]) -> none;
release([{otp, Release}]) when is_integer(Release), Release >= ?OLDEST, Release < 1000 -> Release;
release(_Other) -> error(badarg).

%% @doc The dialect of the `re' of a release: OTP 28 came with PCRE2.
-spec dialect(Release :: pos_integer()) -> pcre | pcre2.
dialect(Release) when Release < 28 -> pcre;
dialect(_Release) -> pcre2.
