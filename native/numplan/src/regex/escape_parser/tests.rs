//! Tests of which bytes an escape stands for.

use super::*;
use crate::dfa::{determinize, look_around};
use crate::regex::parser::{Reading, read};

/// The bytes that `regex` matches alone, where it is native.
fn bytes(regex: &str, dialect: Dialect) -> Option<Vec<u8>> {
    let Reading::Native(pattern) = read(format!("^(?:{regex})\\z").as_bytes(), dialect) else {
        return None;
    };
    let program = look_around::compile(&pattern, false, 1_000).ok()?;
    Some(
        (0..=u8::MAX)
            .filter(|byte| determinize::matches(&program, &[*byte]))
            .collect(),
    )
}

#[test]
fn an_escape_stands_for_its_byte() {
    let one = |regex: &str, byte: u8| assert_eq!(bytes(regex, Dialect::Pcre), Some(vec![byte]), "{regex}");
    for (regex, byte) in [
        ("\\a", 7),
        ("\\e", 27),
        ("\\f", 12),
        ("\\n", 10),
        ("\\r", 13),
        ("\\t", 9),
    ] {
        one(regex, byte);
        one(&format!("[{regex}]"), byte);
    }
    for byte in 1..=u8::MAX {
        for regex in [
            format!("\\x{byte:02x}"),
            format!("\\x{byte:02X}"),
            format!("\\x{{{byte:x}}}"),
            format!("\\o{{{byte:o}}}"),
        ] {
            one(&regex, byte);
        }
        if byte < 8 {
            one(&format!("\\0{byte:o}"), byte);
        }
        // Three digits are a byte up to octal 377; below 010 they begin with a zero.
        one(&format!("\\{byte:03o}"), byte);
        one(&format!("[\\{byte:03o}]"), byte);
        if (b' '..=b'~').contains(&byte) && byte != b'@' && byte != b'`' {
            one(&format!("\\c{}", char::from(byte)), byte.to_ascii_uppercase() ^ 64);
        }
        if byte.is_ascii_punctuation() {
            one(&format!("\\{}", char::from(byte)), byte);
        }
    }
    one("\\x{0a}", 10);
    one("\\xa", 10);
    one("\\o{012}", 10);
    // The digits end where they are no octal ones, or as many as may be.
    one("\\10", 8);
    one("\\12", 10);
    one("\\76", 62);
    one("[\\7]", 7);
    one("[\\08]{0}1", b'1');
    assert_eq!(bytes("[\\18]", Dialect::Pcre), Some(vec![1, b'8']));
    assert_eq!(bytes("[\\478]", Dialect::Pcre), Some(vec![0o47, b'8']));
    assert_eq!(bytes("[\\1234]", Dialect::Pcre), Some(vec![b'4', 0o123]));
    assert_eq!(bytes("[\\0123]", Dialect::Pcre), Some(vec![0o12, b'3']));
    assert_eq!(bytes("[\\x123]", Dialect::Pcre), Some(vec![0x12, b'3']));
    for regex in [
        "\\1",
        "\\9",
        "(1)\\1",
        "\\8",
        "\\81",
        "\\400",
        "\\777",
        "\\477",
        "\\x{}",
        "\\x{100}",
        "\\x{1g}",
        "\\x{ 1}",
        "\\o",
        "\\o{}",
        "\\o101}",
        "\\o{400}",
        "\\o{8}",
        "\\o{1234}",
        "\\c",
        "\\g1",
        "\\k<a>",
        "\\R",
        "\\X",
        "\\p{L}",
        "\\N{U+41}",
        "\\u0041",
    ] {
        assert_eq!(bytes(regex, Dialect::Pcre), None, "{regex}");
    }
    // As many groups as the number says make it a back-reference.
    let groups = "(1)".repeat(10);
    for (regex, is_native) in [(format!("{groups}\\11"), true), (format!("{groups}\\10"), false)] {
        assert_eq!(
            matches!(read(regex.as_bytes(), Dialect::Pcre), Reading::Native(_)),
            is_native,
            "{regex}"
        );
    }
    // PCRE2 skips blanks in braces, and refuses letters without a meaning.
    for (regex, byte) in [("\\x{ 41\t}", 0x41), ("\\o{ 101 }", 0x41), ("\\x{41}", 0x41)] {
        assert_eq!(bytes(regex, Dialect::Pcre2), Some(vec![byte]), "{regex}");
    }
    for letter in UNKNOWN_LETTERS {
        let regex = format!("\\{}", char::from(*letter));
        one(&regex, *letter);
        assert_eq!(bytes(&regex, Dialect::Pcre2), None, "{regex}");
    }
}

/// By PCRE's documentation; what `\w` matches above 127 is that of ISO-8859-1.
#[test]
fn a_letter_names_a_set_and_its_capital_the_other_bytes() {
    let word = |byte: &u8| *byte == b'_' || byte.is_ascii_digit() || char::from(*byte).is_alphabetic();
    let sets: [(&str, Vec<u8>); 5] = [
        ("d", (b'0'..=b'9').collect()),
        ("s", vec![9, 10, 11, 12, 13, 32]),
        ("h", vec![9, 32, 0xA0]),
        ("v", vec![10, 11, 12, 13, 0x85]),
        ("w", (0..=u8::MAX).filter(word).collect()),
    ];
    for (letter, members) in sets {
        let others = (0..=u8::MAX).filter(|byte| !members.contains(byte)).collect();
        let (named, capital) = (format!("\\{letter}"), format!("\\{}", letter.to_uppercase()));
        assert_eq!(bytes(&capital, Dialect::Pcre), Some(others), "{capital}");
        assert_eq!(
            bytes(&format!("[{named}]"), Dialect::Pcre).as_ref(),
            Some(&members),
            "{named}"
        );
        assert_eq!(bytes(&named, Dialect::Pcre), Some(members), "{named}");
    }
    let ascii = |byte: &u8| *byte == b'_' || byte.is_ascii_alphanumeric();
    assert_eq!(
        bytes("\\w", Dialect::Pcre2),
        Some((0..=u8::MAX).filter(ascii).collect())
    );
    assert_eq!(bytes("\\h", Dialect::Pcre2), Some(vec![9, 32, 0xA0]));
}

/// PCRE 8 takes it for the byte 0; PCRE2 refuses it.
#[test]
fn digits_may_be_missing_behind_an_x_in_pcre_8_alone() {
    for regex in ["\\x", "[\\x]"] {
        assert_eq!(bytes(regex, Dialect::Pcre), Some(vec![0]), "{regex}");
        match read(regex.as_bytes(), Dialect::Pcre2) {
            Reading::Invalid(error) => assert_eq!(error.reason, NO_DIGITS, "{regex}"),
            reading => assert_eq!(reading, Reading::Foreign("nothing"), "{regex}"),
        }
    }
    assert_eq!(bytes("[\\xg]", Dialect::Pcre), Some(vec![0, b'g']));
}
