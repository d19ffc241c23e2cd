//! Explanations: which rules were tried for one number, in order, and what each did.
//!
//! A plan's automata run all rules at once and cannot say what each rule did. Here the rules of the
//! document are compiled one by one, and tried in the order that decides (kazoo-semantics 3.2, 3.3,
//! 3.5, 3.8, 3.10). The answers are those of a plan of the same document.
//!
//! The caller runs the rules that only OTP's `re` can run: [`explain`] returns [`Questions`], and
//! is called again with [`Answers`].

mod text;

use crate::config::document::{Document, Numbers, Rewrite, Summary};
use crate::config::problem::{Path, Problem, Problems};
use crate::dfa::automaton::Automaton;
use crate::dfa::determinize;
use crate::plan::clean::{self, Kind, clean};
use crate::plan::pretty::{self, Does};
use crate::plan::rule::{Compiled, Judge, RuleCompiler, Runs};
use crate::regex::nfa::Program;
use std::collections::HashMap;

/// The most bytes that building one rule's automaton touches; beyond that it is simulated.
const MEMORY_LIMIT: usize = 1 << 20;

/// The most bytes of a number for which a rule is simulated, which is faster than an automaton
/// then.
const SHORT: usize = 64;

/// The most steps of a pretty print that are kept.
pub const MAX_STEPS: usize = 1_000;

/// Everything that decided about one number. [`Explanation::text`] puts it in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The number as dialled.
    pub number: Vec<u8>,
    /// True when it starts with `+`: then neither the dial plan nor the converters are tried.
    pub plus: bool,
    /// What the dial plan did, by first match; `None` where it was not tried or there is none.
    pub dial_plan: Option<Rewriting>,
    /// What the converters did with the result of the dial plan; `None` where they were not tried.
    pub converters: Option<Rewriting>,
    /// The number in E.164.
    pub e164: Vec<u8>,
    /// All classifiers, in order, matched against `e164`; the first that matches is the class.
    pub classifiers: Vec<Classified>,
    /// The rank of the class among them.
    pub class: Option<usize>,
    /// The reconcile regex, matched against the number in E.164.
    pub reconcile: Tried,
    /// How the number is printed.
    pub layout: Layout,
    /// The separators that it contains, where they change the answer.
    pub unclean: Option<Unclean>,
}

/// A number whose separators no rule removes, and that has another answer without them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unclean {
    /// What it contains.
    pub kinds: Vec<Kind>,
    /// The number cleaned by [`clean::clean`], which a telephone can dial.
    pub cleaned: Vec<u8>,
    /// The name of the class of the cleaned number.
    pub class: Option<Vec<u8>>,
}

/// A rule that was tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// The path of its regex.
    pub path: Path,
    /// Its regex; of a list of prefixes, one that matches as the prefix does that was found, empty
    /// where none was; empty for numbers of the world's plan.
    pub regex: Vec<u8>,
    /// The set of numbers that decides in place of a regex.
    pub set: Option<Summary>,
    /// Where it runs.
    pub runs: Runs,
    /// Whether it matches.
    pub matches: bool,
}

/// A classifier that was tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Classified {
    /// Its name.
    pub name: Vec<u8>,
    /// Its rule.
    pub rule: Tried,
}

/// What a list of rewriting rules did with a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rewriting {
    /// The number before.
    pub number: Vec<u8>,
    /// The rules that were tried, in order. If one matched, it is the last.
    pub tried: Vec<Tried>,
    /// What the rule that matched did.
    pub change: Option<Change>,
    /// The number after.
    pub result: Vec<u8>,
}

/// How a rule rewrote a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The capture group that is the root: the last that took part, or 0 for the whole match.
    pub group: usize,
    /// The first byte of the root in the number.
    pub start: usize,
    /// The root.
    pub root: Vec<u8>,
    /// The text put before it.
    pub prefix: Vec<u8>,
    /// The text put behind it.
    pub suffix: Vec<u8>,
}

/// The origin of the mask of a pretty print.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mask {
    /// The number's class has one.
    Class,
    /// [`pretty::NANP_MASK`]: the class has none, and the number starts with `+1`.
    Nanp,
    /// There is none: the number is printed as it was dialled.
    #[default]
    None,
}

/// How a number is printed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// The origin of the mask.
    pub from: Mask,
    /// The mask; empty where there is none.
    pub mask: Vec<u8>,
    /// What each symbol of the mask does, the first [`MAX_STEPS`] of them.
    pub steps: Vec<Step>,
    /// The number of further steps, which are not kept.
    pub more_steps: usize,
    /// The rest of the number, which the mask does not print.
    pub dropped: Vec<u8>,
    /// The number as it is printed.
    pub printed: Vec<u8>,
}

/// An owned [`pretty::Step`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The symbol of the mask.
    pub symbol: Vec<u8>,
    /// What it does.
    pub does: Does,
    /// What it takes of the number.
    pub takes: Vec<u8>,
    /// What it prints.
    pub prints: Vec<u8>,
}

/// Regexes for the caller to run in `re`, all on one subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Questions {
    /// The subject.
    pub subject: Vec<u8>,
    /// The regexes.
    pub regexes: Vec<Vec<u8>>,
}

/// A match in `re`: the last group that took part, or the whole match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its number; 0 is the whole match.
    pub group: usize,
    /// The byte at which it begins.
    pub start: usize,
    /// Its length; 0 also where `re` reports an end before the start.
    pub length: usize,
}

/// The answers of `re` to [`Questions`]; `None` is no match.
#[derive(Clone, Debug, Default)]
pub struct Answers<'a>(HashMap<(&'a [u8], &'a [u8]), Option<Found>>);

impl<'a> Answers<'a> {
    /// Adds the match of `regex` in `subject`.
    pub fn add(&mut self, regex: &'a [u8], subject: &'a [u8], found: Option<Found>) {
        self.0.insert((regex, subject), found);
    }

    fn get(&self, regex: &[u8], subject: &[u8]) -> Option<Option<Found>> {
        self.0.get(&(regex, subject)).copied()
    }
}

/// The result of [`explain`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Explained {
    /// The explanation.
    Done(Box<Explanation>),
    /// Questions for `re`, without which it cannot go on.
    Asks(Questions),
}

enum Stopped {
    Refused(Problems),
    Asks(Questions),
}

/// Explains the decision of `document` about `number`, or asks questions for `re`: about the dial
/// plan, then the converters, then the classifiers and the reconcile regex, and the same about the
/// cleaned number. So at most six calls return questions.
///
/// Cost: each rule is compiled and tried by itself: some microseconds a rule for a number of usual
/// length, some tens of microseconds and one pass over the number for a long one.
///
/// ```
/// use numplan::explain::{self, Answers, Explained};
/// use numplan::{Document, Dialect, Judge, Preset};
///
/// let document = Document::read(&Preset::DEFAULT.text().parse()?)?;
/// let explained = explain::explain(&document, Judge::Reader(Dialect::Pcre), b"911", &Answers::default());
/// let Ok(Explained::Done(explanation)) = explained else { return Err("re is asked".into()) };
/// assert_eq!(explanation.class, Some(2));
/// assert!(explanation.text().contains("The class is emergency"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// Every refused regex among the rules that are tried; none where [`crate::Plan::compile`]
/// succeeds.
pub fn explain(
    document: &Document,
    judge: Judge<'_>,
    number: &[u8],
    answers: &Answers<'_>,
) -> Result<Explained, Problems> {
    let mut explainer = Explainer {
        judge,
        answers,
        problems: Vec::new(),
        unanswered: Vec::new(),
    };
    match explainer.whole(document, number) {
        Ok(explanation) => Ok(Explained::Done(Box::new(explanation))),
        Err(Stopped::Asks(questions)) => Ok(Explained::Asks(questions)),
        Err(Stopped::Refused(problems)) => Err(problems),
    }
}

struct Explainer<'a> {
    judge: Judge<'a>,
    answers: &'a Answers<'a>,
    problems: Vec<Problem>,
    /// The regexes that `re` has not answered yet for the current subject.
    unanswered: Vec<Vec<u8>>,
}

impl Explainer<'_> {
    fn whole(&mut self, document: &Document, number: &[u8]) -> Result<Explanation, Stopped> {
        let mut explanation = self.explanation(document, number)?;
        let cleaned = clean(number);
        let removed_by_a_rule = clean::kinds(&explanation.e164).is_empty();
        if *cleaned != *number && clean::is_diallable(&cleaned) && !removed_by_a_rule {
            let then = self.explanation(document, &cleaned)?;
            if then.e164 != explanation.e164 || then.class != explanation.class {
                explanation.unclean = Some(Unclean {
                    kinds: clean::kinds(number),
                    class: then.class_name().map(<[u8]>::to_vec),
                    cleaned: cleaned.into_owned(),
                });
            }
        }
        Ok(explanation)
    }

    fn explanation(&mut self, document: &Document, number: &[u8]) -> Result<Explanation, Stopped> {
        let plus = number.first() == Some(&b'+');
        let (dial_plan, converters) = if plus {
            (None, None)
        } else {
            let dial_plan = match &document.dial_plan {
                None => None,
                Some(dial_plan) => Some(self.rewriting(&dial_plan.first_match, number)?),
            };
            let dialled = dial_plan.as_ref().map_or(number, |rewriting| &rewriting.result);
            let converters = self.rewriting(&document.converters, dialled)?;
            (dial_plan, Some(converters))
        };
        let e164 = converters
            .as_ref()
            .map_or(number, |rewriting| &rewriting.result)
            .to_vec();
        let classifiers = document.classifiers.iter().map(|classifier| Classified {
            name: classifier.name.clone(),
            rule: match &classifier.set {
                None => self.tried(&classifier.path, &classifier.regex, &e164),
                Some(set) => looked_up(&set.numbers, &classifier.path, &e164),
            },
        });
        let classifiers: Vec<Classified> = classifiers.collect();
        let (path, regex) = &document.reconcile_regex;
        let reconcile = self.tried(path, regex, &e164);
        self.all_known(&e164)?;
        let class = classifiers.iter().position(|classifier| classifier.rule.matches);
        let mask = class
            .and_then(|class| document.classifiers.get(class))
            .and_then(|classifier| classifier.pretty_print.as_deref());
        Ok(Explanation {
            layout: layout(mask, number, &e164),
            unclean: None,
            number: number.to_vec(),
            plus,
            dial_plan,
            converters,
            e164,
            classifiers,
            class,
            reconcile,
        })
    }

    /// Stops where a rule tried on `subject` is refused or not answered: the rest depends on it.
    fn all_known(&mut self, subject: &[u8]) -> Result<(), Stopped> {
        if !self.problems.is_empty() {
            return Err(Stopped::Refused(std::mem::take(&mut self.problems).into()));
        }
        if !self.unanswered.is_empty() {
            return Err(Stopped::Asks(Questions {
                subject: subject.to_vec(),
                regexes: std::mem::take(&mut self.unanswered),
            }));
        }
        Ok(())
    }

    /// The answer of `re`; without one the regex becomes a question and does not match.
    fn asked(&mut self, regex: &[u8], subject: &[u8]) -> Option<Found> {
        self.answers.get(regex, subject).unwrap_or_else(|| {
            self.unanswered.push(regex.to_vec());
            None
        })
    }

    fn rewriting(&mut self, rules: &[Rewrite], number: &[u8]) -> Result<Rewriting, Stopped> {
        let mut tried = Vec::new();
        let mut change = None;
        for rule in rules {
            let (runs, found) = self.root(rule, number);
            tried.push(Tried {
                path: rule.path.clone(),
                regex: rule.regex.clone(),
                set: None,
                runs,
                matches: found.is_some(),
            });
            if let Some(found) = found {
                change = Some(Change {
                    group: found.group,
                    start: found.start,
                    root: part(number, found).to_vec(),
                    prefix: rule.prefix.clone(),
                    suffix: rule.suffix.clone(),
                });
                break;
            }
        }
        self.all_known(number)?;
        let result = match &change {
            None => number.to_vec(),
            Some(change) => [change.prefix.as_slice(), &change.root, &change.suffix].concat(),
        };
        Ok(Rewriting {
            number: number.to_vec(),
            tried,
            change,
            result,
        })
    }

    /// The root that `rule` finds, by the code of a plan.
    fn root(&mut self, rule: &Rewrite, number: &[u8]) -> (Runs, Option<Found>) {
        let mut compiler = RuleCompiler::new(self.judge);
        let compiled = compiler.rewriting(&rule.regex, &rule.path);
        self.problems.append(&mut compiler.problems);
        match compiled {
            // It finds nothing, and its problem is reported.
            Compiled::Refused => (Runs::Native, None),
            Compiled::Re(_, what) => (Runs::Re(what), self.asked(&rule.regex, number)),
            Compiled::Native(_, alternatives) => {
                let first = alternatives.iter().find(|(program, _)| matches(program, number));
                let root = first.and_then(|(_, root)| root.find_group(number));
                let found = root.map(|(group, span)| Found {
                    group,
                    start: span.start,
                    length: span.len(),
                });
                (Runs::Native, found)
            }
        }
    }

    fn tried(&mut self, path: &Path, regex: &[u8], subject: &[u8]) -> Tried {
        let mut compiler = RuleCompiler::new(self.judge);
        let compiled = compiler.matching(regex, path);
        self.problems.append(&mut compiler.problems);
        let (runs, matches) = match compiled {
            Compiled::Refused => (Runs::Native, false),
            Compiled::Re(_, what) => (Runs::Re(what), self.asked(regex, subject).is_some()),
            Compiled::Native(_, program) => (Runs::Native, matches(&program, subject)),
        };
        Tried {
            path: path.clone(),
            regex: regex.to_vec(),
            set: None,
            runs,
            matches,
        }
    }
}

/// A set of numbers in which one is looked up.
fn looked_up(numbers: &Numbers, path: &Path, e164: &[u8]) -> Tried {
    let found = match numbers {
        Numbers::Prefixes(list) => list.find(e164).map(|prefix| format!("^\\{prefix}").into_bytes()),
        Numbers::World(world) => world.numbers.has(e164).then(Vec::new),
    };
    Tried {
        path: path.clone(),
        matches: found.is_some(),
        regex: found.unwrap_or_default(),
        set: Some(numbers.summary()),
        runs: Runs::Native,
    }
}

/// True when `program` matches somewhere in `subject`. An automaton is worth making for a long one.
fn matches(program: &Program, subject: &[u8]) -> bool {
    let automaton = (subject.len() > SHORT).then(|| Automaton::build(&[(0, program)], MEMORY_LIMIT));
    match automaton {
        Some(Ok(automaton)) => automaton.answer(automaton.read(automaton.start(), subject)).is_some(),
        Some(Err(_)) | None => determinize::matches(program, subject),
    }
}

/// The text of a root; empty for a span outside the number, which `re` never returns.
fn part(number: &[u8], found: Found) -> &[u8] {
    let end = found.start.saturating_add(found.length);
    number.get(found.start..end).unwrap_or_default()
}

fn layout(of_class: Option<&[u8]>, number: &[u8], e164: &[u8]) -> Layout {
    let Some(mask) = pretty::mask(of_class, e164) else {
        return Layout {
            printed: number.to_vec(),
            ..Layout::default()
        };
    };
    let mut steps = pretty::steps(mask, e164);
    let kept = steps.by_ref().take(MAX_STEPS).map(|step| Step {
        symbol: step.symbol.to_vec(),
        does: step.does,
        takes: step.takes.to_vec(),
        prints: step.prints.to_vec(),
    });
    Layout {
        from: of_class.map_or(Mask::Nanp, |_| Mask::Class),
        mask: mask.to_vec(),
        steps: kept.collect(),
        more_steps: steps.by_ref().count(),
        dropped: steps.left_over().to_vec(),
        printed: pretty::print(mask, e164),
    }
}

#[cfg(test)]
mod tests;
