//! Tests of the rows that are annotated and rejected, in each format.

use super::*;
use crate::bulk::appended::{Answer, Fields, Value};
use crate::config::document::Document;
use crate::plan::rule::Judge;
use crate::regex::dialect::Dialect;
use crate::test_support::Tested;

/// `text` with `+` and the number, and the class, as the answers.
fn annotated(layout: &Layout, text: &str, class: Option<&str>) -> Annotated {
    let class = class.map(str::as_bytes);
    annotate(layout, text.as_bytes(), true, |number, answer: &mut Answer<'_>| {
        answer.e164.push(b'+');
        answer.e164.extend_from_slice(number);
        answer.class = class;
    })
}

fn check(layout: &Layout, text: &str, expected: &str, rejects: &[(usize, &str, Reject)]) {
    let done = annotated(layout, text, Some("c"));
    assert_eq!(String::from_utf8_lossy(&done.text), expected, "{text:?}");
    let found: Vec<(usize, String, Reject)> = done
        .rejects
        .into_iter()
        .map(|(rank, row, reason)| (rank, String::from_utf8_lossy(&row).into_owned(), reason))
        .collect();
    let rejects: Vec<(usize, String, Reject)> = rejects
        .iter()
        .map(|(rank, row, reason)| (*rank, (*row).to_owned(), *reason))
        .collect();
    assert_eq!(found, rejects, "{text:?}");
    assert_eq!(done.rows, expected.matches('\n').count() + rejects.len(), "{text:?}");
}

#[test]
fn answers_follow_each_number_of_a_plain_text() {
    let rejects = [
        (1, "", Reject::NoNumber),
        (3, "4.15887E+09", Reject::Damaged(Damage::Scientific)),
    ];
    check(
        &Layout::Plain,
        "1\n\n22\r\n4.15887E+09\n333",
        "1\t+1\tc\n22\t+22\tc\n333\t+333\tc\n",
        &rejects,
    );
    // Written as it was read, but for what would end the cell or the row.
    check(&Layout::Plain, "1\t2\n", "1\\t2\t+1\\t2\tc\n", &[]);
    check(&Layout::Plain, "1\\2\n", "1\\\\2\t+1\\\\2\tc\n", &[]);
    check(&Layout::Plain, "1\r2\n", "1\\r2\t+1\\r2\tc\n", &[]);
    check(&Layout::Plain, "1\r", "1\\r\t+1\\r\tc\n", &[]);
}

#[test]
fn answers_follow_each_row_of_tab_separated_values() {
    check(
        &Layout::Tsv(1),
        "a\t1\nb\n\nc\t2\td\r\n\t\n",
        "a\t1\t+1\tc\nc\t2\td\t+2\tc\n",
        &[(1, "b", Reject::NoColumn), (3, "\t", Reject::NoNumber)],
    );
    check(&Layout::Tsv(0), "1\\2\n", "1\\2\t+1\\\\2\tc\n", &[]);
}

#[test]
fn answers_follow_each_record_of_csv_in_quotes_where_they_need_them() {
    let layout = Layout::Csv {
        column: 1,
        separator: b';',
    };
    check(
        &layout,
        "a;1\n\"b;\";2\r\n\"x\"y;3\nz\nd;\"4;5\"\n",
        "a;1;+1;c\n\"b;\";2;+2;c\nd;\"4;5\";\"+4;5\";c\n",
        &[(2, "\"x\"y;3", Reject::BadQuote), (3, "z", Reject::NoColumn)],
    );
    let done = annotated(&layout, "a;1", Some("x;\"y\""));
    assert_eq!(String::from_utf8_lossy(&done.text), "a;1;+1;\"x;\"\"y\"\"\"\n");
}

#[test]
fn the_answers_are_members_of_each_object_and_take_the_place_of_those_of_that_name() {
    let layout = Layout::JsonLines(b"n".to_vec());
    check(
        &layout,
        "{\"n\":\"1\",\"z\":1}\n\n{\"e164\":1,\"n\":\"2\",\"e164\":2,\"class\":\"d\"}\n{\"n\":\"3\",\"n\":\"4\"}\n",
        "{\"n\":\"1\",\"z\":1,\"e164\":\"+1\",\"class\":\"c\"}\n\
         {\"e164\":\"+2\",\"n\":\"2\",\"class\":\"c\"}\n\
         {\"n\":\"3\",\"n\":\"4\",\"e164\":\"+4\",\"class\":\"c\"}\n",
        &[],
    );
    check(
        &layout,
        "{\n[\"n\"]\n{\"m\":\"1\"}\n{\"n\":1}\n{\"n\":\"\"}\n{\"n\":\"5\"}",
        "{\"n\":\"5\",\"e164\":\"+5\",\"class\":\"c\"}\n",
        &[
            (0, "{", Reject::NotJson),
            (1, "[\"n\"]", Reject::NotJson),
            (2, "{\"m\":\"1\"}", Reject::NoKey),
            (3, "{\"n\":1}", Reject::NoKey),
            (4, "{\"n\":\"\"}", Reject::NoNumber),
        ],
    );
    let done = annotated(&layout, "{\"n\":\"1\"}", None);
    assert_eq!(
        String::from_utf8_lossy(&done.text),
        "{\"n\":\"1\",\"e164\":\"+1\",\"class\":null}\n"
    );
}

#[test]
fn fields_are_cells_and_members_of_any_kind() {
    let with_fields = |layout: &Layout, text: &str| {
        let done = annotate(layout, text.as_bytes(), false, |number, fields: &mut Fields<'_>| {
            assert_eq!((number, fields.0.len()), (&b"1"[..], 0));
            let field = |name: &'static str, value| (name.as_bytes(), value);
            fields.0.extend([
                field("z", Value::Unknown),
                field("b", Value::Boolean(true)),
                field("no", Value::Boolean(false)),
                field("t", Value::Text(b"a,b\tc")),
                field("l", Value::List(vec![&b"x"[..], b"y"])),
                field("e", Value::List(Vec::new())),
            ]);
        });
        assert_eq!(done.rows, 1);
        String::from_utf8_lossy(&done.text).into_owned()
    };
    assert_eq!(with_fields(&Layout::Plain, "1"), "1\t\ttrue\tfalse\ta,b\\tc\tx y\t\n");
    let csv = Layout::Csv {
        column: 0,
        separator: b',',
    };
    assert_eq!(with_fields(&csv, "1,q"), "1,q,,true,false,\"a,b\tc\",x y,\n");
    assert_eq!(
        with_fields(&Layout::JsonLines(b"n".to_vec()), "{\"t\":0,\"n\":\"1\"}"),
        "{\"t\":\"a,b\\tc\",\"n\":\"1\",\"z\":null,\"b\":true,\"no\":false,\"l\":[\"x\",\"y\"],\"e\":[]}\n"
    );
}

#[test]
fn a_number_is_rejected_for_what_it_holds() {
    for (number, expected) in [
        ("", Some("no_number")),
        (" \t", Some("no_number")),
        ("\u{FEFF}911", Some("mark")),
        ("4.15887E+09", Some("scientific")),
        ("4158867900.0", Some("fraction")),
        ("'4158867900", Some("apostrophe")),
        ("=\"4158867900\"", Some("formula")),
        ("#NAME?", Some("error_value")),
        ("911", None),
        ("+14158867900", None),
        ("(415) 886-7900", None),
        ("sip:1@example.com", None),
    ] {
        assert_eq!(reject(number.as_bytes()).map(Reject::name), expected, "{number}");
    }
}

#[test]
fn whole_rows_end_with_the_last_line_break() {
    let csv = Layout::Csv {
        column: 0,
        separator: b',',
    };
    for (layout, text, expected) in [
        (&Layout::Plain, "1\n2\n3", 4),
        (&Layout::Plain, "1", 0),
        (&Layout::Tsv(0), "1\t2\n", 4),
        (&csv, "1,2\n3", 4),
        (&csv, "1,\"2\n3", 0),
    ] {
        assert_eq!(whole_rows(layout, text.as_bytes(), false), Ok(expected), "{text:?}");
    }
    assert_eq!(whole_rows(&Layout::Plain, b"1\n2", true), Ok(3));
    assert_eq!(whole_rows(&csv, b"1\n2", true), Ok(3));
    assert_eq!(whole_rows(&csv, b"1\n\"2", true), Err(BadQuote::Open(2)));
}

#[test]
fn a_header_is_the_cells_of_the_first_row_and_where_it_ends() {
    let csv = Layout::Csv {
        column: 0,
        separator: b',',
    };
    for (layout, text, expected) in [
        (&Layout::Tsv(0), "a\tb\r\nc", Some((["a", "b"], 5))),
        (&Layout::Tsv(0), "a\tb", Some((["a", "b"], 3))),
        (&csv, "a,\"b,\"\nc", Some((["a", "b,"], 7))),
        (&csv, "", None),
    ] {
        let expected = expected.map(|(cells, end)| (cells.map(|cell| cell.as_bytes().to_vec()).to_vec(), end));
        assert_eq!(header(layout, text.as_bytes()), Ok(expected), "{text:?}");
    }
    assert_eq!(header(&csv, b"\na,\"b"), Err(BadQuote::Open(3)));
}

#[test]
fn a_plan_adds_clean_text_where_nothing_that_it_adds_needs_an_escape() -> Tested {
    for (class, prefix, suffix, expected) in [
        ("us", "+", "#", true),
        ("u\\ts", "+", "", false),
        ("us", "\\n", "", false),
        ("us", "", "\\r", false),
        ("us", "\\\\", "", false),
    ] {
        let converter = format!(r#"{{"prefix": "{prefix}", "suffix": "{suffix}"}}"#);
        let json = format!(r#"{{"classifiers": {{"{class}": "1"}}, "e164_converters": {{"2": {converter}}}}}"#);
        let document = Document::read(&json.parse::<Json>()?)?;
        let plan = Plan::compile(&document, Judge::Reader(Dialect::Pcre))?;
        assert_eq!(adds_clean(&plan), expected, "{json}");
    }
    Ok(())
}
