%% @doc Loads the native library, and has a stub for each of its functions.
%%
%% The names of libraries contain the hash of their content and are compiled into this module. So
%% the two always match, and a change of native code changes this module. One BEAM file of it serves
%% all releases of OTP: see {@link numplan_beam}. Functions that are given a plan of another build
%% return `stale'. Positions of rules count from 1. Calls without a plan use the one that {@link
%% numplan_plan} has activated in the library; they return `inactive' if there is none, or if the
%% number is too long for a normal scheduler.
-module(numplan_nif).

-export([build_info/0, dialect/0, dialect/1, is_current/1, active/0, activate/1]).
-export([presets/0, preset/1, regexes/1, compile/2, check/3, diff/5, info/1, available_classifiers/1]).
-export([plan_cache/0, plan_cache_find/2, plan_cache_claim/2, plan_cache_insert/4, plan_cache_status/1]).
-export([accounts/0, account_normalize/3, account_convert/3, account_is_reconcilable/3, account_moment/2, account_put/5]).
-export([account_keep/4, account_expire/2, accounts_expire/1, accounts_follow/3, accounts_due/2, accounts_status/1]).
-export([counts/0, count_re/0]).
-export([normalize/1, normalize/2, convert/2, dial/2, apply_dial_plan/2, resume_dial_plan/4]).
-export([classify/1, classify/2, classify_e164/2, classification/4, is_reconcilable/2, is_reconcilable_e164/2]).
-export([pretty_print/2, pretty_print_as/4, format/2, explain/3]).
-export([classify_list/4, normalize_list/3, classify_lines/2, normalize_lines/2, numbers/1]).
-export([clean/1, clean_lines/1, to_npan/1, to_1npan/1, to_db/1]).
-export([encoding/1, table_separator/1, table_reject/1, table_whole_rows/3, table_header/2]).
-export([table_annotate/4, table_numbers/2, table_annotate_with/3]).
-export([region/1, number_type/1, is_valid/1, is_valid/2, parse/2, write/2, short_number/2, number_match/2]).
-export([regions/0, regions/1, calling_codes/0, calling_code/1, number_types/1, example_number/1, example_number/2]).
-export([lookup_names/0, lookup_lines/2, lookup_line/1]).
-export([locality/3, lookup/1, lookup/2, snapshot/1, importer/0, import_begin/3, import_feed/3, import_finish/1]).
-export([lock_directory/2, note_holder/2, lock_file/1, unlock/1]).
-export([json_decode/4, json_encode/2]).

-ifdef(FAULT_INJECTION).
-export([force_panic/1, force_budget/1]).
-endif.

-export_type([layout/0, annotated/0, reject/0, bad_quote/0, counts/0, moment/0]).

-include_lib("numplan/priv/native/numplan_library.hrl").

-on_load(load/0).

-type place() :: pos_integer() | undefined.
-type layout() ::
    plain
    | {csv, Column :: non_neg_integer(), Separator :: byte()}
    | {tsv, Column :: non_neg_integer()}
    | {json_lines, Key :: binary()}.
-type annotated() :: {
    Text :: binary(),
    Rows :: non_neg_integer(),
    Rejects :: [{RowsBefore :: non_neg_integer(), Row :: binary(), reject()}]
}.
-type reject() ::
    no_column
    | not_json
    | no_key
    | no_number
    | bad_quote
    | mark
    | scientific
    | fraction
    | apostrophe
    | formula
    | error_value.
-type bad_quote() :: {error, open_quote | text_behind_quote, At :: non_neg_integer()}.
-type counts() :: {
    Rows :: non_neg_integer(),
    Used :: non_neg_integer(),
    Unassigned :: non_neg_integer(),
    Rejected :: non_neg_integer(),
    Latin1 :: non_neg_integer()
}.
-type moment() :: {Generation :: non_neg_integer(), Milliseconds :: non_neg_integer(), Changes :: non_neg_integer()}.
-type parts() :: {CallingCode :: pos_integer(), National :: binary(), Extension :: binary() | undefined, Carrier :: binary() | undefined}.
-type rewritten() :: {pos_integer(), binary()} | nomatch.
-type dialled() :: binary() | {re, non_neg_integer(), Regex :: binary(), Number :: binary()}.
-type foreign_rewrite() :: {pos_integer(), Regex :: binary(), Prefix :: binary(), Suffix :: binary()}.
-type foreign() ::
    none
    | {
        Converters :: [foreign_rewrite()],
        DialPlan :: [foreign_rewrite()],
        Classes :: [{pos_integer(), Regex :: binary()}],
        Reconcile :: binary() | none
    }.

%% Loads the library that this module was built with. If that fails, an older version of this module
%% stays in use; without one, each function says why. These functions keep to the rules of
%% numplan_beam.
load() ->
    load(numplan_library:path(?LIBRARIES)).

load({ok, Name, Path}) -> loaded(erlang:load_nif(Path, {Name, numplan_dialect:probes()}), Path);
load({error, Words}) -> numplan_library:failed(Words).

loaded(ok, _Path) -> numplan_library:loaded();
loaded({error, {Kind, Text}}, Path) -> numplan_library:failed([Path, ": ", atom_to_list(Kind), ": ", Text]).

%% @doc The dialect of this node's `re': PCRE 8 as in OTP 27 and earlier, PCRE2 as in OTP 28 and
%% later, or one that answers otherwise, under which all regexes run in `re'.
-spec dialect() -> pcre | pcre2 | unknown.
dialect() -> not_loaded().

%% @doc The dialect of the `re' of a release of OTP. Raises `badarg' for a release before 24.
-spec dialect(Release :: pos_integer()) -> pcre | pcre2.
dialect(_Release) -> not_loaded().

-spec build_info() -> {Build :: binary(), Tag :: binary()}.
build_info() -> not_loaded().

-spec is_current(reference()) -> boolean().
is_current(_Ref) -> not_loaded().

-spec presets() -> [binary()].
presets() -> not_loaded().

-spec preset(binary()) -> {ok, binary()} | unknown.
preset(_Name) -> not_loaded().

-spec regexes(term()) -> {ok, [binary()]} | {error, [numplan:problem()]}.
regexes(_Document) -> not_loaded().

-spec compile(term(), [{binary(), binary(), non_neg_integer()}]) ->
    {ok, reference(), tuple(), foreign()} | {error, [numplan:problem()]}.
compile(_Document, _Refusals) -> not_loaded().

%% A `numplan:report()' in which the caller must fill in the witnesses whose `e164' is `undefined',
%% and drop witnesses of related rules whose answer differs from `holds_if', a position of a class
%% and an E.164 number. See numplan_check.
-spec check(term(), [{binary(), binary(), non_neg_integer()}], OtherRelease :: pos_integer() | none) ->
    {ok, map()} | {error, [numplan:problem()]}.
check(_Document, _Refusals, _OtherRelease) -> not_loaded().

%% A `numplan:diff()' whose witnesses the caller must complete as those of {@link check/3}.
-spec diff(Old, Refusals, New, Refusals, ReleaseOfNew :: pos_integer() | none) ->
    {ok, map()} | {error, {old | new, [numplan:problem()]}}
when
    Old :: term(), New :: term(), Refusals :: [{binary(), binary(), non_neg_integer()}].
diff(_Old, _OldRefusals, _New, _NewRefusals, _ReleaseOfNew) -> not_loaded().

-spec info(reference()) -> numplan:info() | stale.
info(_Ref) -> not_loaded().

-spec available_classifiers(reference()) -> numplan:object() | stale.
available_classifiers(_Ref) -> not_loaded().

-spec plan_cache() -> reference().
plan_cache() -> not_loaded().

-spec plan_cache_find(reference(), Key :: term()) -> term() | none | stale.
plan_cache_find(_Cache, _Key) -> not_loaded().

-spec plan_cache_claim(reference(), Key :: term()) -> ok | pid() | stale.
plan_cache_claim(_Cache, _Key) -> not_loaded().

-spec plan_cache_insert(reference(), Key :: term(), Value :: term(), {KeyWords, Bytes}) -> ok | stale when
    KeyWords :: non_neg_integer(), Bytes :: non_neg_integer().
plan_cache_insert(_Cache, _Key, _Value, _Sizes) -> not_loaded().

-spec plan_cache_status(reference()) -> {Count, Bytes, MaxBytes :: pos_integer()} | stale when
    Count :: non_neg_integer(), Bytes :: non_neg_integer().
plan_cache_status(_Cache) -> not_loaded().

%% Rules of accounts. A moment is when rules began to be read. Answers for a number are `{held,
%% Term}' where the rules are a term, and `none' where none are held or they are too old.

-spec accounts() -> reference().
accounts() -> not_loaded().

-spec account_normalize(reference(), AccountId :: binary(), binary()) -> binary() | {held, term()} | none | stale.
account_normalize(_Accounts, _Id, _Number) -> not_loaded().

-spec account_convert(reference(), AccountId :: binary(), binary()) -> binary() | {held, term()} | none | stale.
account_convert(_Accounts, _Id, _Number) -> not_loaded().

-spec account_is_reconcilable(reference(), AccountId :: binary(), binary()) -> boolean() | {held, term()} | none | stale.
account_is_reconcilable(_Accounts, _Id, _Number) -> not_loaded().

-spec account_moment(reference(), AccountId :: binary()) -> moment() | stale.
account_moment(_Accounts, _Id) -> not_loaded().

-spec account_put(reference(), AccountId :: binary(), Rules :: reference() | term(), moment(), TermBytes :: non_neg_integer()) -> ok | stale.
account_put(_Accounts, _Id, _Rules, _Moment, _TermBytes) -> not_loaded().

-spec account_keep(reference(), AccountId :: binary(), Milliseconds :: non_neg_integer(), moment()) -> boolean() | stale.
account_keep(_Accounts, _Id, _Milliseconds, _Moment) -> not_loaded().

-spec account_expire(reference(), AccountId :: binary()) -> ok | stale.
account_expire(_Accounts, _Id) -> not_loaded().

-spec accounts_expire(reference()) -> ok | stale.
accounts_expire(_Accounts) -> not_loaded().

-spec accounts_follow(reference(), Refresher :: pid(), Max :: pos_integer()) -> ok | stale.
accounts_follow(_Accounts, _Refresher, _Max) -> not_loaded().

-spec accounts_due(reference(), Most :: non_neg_integer()) -> [AccountId :: binary()] | stale.
accounts_due(_Accounts, _Most) -> not_loaded().

-spec accounts_status(reference()) -> {Accounts, Max, Plans, Bytes, MaxBytes} | stale when
    Accounts :: non_neg_integer(), Max :: pos_integer(), Plans :: non_neg_integer(),
    Bytes :: non_neg_integer(), MaxBytes :: pos_integer().
accounts_status(_Accounts) -> not_loaded().

%% Calls since the node loaded its first build, in the order of the names in `numplan_counts'.
-spec counts() -> [non_neg_integer()].
counts() -> not_loaded().

-spec count_re() -> ok.
count_re() -> not_loaded().

-spec active() -> reference() | none.
active() -> not_loaded().

-spec activate(reference() | none) -> ok | stale.
activate(_Ref) -> not_loaded().

-spec normalize(binary()) -> binary() | inactive.
normalize(_Number) -> not_loaded().

-spec normalize(reference(), binary()) -> binary() | stale.
normalize(_Ref, _Number) -> not_loaded().

-spec classify(binary()) -> binary() | undefined | inactive.
classify(_Number) -> not_loaded().

-spec classify(reference(), binary()) -> place() | stale.
classify(_Ref, _Number) -> not_loaded().

-spec classify_e164(reference(), binary()) -> place() | stale.
classify_e164(_Ref, _E164) -> not_loaded().

-spec is_reconcilable(reference(), binary()) -> boolean() | stale.
is_reconcilable(_Ref, _Number) -> not_loaded().

-spec is_reconcilable_e164(reference(), binary()) -> boolean() | stale.
is_reconcilable_e164(_Ref, _E164) -> not_loaded().

-spec classification(reference(), binary(), binary(), place()) -> numplan:object() | stale.
classification(_Ref, _Number, _E164, _Place) -> not_loaded().

-spec pretty_print(reference(), binary()) -> binary() | stale.
pretty_print(_Ref, _Number) -> not_loaded().

-spec pretty_print_as(reference(), binary(), binary(), place()) -> binary() | stale.
pretty_print_as(_Ref, _Number, _E164, _Place) -> not_loaded().

-spec format(binary(), binary()) -> binary().
format(_Mask, _Number) -> not_loaded().

-spec explain(term(), binary(), [{Regex :: binary(), Subject :: binary(), nomatch | [{integer(), integer()}]}]) ->
    numplan:explanation() | {re, Subject :: binary(), Regexes :: [binary()]} | {error, [numplan:problem()]}.
explain(_Document, _Number, _Answers) -> not_loaded().

-spec convert(reference(), binary()) -> rewritten() | stale.
convert(_Ref, _Number) -> not_loaded().

-spec dial(reference(), binary()) -> rewritten() | stale.
dial(_Ref, _Number) -> not_loaded().

-spec apply_dial_plan(reference(), binary()) -> dialled() | stale.
apply_dial_plan(_Ref, _Number) -> not_loaded().

-spec resume_dial_plan(reference(), binary(), non_neg_integer(), binary() | nomatch) -> dialled() | stale.
resume_dial_plan(_Ref, _Number, _Step, _Root) -> not_loaded().

-spec classify_list(reference(), tuple(), list(), list()) -> {Rest :: term(), Answers :: list()} | stale.
classify_list(_Ref, _Names, _Numbers, _Answers) -> not_loaded().

-spec normalize_list(reference(), list(), list()) -> {Rest :: term(), Answers :: list()} | stale.
normalize_list(_Ref, _Numbers, _Answers) -> not_loaded().

-spec classify_lines(reference(), binary()) -> {8 | 16 | 32, binary()} | stale.
classify_lines(_Ref, _Text) -> not_loaded().

-spec normalize_lines(reference(), binary()) -> binary() | stale.
normalize_lines(_Ref, _Text) -> not_loaded().

-spec numbers(binary()) -> [binary()].
numbers(_Text) -> not_loaded().

-spec clean(binary()) -> binary().
clean(_Number) -> not_loaded().

-spec clean_lines(binary()) -> binary().
clean_lines(_Text) -> not_loaded().

-spec encoding(binary()) -> {ok, Mark :: non_neg_integer()} | {error, Encoding :: binary()}.
encoding(_FirstBytes) -> not_loaded().

-spec table_separator(binary()) -> byte() | none.
table_separator(_FirstRows) -> not_loaded().

-spec table_reject(binary()) -> none | reject().
table_reject(_Number) -> not_loaded().

-spec table_whole_rows(layout(), binary(), IsLast :: boolean()) -> non_neg_integer() | bad_quote().
table_whole_rows(_Layout, _Text, _IsLast) -> not_loaded().

-spec table_header(layout(), binary()) -> {Columns :: [binary()], Bytes :: pos_integer()} | none | bad_quote().
table_header(_Layout, _Text) -> not_loaded().

-spec table_annotate(reference(), layout(), binary(), Clean :: boolean()) -> annotated() | stale.
table_annotate(_Ref, _Layout, _Rows, _Clean) -> not_loaded().

-spec table_numbers(layout(), binary()) -> [binary()].
table_numbers(_Layout, _Rows) -> not_loaded().

-spec table_annotate_with(layout(), binary(), [numplan_table:fields()]) -> annotated().
table_annotate_with(_Layout, _Rows, _Fields) -> not_loaded().

-spec to_npan(binary()) -> binary().
to_npan(_Number) -> not_loaded().

-spec to_1npan(binary()) -> binary().
to_1npan(_Number) -> not_loaded().

-spec to_db(binary()) -> binary() | undefined.
to_db(_Number) -> not_loaded().

-spec locality(binary(), Snapshot :: binary() | none, WithSources :: boolean()) -> numplan_locality:found() | undefined.
locality(_Number, _Snapshot, _WithSources) -> not_loaded().

-spec lookup(binary()) -> numplan_locality:looked_up() | undefined | inactive.
lookup(_Number) -> not_loaded().

-spec lookup(binary(), numplan_world:region()) -> numplan_locality:looked_up() | undefined.
lookup(_Text, _Region) -> not_loaded().

%% The world's numbering plans. Numbers are normalised by the active plan; `inactive' is returned
%% for those that the caller must normalise.

-spec region(binary()) -> binary() | undefined | inactive.
region(_Number) -> not_loaded().

-spec number_type(binary()) -> binary() | undefined | inactive.
number_type(_Number) -> not_loaded().

-spec is_valid(binary()) -> boolean() | inactive.
is_valid(_Number) -> not_loaded().

-spec is_valid(binary(), Region :: binary()) -> boolean() | inactive.
is_valid(_Number, _Region) -> not_loaded().

-spec parse(binary(), numplan_world:region()) -> numplan_world:read() | {error, numplan_world:parse_error()}.
parse(_Text, _Region) -> not_loaded().

-spec write(binary() | parts(), numplan_world:form()) -> binary() | undefined | inactive.
write(_Number, _Form) -> not_loaded().

-spec short_number(binary(), Region :: binary()) -> numplan_world:short_number().
short_number(_Text, _Region) -> not_loaded().

-spec number_match(binary(), binary()) -> numplan_world:number_match().
number_match(_Text, _Other) -> not_loaded().

-spec regions() -> [Region :: binary()].
regions() -> not_loaded().

-spec regions(CallingCode :: integer()) -> [Region :: binary()].
regions(_CallingCode) -> not_loaded().

-spec calling_codes() -> [pos_integer()].
calling_codes() -> not_loaded().

-spec calling_code(Region :: binary()) -> pos_integer() | undefined.
calling_code(_Region) -> not_loaded().

-spec number_types(Region :: binary()) -> [Type :: binary()].
number_types(_Region) -> not_loaded().

-spec example_number(CallingCode :: integer()) -> binary() | undefined.
example_number(_CallingCode) -> not_loaded().

-spec example_number(Region :: binary(), Type :: binary()) -> binary() | undefined.
example_number(_Region, _Type) -> not_loaded().

-spec lookup_names() -> {Regions :: tuple(), Types :: tuple()}.
lookup_names() -> not_loaded().

-spec lookup_lines(reference(), binary()) -> binary() | stale.
lookup_lines(_Ref, _Text) -> not_loaded().

-spec lookup_line(binary()) -> <<_:24>>.
lookup_line(_E164) -> not_loaded().

-spec snapshot(binary()) ->
    {ok, Entries :: non_neg_integer(), Files :: [{Layout :: binary(), AsOf :: binary()}]}
    | {error, foreign | length | changed | {version, non_neg_integer()}}.
snapshot(_Bytes) -> not_loaded().

-spec importer() -> reference().
importer() -> not_loaded().

-spec import_begin(reference(), AsOf :: binary(), Format :: binary() | none) -> ok | {error, unknown_format} | stale.
import_begin(_Importer, _AsOf, _Format) -> not_loaded().

-spec import_feed(reference(), binary(), IsLast :: boolean()) ->
    {ok, Layout :: binary() | undefined, counts(), [{Line :: pos_integer(), Reason :: binary(), Row :: binary()}]}
    | {error, {encoding, binary()} | no_header}
    | stale.
import_feed(_Importer, _Part, _IsLast) -> not_loaded().

-spec import_finish(reference()) -> binary() | stale.
import_finish(_Importer) -> not_loaded().

-spec lock_directory(Path :: binary(), Holder :: binary()) ->
    {ok, reference()} | {held, Holder :: binary()} | {error, Words :: binary()}.
lock_directory(_Path, _Holder) -> not_loaded().

-spec note_holder(reference(), Holder :: binary()) -> ok | {error, Words :: binary()} | stale.
note_holder(_Lock, _Holder) -> not_loaded().

-spec lock_file(Path :: binary()) ->
    {ok, reference(), Inode :: non_neg_integer()} | {error, locked | binary()}.
lock_file(_Path) -> not_loaded().

-spec unlock(reference()) -> ok | stale.
unlock(_Lock) -> not_loaded().

-spec json_decode(binary(), Ordered :: boolean(), Null :: term(), MaxValues :: pos_integer() | infinity) ->
    {ok, term()} | {error, term()}.
json_decode(_Text, _Ordered, _Null, _MaxValues) -> not_loaded().

-spec json_encode(term(), Pretty :: boolean()) -> {ok, binary()} | {error, term()}.
json_encode(_Term, _Pretty) -> not_loaded().

-ifdef(FAULT_INJECTION).
-spec force_panic(binary()) -> no_return().
force_panic(_Message) -> not_loaded().

-spec force_budget(non_neg_integer()) -> non_neg_integer().
force_budget(_Work) -> not_loaded().
-endif.

%% What a stub does where the library could not be loaded. The type is `term()', so that dialyzer
%% believes the spec of each stub.
-spec not_loaded() -> term().
not_loaded() ->
    erlang:nif_error({not_loaded, ?MODULE, numplan_library:failure()}).
