//! Tests of how an encoding is detected, on texts in each.

use super::*;

#[test]
fn utf_16_and_utf_32_are_detected_in_either_order_with_a_mark_and_without() {
    for (text, with_mark) in [
        ("911", false),
        ("{}", false),
        ("\u{FEFF}911", true),
        ("\u{FEFF}é1", true),
    ] {
        let utf16 = |bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
        let utf32 = |bytes: fn(u32) -> [u8; 4]| {
            text.chars()
                .flat_map(|letter| bytes(letter.into()))
                .collect::<Vec<u8>>()
        };
        for text in [utf16(u16::to_le_bytes), utf16(u16::to_be_bytes)] {
            assert_eq!(utf8(&text), Err(Unsupported::Utf16), "{text:?}");
        }
        for text in [utf32(u32::to_le_bytes), utf32(u32::to_be_bytes)] {
            assert_eq!(utf8(&text), Err(Unsupported::Utf32), "{text:?}");
        }
        let unmarked = text.trim_start_matches('\u{FEFF}').as_bytes();
        assert_eq!(utf8(text.as_bytes()), Ok(unmarked));
        assert_eq!(without_mark(text.as_bytes()), unmarked);
        assert_eq!(has_mark(text.as_bytes()), with_mark);
    }
    // A mark alone is enough, and one NUL is not.
    assert_eq!(utf8(b"\xFF\xFE"), Err(Unsupported::Utf16));
    assert_eq!(utf8(b"\xFE\xFF"), Err(Unsupported::Utf16));
    assert_eq!(utf8(b"9\x001"), Ok(b"9\x001".as_slice()));
    assert_eq!(utf8(b"\xFE1"), Ok(b"\xFE1".as_slice()));
    assert_eq!(
        [Unsupported::Utf16, Unsupported::Utf32].map(Unsupported::name),
        ["UTF-16", "UTF-32"]
    );
}
