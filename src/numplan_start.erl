%% @doc Starts of the application that fail: why, in one line, and not in reports of each supervisor on the way.
-module(numplan_start).

-export([run/1, words/1, mute_exits/0, unmute_exits/0]).

-define(HALT, "NUMPLAN_HALT_ON_FAILED_START").

%% @doc What `Start' gives, its reason unwrapped where it fails: that of the child that failed, in the place of those of its supervisors.
%%
%% Where the environment variable `NUMPLAN_HALT_ON_FAILED_START' is 1, as in the release's own commands, a failure is written to standard
%% error and ends the VM with exit code 1: else its boot would write the reason twice, and a crash dump.
-spec run(fun(() -> {ok, pid()} | {error, term()})) -> {ok, pid()} | {error, term()}.
run(Start) ->
    Halts = os:getenv(?HALT) =:= "1",
    _ = Halts andalso mute_exits(),
    ok = logger:add_primary_filter(?MODULE, {fun reports_of_the_tree/2, []}),
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

%% OTP's own reports have a label. What the application itself logs while it starts, such as who may use the server, has none and is kept.
%% A process that logs has its ancestors at hand.
reports_of_the_tree(#{msg := {report, #{label := _}}}, _) ->
    Ancestors = get('$ancestors'),
    case is_list(Ancestors) andalso lists:member(numplan_sup, Ancestors) orelse self() =:= whereis(numplan_sup) of
        true -> stop;
        false -> ignore
    end;
reports_of_the_tree(_Event, _) ->
    ignore.

%% @doc Drops what the VM logs of applications that end: those that were started for one that then failed to start.
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

%% @doc Why the application does not start, in words: of the reason that {@link application:ensure_all_started/1} or a supervisor gives.
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

%% The words for problems are the Elixir half's.
problems(Problems) ->
    Error = 'Elixir.Numplan.ConfigError',
    case code:ensure_loaded(Error) of
        {module, _} -> Error:message(Error:new(Problems));
        {error, _} -> io_lib:format("~0tp", [Problems])
    end.
