%% @doc Finds the native library for this system, and keeps why none could be loaded.
%%
%% A build on this system has one library, in `priv/native'. An archive has one for each target, in
%% a folder there that is named as Rust names the target, such as `x86_64-unknown-linux-gnu'.
-module(numplan_library).

-export([path/1, target/1, failed/1, loaded/0, failure/0]).

-export_type([library/0]).

-type library() :: {Target :: any | nonempty_string(), Name :: nonempty_string()}.
%% A native library: the target that it was built for, and its file's name without the extension.
%% `any' is the system on which the application was built.

%% @doc The library for this system and its path without the extension, as {@link
%% erlang:load_nif/2} takes it; or in words that there is none for this system.
-spec path([library(), ...]) -> {ok, Name :: binary(), file:filename()} | {error, unicode:chardata()}.
path([{any, Name}]) ->
    found(Name, "");
path(Libraries) ->
    Target = target(erlang:system_info(system_architecture)),
    case lists:keyfind(Target, 1, Libraries) of
        {Target, Name} -> found(Name, Target);
        false -> {error, io_lib:format("there is none for ~ts; there are those for ~ts", [Target, targets(Libraries)])}
    end.

found(Name, Folder) -> {ok, list_to_binary(Name), filename:join([priv_dir(), "native", Folder, Name])}.

targets(Libraries) -> lists:join(", ", [Target || {Target, _} <- Libraries]).

%% The folder `priv' of the application. code:priv_dir/1 does not find an application directory that
%% is not named after the application.
priv_dir() ->
    case {code:priv_dir(numplan), code:where_is_file("numplan.app")} of
        {{error, bad_name}, non_existing} -> beside(code:which(?MODULE));
        {{error, bad_name}, App} -> beside(App);
        {Dir, _} -> Dir
    end.

beside(FileInEbin) -> filename:join(filename:dirname(filename:dirname(FileInEbin)), "priv").

%% @doc Rust's name of the target for what {@link erlang:system_info/1} returns for
%% `system_architecture'. The vendor is left out of account, as are versions of macOS. `arm' is the
%% processor with 64 bits on macOS, and on Linux that with 32, for which there is no library.
%%
%% ```
%% "x86_64-unknown-linux-gnu" = numplan_library:target("x86_64-pc-linux-gnu").
%% "aarch64-unknown-linux-musl" = numplan_library:target("aarch64-alpine-linux-musl").
%% "aarch64-apple-darwin" = numplan_library:target("aarch64-apple-darwin24.1.0").
%% '''
-spec target(SystemArchitecture :: string()) -> string().
target(SystemArchitecture) ->
    case string:split(SystemArchitecture, "-", all) of
        [Cpu, _Vendor, "linux" | Libc] -> cpu(Cpu) ++ "-unknown-linux-" ++ libc(Libc);
        [Cpu, "linux" | Libc] -> cpu(Cpu) ++ "-unknown-linux-" ++ libc(Libc);
        %% What Apple's ARM is called by OTP that was built with an older config.guess.
        ["arm", _Vendor, "darwin" ++ _Version] -> "aarch64-apple-darwin";
        [Cpu, _Vendor, "darwin" ++ _Version] -> cpu(Cpu) ++ "-apple-darwin";
        _ -> SystemArchitecture
    end.

cpu("amd64") -> "x86_64";
cpu("arm64") -> "aarch64";
cpu(Cpu) -> Cpu.

libc([]) -> "gnu";
libc([Libc | _]) -> Libc.

%% @doc Keeps and logs why the library cannot be loaded, in words. Returns `ok' if no older instance
%% of numplan_nif is loaded: the module is then loaded without its library, and each call raises
%% these words. Otherwise returns an error, by which the VM keeps the older instance.
-spec failed(unicode:chardata()) -> ok | {error, load_failed}.
failed(Words) ->
    {System, Release} = {erlang:system_info(system_architecture), erlang:system_info(otp_release)},
    Text = io_lib:format("the native library cannot be loaded on ~ts with OTP ~ts: ~ts", [System, Release, Words]),
    logger:error("numplan: ~ts; docs/install.md says which libraries there are, and how to build one", [Text]),
    case erlang:module_loaded(numplan_nif) andalso failure() =:= none of
        %% The VM logs this error as well, so it does not repeat the words.
        true -> {error, load_failed};
        false -> persistent_term:put(?MODULE, unicode:characters_to_binary(Text))
    end.

%% @doc Notes that the library is loaded: {@link failure/0} is `none' again.
-spec loaded() -> ok.
loaded() ->
    _ = persistent_term:erase(?MODULE),
    ok.

%% @doc Why the library could not be loaded, in words: which file, which symbol, which system;
%% `none' where it is loaded.
-spec failure() -> binary() | none.
failure() -> persistent_term:get(?MODULE, none).
