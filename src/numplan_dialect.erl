%% @doc What this node's `re' answers, by which native code recognises its dialect.
-module(numplan_dialect).

-export([probes/0]).

%% The probes: native code recognises the dialect of this node's `re' by what these regexes match.
%% The first eight match the same in all known dialects, and so check what native code relies on.
-define(PROBES, [
    <<"^$">>,
    <<"^.$">>,
    <<"^[^1]\\Z">>,
    <<"^\\z">>,
    <<"^\\d$">>,
    <<"^\\s$">>,
    <<"^\\h$">>,
    <<"^\\v$">>,
    <<"^\\w$">>,
    <<"^[[:alpha:]]$">>,
    <<"^[[:alnum:]]$">>,
    <<"^[[:word:]]$">>,
    <<"^[[:lower:]]$">>,
    <<"^[[:upper:]]$">>,
    <<"^[[:punct:]]$">>,
    <<"^[[:print:]]$">>,
    <<"^[[:graph:]]$">>,
    <<"^[[:cntrl:]]$">>,
    <<"^[[:space:]]$">>,
    <<"^[[:blank:]]$">>,
    <<"^[[:xdigit:]]$">>,
    <<"^[[:digit:]]$">>,
    <<"^(?i)[a-z]$">>,
    <<"^(?i)[\xe0-\xff]$">>,
    <<"^(?i)[\xc0-\xdf]$">>,
    <<"^1{1}$">>,
    <<"^1{0,1}$">>,
    <<"^1{,1}$">>,
    <<"^1{ 1 }$">>,
    <<"^1{1, 2}$">>,
    <<"^1{ ,2}$">>
]).

%% @doc What this node's `re' answers for the regexes by which native code recognises its dialect:
%% for each the subjects of one byte that it matches.
-spec probes() -> [{Regex :: binary(), Matching :: binary()}].
probes() ->
    [{Regex, matching(Regex)} || Regex <- ?PROBES].

matching(Regex) ->
    case re:compile(Regex) of
        {ok, Compiled} -> <<<<Byte>> || Byte <- lists:seq(0, 255), re:run(<<Byte>>, Compiled, [{capture, none}]) =:= match>>;
        {error, _} -> <<>>
    end.
