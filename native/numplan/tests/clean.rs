//! Cleaning, compared with PyPI's phonenumbers and Unicode's properties, and what must stay.

use numplan::plan::clean::{Kind, clean, is_diallable, kinds};
use proptest::prelude::*;
use regex::Regex;
use std::borrow::Cow;
use std::fs;

type Tested = Result<(), Box<dyn std::error::Error>>;

#[test]
fn what_phonenumbers_makes_of_written_numbers() -> Tested {
    let table = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/clean.tsv"))?;
    let mut rows = 0;
    for line in table.lines().skip(1) {
        let (written, cleaned) = line.split_once('\t').ok_or("no tab")?;
        assert_eq!(
            String::from_utf8_lossy(&clean(written.as_bytes())),
            cleaned,
            "{written:?}"
        );
        rows += 1;
    }
    assert!(rows > 3_000, "{rows}");
    Ok(())
}

#[test]
fn characters_of_unicode_properties_are_dropped_and_digits_are_ascii() -> Tested {
    let property = |name: &str| Regex::new(&format!(r"^\p{{{name}}}$"));
    let space = property("White_Space")?;
    let dash = property("Dash")?;
    let ignorable = property("Default_Ignorable_Code_Point")?;
    let direction = property("Bidi_Control")?;
    let digit = property("Nd")?;
    let mut counts = [0; 4];
    for character in '\0'..=char::MAX {
        let text = character.to_string();
        let number = format!("1{text}2");
        let cleaned = clean(number.as_bytes());
        let found = kinds(number.as_bytes());
        if digit.is_match(&text) {
            assert_eq!(cleaned.len(), 3, "{number:?}");
            assert!(is_diallable(&cleaned), "{number:?}");
            counts[0] += 1;
        } else if space.is_match(&text) {
            assert_eq!(
                (&*cleaned, &*found),
                (b"12".as_slice(), [Kind::Space].as_slice()),
                "{number:?}"
            );
            counts[1] += 1;
        } else if dash.is_match(&text) {
            assert_eq!(
                (&*cleaned, &*found),
                (b"12".as_slice(), [Kind::Dash].as_slice()),
                "{number:?}"
            );
            counts[2] += 1;
        } else if ignorable.is_match(&text) || direction.is_match(&text) {
            assert_eq!(
                (&*cleaned, &*found),
                (b"12".as_slice(), [Kind::Invisible].as_slice()),
                "{number:?}"
            );
            counts[3] += 1;
        } else if character.is_alphabetic() && character != 'ー' && character != 'ｰ' {
            assert_eq!(cleaned, Cow::Borrowed(number.as_bytes()), "{number:?}");
        }
    }
    assert!(
        counts
            .iter()
            .zip([700, 25, 28, 4_000])
            .all(|(count, least)| *count >= least),
        "{counts:?}"
    );
    Ok(())
}

#[test]
fn a_scheme_and_its_parameters_go() {
    for (written, cleaned) in [
        ("tel:+1-415-886-7900;ext=5", "+14158867900"),
        ("TEL:863-1234;phone-context=+1-914-555", "8631234"),
        (" \u{FEFF}Tel:+44 20 7183 8750 ", "+442071838750"),
        ("tel:", ""),
        ("tel:;x=1", ""),
        ("tel://+14158867900", "+14158867900"),
        // No scheme of a number: letters stay.
        ("telephone", "telephone"),
        ("t", "t"),
        ("1;ext=5", "1;ext=5"),
        ("0tel:1;2", "0tel:1;2"),
        ("sip:415@example.com", "sip:415@examplecom"),
    ] {
        assert_eq!(
            String::from_utf8_lossy(&clean(written.as_bytes())),
            cleaned,
            "{written:?}"
        );
    }
    assert_eq!(kinds(b" tel:1 2"), [Kind::Scheme, Kind::Space]);
}

#[test]
fn what_dials_or_spells_stays() {
    for number in [
        "",
        "4158867900",
        "+14158867900",
        "*98#",
        "anonymous",
        "1,,2",
        "1x5",
        "é",
        "123é",
        "0\0",
        "+44(0)20",
    ] {
        let cleaned = clean(number.as_bytes());
        assert_eq!(*cleaned, *number.replace(['(', ')'], "").as_bytes());
        assert_eq!(matches!(cleaned, Cow::Borrowed(_)), !number.contains('('), "{number}");
    }
    // What is not UTF-8 stays whole: dropping a byte could join its neighbours to one character.
    for bytes in [b"\xFF41".as_slice(), b"41\xC2", b"4 1\xA0", b"tel:\xFF", b"\xDF(\x80"] {
        assert_eq!(clean(bytes), Cow::Borrowed(bytes));
    }
    for (number, diallable) in [
        ("", false),
        ("+", false),
        ("+1", true),
        ("*9#", true),
        ("1+", false),
        ("a", false),
    ] {
        assert_eq!(is_diallable(number.as_bytes()), diallable, "{number}");
    }
}

proptest! {
    #[test]
    fn cleaning_is_idempotent_never_longer_and_keeps_the_digits(bytes in proptest::collection::vec(any::<u8>(), 0..40), text in "[-0-9+ ()./\\u{2010}-\\u{2015}\\u{660}-\\u{669}a-z]{0,20}") {
        for number in [bytes, text.into_bytes()] {
            let cleaned = clean(&number);
            prop_assert!(cleaned.len() <= number.len());
            prop_assert_eq!(kinds(&number).is_empty(), *cleaned == *number);
            if !number.to_ascii_lowercase().windows(4).any(|part| part == b"tel:") {
                let again = clean(&cleaned);
                prop_assert_eq!(&*again, &*cleaned);
                let digits = |bytes: &[u8]| bytes.iter().copied().filter(u8::is_ascii_digit).collect::<Vec<u8>>();
                if number.is_ascii() {
                    prop_assert_eq!(digits(&number), digits(&cleaned));
                }
            }
        }
    }
}
