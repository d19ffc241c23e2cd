%% A double of Kazoo's own converter (docs/kazoo-semantics.md 3.1, 3.2): the converters of the
%% configuration, else the defaults of 4.2.
-module(knm_converter_regex).
-export([normalize/1]).

normalize(Number) ->
    Converters = kapps_config:get_json(<<"number_manager">>, <<"e164_converters">>, defaults()),
    converter_reference:normalize({first, converter_reference:rules(Converters)}, Number).

defaults() ->
    {[
        {<<"^(\\+?1)?([2-9][0-9]{2}[2-9][0-9]{6})$">>, {[{<<"prefix">>, <<"+1">>}]}},
        {<<"^011(\\d{5,})$|^00(\\d{5,})$">>, {[{<<"prefix">>, <<"+">>}]}},
        {<<"^[2-9]\\d{7,}$">>, {[{<<"prefix">>, <<"+">>}]}}
    ]}.
