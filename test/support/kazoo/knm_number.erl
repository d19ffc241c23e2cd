%% A double of Kazoo's knm_number, on the store that numplan's HTTP API reads.
-module(knm_number).
-export([get/2, to_public_json/1]).

get(Number, [{auth_by, _AccountId}]) ->
    E164 = knm_converter_numplan:normalize(Number),
    case numplan_classifiers:is_reconcilable(E164) of
        true -> 'Elixir.Numplan.Store':get_number(E164);
        false -> {error, not_reconcilable}
    end.

to_public_json(Number) -> 'Elixir.Numplan.API.Presentation':number(Number).
