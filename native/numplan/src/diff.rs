//! What changes from one configuration to another: which numbers move from which class to which, become another number, or are
//! reconciled no more.
//!
//! The answer is a proof over all numbers: both configurations read the same number side by side ([`crate::proof::search`]), and every
//! pair of answers comes with a shortest number that shows it. Classes are told apart by name: a class under a new name is a move.

use crate::check::{MAX_TOLD, Witness};
use crate::config::document::{Document, Rewrite};
use crate::config::problem::{Problem, Problems};
use crate::dfa::automaton::{Automaton, State};
use crate::plan::Plan;
use crate::plan::rule::{Judge, RuleCompiler};
use crate::proof::alphabet::{Alphabet, Classes};
use crate::proof::divergence::{self, Compared, MAX_LAG, Reach, Side};
use crate::proof::lazy_dfa::Sets;
use crate::proof::pipeline::{Arrival, Detail, Plus, Route, RuleSet, Rules, Way, WayPlace, few_enough};
use crate::proof::search::{self, Allowance, Bound, Budget, Limits, Machine, Surveyed};
use crate::regex::nfa::Program;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

/// How two configurations are compared.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The bytes that numbers are made of.
    pub alphabet: Alphabet,
    /// How much each proof may take.
    pub limits: Limits,
}

/// A number that both configurations know, each in its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// As the old configuration has it.
    pub old: Witness,
    /// As the new one has it.
    pub new: Witness,
}

/// Why a difference may be missing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Missing {
    /// A proof met a bound.
    Cut {
        /// What was to be proved.
        proof: &'static str,
        /// Why it was not.
        bound: Bound,
    },
    /// Some rules run only in OTP's `re`; numbers that they may take were left out. Not said where the rules that are left to `re`
    /// are the same in both and stand where that proves enough.
    Unread,
    /// Two results of one number are too far apart to be compared.
    TooFarApart,
}

impl Missing {
    /// Its name, the same in all languages.
    pub fn name(&self) -> &'static str {
        match self {
            Missing::Cut { .. } => "cut",
            Missing::Unread => "unread",
            Missing::TooFarApart => "too_far_apart",
        }
    }
}

/// What changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diff {
    /// Numbers that fall to another class: of each pair of classes that some number moves between, a shortest one.
    pub moves: Vec<Change>,
    /// Numbers that keep their class and become another number in E.164: one for each class.
    pub rewritten: Vec<Change>,
    /// A number that is reconciled by the new configuration, and was not by the old one.
    pub gained: Option<Change>,
    /// A number that was reconciled by the old configuration, and is not by the new one.
    pub lost: Option<Change>,
    /// Why something may be missing. Where this is empty, what is not here does not change.
    pub missing: Vec<Missing>,
}

impl Diff {
    /// True when nothing changes, and that is proved.
    pub fn is_none(&self) -> bool {
        *self == Diff::default()
    }
}

/// What changes for numbers when `new` takes the place of `old`. Each is judged on its own, as by [`Plan::compile`].
///
/// Cost: some ten milliseconds where the converters stay the same, else some hundred; bounded by `options.limits` for each of the proofs.
///
/// ```
/// use numplan::{Document, Judge, Preset, diff};
///
/// let old = Document::read(&Preset::Kazoo318.text().parse()?)?;
/// let new = Document::read(&Preset::Kazoo320.text().parse()?)?;
/// let diff = diff::diff((&old, Judge::Reader), (&new, Judge::Reader), &diff::Options::default())?;
/// // 3.20 puts a + before eight digits and more.
/// assert!(diff.rewritten.iter().any(|change| change.old.e164 == b"20000000" && change.new.e164 == b"+20000000"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// Every refused regex of both.
pub fn diff(old: (&Document, Judge<'_>), new: (&Document, Judge<'_>), options: &Options) -> Result<Diff, Problems> {
    let (one, other) = match (Plan::compile(old.0, old.1), Plan::compile(new.0, new.1)) {
        (Ok(one), Ok(other)) => (one, other),
        (one, other) => {
            let problems: Vec<Problem> = [one.err(), other.err()].into_iter().flatten().flatten().collect();
            return Err(problems.into());
        }
    };
    let alike = Alike::of(old.0, new.0);
    if alike.all() {
        return Ok(Diff::default());
    }
    let mut comparison = Comparison {
        plans: [&one, &other],
        options,
        names: Names::new([&one, &other]),
        moves: BTreeMap::new(),
        diff: Diff::default(),
    };
    comparison.fused();
    let sides = [Read::new(old.0, &one, old.1), Read::new(new.0, &other, new.1)];
    if alike.rewriting {
        comparison.one(&sides);
    } else {
        comparison.both(&sides, Wanted::Answers);
        comparison.both(&sides, Wanted::Rewriting);
    }
    if alike.leaves_out(&sides) {
        comparison.diff.missing.push(Missing::Unread);
    }
    Ok(comparison.finish())
}

/// Which parts of two configurations have the same rules, and so the same answers, whatever runs them.
#[derive(Clone, Copy)]
struct Alike {
    rewriting: bool,
    classifiers: bool,
    reconcile: bool,
}

impl Alike {
    fn of(old: &Document, new: &Document) -> Alike {
        fn texts(rules: &[Rewrite]) -> impl Iterator<Item = [&[u8]; 3]> {
            rules
                .iter()
                .map(|rule| [rule.regex.as_slice(), &rule.prefix, &rule.suffix])
        }
        fn classes(document: &Document) -> impl Iterator<Item = [&[u8]; 2]> {
            let classifiers = document.classifiers.iter();
            classifiers.map(|classifier| [classifier.name.as_slice(), &classifier.regex])
        }
        let dial_plans = match (&old.dial_plan, &new.dial_plan) {
            (Some(old), Some(new)) => texts(&old.first_match).eq(texts(&new.first_match)),
            (old, new) => old.is_none() && new.is_none(),
        };
        Alike {
            rewriting: dial_plans && texts(&old.converters).eq(texts(&new.converters)),
            classifiers: classes(old).eq(classes(new)),
            reconcile: old.reconcile_regex.1 == new.reconcile_regex.1,
        }
    }

    fn all(self) -> bool {
        self.rewriting && self.classifiers && self.reconcile
    }

    /// True where a rule that only `re` runs may change what is not proved to stay the same.
    fn leaves_out(self, sides: &[Read; 2]) -> bool {
        let foreign = |lists: fn(&Read) -> bool| sides.iter().any(lists);
        foreign(|side| side.rules.stages().any(Rules::has_foreign))
            || (!(self.rewriting && self.classifiers) && foreign(|side| side.rules.classifiers.has_foreign()))
            || (!(self.rewriting && self.reconcile) && foreign(|side| side.reconcile.has_foreign()))
    }
}

/// The number of a class's name, the same for both plans; `None` for no class.
type NameNumber = Option<usize>;

/// The names of both plans' classes as numbers.
struct Names {
    of: [Vec<usize>; 2],
}

impl Names {
    fn new(plans: [&Plan; 2]) -> Names {
        let mut known: HashMap<&[u8], usize> = HashMap::new();
        let of = plans.map(|plan| {
            let names = plan.classes().iter().map(|class| {
                let next = known.len();
                *known.entry(class.name()).or_insert(next)
            });
            names.collect()
        });
        Names { of }
    }

    fn number(&self, plan: usize, class: Option<usize>) -> NameNumber {
        self.of.get(plan)?.get(class?).copied()
    }
}

struct Comparison<'d> {
    plans: [&'d Plan; 2],
    options: &'d Options,
    names: Names,
    /// By the places of the first classes that moved: numbers.
    moves: BTreeMap<(NameNumber, NameNumber), Rc<[u8]>>,
    diff: Diff,
}

impl Comparison<'_> {
    /// The moves, where both plans read a number in one pass: fewer places than the other ways to them take.
    fn fused(&mut self) {
        let (Some(old), Some(new)) = (self.plans[0].one_pass(), self.plans[1].one_pass()) else {
            return;
        };
        if self
            .plans
            .iter()
            .any(|plan| !plan.foreign_classes().is_empty() || !plan.converters().foreign().is_empty())
        {
            return;
        }
        let classes = Classes::by_key(&self.options.alphabet, |byte| (old.class_of(byte), new.class_of(byte)));
        let mut fused = Fused {
            automata: [old, new],
            bytes: classes.clone(),
        };
        let surveyed = search::survey(&mut fused, &classes, &mut Budget::new(&self.options.limits));
        for seen in surveyed.seen {
            let [old, new] = seen.outcome;
            self.add_move((old, new), &seen.number);
        }
    }

    fn add_move(&mut self, (old, new): (Option<usize>, Option<usize>), number: &Rc<[u8]>) {
        let pair = (self.names.number(0, old), self.names.number(1, new));
        if pair.0 != pair.1 {
            self.moves.entry(pair).or_insert_with(|| Rc::clone(number));
        }
    }

    fn both(&mut self, sides: &[Read; 2], wanted: Wanted) {
        let alphabet = &self.options.alphabet;
        let sets = sides.iter().flat_map(Read::byte_sets);
        let classes = Classes::new(alphabet, sets);
        let classes = Rc::new(match wanted {
            Wanted::Answers => classes,
            // Two results that are the same text shifted are equal in classes where they need not be in bytes: so of each class that
            // has two members, two are tried.
            Wanted::Rewriting => classes.doubled(alphabet),
        });
        let allowance = Allowance::new(&self.options.limits);
        let mut both = Both {
            judges: self.judges(sides),
            ways: sides
                .each_ref()
                .map(|side| Way::new(side.route(&classes, &allowance), side.sets(&classes, &allowance))),
            wanted,
            allowance: allowance.clone(),
        };
        let surveyed = search::survey(&mut both, &classes, &mut Budget::new(&self.options.limits));
        self.take(&surveyed, wanted.proof());
    }

    /// Where both make the same of each number, one way of it is enough, and what comes out is put to both.
    fn one(&mut self, sides: &[Read; 2]) {
        let sets = sides.iter().flat_map(Read::byte_sets);
        let classes = Rc::new(Classes::new(&self.options.alphabet, sets));
        let allowance = Allowance::new(&self.options.limits);
        let programs: Vec<_> = sides.iter().flat_map(Read::programs).collect();
        let mut one = One {
            judges: self.judges(sides),
            way: Way::new(
                sides[0].route(&classes, &allowance),
                Sets::new(&programs, &classes, &allowance),
            ),
        };
        let surveyed = search::survey(&mut one, &classes, &mut Budget::new(&self.options.limits));
        self.take(&surveyed, Wanted::Answers.proof());
    }

    fn judges(&self, [old, new]: &[Read; 2]) -> [ClassJudge; 2] {
        let [old_names, new_names] = &self.names.of;
        [ClassJudge::new(old, old_names), ClassJudge::new(new, new_names)]
    }

    fn take(&mut self, surveyed: &Surveyed<Answers>, proof: &'static str) {
        let mut rewritten = BTreeSet::new();
        let mut far_apart = BTreeSet::new();
        for seen in &surveyed.seen {
            let Answers {
                classes,
                reconciled,
                e164,
            } = seen.outcome;
            if let [Some(one), Some(other)] = classes {
                let pair = (one.name, other.name);
                if pair.0 != pair.1 {
                    self.moves.entry(pair).or_insert_with(|| seen.number.clone());
                } else if e164 == Rewriting::Different && rewritten.insert(pair.0) {
                    let change = self.change(&seen.number);
                    self.diff.rewritten.push(change);
                } else if e164 == Rewriting::Lost {
                    far_apart.insert(pair.0);
                }
            }
            match reconciled {
                [Some(false), Some(true)] if self.diff.gained.is_none() => {
                    self.diff.gained = Some(self.change(&seen.number));
                }
                [Some(true), Some(false)] if self.diff.lost.is_none() => {
                    self.diff.lost = Some(self.change(&seen.number));
                }
                _ => {}
            }
        }
        if !far_apart.is_subset(&rewritten) {
            self.diff.missing.push(Missing::TooFarApart);
        }
        if let Some(bound) = surveyed.cut {
            self.diff.missing.push(Missing::Cut { proof, bound });
        }
    }

    fn change(&self, number: &[u8]) -> Change {
        let [old, new] = self.plans.map(|plan| Witness::of(plan, number));
        Change { old, new }
    }

    fn finish(mut self) -> Diff {
        let mut moves = Vec::with_capacity(self.moves.len());
        let mut told = 0;
        for number in self.moves.values() {
            let change = self.change(number);
            told += change.old.size() + change.new.size();
            if told > MAX_TOLD {
                let (proof, bound) = ("what else there is to tell", Bound::Memory);
                self.diff.missing.push(Missing::Cut { proof, bound });
                break;
            }
            moves.push(change);
        }
        let place = |plan: usize, change: &Change| {
            let witness = if plan == 0 { &change.old } else { &change.new };
            self.plans[plan]
                .classify(&witness.number)
                .map_or(usize::MAX, |class| class)
        };
        moves.sort_by_key(|change| (place(0, change), place(1, change)));
        self.diff.rewritten.sort_by_key(|change| place(1, change));
        self.diff.moves = moves;
        self.diff
    }
}

/// The rules of one side.
struct Read {
    rules: RuleSet,
    reconcile: Rules,
}

impl Read {
    fn new(document: &Document, plan: &Plan, judge: Judge<'_>) -> Read {
        let mut reconcile = Rules::default();
        reconcile.add_regex(&document.reconcile_regex.1, &mut RuleCompiler::new(judge));
        Read {
            rules: RuleSet::read(document, plan, judge),
            reconcile,
        }
    }

    fn byte_sets(&self) -> impl Iterator<Item = crate::regex::byte_set::ByteSet> + '_ {
        let added = self.rules.stages().flat_map(Rules::added_bytes);
        self.rules.byte_sets().chain(self.reconcile.byte_sets()).chain(added)
    }

    fn route(&self, classes: &Rc<Classes>, allowance: &Allowance) -> Route {
        let stages = self.rules.stages().map(|rules| (rules, Detail::Results));
        Route::new(stages, Plus::GoesAround, classes, allowance)
    }

    /// The classifiers, and the reconcile regex behind them.
    fn programs(&self) -> impl Iterator<Item = &Program> {
        let entries = self.rules.classifiers.entries.iter().chain(&self.reconcile.entries);
        entries.map(|entry| &entry.program)
    }

    fn sets(&self, classes: &Rc<Classes>, allowance: &Allowance) -> Sets {
        Sets::new(&self.programs().collect::<Vec<_>>(), classes, allowance)
    }

    fn classifiers(&self) -> Vec<usize> {
        self.rules.classifiers.entries.iter().map(|entry| entry.rule).collect()
    }

    fn certain(&self) -> Certain {
        Certain {
            classes: self.rules.classifiers.certain(),
            no_class: self.rules.classifiers.foreign.is_empty(),
            reconciled: self.reconcile.foreign.is_empty(),
        }
    }
}

/// What one side's native rules say for certain.
#[derive(Clone, Copy)]
struct Certain {
    /// The classes before this place.
    classes: usize,
    no_class: bool,
    reconciled: bool,
}

/// The class of a number that is certain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Classed {
    name: NameNumber,
}

/// What is known of a number's two forms in E.164.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Rewriting {
    /// They agree, or this way does not show that they differ.
    NotShown,
    Different,
    Lost,
}

/// What both sides say of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Answers {
    classes: [Option<Classed>; 2],
    reconciled: [Option<bool>; 2],
    e164: Rewriting,
}

/// What one side makes of the patterns that match a number: the classifiers', and the reconcile regex' behind them.
struct ClassJudge {
    certain: Certain,
    classifiers: Vec<usize>,
    /// How many patterns there are: none for a reconcile regex that only `re` runs.
    patterns: u32,
    names: Vec<usize>,
}

impl ClassJudge {
    fn new(rules: &Read, names: &[usize]) -> ClassJudge {
        ClassJudge {
            certain: rules.certain(),
            classifiers: rules.classifiers(),
            patterns: rules.programs().count() as u32,
            names: names.to_vec(),
        }
    }

    fn judge(&self, mut matched: impl DoubleEndedIterator<Item = u32> + Clone) -> (Option<Classed>, Option<bool>) {
        let certain = self.certain;
        let last = matched.clone().next_back();
        let class = matched.next().and_then(|first| self.classifiers.get(first as usize));
        let class = match class {
            Some(class) if *class < certain.classes => Some(Classed {
                name: self.names.get(*class).copied(),
            }),
            None if certain.no_class => Some(Classed { name: None }),
            _ => None,
        };
        let reconcile = self.classifiers.len() as u32;
        (class, certain.reconciled.then(|| last == Some(reconcile)))
    }
}

/// One way for both sides. The patterns are those of the old side, then those of the new one.
struct One {
    judges: [ClassJudge; 2],
    way: Way,
}

impl Machine for One {
    type Place = WayPlace;
    type Outcome = Answers;

    fn start(&self) -> WayPlace {
        self.way.begin()
    }

    fn step(&mut self, place: WayPlace, class: u8, next: &mut Vec<WayPlace>) -> Result<(), Bound> {
        next.extend(self.way.steps(place, class)?.into_iter().map(|(place, _)| place));
        Ok(())
    }

    fn end(&mut self, place: WayPlace, outcomes: &mut Vec<Answers>) -> Result<(), Bound> {
        for (arrival, _) in self.way.ends(place)? {
            let matched = self.way.sink.patterns(arrival.matched).iter().copied();
            let [old, new] = &self.judges;
            let olds = old.patterns;
            let (was, was_reconciled) = old.judge(matched.clone().filter(|pattern| *pattern < olds));
            let (is, is_reconciled) = new.judge(matched.filter_map(|pattern| pattern.checked_sub(olds)));
            outcomes.push(Answers {
                classes: [was, is],
                reconciled: [was_reconciled, is_reconciled],
                e164: Rewriting::NotShown,
            });
        }
        Ok(())
    }
}

/// What is asked of both sides at once. The two are apart, as to compare texts takes many times as many places.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    /// Which class, and whether it is reconciled.
    Answers,
    /// Whether the forms in E.164 differ.
    Rewriting,
}

impl Wanted {
    fn proof(self) -> &'static str {
        match self {
            Wanted::Answers => "which numbers move, or are reconciled or not",
            Wanted::Rewriting => "which numbers become others",
        }
    }
}

/// Both sides at once.
struct Both {
    judges: [ClassJudge; 2],
    ways: [Way; 2],
    wanted: Wanted,
    allowance: Allowance,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct BothPlace {
    ways: [WayPlace; 2],
    compared: Compared,
}

/// The forms of a number in E.164 are both made of it, but they may be any distance apart.
const REACH: Reach = Reach {
    most: MAX_LAG,
    beyond: Compared::Lost,
};

impl Both {
    fn read(&self, compared: &[Compared], side: Side, text: &[u8]) -> Result<Vec<Compared>, Bound> {
        self.allowance.work(compared.len())?;
        match self.wanted {
            Wanted::Answers => Ok(compared.to_vec()),
            Wanted::Rewriting => {
                self.allowance.work(divergence::work(compared, text))?;
                Ok(Compared::read(compared, side, text, REACH))
            }
        }
    }

    fn answers(&self, arrivals: [Arrival; 2], compared: Compared) -> Answers {
        let of = |side: usize| {
            let matched = self.ways[side].sink.patterns(arrivals[side].matched);
            self.judges[side].judge(matched.iter().copied())
        };
        let ((one, one_reconciled), (other, other_reconciled)) = (of(0), of(1));
        Answers {
            classes: [one, other],
            reconciled: [one_reconciled, other_reconciled],
            e164: match compared {
                Compared::Lost => Rewriting::Lost,
                compared if compared.differs() => Rewriting::Different,
                _ => Rewriting::NotShown,
            },
        }
    }
}

impl Machine for Both {
    type Place = BothPlace;
    type Outcome = Answers;

    fn start(&self) -> BothPlace {
        BothPlace {
            ways: [self.ways[0].begin(), self.ways[1].begin()],
            compared: Compared::START,
        }
    }

    fn step(&mut self, place: BothPlace, class: u8, next: &mut Vec<BothPlace>) -> Result<(), Bound> {
        let olds = self.ways[0].steps(place.ways[0], class)?;
        let news = self.ways[1].steps(place.ways[1], class)?;
        for (old, out) in &olds {
            let ahead = self.read(&[place.compared], Side::One, out)?;
            for (new, out) in &news {
                let compared = self.read(&ahead, Side::Other, out)?;
                next.extend(compared.into_iter().map(|compared| BothPlace {
                    ways: [*old, *new],
                    compared,
                }));
                few_enough(next.len())?;
            }
        }
        Ok(())
    }

    fn end(&mut self, place: BothPlace, outcomes: &mut Vec<Answers>) -> Result<(), Bound> {
        let olds = self.ways[0].ends(place.ways[0])?;
        let news = self.ways[1].ends(place.ways[1])?;
        for (old, out) in &olds {
            let ahead = self.read(&[place.compared], Side::One, out)?;
            for (new, out) in &news {
                let compared = self.read(&ahead, Side::Other, out)?.into_iter();
                outcomes.extend(compared.map(|compared| self.answers([*old, *new], compared)));
            }
        }
        Ok(())
    }
}

/// Both one-pass automata at once.
struct Fused<'p> {
    automata: [&'p Automaton; 2],
    bytes: Classes,
}

impl Machine for Fused<'_> {
    type Place = [State; 2];
    type Outcome = [Option<usize>; 2];

    fn start(&self) -> [State; 2] {
        self.automata.map(Automaton::start)
    }

    fn step(&mut self, place: [State; 2], class: u8, next: &mut Vec<[State; 2]>) -> Result<(), Bound> {
        let byte = self.bytes.byte(class);
        let [old, new] = self.automata;
        next.push([old.step(place[0], byte), new.step(place[1], byte)]);
        Ok(())
    }

    fn end(&mut self, place: [State; 2], outcomes: &mut Vec<[Option<usize>; 2]>) -> Result<(), Bound> {
        let [old, new] = self.automata;
        let class = |answer: Option<u32>| answer.map(|class| class as usize);
        outcomes.push([class(old.answer(place[0])), class(new.answer(place[1]))]);
        Ok(())
    }
}
