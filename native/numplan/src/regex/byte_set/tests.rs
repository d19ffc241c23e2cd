//! Tests of the operations, against sets of the standard library, and of the named sets, against
//! what Unicode says of ISO-8859-1.

use super::*;
use std::collections::BTreeSet;

/// Sets with members at the ends of each word, and their members.
fn sets() -> Vec<(ByteSet, BTreeSet<u8>)> {
    let ranges: [&[(u8, u8)]; 9] = [
        &[],
        &[(0, 255)],
        &[(0, 0)],
        &[(63, 64)],
        &[(127, 128), (191, 192)],
        &[(255, 255), (1, 1)],
        &[(10, 70), (65, 130)],
        &[(5, 4)],
        &[(48, 57), (65, 90), (97, 122), (200, 210)],
    ];
    let members = |ranges: &[(u8, u8)]| ranges.iter().flat_map(|(first, last)| *first..=*last).collect();
    ranges
        .map(|ranges| (ByteSet::of_ranges(ranges), members(ranges)))
        .into()
}

fn members(set: &ByteSet) -> BTreeSet<u8> {
    (0..=u8::MAX).filter(|byte| set.contains(*byte)).collect()
}

#[test]
fn the_operations_are_those_of_sets() {
    let all: BTreeSet<u8> = (0..=u8::MAX).collect();
    for (set, expected) in sets() {
        assert_eq!(members(&set), expected);
        assert!(set.iter().eq(expected.iter().copied()), "in ascending order: {set:?}");
        assert_eq!(members(&set.complement()), &all - &expected);
        assert_eq!(set.is_empty(), expected.is_empty());
        for (other, others) in sets() {
            assert_eq!(members(&set.union(&other)), &expected | &others);
            assert_eq!(members(&set.intersection(&other)), &expected & &others);
        }
        for byte in [0, 63, 64, 128, 255] {
            let (mut with, mut one_more) = (set, expected.clone());
            with.insert(byte);
            one_more.insert(byte);
            assert_eq!(members(&with), one_more);
            assert_eq!(members(&ByteSet::of(byte)), BTreeSet::from([byte]));
        }
        assert_eq!(format!("{set:?}"), format!("{expected:?}"));
    }
}

#[test]
fn ranges_are_counted_across_words() {
    for (set, members) in sets() {
        let starts = members
            .iter()
            .filter(|byte| **byte == 0 || !members.contains(&(**byte - 1)));
        assert_eq!(set.ranges(), starts.count(), "{set:?}");
    }
    let four = ByteSet::of_ranges(&[(63, 64), (66, 66), (127, 128), (255, 255)]);
    assert_eq!(four.ranges(), 4);
}

/// The letter in the other case, if that is one byte too; `ß`, `ª`, `º`, `µ` and `ÿ` have none.
#[test]
fn a_letter_of_iso_8859_1_has_another_case() {
    for byte in 0..=u8::MAX {
        let letter = char::from(byte);
        let mut other = letter
            .to_lowercase()
            .chain(letter.to_uppercase())
            .filter(|other| *other != letter);
        let expected = match (other.next(), other.next()) {
            (Some(other), None) => u8::try_from(other).unwrap_or(byte),
            _ => byte,
        };
        assert_eq!(other_case(byte), expected, "{letter}");
    }
}

#[test]
fn a_posix_name_means_in_iso_8859_1_what_it_means_in_c() -> Result<(), String> {
    let is_digit = |byte: u8| byte.is_ascii_digit();
    let is_alpha = |byte: u8| char::from(byte).is_alphabetic();
    let is_cntrl = |byte: u8| char::from(byte).is_control();
    let is_graph = |byte: u8| !is_cntrl(byte) && byte != b' ';
    let names: [(&str, &dyn Fn(u8) -> bool); 13] = [
        ("alpha", &is_alpha),
        ("lower", &|byte| char::from(byte).is_lowercase()),
        ("upper", &|byte| char::from(byte).is_uppercase()),
        ("alnum", &|byte| is_alpha(byte) || is_digit(byte)),
        ("digit", &is_digit),
        ("word", &|byte| is_alpha(byte) || is_digit(byte) || byte == b'_'),
        ("space", &|byte| byte == b' ' || (9..=13).contains(&byte)),
        ("blank", &|byte| byte == b' ' || byte == b'\t'),
        ("cntrl", &is_cntrl),
        ("graph", &is_graph),
        ("print", &|byte| is_graph(byte) || byte == b' '),
        ("xdigit", &|byte| byte.is_ascii_hexdigit()),
        ("punct", &|byte| is_graph(byte) && !is_alpha(byte) && !is_digit(byte)),
    ];
    for (name, is_member) in names {
        let set = posix_class(name.as_bytes()).ok_or_else(|| format!("no class {name}"))?;
        let expected = (0..=u8::MAX).filter(|byte| is_member(*byte)).collect();
        assert_eq!(members(&set), expected, "{name}");
    }
    assert_eq!(
        [b"ascii".as_slice(), b"", b"Alpha", b"alphas"].map(posix_class),
        [None; 4]
    );
    Ok(())
}
