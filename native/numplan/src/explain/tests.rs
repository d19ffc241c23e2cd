//! Tests of when separators are said to change the answer.

use super::*;
use crate::config::json::Json;
use crate::regex::dialect::Dialect;
use crate::test_support::Tested;

#[test]
fn separators_are_reported_where_the_number_has_another_answer_without_them() -> Tested {
    let json = r#"{"classifiers": {"us": "^\\+1"}, "e164_converters": {"^(1\\d)$": {"prefix": "+"}, "^0 (\\d)$": {}, "^3(4)$": {"prefix": "3-"}}}"#;
    let document = Document::read(&json.parse::<Json>()?)?;
    for (number, expected) in [
        ("12", None),
        // Another number, and a class.
        ("1-2", Some(("12", Some("us")))),
        // Another number, in the same class: in none.
        ("2-3", Some(("23", None))),
        // A rule removes it.
        ("0 3", None),
        // A rule adds it.
        ("3-4", None),
        // No telephone can dial what is left.
        ("a-b", None),
    ] {
        let explained = explain(
            &document,
            Judge::Reader(Dialect::Pcre),
            number.as_bytes(),
            &Answers::default(),
        )?;
        let Explained::Done(explanation) = explained else {
            return Err("a question".into());
        };
        let found = explanation.unclean.map(|unclean| (unclean.cleaned, unclean.class));
        let expected = expected.map(|(cleaned, class): (&str, Option<&str>)| {
            (
                cleaned.as_bytes().to_vec(),
                class.map(|class| class.as_bytes().to_vec()),
            )
        });
        assert_eq!(found, expected, "{number}");
    }
    Ok(())
}
