%% A double of Kazoo's kz_datamgr: of the configuration documents of accounts, only whether they can
%% be read.
-module(kz_datamgr).
-export([open_cache_doc/3]).

open_cache_doc(<<"account%2F", A:2/binary, "%2F", B:2/binary, "%2F", Rest/binary>>, <<"configs_number_manager">>, _Options) ->
    case kzd_accounts:outage(<<A/binary, B/binary, Rest/binary>>) of
        none -> {error, not_found};
        Outage -> kzd_accounts:failure(Outage)
    end.
