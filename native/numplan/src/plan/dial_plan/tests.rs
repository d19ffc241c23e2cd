//! Tests of a chain of steps that stops at a rule which only `re` runs.

use super::*;
use crate::config::document::Document;
use crate::config::json::Json;
use crate::plan::Plan;
use crate::plan::rule::Judge;
use crate::regex::dialect::Dialect;
use crate::test_support::Tested;
use std::collections::HashMap;

#[test]
fn a_chain_goes_on_behind_the_step_or_behind_all_that_is_nested_in_it() -> Tested {
    // In it stands a rule for what begins with `a`, and behind it one for all numbers.
    let nested = "'dialplan': {'^a(.*)$': {'prefix': 'b'}}";
    let rules = format!("{{'^(1)\\\\1': {{'prefix': 'a', 'suffix': 'c', {nested}}}, '^(.*)$': {{'suffix': 'z'}}}}");
    let json = format!("{{'classifiers': {{}}, 'e164_converters': {{}}, 'dial_plan': {rules}}}");
    let json: Json = json.replace('\'', "\"").parse()?;
    let plan = Plan::compile(&Document::read(&json)?, Judge::Re(Dialect::Pcre, &HashMap::new()))?;
    let dial_plan = plan.dial_plan().ok_or("no dial plan")?;
    let (step, number) = (0, b"112".to_vec());
    let regex = b"^(1)\\1".as_slice();
    assert_eq!(dial_plan.apply_full(b"112"), Dialled::Re { step, regex, number });
    let done = |number: &str| Dialled::Done(number.as_bytes().to_vec());
    let resume = |step, root: Option<&str>| dial_plan.resume(step, b"112".to_vec(), root.map(str::as_bytes));
    assert_eq!(resume(0, Some("1")), done("b1cz"));
    assert_eq!(resume(0, None), done("112z"));
    assert_eq!(resume(1, None), done("112z"));
    assert_eq!(resume(2, None), done("112"));
    assert_eq!(resume(9, None), done("112"));
    Ok(())
}
