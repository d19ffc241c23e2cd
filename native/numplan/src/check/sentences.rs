//! The English of findings: sentences and fixes, made of what the proofs hand over.

use crate::config::problem::{Problem, Reason};
use crate::prefix::list::Redundant;

/// A finding in words.
pub(super) struct Wording {
    pub(super) sentence: String,
    /// How to correct what the sentence reports.
    pub(super) fix: Option<String>,
}

impl Wording {
    pub(super) fn new(sentence: String, fix: impl Into<String>) -> Wording {
        let fix = Some(fix.into());
        Wording { sentence, fix }
    }
}

/// The most bytes of a text that a sentence shows.
const MOST_SHOWN: usize = 200;

/// `text` for people: bytes that do not print as `\xHH`, and at most [`MOST_SHOWN`] bytes.
pub(super) fn shown(text: &[u8]) -> String {
    let (shown, rest) = text.split_at(text.len().min(MOST_SHOWN));
    let shown = printed(shown);
    if rest.is_empty() { shown } else { shown + "…" }
}

fn printed(text: &[u8]) -> String {
    match std::str::from_utf8(text) {
        Ok(text) if !text.chars().any(char::is_control) => text.to_owned(),
        _ => text.iter().fold(String::new(), |mut shown, byte| {
            match byte {
                b' '..=b'~' => shown.push(char::from(*byte)),
                _ => shown.push_str(&format!("\\x{byte:02X}")),
            }
            shown
        }),
    }
}

/// A number for people; the empty one is said in words.
pub(super) fn number(number: &[u8]) -> String {
    if number.is_empty() {
        "the empty number".to_owned()
    } else {
        shown(number)
    }
}

/// A refused regex or a fault of the document's shape.
pub(super) fn problem(problem: &Problem) -> Wording {
    let offset = problem
        .offset
        .map(|offset| format!(" at offset {offset}"))
        .unwrap_or_default();
    let what = match &problem.reason {
        Reason::InvalidRegex(_) => "regex",
        _ => "configuration",
    };
    Wording {
        sentence: format!("The {what} is refused: {}{offset}.", problem.reason),
        fix: problem.hint.clone(),
    }
}

/// A regex that holds `what`, which only OTP's `re` runs.
pub(super) fn not_native(what: &str) -> Wording {
    Wording {
        sentence: format!(
            "The regex holds {what}: OTP's re runs it on each number, which is slower, and this check does not see through it."
        ),
        fix: None,
    }
}

/// A list of `given` prefixes, of which `count` add nothing, the first being `redundant`.
pub(super) fn redundant_prefixes(title: &str, given: usize, (count, redundant): (usize, &Redundant)) -> Wording {
    let Redundant { prefix, covered_by } = redundant;
    let because = if prefix == covered_by {
        format!("{prefix}, which stands there twice")
    } else {
        format!("{prefix}, as {covered_by} stands there too")
    };
    let (adds, such) = if count == 1 {
        ("adds", "it is")
    } else {
        ("add", "such as")
    };
    Wording::new(
        format!("{count} of the {given} prefixes of {title} {adds} no number: {such} {because}."),
        "They cost nothing, and may be taken out.",
    )
}

/// Regions and types of a class by the world's plan that add nothing.
pub(super) fn no_such_numbers(title: &str, names: &[&str]) -> Wording {
    let adds = if names.len() == 1 { "adds" } else { "add" };
    Wording::new(
        format!(
            "{} {adds} no number to {title}: there are no valid numbers of these regions and types.",
            names.join(", ")
        ),
        "Take them out, or add the type that is meant: where numbers do not say whether they are mobile, it is FIXED_LINE_OR_MOBILE.",
    )
}

/// A class that is a set of numbers without a regex.
pub(super) fn numplan_only(title: &str) -> Wording {
    Wording::new(
        format!(
            "Nodes of Kazoo do not know {title}: they read a class without a regex as ^$, and give its numbers to the classes behind it."
        ),
        "If nodes of Kazoo read this configuration, add a regex that approximates the class.",
    )
}

/// A rule before `behind` others that takes all numbers.
pub(super) fn catch_all_before_end(title: &str, behind: usize) -> Wording {
    let (rules, get) = if behind == 1 {
        ("the rule", "gets")
    } else {
        ("all rules", "get")
    };
    Wording::new(
        format!(
            "{title} matches every printable number that comes to it, the empty one aside, and so {rules} behind it {get} none of them."
        ),
        "Put the rule last.",
    )
}

/// Two rules that match `met`; `inside` where the second matches all that the first does.
pub(super) fn overlap(first: &str, other: &str, met: &[u8], inside: bool) -> Wording {
    let met = number(met);
    let mut sentence = format!("{first} and {other} both match {met}: {first} takes it, as it stands first.");
    if inside {
        sentence.push_str(&format!(
            " All printable numbers that {first} matches, {other} matches too."
        ));
    }
    Wording { sentence, fix: None }
}

/// A number that no class takes.
pub(super) fn no_class(dialled: &[u8], e164: &[u8]) -> Wording {
    let becomes = if dialled == e164 {
        String::new()
    } else {
        format!(", which becomes {}", number(e164))
    };
    Wording::new(
        format!("Some numbers fall to no class, such as {}{becomes}.", shown(dialled)),
        "End the classifiers with one that matches all numbers, such as unknown with ^.*$.",
    )
}

/// A rule that makes `made` of `met`, without a `+`.
pub(super) fn no_plus(title: &str, met: &[u8], made: &[u8]) -> Wording {
    Wording::new(
        format!("{title} makes {} of {}, which has no +.", number(made), number(met)),
        "Check its prefix: a number in E.164 begins with + and the country code.",
    )
}

/// A rule whose root in `met` is empty.
pub(super) fn empty_root(title: &str, met: &[u8], made: &[u8]) -> Wording {
    Wording::new(
        format!(
            "{title} keeps nothing of {}, which becomes {}.",
            number(met),
            number(made)
        ),
        "If a number must follow, write \\d+ in place of \\d*.",
    )
}

/// A rule that makes `made` of `met`, which normalising makes `again`.
pub(super) fn not_idempotent(title: &str, met: &[u8], made: &[u8], again: &[u8]) -> Wording {
    let (met, made, again) = (number(met), number(made), number(again));
    Wording::new(
        format!("{title} makes {made} of {met}; normalised again, that becomes {again}."),
        "Let its result begin with +, which is left as it is.",
    )
}

/// A regex that is anchored at neither end.
pub(super) fn unanchored(title: &str, met: &[u8]) -> Wording {
    Wording::new(
        format!(
            "{title} is tied neither to the number's start nor to its end, and so matches {}, for one.",
            number(met)
        ),
        "Write ^ before it and $ behind it.",
    )
}

/// A regex of which some branches are anchored otherwise than others.
pub(super) fn one_sided_anchor(title: &str, met: &[u8]) -> Wording {
    Wording::new(
        format!(
            "Not all branches of {title} are tied to both ends of the number, and so it matches {}, for one.",
            number(met)
        ),
        "Write ^ and $ around every branch: ^(?:one|other)$.",
    )
}

/// A classifier that takes a number with and without its country code behind a `+`.
pub(super) fn national_with_plus(title: &str, without: &[u8], with: &[u8], code: &[u8]) -> Wording {
    let (without, with, code) = (shown(without), shown(with), shown(code));
    Wording::new(
        format!(
            "{title} takes {without} as well as {with}: behind a + the country code {code} may be left out, so numbers of other countries fall to it."
        ),
        format!("Let the code be left out together with the +: (?:\\+?{code})? in place of \\+?{code}?."),
    )
}

/// What a rule makes of a number: what comes to it, and what comes out.
pub(super) type Made = [Vec<u8>; 2];

/// A root that is not what the rule seems to keep.
pub(super) enum Surprise {
    /// Group `group` is kept of one number and `root` of another, in which `group` takes part too.
    Displaced {
        group: usize,
        root: usize,
        kept: Made,
        lost: Made,
    },
    /// The root lies inside group `outer`.
    Nested { root: usize, outer: usize, made: Made },
    /// The group is repeated.
    Repeated { root: usize, made: Made },
}

pub(super) fn surprising_root(title: &str, surprise: &Surprise) -> Wording {
    let becomes = |[met, made]: &Made| format!("{} becomes {}", number(met), number(made));
    let keeps = match surprise {
        Surprise::Displaced {
            group,
            root,
            kept,
            lost,
        } => {
            let group = match group {
                0 => "the whole".to_owned(),
                group => format!("group {group}"),
            };
            let (kept, lost) = (becomes(kept), becomes(lost));
            format!("{group} of some numbers, but only group {root} where that takes part: {kept}, but {lost}")
        }
        Surprise::Nested { root, outer, made } => format!(
            "only group {root}, which lies inside group {outer}, and the rest of group {outer} is lost: {}",
            becomes(made)
        ),
        Surprise::Repeated { root, made } => format!(
            "only what group {root} matched last, as the group is repeated: {}",
            becomes(made)
        ),
    };
    Wording::new(
        format!("{title} keeps {keeps}."),
        "The last group that takes part is kept: write (?: ) for all other groups.",
    )
}

/// A regex whose backslashes are doubled; `halved` is what was probably meant.
pub(super) fn doubled_backslashes(halved: &[u8]) -> Wording {
    Wording::new(
        "The backslashes are doubled, and so match a literal backslash.".to_owned(),
        format!("Did you mean {}?", shown(halved)),
    )
}

/// A `+` that repeats `symbol`.
pub(super) fn plus_quantifier(offset: usize, symbol: char) -> Wording {
    Wording::new(
        format!("The + at offset {offset} matches no plus: it lets {symbol} stand there any number of times."),
        format!("If a plus was meant, write \\+; if not, {symbol}{{1,}} says it more clearly."),
    )
}

/// Constructs that JavaScript refuses or reads otherwise, with their offsets.
pub(super) fn javascript_differs(constructs: &[(usize, String)]) -> Wording {
    let constructs: Vec<String> = constructs
        .iter()
        .map(|(offset, what)| format!("{what} at offset {offset}"))
        .collect();
    let sentence = format!(
        "Kazoo copies the regex into a JavaScript view, and JavaScript refuses or reads differently: {}.",
        constructs.join(", ")
    );
    Wording { sentence, fix: None }
}

#[cfg(test)]
mod tests;
