//! Ordered rules that rewrite a number: the first one that matches keeps its root, between a prefix and a suffix.
//!
//! Converters are such rules, and so is a dial plan as the converter reads it (kazoo-facts 3.2, 3.3).

use crate::config::document::Rewrite;
use crate::config::problem::Problem;
use crate::dfa::automaton::Automaton;
use crate::dfa::matcher::Matcher;
use crate::plan::one_pass::{self, Conversion};
use crate::plan::root::{self, Root};
use crate::plan::rule::{self, Compiled, Judge, Room, Runs};
use crate::regex::nfa::Program;
use crate::regex::pattern::Pattern;
use std::ops::Range;
use std::sync::Arc;

/// A program for captures larger than this is left to `re`: it is simulated, at a cost that grows with its size.
const MAX_SEARCH: usize = 5_000;
/// And one whose threads carry more slots in all than this.
const MAX_SEARCH_SLOTS: usize = 50_000;

/// Compiled rewriting rules.
#[derive(Clone, Debug, Default)]
pub struct Rewrites {
    matcher: Matcher,
    entries: Vec<Entry>,
    foreign: Vec<ForeignRewrite>,
    runs: Vec<Runs>,
}

/// A rule, or one alternative of it, that runs natively.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    rule: usize,
    root: Root,
    prefix: Arc<[u8]>,
    suffix: Arc<[u8]>,
}

/// A rule that the caller runs in OTP's `re`.
#[derive(Clone, Debug)]
pub struct ForeignRewrite {
    /// Its place among all the rules.
    pub rule: usize,
    /// Its regex.
    pub regex: Vec<u8>,
    /// What goes before the root.
    pub prefix: Vec<u8>,
    /// What goes behind it.
    pub suffix: Vec<u8>,
}

/// What a rule makes of a number, in pieces: prefix, root, suffix.
#[derive(Clone, Copy, Debug)]
pub struct Rewritten<'a> {
    /// The place of the rule that decided.
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
}

impl Rewrites {
    /// Compiles `rules`, reporting refused regexes to `problems`.
    pub(crate) fn compile(
        rules: &[Rewrite],
        judge: Judge<'_>,
        limit: usize,
        room: &mut Room,
        problems: &mut Vec<Problem>,
    ) -> Rewrites {
        let mut rewrites = Rewrites::default();
        let mut programs = Vec::new();
        for (place, rule) in rules.iter().enumerate() {
            let compiled = rule::compile(&rule.regex, &rule.path, judge, problems);
            let native = match compiled {
                None => continue,
                Some(Compiled::Foreign(what)) => Err(what),
                Some(Compiled::Native(pattern)) => alternatives(&pattern, room),
            };
            match native {
                Ok(alternatives) => {
                    rewrites.runs.push(Runs::Native);
                    let (prefix, suffix): (Arc<[u8]>, Arc<[u8]>) =
                        (rule.prefix.as_slice().into(), rule.suffix.as_slice().into());
                    for (program, root) in alternatives {
                        programs.push((rewrites.entries.len() as u32, program));
                        let (prefix, suffix) = (Arc::clone(&prefix), Arc::clone(&suffix));
                        rewrites.entries.push(Entry {
                            rule: place,
                            root,
                            prefix,
                            suffix,
                        });
                    }
                }
                Err(what) => {
                    let Some(what) = rule::leave_to_re(what, &rule.path, judge, problems) else {
                        continue;
                    };
                    rewrites.runs.push(Runs::Re(what));
                    let (regex, prefix, suffix) = (rule.regex.clone(), rule.prefix.clone(), rule.suffix.clone());
                    rewrites.foreign.push(ForeignRewrite {
                        rule: place,
                        regex,
                        prefix,
                        suffix,
                    });
                }
            }
        }
        rewrites.matcher = Matcher::build(&programs, limit);
        rewrites
    }

    /// What the first native rule that matches makes of `number`; `None` when none matches. Cost: one pass over the
    /// number, and for roots at no fixed place a simulation.
    #[inline]
    pub fn apply<'a>(&'a self, number: &'a [u8]) -> Option<Rewritten<'a>> {
        let index = self.matcher.first(number)? as usize;
        let Entry {
            rule,
            root,
            prefix,
            suffix,
        } = self.entries.get(index)?;
        let root = number.get(root.find(number)?)?;
        Some(Rewritten {
            rule: *rule,
            entry: index,
            prefix,
            root,
            suffix,
        })
    }

    /// The capture group that is the root of `number`, and where it stands, by the first native rule that matches.
    pub(crate) fn root(&self, number: &[u8]) -> Option<(usize, Range<usize>)> {
        let index = self.matcher.first(number)? as usize;
        self.entries.get(index)?.root.find_group(number)
    }

    /// The rules that the caller runs in `re`, in order.
    pub fn foreign(&self) -> &[ForeignRewrite] {
        &self.foreign
    }

    /// Where each rule runs, in order.
    pub(crate) fn runs(&self) -> &[Runs] {
        &self.runs
    }

    /// What the native entries put before and behind a root.
    pub(crate) fn added(&self) -> impl Iterator<Item = &[u8]> {
        self.entries.iter().flat_map(|entry| [&*entry.prefix, &*entry.suffix])
    }

    /// The prefixes of the native entries, by entry. Those of one rule are one.
    pub(crate) fn prefixes(&self) -> impl Iterator<Item = &Arc<[u8]>> {
        self.entries.iter().map(|entry| &entry.prefix)
    }

    /// The automaton that answers with the native entry that decides, where all of them are in one.
    pub(crate) fn automaton(&self) -> Option<&Automaton> {
        self.matcher.automaton()
    }

    /// One automaton from the number to its class in `classes`, where there is one within `budget`.
    pub(crate) fn fuse(&self, classes: &Automaton, budget: usize) -> Option<Automaton> {
        let conversions: Vec<Conversion<'_>> = self
            .entries
            .iter()
            .map(|entry| Conversion {
                root: &entry.root,
                prefix: &entry.prefix,
                suffix: &entry.suffix,
            })
            .collect();
        one_pass::fuse(self.automaton()?, classes, &conversions, budget)
    }

    /// How much work a byte of a number is at most, in table look-ups.
    pub(crate) fn cost(&self) -> usize {
        let searches = self.entries.iter().map(|entry| match &entry.root {
            Root::Slice { .. } => 0,
            Root::Search(program) => 10 * program.instructions.len(),
        });
        self.matcher.cost() + searches.max().unwrap_or(0)
    }

    /// The number of automaton states.
    pub(crate) fn states(&self) -> usize {
        self.matcher.states()
    }

    /// The size in bytes.
    pub(crate) fn memory(&self) -> usize {
        let entries = self.entries.iter().map(|entry| {
            let root = match &entry.root {
                Root::Slice { .. } => 0,
                Root::Search(program) => program.memory(),
            };
            size_of::<Entry>() + entry.prefix.len() + entry.suffix.len() + root
        });
        self.matcher.memory() + entries.sum::<usize>()
    }
}

/// The alternatives of a rule whose roots are told apart, or what keeps the rule from running natively.
pub(crate) fn alternatives(pattern: &Pattern, room: &mut Room) -> Result<Vec<(Program, Root)>, &'static str> {
    let branches = root::alternatives(pattern);
    let search = if branches.iter().all(|(_, slice)| slice.is_some()) {
        None
    } else {
        Some(search(pattern, room)?)
    };
    branches
        .into_iter()
        .map(|(node, slice)| {
            let root = match (slice, &search) {
                (Some(slice), _) => slice,
                (None, Some(search)) => Root::Search(Arc::clone(search)),
                (None, None) => return Err("a capture that has no fixed place"),
            };
            Ok((rule::match_program(&node, room)?, root))
        })
        .collect()
}

/// The program that finds the root of `pattern`, or what keeps it from running natively.
pub(crate) fn search(pattern: &Pattern, room: &mut Room) -> Result<Arc<Program>, &'static str> {
    if pattern.node.has_nullable_loop() {
        return Err("a loop that may match nothing, around captures");
    }
    let program = room
        .program(pattern, true, MAX_SEARCH)
        .map_err(|_| "captures in a long pattern")?;
    if program.instructions.len() * program.slots > MAX_SEARCH_SLOTS {
        return Err("too many captures");
    }
    Ok(Arc::new(program))
}
