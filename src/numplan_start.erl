%% @doc Reports a failed start of the application in one line, instead of the reports of each
%% supervisor.
-module(numplan_start).

-export([run/1, words/1, mute_exits/0, unmute_exits/0]).

-define(HALT, "NUMPLAN_HALT_ON_FAILED_START").

%% @doc What `Start' returns. The reason of a failure is that of the child that failed, without the
%% reasons of its supervisors.
%%
%% If the environment variable `NUMPLAN_HALT_ON_FAILED_START' is 1, as in the release's own
%% commands, a failure is written to standard error and ends the VM with exit code 1. Otherwise the
%% VM's own boot would write the reason twice, and a crash dump.
-spec run(fun(() -> {ok, pid()} | {error, term()})) -> {ok, pid()} | {error, term()}.
run(Start) ->
    Halts = os:getenv(?HALT) =:= "1",
    _ = Halts andalso mute_exits(),
    ok = logger:add_primary_filter(?MODULE, {fun of_the_tree/2, []}),
    try Start() of
        {error, Reason} when Halts ->
            io:put_chars(standard_error, [<<"numplan: ">>, words(Reason), $\n]),
            erlang:halt(1);
        {error, Reason} ->
            {error, unwrapped(Reason)};
        Started ->
            _ = Halts andalso unmute_exits(),
            Started
    after
        _ = logger:remove_primary_filter(?MODULE)
    end.

%% Stops OTP's own reports about the application's processes. They have a label; reports of the
%% application itself, such as who may use the server, have none. A filter runs in the process that
%% logs, whose dictionary has its ancestors.
of_the_tree(#{msg := {report, #{label := _}}}, _) ->
    Ancestors = get('$ancestors'),
    case is_list(Ancestors) andalso lists:member(numplan_sup, Ancestors) orelse self() =:= whereis(numplan_sup) of
        true -> stop;
        false -> ignore
    end;
of_the_tree(_Event, _) ->
    ignore.

%% @doc Mutes reports of applications that end. When an application fails to start, those that were
%% started for it end too.
-spec mute_exits() -> ok.
mute_exits() ->
    _ = logger:add_primary_filter(numplan_exits, {fun of_exits/2, []}),
    ok.

%% @doc Undoes {@link mute_exits/0}.
-spec unmute_exits() -> ok.
unmute_exits() ->
    _ = logger:remove_primary_filter(numplan_exits),
    ok.

of_exits(#{msg := {report, #{label := {application_controller, exit}}}}, _) -> stop;
of_exits(_Event, _) -> ignore.

%% @doc The reason why the application does not start, in words. `Reason' comes from {@link
%% application:ensure_all_started/1} or from a supervisor.
-spec words(term()) -> unicode:chardata().
words(Reason) ->
    case unwrapped(Reason) of
        <<"numplan: ", Words/binary>> -> Words;
        Words when is_binary(Words) -> Words;
        {invalid_config, Problems} -> problems(Problems);
        Other -> io_lib:format("~0tp", [Other])
    end.

unwrapped({Reason, {numplan_app, start, _}}) -> unwrapped(Reason);
unwrapped({shutdown, {failed_to_start_child, _Child, Reason}}) -> unwrapped(Reason);
unwrapped({failed_to_start_child, _Child, Reason}) -> unwrapped(Reason);
unwrapped({_, {invalid_config, _} = Reason}) -> Reason;
unwrapped(Reason) -> Reason.

%% The problems of a configuration, in words. The Elixir half formats them; a node without it prints
%% the terms.
problems(Problems) ->
    Error = 'Elixir.Numplan.ConfigError',
    case code:ensure_loaded(Error) of
        {module, _} -> Error:message(Error:new(Problems));
        {error, _} -> io_lib:format("~0tp", [Problems])
    end.
