%% @doc The option that names a release of Erlang/OTP.
-module(numplan_otp).

-export([release/1]).

-export_type([options/0]).

-type options() :: [{otp, Release :: pos_integer()}].
%% `{otp, Release}', a release of Erlang/OTP from 24 on: what its `re' makes of the regexes.

%% @doc The release in a list of options, or `none'. Raises `badarg' for other options, and for a
%% release before 24.
-spec release(options()) -> pos_integer() | none.
release([]) -> none;
release([{otp, Release}]) when is_integer(Release), Release < 1000 ->
    %% Native code knows which releases have which `re'.
    _ = numplan_nif:dialect(Release),
    Release;
release(_Other) ->
    error(badarg).
