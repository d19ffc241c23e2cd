//! Records of CSV, compared with the grammar of RFC 4180 as a regex, for all short texts.
#![expect(clippy::expect_used, reason = "a test ends so")]

use numplan::bulk::csv::{self, Records};
use regex::bytes::Regex;

/// All texts of the letters, up to a length.
fn texts(letters: &[u8], longest: usize) -> Vec<Vec<u8>> {
    let mut all = vec![Vec::new()];
    let mut from = 0;
    for _ in 0..longest {
        let until = all.len();
        for at in from..until {
            for letter in letters {
                let mut text = all[at].clone();
                text.push(*letter);
                all.push(text);
            }
        }
        from = until;
    }
    all
}

const CELL: &str = r#"(?:"(?:[^"]|"")*"|(?:[^",\n][^,\n]*)?)"#;

/// Lines of cells, the empty ones among them.
fn grammar() -> Regex {
    Regex::new(&format!("^(?s-u:{CELL}(?:,{CELL})*(?:\n{CELL}(?:,{CELL})*)*)$")).expect("a regex")
}

/// The cells of each record, with the quotes taken away, by the grammar.
fn records_by_grammar(text: &[u8], cell: &Regex) -> Vec<Vec<Vec<u8>>> {
    let (mut records, mut record, mut rest) = (Vec::new(), Vec::new(), text);
    loop {
        let raw = cell.find(rest).expect("an empty cell at least").as_bytes();
        let inner = raw.strip_prefix(b"\"").and_then(|raw| raw.strip_suffix(b"\""));
        record.push(inner.map_or(raw.to_vec(), |inner| {
            String::from_utf8_lossy(inner).replace("\"\"", "\"").into_bytes()
        }));
        let end = rest.get(raw.len()).copied();
        if end != Some(b',') {
            let line = std::mem::take(&mut record);
            // A line without anything is no record.
            if !(line == [b""] && raw.is_empty()) {
                records.push(line);
            }
        }
        match end {
            None => return records,
            Some(_) => rest = &rest[raw.len() + 1..],
        }
    }
}

#[test]
fn texts_that_the_grammar_has_are_read_by_it_and_others_are_found_out() {
    let grammar = grammar();
    let cell = Regex::new(&format!("^(?s-u:{CELL})")).expect("a regex");
    for text in texts(b"a,\"\n", 7) {
        let mut records = Records::new(&text, b',');
        let (mut read, mut is_bad) = (Vec::new(), false);
        while let Some(record) = records.next() {
            is_bad |= record.bad_quote().is_some();
            read.push(
                (0..)
                    .map_while(|at| record.cell(at).map(<[u8]>::to_vec))
                    .collect::<Vec<_>>(),
            );
        }
        let shown = String::from_utf8_lossy(&text).into_owned();
        assert_eq!(!is_bad, grammar.is_match(&text), "{shown:?}");
        if !is_bad {
            assert_eq!(read, records_by_grammar(&text, &cell), "{shown:?}");
            assert_eq!(csv::whole_records(&text, b',', true), Ok(text.len()), "{shown:?}");
        }
        if csv::whole_records(&text, b',', true).is_err() {
            assert!(is_bad, "{shown:?}");
        }
    }
}

#[test]
fn a_quote_that_is_never_closed_is_found_wherever_the_text_is_cut() {
    for text in texts(b"a,\"\n", 6) {
        let whole = csv::whole_records(&text, b',', true);
        for cut in 0..=text.len() {
            let (first, rest) = text.split_at(cut);
            let pieces = csv::whole_records(first, b',', false).and_then(|whole| {
                let mut pending = first[whole..].to_vec();
                pending.extend(rest);
                csv::whole_records(&pending, b',', true)
            });
            let shown = String::from_utf8_lossy(&text).into_owned();
            assert_eq!(pieces.is_err(), whole.is_err(), "{shown:?} cut at {cut}");
        }
    }
}

#[test]
fn records_end_at_each_usual_end_of_line() {
    for ending in ["\n", "\r\n", "\r"] {
        let text = ["a,\"b", "c\"", "d,e"].join(ending);
        let mut records = Records::new(text.as_bytes(), b',');
        let first = records.next().expect("a record");
        assert_eq!(first.row, format!("a,\"b{ending}c\"").as_bytes());
        assert!(first.is_complete);
        let second = records.next().expect("a record");
        assert_eq!((second.row, second.is_complete), (b"d,e".as_slice(), false));
        assert!(records.next().is_none());
        let end = text.len() - "d,e".len();
        assert_eq!(csv::whole_records(text.as_bytes(), b',', false), Ok(end));
    }
}
