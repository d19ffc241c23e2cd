//! Numbers that change again when they are normalised twice.

use super::finding::{Findings, Kind};
use super::subject::{List, Subject, number};
use crate::proof::divergence::{self, Compared, MAX_LAG, Reach, Side};
use crate::proof::pipeline::{Decisions, Route, RoutePlace, Rules, few_enough};
use crate::proof::search::{self, Allowance, Bound, Budget, Machine};
use std::collections::BTreeMap;

const PROOF: &str = "what changes when it is normalised again";

/// Adds the rules whose results the configuration changes again.
pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    // Bytes that a rule adds stand alone in their class: then texts of classes are equal where texts of bytes are, since in a text that
    // equals itself shifted, all shifted bytes are among the added ones.
    let classes = subject.classes_with(subject.rules.stages().flat_map(Rules::added_bytes));
    let added: usize = subject.rules.stages().map(Rules::most_added).sum();
    let lists = subject.lists().into_iter().filter(|list| list.rewrites());
    for (stage, list) in lists.enumerate() {
        let allowance = Allowance::new(subject.limits());
        let mut twice = Twice {
            stage,
            once: subject.route_from(list, &classes, &allowance),
            twice: subject.route_through_all(&classes, &allowance),
            reach: reach(added),
            allowance,
        };
        let surveyed = search::survey(&mut twice, &classes, &mut Budget::new(subject.limits()));
        findings.cut(PROOF, surveyed.cut);
        let mut changing = BTreeMap::new();
        for seen in &surveyed.seen {
            match seen.outcome {
                Again::Changes { rule } => {
                    changing.entry(rule).or_insert(&*seen.number);
                }
                Again::Lost => findings.cut(PROOF, Some(Bound::Distance)),
            }
        }
        for (rule, dialled) in changing {
            changes_again(subject, list, (rule, dialled), findings);
        }
    }
}

fn changes_again(subject: &Subject<'_>, list: List, (rule, dialled): (usize, &[u8]), findings: &mut Findings) {
    if subject.is_hidden(list, rule) {
        return;
    }
    let witness = subject.witness(dialled);
    let again = subject.plan.normalize(&witness.e164);
    let came = subject.comes(list, dialled);
    let sentence = format!(
        "{} makes {} of {}; normalised again, that becomes {}.",
        subject.title(list, rule),
        number(&witness.e164),
        number(&came),
        number(&again)
    );
    let path = subject.path(list, rule);
    let finding = findings.add(subject.place(&path), Kind::NotIdempotent, &path, sentence);
    finding.witness = Some(witness);
    finding.fix = Some("Let its result begin with +, which is left as it is.".to_owned());
}

/// How far the results are compared. Two of one length are no further apart than the stages together add, and the byte that is read just
/// now.
fn reach(added: usize) -> Reach {
    match u8::try_from(added + 1) {
        Ok(most) if most <= MAX_LAG => Reach {
            most,
            beyond: Compared::Different,
        },
        _ => Reach {
            most: MAX_LAG,
            beyond: Compared::Lost,
        },
    }
}

/// Normalises a number, and the result again.
struct Twice {
    /// The stage whose rule the first result comes from.
    stage: usize,
    once: Route,
    twice: Route,
    reach: Reach,
    allowance: Allowance,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct TwicePlace {
    once: RoutePlace,
    twice: RoutePlace,
    compared: Compared,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Again {
    /// The second result is another one; the last rule that made the first result.
    Changes { rule: usize },
    /// The results were too far apart to be compared.
    Lost,
}

impl Twice {
    /// All places after `out` has come from the first normalising.
    fn hand_over(&mut self, place: TwicePlace, out: &[u8]) -> Result<Vec<TwicePlace>, Bound> {
        let mut places = vec![place];
        for class in out {
            let mut after = Vec::new();
            for place in places {
                self.allowance.work(1)?;
                let ahead = Compared::read(&[place.compared], Side::One, &[*class], self.reach);
                for (twice, out) in self.twice.step(place.twice, *class)? {
                    self.allowance.work(divergence::work(&ahead, &out))?;
                    let compared = Compared::read(&ahead, Side::Other, &out, self.reach);
                    after.extend(compared.into_iter().map(|compared| TwicePlace {
                        twice,
                        compared,
                        ..place
                    }));
                    few_enough(after.len())?;
                }
            }
            places = after;
        }
        Ok(places)
    }
}

impl Machine for Twice {
    type Place = TwicePlace;
    type Outcome = Again;

    fn start(&self) -> TwicePlace {
        TwicePlace {
            once: self.once.start(),
            twice: self.twice.start(),
            compared: Compared::START,
        }
    }

    fn step(&mut self, place: TwicePlace, class: u8, next: &mut Vec<TwicePlace>) -> Result<(), Bound> {
        for (once, out) in self.once.step(place.once, class)? {
            let places = self.hand_over(TwicePlace { once, ..place }, &out)?;
            // A result with `+` is left as it is.
            next.extend(places.into_iter().filter(|place| !self.twice.is_around(&place.twice)));
            few_enough(next.len())?;
        }
        Ok(())
    }

    fn end(&mut self, place: TwicePlace, outcomes: &mut Vec<Again>) -> Result<(), Bound> {
        for (decisions, out) in self.once.end(place.once)? {
            for place in self.hand_over(place, &out)? {
                for (_, out) in self.twice.end(place.twice)? {
                    self.allowance.work(divergence::work(&[place.compared], &out))?;
                    for compared in Compared::read(&[place.compared], Side::Other, &out, self.reach) {
                        match compared {
                            Compared::Lost => outcomes.push(Again::Lost),
                            compared if compared.differs() => outcomes.extend(self.maker(&decisions)),
                            _ => {}
                        }
                    }
                }
            }
        }
        Ok(())
    }
}

impl Twice {
    fn maker(&self, decisions: &Decisions) -> Option<Again> {
        let decision = decisions.get(self.stage)?.as_ref()?;
        let rule = self.once.rule(self.stage, decision)?;
        Some(Again::Changes { rule })
    }
}
