//! Why one number is answered as it is: every rule that was asked, in order, and what came of it.
//!
//! A plan answers with automata that hold all rules at once and so cannot tell one rule from another. Here the rules of the
//! document are compiled anew, one by one, and asked in the order that decides (kazoo-facts 3.2, 3.3, 3.5, 3.8, 3.10). The answers are
//! those of a plan of the same document.
//!
//! What only OTP's `re` can run is asked of the caller: [`explain`] gives the questions, and is called again with [`Answers`].

mod text;

use crate::config::document::{Classifier, Document, Rewrite};
use crate::config::problem::{Path, Problem, Problems};
use crate::dfa::matcher::Matcher;
use crate::plan::clean::{self, Kind, clean};
use crate::plan::pretty::{self, Does};
use crate::plan::rewrites::Rewrites;
use crate::plan::rule::{Compiled, Judge, RuleCompiler, Runs};
use std::collections::HashMap;

/// Building the automaton of one rule may touch this much memory, in bytes; a rule that needs more is simulated.
const MEMORY_LIMIT: usize = 1 << 20;

/// For numbers of so many bytes a rule is simulated, which takes a microsecond or two, where building an automaton takes some tens.
const SHORT: usize = 64;

/// At most this many steps of a pretty print are kept.
pub const MAX_STEPS: usize = 1_000;

/// The whole decision on one number. [`Explanation::text`] says it in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The number as dialled.
    pub number: Vec<u8>,
    /// True when it starts with `+`, and so neither the dial plan nor the converters are asked.
    pub plus: bool,
    /// What the dial plan did, by first match; `None` where it was not asked or there is none.
    pub dial_plan: Option<Rewriting>,
    /// What the converters did with the number, as the dial plan left it; `None` where they were not asked.
    pub converters: Option<Rewriting>,
    /// The number in E.164.
    pub e164: Vec<u8>,
    /// All classifiers, in order, asked about the number in E.164. The first that matches names the class.
    pub classifiers: Vec<Classified>,
    /// The place of the class among them.
    pub class: Option<usize>,
    /// The reconcile regex, asked about the number in E.164.
    pub reconcile: Tried,
    /// How the number is printed.
    pub layout: Layout,
    /// What it contains for the eye alone, where that keeps rules from it.
    pub unclean: Option<Unclean>,
}

/// A number that holds separators or the like, which no rule removes, and would be answered otherwise without them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unclean {
    /// What it holds.
    pub kinds: Vec<Kind>,
    /// The number as [`clean::clean`] makes it: one that a telephone can dial.
    pub cleaned: Vec<u8>,
    /// The name of its class then.
    pub class: Option<Vec<u8>>,
}

/// A rule that was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// Where its regex is written.
    pub path: Path,
    /// Its regex.
    pub regex: Vec<u8>,
    /// Where it runs.
    pub runs: Runs,
    /// Whether it matches.
    pub matches: bool,
}

/// A classifier that was asked.
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
    /// The rules that were asked, in order. The last of them is the one that matched, if one did.
    pub tried: Vec<Tried>,
    /// What the rule that matched did.
    pub change: Option<Change>,
    /// The number after.
    pub result: Vec<u8>,
}

/// What a rule made of a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The capture group that is the root: the last that took part in the match, 0 for the whole match where none did.
    pub group: usize,
    /// Where the root stands in the number, in bytes.
    pub start: usize,
    /// The root.
    pub root: Vec<u8>,
    /// What was put before it.
    pub prefix: Vec<u8>,
    /// What was put behind it.
    pub suffix: Vec<u8>,
}

/// Where the mask of a pretty print comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mask {
    /// The number's class has one.
    Class,
    /// The class has none, or there is none, and the number starts with `+1`: [`pretty::NANP_MASK`].
    Nanp,
    /// There is none: the number is printed as it was dialled.
    None,
}

/// How a number is laid out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Where the mask comes from.
    pub from: Mask,
    /// The mask; empty where there is none.
    pub mask: Vec<u8>,
    /// What each symbol of the mask does, the first [`MAX_STEPS`] of them.
    pub steps: Vec<Step>,
    /// How many steps follow that are not kept.
    pub more_steps: usize,
    /// What the mask leaves over of the number.
    pub dropped: Vec<u8>,
    /// The number as it is printed.
    pub printed: Vec<u8>,
}

/// As [`pretty::Step`], to keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The symbol as it stands in the mask.
    pub symbol: Vec<u8>,
    /// What it does.
    pub does: Does,
    /// What it takes of the number.
    pub takes: Vec<u8>,
    /// What it prints.
    pub prints: Vec<u8>,
}

/// Regexes that the caller is to run in `re`, all on the same subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Questions {
    /// What they are run on.
    pub subject: Vec<u8>,
    /// The regexes.
    pub regexes: Vec<Vec<u8>>,
}

/// What `re` found: of the match and its groups, up to the last that took part, the last one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its number; 0 is the whole match.
    pub group: usize,
    /// Where it begins.
    pub start: usize,
    /// Its length; 0 also where `re` gives none, because the match ends before it starts.
    pub length: usize,
}

/// What `re` answered to [`Questions`]: `None` is no match.
#[derive(Clone, Debug, Default)]
pub struct Answers<'a>(HashMap<(&'a [u8], &'a [u8]), Option<Found>>);

impl<'a> Answers<'a> {
    /// Adds what `regex` found in `subject`.
    pub fn add(&mut self, regex: &'a [u8], subject: &'a [u8], found: Option<Found>) {
        self.0.insert((regex, subject), found);
    }

    fn get(&self, regex: &[u8], subject: &[u8]) -> Option<Option<Found>> {
        self.0.get(&(regex, subject)).copied()
    }
}

/// How far an explanation came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Explained {
    /// To its end.
    Done(Box<Explanation>),
    /// To questions that `re` has to answer.
    Asks(Questions),
}

/// Why there is no explanation yet.
enum Stopped {
    Refused(Problems),
    Asks(Questions),
}

/// The decision of `document` on `number`, or what `re` has to answer first: of the dial plan, then of the converters, then of the
/// classifiers and the reconcile regex; and the same of the cleaned number, where there is something to clean. So at most six calls ask.
///
/// Cost: each rule is read, compiled and asked by itself: some microseconds a rule for a number of usual length, some tens of
/// microseconds and one pass over the number for a long one.
///
/// ```
/// use numplan::explain::{self, Answers, Explained};
/// use numplan::{Document, Judge, Preset};
///
/// let document = Document::read(&Preset::DEFAULT.text().parse()?)?;
/// let explained = explain::explain(&document, Judge::Reader, b"911", &Answers::default());
/// let Ok(Explained::Done(explanation)) = explained else { return Err("re is asked".into()) };
/// assert_eq!(explanation.class, Some(2));
/// assert!(explanation.text().contains("The class is emergency"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// Every refused regex that was come to; none where a plan of the document was compiled by the same judge.
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
    /// What `re` has not answered yet about the subject at hand.
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
            let dialled = dial_plan
                .as_ref()
                .map_or(number, |rewriting| rewriting.result.as_slice());
            let converters = self.rewriting(&document.converters, dialled)?;
            (dial_plan, Some(converters))
        };
        let e164 = converters
            .as_ref()
            .map_or(number, |rewriting| rewriting.result.as_slice());
        let e164 = e164.to_vec();
        let classifiers: Vec<Classified> = document
            .classifiers
            .iter()
            .map(|classifier| self.classified(classifier, &e164))
            .collect();
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

    /// Stops where something about `subject` is not known, on which all that follows rests.
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

    /// What `re` answers; no match for now where it has not been asked.
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

    /// The root that `rule` finds, in the way in which a plan finds it.
    fn root(&mut self, rule: &Rewrite, number: &[u8]) -> (Runs, Option<Found>) {
        let mut compiler = RuleCompiler::new(self.judge);
        let rewrites = Rewrites::compile(std::slice::from_ref(rule), &mut compiler, memory_limit(number));
        self.problems.append(&mut compiler.problems);
        match rewrites.runs().first() {
            Some(Runs::Re(what)) => (Runs::Re(what), self.asked(&rule.regex, number)),
            // A refused rule finds nothing; its problem is reported.
            Some(Runs::Native) | None => {
                let found = rewrites.root(number).map(|(group, span)| Found {
                    group,
                    start: span.start,
                    length: span.len(),
                });
                (Runs::Native, found)
            }
        }
    }

    fn classified(&mut self, classifier: &Classifier, e164: &[u8]) -> Classified {
        Classified {
            name: classifier.name.clone(),
            rule: self.tried(&classifier.path, &classifier.regex, e164),
        }
    }

    fn tried(&mut self, path: &Path, regex: &[u8], subject: &[u8]) -> Tried {
        let mut compiler = RuleCompiler::new(self.judge);
        let compiled = compiler.matching(regex, path);
        self.problems.append(&mut compiler.problems);
        let (runs, matches) = match compiled {
            Compiled::Refused => (Runs::Native, false),
            Compiled::Re(_, what) => (Runs::Re(what), self.asked(regex, subject).is_some()),
            Compiled::Native(_, program) => {
                let matcher = Matcher::build(&[(0, &program)], memory_limit(subject));
                (Runs::Native, matcher.first(subject).is_some())
            }
        };
        Tried {
            path: path.clone(),
            regex: regex.to_vec(),
            runs,
            matches,
        }
    }
}

/// What building an automaton for one question about `subject` may touch.
fn memory_limit(subject: &[u8]) -> usize {
    if subject.len() <= SHORT { 0 } else { MEMORY_LIMIT }
}

/// The text of a root. A span that does not lie in the number, as no `re` gives it, has none.
fn part(number: &[u8], found: Found) -> &[u8] {
    let end = found.start.saturating_add(found.length);
    number.get(found.start..end).unwrap_or_default()
}

fn layout(of_class: Option<&[u8]>, number: &[u8], e164: &[u8]) -> Layout {
    let Some(mask) = pretty::mask(of_class, e164) else {
        return Layout {
            from: Mask::None,
            mask: Vec::new(),
            steps: Vec::new(),
            more_steps: 0,
            dropped: Vec::new(),
            printed: number.to_vec(),
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
