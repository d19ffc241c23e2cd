//! Tests of results that are not compared.

use super::*;
use crate::config::json::Json;
use crate::regex::dialect::Dialect;
use crate::test_support::Tested;

#[test]
fn results_that_get_far_apart_while_they_are_built_are_reported() -> Tested {
    let document = |converter: String| -> Tested<Document> {
        let json = format!(r#"{{"classifiers": {{}}, "e164_converters": {{"{converter}": {{"prefix": "+"}}}}}}"#);
        Ok(Document::read(&json.parse::<Json>()?)?)
    };
    // Both keep as many ones, the first ones or the last ones.
    for (count, missing) in [(10, vec![]), (70, vec![Missing::TooFarApart])] {
        let old = document(format!("^(1{{{count}}})1{{{count}}}$"))?;
        let new = document(format!("^1{{{count}}}(1{{{count}}})$"))?;
        let judge = Judge::Reader(Dialect::Pcre);
        let found = diff((&old, judge), (&new, judge), &Options::default())?;
        assert_eq!((found.rewritten, found.missing), (vec![], missing), "{count}");
    }
    Ok(())
}
