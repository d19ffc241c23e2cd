//! Plans: compiled configurations, which answer for numbers.

pub mod clean;
mod compiler;
mod dial_plan;
mod hint;
pub mod nanp;
pub(crate) mod one_pass;
pub mod pretty;
pub mod probe;
pub mod refusal;
pub mod rewrites;
pub(crate) mod root;
pub mod rule;
pub(crate) mod rules;

use crate::config::document::{self, Summary};
use crate::config::json::{Json, Number};
use crate::config::problem::{Path, Problem};
use crate::dfa::automaton::Automaton;
use crate::dfa::matcher::{Matcher, Primed};
use crate::plan::rewrites::{Rewrites, Rewritten};
use crate::plan::rule::Runs;
use crate::prefix::digits::Digits;
use crate::prefix::index::PrefixIndex;
use std::borrow::Cow;

pub use dial_plan::{DialPlan, Dialled};
pub(crate) use hint::halved_backslashes;

/// The most bytes that building one automaton touches; a list of rules that needs more is split.
pub const MEMORY_LIMIT: usize = 64 << 20;

/// A compiled configuration: immutable, without locks, and safe to share between threads.
///
/// The answers are Kazoo's for the same configuration, byte for byte. A plan with rules that only
/// OTP's `re` can run answers for its native rules alone; a caller that compiles with
/// [`Judge::Re`](rule::Judge::Re) runs the others ([`Plan::foreign_classes`] and
/// [`Rewrites::foreign`]), and the first rule that matches decides.
///
/// ```
/// use numplan::{Document, Dialect, Judge, Plan, Preset};
///
/// let document = Document::read(&Preset::DEFAULT.text().parse()?)?;
/// let plan = Plan::compile(&document, Judge::Reader(Dialect::Pcre))?;
/// assert_eq!(*plan.normalize(b"4158867900"), *b"+14158867900");
/// assert_eq!(plan.classify(b"4158867900").map(|class| plan.classes()[class].name()), Some(b"did_us".as_slice()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Plan {
    classes: Vec<Class>,
    class_matcher: Matcher,
    /// The lists of prefixes that are too long for the matcher.
    class_index: Option<PrefixIndex>,
    /// The rank of the first class whose set of numbers is too large for proofs.
    first_too_large: Option<usize>,
    class_foreign: Vec<ForeignClass>,
    converters: Rewrites,
    /// The automaton from a dialled number to its class, where [`one_pass`] can build one.
    one_pass: Option<Automaton>,
    /// For each converter entry, the states of the class automata behind its prefix.
    primed: Vec<Option<Primed>>,
    reconcile: Reconcile,
    dial_plan: Option<DialPlan>,
    rules: Vec<Rule>,
    warnings: Vec<Problem>,
    cost: usize,
}

/// A class of numbers.
#[derive(Clone, Debug)]
pub struct Class {
    name: Vec<u8>,
    pretty_print: Option<Vec<u8>>,
    object: Json,
}

impl Class {
    /// Its name.
    pub fn name(&self) -> &[u8] {
        &self.name
    }

    /// The classifier's object, with `regex` and `friendly_name` filled in.
    pub fn object(&self) -> &Json {
        &self.object
    }

    /// The mask that its numbers are printed by.
    pub fn pretty_print(&self) -> Option<&[u8]> {
        self.pretty_print.as_deref()
    }
}

/// A classifier that only OTP's `re` runs.
#[derive(Clone, Debug)]
pub struct ForeignClass {
    /// Its rank among all classes.
    pub class: usize,
    /// Its regex.
    pub regex: Vec<u8>,
}

#[derive(Clone, Debug)]
enum Reconcile {
    Native(Matcher),
    Foreign(Vec<u8>),
}

impl Reconcile {
    fn cost(&self) -> usize {
        match self {
            Reconcile::Native(matcher) => matcher.cost(),
            Reconcile::Foreign(_) => 0,
        }
    }
}

/// A rule of a plan.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The path of its regex.
    pub path: Path,
    /// Its regex; empty for a set of numbers.
    pub regex: Vec<u8>,
    /// The set of numbers that decides in place of a regex.
    pub set: Option<Summary>,
    /// Where it runs.
    pub runs: Runs,
}

/// Sizes of a plan.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// The states of all automata.
    pub states: usize,
    /// The bytes of all automata, programs and names.
    pub memory: usize,
}

impl Plan {
    /// `number` in E.164; unchanged when no rule matches (kazoo-semantics 3.2, 3.3).
    ///
    /// A number that starts with `+` is unchanged. A dial plan is applied first, by first match.
    pub fn normalize<'a>(&'a self, number: &'a [u8]) -> Cow<'a, [u8]> {
        if number.first() == Some(&b'+') {
            return Cow::Borrowed(number);
        }
        match &self.dial_plan {
            None => self.convert_or_keep(number),
            Some(dial_plan) => self.normalize_with(number, dial_plan),
        }
    }

    /// Appends [`Plan::normalize`] of `number` to `text`.
    #[inline]
    pub fn normalize_into(&self, number: &[u8], text: &mut Vec<u8>) {
        if number.first() == Some(&b'+') {
            return text.extend_from_slice(number);
        }
        if self.dial_plan.is_some() {
            return text.extend_from_slice(&self.normalize(number));
        }
        match self.converters.apply(number) {
            None => text.extend_from_slice(number),
            Some(rewritten) => rewritten
                .pieces()
                .iter()
                .for_each(|piece| text.extend_from_slice(piece)),
        }
    }

    /// The automaton from the number as dialled to its class, if there is one.
    pub(crate) fn one_pass(&self) -> Option<&Automaton> {
        self.one_pass.as_ref()
    }

    /// Kazoo's `normalize/3`: `dial_plan` by first match, then the converters, also with a `+`.
    pub fn normalize_with<'a>(&'a self, number: &'a [u8], dial_plan: &DialPlan) -> Cow<'a, [u8]> {
        match dial_plan.first_match.apply(number) {
            None => self.convert_or_keep(number),
            Some(dialled) => Cow::Owned(self.convert_or_keep(&dialled.to_vec()).into_owned()),
        }
    }

    fn convert_or_keep<'a>(&'a self, number: &'a [u8]) -> Cow<'a, [u8]> {
        match self.converters.apply(number) {
            None => Cow::Borrowed(number),
            Some(rewritten) => Cow::Owned(rewritten.to_vec()),
        }
    }

    /// The rank of the class of `number`, which is normalised first (kazoo-semantics 3.5). Cost:
    /// one or two table look-ups a byte, whatever the rules; usual rules allocate nothing.
    #[inline]
    pub fn classify(&self, number: &[u8]) -> Option<usize> {
        match &self.one_pass {
            Some(automaton) => automaton
                .answer(automaton.read(automaton.start(), number))
                .map(|class| class as usize),
            None => self.classify_twice(number),
        }
    }

    fn classify_twice(&self, number: &[u8]) -> Option<usize> {
        if number.first() == Some(&b'+') {
            return self.classify_e164(number);
        }
        if self.dial_plan.is_some() {
            return self.classify_e164(&self.normalize(number));
        }
        match self.converters.apply(number) {
            None => self.classify_e164(number),
            Some(rewritten) => self.classify_rewritten(&rewritten),
        }
    }

    fn classify_rewritten(&self, rewritten: &Rewritten<'_>) -> Option<usize> {
        match self.primed.get(rewritten.entry) {
            Some(Some(primed)) => {
                let class = self.class_matcher.first_after(primed, rewritten.root, rewritten.suffix);
                let listed = self.first_listed(|| rewritten.first_digits());
                first(class, listed)
            }
            _ => self.classify_e164(&rewritten.to_vec()),
        }
    }

    /// The rank of the class of `e164`, which is not normalised.
    #[inline]
    pub fn classify_e164(&self, e164: &[u8]) -> Option<usize> {
        first(
            self.class_matcher.first(e164),
            self.first_listed(|| Digits::of_number(e164)),
        )
    }

    /// The rank of the first indexed list of prefixes that a number is in.
    #[inline]
    fn first_listed(&self, digits: impl FnOnce() -> Option<Digits>) -> Option<u32> {
        self.class_index.as_ref()?.first(digits()?)
    }

    /// The rank of the first class that proofs do not read: `re` runs its regex, or its set of
    /// numbers is too large.
    pub(crate) fn first_unread(&self) -> Option<usize> {
        let foreign = self.class_foreign.first().map(|foreign| foreign.class);
        foreign.into_iter().chain(self.first_too_large).min()
    }

    /// True when the reconcile regex matches the normalised number (kazoo-semantics 3.10).
    pub fn is_reconcilable(&self, number: &[u8]) -> bool {
        self.is_reconcilable_e164(&self.normalize(number))
    }

    /// True when the reconcile regex matches `e164`, which is not normalised.
    pub fn is_reconcilable_e164(&self, e164: &[u8]) -> bool {
        match &self.reconcile {
            Reconcile::Native(matcher) => matcher.first(e164).is_some(),
            Reconcile::Foreign(_) => false,
        }
    }

    /// `number` printed by the mask of its class, or unchanged without one (kazoo-semantics 3.8).
    pub fn pretty_print(&self, number: &[u8]) -> Vec<u8> {
        let e164 = self.normalize(number);
        self.pretty_print_as(number, &e164, self.classify_e164(&e164))
    }

    /// [`Plan::pretty_print`] of a number whose E.164 form and class are known.
    pub fn pretty_print_as(&self, number: &[u8], e164: &[u8], class: Option<usize>) -> Vec<u8> {
        let class = class.and_then(|class| self.classes.get(class));
        let mask = class.and_then(Class::pretty_print);
        match pretty::mask(mask, e164) {
            Some(mask) => pretty::print(mask, e164),
            None => number.to_vec(),
        }
    }

    /// The answer of the API's "classify a number": the classifier's own keys, then `e164`,
    /// `number` and `name`; without a class `number` and `e164` alone, in this order (Kazoo's
    /// `cb_phone_numbers:classify_number/2`, 4.3 and 5).
    pub fn classification(&self, number: &[u8], e164: &[u8], class: Option<usize>) -> Json {
        let (number, e164) = (Json::String(number.to_vec()), Json::String(e164.to_vec()));
        let Some(class) = class.and_then(|class| self.classes.get(class)) else {
            return Json::Object(vec![(b"number".to_vec(), number), (b"e164".to_vec(), e164)]);
        };
        let mut members = class.object().as_object().unwrap_or_default().to_vec();
        document::set(&mut members, b"e164", e164);
        document::set(&mut members, b"number", number);
        document::set(&mut members, b"name", Json::String(class.name.clone()));
        Json::Object(members)
    }

    /// The classes, in order.
    pub fn classes(&self) -> &[Class] {
        &self.classes
    }

    /// The classes that nodes of Kazoo do not know: sets of numbers without a regex.
    pub fn numplan_only(&self) -> impl Iterator<Item = &Class> {
        let classes = self.classes.iter().zip(&self.rules);
        let only = classes.filter(|(class, rule)| rule.set.is_some() && class.object.get(b"regex").is_none());
        only.map(|(class, _)| class)
    }

    /// The classifiers as an object, in order, as the API shows them (kazoo-semantics 2.2). Of a
    /// name that stands twice the last value is shown, in the place of the first.
    pub fn available_classifiers(&self) -> Json {
        let mut places = std::collections::BTreeMap::new();
        let mut members: Vec<(Vec<u8>, Json)> = Vec::with_capacity(self.classes.len());
        for class in &self.classes {
            let place = *places.entry(class.name.as_slice()).or_insert(members.len());
            match members.get_mut(place) {
                Some((_, object)) => *object = class.object.clone(),
                None => members.push((class.name.clone(), class.object.clone())),
            }
        }
        Json::Object(members)
    }

    /// The prefixes and suffixes of its native rules.
    pub(crate) fn added(&self) -> impl Iterator<Item = &[u8]> {
        let dial_plan = self.dial_plan.iter().map(DialPlan::first_match);
        dial_plan.chain([&self.converters]).flat_map(Rewrites::added)
    }

    /// The converters.
    pub fn converters(&self) -> &Rewrites {
        &self.converters
    }

    /// The dial plan, where the document has one.
    pub fn dial_plan(&self) -> Option<&DialPlan> {
        self.dial_plan.as_ref()
    }

    /// The classifiers that only `re` runs, in order.
    pub fn foreign_classes(&self) -> &[ForeignClass] {
        &self.class_foreign
    }

    /// The reconcile regex, if only `re` runs it.
    pub fn foreign_reconcile(&self) -> Option<&[u8]> {
        match &self.reconcile {
            Reconcile::Native(_) => None,
            Reconcile::Foreign(regex) => Some(regex),
        }
    }

    /// All rules: the classifiers, the converters, the reconcile regex, the dial plan.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Problems that are no reason to refuse the configuration.
    pub fn warnings(&self) -> &[Problem] {
        &self.warnings
    }

    /// The most table look-ups a byte: times the length of a number, it bounds an answer's time.
    #[inline]
    pub fn cost(&self) -> usize {
        self.cost
    }

    /// Its sizes.
    pub fn size(&self) -> Size {
        let reconcile = match &self.reconcile {
            Reconcile::Native(matcher) => matcher.size(),
            Reconcile::Foreign(regex) => [0, regex.len()],
        };
        let dial_plan = self.dial_plan.iter().flat_map(DialPlan::rewrites).map(Rewrites::size);
        let one_pass = self.one_pass.iter().map(|one| [one.states(), one.memory()]);
        let classes = self.classes.iter();
        let classes = classes.map(|class| size_of::<Class>() + 2 * class.name.len() + weight(&class.object));
        let rules = self.rules.iter().map(|rule| {
            let set = rule.set.as_ref().map_or(0, Summary::memory);
            size_of::<Rule>() + 2 * rule.regex.len() + set
        });
        let index = [0, self.class_index.as_ref().map_or(0, PrefixIndex::memory)];
        let lists = [self.converters.size(), self.class_matcher.size(), index, reconcile];
        let parts = dial_plan.chain(one_pass).chain(lists);
        let (states, memory): (Vec<usize>, Vec<usize>) = parts.map(|[states, memory]| (states, memory)).unzip();
        Size {
            states: states.iter().sum(),
            memory: memory.iter().sum::<usize>() + classes.sum::<usize>() + rules.sum::<usize>(),
        }
    }
}

/// The class of a number: the smaller of two ranks.
#[inline]
fn first(class: Option<u32>, listed: Option<u32>) -> Option<usize> {
    let rank = match (class, listed) {
        (Some(class), Some(listed)) => Some(class.min(listed)),
        (class, listed) => class.or(listed),
    };
    rank.map(|rank| rank as usize)
}

fn weight(json: &Json) -> usize {
    let inner = match json {
        Json::Null | Json::Bool(_) | Json::Number(Number::Integer(_) | Number::Float(_)) => 0,
        Json::Number(_) => 16,
        Json::String(text) => text.len(),
        Json::Array(items) => items.iter().map(weight).sum(),
        Json::Object(members) => members.iter().map(|(key, value)| 24 + key.len() + weight(value)).sum(),
    };
    size_of::<Json>() + inner
}
