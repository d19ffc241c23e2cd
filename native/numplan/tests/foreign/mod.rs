//! Configurations with rules that only OTP's `re` runs, and their answers without `re`.
//!
//! The rules left to `re` are of the forms `(*PRUNE)^b`, `(*PRUNE)^(?=a)b` and `(*PRUNE)^(?!a)b`,
//! whose answers follow from those of `^a` and `^b`: at the start of a regex the verb changes
//! nothing. Other rules have the look-ahead without the verb, and so run natively.

use crate::documents::{object, text};
use crate::small::{RewriteText, compile, converter, regex, rewrites_json, single};
use numplan::config::document::Document;
use numplan::plan::Plan;
use proptest::prelude::*;
use std::collections::BTreeSet;

/// The look-ahead at the start of a regex.
#[derive(Clone, Debug)]
struct Look {
    negative: bool,
    ahead: String,
}

/// A regex: `body`, perhaps behind a look-ahead.
#[derive(Clone, Debug)]
struct Regex {
    /// Begins with a verb, so that only `re` runs it.
    is_foreign: bool,
    look: Option<Look>,
    /// Begins with `^` where there is a look-ahead.
    body: String,
}

impl Regex {
    fn text(&self) -> String {
        let verb = if self.is_foreign { "(*PRUNE)" } else { "" };
        match (&self.look, self.body.strip_prefix('^')) {
            (Some(Look { negative, ahead }), Some(rest)) => {
                format!("{verb}^(?{}{ahead}){rest}", if *negative { '!' } else { '=' })
            }
            _ => format!("{verb}{}", self.body),
        }
    }
}

fn look(body: impl Strategy<Value = String>) -> impl Strategy<Value = Regex> {
    let ahead = prop::sample::select(vec!["0", "1", "\\+", "[01]{2}", "1$", "\\d*$", ".+", "00|1", ".*1", ""]);
    let look = (any::<bool>(), ahead).prop_map(|(negative, ahead)| Look {
        negative,
        ahead: ahead.to_owned(),
    });
    let is_foreign = prop::bool::weighted(0.7);
    (is_foreign, prop::option::weighted(0.9, look), body).prop_map(|(is_foreign, look, body)| Regex {
        is_foreign,
        look,
        body,
    })
}

fn native(body: impl Strategy<Value = String>) -> impl Strategy<Value = Regex> {
    body.prop_map(|body| Regex {
        is_foreign: false,
        look: None,
        body,
    })
}

fn tied(bodies: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::sample::select(bodies.to_vec()).prop_map(str::to_owned)
}

fn class() -> impl Strategy<Value = Regex> {
    let bodies = ["^[01]+$", "^1", "^.*$", "^\\+\\d*$", "^", "^\\d{2}$", "^0\\d*"];
    let bodies: &'static [&'static str] = Box::leak(Box::new(bodies));
    prop_oneof![3 => native(regex()), 1 => look(tied(bodies))]
}

fn rewriting() -> impl Strategy<Value = Regex> {
    let bodies = ["^(1)$", "^0(\\d*)$", "^(.*)$", "^\\d(\\d)", "^(\\d{2})$", "^1"];
    let bodies: &'static [&'static str] = Box::leak(Box::new(bodies));
    prop_oneof![3 => native(converter()), 1 => look(tied(bodies))]
}

type Rule = (Regex, String, String);

fn rewrites(most: usize) -> impl Strategy<Value = Vec<Rule>> {
    let rules = prop::collection::vec((rewriting(), "(\\+|\\+1|0|1)?", "[01]{0,1}"), 0..=most);
    rules.prop_map(|mut rules| {
        // A document has each regex once: it is the rule's key.
        let mut seen = BTreeSet::new();
        rules.retain(|(regex, ..): &Rule| seen.insert(regex.text()));
        rules
    })
}

#[derive(Clone, Debug)]
pub(crate) struct Configuration {
    classifiers: Vec<Regex>,
    converters: Vec<Rule>,
    dial_plan: Option<Vec<Rule>>,
    reconcile: Regex,
}

pub(crate) fn configuration() -> impl Strategy<Value = Configuration> {
    let classifiers = prop::collection::vec(class(), 1..5);
    let dial_plan = prop::option::weighted(0.3, rewrites(2));
    (classifiers, rewrites(3), dial_plan, class()).prop_map(|(classifiers, converters, dial_plan, reconcile)| {
        Configuration {
            classifiers,
            converters,
            dial_plan,
            reconcile,
        }
    })
}

/// Two configurations, mostly alike.
pub(crate) fn pairs() -> impl Strategy<Value = (Configuration, Configuration)> {
    (configuration(), configuration(), 0..6_usize).prop_map(|(old, other, change)| {
        let mut new = old.clone();
        match change {
            0 => new.classifiers = other.classifiers,
            1 => new.converters = other.converters,
            2 => new.dial_plan = other.dial_plan,
            3 => new.reconcile = other.reconcile,
            4 => new.classifiers.reverse(),
            _ => new = other,
        }
        (old, new)
    })
}

pub(crate) fn document(configuration: &Configuration) -> Document {
    let rewrites = |rules: &[Rule]| {
        let texts = rules
            .iter()
            .map(|(regex, prefix, suffix)| (regex.text(), prefix.clone(), suffix.clone()));
        rewrites_json(&texts.collect::<Vec<RewriteText>>())
    };
    let classifiers = configuration.classifiers.iter().enumerate();
    let classifiers = classifiers.map(|(place, regex)| (format!("c{place}"), text(&regex.text())));
    let mut members = vec![
        ("classifiers".to_owned(), object(classifiers)),
        ("e164_converters".to_owned(), rewrites(&configuration.converters)),
        ("reconcile_regex".to_owned(), text(&configuration.reconcile.text())),
    ];
    let dial_plan = configuration.dial_plan.as_deref();
    members.extend(dial_plan.map(|rules| ("dial_plan".to_owned(), rewrites(rules))));
    Document::read(&object(members)).expect("a document")
}

/// One rule, run by itself.
pub(crate) struct Oracle {
    look: Option<(bool, Plan)>,
    body: Plan,
    /// The plan that rewrites a number as the rule does where it matches.
    rewriter: Option<Plan>,
}

impl Oracle {
    fn new(regex: &Regex, rule: Option<(&str, &str)>) -> Option<Oracle> {
        let rewriter = match rule {
            None => None,
            Some((prefix, suffix)) => {
                let rule = (regex.body.clone(), prefix.to_owned(), suffix.to_owned());
                let json = object([
                    ("classifiers".to_owned(), object([])),
                    ("e164_converters".to_owned(), rewrites_json(&[rule])),
                ]);
                Some(compile(&Document::read(&json).expect("a document"))?)
            }
        };
        let look = regex.look.as_ref().map(|look| {
            let ahead = format!("^(?:{})", look.ahead);
            (look.negative, single(ahead.as_bytes()))
        });
        Some(Oracle {
            look,
            body: single(regex.body.as_bytes()),
            rewriter,
        })
    }

    pub(crate) fn matches(&self, subject: &[u8]) -> bool {
        let allowed = self
            .look
            .as_ref()
            .is_none_or(|(negative, ahead)| ahead.classify_e164(subject).is_some() != *negative);
        allowed && self.body.classify_e164(subject).is_some()
    }

    /// The rewritten number, which the rule matches, and whether its root is empty.
    pub(crate) fn rewrite(&self, subject: &[u8]) -> (Vec<u8>, bool) {
        let rewriter = self.rewriter.as_ref().expect("a rule that rewrites");
        let rewritten = rewriter.converters().apply(subject).expect("a match");
        (rewritten.to_vec(), rewritten.pieces()[1].is_empty())
    }
}

/// What happens to a number in one list: the dial plan (0), the converters (1) or the classifiers
/// (2).
#[derive(Clone, Debug)]
pub(crate) struct Met {
    pub(crate) subject: Vec<u8>,
    /// All rules that match, in order. The first decides.
    pub(crate) matching: Vec<usize>,
    pub(crate) empty_root: bool,
}

impl Met {
    pub(crate) fn decides(&self, rule: usize) -> bool {
        self.matching.first() == Some(&rule)
    }
}

/// The whole answer on a number.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) met: [Option<Met>; 3],
    pub(crate) e164: Vec<u8>,
    pub(crate) reconcilable: bool,
}

impl Answer {
    pub(crate) fn class(&self) -> Option<Vec<u8>> {
        let first = self.met[2].as_ref()?.matching.first()?;
        Some(format!("c{first}").into_bytes())
    }

    pub(crate) fn decides(&self, list: usize, rule: usize) -> bool {
        self.met[list].as_ref().is_some_and(|met| met.decides(rule))
    }

    /// The list and the rule that changed the number last.
    pub(crate) fn last(&self) -> Option<(usize, usize)> {
        let decided = |list: usize| Some((list, *self.met[list].as_ref()?.matching.first()?));
        decided(1).or_else(|| decided(0))
    }
}

/// A configuration whose rules are run one by one.
pub(crate) struct Whole {
    lists: [Option<Vec<Oracle>>; 3],
    reconcile: Oracle,
}

impl Whole {
    /// `None` where the body of a rule is not native.
    pub(crate) fn new(configuration: &Configuration) -> Option<Whole> {
        let rewrites = |rules: &[Rule]| -> Option<Vec<Oracle>> {
            let rules = rules.iter();
            rules
                .map(|(regex, prefix, suffix)| Oracle::new(regex, Some((prefix, suffix))))
                .collect()
        };
        let classifiers = configuration.classifiers.iter();
        let classifiers: Option<Vec<Oracle>> = classifiers.map(|regex| Oracle::new(regex, None)).collect();
        let dial_plan = match &configuration.dial_plan {
            None => None,
            Some(rules) => Some(rewrites(rules)?),
        };
        Some(Whole {
            lists: [
                dial_plan,
                Some(rewrites(&configuration.converters)?),
                Some(classifiers?),
            ],
            reconcile: Oracle::new(&configuration.reconcile, None)?,
        })
    }

    pub(crate) fn rules(&self, list: usize) -> &[Oracle] {
        self.lists[list].as_deref().unwrap_or_default()
    }

    pub(crate) fn answer(&self, number: &[u8]) -> Answer {
        let mut subject = number.to_vec();
        let mut met = [None, None, None];
        for (list, met) in met.iter_mut().enumerate() {
            if list < 2 && number.starts_with(b"+") {
                continue;
            }
            let rules = self.rules(list);
            let matching: Vec<usize> = (0..rules.len()).filter(|rule| rules[*rule].matches(&subject)).collect();
            let first = matching.first().filter(|_| list < 2).copied();
            let rewritten = first.map(|first| rules[first].rewrite(&subject));
            *met = Some(Met {
                subject: subject.clone(),
                matching,
                empty_root: rewritten.as_ref().is_some_and(|(_, empty)| *empty),
            });
            subject = rewritten.map_or(subject, |(rewritten, _)| rewritten);
        }
        Answer {
            reconcilable: self.reconcile.matches(&subject),
            met,
            e164: subject,
        }
    }
}
