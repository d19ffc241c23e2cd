//! Findings on rules whose results are not idempotent: normalised again, they change.

use super::finding::{Findings, Kind};
use super::sentences;
use super::subject::{List, Subject};
use crate::proof::divergence::{self, Divergence, MAX_LAG, Side, Window};
use crate::proof::pipeline::{Decisions, Pipeline, PipelineState};
use crate::proof::rules::Rules;
use crate::proof::search::{self, Allowance, Bound, Budget, Machine, few_enough};
use std::collections::BTreeMap;

const PROOF: &str = "what changes when it is normalised again";

/// Adds the rules whose results the configuration changes again.
pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    // Each byte that a rule adds is a class of its own. Then texts that are equal in classes are
    // equal in bytes: in a text that equals itself shifted, every shifted byte is an added one.
    let classes = subject.classes_with(subject.rules.stages().flat_map(Rules::added_bytes));
    let added: usize = subject.rules.stages().map(Rules::most_added).sum();
    let lists = subject.lists().into_iter().filter(|list| list.rewrites());
    for (stage, list) in lists.enumerate() {
        let allowance = Allowance::new(subject.limits());
        let mut twice = Twice {
            stage,
            once: subject.pipeline_from(list, &classes, &allowance),
            again: Pipeline::of_all(&subject.rules, &classes, &allowance),
            window: window(added),
            allowance,
        };
        let surveyed = search::survey(&mut twice, &classes, &mut Budget::new(subject.limits()));
        findings.cut(PROOF, surveyed.cut);
        let mut changing = BTreeMap::new();
        for seen in &surveyed.seen {
            match seen.outcome {
                Outcome::Changes { rule } => {
                    changing.entry(rule).or_insert(&*seen.number);
                }
                Outcome::Lost => findings.cut(PROOF, Some(Bound::Distance)),
            }
        }
        for (rule, dialled) in changing {
            not_idempotent(subject, (list, rule), dialled, findings);
        }
    }
}

fn not_idempotent(subject: &Subject<'_>, (list, rule): (List, usize), dialled: &[u8], findings: &mut Findings) {
    if subject.is_hidden(list, rule) {
        return;
    }
    let witness = subject.witness(dialled);
    let (met, again) = (subject.comes(list, dialled), subject.plan.normalize(&witness.e164));
    let wording = sentences::not_idempotent(&subject.title(list, rule), &met, &witness.e164, &again);
    let finding = subject.add(findings, (list, rule), Kind::NotIdempotent, wording);
    finding.witness = Some(witness);
}

/// The window in which results are compared where the rules together add `added` bytes at most.
/// Results of one length are at most that far apart, and one byte more while a byte is read; so
/// texts beyond it differ.
fn window(added: usize) -> Window {
    match u8::try_from(added + 1) {
        Ok(most) if most <= MAX_LAG => Window {
            most,
            beyond: Divergence::Different,
        },
        _ => Window {
            most: MAX_LAG,
            beyond: Divergence::Lost,
        },
    }
}

/// Normalises a number, and its result again, and compares the two results.
struct Twice {
    /// The stage of the rule that the first result comes from.
    stage: usize,
    once: Pipeline,
    again: Pipeline,
    window: Window,
    allowance: Allowance,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct TwiceState {
    once: PipelineState,
    again: PipelineState,
    divergence: Divergence,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Outcome {
    /// The second result differs; `rule` is the last one that made the first.
    Changes { rule: usize },
    /// The results got too far apart to be compared.
    Lost,
}

impl Twice {
    /// All states after `out` has come from the first normalising.
    fn hand_over(&mut self, state: TwiceState, out: &[u8]) -> Result<Vec<TwiceState>, Bound> {
        let mut states = vec![state];
        for class in out {
            let mut after = Vec::new();
            for state in states {
                self.allowance.work(1)?;
                let ahead = Divergence::read(&[state.divergence], Side::One, &[*class], self.window);
                for (again, out) in self.again.step(state.again, *class)? {
                    self.allowance.work(divergence::work(&ahead, &out))?;
                    let all = Divergence::read(&ahead, Side::Other, &out, self.window);
                    after.extend(all.into_iter().map(|divergence| TwiceState {
                        again,
                        divergence,
                        ..state
                    }));
                    few_enough(after.len())?;
                }
            }
            states = after;
        }
        Ok(states)
    }

    fn changes(&self, decisions: &Decisions) -> Option<Outcome> {
        let decision = decisions.get(self.stage)?.as_ref()?;
        let rule = self.once.rule(self.stage, decision)?;
        Some(Outcome::Changes { rule })
    }
}

impl Machine for Twice {
    type State = TwiceState;
    type Outcome = Outcome;

    fn start(&self) -> TwiceState {
        TwiceState {
            once: self.once.start(),
            again: self.again.start(),
            divergence: Divergence::START,
        }
    }

    fn step(&mut self, state: TwiceState, class: u8, next: &mut Vec<TwiceState>) -> Result<(), Bound> {
        for (once, out) in self.once.step(state.once, class)? {
            let states = self.hand_over(TwiceState { once, ..state }, &out)?;
            // A result with `+` is left as it is.
            next.extend(states.into_iter().filter(|state| !Pipeline::is_bypass(&state.again)));
            few_enough(next.len())?;
        }
        Ok(())
    }

    fn end(&mut self, state: TwiceState, outcomes: &mut Vec<Outcome>) -> Result<(), Bound> {
        for (decisions, out) in self.once.end(state.once)? {
            for state in self.hand_over(state, &out)? {
                for (_, out) in self.again.end(state.again)? {
                    self.allowance.work(divergence::work(&[state.divergence], &out))?;
                    for divergence in Divergence::read(&[state.divergence], Side::Other, &out, self.window) {
                        match divergence {
                            Divergence::Lost => outcomes.push(Outcome::Lost),
                            divergence if divergence.differs() => outcomes.extend(self.changes(&decisions)),
                            _ => {}
                        }
                    }
                }
            }
        }
        Ok(())
    }
}
