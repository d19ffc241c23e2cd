//! Reads configuration documents: from JSON to a [`Document`], with all problems of its shape.

use crate::config::document::{Classifier, DialPlan, Document, MAX_RULES, Numbers, Rewrite, Set, Step, set};
use crate::config::json::Json;
use crate::config::prefixes;
use crate::config::preset::Preset;
use crate::config::problem::{Path, Problem, Problems, Reason};
use crate::config::world::{MAX_NODES, WorldReader};
use crate::prefix::file::MAX_PREFIXES;
use crate::prefix::list::PrefixList;
use std::sync::Arc;

impl Document {
    /// Reads `json`: a `number_manager` document, such a document inside a `default` key as Kazoo
    /// stores it, a bare `classifiers` object, or an API reply that carries one under `data`. What
    /// a document leaves out is taken from the default preset, as Kazoo takes its code defaults.
    ///
    /// # Errors
    ///
    /// All problems with the document's shape, in its order. Regexes are not looked at here.
    pub fn read(json: &Json) -> Result<Document, Problems> {
        match Document::survey(json) {
            (Some(document), problems) if problems.is_empty() => Ok(document),
            (_, problems) => Err(problems.into()),
        }
    }

    /// What can be read of `json`, and the problems with its shape: so that problems of its regexes
    /// can be reported together with these. The document is `None` where nothing can be read.
    pub fn survey(json: &Json) -> (Option<Document>, Vec<Problem>) {
        let mut reader = Reader::default();
        let document = reader.document(json);
        if reader.rules > MAX_RULES {
            reader.too_many(&Path::root(), "rules", MAX_RULES, reader.rules);
            return (None, reader.problems);
        }
        if reader.prefixes > MAX_PREFIXES {
            reader.too_many(&Path::root(), "prefixes", MAX_PREFIXES, reader.prefixes);
            return (None, reader.problems);
        }
        if reader.world.nodes > MAX_NODES {
            reader.too_many(
                &Path::root(),
                "states of classes by the world's plan",
                MAX_NODES,
                reader.world.nodes,
            );
            return (None, reader.problems);
        }
        (document, reader.problems)
    }
}

/// How to correct a class that nodes of Kazoo would not know.
const NO_REGEX: &str =
    "add a regex that approximates it, or \"numplan_only\": true: Kazoo reads a class without a regex as ^$";

const KNOWN_KEYS: [&[u8]; 5] = [
    b"classifiers",
    b"e164_converters",
    b"reconcile_regex",
    b"dial_plan",
    b"dialplans",
];

type Members = [(Vec<u8>, Json)];

/// A class is refused, and its problems are noted.
struct Refused;

#[derive(Default)]
struct Reader {
    problems: Vec<Problem>,
    rules: usize,
    /// The prefixes of all lists.
    prefixes: usize,
    world: WorldReader,
}

impl Reader {
    fn wrong_type(&mut self, path: &Path, expected: &'static str, got: &Json) {
        self.problems.push(Problem::wrong_type(path, expected, got.type_name()));
    }

    fn too_many(&mut self, path: &Path, what: &'static str, limit: usize, got: usize) {
        let reason = Reason::TooMany { what, limit, got };
        self.problems.push(Problem::new(path, reason));
    }

    fn document(&mut self, json: &Json) -> Option<Document> {
        let root = Path::root();
        let Some(members) = json.as_object() else {
            self.wrong_type(&root, "an object", json);
            return None;
        };
        if KNOWN_KEYS.iter().any(|key| json.get(key).is_some()) {
            return self.number_manager(json, &root);
        }
        for wrapper in [b"default".as_slice(), b"data"] {
            match json.get(wrapper) {
                Some(inner @ Json::Object(_)) => return self.wrapped(inner, &root.key(wrapper)),
                Some(other) if wrapper == b"data" => {
                    self.wrong_type(&root.key(wrapper), "an object", other);
                    return None;
                }
                _ => {}
            }
        }
        self.bare(members, json, &root)
    }

    fn wrapped(&mut self, inner: &Json, path: &Path) -> Option<Document> {
        if KNOWN_KEYS.iter().any(|key| inner.get(key).is_some()) {
            return self.number_manager(inner, path);
        }
        self.bare(inner.as_object().unwrap_or_default(), inner, path)
    }

    /// A bare `classifiers` object, or the empty document.
    fn bare(&mut self, members: &Members, json: &Json, path: &Path) -> Option<Document> {
        if members.is_empty() {
            return self.number_manager(json, path);
        }
        let looks_like = |(_, value): &(Vec<u8>, Json)| {
            matches!(value, Json::String(_))
                || [b"regex".as_slice(), b"friendly_name", b"prefixes", b"world"]
                    .iter()
                    .any(|key| value.get(key).is_some())
        };
        if !members.iter().all(looks_like) {
            let hint = if members.iter().any(|(_, value)| value.get(b"prefix").is_some()) {
                "dial plans belong under the key \"dial_plan\", system dial plans under \"dialplans\", converters under \"e164_converters\""
            } else {
                "expected one of the keys classifiers, e164_converters, reconcile_regex, dial_plan, dialplans, or a classifiers object"
            };
            self.problems.push(Problem {
                hint: Some(hint.to_owned()),
                ..Problem::new(path, Reason::UnknownDocument)
            });
            return None;
        }
        let mut document = self.defaults(path)?;
        document.classifiers = self.classifiers(members, path);
        Some(document)
    }

    fn defaults(&mut self, path: &Path) -> Option<Document> {
        let json = Preset::DEFAULT.text().parse().ok()?;
        self.number_manager(&json, path)
    }

    fn number_manager(&mut self, json: &Json, path: &Path) -> Option<Document> {
        let complete = KNOWN_KEYS.iter().take(3).all(|key| present(json, key).is_some());
        let defaults = if complete { None } else { self.defaults(path) };
        let (mut classifiers, mut converters, mut reconcile_regex) = match defaults {
            Some(defaults) => (
                defaults.classifiers,
                defaults.converters,
                Some(defaults.reconcile_regex),
            ),
            None => (Vec::new(), Vec::new(), None),
        };
        if let Some(members) = self.object(json, b"classifiers", path) {
            classifiers = self.classifiers(members, &path.key(b"classifiers"));
        }
        if let Some(members) = self.object(json, b"e164_converters", path) {
            converters = self.rewrites(members, &path.key(b"e164_converters"));
        }
        if let Some(value) = present(json, b"reconcile_regex") {
            let at = path.key(b"reconcile_regex");
            match value {
                Json::String(regex) => reconcile_regex = Some((at, regex.clone())),
                other => self.wrong_type(&at, "a string", other),
            }
        }
        let dial_plan = match self.object(json, b"dial_plan", path) {
            Some(members) => Some(self.dial_plan(members, &path.key(b"dial_plan"), json, path)),
            None => {
                self.object(json, b"dialplans", path);
                None
            }
        };
        let reconcile_regex = reconcile_regex.unwrap_or_else(|| (path.key(b"reconcile_regex"), Vec::new()));
        Some(Document {
            classifiers,
            converters,
            reconcile_regex,
            dial_plan,
        })
    }

    fn object<'j>(&mut self, json: &'j Json, key: &[u8], path: &Path) -> Option<&'j Members> {
        let value = present(json, key)?;
        let members = value.as_object();
        if members.is_none() {
            self.wrong_type(&path.key(key), "an object", value);
        }
        members
    }

    fn classifiers(&mut self, members: &Members, path: &Path) -> Vec<Classifier> {
        self.rules += members.len();
        members
            .iter()
            .filter_map(|(name, value)| self.classifier(name, value, &path.key(name)))
            .collect()
    }

    fn classifier(&mut self, name: &[u8], value: &Json, path: &Path) -> Option<Classifier> {
        let mut object = match value {
            Json::String(regex) => vec![(b"regex".to_vec(), Json::String(regex.clone()))],
            Json::Object(members) => prefixes::without_lists(members),
            other => {
                self.wrong_type(path, "an object or a regex", other);
                return None;
            }
        };
        if present(value, b"friendly_name").is_none() {
            set(&mut object, b"friendly_name", Json::String(name.to_vec()));
        }
        let mut object = Json::Object(object);
        if object.get(b"regex") == Some(&Json::Null) {
            self.wrong_type(&path.key(b"regex"), "a string", &Json::Null);
            return None;
        }
        let regex = self.text(&object, b"regex", path)?;
        let pretty_print = self.text(&object, b"pretty_print", path)?;
        let set = self.set(value, regex.as_deref(), path).ok()?;
        let (path, count) = match (value, set.as_ref().map(|set| &set.numbers)) {
            (Json::String(_), _) => (path.clone(), None),
            (_, None) => (path.key(b"regex"), None),
            (_, Some(Numbers::Prefixes(list))) => (path.key(b"prefixes"), Some(list.given())),
            (_, Some(Numbers::World(_))) => (path.key(b"world"), None),
        };
        if let (Some(count), Json::Object(members)) = (count, &mut object) {
            prefixes::summarize(members, count);
        }
        let regex = match &set {
            None => regex.unwrap_or_else(|| b"^$".to_vec()),
            Some(_) => Vec::new(),
        };
        Some(Classifier {
            name: name.to_vec(),
            path,
            regex,
            set,
            pretty_print,
            object,
        })
    }

    /// The set of numbers of a classifier, if it has one; an error where it is refused.
    fn set(&mut self, value: &Json, regex: Option<&[u8]>, path: &Path) -> Result<Option<Set>, Refused> {
        let (by, numbers) = match (present(value, b"prefixes"), present(value, b"world")) {
            (None, None) => return Ok(None),
            (Some(_), Some(_)) => {
                let reason = Reason::InvalidWorld("a class has either prefixes or this, and not both".to_owned());
                self.problems.push(Problem::new(&path.key(b"world"), reason));
                return Err(Refused);
            }
            (Some(list), None) => {
                let list = prefixes::read(list, &path.key(b"prefixes"));
                self.prefixes += list.as_ref().map_or(0, PrefixList::given);
                ("prefixes", list.map(|list| Numbers::Prefixes(Arc::new(list))))
            }
            (None, Some(world)) => {
                let numbers = self.world.read(world, &path.key(b"world"));
                ("the world's plan", numbers.map(|world| Numbers::World(Arc::new(world))))
            }
        };
        if regex.is_none() && value.get(b"numplan_only") != Some(&Json::Bool(true)) {
            self.problems.push(Problem {
                hint: Some(NO_REGEX.to_owned()),
                ..Problem::new(path, Reason::MissingRegex(by))
            });
        }
        let numbers = numbers.map_err(|mut problems| {
            self.problems.append(&mut problems);
            Refused
        })?;
        let stand_in = regex.map(|regex| (path.key(b"regex"), regex.to_vec()));
        Ok(Some(Set { numbers, stand_in }))
    }

    /// The string under `key`, if any; `None` for a value of another type, which is reported.
    fn text(&mut self, json: &Json, key: &[u8], path: &Path) -> Option<Option<Vec<u8>>> {
        match present(json, key) {
            None => Some(None),
            Some(Json::String(text)) => Some(Some(text.clone())),
            Some(other) => {
                self.wrong_type(&path.key(key), "a string", other);
                None
            }
        }
    }

    fn rewrites(&mut self, members: &Members, path: &Path) -> Vec<Rewrite> {
        self.rules += members.len();
        members
            .iter()
            .filter_map(|(regex, value)| self.rewrite(regex, value, &path.key(regex)))
            .collect()
    }

    fn rewrite(&mut self, regex: &[u8], value: &Json, path: &Path) -> Option<Rewrite> {
        if value.as_object().is_none() {
            self.wrong_type(path, "an object", value);
            return None;
        }
        let prefix = self.affix(value, b"prefix", path)?;
        let suffix = self.affix(value, b"suffix", path)?;
        Some(Rewrite {
            path: path.clone(),
            regex: regex.to_vec(),
            prefix,
            suffix,
        })
    }

    /// A prefix or suffix: Kazoo converts numbers and booleans to text; an absent one is empty.
    fn affix(&mut self, value: &Json, key: &[u8], path: &Path) -> Option<Vec<u8>> {
        match present(value, key) {
            None => Some(Vec::new()),
            Some(Json::String(text)) => Some(text.clone()),
            Some(Json::Bool(flag)) => Some(flag.to_string().into_bytes()),
            Some(number @ Json::Number(_)) => Some(number.to_text().unwrap_or_default()),
            Some(other) => {
                self.wrong_type(&path.key(key), "a string", other);
                None
            }
        }
    }

    fn dial_plan(&mut self, members: &Members, path: &Path, json: &Json, outer: &Path) -> DialPlan {
        let system_plans = SystemPlans {
            json: present(json, b"dialplans"),
            path: outer.key(b"dialplans"),
        };
        let entries = distinct_values(members);
        let entries = entries.iter();
        let first_match = entries.filter_map(|(key, value)| self.first_match(key, value, &path.key(key)));
        let first_match = first_match.collect();
        let mut full = Vec::new();
        self.chain(members, path, &system_plans, 0, &mut full);
        self.rules += full.len();
        DialPlan { first_match, full }
    }

    fn first_match(&mut self, key: &[u8], value: &Json, path: &Path) -> Option<Rewrite> {
        if key == b"system" && value.as_object().is_none() {
            return self.rewrite(key, &Json::Object(Vec::new()), path);
        }
        self.rewrite(key, value, path)
    }

    /// Lays out a dial plan as steps: `system` last, nested plans behind their entry.
    fn chain(&mut self, members: &Members, path: &Path, system: &SystemPlans, depth: usize, steps: &mut Vec<Step>) {
        if depth > MAX_NESTING {
            return self.too_many(path, "nested dial plans", MAX_NESTING, depth);
        }
        for (key, value) in distinct_values(members) {
            if key != b"system" {
                self.chain_entry(key, value, &path.key(key), system, depth, steps);
            }
        }
        if let Some((_, names)) = members.iter().find(|(key, _)| key == b"system") {
            self.system(names, &path.key(b"system"), system, depth, steps);
        }
    }

    fn chain_entry(
        &mut self,
        key: &[u8],
        value: &Json,
        path: &Path,
        system: &SystemPlans,
        depth: usize,
        steps: &mut Vec<Step>,
    ) {
        let Some(mut rewrite) = self.rewrite(key, value, path) else {
            return;
        };
        match self.text(value, b"regex", path) {
            Some(Some(regex)) => {
                rewrite.regex = regex;
                rewrite.path = path.key(b"regex");
            }
            Some(None) => {}
            None => return,
        }
        let at = steps.len();
        steps.push(Step { rewrite, nested: 0 });
        if let Some(members) = self.object(value, b"dialplan", path) {
            self.chain(members, &path.key(b"dialplan"), system, depth + 1, steps);
        }
        let nested = steps.len() - at - 1;
        if let Some(step) = steps.get_mut(at) {
            step.nested = nested;
        }
    }

    /// The system plans named in `names`, sorted by key (kazoo-semantics 3.4).
    fn system(&mut self, names: &Json, path: &Path, system: &SystemPlans, depth: usize, steps: &mut Vec<Step>) {
        let Json::Array(names) = names else {
            self.wrong_type(path, "a list of names", names);
            return;
        };
        let mut wanted = Vec::new();
        for name in names {
            match name {
                Json::String(name) => wanted.push(name.to_ascii_lowercase()),
                other => self.wrong_type(path, "a list of names", other),
            }
        }
        let mut chosen: Vec<(Vec<u8>, Json)> = Vec::new();
        let members = system.json.and_then(Json::as_object).unwrap_or_default();
        if system.json.is_some_and(|json| json.as_object().is_none()) {
            self.wrong_type(&system.path, "an object", system.json.unwrap_or(&Json::Null));
        }
        for (key, value) in members {
            match value {
                Json::Array(plans) => plans.iter().for_each(|plan| choose(key, plan, &wanted, &mut chosen)),
                plan => choose(key, plan, &wanted, &mut chosen),
            }
        }
        chosen.sort_by(|(one, _), (other, _)| one.cmp(other));
        for (key, plan) in &chosen {
            self.chain_entry(key, plan, &system.path.key(key), system, depth, steps);
        }
    }
}

/// The deepest nesting of dial plans; a deeper one is refused.
const MAX_NESTING: usize = 16;

struct SystemPlans<'j> {
    json: Option<&'j Json>,
    path: Path,
}

/// Adds a system plan to `chosen` if its `name`, or else its key, is wanted. A plan wanted by its
/// key is sorted by the rank of the key among the wanted names, which is put before the key.
fn choose(key: &[u8], plan: &Json, wanted: &[Vec<u8>], chosen: &mut Vec<(Vec<u8>, Json)>) {
    let asked = |name: &[u8]| wanted.iter().rposition(|wanted| *wanted == name.to_ascii_lowercase());
    let named = matches!(present(plan, b"name"), Some(Json::String(name)) if asked(name).is_some());
    if named {
        set(chosen, key, plan.clone());
    } else if let Some(place) = asked(key) {
        let ordered = [format!("{}-", place + 1).as_bytes(), key].concat();
        set(chosen, &ordered, plan.clone());
    }
}

/// The value under `key`, unless it is null, which Kazoo takes for absent.
fn present<'j>(json: &'j Json, key: &[u8]) -> Option<&'j Json> {
    json.get(key).filter(|value| **value != Json::Null)
}

/// Every key, in order, with the first value under it: Kazoo's reading of duplicate keys.
fn distinct_values(members: &Members) -> Vec<(&[u8], &Json)> {
    let mut first = std::collections::BTreeMap::new();
    for (key, value) in members {
        first.entry(key.as_slice()).or_insert(value);
    }
    members
        .iter()
        .filter_map(|(key, _)| first.get(key.as_slice()).map(|value| (key.as_slice(), *value)))
        .collect()
}

#[cfg(test)]
mod tests;
