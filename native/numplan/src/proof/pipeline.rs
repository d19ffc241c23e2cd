//! The way of a number from the dial to E.164, for a survey: through the dial plan and the converters, byte by byte.
//!
//! A stage guesses, when its first byte comes, which of its rules decides; so the rule's prefix can go on at once, and the bytes of the
//! root as they come ([`crate::proof::root_guess`]). Only the guess that comes true has an end. Where it is not asked which rule it was, the guess
//! is of a kind of rules that make the same of a number ([`crate::proof::effects`]).
//!
//! Rules that only OTP's `re` runs are not surveyed. What is decided before the first of them is certain; ways that one of them could
//! change are left out, so everything that is found holds whatever they do.

use crate::config::document::{Classifier, Document, Rewrite};
use crate::dfa::word_map::WordMap;
use crate::plan::Plan;
use crate::plan::rewrites::Rewrites;
use crate::plan::root::Root;
use crate::plan::rule::{Compiled, Judge, RuleCompiler};
use crate::proof::alphabet::{self, Classes};
use crate::proof::effects::{Kind, Kinds};
use crate::proof::lazy_dfa::Sets;
use crate::proof::lengths::Lengths;
use crate::proof::root_guess::Marks;
use crate::proof::search::{Allowance, Bound, Limits, Machine};
use crate::regex::byte_set::ByteSet;
use crate::regex::nfa::Program;
use std::rc::Rc;
use std::sync::Arc;

/// What comes over one byte may be guessed in so many ways.
const MAX_WAYS: usize = 50_000;

/// An error where what comes over one byte is guessed in too many ways.
pub(crate) fn few_enough(ways: usize) -> Result<(), Bound> {
    if ways > MAX_WAYS { Err(Bound::Places) } else { Ok(()) }
}

/// The readable rules of a list.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    /// In order: what runs natively, each with the place of its rule.
    pub(crate) entries: Vec<Entry>,
    /// How many rules there are.
    pub(crate) count: usize,
    /// The places of the rules that only OTP's `re` runs.
    pub(crate) foreign: Vec<usize>,
    /// The kinds of its entries, where there is a machine that tells them apart.
    merged: Option<Merged>,
}

/// Rules by what they make of a number.
#[derive(Clone, Debug)]
struct Merged {
    kinds: Rc<Kinds>,
    /// An entry of each kind.
    entries: Vec<usize>,
}

/// What is told of the rules of a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Detail {
    /// Which one decides.
    Rules,
    /// Only what comes out.
    Results,
}

/// A rule, or one alternative of it.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) rule: usize,
    pub(crate) program: Program,
    /// Where its root lies; `None` for a classifier.
    pub(crate) root: Option<Root>,
    pub(crate) prefix: Arc<[u8]>,
    pub(crate) suffix: Arc<[u8]>,
}

impl Rules {
    /// The rules of a stage, which are compiled to `compiled`: what is not left to `re` there is native.
    fn of_rewrites(rules: &[Rewrite], compiled: &Rewrites, judge: Judge<'_>) -> Rules {
        let mut read = Rules::default();
        let mut compiler = RuleCompiler::new(judge);
        for (place, rule) in rules.iter().enumerate() {
            let foreign = compiled.foreign().binary_search_by_key(&place, |foreign| foreign.rule);
            let native = match compiler.rewriting(&rule.regex, &rule.path) {
                Compiled::Native(alternatives) if foreign.is_err() => Some(alternatives),
                _ => None,
            };
            let [prefix, suffix] = [&rule.prefix, &rule.suffix].map(|text| Arc::from(text.as_slice()));
            read.add(native.map(|alternatives| {
                let entries = alternatives.into_iter().map(|(program, root)| Entry {
                    rule: 0,
                    program,
                    root: Some(root),
                    prefix: Arc::clone(&prefix),
                    suffix: Arc::clone(&suffix),
                });
                entries.collect()
            }));
        }
        read.merged_by(compiled)
    }

    /// The classifiers, which are compiled in `plan`.
    fn of_classifiers(classifiers: &[Classifier], plan: &Plan, judge: Judge<'_>) -> Rules {
        let mut read = Rules::default();
        let mut compiler = RuleCompiler::new(judge);
        for (place, classifier) in classifiers.iter().enumerate() {
            let foreign = plan.foreign_classes();
            match foreign.binary_search_by_key(&place, |foreign| foreign.class) {
                Ok(_) => read.add(None),
                Err(_) => read.add_regex(&classifier.regex, &mut compiler),
            }
        }
        read
    }

    /// The same with the kinds of its rules: `compiled` is what they are compiled to.
    fn merged_by(mut self, compiled: &Rewrites) -> Rules {
        let (mut known, mut entries) = (WordMap::default(), Vec::new());
        let mut kind_of = Vec::with_capacity(self.entries.len());
        for (place, entry) in self.entries.iter().enumerate() {
            let Some(root) = &entry.root else { continue };
            let next = entries.len() as u32;
            let kind = *known
                .entry(Kind::new(root, &entry.prefix, &entry.suffix))
                .or_insert(next);
            if kind == next {
                entries.push(place);
            }
            kind_of.push(kind);
        }
        // With rules that only `re` runs it counts before which of them a rule stands.
        let automaton = compiled.automaton().filter(|_| self.foreign.is_empty());
        let kinds = automaton.and_then(|automaton| Kinds::new(automaton, &kind_of));
        self.merged = kinds.map(|kinds| Merged {
            kinds: Rc::new(kinds),
            entries,
        });
        self
    }

    /// Adds a regex of which only the matches count.
    pub(crate) fn add_regex(&mut self, regex: &[u8], compiler: &mut RuleCompiler<'_>) {
        let native = match compiler.matching(regex, &crate::config::problem::Path::root()) {
            Compiled::Native(program) => Some(program),
            Compiled::Re(_) | Compiled::Refused => None,
        };
        self.add(native.map(|program| {
            vec![Entry {
                rule: 0,
                program,
                root: None,
                prefix: Arc::default(),
                suffix: Arc::default(),
            }]
        }));
    }

    fn add(&mut self, entries: Option<Vec<Entry>>) {
        let rule = self.count;
        match entries {
            Some(entries) => self
                .entries
                .extend(entries.into_iter().map(|entry| Entry { rule, ..entry })),
            None => self.foreign.push(rule),
        }
        self.count += 1;
    }

    /// True for a rule that only `re` runs.
    pub(crate) fn is_foreign(&self, rule: usize) -> bool {
        self.foreign.binary_search(&rule).is_ok()
    }

    /// True where some of its rules run only in `re`.
    pub(crate) fn has_foreign(&self) -> bool {
        !self.foreign.is_empty()
    }

    /// Rules before this place decide whatever `re` says.
    pub(crate) fn certain(&self) -> usize {
        self.foreign.first().copied().unwrap_or(self.count)
    }

    /// The bytes that its programs tell apart.
    pub(crate) fn byte_sets(&self) -> impl Iterator<Item = ByteSet> + '_ {
        let searches = self.entries.iter().filter_map(|entry| match &entry.root {
            Some(Root::Search(program)) => Some(program.as_ref()),
            _ => None,
        });
        let programs = self.entries.iter().map(|entry| &entry.program);
        programs.chain(searches).flat_map(alphabet::sets)
    }

    /// The bytes of its prefixes and suffixes.
    pub(crate) fn added_bytes(&self) -> impl Iterator<Item = ByteSet> + '_ {
        let mut added = ByteSet::EMPTY;
        let mut last = None;
        for entry in &self.entries {
            // The alternatives of a rule have the same texts.
            if last != Some(entry.rule) {
                let bytes = entry.prefix.iter().chain(&*entry.suffix);
                added = bytes.fold(added, |added, byte| added.union(&ByteSet::of(*byte)));
            }
            last = Some(entry.rule);
        }
        (0..=u8::MAX).filter(move |byte| added.contains(*byte)).map(ByteSet::of)
    }

    /// How many bytes one of its rules adds at most.
    pub(crate) fn most_added(&self) -> usize {
        let added = self.entries.iter().map(|entry| entry.prefix.len() + entry.suffix.len());
        added.max().unwrap_or(0)
    }

    /// The machine that says which of its entries match.
    pub(crate) fn sets(&self, classes: &Rc<Classes>, allowance: &Allowance) -> Sets {
        let programs: Vec<&Program> = self.entries.iter().map(|entry| &entry.program).collect();
        Sets::new(&programs, classes, allowance)
    }
}

/// All rules that a number meets.
#[derive(Debug)]
pub(crate) struct RuleSet {
    pub(crate) dial_plan: Option<Rules>,
    pub(crate) converters: Rules,
    pub(crate) classifiers: Rules,
}

impl RuleSet {
    /// The rules of `document`, which `plan` is compiled from.
    pub(crate) fn read(document: &Document, plan: &Plan, judge: Judge<'_>) -> RuleSet {
        let dial_plan = document.dial_plan.as_ref().zip(plan.dial_plan());
        RuleSet {
            dial_plan: dial_plan
                .map(|(rules, compiled)| Rules::of_rewrites(&rules.first_match, compiled.first_match(), judge)),
            converters: Rules::of_rewrites(&document.converters, plan.converters(), judge),
            classifiers: Rules::of_classifiers(&document.classifiers, plan, judge),
        }
    }

    /// The rules before the classifiers, in order.
    pub(crate) fn stages(&self) -> impl Iterator<Item = &Rules> {
        self.dial_plan.iter().chain([&self.converters])
    }

    /// Classes of bytes that all its machines share.
    pub(crate) fn byte_sets(&self) -> impl Iterator<Item = ByteSet> + '_ {
        self.stages().chain([&self.classifiers]).flat_map(Rules::byte_sets)
    }
}

/// At most two stages: the dial plan and the converters.
const STAGES: usize = 2;

/// Where a number stands on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct RoutePlace {
    gate: Gate,
    stages: [StagePlace; STAGES],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Gate {
    /// Nothing was read.
    Closed,
    /// The number began with `+`: it is left as it is.
    Around,
    Through,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum StagePlace {
    /// Nothing has come here; no guess was made.
    Waiting,
    /// The guess is that no rule matches.
    Plain { set: u32 },
    /// A rule, or one of a kind, is guessed to decide.
    Guess {
        guess: u32,
        set: u32,
        mark: u32,
        /// The root holds some byte; false where that is not told.
        kept: bool,
    },
}

/// What a stage has made of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Decision {
    /// The entry that decided, if any.
    pub(crate) entry: Option<u32>,
    /// All entries that match: a set of the stage's machine.
    pub(crate) matched: u32,
    /// The entry's root is empty.
    pub(crate) empty_root: bool,
    /// The note on the root.
    pub(crate) note: u32,
}

/// The decisions of the stages; none for a number that goes around them, and where only the results are told.
pub(crate) type Decisions = [Option<Decision>; STAGES];

/// What may come before a route's first stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plus {
    /// A number that begins with `+` goes around all stages.
    GoesAround,
    /// There are no such numbers.
    IsLeftOut,
    /// They are numbers like others.
    IsNothing,
}

/// The stages of a route, with their machines.
#[derive(Debug)]
pub(crate) struct Route {
    stages: Vec<Stage>,
    plus: Plus,
    plus_class: u8,
    allowance: Allowance,
}

#[derive(Debug)]
struct Stage {
    told: Told,
    detail: Detail,
    allowance: Allowance,
    guesses: Vec<Guess>,
    certain: usize,
    /// Numbers that no rule matches are left as they are, for certain.
    certain_if_none: bool,
    follows: Follows,
    /// The marks of the guesses that were given other ones.
    aside: Vec<(usize, Marks)>,
}

/// Which numbers go on from a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Follows {
    All,
    /// Those that this rule decides.
    Rule(usize),
    /// Those that some rule decides.
    AnyRule,
    /// Those that no rule matches.
    NoRule,
}

#[derive(Debug)]
struct Guess {
    /// The rule; of a kind the first one.
    rule: usize,
    marks: Marks,
    prefix: Rc<[u8]>,
    suffix: Rc<[u8]>,
}

/// A decision, where it is told, and what is still to be passed on.
type Ended = (Option<Decision>, Vec<u8>);

/// The machine that says in the end which guess was right.
#[derive(Debug)]
enum Told {
    Rules(Box<Sets>),
    Results(Rc<Kinds>, Rc<Classes>),
}

/// What a stage passes on: the prefix of a guess, then a byte.
#[derive(Clone, Copy)]
struct Passed {
    prefix: Option<u32>,
    byte: Option<u8>,
}

impl Route {
    /// The route through `stages`, of each of which so much is told.
    pub(crate) fn new<'r>(
        stages: impl Iterator<Item = (&'r Rules, Detail)>,
        plus: Plus,
        classes: &Rc<Classes>,
        allowance: &Allowance,
    ) -> Route {
        Route {
            stages: stages
                .map(|(rules, detail)| Stage::new(rules, detail, classes, allowance))
                .collect(),
            plus,
            plus_class: classes.of(b'+'),
            allowance: allowance.clone(),
        }
    }

    /// Lets only those numbers through that `rule` decides in the last stage, and notes where the roots of `program`, which is that
    /// rule's, come from. The notes on a rule that was narrowed to before are gone.
    pub(crate) fn narrow(&mut self, rule: usize, program: &Arc<Program>, classes: &Rc<Classes>, limits: &Limits) {
        let allowance = self.allowance.renewed(limits);
        if let Some(stage) = self.stages.last_mut() {
            stage.narrow(rule, || Marks::with_notes(program, classes, &allowance));
        }
    }

    /// Lets only those numbers through that some rule of the last stage decides.
    pub(crate) fn narrow_to_any(&mut self) {
        if let Some(stage) = self.stages.last_mut() {
            stage.follows = Follows::AnyRule;
        }
    }

    /// Lets only those numbers through that no rule of the last stage matches.
    pub(crate) fn narrow_to_none(&mut self) {
        if let Some(stage) = self.stages.last_mut() {
            stage.follows = Follows::NoRule;
        }
    }

    /// The stage's machine and rules: the entries of a set as places of rules, in order.
    pub(crate) fn rules(&self, stage: usize, set: u32) -> Vec<usize> {
        let Some(stage) = self.stages.get(stage) else {
            return Vec::new();
        };
        let Told::Rules(sets) = &stage.told else {
            return Vec::new();
        };
        let entries = sets.patterns(set).iter();
        let mut rules: Vec<usize> = entries.filter_map(|entry| stage.rule(*entry)).collect();
        rules.dedup();
        rules
    }

    /// The place of the rule that decided in `stage`.
    pub(crate) fn rule(&self, stage: usize, decision: &Decision) -> Option<usize> {
        decision.entry.and_then(|entry| self.stages.get(stage)?.rule(entry))
    }

    /// A note on a root that was narrowed to.
    pub(crate) fn note(&self, decision: &Decision) -> Option<&crate::proof::root_guess::Note> {
        let entry = self.stages.last()?.guesses.get(decision.entry? as usize)?;
        entry.marks.note(decision.note)
    }

    /// True for a number that goes around the stages.
    pub(crate) fn is_around(&self, place: &RoutePlace) -> bool {
        place.gate == Gate::Around
    }

    /// Before the first byte.
    pub(crate) fn start(&self) -> RoutePlace {
        RoutePlace {
            gate: Gate::Closed,
            stages: [StagePlace::Waiting; STAGES],
        }
    }

    /// All places after a byte of `class`, each with the classes that come out.
    pub(crate) fn step(&mut self, place: RoutePlace, class: u8) -> Result<Vec<(RoutePlace, Vec<u8>)>, Bound> {
        let gate = match (place.gate, self.plus) {
            (Gate::Closed, Plus::GoesAround) if class == self.plus_class => Gate::Around,
            (Gate::Closed, Plus::IsLeftOut) if class == self.plus_class => return Ok(Vec::new()),
            (Gate::Closed, _) => Gate::Through,
            (gate, _) => gate,
        };
        let place = RoutePlace { gate, ..place };
        match gate {
            Gate::Around => Ok(vec![(place, vec![class])]),
            _ => self.feed(place, 0, &[class]),
        }
    }

    /// All ends of a number that stops here: the decisions, and the classes that still come out.
    pub(crate) fn end(&mut self, place: RoutePlace) -> Result<Vec<(Decisions, Vec<u8>)>, Bound> {
        if place.gate == Gate::Around {
            return Ok(vec![([None; STAGES], Vec::new())]);
        }
        let mut ways = vec![(place, [None; STAGES], Vec::new())];
        for at in 0..self.stages.len() {
            let mut ended = Vec::new();
            for (place, decisions, out) in ways {
                let Some(stage) = self.stages.get_mut(at) else {
                    continue;
                };
                let Some((decision, text)) = stage.end(place.stages[at])? else {
                    continue;
                };
                let mut decisions: Decisions = decisions;
                decisions[at] = decision;
                self.allowance.work(out.len() + text.len())?;
                for (place, passed) in self.feed(place, at + 1, &text)? {
                    ended.push((place, decisions, [out.as_slice(), &passed].concat()));
                }
                few_enough(ended.len())?;
            }
            ways = ended;
        }
        Ok(ways.into_iter().map(|(_, decisions, out)| (decisions, out)).collect())
    }

    /// Feeds `text` to the stage `at`, and what comes out of it to the stages behind.
    fn feed(&mut self, place: RoutePlace, at: usize, text: &[u8]) -> Result<Vec<(RoutePlace, Vec<u8>)>, Bound> {
        match text {
            text if at >= self.stages.len() => Ok(vec![(place, text.to_vec())]),
            [] => Ok(vec![(place, Vec::new())]),
            [class] => self.feed_one(place, at, *class),
            text => {
                let mut ways = vec![(place, Vec::new())];
                for class in text {
                    let mut after = Vec::new();
                    for (place, out) in ways {
                        let steps = self.feed_one(place, at, *class)?.into_iter();
                        after.extend(steps.map(|(place, more)| (place, [out.as_slice(), &more].concat())));
                        few_enough(after.len())?;
                    }
                    self.allowance.work(after.iter().map(|(_, out)| 1 + out.len()).sum())?;
                    ways = after;
                }
                Ok(ways)
            }
        }
    }

    fn feed_one(&mut self, place: RoutePlace, at: usize, class: u8) -> Result<Vec<(RoutePlace, Vec<u8>)>, Bound> {
        let Some(stage) = self.stages.get_mut(at) else {
            return Ok(Vec::new());
        };
        let mut steps = Vec::new();
        stage.step(place.stages[at], class, &mut steps)?;
        self.allowance.work(1 + steps.len())?;
        few_enough(steps.len())?;
        let mut ways = Vec::with_capacity(steps.len());
        for (stage_place, passed) in steps {
            let mut place = place;
            place.stages[at] = stage_place;
            let text = self.passed(at, passed);
            self.allowance.work(text.len())?;
            if at + 1 == self.stages.len() {
                ways.push((place, text));
            } else {
                ways.append(&mut self.feed(place, at + 1, &text)?);
            }
            few_enough(ways.len())?;
        }
        Ok(ways)
    }

    fn passed(&self, at: usize, passed: Passed) -> Vec<u8> {
        let guess = passed
            .prefix
            .and_then(|guess| self.stages.get(at)?.guesses.get(guess as usize));
        let mut text = guess.map(|guess| guess.prefix.to_vec()).unwrap_or_default();
        text.extend(passed.byte);
        text
    }
}

impl Stage {
    fn new(rules: &Rules, detail: Detail, classes: &Rc<Classes>, allowance: &Allowance) -> Stage {
        let in_classes = |text: &[u8]| -> Rc<[u8]> { text.iter().map(|byte| classes.of(*byte)).collect() };
        // The alternatives of a rule stand together, and have the same texts.
        let mut last: Option<(usize, [Rc<[u8]>; 2])> = None;
        let guess = |entry: &Entry| {
            let known = last.take().filter(|(rule, _)| *rule == entry.rule);
            let texts = || [in_classes(&entry.prefix), in_classes(&entry.suffix)];
            let [prefix, suffix] = known.map_or_else(texts, |(_, texts)| texts);
            last = Some((entry.rule, [Rc::clone(&prefix), Rc::clone(&suffix)]));
            Some(Guess {
                rule: entry.rule,
                marks: Marks::new(entry.root.as_ref()?, classes, allowance),
                prefix,
                suffix,
            })
        };
        let (told, guesses) = match (&rules.merged, detail) {
            (Some(merged), Detail::Results) => {
                let entries = merged.entries.iter().filter_map(|place| rules.entries.get(*place));
                let told = Told::Results(Rc::clone(&merged.kinds), Rc::clone(classes));
                (told, entries.filter_map(guess).collect())
            }
            _ => {
                let told = Told::Rules(Box::new(rules.sets(classes, allowance)));
                (told, rules.entries.iter().filter_map(guess).collect())
            }
        };
        Stage {
            told,
            detail,
            allowance: allowance.clone(),
            guesses,
            certain: rules.certain(),
            certain_if_none: rules.foreign.is_empty(),
            follows: Follows::All,
            aside: Vec::new(),
        }
    }

    fn narrow(&mut self, rule: usize, marks: impl Fn() -> Marks) {
        self.follows = Follows::Rule(rule);
        for (place, before) in self.aside.drain(..) {
            if let Some(guess) = self.guesses.get_mut(place) {
                guess.marks = before;
            }
        }
        for (place, guess) in self.guesses.iter_mut().enumerate() {
            if guess.rule == rule {
                self.aside.push((place, std::mem::replace(&mut guess.marks, marks())));
            }
        }
    }

    fn rule(&self, guess: u32) -> Option<usize> {
        self.guesses.get(guess as usize).map(|guess| guess.rule)
    }

    /// True when the guess that `guess` decides is to be followed.
    fn allows(&self, guess: Option<u32>) -> bool {
        let follows = |rule: Option<usize>| match self.follows {
            Follows::All => true,
            Follows::Rule(only) => rule == Some(only),
            Follows::AnyRule => rule.is_some(),
            Follows::NoRule => rule.is_none(),
        };
        match guess.map(|guess| self.rule(guess)) {
            None => self.certain_if_none && follows(None),
            Some(None) => false,
            Some(Some(rule)) => rule < self.certain && follows(Some(rule)),
        }
    }

    fn step(&mut self, place: StagePlace, class: u8, steps: &mut Vec<(StagePlace, Passed)>) -> Result<(), Bound> {
        match place {
            StagePlace::Waiting => self.guess(class, steps),
            StagePlace::Plain { set } => {
                let set = self.told.step(set, class)?;
                self.plain(set, class, steps);
                Ok(())
            }
            StagePlace::Guess { guess, set, mark, kept } => {
                let set = self.told.step(set, class)?;
                if self.told.may_decide(set, guess) {
                    self.mark(guess, set, (mark, kept), class, None, steps)?;
                }
                Ok(())
            }
        }
    }

    fn guess(&mut self, class: u8, steps: &mut Vec<(StagePlace, Passed)>) -> Result<(), Bound> {
        let set = self.told.step(self.told.start(), class)?;
        if self.allows(None) {
            self.plain(set, class, steps);
        }
        let candidates = self.told.candidates(set)?;
        self.allowance.work(candidates.len())?;
        for guess in candidates {
            if !self.allows(Some(guess)) {
                continue;
            }
            let starts = self.guesses.get(guess as usize).map(|guess| guess.marks.starts());
            let starts = starts.unwrap_or_default();
            self.allowance.work(starts.len())?;
            for mark in starts {
                self.mark(guess, set, (mark, false), class, Some(guess), steps)?;
            }
            few_enough(steps.len())?;
        }
        Ok(())
    }

    fn plain(&self, set: u32, class: u8, steps: &mut Vec<(StagePlace, Passed)>) {
        if self.told.may_be_none(set) {
            let passed = Passed {
                prefix: None,
                byte: Some(class),
            };
            steps.push((StagePlace::Plain { set }, passed));
        }
    }

    fn mark(
        &mut self,
        guess: u32,
        set: u32,
        (mark, kept): (u32, bool),
        class: u8,
        prefix: Option<u32>,
        steps: &mut Vec<(StagePlace, Passed)>,
    ) -> Result<(), Bound> {
        let Some(machine) = self.guesses.get_mut(guess as usize) else {
            return Ok(());
        };
        let lengths = self.told.lengths(set, guess)?;
        let tells_rules = self.detail == Detail::Rules;
        for (mark, in_root) in machine.marks.step(mark, class)?.iter() {
            if machine
                .marks
                .lengths(*mark)
                .is_some_and(|guessed| !guessed.meets(lengths))
            {
                continue;
            }
            let place = StagePlace::Guess {
                guess,
                set,
                mark: *mark,
                kept: tells_rules && (kept || *in_root),
            };
            let byte = in_root.then_some(class);
            steps.push((place, Passed { prefix, byte }));
        }
        Ok(())
    }

    /// What is decided if the number ends here, where that is told, and what is still to be passed on; `None` where the guess has failed.
    fn end(&mut self, place: StagePlace) -> Result<Option<Ended>, Bound> {
        let set = match place {
            StagePlace::Waiting => self.told.start(),
            StagePlace::Plain { set } | StagePlace::Guess { set, .. } => set,
        };
        let (first, matched) = self.told.end(set)?;
        let decision = Decision {
            entry: first,
            matched,
            empty_root: first.is_some(),
            note: 0,
        };
        let ended = match (place, first) {
            (StagePlace::Waiting | StagePlace::Plain { .. }, None) if self.allows(None) => Some((decision, Vec::new())),
            (StagePlace::Waiting, Some(first)) if self.allows(Some(first)) => self.empty_number(first, decision)?,
            (StagePlace::Guess { guess, mark, kept, .. }, Some(first)) if guess == first => {
                let empty_root = !kept;
                self.right_guess(guess, mark, Decision { empty_root, ..decision })?
            }
            _ => None,
        };
        let tells_rules = self.detail == Detail::Rules;
        Ok(ended.map(|(decision, text)| (tells_rules.then_some(decision), text)))
    }

    fn right_guess(&mut self, guess: u32, mark: u32, decision: Decision) -> Result<Option<(Decision, Vec<u8>)>, Bound> {
        let Some(guess) = self.guesses.get_mut(guess as usize) else {
            return Ok(None);
        };
        let note = guess.marks.end(mark)?;
        Ok(note.map(|note| (Decision { note, ..decision }, guess.suffix.to_vec())))
    }

    /// What a rule makes of the empty number.
    fn empty_number(&mut self, guess: u32, decision: Decision) -> Result<Option<(Decision, Vec<u8>)>, Bound> {
        let Some(guess) = self.guesses.get_mut(guess as usize) else {
            return Ok(None);
        };
        for mark in guess.marks.starts() {
            if let Some(note) = guess.marks.end(mark)? {
                let text = [&*guess.prefix, &*guess.suffix].concat();
                return Ok(Some((Decision { note, ..decision }, text)));
            }
        }
        Ok(None)
    }
}

impl Told {
    fn start(&self) -> u32 {
        match self {
            Told::Rules(sets) => sets.start(),
            Told::Results(kinds, _) => kinds.start(),
        }
    }

    fn step(&mut self, state: u32, class: u8) -> Result<u32, Bound> {
        match self {
            Told::Rules(sets) => sets.step(state, class),
            Told::Results(kinds, classes) => Ok(kinds.step(state, classes.byte(class))),
        }
    }

    /// The guesses that may still come true.
    fn candidates(&self, state: u32) -> Result<Vec<u32>, Bound> {
        match self {
            Told::Rules(sets) => sets.candidates(state),
            Told::Results(kinds, _) => Ok(kinds.candidates(state).to_vec()),
        }
    }

    fn may_decide(&self, state: u32, guess: u32) -> bool {
        match self {
            Told::Rules(sets) => sets.may_be_first(state, guess),
            Told::Results(kinds, _) => kinds.lengths(state, Some(guess)) != Lengths::NONE,
        }
    }

    fn may_be_none(&self, state: u32) -> bool {
        match self {
            Told::Rules(sets) => sets.may_be_none(state),
            Told::Results(kinds, _) => kinds.lengths(state, None) != Lengths::NONE,
        }
    }

    /// In how many bytes a number may end that makes `guess` come true, and some others.
    fn lengths(&mut self, state: u32, guess: u32) -> Result<Lengths, Bound> {
        match self {
            Told::Rules(sets) => sets.lengths(state, guess),
            Told::Results(kinds, _) => Ok(kinds.lengths(state, Some(guess))),
        }
    }

    /// The guess that comes true if the number ends here, and the set of all rules that match; 0 where that is not told.
    fn end(&mut self, state: u32) -> Result<(Option<u32>, u32), Bound> {
        match self {
            Told::Rules(sets) => {
                let matched = sets.matched(state)?;
                Ok((sets.first(matched), matched))
            }
            Told::Results(kinds, _) => Ok((kinds.decides(state), 0)),
        }
    }
}

/// A route and the rules that what comes out of it is matched with.
#[derive(Debug)]
pub(crate) struct Way {
    pub(crate) route: Route,
    pub(crate) sink: Sets,
    plus_class: u8,
}

/// Where a number stands on a [`Way`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct WayPlace {
    route: RoutePlace,
    sink: u32,
    /// Whether what came out begins with `+`; `None` before anything did.
    plus: Option<bool>,
}

/// What became of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Arrival {
    pub(crate) decisions: Decisions,
    /// All patterns that match in the end: a set of the last machine.
    pub(crate) matched: u32,
    /// It begins with `+`.
    pub(crate) plus: bool,
}

impl Way {
    /// A number goes through `route`; then `sink` says which of its patterns match.
    pub(crate) fn new(route: Route, sink: Sets) -> Way {
        Way {
            plus_class: route.plus_class,
            route,
            sink,
        }
    }

    /// Puts other patterns in the place of those that what comes out is matched with.
    pub(crate) fn match_with(&mut self, programs: &[&Program], classes: &Rc<Classes>, limits: &Limits) {
        self.sink = Sets::new(programs, classes, &self.route.allowance.renewed(limits));
    }

    /// Before the first byte.
    pub(crate) fn begin(&self) -> WayPlace {
        WayPlace {
            route: self.route.start(),
            sink: self.sink.start(),
            plus: None,
        }
    }

    /// All places after a byte of `class`, each with the classes that come out.
    pub(crate) fn steps(&mut self, place: WayPlace, class: u8) -> Result<Vec<(WayPlace, Vec<u8>)>, Bound> {
        let mut steps = Vec::new();
        for (route, out) in self.route.step(place.route, class)? {
            let place = self.arrive(place, &out)?;
            steps.push((WayPlace { route, ..place }, out));
        }
        Ok(steps)
    }

    /// All ends, each with the classes that still come out.
    pub(crate) fn ends(&mut self, place: WayPlace) -> Result<Vec<(Arrival, Vec<u8>)>, Bound> {
        let mut ends = Vec::new();
        for (decisions, out) in self.route.end(place.route)? {
            let place = self.arrive(place, &out)?;
            let arrival = Arrival {
                decisions,
                matched: self.sink.matched(place.sink)?,
                plus: place.plus == Some(true),
            };
            ends.push((arrival, out));
        }
        Ok(ends)
    }

    fn arrive(&mut self, place: WayPlace, out: &[u8]) -> Result<WayPlace, Bound> {
        Ok(WayPlace {
            sink: self.sink.read(place.sink, out)?,
            plus: place.plus.or(out.first().map(|class| *class == self.plus_class)),
            ..place
        })
    }
}

impl Machine for Way {
    type Place = WayPlace;
    type Outcome = Arrival;

    fn start(&self) -> WayPlace {
        self.begin()
    }

    fn step(&mut self, place: WayPlace, class: u8, next: &mut Vec<WayPlace>) -> Result<(), Bound> {
        next.extend(self.steps(place, class)?.into_iter().map(|(place, _)| place));
        Ok(())
    }

    fn end(&mut self, place: WayPlace, outcomes: &mut Vec<Arrival>) -> Result<(), Bound> {
        outcomes.extend(self.ends(place)?.into_iter().map(|(arrival, _)| arrival));
        Ok(())
    }
}
