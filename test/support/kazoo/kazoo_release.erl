%% Makes a node look like one of a release of Kazoo's: loads doubles of the modules by whose
%% functions the releases differ.
-module(kazoo_release).
-export([be/1, urlencode/1]).

-define(RELEASE, kazoo_release).

be('5') ->
    ok = load(kzs_util, [{format_account_id, 1}]),
    be('5', [{set_value, 4}, {get_value, 3}]);
be('4.3') ->
    be('4.3', [{set_value, 4}, {get_value, 3}]);
be('4.2') ->
    be('4.2', [{set_value, 3}, {get_value, 3}]).

be(Release, Json) ->
    persistent_term:put(?RELEASE, Release),
    ok = load(kz_json, Json),
    load(kz_http_util, [{urlencode, 1}]).

%% A module with these functions, each of which calls the function of the same name here.
load(Module, Functions) ->
    {ok, Module, Code} = compile:forms(
        [{attribute, 1, module, Module}, {attribute, 1, export, Functions} | [function(Function) || Function <- Functions]], []
    ),
    {module, Module} = code:load_binary(Module, "double", Code),
    ok.

function({Name, Arity}) ->
    Arguments = [{var, 1, list_to_atom("A" ++ integer_to_list(N))} || N <- lists:seq(1, Arity)],
    {function, 1, Name, Arity, [{clause, 1, Arguments, [], [{call, 1, {remote, 1, {atom, 1, ?MODULE}, {atom, 1, Name}}, Arguments}]}]}.

%% `kz_http_util:urlencode/1'. Until 4.3: a space is `+', and all but letters, digits and `.-~_' is
%% percent-encoded. In 5: the reserved characters of OTP's http_uri and the space are
%% percent-encoded, all other bytes stay.
urlencode(Text) ->
    Release = persistent_term:get(?RELEASE),
    << <<(encoded(Release, Byte))/binary>> || <<Byte>> <= Text >>.

encoded('5', Byte) ->
    case lists:member(Byte, ";:@&=+,/?#[]<>\"{}|\\'^% ") of
        true -> percent(Byte);
        false -> <<Byte>>
    end;
encoded(_Release4, $\s) ->
    <<"+">>;
encoded(_Release4, Byte) when
    Byte >= $0, Byte =< $9; Byte >= $a, Byte =< $z; Byte >= $A, Byte =< $Z; Byte =:= $.; Byte =:= $-; Byte =:= $~; Byte =:= $_
->
    <<Byte>>;
encoded(_Release4, Byte) ->
    percent(Byte).

percent(Byte) -> iolist_to_binary(io_lib:format("%~2.16.0B", [Byte])).
