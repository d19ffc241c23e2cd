//! Whether a text looks like a number, and where the extension behind it begins.
//!
//! A number has three digits or more, punctuation between them, and letters behind the third; or it
//! is two digits. An extension is a label with digits at the end of the text. Both are found in one
//! pass each: the number from the beginning, the extension from the end.

use crate::characters::{folded, is_keypad_letter, is_plus, is_punctuation};
use crate::world::World;

/// The most digits of an extension behind a word such as `ext.`, behind `,,` or `;`, behind a sign
/// such as `x`, and before a `#` alone.
const BEHIND_A_WORD: usize = 20;
const BEHIND_A_PAUSE: usize = 15;
const BEHIND_A_SIGN: usize = 9;
const BEFORE_A_HASH: usize = 6;

/// Splits an extension off a number; `None` where the text is no number. Without an extension the
/// second half is empty.
pub(crate) fn split<'t>(world: &World<'_>, text: &'t str) -> Option<(&'t str, &'t str)> {
    let body = body(world, text);
    let found = Extension::find(world, text);
    let has_body = body.ends_at(text.len()) || is_two_digits(world, text);
    if !has_body
        && !found
            .as_ref()
            .is_some_and(|found| found.starts.iter().any(|starts| body.meets(*starts)))
    {
        return None;
    }
    let extension = found.and_then(|found| {
        let start = found.starts.iter().map(|(first, _)| *first).min()?;
        let number = text.get(..start)?;
        let is_number = body.ends_at(start) || is_two_digits(world, number);
        is_number.then_some((number, found.digits))
    });
    Some(extension.unwrap_or((text, "")))
}

/// Where a text could end and be a number.
struct Body {
    /// Behind the third digit.
    first: Option<usize>,
    /// Before the first character that cannot belong to a number.
    last: usize,
}

impl Body {
    fn ends_at(&self, end: usize) -> bool {
        self.meets((end, end))
    }

    fn meets(&self, (first, last): (usize, usize)) -> bool {
        self.first.is_some_and(|start| start.max(first) <= self.last.min(last))
    }
}

fn body(world: &World<'_>, text: &str) -> Body {
    let mut body = Body {
        first: None,
        last: text.len(),
    };
    let mut digits = 0;
    let number = text.trim_start_matches(is_plus);
    let start = text.len() - number.len();
    for (at, letter) in number.char_indices() {
        if world.is_digit(letter) {
            digits += 1;
            if digits == 3 {
                body.first = Some(start + at + letter.len_utf8());
            }
        } else if !(letter == '*' || is_punctuation(letter) || digits >= 3 && is_keypad_letter(letter)) {
            body.last = start + at;
            break;
        }
    }
    body
}

fn is_two_digits(world: &World<'_>, text: &str) -> bool {
    let mut letters = text.chars();
    let two = [letters.next(), letters.next()];
    letters.next().is_none()
        && two
            .into_iter()
            .all(|letter| letter.is_some_and(|letter| world.is_digit(letter)))
}

/// An extension at the end of a text.
struct Extension<'t> {
    digits: &'t str,
    /// Where it may begin, for each way to read it: the first place and the last one.
    starts: Vec<(usize, usize)>,
}

impl<'t> Extension<'t> {
    fn find(world: &World<'_>, text: &'t str) -> Option<Self> {
        let (body, has_hash) = match text.strip_suffix('#') {
            Some(body) => (body, true),
            None => (text, false),
        };
        let before = body.trim_end_matches(|letter| world.is_digit(letter));
        let digits = body.get(before.len()..)?;
        if digits.is_empty() || before.is_empty() {
            return None;
        }
        let count = digits.chars().count();
        let starts = [
            (count <= BEHIND_A_WORD && !has_hash)
                .then(|| parameter(before))
                .flatten(),
            (count <= BEFORE_A_HASH && has_hash).then(|| dashes(before)).flatten(),
        ];
        let mut starts: Vec<(usize, usize)> = starts.into_iter().flatten().collect();
        labels(before, count, &mut starts);
        (!starts.is_empty()).then_some(Self { digits, starts })
    }
}

/// `;ext=`.
fn parameter(before: &str) -> Option<(usize, usize)> {
    without(before, ";ext=").map(|number| (number.len(), number.len()))
}

/// Dashes and blanks alone, for digits that a `#` follows.
fn dashes(before: &str) -> Option<(usize, usize)> {
    let number = before.trim_end_matches(['-', ' ']);
    (number.len() < before.len()).then(|| (number.len(), before.len() - 1))
}

/// Labels, behind which there may be a dot or a colon, then blanks, commas and dashes.
fn labels(before: &str, count: usize, starts: &mut Vec<(usize, usize)>) {
    let label = before.trim_end_matches([' ', '\u{a0}', '\t', ',', '-']);
    let dotted = label.strip_suffix([':', '.', '\u{ff0e}']);
    for label in [Some(label), dotted].into_iter().flatten() {
        let words = (count <= BEHIND_A_WORD).then(|| word(label)).flatten();
        let signs = (count <= BEHIND_A_SIGN).then(|| sign(label)).flatten();
        let found = [words, signs].into_iter().flatten();
        starts.extend(found.map(|(first, last)| (before_separators(label, first), last)));
        pauses(label, label.len(), count, starts);
    }
    // Here the commas are both the label and what follows it.
    pauses(before, label.len(), count, starts);
}

/// `;`, `,,` or commas at the end of `text`, or anywhere behind `from`.
fn pauses(text: &str, from: usize, count: usize, starts: &mut Vec<(usize, usize)>) {
    let behind = text.get(from..).unwrap_or_default();
    let at_end = from == text.len();
    let semicolon = text.strip_suffix(';').filter(|_| at_end).map(str::len);
    let commas = text.trim_end_matches(',').len();
    let two = if at_end {
        text.strip_suffix(",,").map(str::len)
    } else {
        behind.find(",,").map(|at| from + at)
    };
    let one = if at_end {
        Some(commas).filter(|start| *start < from)
    } else {
        behind.find(',').map(|at| from + at)
    };
    let longer = [semicolon, two]
        .into_iter()
        .flatten()
        .filter(|_| count <= BEHIND_A_PAUSE);
    let shorter = one.into_iter().filter(|_| count <= BEHIND_A_SIGN);
    for start in longer.chain(shorter) {
        let number = text
            .get(..start)
            .unwrap_or_default()
            .trim_end_matches([' ', '\u{a0}', '\t']);
        starts.push((number.len(), start));
    }
}

fn before_separators(text: &str, end: usize) -> usize {
    text.get(..end)
        .unwrap_or_default()
        .trim_end_matches([' ', '\u{a0}', '\t', ','])
        .len()
}

/// A word for an extension at the end of a text: where it begins, at the earliest and at the
/// latest.
fn word(text: &str) -> Option<(usize, usize)> {
    let whole = ["anexo", "доб"].into_iter().find_map(|word| without(text, word));
    if let Some(before) = whole {
        return Some((before.len(), before.len()));
    }
    abbreviation(text, 'n', "xt", "e", &["ensio", "ensio\u{301}", "ensi\u{f3}"])
        .or_else(|| abbreviation(text, '\u{ff4e}', "\u{ff58}\u{ff54}", "\u{ff45}", &[]))
}

/// `ext`, `xt`, `extn`, `extension` and the like.
fn abbreviation(text: &str, last: char, core: &str, first: &str, middle: &[&str]) -> Option<(usize, usize)> {
    let text = text.strip_suffix(|letter| folded(letter) == last).unwrap_or(text);
    let text = middle.iter().find_map(|middle| without(text, middle)).unwrap_or(text);
    let before = without(text, core)?;
    let earliest = without(before, first).unwrap_or(before);
    Some((earliest.len(), before.len()))
}

/// A sign for an extension at the end of a text.
fn sign(text: &str) -> Option<(usize, usize)> {
    let is_sign = |letter| matches!(folded(letter), 'x' | '\u{ff58}' | '#' | '\u{ff03}' | '~' | '\u{ff5e}');
    let before = text.strip_suffix(is_sign);
    let before = before
        .or_else(|| without(text, "int"))
        .or_else(|| without(text, "\u{ff49}\u{ff4e}\u{ff54}"))?;
    Some((before.len(), before.len()))
}

/// A text without the word at its end, in whatever case it is written.
fn without<'t>(text: &'t str, word: &str) -> Option<&'t str> {
    word.chars().rev().try_fold(text, |text, wanted| {
        text.strip_suffix(|letter| folded(letter) == wanted)
    })
}
