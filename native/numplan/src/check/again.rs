//! Numbers that change again when they are normalised twice.

use super::finding::{Findings, Kind};
use super::firing::title;
use super::subject::{Subject, number, shown};
use crate::compared::{Compared, Known, MAX_LAG, Side};
use crate::route::{Decisions, Plus, Route, RoutePlace, Rules};
use crate::survey::{self, Bound, Machine};
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
        subject.limits().memory,
    );
    let added = subject.rules.stages().map(Rules::most_added).sum();
    let mut twice = Twice { route, added };
    let surveyed = survey::survey(&mut twice, &classes, subject.limits());
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
            title(subject, list, rule),
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

/// Normalises a number, and the result again.
struct Twice {
    route: Route,
    /// How many bytes all stages together add at most. Two results of one length cannot be shifted further.
    added: usize,
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
    fn beyond(&self) -> Known {
        if self.added < MAX_LAG {
            Known::Different
        } else {
            Known::Lost
        }
    }

    /// All places after `out` has come from the first normalising.
    fn hand_over(&mut self, place: TwicePlace, out: &[u8]) -> Result<Vec<TwicePlace>, Bound> {
        let mut places = vec![place];
        for class in out {
            let mut after = Vec::new();
            for mut place in places {
                place.compared = self.read(place.compared, Side::One, &[*class]);
                for (twice, out) in self.route.step(place.twice, *class)? {
                    let compared = self.read(place.compared, Side::Other, &out);
                    after.push(TwicePlace {
                        twice,
                        compared,
                        ..place
                    });
                }
            }
            places = after;
        }
        Ok(places)
    }

    fn read(&self, compared: Compared, side: Side, text: &[u8]) -> Compared {
        compared.read(side, text, self.added + 1, self.beyond())
    }
}

impl Machine for Twice {
    type Place = TwicePlace;
    type Outcome = Again;

    fn start(&self) -> TwicePlace {
        TwicePlace {
            once: self.route.start(),
            twice: self.route.start(),
            compared: Compared::new(),
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
                    match self.read(place.compared, Side::Other, &out).at_end() {
                        Known::Same => {}
                        Known::Lost => outcomes.push(Again::Lost),
                        Known::Different => outcomes.extend(self.maker(&decisions)),
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
