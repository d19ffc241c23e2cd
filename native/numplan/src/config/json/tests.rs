//! Tests of where a text stops being JSON, and of integers of any length.

use super::*;

fn place(text: &str) -> Option<(usize, usize, usize)> {
    match parse(text.as_bytes(), &Limits::default()) {
        Err(JsonError::Syntax {
            line, column, offset, ..
        }) => Some((line, column, offset)),
        _ => None,
    }
}

#[test]
fn a_syntax_error_is_placed_by_line_column_and_offset() {
    for (text, expected) in [
        ("[1,,2]", Some((1, 4, 3))),
        ("[1,\n2,,3]", Some((2, 3, 6))),
        ("[1,\n\n2,3,,4]", Some((3, 5, 9))),
        ("\u{FEFF}[1,,2]", Some((1, 7, 6))),
        ("\u{FEFF}[1,\n2,,3]", Some((2, 3, 9))),
        ("[1]", None),
    ] {
        assert_eq!(place(text), expected, "{text:?}");
    }
}

#[test]
fn integers_keep_their_digits_wherever_they_stand() -> Result<(), JsonError> {
    for text in [
        "[99999999999999999999999,1]",
        "[1,99999999999999999999999,2]",
        "[\"1\",-99999999999999999999999]",
        "{\"a\\\"9\":[1,{\"99999999999999999999999\":99999999999999999999998}],\"b\":2}",
        "[\"\\\\\",99999999999999999999999,18446744073709551616,-9223372036854775809]",
    ] {
        let json = parse(text.as_bytes(), &Limits::default())?;
        assert_eq!(String::from_utf8_lossy(&json.to_text()?), text);
    }
    Ok(())
}

#[test]
fn a_text_may_be_as_long_and_have_as_many_values_as_the_limits_say() {
    let limits = |bytes, values| Limits { bytes, values };
    assert!(parse(b"[1,2]", &limits(5, 3)).is_ok());
    let too_large = JsonError::TooLarge { limit: 4, got: 5 };
    assert_eq!(parse(b"[1,2]", &limits(4, 3)), Err(too_large));
    assert_eq!(
        parse(b"[1,2]", &limits(5, 2)),
        Err(JsonError::TooManyValues { limit: 2 })
    );
}
