%% A double of Kazoo's kzd_accounts: account documents by id, in a table that the double of
%% kapps_config makes.
-module(kzd_accounts).
-export([put/2, fetch/1]).

put(AccountId, Document) ->
    ets:insert(?MODULE, {AccountId, Document}),
    ok.

fetch(AccountId) ->
    case ets:lookup(?MODULE, AccountId) of
        [{_, Document}] -> {ok, Document};
        [] -> {error, not_found}
    end.
