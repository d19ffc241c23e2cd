//! Tests of which digits may be left out behind a `+`.

use super::*;
use crate::test_support::{Tested, pattern};

#[test]
fn a_code_is_the_optional_digits_right_behind_the_first_plus() -> Tested {
    for (regex, codes) in [
        ("^\\+1?\\d{10}$", vec!["1"]),
        ("^\\+(1)?\\d{10}$", vec!["1"]),
        ("^\\+?(?:44)?\\d+$", vec!["44"]),
        ("^(\\+)(?:1|44|353)?\\d+$", vec!["1", "44", "353"]),
        ("\\+(?:1[23])?4", vec!["12", "13"]),
        ("^0\\+1?2", vec!["1"]),
        ("^\\+1?2|^\\+3?4", vec!["1", "3"]),
        ("^[+]1?2", vec!["1"]),
        ("^\\+1\\d{10}$", vec![]),
        ("^\\+1{0,2}2", vec![]),
        ("^\\+1*2", vec![]),
        ("^\\+*1?2", vec![]),
        ("^[+*]1?2", vec![]),
        ("^1?2", vec![]),
        ("^0?1?2", vec![]),
        ("^\\+(?:1234)?5", vec![]),
        ("^\\+(?:a)?5", vec![]),
        ("^\\+(?:1|)?5", vec!["1"]),
        ("^\\+(?:1+)?5", vec![]),
    ] {
        let expected: Vec<Vec<u8>> = codes.into_iter().map(Into::into).collect();
        assert_eq!(optional_codes(&pattern(regex)?), expected, "{regex}");
    }
    Ok(())
}

#[test]
fn up_to_all_codes_of_three_digits_may_be_left_out() -> Tested {
    let all: Vec<String> = (1..=3)
        .flat_map(|width| (0..10_usize.pow(width)).map(move |code| format!("{code:0width$}", width = width as usize)))
        .collect();
    let codes = |codes: &[String]| Tested::Ok(optional_codes(&pattern(&format!("^\\+(?:{})?5", codes.join("|")))?));
    let expected: Vec<Vec<u8>> = all.iter().map(|code| code.clone().into_bytes()).collect();
    assert_eq!(codes(&all)?, expected);
    let more = [all.as_slice(), &["1".to_owned()]].concat();
    assert_eq!(codes(&more)?, Vec::<Vec<u8>>::new());
    Ok(())
}
