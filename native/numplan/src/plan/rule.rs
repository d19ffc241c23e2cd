//! The compiler of rules: each is native, left to OTP's `re`, or refused.

use crate::config::document::Numbers;
use crate::config::problem::{Path, Problem, Reason};
use crate::dfa::{look_around, prefix_program, world_program};
use crate::plan::refusal::{Fault, Refusal};
use crate::plan::root::{self, Root, Search};
use crate::prefix::list::PrefixList;
use crate::regex::dialect::Dialect;
use crate::regex::nfa::Program;
use crate::regex::parser::{self, Reading};
use crate::regex::pattern::{Node, Pattern};
use numplan_world::NumberSet;
use std::collections::HashMap;
use std::sync::Arc;

/// The most instructions of a rule's program; a rule with more is left to `re`.
const MAX_INSTRUCTIONS: usize = 200_000;
/// The most instructions of all programs of a configuration; a rule that needs more than are left
/// is left to `re`.
const MAX_TOGETHER: usize = 6_000_000;
/// The most instructions of a program that searches for a root; a rule with more is left to `re`,
/// since the search would be slow.
const MAX_SEARCH: usize = 5_000;
/// The most capture slots of all threads of such a search together; a rule with more is left to
/// `re`.
const MAX_SEARCH_SLOTS: usize = 50_000;

/// The most instructions of all lists of prefixes that are part of the automaton of the classes; a
/// list that needs more than are left is looked up in an index.
const MAX_IN_AUTOMATON: usize = 8_000;
/// The most instructions of all sets of numbers that proofs read.
const MAX_IN_PROOFS: usize = 64_000;

/// Who decides which regexes are valid, and in which dialect of `re` they are read.
#[derive(Clone, Copy, Debug)]
pub enum Judge<'r> {
    /// The parser of this crate. A regex that only OTP's `re` can run is refused.
    Reader(Dialect),
    /// `re:compile/1` of a node, which refused these. The caller runs rules that only `re` can run.
    Re(Dialect, &'r HashMap<Vec<u8>, Refusal>),
}

impl Judge<'_> {
    /// The dialect in which it reads.
    pub(crate) fn dialect(self) -> Dialect {
        match self {
            Judge::Reader(dialect) | Judge::Re(dialect, _) => dialect,
        }
    }
}

/// A regex before it is compiled.
enum Read {
    /// Native code can run it.
    Native(Pattern),
    /// Only `re` can run it: it contains this construct.
    Re(&'static str),
}

fn read(regex: &[u8], judge: Judge<'_>) -> Result<Read, Fault> {
    let reading = parser::read(regex, judge.dialect());
    match (judge, reading) {
        (Judge::Re(_, refused), reading) if let Some(refusal) = refused.get(regex) => {
            Err(Fault::of_re(regex, refusal, &reading))
        }
        (_, Reading::Native(pattern)) => Ok(Read::Native(pattern)),
        (_, Reading::Foreign(what)) => Ok(Read::Re(what)),
        (Judge::Re(..), Reading::Invalid(_)) => Ok(Read::Re("syntax that only re reads")),
        (Judge::Reader(_), Reading::Invalid(error)) => Err(Fault::of_parser(regex, error)),
    }
}

/// True for a regex that `judge` refuses.
pub(crate) fn is_refused(regex: &[u8], judge: Judge<'_>) -> bool {
    read(regex, judge).is_err()
}

/// True for a regex that `re` refuses; where there is no `re`, one that the parser finds invalid.
pub(crate) fn is_refused_by_re(regex: &[u8], judge: Judge<'_>) -> bool {
    match judge {
        Judge::Re(_, refused) => refused.contains_key(regex),
        Judge::Reader(dialect) => matches!(parser::read(regex, dialect), Reading::Invalid(_)),
    }
}

/// A rule after it was compiled to `T`.
pub(crate) enum Compiled<T> {
    /// Native code runs it.
    Native(Pattern, T),
    /// Only OTP's `re` runs it, for this reason; without a tree the parser cannot read it.
    Re(Option<Pattern>, &'static str),
    /// It is refused: the compiler has noted why.
    Refused,
}

/// A set of numbers after it was compiled.
pub(crate) struct CompiledSet {
    /// Its program; `None` for a list of prefixes where that would be too large for its purpose.
    pub(crate) program: Option<Program>,
    /// True where plans look it up in an index, and leave its program to proofs.
    pub(crate) is_indexed: bool,
    /// True where its program is too large for proofs.
    pub(crate) is_too_large: bool,
}

/// Compiles the rules of a configuration. Only here it is decided which are native or refused.
#[derive(Debug)]
pub(crate) struct RuleCompiler<'j> {
    judge: Judge<'j>,
    /// The number of instructions that the remaining rules may have together.
    room: usize,
    /// The number of instructions that the remaining lists of prefixes may have together as parts
    /// of an automaton, and the remaining sets of numbers in proofs.
    list_room: [usize; 2],
    /// The problems of the rules so far.
    pub(crate) problems: Vec<Problem>,
}

impl<'j> RuleCompiler<'j> {
    /// A compiler of patterns that are parsed already.
    pub(crate) fn of_patterns() -> RuleCompiler<'static> {
        RuleCompiler::new(Judge::Reader(Dialect::Unknown))
    }

    /// A compiler with all the room that the rules of one configuration have.
    pub(crate) fn new(judge: Judge<'j>) -> RuleCompiler<'j> {
        RuleCompiler {
            judge,
            room: MAX_TOGETHER,
            list_room: [MAX_IN_AUTOMATON; 2],
            problems: Vec::new(),
        }
    }

    /// A compiler of rules that proofs read.
    pub(crate) fn for_proofs(judge: Judge<'j>) -> RuleCompiler<'j> {
        RuleCompiler {
            list_room: [MAX_IN_AUTOMATON, MAX_IN_PROOFS],
            ..RuleCompiler::new(judge)
        }
    }

    /// Compiles a set of numbers; `None` where it is refused.
    pub(crate) fn set(&mut self, numbers: &Numbers, path: &Path) -> Option<CompiledSet> {
        match numbers {
            Numbers::Prefixes(list) => Some(self.list(list)),
            Numbers::World(world) => self.selected(&world.numbers, path),
        }
    }

    /// Compiles numbers of the world's plan, which are always part of the automaton.
    fn selected(&mut self, numbers: &NumberSet, path: &Path) -> Option<CompiledSet> {
        let Ok(program) = world_program::of(numbers) else {
            self.refuse::<()>(path, Reason::NeedsRe("more than an automaton may hold"), None, None);
            return None;
        };
        let [_, in_proofs] = &mut self.list_room;
        let room = in_proofs.checked_sub(program.instructions.len());
        *in_proofs = room.unwrap_or(*in_proofs);
        Some(CompiledSet {
            program: Some(program),
            is_indexed: false,
            is_too_large: room.is_none(),
        })
    }

    /// Compiles a list of prefixes. The same lists become parts of the automaton for plans and for
    /// proofs.
    fn list(&mut self, list: &PrefixList) -> CompiledSet {
        let [in_automaton, in_proofs] = self.list_room;
        let program = prefix_program::of(list, in_proofs.max(in_automaton)).ok();
        let size = program.as_ref().map(|program| program.instructions.len());
        let is_indexed = size.is_none_or(|size| size > in_automaton);
        if let Some(size) = size {
            let [automaton, proofs] = &mut self.list_room;
            *automaton -= if is_indexed { 0 } else { size };
            *proofs = proofs.saturating_sub(size);
        }
        CompiledSet {
            is_too_large: program.is_none(),
            program,
            is_indexed,
        }
    }

    /// Compiles a rule that only matches or does not: a classifier, or the reconcile regex.
    pub(crate) fn matching(&mut self, regex: &[u8], path: &Path) -> Compiled<Program> {
        self.compile(regex, path, |compiler, pattern| compiler.match_program(&pattern.node))
    }

    /// Refuses a regex that is not run here and must be valid all the same.
    pub(crate) fn validate(&mut self, regex: &[u8], path: &Path) {
        if let Err(fault) = read(regex, self.judge) {
            self.invalid::<()>(path, fault);
        }
    }

    /// Compiles a rule that rewrites to its alternatives, each with its way to find the root.
    pub(crate) fn rewriting(&mut self, regex: &[u8], path: &Path) -> Compiled<Vec<(Program, Root)>> {
        self.compile(regex, path, Self::alternatives)
    }

    fn compile<T>(
        &mut self,
        regex: &[u8],
        path: &Path,
        build: impl FnOnce(&mut Self, &Pattern) -> Result<T, &'static str>,
    ) -> Compiled<T> {
        let (pattern, what) = match read(regex, self.judge) {
            Err(fault) => return self.invalid(path, fault),
            Ok(Read::Re(what)) => (None, what),
            Ok(Read::Native(pattern)) => match build(self, &pattern) {
                Ok(native) => return Compiled::Native(pattern, native),
                Err(what) => (Some(pattern), what),
            },
        };
        match self.judge {
            Judge::Re(..) => Compiled::Re(pattern, what),
            Judge::Reader(_) => self.refuse(path, Reason::NeedsRe(what), None, None),
        }
    }

    fn invalid<T>(&mut self, path: &Path, Fault { reason, offset, hint }: Fault) -> Compiled<T> {
        self.refuse(path, Reason::InvalidRegex(reason), Some(offset), hint)
    }

    fn refuse<T>(&mut self, path: &Path, reason: Reason, offset: Option<usize>, hint: Option<String>) -> Compiled<T> {
        self.problems.push(Problem {
            offset,
            hint,
            ..Problem::new(path, reason)
        });
        Compiled::Refused
    }

    /// The program that decides whether `node` matches, or why only `re` can run the rule.
    pub(crate) fn match_program(&mut self, node: &Node) -> Result<Program, &'static str> {
        let node = node.clone();
        let pattern = Pattern { node, groups: 0 };
        self.program(&pattern, false, MAX_INSTRUCTIONS, "more than an automaton may hold")
    }

    /// The program that finds the root of `pattern`, or why only `re` can run the rule.
    pub(crate) fn search_program(&mut self, pattern: &Pattern) -> Result<Arc<Program>, &'static str> {
        let captures = |node: &Node| matches!(node, Node::Around(_)) && node.highest_group() > 0;
        if pattern.node.any(&captures) {
            return Err("captures in look-ahead or look-behind");
        }
        if pattern.node.has_nullable_loop() {
            return Err("a loop that may match nothing, around captures");
        }
        let program = self.program(pattern, true, MAX_SEARCH, "captures in a long pattern")?;
        if program.instructions.len() * program.slots > MAX_SEARCH_SLOTS {
            return Err("too many captures");
        }
        Ok(Arc::new(program))
    }

    /// The alternatives of `pattern`, each with its way to find the root.
    ///
    /// # Errors
    ///
    /// Why only `re` can run it.
    pub(crate) fn alternatives(&mut self, pattern: &Pattern) -> Result<Vec<(Program, Root)>, &'static str> {
        let branches = root::alternatives(pattern);
        let needs_search = branches.iter().any(|(_, slice)| slice.is_none());
        let search = needs_search.then(|| self.search_program(pattern)).transpose()?;
        let search = search
            .map(Search::new)
            .transpose()
            .map_err(|_| "captures in a long pattern")?;
        let search = search.map(|search| Root::Search(Arc::new(search)));
        let compiled = branches.into_iter().map(|(node, slice)| {
            let root = slice
                .or_else(|| search.clone())
                .ok_or("a capture that has no fixed place")?;
            Ok((self.match_program(&node)?, root))
        });
        compiled.collect()
    }

    fn program(
        &mut self,
        pattern: &Pattern,
        captures: bool,
        most: usize,
        too_large: &'static str,
    ) -> Result<Program, &'static str> {
        let most = most.min(self.room);
        let program = look_around::compile(pattern, captures, most).map_err(|_| too_large)?;
        let weight = program.weight();
        if weight > most {
            return Err(too_large);
        }
        self.room -= weight;
        Ok(program)
    }
}

/// Where a rule runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runs {
    /// In an automaton.
    Native,
    /// In OTP's `re`, because the regex contains this construct.
    Re(&'static str),
}

#[cfg(test)]
mod tests;
