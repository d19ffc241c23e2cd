//! A search that backtracks as PCRE does, over trees: the expected answers for constructs that the
//! `regex` crate lacks.

use super::trees::{Greed, Tree};

type Span = Option<(usize, usize)>;

/// What is tried when a part has matched up to a position; it returns true to keep that.
type Next<'n, 's> = &'n mut dyn FnMut(&mut Search<'s>, usize) -> bool;

struct Search<'s> {
    subject: &'s [u8],
    /// What each group has captured last. The whole match is the first.
    spans: Vec<Span>,
    /// Where the whole match begins.
    begin: usize,
}

/// The spans of the whole match and of each group; `None` where nothing matches.
pub(crate) fn search(tree: &Tree, subject: &[u8]) -> Option<Vec<Span>> {
    let starts = 0..=subject.len();
    starts.into_iter().find_map(|start| {
        let mut search = Search {
            subject,
            spans: vec![None; 1 + groups(tree)],
            begin: start,
        };
        let matched = search.run(tree, 0, start, &mut |search, end| {
            search.spans[0] = Some((search.begin, end));
            true
        });
        matched.then_some(search.spans)
    })
}

/// The number of groups in `tree`.
fn groups(tree: &Tree) -> usize {
    match tree {
        Tree::Set(_) | Tree::Condition(_) | Tree::Keep => 0,
        Tree::Cat(parts) | Tree::Either(parts) => parts.iter().map(groups).sum(),
        Tree::Capture(body) => 1 + groups(body),
        Tree::Atomic(body) | Tree::Around { body, .. } | Tree::Repeat { body, .. } => groups(body),
    }
}

fn contains(set: &str, byte: u8) -> bool {
    match set {
        "\\+" => byte == b'+',
        "[01]" => b"01".contains(&byte),
        "\\d" => byte.is_ascii_digit(),
        "." => byte != b'\n',
        "[^0]" => byte != b'0',
        literal => literal.as_bytes() == [byte],
    }
}

impl<'s> Search<'s> {
    fn holds(&self, condition: &str, at: usize) -> bool {
        let (before, after) = self.subject.split_at(at);
        let is_word = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
        let is_boundary = is_word(before.last()) != is_word(after.first());
        match condition {
            "^" => before.is_empty(),
            "$" => after.is_empty() || after == b"\n",
            "\\z" => after.is_empty(),
            "\\b" => is_boundary,
            _ => !is_boundary,
        }
    }

    /// Matches `tree`, behind `before` groups, from `at` on.
    fn run(&mut self, tree: &Tree, before: usize, at: usize, next: Next<'_, 's>) -> bool {
        match tree {
            Tree::Set(set) => self.subject.get(at).is_some_and(|byte| contains(set, *byte)) && next(self, at + 1),
            Tree::Condition(condition) => self.holds(condition, at) && next(self, at),
            Tree::Keep => {
                let begin = std::mem::replace(&mut self.begin, at);
                next(self, at) || {
                    self.begin = begin;
                    false
                }
            }
            Tree::Cat(parts) => self.all(parts, before, at, next),
            Tree::Either(branches) => {
                let mut before = before;
                branches.iter().any(|branch| {
                    let here = before;
                    before += groups(branch);
                    self.run(branch, here, at, next)
                })
            }
            Tree::Capture(body) => self.run(body, before + 1, at, &mut |search, end| {
                let old = search.spans[before + 1].replace((at, end));
                next(search, end) || {
                    search.spans[before + 1] = old;
                    false
                }
            }),
            Tree::Atomic(body) => self.once(|search, end| search.run(body, before, at, end), next),
            Tree::Around { ahead, negative, body } => {
                let is_met = |search: &mut Search<'s>, found: Next<'_, 's>| {
                    let starts = if *ahead { at..=at } else { 0..=at };
                    starts.into_iter().any(|start| {
                        search.run(body, before, start, &mut |search, end| {
                            (*ahead || end == at) && found(search, at)
                        })
                    })
                };
                if !negative {
                    return self.once(is_met, next);
                }
                let (spans, begin) = (self.spans.clone(), self.begin);
                let is_met = is_met(self, &mut |_, _| true);
                (self.spans, self.begin) = (spans, begin);
                !is_met && next(self, at)
            }
            Tree::Repeat {
                body,
                min,
                max,
                greed: Greed::Possessive,
            } => self.once(
                |search, end| search.repeat((body, before), (*min, *max), Greed::Greedy, at, end),
                next,
            ),
            Tree::Repeat { body, min, max, greed } => self.repeat((body, before), (*min, *max), *greed, at, next),
        }
    }

    fn all(&mut self, parts: &[Tree], before: usize, at: usize, next: Next<'_, 's>) -> bool {
        match parts.split_first() {
            None => next(self, at),
            Some((first, rest)) => self.run(first, before, at, &mut |search, at| {
                search.all(rest, before + groups(first), at, next)
            }),
        }
    }

    /// Keeps the first way in which `part` matches.
    fn once(&mut self, part: impl FnOnce(&mut Self, Next<'_, 's>) -> bool, next: Next<'_, 's>) -> bool {
        let (spans, begin) = (self.spans.clone(), self.begin);
        let mut end = None;
        part(self, &mut |_, at| {
            end = Some(at);
            true
        });
        end.is_some_and(|end| next(self, end)) || {
            (self.spans, self.begin) = (spans, begin);
            false
        }
    }

    fn repeat(
        &mut self,
        (body, before): (&Tree, usize),
        (min, max): (usize, Option<usize>),
        greed: Greed,
        at: usize,
        next: Next<'_, 's>,
    ) -> bool {
        let may_stop = min == 0;
        if greed == Greed::Lazy && may_stop && next(self, at) {
            return true;
        }
        let again = max != Some(0)
            && self.run(body, before, at, &mut |search, end| {
                if end == at && may_stop {
                    return next(search, end);
                }
                let left = (min.saturating_sub(1), max.map(|max| max - 1));
                search.repeat((body, before), left, greed, end, next)
            });
        again || (greed != Greed::Lazy && may_stop && next(self, at))
    }
}
