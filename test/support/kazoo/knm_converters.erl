%% A double of Kazoo's knm_converters: calls the converter that the configuration names, whose atom
%% it makes at each call (docs/kazoo-semantics.md 3.12).
-module(knm_converters).
-export([normalize/1]).

normalize(Numbers) when is_list(Numbers) -> [normalize(Number) || Number <- Numbers];
normalize(Number) -> (converter()):normalize(Number).

converter() ->
    Name = kapps_config:get_ne_binary(<<"number_manager">>, <<"converter">>, <<"regex">>),
    binary_to_atom(<<"knm_converter_", Name/binary>>, utf8).
