//! A list of rewriting rules as a nondeterministic transducer, from a number to what becomes of it.
//!
//! Which rule decides is known only when the number ends, but its prefix comes out first. So a
//! stage guesses the deciding rule at its first byte, or that none matches, and follows every guess
//! until it fails. Exactly one guess is right at the end of a number. Where a proof does not need
//! the rule, the guess is of an [`Effect`](crate::proof::effects), which several rules may share.

use crate::plan::rules::Alternative;
use crate::proof::alphabet::Classes;
use crate::proof::effects::Effects;
use crate::proof::lazy_dfa::LazyDfa;
use crate::proof::lengths::Lengths;
use crate::proof::root_guess::{Note, RootGuess};
use crate::proof::rules::Rules;
use crate::proof::search::{Allowance, Bound, few_enough};
use std::rc::Rc;

/// What the outcome of a number says about a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Detail {
    /// Which rule decides.
    Rules,
    /// Nothing: only the text that comes out counts.
    Results,
}

/// Which numbers pass a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Filter {
    All,
    /// Those that the rule of this rank decides.
    Rule(usize),
    /// Those that some rule decides.
    AnyRule,
    /// Those that no rule matches.
    NoRule,
}

/// The state of a [`Stage`] within a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum StageState {
    /// Nothing was read, so nothing was guessed.
    Waiting,
    /// The guess is that no rule matches.
    Plain { decider: u32 },
    /// The guess is that this rule, or a rule of this effect, decides.
    Guess {
        guess: u32,
        decider: u32,
        /// The state of the guess's [`RootGuess`].
        root: u32,
        /// True when the root holds some byte; always false under [`Detail::Results`], to have
        /// fewer states.
        kept: bool,
    },
}

/// Which rule of a stage decided, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Decision {
    /// The alternative that decided, if any.
    pub(crate) alternative: Option<u32>,
    /// The set of all alternatives that match, for [`Stage::patterns`].
    pub(crate) matched: u32,
    /// True when the root is empty.
    pub(crate) empty_root: bool,
    /// The number of the note on the root.
    note: u32,
}

/// A decision, under [`Detail::Rules`], and the text that still comes out.
type Ended = (Option<Decision>, Vec<u8>);

/// The text of a step: the prefix of a guess just made, and the byte read, if the root holds it.
pub(crate) type Emitted = (Option<u32>, Option<u8>);

/// A list of rules as a transducer.
#[derive(Debug)]
pub(crate) struct Stage {
    decider: Decider,
    detail: Detail,
    allowance: Allowance,
    guesses: Vec<Guess>,
    /// The rank of the first rule whose numbers depend on `re`; those before it decide without it.
    certain: usize,
    /// True when each number that a foreign rule might match is matched by a native rule too.
    certain_if_none: bool,
    pub(crate) filter: Filter,
    /// The machines that [`Stage::narrow`] replaced, with their guesses.
    replaced: Vec<(usize, RootGuess)>,
}

#[derive(Debug)]
struct Guess {
    /// The rank of the rule; of an effect, that of its first rule.
    rule: usize,
    root: RootGuess,
    /// The prefix, in classes of bytes.
    prefix: Rc<[u8]>,
    /// The suffix, in classes of bytes.
    suffix: Rc<[u8]>,
}

/// The automaton that says at the end of a number which guess is right.
#[derive(Debug)]
enum Decider {
    Rules(Box<LazyDfa>),
    Effects(Rc<Effects>, Rc<Classes>),
}

impl Stage {
    pub(crate) fn new(rules: &Rules, detail: Detail, classes: &Rc<Classes>, allowance: &Allowance) -> Stage {
        let in_classes = |text: &[u8]| -> Rc<[u8]> { text.iter().map(|byte| classes.of(*byte)).collect() };
        // The alternatives of one rule stand together and share their texts.
        let mut last: Option<(usize, [Rc<[u8]>; 2])> = None;
        let guess = |alternative: &Alternative| {
            let known = last.take().filter(|(rule, _)| *rule == alternative.rule);
            let texts = || [in_classes(&alternative.prefix), in_classes(&alternative.suffix)];
            let [prefix, suffix] = known.map_or_else(texts, |(_, texts)| texts);
            last = Some((alternative.rule, [Rc::clone(&prefix), Rc::clone(&suffix)]));
            Some(Guess {
                rule: alternative.rule,
                root: RootGuess::new(alternative.root.as_ref()?, classes, allowance),
                prefix,
                suffix,
            })
        };
        let (decider, guesses) = match (&rules.by_effect, detail) {
            (Some(grouped), Detail::Results) => {
                let firsts = grouped.alternatives.iter().filter_map(|at| rules.alternatives.get(*at));
                let decider = Decider::Effects(Rc::clone(&grouped.effects), Rc::clone(classes));
                (decider, firsts.filter_map(guess).collect())
            }
            _ => {
                let decider = Decider::Rules(Box::new(rules.dfa(classes, allowance)));
                (decider, rules.alternatives.iter().filter_map(guess).collect())
            }
        };
        Stage {
            decider,
            detail,
            allowance: allowance.clone(),
            guesses,
            certain: rules.certain(),
            certain_if_none: !rules.has_foreign(),
            filter: Filter::All,
            replaced: Vec::new(),
        }
    }

    /// Lets only the numbers pass that `rule` decides, with `root`. Undoes the narrowing before.
    pub(crate) fn narrow(&mut self, rule: usize, root: impl Fn() -> RootGuess) {
        self.filter = Filter::Rule(rule);
        for (at, before) in self.replaced.drain(..) {
            if let Some(guess) = self.guesses.get_mut(at) {
                guess.root = before;
            }
        }
        for (at, guess) in self.guesses.iter_mut().enumerate() {
            if guess.rule == rule {
                self.replaced.push((at, std::mem::replace(&mut guess.root, root())));
            }
        }
    }

    pub(crate) fn rule(&self, decision: &Decision) -> Option<usize> {
        Some(self.guesses.get(decision.alternative? as usize)?.rule)
    }

    /// The note on the root of a decision, where the stage was narrowed to a rule with notes.
    pub(crate) fn note(&self, decision: &Decision) -> Option<&Note> {
        let guess = self.guesses.get(decision.alternative? as usize)?;
        guess.root.note(decision.note)
    }

    /// The alternatives in a [`Decision`]'s set, in order; none under [`Detail::Results`].
    pub(crate) fn patterns(&self, set: u32) -> &[u32] {
        match &self.decider {
            Decider::Rules(dfa) => dfa.patterns(set),
            Decider::Effects(..) => &[],
        }
    }

    /// The emitted text, in classes.
    pub(crate) fn text(&self, (prefix, byte): Emitted) -> Vec<u8> {
        let guess = prefix.and_then(|guess| self.guesses.get(guess as usize));
        let mut text = guess.map(|guess| guess.prefix.to_vec()).unwrap_or_default();
        text.extend(byte);
        text
    }

    /// True when this guess is to be followed: the filter lets it pass, and no foreign rule could
    /// overturn it. `None` is the guess that no rule matches.
    fn allows(&self, guess: Option<u32>) -> bool {
        let passes = |rule: Option<usize>| match self.filter {
            Filter::All => true,
            Filter::Rule(only) => rule == Some(only),
            Filter::AnyRule => rule.is_some(),
            Filter::NoRule => rule.is_none(),
        };
        match guess.map(|guess| self.guesses.get(guess as usize)) {
            None => self.certain_if_none && passes(None),
            Some(None) => false,
            Some(Some(guess)) => guess.rule < self.certain && passes(Some(guess.rule)),
        }
    }

    /// Adds every state that a byte of `class` leads to, with what comes out.
    pub(crate) fn step(
        &mut self,
        state: StageState,
        class: u8,
        steps: &mut Vec<(StageState, Emitted)>,
    ) -> Result<(), Bound> {
        match state {
            StageState::Waiting => self.guess(class, steps),
            StageState::Plain { decider } => {
                let decider = self.decider.step(decider, class)?;
                self.plain(decider, class, steps);
                Ok(())
            }
            StageState::Guess {
                guess,
                decider,
                root,
                kept,
            } => {
                let decider = self.decider.step(decider, class)?;
                if self.decider.may_decide(decider, guess) {
                    self.step_root((guess, decider), (root, kept), class, None, steps)?;
                }
                Ok(())
            }
        }
    }

    /// The first byte: makes every guess.
    fn guess(&mut self, class: u8, steps: &mut Vec<(StageState, Emitted)>) -> Result<(), Bound> {
        let decider = self.decider.step(self.decider.start(), class)?;
        if self.allows(None) {
            self.plain(decider, class, steps);
        }
        let candidates = self.decider.candidates(decider)?;
        self.allowance.work(candidates.len())?;
        for guess in candidates {
            if !self.allows(Some(guess)) {
                continue;
            }
            let starts = self.starts(guess);
            self.allowance.work(starts.len())?;
            for root in starts {
                self.step_root((guess, decider), (root, false), class, Some(guess), steps)?;
            }
            few_enough(steps.len())?;
        }
        Ok(())
    }

    fn starts(&self, guess: u32) -> Vec<u32> {
        let guess = self.guesses.get(guess as usize);
        guess.map(|guess| guess.root.starts()).unwrap_or_default()
    }

    fn plain(&self, decider: u32, class: u8, steps: &mut Vec<(StageState, Emitted)>) {
        if self.decider.may_be_none(decider) {
            steps.push((StageState::Plain { decider }, (None, Some(class))));
        }
    }

    /// Steps the root machine of a guess, and drops the states that no possible length fits.
    fn step_root(
        &mut self,
        (guess, decider): (u32, u32),
        (root, kept): (u32, bool),
        class: u8,
        prefix: Option<u32>,
        steps: &mut Vec<(StageState, Emitted)>,
    ) -> Result<(), Bound> {
        let Some(machine) = self.guesses.get_mut(guess as usize) else {
            return Ok(());
        };
        let possible = self.decider.lengths(decider, guess)?;
        for (root, in_root) in machine.root.step(root, class)?.iter() {
            let guessed = machine.root.lengths(*root);
            if guessed.is_some_and(|guessed| !guessed.meets(possible)) {
                continue;
            }
            let state = StageState::Guess {
                guess,
                decider,
                root: *root,
                kept: self.detail == Detail::Rules && (kept || *in_root),
            };
            let byte = in_root.then_some(class);
            steps.push((state, (prefix, byte)));
        }
        Ok(())
    }

    /// The decision and the remaining text if the number ends here; `None` for a wrong guess.
    pub(crate) fn end(&mut self, state: StageState) -> Result<Option<Ended>, Bound> {
        let decider = match state {
            StageState::Waiting => self.decider.start(),
            StageState::Plain { decider } | StageState::Guess { decider, .. } => decider,
        };
        let (first, matched) = self.decider.end(decider)?;
        let decision = Decision {
            alternative: first,
            matched,
            empty_root: first.is_some(),
            note: 0,
        };
        let ended = match (state, first) {
            (StageState::Waiting | StageState::Plain { .. }, None) if self.allows(None) => Some((decision, Vec::new())),
            (StageState::Waiting, Some(first)) if self.allows(Some(first)) => {
                let prefix = self.text((Some(first), None));
                let ended = self.right_guess(first, &self.starts(first), decision)?;
                ended.map(|(decision, suffix)| (decision, [prefix, suffix].concat()))
            }
            (StageState::Guess { guess, root, kept, .. }, Some(first)) if guess == first => {
                let empty_root = !kept;
                self.right_guess(guess, &[root], Decision { empty_root, ..decision })?
            }
            _ => None,
        };
        let tells_rules = self.detail == Detail::Rules;
        Ok(ended.map(|(decision, text)| (tells_rules.then_some(decision), text)))
    }

    /// The decision and the suffix, if `guess` is right with one of these states of its root.
    fn right_guess(
        &mut self,
        guess: u32,
        roots: &[u32],
        decision: Decision,
    ) -> Result<Option<(Decision, Vec<u8>)>, Bound> {
        let Some(guess) = self.guesses.get_mut(guess as usize) else {
            return Ok(None);
        };
        for root in roots {
            if let Some(note) = guess.root.end(*root)? {
                return Ok(Some((Decision { note, ..decision }, guess.suffix.to_vec())));
            }
        }
        Ok(None)
    }
}

impl Decider {
    fn start(&self) -> u32 {
        match self {
            Decider::Rules(dfa) => dfa.start(),
            Decider::Effects(effects, _) => effects.start(),
        }
    }

    fn step(&mut self, state: u32, class: u8) -> Result<u32, Bound> {
        match self {
            Decider::Rules(dfa) => dfa.step(state, class),
            Decider::Effects(effects, classes) => Ok(effects.step(state, classes.byte(class))),
        }
    }

    /// The guesses that may still come true.
    fn candidates(&self, state: u32) -> Result<Vec<u32>, Bound> {
        match self {
            Decider::Rules(dfa) => dfa.candidates(state),
            Decider::Effects(effects, _) => Ok(effects.candidates(state).to_vec()),
        }
    }

    fn may_decide(&self, state: u32, guess: u32) -> bool {
        match self {
            Decider::Rules(dfa) => dfa.may_be_first(state, guess),
            Decider::Effects(effects, _) => effects.lengths(state, Some(guess)) != Lengths::NONE,
        }
    }

    fn may_be_none(&self, state: u32) -> bool {
        match self {
            Decider::Rules(dfa) => dfa.may_be_none(state),
            Decider::Effects(effects, _) => effects.lengths(state, None) != Lengths::NONE,
        }
    }

    /// In how many more bytes a number may end for which `guess` is right; an over-approximation.
    fn lengths(&mut self, state: u32, guess: u32) -> Result<Lengths, Bound> {
        match self {
            Decider::Rules(dfa) => dfa.lengths(state, guess),
            Decider::Effects(effects, _) => Ok(effects.lengths(state, Some(guess))),
        }
    }

    /// The right guess if the number ends here, and the set of all that match (0 for effects).
    fn end(&mut self, state: u32) -> Result<(Option<u32>, u32), Bound> {
        match self {
            Decider::Rules(dfa) => {
                let matched = dfa.matched(state)?;
                Ok((dfa.first(matched), matched))
            }
            Decider::Effects(effects, _) => Ok((effects.decides(state), 0)),
        }
    }
}
