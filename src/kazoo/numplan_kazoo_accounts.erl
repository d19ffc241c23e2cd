%% @doc The rules of Kazoo's accounts, held ready for calls.
%%
%% A call is one look-up in the native library, by the account's id, and the answer. An account's
%% rules are compiled to one plan: its dial plan, its converters (its own, its reseller's or the
%% system's) and its reconcile regex. Accounts with equal rules share it. Rules that Kazoo would
%% crash on, or that `re' must run, are held as terms.
%%
%% Rules are good for a second after they were read. Half a second before that, {@link
%% numplan_kazoo_refresher} reads those in use ahead; the call that finds them too old reads them
%% itself. Where the node has Kazoo's events of changed documents (4.3 and 5), {@link
%% numplan_kazoo_follower} makes them too old with each. Where an account cannot be read, the rules
%% last read stay in force.
%%
%% At most 20,000 accounts are held (the application's environment `kazoo_accounts'), in at most 256
%% MB; then the CLOCK policy evicts. An account that is not held costs one read.
-module(numplan_kazoo_accounts).

-export([normalize/2, convert/2, is_reconcilable/2, unheld/3]).
-export([refresh/1, expire/0, expire/1, due/1, follow/2, status/0]).

%% The milliseconds for which rules stay in force after a read that failed, and after one that took
%% too long: calls wait for such a read.
-define(FAILED, 1000).
-define(TOOK_TOO_LONG, 10000).

-include("../numplan_plan.hrl").

-type asked() :: normalize | convert | is_reconcilable.

%% @doc The number in E.164 by an account's rules (`knm_converter_regex:normalize/2', for a number
%% without `+').
-spec normalize(numplan:phone_number(), AccountId :: <<_:256>>) -> numplan:phone_number().
normalize(Number, Id) ->
    case numplan_nif:account_normalize(table(), Id, Number) of
        E164 when is_binary(E164) -> E164;
        Other -> answer(normalize, Number, Id, Other)
    end.

%% @doc The number after an account's converters alone, whatever it starts with.
-spec convert(binary(), AccountId :: <<_:256>>) -> binary().
convert(Number, Id) ->
    case numplan_nif:account_convert(table(), Id, Number) of
        Converted when is_binary(Converted) -> Converted;
        Other -> answer(convert, Number, Id, Other)
    end.

%% @doc True when an account's reconcile regex matches the number as the account normalises it
%% (`knm_converters:is_reconcilable/2').
-spec is_reconcilable(numplan:phone_number(), AccountId :: <<_:256>>) -> boolean().
is_reconcilable(Number, Id) ->
    case numplan_nif:account_is_reconcilable(table(), Id, Number) of
        Answer when is_boolean(Answer) -> Answer;
        Other -> answer(is_reconcilable, Number, Id, Other)
    end.

%% The answer where native code alone has none: the table holds a term, or no good rules. A number
%% in E.164 needs none.
answer(Asked, Number, _Id, {held, Rules}) ->
    by(Asked, Number, Rules);
answer(normalize, <<$+, _/binary>> = E164, _Id, _NoneOrStale) ->
    E164;
answer(Asked, Number, Id, _NoneOrStale) ->
    case renewed(Id) of
        {rules, Rules} -> by(Asked, Number, Rules);
        kept -> kept(Asked, Number, Id, native(Asked, Number, Id));
        unreadable -> unheld(Asked, Number, Id)
    end.

kept(Asked, Number, _Id, {held, Rules}) -> by(Asked, Number, Rules);
kept(Asked, Number, Id, Evicted) when Evicted =:= none; Evicted =:= stale -> unheld(Asked, Number, Id);
kept(_Asked, _Number, _Id, Answer) -> Answer.

native(normalize, Number, Id) -> numplan_nif:account_normalize(table(), Id, Number);
native(convert, Number, Id) -> numplan_nif:account_convert(table(), Id, Number);
native(is_reconcilable, Number, Id) -> numplan_nif:account_is_reconcilable(table(), Id, Number).

%% @doc The answer by rules as Kazoo reads them now, for any text as an account's id.
-spec unheld(normalize | convert, numplan:phone_number(), Account :: binary()) -> numplan:phone_number();
    (is_reconcilable, numplan:phone_number(), Account :: binary()) -> boolean().
unheld(normalize, <<$+, _/binary>> = E164, _Account) ->
    E164;
unheld(Asked, Number, Account) ->
    {Rules, _Failure} = numplan_kazoo_config:account(Account),
    by(Asked, Number, compiled(Rules)).

-spec by(asked(), binary(), numplan_plan:plan() | numplan:object()) -> binary() | boolean().
by(normalize, <<$+, _/binary>> = E164, _Rules) -> E164;
by(normalize, Number, #numplan_plan{} = Plan) -> numplan:normalize(Number, Plan);
by(convert, Number, #numplan_plan{} = Plan) -> numplan_re:convert(Number, Plan);
by(is_reconcilable, Number, #numplan_plan{} = Plan) -> numplan:is_reconcilable(Number, Plan);
by(convert, Number, {[_, {_, Converters}, _]}) -> numplan_kazoo_rules:rewrite(Number, converters, Converters);
by(normalize, Number, {[{_, DialPlan} | _]} = Rules) -> by(convert, numplan_kazoo_rules:rewrite(Number, dial_plan, DialPlan), Rules);
by(is_reconcilable, Number, {[_, _, {_, Regex}]} = Rules) -> numplan_kazoo_rules:is_reconcilable(by(normalize, Number, Rules), Regex).

%% @doc Reads an account's rules and holds them. Where they cannot be read, those that are held
%% stay.
-spec refresh(AccountId :: <<_:256>>) -> ok.
refresh(Id) ->
    _ = renewed(Id),
    ok.

%% The account's rules as read now; where they cannot be read, `kept' if others are held, or
%% `unreadable'.
renewed(Id) ->
    Moment = in_table(fun(Table) -> numplan_nif:account_moment(Table, Id) end),
    case numplan_kazoo_reader:account(Id) of
        {ok, Read} ->
            Rules = compiled(Read),
            %% Where an upgrade came meanwhile, the rules are not held, but serve for this call.
            _ = numplan_nif:account_put(table(), Id, held(Rules), Moment, size_of(Rules)),
            {rules, Rules};
        {unreadable, _Reason} = Unreadable ->
            Kept = in_table(fun(Table) -> numplan_nif:account_keep(Table, Id, kept_for(Unreadable), Moment) end),
            case Kept of
                true -> kept;
                false -> unreadable
            end
    end.

kept_for({unreadable, timeout}) -> ?TOOK_TOO_LONG;
kept_for({unreadable, _Reason}) -> ?FAILED.

compiled(Rules) ->
    case numplan_plan_cache:plan(account, Rules) of
        refused -> Rules;
        Plan -> Plan
    end.

%% What the native library holds: the reference of a plan by which it can answer alone, or a term.
held(#numplan_plan{ref = Ref, foreign = none}) -> Ref;
held(Rules) -> Rules.

%% The bytes of what is held as a term; native code adds those of a plan in it.
size_of(#numplan_plan{foreign = none}) -> 0;
size_of(Rules) -> erts_debug:flat_size(Rules) * erlang:system_info(wordsize) + erlang:external_size(Rules).

%% @doc Makes an account's rules too old.
-spec expire(AccountId :: <<_:256>>) -> ok.
expire(Id) ->
    in_table(fun(Table) -> numplan_nif:account_expire(Table, Id) end).

%% @doc Makes the rules of all accounts too old.
-spec expire() -> ok.
expire() ->
    in_table(fun numplan_nif:accounts_expire/1).

%% @doc At most `Most' accounts that were used since their rules were read, and whose rules are due
%% to be read again; the oldest first.
-spec due(Most :: non_neg_integer()) -> [AccountId :: <<_:256>>].
due(Most) ->
    in_table(fun(Table) -> numplan_nif:accounts_due(Table, Most) end).

%% @doc Sets the process that is sent `accounts_due' when rules in use are due to be read again, and
%% how many accounts are held at most.
-spec follow(Refresher :: pid(), Max :: pos_integer()) -> ok.
follow(Refresher, Max) ->
    in_table(fun(Table) -> numplan_nif:accounts_follow(Table, Refresher, Max) end).

%% @doc How many accounts are held, of how many at most, by how many plans; and the size of their
%% rules in bytes, and its bound.
-spec status() ->
    #{
        accounts := non_neg_integer(),
        max_accounts := pos_integer(),
        plans := non_neg_integer(),
        bytes := non_neg_integer(),
        max_bytes := pos_integer()
    }.
status() ->
    {Accounts, Max, Plans, Bytes, MaxBytes} = in_table(fun numplan_nif:accounts_status/1),
    #{
        accounts => Accounts,
        max_accounts => Max,
        plans => Plans,
        bytes => Bytes,
        max_bytes => MaxBytes
    }.

table() ->
    case persistent_term:get(?MODULE, none) of
        none -> new_table();
        Table -> Table
    end.

%% What `Fun' returns for the table, or for a new one where that of an older build is stale. Even a
%% new one is, where an upgrade comes before its first use.
in_table(Fun) ->
    in_table(Fun, table()).

in_table(Fun, Table) ->
    case Fun(Table) of
        stale -> in_table(Fun, new_table());
        Answer -> Answer
    end.

%% The table of the present build. Concurrent callers get references to the same one.
new_table() ->
    Table = numplan_nif:accounts(),
    persistent_term:put(?MODULE, Table),
    Table.
