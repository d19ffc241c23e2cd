%% A double of Kazoo's kz_services_quantities, on the store that numplan's HTTP API reads.
-module(kz_services_quantities).
-export([cascade_category/2]).

cascade_category(AccountId, <<"phone_numbers">>) ->
    {ok, Quantity} = 'Elixir.Numplan.Store':count_below(AccountId),
    Quantity.
