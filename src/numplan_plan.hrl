%% A compiled plan. Opaque outside of this application. Neighbouring releases must have the same
%% record, since their modules meet in a node during a hot upgrade.
-record(numplan_plan, {
    %% The compiled plan, a native resource of the build that made it.
    ref :: reference(),
    %% The names of the classes, in order, so that a class crosses from native code as its place.
    names :: tuple(),
    %% The rules that run in OTP's re, or none.
    foreign :: none | numplan_regex:rules(),
    %% The document the plan was compiled from, in the external term format.
    source :: binary(),
    %% A digest of the source.
    id :: binary()
}).
