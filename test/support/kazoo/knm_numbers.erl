%% A double of Kazoo's knm_numbers, on the store that numplan's HTTP API reads.
-module(knm_numbers).
-export([account_listing/1]).

account_listing(AccountDb) ->
    {ok, Numbers, _Next} = 'Elixir.Numplan.Store':list_copies(numplan_kazoo_config:account_id(AccountDb), nil, 50),
    [{maps:get(id, Number), 'Elixir.Numplan.API.Presentation':entry(Number)} || Number <- Numbers].
