%% A double of Kazoo's kzd_accounts: account documents by id, in a table that the double of
%% kapps_config makes; and of a database whose reads fail, of all documents, of the system's alone or
%% of one account's.
-module(kzd_accounts).
-export([put/2, delete/1, fetch/1, break/1, break/2, outage/1, failure/1]).

put(AccountId, Document) ->
    ets:insert(?MODULE, {AccountId, Document}),
    changed(AccountId).

delete(AccountId) ->
    ets:delete(?MODULE, AccountId),
    changed(AccountId).

changed(<<A:2/binary, B:2/binary, Rest/binary>> = AccountId) ->
    kapps_config:changed(<<"account%2F", A/binary, "%2F", B/binary, "%2F", Rest/binary>>, AccountId).

fetch(AccountId) ->
    case {outage(AccountId), ets:lookup(?MODULE, AccountId)} of
        {none, [{_, Document}]} -> {ok, Document};
        {none, []} -> {error, not_found};
        {Outage, _} -> failure(Outage)
    end.

%% From now on reads of all documents fail, or those of the system or of one account: with an error,
%% or not within a minute (`hang'); `none' ends that.
break(Outage) -> break(all, Outage).

break(Of, Outage) ->
    persistent_term:put(?MODULE, {Of, Outage}).

outage(Of) ->
    case persistent_term:get(?MODULE, none) of
        {Broken, Outage} when Broken =:= all; Broken =:= Of -> Outage;
        _ -> none
    end.

failure(hang) -> timer:sleep(60000), {error, timeout};
failure(Reason) -> {error, Reason}.
