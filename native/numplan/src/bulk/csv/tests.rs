//! Tests of the separator that is detected, of long records, and of bad quotes.

use super::*;

#[test]
fn the_separator_is_the_one_that_makes_even_cells_of_the_first_row() {
    for (text, expected) in [
        ("", Some(b',')),
        ("911\n", Some(b',')),
        ("a,b\n", Some(b',')),
        ("a;b", Some(b';')),
        ("a\tb\nc\td\n", Some(b'\t')),
        ("a|b\n", Some(b'|')),
        // The first row alone decides that a separator is one.
        ("a\nb;c\n", Some(b',')),
        ("1,5;911\n2;911\n", Some(b';')),
        ("1,5;911\n2,5\n", Some(b',')),
        ("1,5;911\n2,5;911\n", None),
        ("1,5;911\n2\n3,4;5;6\n", None),
        ("\"1,5\";911\n", Some(b';')),
        // The last row may be cut off.
        ("1,5;911\n2,5;911\n3;9", None),
        ("1,5;911\n2,5;911\n3;9\n", Some(b';')),
    ] {
        assert_eq!(separator(text.as_bytes()), expected, "{text:?}");
    }
}

#[test]
fn a_record_may_have_any_number_of_cells_of_any_length() {
    for (count, length) in [(1, 3), (32, 8), (33, 8), (200, 1), (3, 300), (100, 1_000)] {
        let cells: Vec<String> = (0..count).map(|at| format!("{at}").repeat(length)).collect();
        let text = format!("{0}\n{0}\n", cells.join(","));
        let mut records = Records::new(text.as_bytes(), COMMA);
        let mut read = 0;
        while let Some(record) = records.next() {
            for (at, cell) in cells.iter().enumerate() {
                assert_eq!(record.cell(at), Some(cell.as_bytes()), "{count} cells");
            }
            assert_eq!(record.cell(count), None);
            assert_eq!(
                (record.start, record.end),
                (read * text.len() / 2, (read + 1) * text.len() / 2)
            );
            read += 1;
        }
        assert_eq!(read, 2, "{count} cells");
    }
}

#[test]
fn a_bad_quote_is_named_and_found_where_it_stands() {
    for (text, expected) in [
        ("a,\"b\n", Some(("open_quote", 2))),
        ("\"a", Some(("open_quote", 0))),
        ("a,b\nc,\"d\n", Some(("open_quote", 6))),
        ("a,b\n\"c\nd\"e,f\n", Some(("text_behind_quote", 4))),
        ("a,\"b\"\"c\n\"\nd,\"e\n\"f\n", Some(("text_behind_quote", 12))),
        // In a record of one line it makes only that one bad.
        ("\"a\"b\n", None),
        ("\"a\"\"b\",\"c\nd\"\n", None),
    ] {
        let found = whole_records(text.as_bytes(), COMMA, true).err();
        assert_eq!(found.map(|bad| (bad.name(), bad.at())), expected, "{text:?}");
    }
}

#[test]
fn whole_records_end_behind_their_line_break() {
    for (text, expected) in [
        ("a\n", 2),
        ("a\r\n", 3),
        ("a,b\r\nc\r\n", 8),
        ("a\r\nb", 3),
        ("a", 0),
        // A newline may follow.
        ("a\r", 0),
        ("a\nb\r", 2),
    ] {
        assert_eq!(whole_records(text.as_bytes(), COMMA, false), Ok(expected), "{text:?}");
        assert_eq!(whole_records(text.as_bytes(), COMMA, true), Ok(text.len()), "{text:?}");
    }
}
