%% A double of Kazoo's kzd_accounts: account documents by id.
-module(kzd_accounts).
-export([put/2, fetch/1]).

put(AccountId, Document) -> persistent_term:put({?MODULE, AccountId}, Document).

fetch(<<AccountId:32/binary>>) ->
    case persistent_term:get({?MODULE, AccountId}, none) of
        none -> {error, not_found};
        Document -> {ok, Document}
    end.
