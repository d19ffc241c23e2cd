//! Tests of what flags, quotations and quantifiers mean, of the depth of groups, and of the size
//! that PCRE compiles a pattern to at most.

use super::*;
use crate::dfa::automaton::Automaton;
use crate::dfa::{determinize, look_around};
use crate::test_support::{Tested, pattern, subjects};

#[test]
fn flags_comments_and_quotations_mean_what_they_do_in_the_regex_crate() -> Tested {
    // Each regex with one of that crate, which has no comments in brackets and no quotations.
    let regexes = [
        ("(?i)aB", "(?i)aB"),
        ("(?i:a)b", "(?i:a)b"),
        ("(?-i)a(?i)b|a", "a(?i:b)|(?i:a)"),
        ("(a(?i)b)b", "(a(?i:b))b"),
        ("(?i-i)a", "a"),
        ("(?i)a(?-i)b", "(?i:a)b"),
        ("(?s).b", "(?s).b"),
        ("a.b", "a.b"),
        ("(?x) a b #c\nb", "abb"),
        ("(?x)a\\ b", "a b"),
        ("(?x)\\Qa #\\E b", "a #b"),
        ("(?x)a[ ]b", "a b"),
        ("(?x)a #b", "a"),
        ("a #b", "a #b"),
        ("a b", "a b"),
        ("(?x:a b) b", "ab b"),
        ("(?m)^b", "(?m)^b"),
        ("(?m)a$", "(?m)a$"),
        // Behind the last newline no line begins.
        ("(?m)a\n^", "(?s)a\n."),
        ("a(?#b)b", "ab"),
        ("a(?#)*", "a*"),
        ("\\Qa.b\\E.", "a\\.b."),
        ("\\Qa|b", "a\\|b"),
        ("\\Qa(\\E+b", "a\\(+b"),
        ("a\\Q\\E+b", "a+b"),
        ("\\Qa\\E\\Qb\\E", "ab"),
        ("a\\Eb", "ab"),
        ("a*\\Q{2}\\E", "a*\\{2\\}"),
        ("(?U)a+?b", "a+b"),
        ("(?U:a{2})b", "a{2}b"),
        ("(?J)ab", "ab"),
        ("(?:a|b){2}b", "(?:a|b){2}b"),
        ("a{,2}b", "a\\{,2\\}b"),
        ("a{b", "a\\{b"),
        ("a{1b", "a\\{1b"),
        ("{a", "\\{a"),
        ("(?<a_1>a)b", "(a)b"),
        ("(?P<a_1>a)b", "(a)b"),
        ("(?'a_1'a)b", "(a)b"),
        ("(?|a|b)b", "(?:a|b)b"),
        ("\\N{2}b", "[^\\n]{2}b"),
        ("\\N*b\\z", "[^\\n]*b\\z"),
        ("a\\Cb", "(?s)a.b"),
        ("\\Ga\\z", "\\Aa\\z"),
        ("a\\bb|b\\b", "b\\b"),
        ("a\\Bb", "a\\Bb"),
    ];
    for (regex, oracle) in regexes {
        let Reading::Native(pattern) = read(regex.as_bytes(), Dialect::Pcre) else {
            return Err(format!("{regex} is not native").into());
        };
        let program = look_around::compile(&pattern, false, 1_000).map_err(|_| "too large")?;
        let automaton = Automaton::build(&[(0, &program)], 1 << 20).map_err(|_| "too large")?;
        let oracle = regex::bytes::Regex::new(oracle)?;
        for subject in subjects(b"aAbB", 4).into_iter().chain(subjects(b"ab .#\n|({1,2}", 4)) {
            let is_match = automaton.answer(automaton.read(automaton.start(), &subject)).is_some();
            let shown = String::from_utf8_lossy(&subject).into_owned();
            assert_eq!(is_match, oracle.is_match(&subject), "{regex} on {shown:?}");
        }
    }
    Ok(())
}

#[test]
fn groups_are_native_up_to_120_deep() {
    for opening in ["(", "(?:", "(?i:", "(?<n>", "(?|", "(?|1|", "(?:1|"] {
        let nested = |depth: usize| {
            let regex: String = (0..depth)
                .map(|name| opening.replace('n', &format!("n{name}")))
                .collect();
            read(format!("{regex}1{}", ")".repeat(depth)).as_bytes(), Dialect::Pcre)
        };
        assert!(matches!(nested(120), Reading::Native(_)), "{opening}");
        assert_eq!(nested(121), Reading::Foreign("groups nested deeply"), "{opening}");
    }
}

#[test]
fn a_name_is_native_where_every_release_takes_it() {
    let named = |name: &str| format!("(?<{name}>1)");
    let long = |length| named(&"n".repeat(length));
    let both = [
        named("a"),
        named("_"),
        named("a1_B"),
        long(32),
        format!("{}{}", named("a"), named("b")),
    ];
    let neither = [
        named("1"),
        named(""),
        named("a-b"),
        long(129),
        format!("{}{}", named("a"), named("a")),
        "(?<a".to_owned(),
        "(?<a1)".to_owned(),
        "(?|(?<a>1))".to_owned(),
    ];
    let is_native = |regex: &str, dialect| matches!(read(regex.as_bytes(), dialect), Reading::Native(_));
    for dialect in [Dialect::Pcre, Dialect::Pcre2] {
        assert!(both.iter().all(|regex| is_native(regex, dialect)), "{both:?}");
        assert!(!neither.iter().any(|regex| is_native(regex, dialect)), "{neither:?}");
    }
    for (length, in_pcre) in [(33, false), (128, false)] {
        assert_eq!(is_native(&long(length), Dialect::Pcre), in_pcre);
        assert!(is_native(&long(length), Dialect::Pcre2));
    }
}

#[test]
fn groups_are_counted_from_left_to_right_and_once_in_a_branch_reset() {
    for (regex, groups) in [
        ("1", 0),
        ("(1)(?:2)(?=3)", 1),
        ("((1)2)(?<n>3)(?P<m>4)", 4),
        ("(?|(1)|(2)(3)|4)", 2),
        ("(?|(1)(2)|(3))(4)", 3),
        ("(1)(?|(2)|(3))(4)", 3),
        ("(?|(?|(1)|(2))|3)(4)", 2),
    ] {
        let groups_read = match read(regex.as_bytes(), Dialect::Pcre) {
            Reading::Native(pattern) => Some((pattern.groups, pattern.node.highest_group())),
            Reading::Foreign(_) | Reading::Invalid(_) => None,
        };
        assert_eq!(groups_read, Some((groups, groups)), "{regex}");
    }
}

/// A literal counts as 4 bytes, a class as 40; a branch, a group or a repetition adds 16; a group
/// is copied as often as it is repeated.
#[test]
fn the_size_is_the_sum_of_what_the_parts_may_take() {
    for (regex, size) in [
        ("", 0),
        ("1", 4),
        ("12^$", 16),
        ("\\d.", 8),
        ("[12]", 40),
        ("[12]1", 44),
        ("1|2", 4 + 16 + 4),
        ("1|2|3", 4 + 2 * (16 + 4)),
        ("1*", 4 + 16),
        ("12*", 4 + 4 + 16),
        ("1{2,9}", 4 + 16),
        ("[12]{3}", 40 + 16),
        ("(1)", 4 + 16 + 4),
        ("(?:1)", 4 + 16 + 4),
        ("(?=1)", 4 + 16 + 4),
        ("(?<=1)", 4 + 16 + 4),
        ("(?>1)", 4 + 16 + 4),
        ("(?|1|2)", 4 + 16 + 4 + 4),
        ("(?:1)?", 4 + 16 + 4 + 16),
        ("(1)*", 4 + 16 + 4 + 16),
        ("(1){3}", 3 * (4 + 16 + 4 + 16)),
        ("(1){2,5}", 5 * (4 + 16 + 4 + 16)),
        ("(1){4,}", 4 * (4 + 16 + 4 + 16)),
        ("2(1){3}", 4 + 3 * (4 + 16 + 4 + 16)),
        ("(1){0}", 4 + 16 + 4 + 16),
        ("\\Q(\\E{3}", 4 + 16),
        ("((1){2}){3}", 3 * (2 * (4 + 16 + 4 + 16) + 16 + 4 + 16)),
        ("(1){65535}", 1 << 20),
        ("2((1){65535}){65535}", 4 + (1 << 20)),
    ] {
        let (reading, found) = read_sized(regex.as_bytes(), Dialect::Pcre);
        assert!(matches!(reading, Reading::Native(_)), "{regex}");
        assert_eq!(found, size, "{regex}");
    }
}

#[test]
fn what_is_wrong_is_reported_where_it_stands() {
    for (regex, offset) in [
        ("*", 0),
        ("1**", 2),
        ("1*{2}", 4),
        ("1*+?", 3),
        ("1*?+", 3),
        // Also where only `re` would run what stands before.
        ("(1|2)?+*", 7),
        ("(1|2)?+{2}", 9),
        ("^+", 1),
        ("1|+", 2),
        ("(?:+)", 3),
        ("{2}", 2),
        ("^{2,3}", 5),
        ("1)", 1),
        ("(1", 2),
        ("1\\", 2),
        ("[1", 2),
    ] {
        match read(regex.as_bytes(), Dialect::Pcre) {
            Reading::Invalid(error) => assert_eq!(error.offset, offset, "{regex}: {error}"),
            reading => assert_eq!(reading, Reading::Foreign("nothing"), "{regex}"),
        }
    }
}

#[test]
fn a_syntax_error_says_what_is_wrong_and_where() {
    let (reason, offset) = ("nothing to repeat", 2);
    let error = SyntaxError { reason, offset };
    assert_eq!(error.to_string(), "nothing to repeat at offset 2");
}

#[test]
fn a_question_mark_or_the_flag_makes_a_quantifier_lazy_and_both_make_it_greedy() -> Tested {
    for (regex, expected) in [
        ("1*", false),
        ("1*?", true),
        ("1{2,3}", false),
        ("1{2,3}?", true),
        ("1??", true),
        ("(?U)1*", true),
        ("(?U)1*?", false),
        ("(?U:1+)", true),
        ("(?U-U)1*", false),
    ] {
        match pattern(regex)?.node {
            Node::Repeat { lazy, .. } => assert_eq!(lazy, expected, "{regex}"),
            node => return Err(format!("{regex}: {node:?}").into()),
        }
    }
    Ok(())
}

#[test]
fn only_pcre2_skips_the_next_line_byte_with_the_flag_x() -> Tested {
    for (dialect, matching) in [(Dialect::Pcre, b"1\x852".as_slice()), (Dialect::Pcre2, b"12")] {
        for (regex, extended) in [(b"^1\x852$".as_slice(), false), (b"(?x)^1\x852$", true)] {
            let Reading::Native(pattern) = read(regex, dialect) else {
                return Err(format!("not native in {dialect:?}").into());
            };
            let expected = if extended { matching } else { b"1\x852" };
            let program = look_around::compile(&pattern, false, 1_000).map_err(|_| "too large")?;
            for subject in [b"1\x852".as_slice(), b"12"] {
                assert_eq!(
                    determinize::matches(&program, subject),
                    subject == expected,
                    "{dialect:?}"
                );
            }
        }
    }
    Ok(())
}

#[test]
fn constructs_that_both_dialects_read_alike_are_native_in_both() {
    for regex in [
        "1{0}2",
        "(1){2}",
        "(1){1}2",
        "(?:1)*",
        "(1)+?2",
        "1*+2",
        "1?+",
        "1{2}+3",
        "(1)*+2",
        "(?>1|2)",
        "(?>1*)2",
        "(?i)1",
        "(?-i)1",
        "(?i-s)1",
        "(?s:.)",
        "(?m)^1$",
        "^\\A\\G1\\Z\\z$",
        "\\b1\\B",
        "(?=1)2",
        "(?!1)2",
        "(?<=1)2",
        "(?<!1|2)3",
        "1\\K2",
        "[[:digit:]_]",
        "[^1-3]",
        "[\\d]",
        "\\D\\S\\W",
        "(?|(1)|(2))",
        "(?<n>1)",
        "(1?)*",
        "(?:1|)2",
        "()1",
        "(|1)2",
        "1(?#2)3",
        "(?x)1 2#3",
        "\\Q1\\E2",
        "\\x{31}",
        "\\x31",
        "\\0",
        "]",
        "}",
        "1{",
        "1{x}",
        "[]1]",
        "[1-]",
        "\\N{2}",
    ] {
        for dialect in [Dialect::Pcre, Dialect::Pcre2] {
            let reading = read(regex.as_bytes(), dialect);
            let is_native = matches!(reading, Reading::Native(_));
            assert!(is_native, "{regex} in {dialect:?}: {reading:?}");
        }
    }
}

#[test]
fn what_only_re_runs_is_named() {
    for (regex, what) in [
        ("(*ACCEPT)1", "a verb"),
        ("(1)?(?(1)2)", "a conditional"),
        ("(?R)", "a recursion"),
        ("(?1)(1)", "a recursion"),
        ("(?+1)(1)", "a recursion"),
        ("(?&n)(?<n>1)", "a recursion"),
        ("(?C)1", "an extended group"),
        ("(?i", "flags that do not end"),
        ("(?iq)", "an unusual flag"),
        ("(?#1", "a comment that does not end"),
        ("(1)\\1", "a back-reference"),
        ("\\g{1}(1)", "a back-reference"),
        ("\\k<n>(?<n>1)", "a back-reference"),
        ("\\R", "\\R"),
        ("\\X", "an escape"),
        ("1\0", "a NUL byte"),
        ("(?:)*", "a repetition of nothing"),
        ("(^)*", "a repeated assertion"),
        ("()*", "a repeated assertion"),
        ("(?=1)*", "a repeated assertion"),
        ("1*(?#2)*", "a quantifier behind a comment"),
        ("(?=1\\K2)", "\\K in look-around"),
        ("(?=^1)", "a look-ahead that looks behind"),
        ("(?=(?<=1)2)", "a look-ahead that looks behind"),
        ("(?<=1$)", "a look-behind that looks ahead"),
        ("(?<=1*)2", "a look-behind of no fixed width"),
        ("(?<=2(?:1|23))4", "a look-behind of no fixed width"),
        ("[:alpha:]", "a POSIX name outside a class"),
        ("[[:alpha]]", "a POSIX name"),
        ("[[:none:]]", "a POSIX name"),
        ("[\\d-1]", "a dash after a set in a class"),
        ("[1-\\d]", "a dash before a set in a class"),
        ("[1-3-5]", "a dash after a range in a class"),
        ("(?i)[[:upper:]]", "a letter case that (?i) changes"),
    ] {
        assert_eq!(read(regex.as_bytes(), Dialect::Pcre), Reading::Foreign(what), "{regex}");
    }
    // Each branch of a look-behind has its own width.
    assert!(matches!(read(b"(?<=1|23)4", Dialect::Pcre), Reading::Native(_)));
}

#[test]
fn a_second_hyphen_between_flags_is_refused_by_pcre2_alone() {
    for regex in [b"(?i--s)1".as_slice(), b"(?-i-s)1", b"(?i-s-m:1)"] {
        assert!(matches!(read(regex, Dialect::Pcre), Reading::Native(_)));
        assert!(matches!(read(regex, Dialect::Pcre2), Reading::Invalid(error) if error.reason == SECOND_HYPHEN));
    }
}

#[test]
fn a_look_behind_of_one_group_whose_branches_differ_in_length_is_left_to_re() {
    // OTP 25's `re` refuses the first ones: "lookbehind assertion is not fixed length".
    for regex in [
        "(?<=(?:1|23))4",
        "(?<!(?i:1|23))4",
        "(?<=(?|1|23))4",
        "(?<=(?:(?:1|23)))4",
        "(?<=(?:1|23)|5)4",
    ] {
        assert_eq!(
            read(regex.as_bytes(), Dialect::Pcre),
            Reading::Foreign("a look-behind of no fixed width"),
            "{regex}"
        );
    }
    for regex in ["(?<=1|23)4", "(?<=(?:1|2))4", "(?<=(?i)1|23)4", "(?<=(?:))4"] {
        assert!(
            matches!(read(regex.as_bytes(), Dialect::Pcre), Reading::Native(_)),
            "{regex}"
        );
    }
}
