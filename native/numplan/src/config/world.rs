//! The regions and types of a class by the world's plan, as a document has them: `{"region":
//! ["JM"], "type": ["PREMIUM_RATE"]}`, either of which may be left out.

use crate::config::document::WorldNumbers;
use crate::config::json::Json;
use crate::config::problem::{Path, Problem, Reason};
use numplan_world::{NumberSet, NumberType, Selection, World};

/// The most states of all classes by the world's plan together. All numbers of the world together
/// have some four thousand.
pub(super) const MAX_NODES: usize = 200_000;

/// The region of calling codes of no country.
const GLOBAL: &str = "001";

/// Regions that are called otherwise in speech.
const ALIASES: [(&str, &str); 2] = [("UK", "GB"), ("EL", "GR")];

const REGION: &str =
    "a region is its code of ISO 3166-1 in capitals, such as GB, or 001 for calling codes of no country";

const UNDECIDED: &str = "numbers of these regions do not say whether they are of a fixed line or mobile: their type is FIXED_LINE_OR_MOBILE";

/// Reads such classes. The world's plan is opened for the first of them.
#[derive(Default)]
pub(super) struct WorldReader {
    world: Option<World<'static>>,
    /// The states of all classes so far.
    pub(super) nodes: usize,
}

impl WorldReader {
    /// The numbers that `json` selects.
    ///
    /// # Errors
    ///
    /// What is wrong with it, at `path` or below.
    pub(super) fn read(&mut self, json: &Json, path: &Path) -> Result<WorldNumbers, Vec<Problem>> {
        let world = match &mut self.world {
            Some(world) => world,
            none => {
                let world = World::open_builtin();
                none.insert(world.map_err(|damaged| vec![invalid(path, &damaged.to_string(), None)])?)
            }
        };
        let selection = selection(world, json, path)?;
        if self.nodes > MAX_NODES {
            // The whole document is refused.
            let numbers = NumberSet::default();
            return Ok(WorldNumbers { selection, numbers });
        }
        let numbers = world.numbers(&selection);
        self.nodes += numbers.nodes().len();
        if numbers.is_empty() {
            let hint = is_undecided(world, &selection).then(|| UNDECIDED.to_owned());
            return Err(vec![invalid(path, &format!("there are no {selection}"), hint)]);
        }
        Ok(WorldNumbers { selection, numbers })
    }
}

fn invalid(path: &Path, words: &str, hint: Option<String>) -> Problem {
    Problem {
        hint,
        ..Problem::new(path, Reason::InvalidWorld(words.to_owned()))
    }
}

/// True where the regions have numbers, if those of which it is not known whether they are mobile
/// are taken as well.
fn is_undecided(world: &World<'_>, selection: &Selection) -> bool {
    let types = selection.types.as_deref().unwrap_or_default();
    let one_of_two = [NumberType::FixedLine, NumberType::Mobile];
    let undecided = Selection {
        types: Some(vec![NumberType::FixedLineOrMobile]),
        ..selection.clone()
    };
    one_of_two.iter().any(|kind| types.contains(kind)) && !world.numbers(&undecided).is_empty()
}

fn selection(world: &World<'_>, json: &Json, path: &Path) -> Result<Selection, Vec<Problem>> {
    let Json::Object(members) = json else {
        let expected = "an object with region, type or both";
        return Err(vec![Problem::wrong_type(path, expected, json.type_name())]);
    };
    let mut problems = Vec::new();
    let is_known = |key: &[u8]| key == b"region" || key == b"type";
    for (key, _) in members.iter().filter(|(key, _)| !is_known(key)) {
        problems.push(invalid(&path.key(key), "expected region or type", None));
    }
    let mut names = |key: &[u8], read: &dyn Fn(&str) -> Option<String>| {
        let list = json.get(key)?;
        Some(texts(list, &path.key(key), read, &mut problems))
    };
    let regions = names(b"region", &|name| unknown_region(world, name));
    let types = names(b"type", &|name| unknown_type(name));
    if members.is_empty() {
        problems.push(invalid(path, "expected region, type or both", None));
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let types = types.map(|names| names.iter().filter_map(|name| number_type(name)).collect());
    Ok(Selection { regions, types })
}

/// The texts of a list, each once, and right unless `wrong` has a hint for it.
fn texts(list: &Json, path: &Path, wrong: &dyn Fn(&str) -> Option<String>, problems: &mut Vec<Problem>) -> Vec<String> {
    let Json::Array(items) = list else {
        problems.push(Problem::wrong_type(path, "a list", list.type_name()));
        return Vec::new();
    };
    if items.is_empty() {
        problems.push(invalid(path, "the list is empty: leave it out for all of them", None));
    }
    let mut texts = Vec::with_capacity(items.len());
    for (at, item) in items.iter().enumerate() {
        let path = path.key(at.to_string().as_bytes());
        let Json::String(text) = item else {
            problems.push(Problem::wrong_type(&path, "a string", item.type_name()));
            continue;
        };
        let text = String::from_utf8_lossy(text).into_owned();
        match wrong(&text) {
            None if texts.contains(&text) => {}
            None => texts.push(text),
            hint => problems.push(invalid(&path, &format!("{text} is not known"), hint)),
        }
    }
    texts
}

/// How to correct a region that is not known.
fn unknown_region(world: &World<'_>, name: &str) -> Option<String> {
    let is_known = |name: &str| name == GLOBAL || world.region(name).is_some();
    if is_known(name) {
        return None;
    }
    let upper = name.to_uppercase();
    let alias = ALIASES.iter().find(|(alias, _)| *alias == upper);
    let meant = alias.map_or(upper.as_str(), |(_, region)| region);
    if is_known(meant) {
        Some(format!("did you mean {meant}"))
    } else {
        Some(REGION.to_owned())
    }
}

/// The type of that name, of a number that is valid.
fn number_type(name: &str) -> Option<NumberType> {
    known_types().find(|kind| kind.name() == name)
}

fn known_types() -> impl Iterator<Item = NumberType> {
    NumberType::ALL.into_iter().filter(|kind| *kind != NumberType::Unknown)
}

/// How to correct a type that is not known.
fn unknown_type(name: &str) -> Option<String> {
    if number_type(name).is_some() {
        return None;
    }
    let meant = name.to_uppercase().replace(['-', ' '], "_");
    match number_type(&meant) {
        Some(kind) => Some(format!("did you mean {kind}")),
        None => {
            let names: Vec<&str> = known_types().map(NumberType::name).collect();
            Some(format!("a type is one of {}", names.join(", ")))
        }
    }
}

#[cfg(test)]
mod tests;
