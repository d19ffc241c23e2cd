//! Numbers that change again when they are normalised twice.

use super::finding::{Findings, Kind};
use super::subject::{Subject, number, shown};
use crate::compared::{Compared, MAX_LAG, Reach, Side};
use crate::route::{Decisions, MAX_WAYS, Plus, Route, RoutePlace, Rules};
use crate::survey::{self, Bound, Budget, Machine, Memory};
use std::collections::BTreeMap;

/// Adds the rules whose results the configuration changes again.
pub(super) fn check(subject: &Subject<'_>, findings: &mut Findings) {
    // Bytes that a rule adds stand alone in their class: then texts of classes are equal where texts of bytes are, since in a text that
    // equals itself shifted, all shifted bytes are among the added ones.
    let classes = subject.classes_with(subject.rules.stages().flat_map(Rules::added_bytes));
    let route = Route::new(
        subject.rules.stages(),
        Plus::GoesAround,
        &classes,
        &Memory::new(subject.limits()),
    );
    let added: usize = subject.rules.stages().map(Rules::most_added).sum();
    let mut twice = Twice {
        route,
        reach: reach(added),
    };
    let surveyed = survey::survey(&mut twice, &classes, &mut Budget::new(subject.limits()));
    findings.cut("what changes when it is normalised again", surveyed.cut);
    let mut changing = BTreeMap::new();
    for seen in &surveyed.seen {
        match seen.outcome {
            Again::Changes { stage, rule } => {
                changing.entry((stage, rule)).or_insert(seen.number.as_slice());
            }
            Again::Lost => findings.cut("what changes when it is normalised again", Some(Bound::Memory)),
        }
    }
    let lists = subject.lists();
    for ((stage, rule), dialled) in changing {
        let Some(list) = lists.get(stage).copied().filter(|list| !subject.is_hidden(*list, rule)) else {
            continue;
        };
        let witness = subject.witness(dialled);
        let again = subject.plan.normalize(&witness.e164);
        let sentence = format!(
            "{} makes {} of {}; normalised again, that becomes {}.",
            subject.title(list, rule),
            number(&witness.e164),
            shown(dialled),
            number(&again)
        );
        let path = subject.path(list, rule);
        let finding = findings.add(subject.place(&path), Kind::NotIdempotent, &path, sentence);
        finding.witness = Some(witness);
        finding.fix = Some("Let its result begin with +, which is left as it is.".to_owned());
    }
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
    route: Route,
    reach: Reach,
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
    Changes { stage: usize, rule: usize },
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
                let ahead = Compared::read(&[place.compared], Side::One, &[*class], self.reach);
                for (twice, out) in self.route.step(place.twice, *class)? {
                    let compared = Compared::read(&ahead, Side::Other, &out, self.reach).into_iter();
                    after.extend(compared.map(|compared| TwicePlace {
                        twice,
                        compared,
                        ..place
                    }));
                }
            }
            if after.len() > MAX_WAYS {
                return Err(Bound::Places);
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
            once: self.route.start(),
            twice: self.route.start(),
            compared: Compared::START,
        }
    }

    fn step(&mut self, place: TwicePlace, class: u8, next: &mut Vec<TwicePlace>) -> Result<(), Bound> {
        for (once, out) in self.route.step(place.once, class)? {
            let places = self.hand_over(TwicePlace { once, ..place }, &out)?;
            // A result with `+` is left as it is.
            next.extend(places.into_iter().filter(|place| !self.route.is_around(&place.twice)));
        }
        Ok(())
    }

    fn end(&mut self, place: TwicePlace, outcomes: &mut Vec<Again>) -> Result<(), Bound> {
        for (decisions, out) in self.route.end(place.once)? {
            for place in self.hand_over(place, &out)? {
                for (_, out) in self.route.end(place.twice)? {
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
        let mut stages = decisions.iter().enumerate().rev();
        stages.find_map(|(stage, decision)| {
            let rule = self.route.rule(stage, decision.as_ref()?)?;
            Some(Again::Changes { stage, rule })
        })
    }
}
