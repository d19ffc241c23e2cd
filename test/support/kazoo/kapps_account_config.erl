%% A double of Kazoo's kapps_account_config: an account's configuration document, else its
%% reseller's, else the system's; a value is replaced as a whole, and taken as it stands
%% (`get_global', 4.2 to 5).
-module(kapps_account_config).
-export([get_global/3, get_global/4]).

get_global(AccountId, Category, Key) -> get_global(AccountId, Category, Key, undefined).

get_global(AccountId, Category, Key, Default) ->
    Account =
        case kzd_accounts:fetch(AccountId) of
            {ok, {Members}} -> Members;
            {error, _} -> []
        end,
    Documents = [proplists:get_value(Owner, Account, {[]}) || Owner <- [configs_number_manager, reseller_number_manager]],
    case [Value || {Keys} <- Documents, {Name, Value} <- Keys, Name =:= Key] of
        [Value | _] -> Value;
        [] -> kapps_config:get(Category, Key, Default)
    end.
