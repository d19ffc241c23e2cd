%% A double of Kazoo's kazoo_numbers_maintenance, on the store that numplan's HTTP API reads.
-module(kazoo_numbers_maintenance).
-export([fix_account_db_numbers/1, copy_single_number_to_account_db/2]).

fix_account_db_numbers(AccountDb) ->
    'Elixir.Numplan.Store.Repair':fix(numplan_kazoo_config:account_id(AccountDb)).

copy_single_number_to_account_db(Number, AccountDb) ->
    'Elixir.Numplan.Store.Repair':fix_number(numplan_kazoo_config:account_id(AccountDb), knm_converter_numplan:normalize(Number)).
