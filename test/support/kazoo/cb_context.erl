%% A double of Kazoo's cb_context, as of 5.x: the state of a request while modules answer it. Until
%% one does, it is a fatal error (docs/kazoo-semantics.md 1.2, 1.3).
-module(cb_context).
-export([new/4, account_id/1, account_db/1, auth_account_id/1, req_verb/1, req_nouns/1, req_value/2]).
-export([set_resp_status/2, resp_status/1, set_resp_data/2, add_system_error/2, add_system_error/3, add_validation_error/4, response/1]).

-record(cb_context, {
    account_id,
    req_verb,
    req_nouns,
    req_data,
    resp_status = fatal,
    resp_data = {[]},
    resp_error_code = 500,
    resp_error_msg = <<"init failed">>
}).

new(Verb, AccountId, Words, Data) ->
    Nouns = [{<<"phone_numbers">>, Words}, {<<"accounts">>, [AccountId]}],
    #cb_context{account_id = AccountId, req_verb = Verb, req_nouns = Nouns, req_data = Data}.

account_id(#cb_context{account_id = AccountId}) -> AccountId.
account_db(#cb_context{account_id = <<A:2/binary, B:2/binary, Rest/binary>>}) ->
    <<"account%2F", A/binary, "%2F", B/binary, "%2F", Rest/binary>>.
auth_account_id(#cb_context{account_id = AccountId}) -> AccountId.
req_verb(#cb_context{req_verb = Verb}) -> Verb.
req_nouns(#cb_context{req_nouns = Nouns}) -> Nouns.

req_value(#cb_context{req_data = {Members}}, Key) -> proplists:get_value(Key, Members);
req_value(_Context, _Key) -> undefined.

resp_status(#cb_context{resp_status = Status}) -> Status.
set_resp_status(Context, Status) -> Context#cb_context{resp_status = Status}.
set_resp_data(Context, Data) -> Context#cb_context{resp_data = Data}.

add_system_error(Error, Context) -> add_system_error(Error, {[]}, Context).

add_system_error(Error, {Details}, Context) ->
    {Code, Text} = system_error(Error),
    Data = {[{<<"message">>, Text} | Details]},
    error_response(Code, atom_to_binary(Error), Data, Context).

system_error(bad_identifier) -> {404, <<"bad identifier">>};
system_error(invalid_method) -> {405, <<"method not allowed">>};
system_error(not_found) -> {404, <<"not found">>};
system_error(Other) -> {500, atom_to_binary(Other)}.

add_validation_error(Field, Code, Details, Context) ->
    error_response(400, <<"validation error">>, {[{Field, {[{Code, Details}]}}]}, Context).

error_response(Code, Message, Data, Context) ->
    Context#cb_context{resp_status = error, resp_error_code = Code, resp_error_msg = Message, resp_data = Data}.

response(#cb_context{resp_status = success, resp_data = Data}) -> {ok, Data};
response(#cb_context{resp_error_code = Code, resp_error_msg = Message, resp_data = Data}) -> {error, {Code, Message, Data}}.
