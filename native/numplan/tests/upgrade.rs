//! Verdicts on other releases of OTP, against what the `re` of OTP 25 and of OTP 29 answer.
//!
//! `testdata/otp/answers.tsv` holds recorded answers, of `scripts/otp/compare`, which also runs this test
//! on more of them.

#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use numplan::proof::search::Limits;
use numplan::regex::dialect::Dialect::{self, Pcre, Pcre2};
use numplan::upgrade::{self, Answer, Answers, Asked, Difference, Mended, Verdict, What};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::error::Error;
use std::path::{Path, PathBuf};

/// What both releases say of one regex.
struct Recorded {
    regex: Vec<u8>,
    accepted: [bool; 2],
    /// For each subject, what each release keeps of it.
    answers: HashMap<Vec<u8>, [Kept; 2]>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kept {
    NoMatch,
    /// The root.
    Root(Vec<u8>),
    /// The release gave up, or raised an error.
    Unknown,
}

fn bytes(hex: &str) -> Result<Vec<u8>, Box<dyn Error>> {
    let (pairs, _) = hex.as_bytes().as_chunks::<2>();
    let byte = |pair: &[u8; 2]| Ok(u8::from_str_radix(std::str::from_utf8(pair)?, 16)?);
    pairs.iter().map(byte).collect()
}

/// An answer as `scripts/otp/answers.escript` writes it.
fn kept(answer: &str, subject: &[u8]) -> Result<Kept, Box<dyn Error>> {
    if answer == "-" {
        return Ok(Kept::NoMatch);
    }
    let Some((_, root)) = answer.split_once(':') else {
        return Ok(Kept::Unknown);
    };
    let (start, length) = root.split_once(',').ok_or("no place")?;
    // A group that took no part begins at -1, and a match may end before it begins.
    let span = start.parse::<usize>().ok().zip(length.parse::<usize>().ok());
    let root = span.and_then(|(start, length)| subject.get(start..start + length));
    Ok(Kept::Root(root.unwrap_or_default().to_vec()))
}

fn line(text: &str) -> Result<Recorded, Box<dyn Error>> {
    let mut columns = text.split('\t');
    let mut column = || columns.next().ok_or("too few columns");
    let (regex, old, new, answers) = (column()?, column()?, column()?, column()?);
    let answer = |one: &str| -> Result<(Vec<u8>, [Kept; 2]), Box<dyn Error>> {
        let (subject, both) = one.split_once('=').ok_or("no subject")?;
        let (old, new) = both.split_once('=').ok_or("one answer")?;
        let subject = bytes(subject)?;
        let both = [kept(old, &subject)?, kept(new, &subject)?];
        Ok((subject, both))
    };
    let answers = answers.split(' ').filter(|one| !one.is_empty()).map(answer);
    Ok(Recorded {
        regex: bytes(regex)?,
        accepted: [old, new].map(|said| said == "accepted"),
        answers: answers.collect::<Result<_, _>>()?,
    })
}

fn recorded() -> Result<Vec<Recorded>, Box<dyn Error>> {
    let path = std::env::var_os("NUMPLAN_OTP_ANSWERS").map(PathBuf::from);
    let path = path.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/otp/answers.tsv"));
    // A regex may stand in several lines, each with other subjects.
    let mut all: BTreeMap<Vec<u8>, Recorded> = BTreeMap::new();
    for text in std::fs::read_to_string(path)?.lines() {
        let one = line(text)?;
        match all.entry(one.regex.clone()) {
            Entry::Occupied(mut known) => known.get_mut().answers.extend(one.answers),
            Entry::Vacant(place) => drop(place.insert(one)),
        }
    }
    Ok(all.into_values().collect())
}

/// Much less than a check has: what is not proved so is left unproven.
const LIMITS: Limits = Limits {
    places: 4_000,
    moves: 40_000,
    memory: 4 << 20,
};

const SIDES: [Dialect; 2] = [Pcre, Pcre2];

fn verdict(recorded: &Recorded, here: usize, keeps_root: bool) -> Verdict {
    let asked = Asked {
        regex: &recorded.regex,
        keeps_root,
        is_refused: !recorded.accepted[here],
    };
    upgrade::verdict_within(asked, SIDES[here], SIDES[1 - here], &LIMITS)
}

/// True where the answer that a verdict claims is the one that was recorded.
fn is_kept(claimed: &Answer, recorded: &Kept) -> bool {
    match (claimed, recorded) {
        (Answer::NoMatch, Kept::NoMatch) | (Answer::Match, Kept::Root(_)) => true,
        (Answer::Root(claimed), Kept::Root(recorded)) => claimed == recorded,
        _ => false,
    }
}

/// What is wrong with a verdict.
fn fault(
    recorded: &Recorded,
    here: usize,
    keeps_root: bool,
    verdict: &Verdict,
    witnesses: &mut BTreeSet<String>,
) -> Option<String> {
    let accepted = (recorded.accepted[here], recorded.accepted[1 - here]);
    let differs = |[old, new]: &[Kept; 2]| match (old, new) {
        (Kept::Unknown, _) | (_, Kept::Unknown) => false,
        (Kept::Root(_), Kept::Root(_)) if !keeps_root => false,
        (old, new) => old != new,
    };
    let is_true = match verdict {
        Verdict::Unproven(_) => true,
        Verdict::Alike => accepted.0 == accepted.1 && (!accepted.0 || !recorded.answers.values().any(differs)),
        Verdict::Refused { mended, .. } => {
            let is_as_here = |mended: &Mended| mended.answers == Answers::AsHere;
            accepted == (true, false) && mended.as_ref().is_none_or(is_as_here)
        }
        Verdict::Accepted => accepted == (false, true),
        Verdict::Differs {
            difference:
                Difference {
                    subject,
                    here: old,
                    there: new,
                },
            ..
        } => match recorded.answers.get(subject) {
            None => {
                let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
                witnesses.insert(format!("{}\t{}\n", hex(&recorded.regex), hex(subject)));
                return (accepted != (true, true)).then(|| "differs, and one refuses it".to_owned());
            }
            Some(answers) => {
                accepted == (true, true) && is_kept(old, &answers[here]) && is_kept(new, &answers[1 - here])
            }
        },
    };
    (!is_true).then(|| format!("{verdict:?}, recorded {accepted:?}"))
}

#[test]
fn verdicts_are_true_in_both_directions() {
    let (mut witnesses, mut faults) = (BTreeSet::new(), Vec::new());
    let mut counts: HashMap<(usize, &str), usize> = HashMap::new();
    let recorded = recorded().expect("recorded answers");
    for recorded in &recorded {
        for here in [0, 1] {
            for keeps_root in [false, true] {
                let verdict = verdict(recorded, here, keeps_root);
                let name = match verdict {
                    Verdict::Alike => "alike",
                    Verdict::Refused { .. } => "refused",
                    Verdict::Accepted => "accepted",
                    Verdict::Differs { .. } => "differs",
                    Verdict::Unproven(_) => "unproven",
                };
                *counts.entry((here, name)).or_default() += 1;
                if let Some(fault) = fault(recorded, here, keeps_root, &verdict, &mut witnesses) {
                    let regex = recorded.regex.escape_ascii();
                    faults.push(format!("{regex} from {:?}, root {keeps_root}: {fault}", SIDES[here]));
                }
            }
        }
    }
    if let Ok(path) = std::env::var("NUMPLAN_OTP_WITNESSES") {
        std::fs::write(path, witnesses.into_iter().collect::<String>()).expect("written");
    } else {
        assert_eq!(witnesses, BTreeSet::new(), "subjects of which no answer is recorded");
    }
    println!("{counts:?}");
    let shown = faults.iter().take(40).fold(String::new(), |all, one| all + one + "\n");
    assert!(faults.is_empty(), "{} false verdicts:\n{shown}", faults.len());
    for name in ["alike", "refused", "accepted", "differs", "unproven"] {
        assert!(
            (0..2).all(|here| counts.contains_key(&(here, name))),
            "no verdict {name}"
        );
    }
}

fn of(regex: &[u8], keeps_root: bool) -> Verdict {
    let asked = Asked {
        regex,
        keeps_root,
        is_refused: false,
    };
    upgrade::verdict_within(asked, Pcre, Pcre2, &Limits::default())
}

fn mended(verdict: &Verdict) -> Option<(&[u8], Answers)> {
    let (Verdict::Refused { mended, .. } | Verdict::Differs { mended, .. }) = verdict else {
        return None;
    };
    mended.as_ref().map(|mended| (mended.regex.as_slice(), mended.answers))
}

#[test]
fn an_unknown_escape_is_refused_and_its_backslash_taken_out() {
    let verdict = of(br"^1\q(\d+)[\B5]$", true);
    assert!(
        matches!(&verdict, Verdict::Refused { offset: 2, construct: Some(one), .. } if one.what == What::UnknownLetter)
    );
    assert_eq!(mended(&verdict), Some((br"^1q(\d+)[B5]$".as_slice(), Answers::AsHere)));
}

#[test]
fn a_brace_that_becomes_a_repetition_is_shown_by_a_number_and_escaped() {
    let verdict = of(br"^\d{,3}$", false);
    let Verdict::Differs { difference, .. } = &verdict else {
        panic!("{verdict:?}");
    };
    assert_eq!(difference.subject, b"");
    assert_eq!(
        (&difference.here, &difference.there),
        (&Answer::NoMatch, &Answer::Match)
    );
    assert_eq!(mended(&verdict), Some((br"^\d\{,3}$".as_slice(), Answers::AsHere)));
}

#[test]
fn letters_above_127_differ_and_are_written_out() {
    let verdict = of(br"^\w+$", false);
    assert!(matches!(&verdict, Verdict::Differs { difference, .. } if difference.subject.len() == 1));
    assert_eq!(
        mended(&verdict),
        Some((b"^[A-Za-z0-9_]+$".as_slice(), Answers::AsThere))
    );
}

#[test]
fn a_root_that_differs_is_shown_where_all_matches_are_alike() {
    let verdict = of(br"^(\w*)(.*)$", true);
    let Verdict::Differs { difference, .. } = &verdict else {
        panic!("{verdict:?}");
    };
    assert!(matches!((&difference.here, &difference.there), (Answer::Root(old), Answer::Root(new)) if old != new));
    assert_eq!(of(br"^(\w*)(.*)$", false), Verdict::Alike);
}

#[test]
fn what_only_re_runs_is_never_said_to_be_alike() {
    for regex in [
        br"(*PRUNE)^(?!0)\d+$".as_slice(),
        br"(\d)\1",
        br"(*PRUNE)^\d++$",
        br"^(0)?(?(1)1|2)$",
        br"^(1(?1)?2)$",
        b"1\x002",
        br"(?=^1)1",
    ] {
        assert!(
            matches!(of(regex, false), Verdict::Unproven(_)),
            "{}",
            regex.escape_ascii()
        );
    }
}

const LARGE: &[u8] = br"^(?:[13579]{1,50}){1,999}$";

/// The verdict on a regex that `re` of this release refuses.
fn of_refused(regex: &[u8], here: Dialect, there: Dialect) -> Verdict {
    let asked = Asked {
        regex,
        keeps_root: false,
        is_refused: true,
    };
    upgrade::verdict_within(asked, here, there, &Limits::default())
}

#[test]
fn look_around_and_what_is_atomic_is_proved() {
    for regex in [
        br"^(?!0)\d+$".as_slice(),
        br"^\d++$",
        br"(?<=1)2",
        br"^(?>0|00)(\d+)$",
        br"^00\K\d+$",
    ] {
        assert_eq!(of(regex, true), Verdict::Alike, "{}", regex.escape_ascii());
    }
    // A letter above 127 is a part of a word up to OTP 27 alone.
    let verdict = of(br"^\b.$", false);
    let Verdict::Differs { difference, .. } = &verdict else {
        panic!("{verdict:?}");
    };
    assert_eq!(
        (&difference.here, &difference.there),
        (&Answer::Match, &Answer::NoMatch)
    );
    assert!(difference.subject.len() == 1 && !difference.subject.is_ascii());
}

#[test]
fn a_regex_near_the_limit_of_size_is_not_proved() {
    assert!(matches!(of(LARGE, false), Verdict::Unproven(_)));
    for (here, there) in [(Pcre, Pcre2), (Pcre2, Pcre)] {
        assert!(matches!(of_refused(LARGE, here, there), Verdict::Unproven(_)));
    }
}

#[test]
fn groups_that_capture_nothing_count_where_they_are_repeated() {
    // The most copies of each that OTP 25 and OTP 29 accept; one more is "too large" for both.
    for (before, most) in [
        ("(?:[13579]){", 1_680),
        ("(?:.){", 9_361),
        ("(?:(?:(?:(?:1)))){", 2_520),
        ("(?:1(?:)){", 4_680),
        ("(?:[ace]|[xyz]){0,", 799),
        ("(?:1{2,3}){0,", 3_449),
        ("(?:(?:1){2,}){0,", 2_259),
    ] {
        let regex = |count: usize| format!("{before}{count}}}").into_bytes();
        let verdicts = [
            of(&regex(most), false),
            of_refused(&regex(most + 1), Pcre, Pcre2),
            of_refused(&regex(most + 1), Pcre2, Pcre),
        ];
        let is_unproven = |verdict: &Verdict| matches!(verdict, Verdict::Unproven(_));
        assert!(verdicts.iter().all(is_unproven), "{before}: {verdicts:?}");
    }
}

#[test]
fn a_bracket_behind_an_empty_quotation_is_a_member() {
    // Both releases accept these: ] is the first member, and \8 stands in the class.
    for regex in [br"[\E]\8]".as_slice(), br"[^\E]\9]", br"[\Q\E]\8]"] {
        assert!(
            matches!(of(regex, false), Verdict::Unproven(_)),
            "{}",
            regex.escape_ascii()
        );
    }
}

#[test]
fn what_stands_behind_the_flag_x_is_not_judged() {
    // OTP 29 accepts these, and OTP 25 refuses them: what looks like \q is a comment.
    for regex in [
        br"(?^x)# \q".as_slice(),
        br"(?nx)# \q",
        br"(?ax:# \q
)",
    ] {
        assert!(
            matches!(of_refused(regex, Pcre, Pcre2), Verdict::Unproven(_)),
            "{}",
            regex.escape_ascii()
        );
    }
}
