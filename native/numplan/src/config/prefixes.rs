//! The list of prefixes of a classifier, as a document has it.
//!
//! Three forms: `["+1900", "4490"]`; `{"csv": "…"}`, the text of a file; and `{"file": "…"}`, which
//! whoever reads a configuration from disc replaces by `{"file": "…", "csv": "…"}`, or by `{"file":
//! "…", "error": "…"}` where the file cannot be read. The engine itself opens no files, so that a
//! document from elsewhere cannot make it read one.

use crate::config::document::set;
use crate::config::encoding;
use crate::config::json::{Json, Number};
use crate::config::problem::{Path, Problem, Reason};
use crate::prefix::file::{self, Fault, What};
use crate::prefix::list::{PrefixList, prefix};

/// How a file is read.
const READ_FROM_DISC: &str =
    "files are read for a configuration on disc, or from the folder of the setting prefix_dir; elsewhere give a list";

/// The most entries of a list that are reported.
const MAX_PROBLEMS: usize = 20;

/// The list that `json` is.
///
/// # Errors
///
/// What is wrong with it, at `path` or below.
pub(super) fn read(json: &Json, path: &Path) -> Result<PrefixList, Vec<Problem>> {
    match json {
        Json::Array(items) => inline(items, path),
        Json::Object(_) => of_file(json, path),
        other => Err(vec![Problem::wrong_type(
            path,
            "a list of prefixes, or a file",
            other.type_name(),
        )]),
    }
}

fn inline(items: &[Json], path: &Path) -> Result<PrefixList, Vec<Problem>> {
    let (mut prefixes, mut problems) = (Vec::with_capacity(items.len()), Vec::new());
    for (at, item) in items.iter().enumerate() {
        let at = || path.key(at.to_string().as_bytes());
        match item {
            _ if problems.len() == MAX_PROBLEMS => break,
            Json::String(text) => match prefix(text) {
                Ok(prefix) => prefixes.push(prefix),
                Err(why) => problems.push(Problem {
                    offset: Some(why.offset()),
                    ..Problem::new(&at(), Reason::InvalidPrefix(why.to_string()))
                }),
            },
            other => problems.push(Problem::wrong_type(&at(), "a string", other.type_name())),
        }
    }
    if problems.is_empty() && prefixes.is_empty() {
        problems.push(Problem::new(path, Reason::InvalidPrefix(What::NoRows.to_string())));
    }
    if problems.is_empty() {
        Ok(PrefixList::new(prefixes))
    } else {
        Err(problems)
    }
}

fn of_file(json: &Json, path: &Path) -> Result<PrefixList, Vec<Problem>> {
    let text = |key: &[u8]| match json.get(key) {
        Some(Json::String(text)) => Ok(Some(text.as_slice())),
        None => Ok(None),
        Some(other) => Err(vec![Problem::wrong_type(&path.key(key), "a string", other.type_name())]),
    };
    let unread = |words: String, hint| {
        let reason = Reason::UnreadPrefixes(words);
        vec![Problem {
            hint,
            ..Problem::new(path, reason)
        }]
    };
    match (text(b"file")?, text(b"csv")?, text(b"error")?) {
        (_, _, Some(error)) => Err(unread(String::from_utf8_lossy(error).into_owned(), None)),
        (name, Some(csv), None) => {
            let text = encoding::utf8(csv).map_err(|other| vec![encoded(name, other.name(), path)])?;
            file::read(text).map_err(|faults| problems(name, faults, path))
        }
        (Some(name), None, None) => {
            let words = format!("the file {} is not read here", String::from_utf8_lossy(name));
            Err(unread(words, Some(READ_FROM_DISC.to_owned())))
        }
        (None, None, None) => Err(vec![Problem::wrong_type(
            path,
            "a list of prefixes, or a file",
            json.type_name(),
        )]),
    }
}

/// The problem of a file in another encoding than UTF-8.
fn encoded(name: Option<&[u8]>, encoding: &str, path: &Path) -> Problem {
    let words = format!("{}the text is in {encoding}, and must be in UTF-8", before(name));
    Problem::new(path, Reason::InvalidPrefix(words))
}

/// The name of a file before the words about it.
fn before(name: Option<&[u8]>) -> String {
    name.map(|name| format!("{}, ", String::from_utf8_lossy(name)))
        .unwrap_or_default()
}

/// The problems of the file called `name`.
fn problems(name: Option<&[u8]>, faults: Vec<Fault>, path: &Path) -> Vec<Problem> {
    let name = before(name);
    let problems = faults.into_iter().map(|Fault { line, what }| {
        let words = format!("{name}line {line}: {what}");
        Problem::new(path, Reason::InvalidPrefix(words))
    });
    problems.collect()
}

/// The members of a classifier without the prefixes themselves, which may be millions.
pub(super) fn without_lists(members: &[(Vec<u8>, Json)]) -> Vec<(Vec<u8>, Json)> {
    let kept = members.iter().map(|(key, value)| {
        let value = match (key.as_slice(), value) {
            (b"prefixes", Json::Array(_)) => Json::Object(Vec::new()),
            (b"prefixes", Json::Object(_)) => {
                let file = value.get(b"file").map(|file| (b"file".to_vec(), file.clone()));
                Json::Object(file.into_iter().collect())
            }
            _ => value.clone(),
        };
        (key.clone(), value)
    });
    kept.collect()
}

/// Puts the number of prefixes in the place of the list: what answers show of it.
pub(super) fn summarize(members: &mut [(Vec<u8>, Json)], count: usize) {
    let list = members.iter_mut().find(|(key, _)| key == b"prefixes");
    if let Some((_, Json::Object(list))) = list {
        let count = Number::Integer(i64::try_from(count).unwrap_or(i64::MAX));
        set(list, b"count", Json::Number(count));
    }
}

#[cfg(test)]
mod tests;
