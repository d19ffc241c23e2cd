%% Kazoo's Phone Numbers API as a Crossbar module whose work numplan does: an example, and what the
%% tests compare with numplan's own HTTP server. Classifying and localities are one line each;
%% numbers and their repair stay Kazoo's.
-module(cb_phone_numbers).

-export([
    init/0,
    allowed_methods/0, allowed_methods/1, allowed_methods/2,
    resource_exists/0, resource_exists/1, resource_exists/2,
    validate/1, validate/2, validate/3,
    post/2, post/3
]).

-define(CLASSIFIERS, <<"classifiers">>).
-define(FIX, <<"fix">>).
-define(LOCALITY, <<"locality">>).
-define(HTTP_GET, <<"GET">>).
-define(HTTP_POST, <<"POST">>).

init() ->
    ok = crossbar_bindings:bind(<<"v2_resource.allowed_methods.phone_numbers">>, ?MODULE, allowed_methods),
    ok = crossbar_bindings:bind(<<"v2_resource.resource_exists.phone_numbers">>, ?MODULE, resource_exists),
    ok = crossbar_bindings:bind(<<"v2_resource.validate.phone_numbers">>, ?MODULE, validate),
    ok = crossbar_bindings:bind(<<"v2_resource.execute.post.phone_numbers">>, ?MODULE, post).

allowed_methods() -> [?HTTP_GET].

%% Kazoo's code has `fix' under POST, its documentation under GET.
allowed_methods(?FIX) -> [?HTTP_GET, ?HTTP_POST];
allowed_methods(?LOCALITY) -> [?HTTP_POST];
allowed_methods(_ClassifiersOrNumber) -> [?HTTP_GET].

allowed_methods(?FIX, _Number) -> [?HTTP_GET, ?HTTP_POST];
allowed_methods(?CLASSIFIERS, _Number) -> [?HTTP_GET].

resource_exists() -> true.

resource_exists(_WordOrNumber) -> true.

resource_exists(?FIX, _Number) -> true;
resource_exists(?CLASSIFIERS, _Number) -> true;
resource_exists(_Number, _Word) -> false.

validate(Context) ->
    summary(Context).

validate(Context, ?CLASSIFIERS) ->
    success(Context, numplan_classifiers:available_classifiers());
validate(Context, ?LOCALITY) ->
    validate_numbers(Context, cb_context:req_value(Context, <<"numbers">>));
validate(Context, ?FIX) ->
    on_get(Context, fun fix/1);
validate(Context, Number) ->
    read(Context, Number).

validate(Context, ?CLASSIFIERS, Number) ->
    success(Context, numplan_classifiers:classification(Number));
validate(Context, ?FIX, Number) ->
    on_get(Context, fun(Asked) -> fix(Asked, Number) end).

post(Context, ?LOCALITY) ->
    success(Context, {[{Number, numplan:locality(Number)} || Number <- cb_context:req_value(Context, <<"numbers">>)]});
post(Context, ?FIX) ->
    fix(Context).

post(Context, ?FIX, Number) ->
    fix(Context, Number).

success(Context, Data) ->
    cb_context:set_resp_data(cb_context:set_resp_status(Context, success), Data).

%% Validation only accepts a POST; a later phase executes it.
on_get(Context, Do) ->
    case cb_context:req_verb(Context) of
        ?HTTP_GET -> Do(Context);
        ?HTTP_POST -> success(Context, {[]})
    end.

validate_numbers(Context, undefined) ->
    invalid_numbers(Context, <<"required">>, <<"list of numbers missing">>);
validate_numbers(Context, []) ->
    invalid_numbers(Context, <<"minimum">>, <<"minimum 1 number required">>);
validate_numbers(Context, Numbers) when is_list(Numbers) ->
    Normalized = [knm_converter_numplan:normalize(Number) || Number <- Numbers],
    case length(lists:usort(Normalized)) =:= length(Numbers) of
        true -> success(Context, {[]});
        false -> invalid_numbers(Context, <<"uniqueItems">>, <<"some numbers appear twice">>)
    end;
validate_numbers(Context, _NoList) ->
    invalid_numbers(Context, <<"type">>, <<"numbers must be a list">>).

invalid_numbers(Context, Code, Message) ->
    cb_context:add_validation_error(<<"numbers">>, Code, {[{<<"message">>, Message}]}, Context).

read(Context, Number) ->
    case knm_number:get(Number, [{auth_by, cb_context:auth_account_id(Context)}]) of
        {ok, Found} ->
            success(Context, knm_number:to_public_json(Found));
        {error, Reason} when Reason =:= not_found; Reason =:= not_reconcilable ->
            Details = {[{<<"not_found">>, <<"The number could not be found">>}]},
            cb_context:add_system_error(bad_identifier, Details, Context);
        {error, Reason} ->
            cb_context:add_system_error(Reason, Context)
    end.

fix(Context) ->
    ok = kazoo_numbers_maintenance:fix_account_db_numbers(cb_context:account_db(Context)),
    summary(Context).

fix(Context, Number) ->
    ok = kazoo_numbers_maintenance:copy_single_number_to_account_db(Number, cb_context:account_db(Context)),
    success(Context, {[]}).

summary(Context) ->
    Quantity = kz_services_quantities:cascade_category(cb_context:account_id(Context), <<"phone_numbers">>),
    success(Context, {[
        {<<"numbers">>, {knm_numbers:account_listing(cb_context:account_db(Context))}},
        {<<"cascade_quantity">>, Quantity}
    ]}).
