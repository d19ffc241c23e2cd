//! Lists of rules that rewrite a number: the converters, and a dial plan as the converter reads it
//! (kazoo-semantics 3.2, 3.3). The first that matches keeps the root, between prefix and suffix.

use crate::config::document::Rewrite;
use crate::dfa::automaton::Automaton;
use crate::dfa::matcher::Matcher;
use crate::plan::one_pass::{self, Conversion};
use crate::plan::root::Root;
use crate::plan::rules::RuleList;
use crate::prefix::digits::Digits;
use crate::regex::nfa::Program;
use crate::regex::simulation::TooLarge;
use std::sync::Arc;

/// A compiled list of rules that rewrite.
#[derive(Clone, Debug, Default)]
pub struct Rewrites {
    matcher: Matcher,
    entries: Vec<Entry>,
    foreign: Vec<ForeignRewrite>,
}

/// A native rule, or one alternative of it.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    rule: usize,
    root: Root,
    prefix: Arc<[u8]>,
    suffix: Arc<[u8]>,
}

/// A rule that only OTP's `re` runs.
#[derive(Clone, Debug)]
pub struct ForeignRewrite {
    /// Its rank among all rules.
    pub rule: usize,
    /// Its regex.
    pub regex: Vec<u8>,
    /// The text before the root.
    pub prefix: Vec<u8>,
    /// The text behind it.
    pub suffix: Vec<u8>,
}

/// A rewritten number, in pieces: prefix, root, suffix.
#[derive(Clone, Copy, Debug)]
pub struct Rewritten<'a> {
    /// The rank of the rule that decided.
    pub rule: usize,
    pub(crate) entry: usize,
    pub(crate) prefix: &'a [u8],
    pub(crate) root: &'a [u8],
    pub(crate) suffix: &'a [u8],
}

impl Rewritten<'_> {
    /// The pieces as one number.
    pub fn to_vec(&self) -> Vec<u8> {
        [self.prefix, self.root, self.suffix].concat()
    }

    /// The pieces, in order.
    pub fn pieces(&self) -> [&[u8]; 3] {
        [self.prefix, self.root, self.suffix]
    }

    /// Its first digits, where it begins with `+`.
    #[inline]
    pub(crate) fn first_digits(&self) -> Option<Digits> {
        let mut bytes = self.prefix.iter().chain(self.root).chain(self.suffix);
        (bytes.next() == Some(&b'+')).then(|| Digits::leading(bytes))
    }
}

impl Rewrites {
    /// Builds the automata of `rules`, which were compiled to `list`. `limit` bounds the memory, in
    /// bytes, of each automaton that is tried.
    pub(super) fn new(rules: &[Rewrite], list: &RuleList, limit: usize) -> Result<Rewrites, TooLarge> {
        let entries = list.alternatives.iter().filter_map(|one| {
            Some(Entry {
                rule: one.rule,
                root: one.root.clone()?,
                prefix: Arc::clone(&one.prefix),
                suffix: Arc::clone(&one.suffix),
            })
        });
        let foreign = list.foreign().filter_map(|place| {
            let rule = rules.get(place)?;
            Some(ForeignRewrite {
                rule: place,
                regex: rule.regex.clone(),
                prefix: rule.prefix.clone(),
                suffix: rule.suffix.clone(),
            })
        });
        Ok(Rewrites {
            matcher: matcher(list, limit)?,
            entries: entries.collect(),
            foreign: foreign.collect(),
        })
    }

    /// `number` as rewritten by the first native rule that matches; `None` when none does. Cost:
    /// one look-up a byte, and two more where the root has no fixed position; those two alone for a
    /// list of one such rule.
    // Out of line it returns its answer through memory, a tenth of the cost of a line.
    #[inline(always)]
    pub fn apply<'a>(&'a self, number: &'a [u8]) -> Option<Rewritten<'a>> {
        let index = self.matcher.first(number)? as usize;
        let entry = self.entries.get(index)?;
        Some(Rewritten {
            rule: entry.rule,
            entry: index,
            prefix: &entry.prefix,
            root: number.get(entry.root.find(number)?)?,
            suffix: &entry.suffix,
        })
    }

    /// The rules that only `re` runs, in order.
    pub fn foreign(&self) -> &[ForeignRewrite] {
        &self.foreign
    }

    /// The prefixes and suffixes of the native entries.
    pub(crate) fn added(&self) -> impl Iterator<Item = &[u8]> {
        self.entries.iter().flat_map(|entry| [&*entry.prefix, &*entry.suffix])
    }

    /// The prefix of each native entry. Entries of one rule share it.
    pub(crate) fn prefixes(&self) -> impl Iterator<Item = &Arc<[u8]>> {
        self.entries.iter().map(|entry| &entry.prefix)
    }

    pub(crate) fn automaton(&self) -> Option<&Automaton> {
        self.matcher.automaton()
    }

    /// The automaton from a number to its class in `classes`, if there is one within `budget`.
    pub(crate) fn one_pass(&self, classes: &Automaton, budget: usize) -> Option<Automaton> {
        let conversions = self.entries.iter().map(|entry| Conversion {
            root: &entry.root,
            prefix: &entry.prefix,
            suffix: &entry.suffix,
        });
        one_pass::build(self.automaton()?, classes, &conversions.collect::<Vec<_>>(), budget)
    }

    /// The most work for each byte of a number, in table look-ups.
    pub(crate) fn cost(&self) -> usize {
        let searches = self.entries.iter().map(|entry| match &entry.root {
            Root::Slice { .. } => 0,
            Root::Search(search) => search.cost(),
        });
        self.matcher.cost() + searches.max().unwrap_or(0)
    }

    /// The number of states of its automata, and its size in bytes.
    pub(crate) fn size(&self) -> [usize; 2] {
        let entries = self.entries.iter().map(|entry| {
            let root = match &entry.root {
                Root::Slice { .. } => 0,
                Root::Search(search) => search.memory(),
            };
            size_of::<Entry>() + entry.prefix.len() + entry.suffix.len() + root
        });
        let [states, memory] = self.matcher.size();
        [states, memory + entries.sum::<usize>()]
    }
}

/// The matcher of a list. The search of a single rule's root decides by itself whether it matches.
fn matcher(list: &RuleList, limit: usize) -> Result<Matcher, TooLarge> {
    match list.alternatives.as_slice() {
        [one] if one.root.as_ref().is_some_and(Root::decides_as_fast) => Ok(Matcher::any(0)),
        all => {
            let programs: Vec<(u32, &Program)> = (0..).zip(all.iter().map(|one| &one.program)).collect();
            Matcher::build(&programs, limit)
        }
    }
}
