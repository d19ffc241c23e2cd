%% @doc Reads Kazoo's configuration in a bounded time, and logs once when that fails, and once when
%% it works again.
%%
%% A read runs in a process of its own. Where Kazoo cannot read a document its own functions answer
%% with defaults, as if nothing were configured, and do not say so; here that is a failure, so that
%% the rules last read stay in force. Whether the documents can be read is checked on both sides of
%% the read.
-module(numplan_kazoo_reader).

-export([system/0, account/1, retry/0, outages/0, ended/1]).

-export_type([outage/0]).

-type outage() :: #{what := system | account, reason := term(), since := integer()}.
%% A failure to read that has not ended: what could not be read, why, and since when, in seconds of
%% the system's time.

%% The time in milliseconds that a read may take.
-define(PATIENCE, 500).
%% How often the system's rules are read until two reads in succession are equal: they are several
%% values of one document, between which it may change.
-define(READS, 5).
%% The elements of a reason that are logged: a document may be part of it.
-define(DEPTH, 6).
-define(OUTAGE(Kind), {?MODULE, Kind}).

%% @doc What the system's rules are ({@link numplan_kazoo_config:system/0}), or why they cannot be
%% read.
-spec system() -> {ok, numplan_kazoo_config:system()} | {unreadable, Reason :: term()}.
system() ->
    read(system).

rules(system) -> {settled(numplan_kazoo_config:system(), ?READS), false};
rules(AccountId) -> numplan_kazoo_config:account(AccountId).

%% The accounts whose documents are read.
owners(system) -> [];
owners(AccountId) -> numplan_kazoo_config:owners(AccountId).

settled(Rules, 0) ->
    Rules;
settled(Rules, Reads) ->
    case numplan_kazoo_config:system() of
        Rules -> Rules;
        Changed -> settled(Changed, Reads - 1)
    end.

%% @doc The rules of an account ({@link numplan_kazoo_config:account/1}), or why they cannot be
%% read.
-spec account(AccountId :: <<_:256>>) -> {ok, numplan:object()} | {unreadable, Reason :: term()}.
account(AccountId) ->
    read(AccountId).

%% @doc Reads again the account that could not be read, if any, which ends the outage where that
%% works.
-spec retry() -> ok.
retry() ->
    _ =
        case persistent_term:get(?OUTAGE(account), none) of
            none -> ok;
            {AccountId, _Outage} -> account(AccountId)
        end,
    ok.

%% @doc The outages, that of the system first.
-spec outages() -> [outage()].
outages() ->
    [Outage || Kind <- [system, account], {_What, Outage} <- [persistent_term:get(?OUTAGE(Kind), none)]].

read(What) ->
    {Pid, Monitor} = spawn_monitor(?MODULE, ended, [What]),
    receive
        {'DOWN', Monitor, process, Pid, {?MODULE, {ok, Rules}}} -> worked(What, Rules);
        {'DOWN', Monitor, process, Pid, {?MODULE, {failed, Reason}}} -> failed(What, Reason);
        {'DOWN', Monitor, process, Pid, Reason} -> failed(What, Reason)
    after ?PATIENCE ->
        demonitor(Monitor, [flush]),
        %% Others may wait for what this process fetches: then it ends of itself.
        numplan_kazoo_config:shares_fetches() orelse exit(Pid, kill),
        failed(What, timeout)
    end.

%% @private
-spec ended(system | <<_:256>>) -> no_return().
ended(What) ->
    exit({?MODULE, caught(What)}).

caught(What) ->
    try
        checked(What, owners(What))
    catch
        Class:Raised -> {failed, {Class, Raised}}
    end.

%% The rules, if the documents could be read before, and still can be.
checked(What, Owners) ->
    case numplan_kazoo_config:unreadable(Owners) of
        false ->
            {Rules, Failure} = rules(What),
            checked(Failure, Owners, Rules);
        {true, Reason} ->
            {failed, Reason}
    end.

checked({true, Reason}, _Owners, _Rules) ->
    {failed, Reason};
checked(false, Owners, Rules) ->
    case numplan_kazoo_config:unreadable(Owners) of
        false -> {ok, Rules};
        {true, Reason} -> {failed, Reason}
    end.

%% An outage ends when what could not be read first can be.
worked(What, Rules) ->
    case persistent_term:get(?OUTAGE(kind(What)), none) of
        {What, _} ->
            persistent_term:erase(?OUTAGE(kind(What))) andalso
                logger:notice("numplan: Kazoo's configuration of ~ts can be read again", [subject(What)]);
        _ ->
            ok
    end,
    {ok, Rules}.

failed(What, Reason) ->
    case persistent_term:get(?OUTAGE(kind(What)), none) of
        none -> alone(fun() -> noted(What, Reason) end);
        _ -> ok
    end,
    {unreadable, Reason}.

%% Runs `Fun' unless another process does. The registered name is a lock, which the death of its
%% holder releases.
alone(Fun) ->
    {Pid, Monitor} = spawn_monitor(fun() ->
        try register(?MODULE, self()) of
            true -> Fun()
        catch
            error:badarg -> ok
        end
    end),
    receive
        {'DOWN', Monitor, process, Pid, _} -> ok
    end.

noted(What, Reason) ->
    case persistent_term:get(?OUTAGE(kind(What)), none) of
        none ->
            Outage = #{what => kind(What), reason => brief(Reason), since => erlang:system_time(second)},
            persistent_term:put(?OUTAGE(kind(What)), {What, Outage}),
            logger:warning(
                "numplan: Kazoo's configuration of ~ts cannot be read: ~tP; until it can, the rules that were last read stay in force",
                [subject(What), brief(Reason), ?DEPTH]
            );
        _ ->
            ok
    end.

%% What was raised may have a document in it.
brief({Class, {Tag, _Details}}) when is_atom(Class), is_atom(Tag) -> {Class, Tag};
brief({Class, Tag}) when is_atom(Class), is_atom(Tag) -> {Class, Tag};
brief(Reason) when is_atom(Reason) -> Reason;
brief(_Reason) -> failed.

kind(system) -> system;
kind(_AccountId) -> account.

subject(system) -> "the system";
subject(AccountId) -> ["account ", AccountId].
