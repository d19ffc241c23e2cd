use crate::config::document::{Document, Numbers, Summary};
use crate::config::json::{Json, JsonError};
use crate::config::problem::Problem;
use numplan_world::{NumberType, Selection};

fn survey(class: &str) -> Result<(Option<Document>, Vec<String>), JsonError> {
    let json: Json = format!("{{\"classifiers\": {{\"c\": {class}}}}}").parse()?;
    let (document, problems) = Document::survey(&json);
    Ok((document, problems.iter().map(Problem::to_string).collect()))
}

fn problems(class: &str) -> Result<Vec<String>, JsonError> {
    Ok(survey(class)?.1)
}

/// The problems of regions and types beside a regex.
fn of_world(world: &str) -> Result<Vec<String>, JsonError> {
    problems(&format!(r#"{{"regex": "^1", "world": {world}}}"#))
}

#[test]
fn a_class_may_be_regions_and_types() -> Result<(), JsonError> {
    let (document, problems) = survey(
        r#"{"world": {"region": ["JM", "001", "JM"], "type": ["PREMIUM_RATE", "PREMIUM_RATE"]}, "regex": "^\\+1900"}"#,
    )?;
    assert_eq!(problems, Vec::<String>::new());
    let class = document.iter().flat_map(|document| &document.classifiers).next();
    let class = class.unwrap_or_else(|| unreachable!());
    assert_eq!(class.path.to_string(), "classifiers.c.world");
    assert_eq!(class.regex, b"");
    let summary = class.set.as_ref().map(|set| set.numbers.summary());
    let selection = Selection {
        regions: Some(vec!["JM".to_owned(), "001".to_owned()]),
        types: Some(vec![NumberType::PremiumRate]),
    };
    assert_eq!(summary, Some(Summary::World(selection)));
    let stated = class.stated_regex().map(|(path, regex)| (path.to_string(), regex));
    assert_eq!(stated, Some(("classifiers.c.regex".to_owned(), br"^\+1900".as_slice())));
    Ok(())
}

#[test]
fn either_list_may_be_absent() -> Result<(), JsonError> {
    for (world, number, other) in [
        (r#"{"region": ["FR"]}"#, "+33123456789", "+442079460000"),
        (r#"{"type": ["MOBILE"]}"#, "+447911123456", "+442079460000"),
    ] {
        let (document, problems) = survey(&format!(r#"{{"world": {world}, "numplan_only": true}}"#))?;
        assert_eq!(problems, Vec::<String>::new());
        let class = document.iter().flat_map(|document| &document.classifiers).next();
        let Some(Numbers::World(world)) = class.and_then(|class| class.set.as_ref()).map(|set| &set.numbers) else {
            unreachable!("no set")
        };
        assert!(world.numbers.has(number.as_bytes()) && !world.numbers.has(other.as_bytes()));
    }
    Ok(())
}

#[test]
fn what_is_no_region_or_type_is_refused_with_what_is() -> Result<(), JsonError> {
    let at = "classifiers.c.world";
    let a_region =
        "(a region is its code of ISO 3166-1 in capitals, such as GB, or 001 for calling codes of no country)";
    let a_type = "(a type is one of FIXED_LINE, MOBILE, FIXED_LINE_OR_MOBILE, TOLL_FREE, PREMIUM_RATE, SHARED_COST, \
                  VOIP, PERSONAL_NUMBER, PAGER, UAN, VOICEMAIL)";
    for (world, expected) in [
        ("{}", vec![format!("{at}: expected region, type or both")]),
        (
            "1",
            vec![format!(
                "{at}: expected an object with region, type or both, got a number"
            )],
        ),
        (
            r#"["JM"]"#,
            vec![format!(
                "{at}: expected an object with region, type or both, got a list"
            )],
        ),
        (
            r#"{"region": []}"#,
            vec![format!("{at}.region: the list is empty: leave it out for all of them")],
        ),
        (
            r#"{"region": "JM"}"#,
            vec![format!("{at}.region: expected a list, got a string")],
        ),
        (
            r#"{"region": null}"#,
            vec![format!("{at}.region: expected a list, got null")],
        ),
        (
            r#"{"region": [1]}"#,
            vec![format!("{at}.region.0: expected a string, got a number")],
        ),
        (
            r#"{"region": ["FR"], "types": ["MOBILE"]}"#,
            vec![format!("{at}.types: expected region or type")],
        ),
        (
            r#"{"region": ["FR", "jm", "UK", "ZZ", "JAM", ""], "type": ["MOBILE"]}"#,
            vec![
                format!("{at}.region.1: jm is not known (did you mean JM)"),
                format!("{at}.region.2: UK is not known (did you mean GB)"),
                format!("{at}.region.3: ZZ is not known {a_region}"),
                format!("{at}.region.4: JAM is not known {a_region}"),
                format!("{at}.region.5:  is not known {a_region}"),
            ],
        ),
        (
            r#"{"type": ["toll free", "PREMIUM", "UNKNOWN"]}"#,
            vec![
                format!("{at}.type.0: toll free is not known (did you mean TOLL_FREE)"),
                format!("{at}.type.1: PREMIUM is not known {a_type}"),
                format!("{at}.type.2: UNKNOWN is not known {a_type}"),
            ],
        ),
    ] {
        assert_eq!(of_world(world)?, expected, "{world}");
    }
    Ok(())
}

#[test]
fn a_class_without_numbers_is_refused() -> Result<(), JsonError> {
    assert_eq!(
        of_world(r#"{"region": ["US"], "type": ["MOBILE"]}"#)?,
        [
            "classifiers.c.world: there are no valid numbers of US of the type MOBILE (numbers of these regions do not say \
          whether they are of a fixed line or mobile: their type is FIXED_LINE_OR_MOBILE)"
        ]
    );
    assert_eq!(
        of_world(r#"{"region": ["001"], "type": ["PAGER", "FIXED_LINE"]}"#)?,
        ["classifiers.c.world: there are no valid numbers of 001 of the type PAGER or FIXED_LINE"]
    );
    Ok(())
}

#[test]
fn a_class_needs_a_regex_or_says_that_it_is_for_numplan_alone() -> Result<(), JsonError> {
    let world = r#""world": {"region": ["JM"]}"#;
    assert_eq!(
        problems(&format!("{{{world}}}"))?,
        [
            "classifiers.c: a class by the world's plan, and no regex for nodes of Kazoo (add a regex that approximates it, \
          or \"numplan_only\": true: Kazoo reads a class without a regex as ^$)"
        ]
    );
    assert_eq!(
        problems(&format!(r#"{{{world}, "numplan_only": true}}"#))?,
        Vec::<String>::new()
    );
    assert_eq!(
        problems(&format!(r#"{{{world}, "prefixes": ["1"], "numplan_only": true}}"#))?,
        ["classifiers.c.world: a class has either prefixes or this, and not both"]
    );
    Ok(())
}

#[test]
fn the_states_of_all_classes_are_bounded() -> Result<(), JsonError> {
    let class = r#"{"world": {"type": ["MOBILE", "FIXED_LINE"]}, "numplan_only": true}"#;
    let classes: Vec<String> = (0..400).map(|at| format!("\"c{at}\": {class}")).collect();
    let json: Json = format!("{{\"classifiers\": {{{}}}}}", classes.join(", ")).parse()?;
    let (document, problems) = Document::survey(&json);
    assert!(document.is_none());
    let [problem] = problems.as_slice() else {
        unreachable!("{problems:?}")
    };
    assert!(
        problem
            .to_string()
            .contains("states of classes by the world's plan, at most 200000"),
        "{problem}"
    );
    Ok(())
}
