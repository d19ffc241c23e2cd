//! Tests of the bounds within which a rule is native, each by the largest rule within it and the
//! smallest beyond.

use super::*;

type Tested<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// Why `regex` is left to `re` as a converter; `None` where it is native.
fn left_to_re(regex: &str) -> Option<&'static str> {
    let mut compiler = RuleCompiler::new(Judge::Re(Dialect::Pcre, &REFUSED_NONE));
    match compiler.rewriting(regex.as_bytes(), &Path::root()) {
        Compiled::Re(_, why) => Some(why),
        Compiled::Native(..) | Compiled::Refused => None,
    }
}

static REFUSED_NONE: std::sync::LazyLock<HashMap<Vec<u8>, Refusal>> = std::sync::LazyLock::new(HashMap::new);

#[test]
fn a_search_has_up_to_5_000_instructions() {
    // The match, and the two ends of the whole and of the group, are five of them.
    let one_group = |bytes: usize| format!("1(2){}", "3".repeat(bytes - 2));
    assert_eq!(left_to_re(&one_group(4_995)), None);
    assert_eq!(left_to_re(&one_group(4_996)), Some("captures in a long pattern"));
    // A set of four ranges and more counts twice.
    let ranges = |sets: usize| format!("1(2){}", "[3579]".repeat(sets));
    assert_eq!(left_to_re(&ranges(2_496)), None);
    assert_eq!(left_to_re(&format!("1{}", ranges(2_496))), None);
    assert_eq!(
        left_to_re(&format!("11{}", ranges(2_496))),
        Some("captures in a long pattern")
    );
    let of_three_ranges = format!("1(2){}", "[357]".repeat(4_993));
    assert_eq!(left_to_re(&of_three_ranges), None);
}

#[test]
fn a_search_has_up_to_50_000_slots_in_its_instructions_together() {
    // With 24 groups there are 50 slots, each with its instruction, beside the match and the bytes.
    let groups = |bytes: usize| format!("{}{}", "(1)".repeat(24), "2".repeat(bytes - 24));
    assert_eq!(left_to_re(&groups(1_000 - 51)), None);
    assert_eq!(left_to_re(&groups(1_001 - 51)), Some("too many captures"));
}

#[test]
fn a_rule_that_only_matches_has_up_to_200_000_instructions() -> Tested {
    let compiled = |regex: &str| {
        let mut compiler = RuleCompiler::new(Judge::Reader(Dialect::Pcre));
        let compiled = compiler.matching(regex.as_bytes(), &Path::root());
        (matches!(compiled, Compiled::Native(..)), compiler.room)
    };
    let bytes = |bytes: usize| format!("^(?:1{{50000}}){{3}}1{{{}}}", bytes - 150_000);
    // The match and `^` are two.
    assert_eq!(compiled(&bytes(199_998)), (true, 6_000_000 - 200_000));
    assert_eq!(compiled(&bytes(199_999)), (false, 6_000_000));
    Ok(())
}

#[test]
fn captures_in_look_around_and_loops_of_nothing_are_left_to_re_where_a_root_is_searched_for() {
    for (regex, why) in [
        ("1(?=2(3))", Some("captures in look-ahead or look-behind")),
        ("1(?=23)", None),
        ("1(2)(?=3)", None),
        ("1(?!2(3))(4)", None),
        ("(1)(?:2?)*", Some("a loop that may match nothing, around captures")),
        ("(1)(?:2)*", None),
    ] {
        assert_eq!(left_to_re(regex), why, "{regex}");
    }
}

#[test]
fn a_regex_is_refused_by_the_parser_or_by_re() {
    let refusal = Refusal {
        reason: "no".to_owned(),
        offset: 0,
    };
    let refused = HashMap::from([(b"^1".to_vec(), refusal)]);
    let (reader, re) = (Judge::Reader(Dialect::Pcre), Judge::Re(Dialect::Pcre, &refused));
    for (regex, by_reader, by_re) in [
        ("^1", false, true),
        ("^+2", true, false),
        ("^2", false, false),
        ("(1)\\1", false, false),
    ] {
        let regex = regex.as_bytes();
        assert_eq!([is_refused(regex, reader), is_refused(regex, re)], [by_reader, by_re]);
        assert_eq!(
            [is_refused_by_re(regex, reader), is_refused_by_re(regex, re)],
            [by_reader, by_re]
        );
    }
}
