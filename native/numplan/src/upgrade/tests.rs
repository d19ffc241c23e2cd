//! Tests of the regexes of a document that another release refuses.

use super::*;
use crate::config::json::Json;
use crate::test_support::Tested;

#[test]
fn the_refused_regexes_of_a_document_are_those_that_the_other_dialect_does_not_read() -> Tested {
    let json = r#"{"classifiers": {"a": "^1", "b": "\\i", "c": "(1)\\1", "d": "(?n)1"}, "e164_converters": {"1{,3}": {}, "\\x": {}}}"#;
    let document = Document::read(&json.parse::<Json>()?)?;
    let refused = |there| {
        let mut regexes: Vec<(String, String)> = refusals(&document, there)
            .into_iter()
            .map(|(regex, refusal)| (String::from_utf8_lossy(&regex).into_owned(), refusal.reason))
            .collect();
        regexes.sort();
        regexes
    };
    let digits = "digits missing after \\x or in \\x{} or \\o{} or \\N{U+}";
    let letter = "unrecognized character follows \\";
    let expected = [("\\i", letter), ("\\x", digits)].map(|(regex, reason)| (regex.to_owned(), reason.to_owned()));
    assert_eq!(refused(Dialect::Pcre2), expected);
    let flag = "unrecognized character after (? or (?-";
    assert_eq!(refused(Dialect::Pcre), [("(?n)1".to_owned(), flag.to_owned())]);
    Ok(())
}
