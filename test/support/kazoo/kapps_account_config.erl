%% A double of Kazoo's kapps_account_config: an account's configuration document, else its reseller's, else the system's; a value is
%% replaced as a whole (kazoo-facts 3.3).
-module(kapps_account_config).
-export([get_global/4]).

get_global(<<AccountId:32/binary>>, Category, Key, Default) ->
    {ok, {Account}} = kzd_accounts:fetch(AccountId),
    Documents = [proplists:get_value(Owner, Account, {[]}) || Owner <- [configs_number_manager, reseller_number_manager]],
    case [Value || {Members} <- Documents, {Name, Value} <- Members, Name =:= Key] of
        [Value | _] -> Value;
        [] -> kapps_config:get_json(Category, Key, Default)
    end.
