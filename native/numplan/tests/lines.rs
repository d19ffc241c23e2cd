//! Texts of lines are answered as their numbers are one by one, whatever ends the lines.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use numplan::bulk::lines::{self, Width};
use numplan::plan::clean;
use numplan::{Dialect, Document, Json, Judge, Plan};

fn object(members: impl IntoIterator<Item = (String, Json)>) -> Json {
    let members = members.into_iter().map(|(key, value)| (key.into_bytes(), value));
    Json::Object(members.collect())
}

fn text(text: &str) -> Json {
    Json::String(text.as_bytes().to_vec())
}

/// A plan with `count` classes, of which the last are those of `1`, `2` and lines with a carriage
/// return, and a converter.
fn plan(count: usize, converter: &str) -> Plan {
    let fillers = (0..count.saturating_sub(3)).map(|rank| format!("^9{rank}$"));
    let regexes = fillers.chain(["^\\+1".to_owned(), "^2+$".to_owned(), "\\r".to_owned()]);
    let classes = regexes
        .enumerate()
        .map(|(rank, regex)| (format!("c{rank}"), text(&regex)));
    let json = object([
        ("classifiers".to_owned(), object(classes)),
        (
            "e164_converters".to_owned(),
            object([(converter.to_owned(), object([("prefix".to_owned(), text("+"))]))]),
        ),
        ("reconcile_regex".to_owned(), text("^$")),
    ]);
    let document = Document::read(&json).expect("a document");
    Plan::compile(&document, Judge::Reader(Dialect::Pcre)).expect("a plan")
}

/// All texts of up to `length` of these bytes.
fn texts(length: usize) -> Vec<Vec<u8>> {
    let mut all = vec![Vec::new()];
    let mut from = 0;
    for _ in 0..length {
        let to = all.len();
        for at in from..to {
            all.extend(b"12\r\n".map(|byte| [all[at].as_slice(), &[byte]].concat()));
        }
        from = to;
    }
    all
}

/// The numbers of `text`: what its newlines end, and what stands behind the last one.
fn numbers(text: &[u8]) -> Vec<&[u8]> {
    let mut numbers = Vec::new();
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        numbers.push(match line {
            [number @ .., b'\r', b'\n'] | [number @ .., b'\n'] => number,
            number => number,
        });
    }
    numbers
}

#[test]
fn each_line_is_classified_as_its_number_is() {
    // The first converter is read in one pass with the classes; the root of the second is searched.
    let plans = [
        (plan(3, "^(1+)$"), Width::Bits8),
        (plan(3, "2(1)"), Width::Bits8),
        (plan(255, "^(1+)$"), Width::Bits8),
        (plan(256, "^(1+)$"), Width::Bits16),
    ];
    for (plan, width) in &plans {
        assert_eq!(Width::of(plan), *width);
        let bytes = width.bits() / 8;
        for text in texts(if plan.classes().len() > 3 { 4 } else { 7 }) {
            let ranks = lines::classify(plan, &text);
            let ranks: Vec<u64> = ranks
                .chunks(bytes)
                .map(|rank| rank.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
                .collect();
            let one_by_one = numbers(&text).into_iter().map(|number| plan.classify(number));
            let expected: Vec<u64> = one_by_one
                .map(|class| class.map_or(0, |class| class as u64 + 1))
                .collect();
            assert_eq!(
                ranks,
                expected,
                "{} classes, {:?}",
                plan.classes().len(),
                String::from_utf8_lossy(&text)
            );
        }
    }
}

#[test]
fn each_line_is_normalised_and_cleaned_as_its_number_is() {
    for plan in [plan(3, "^(1+)$"), plan(3, "2(1)")] {
        for text in texts(7) {
            let numbers = numbers(&text);
            assert_eq!(lines::numbers(&text).collect::<Vec<_>>(), numbers);
            let each = |answer: &dyn Fn(&[u8]) -> Vec<u8>| {
                let lines = numbers.iter().map(|number| [answer(number), b"\n".to_vec()].concat());
                lines.collect::<Vec<_>>().concat()
            };
            assert_eq!(
                lines::normalize(&plan, &text),
                each(&|number| plan.normalize(number).into_owned())
            );
            assert_eq!(lines::clean(&text), each(&|number| clean::clean(number).to_vec()));
        }
    }
}
