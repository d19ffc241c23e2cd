%% @doc Counts of calls since the node loaded the first build of this application.
%%
%% Native code counts, each scheduler for itself, in about a nanosecond. The counts go from build to
%% build in a hot upgrade.
-module(numplan_counts).

-export([counts/0]).

-export_type([counts/0]).

-type counts() :: #{
    normalize := non_neg_integer(),
    classify := non_neg_integer(),
    is_reconcilable := non_neg_integer(),
    pretty_print := non_neg_integer(),
    classification := non_neg_integer(),
    classified := non_neg_integer(),
    in_batches := non_neg_integer(),
    re := non_neg_integer(),
    by_account := non_neg_integer(),
    accounts_read := non_neg_integer()
}.

-define(NAMES, [
    normalize,
    classify,
    is_reconcilable,
    pretty_print,
    classification,
    classified,
    in_batches,
    re,
    by_account,
    accounts_read
]).

%% @doc The counts. The first five are calls with one number, by what was asked; `classified' those
%% of them that found a class; `in_batches' numbers of lists; `re' rules that OTP's `re' has run;
%% `by_account' calls by an account's rules, and `accounts_read' those of them that had to read
%% these. A plan with rules for `re' counts a classification as a normalisation too. Numbers of
%% texts and files are not counted.
%%
%% ```
%% #{normalize := Before} = numplan_counts:counts(),
%% <<"+14158867900">> = numplan:normalize(<<"4158867900">>),
%% #{normalize := After} = numplan_counts:counts(),
%% true = After > Before.
%% '''
-spec counts() -> counts().
counts() ->
    maps:from_list(lists:zip(?NAMES, numplan_nif:counts())).
