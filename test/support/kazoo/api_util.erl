%% A double of Kazoo's api_resource and api_util: passes a request through a module's callbacks, in
%% order, to its envelope (docs/kazoo-semantics.md 1.1, 1.2, 1.4).
-module(api_util).
-export([respond/4]).

%% The HTTP status and the envelope of a request: verb, account, the words of the path behind
%% `phone_numbers', and `data' of the body.
respond(Verb, AccountId, Words, Data) ->
    Context = cb_context:new(Verb, AccountId, Words, Data),
    envelope(allowed(Context, Words)).

allowed(Context, Words) ->
    Methods = [Methods || Methods <- crossbar_bindings:map(event([<<"allowed_methods">>]), Words), is_list(Methods)],
    case lists:member(cb_context:req_verb(Context), lists:append(Methods)) of
        true -> existing(Context, Words);
        false when Methods =:= [] -> cb_context:add_system_error(not_found, Context);
        false -> cb_context:add_system_error(invalid_method, Context)
    end.

existing(Context, Words) ->
    case crossbar_bindings:any(crossbar_bindings:map(event([<<"resource_exists">>]), Words)) of
        true -> executed(crossbar_bindings:fold(event([<<"validate">>]), [Context | Words]), Words);
        false -> cb_context:add_system_error(not_found, Context)
    end.

executed(Context, Words) ->
    case cb_context:resp_status(Context) of
        success -> crossbar_bindings:fold(event([<<"execute">>, string:lowercase(cb_context:req_verb(Context))]), [Context | Words]);
        _Failed -> Context
    end.

event(Names) ->
    iolist_to_binary(lists:join($., [<<"v2_resource">>] ++ Names ++ [<<"phone_numbers">>])).

envelope(Context) ->
    case cb_context:response(Context) of
        {ok, Data} ->
            {200, {[{<<"data">>, Data}, {<<"status">>, <<"success">>}]}};
        {error, {Code, Message, Data}} ->
            Error = [{<<"error">>, integer_to_binary(Code)}, {<<"message">>, Message}],
            {Code, {[{<<"data">>, Data}] ++ Error ++ [{<<"status">>, <<"error">>}]}}
    end.
