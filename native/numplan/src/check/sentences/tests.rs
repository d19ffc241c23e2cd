//! Tests of how texts and numbers are shown in sentences.

use super::*;

#[test]
fn bytes_that_do_not_print_are_written_in_hexadecimal() {
    for (text, expected) in [
        (b"+1 (415)".as_slice(), "+1 (415)"),
        ("é".as_bytes(), "é"),
        (b"1\n2", "1\\x0A2"),
        (b"a\xFF ~", "a\\xFF ~"),
        ("\u{85}".as_bytes(), "\\xC2\\x85"),
        (b"", ""),
    ] {
        assert_eq!(shown(text), expected, "{text:?}");
    }
    assert_eq!(number(b""), "the empty number");
    assert_eq!(number(b"911"), "911");
}

#[test]
fn a_long_text_is_cut() {
    assert_eq!(shown(&[b'1'; MOST_SHOWN]), "1".repeat(MOST_SHOWN));
    assert_eq!(shown(&[b'1'; MOST_SHOWN + 1]), "1".repeat(MOST_SHOWN) + "…");
}

#[test]
fn one_rule_behind_a_catch_all_is_spoken_of_in_the_singular() {
    let sentence = |behind| catch_all_before_end("any", behind).sentence;
    assert!(
        sentence(1).ends_with(" the rule behind it gets none of them."),
        "{}",
        sentence(1)
    );
    assert!(
        sentence(2).ends_with(" all rules behind it get none of them."),
        "{}",
        sentence(2)
    );
}
