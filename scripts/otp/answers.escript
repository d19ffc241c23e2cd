#!/usr/bin/env escript
%%! +S 1
%% What this release's re answers for the lines of patterns.exs:
%%
%%     escript scripts/otp/answers.escript < patterns.tsv > answers.tsv
%%
%% A line for each regex: the regex; `accepted`, or the offset and the message of the refusal; and
%% for each subject `-` where nothing matches, `!` where re gives up, `?` where it
%% raises badarg, or the start and the length of
%% the match and of the root, the last group that took part.

main(_) ->
    ok = io:setopts(standard_io, [{encoding, latin1}, {binary, true}]),
    lines(io:get_line("")).

lines(eof) ->
    ok;
lines(Line) ->
    [Hex, Subjects] = binary:split(string:trim(Line, trailing, "\n"), <<"\t">>),
    Regex = bytes(Hex),
    case re:compile(Regex) of
        {ok, Compiled} ->
            Answers = [answer(bytes(Subject), Compiled) || Subject <- binary:split(Subjects, <<" ">>, [global])],
            io:put_chars([Hex, "\taccepted\t", lists:join(" ", Answers), "\n"]);
        {error, {Reason, At}} ->
            io:put_chars([Hex, "\trefused\t", integer_to_list(At), " ", Reason, "\n"])
    end,
    lines(io:get_line("")).

answer(Subject, Compiled) ->
    %% Under (*UTF) a subject that is no UTF-8 is a bad argument.
    try re:run(Subject, Compiled, [report_errors, {capture, all, index}]) of
        nomatch -> "-";
        {match, Places} -> [place(hd(Places)), ":", place(lists:last(Places))];
        {error, _} -> "!"
    catch
        error:badarg -> "?"
    end.

place({Start, Length}) -> io_lib:format("~b,~b", [Start, Length]).

bytes(Hex) -> <<<<(binary_to_integer(Two, 16))>> || <<Two:2/binary>> <= Hex>>.
