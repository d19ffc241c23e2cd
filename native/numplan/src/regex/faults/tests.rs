//! Tests: which patterns are left to `re` for a fault of PCRE, and which are not though they look
//! much like these.

use super::*;
use crate::regex::parser::{Reading, read};

/// Why `regex` is left to `re`; `None` where it is native.
fn left_to_re(regex: &str, dialect: Dialect) -> Option<&'static str> {
    match read(regex.as_bytes(), dialect) {
        Reading::Native(_) => None,
        Reading::Foreign(why) => Some(why),
        Reading::Invalid(error) => Some(error.reason),
    }
}

/// In PCRE 8 the first regexes are left to `re` for this reason, and the others are native. PCRE2
/// does not have the fault.
fn check(why: &str, foreign: &[&str], native: &[&str]) {
    for regex in foreign {
        assert_eq!(left_to_re(regex, Dialect::Pcre), Some(why), "{regex}");
        assert_ne!(left_to_re(regex, Dialect::Pcre2), Some(why), "{regex}");
    }
    for regex in native {
        assert_eq!(left_to_re(regex, Dialect::Pcre), None, "{regex}");
    }
}

#[test]
fn a_look_ahead_to_anything_at_the_start_is_taken_for_an_anchor() {
    let foreign = [
        "(?s)(?=.*1)2",
        "(?s)((?=.*1)2)",
        "(?s)(?:(?=.*1)2)+",
        "(?s)(?=(.*1))2",
        "(?s)(?=(?:.*1)+)2",
        "(?s)(?=(?=.*1)2)3",
        "(?s)(?=.*1)2|(?=.*3)4",
        "(?s)(?=.*1)2|^3",
        "(?s)(?=.*1|.*2)3",
        "(?s)(?=[\\s\\S]*1)2",
        "(?s)(?=.*?1)2",
    ];
    let native = [
        "(?s)(?!.*1)2",
        "(?s)(?!(?=.*1)2)3",
        "(?s)(?<=1)2",
        "(?s)(?<!1)2",
        "(?s).*1",
        "(?s)^(?=.*1)2",
        "(?s)2(?=.*1)",
        "(?s)(?=.+1)2",
        "(?s)(?=.?1)2",
        "(?s)(?=.{0,3}1)2",
        "(?s)(?=1*3)2",
        "(?=.*1)2",
        "(?s)(?=(?:.*1)*)2",
        "(?s)(?=(?:.*1)?)2",
        "(?s)(?:(?=.*1)2)*",
        "(?s)(?=.*1|2)3",
        "(?s)(?=.*1)2|3",
        "(?s)1|(?=.*3)2",
        "^1|^2",
        "(?s)(?:^1)+",
    ];
    check("a look-ahead to anything, at the start", &foreign, &native);
}

#[test]
fn a_look_ahead_to_a_byte_makes_pcre_8_ask_for_two_of_them() {
    let foreign = [
        "(?=0)0",
        "((?=0))0",
        "(?=01)0",
        "(?=(?:0))0",
        "(?=0|0)1",
        "(?=0+)0",
        "(?=0+1)10",
        "\\K(?=0)0",
        "(?:)(?=0)0",
        "(?=1)(?=0)0",
        "(?:(?=0)0)+",
        "(?=(?=0)[01])0",
        "2|(?=0)0",
        "(?=2)3|0(?!2)",
        "(?=0)1(?<=0)",
        "(?i)(?=a)a",
        "(?=[aA])[aA]",
        "(?=[aA])a",
    ];
    let native = [
        "(?=0)1",
        "(?=0)[01]",
        "(?=0)[0-9]",
        "(?=[01])01",
        "(?=[ab])ab",
        "(?!0)10",
        "(?<=0)10",
        "(?<!0)10",
        "1(?=0)0",
        "(?:1|2)(?=0)0",
        "^(?=0)0",
        "$(?=0)0",
        "(?=0?)0",
        "(?=0*1)0",
        "(?=)00",
        "(?=0)11",
        "00",
    ];
    check("a look-ahead to a byte that is required again", &foreign, &native);
}

#[test]
fn alternatives_in_an_atomic_group_may_be_tried_again() {
    let foreign = [
        "(?>(1|2)3)",
        "(?>((?:1|2)3))",
        "(?>1|(2|3))",
        "(?:\\d|0)?+0",
        "(?:1|2){0,3}+",
        "(1|2)?+",
    ];
    let native = [
        "(?>1|2)",
        "(?>(1)|2)",
        "(?>(?:1|2)3)",
        "(?:1|2)*+",
        "(?:1|2)++",
        "(1|2)*+",
        "(1)?+2",
        "(1|2)?3",
    ];
    check(ALTERNATIVES, &foreign, &native);
}

#[test]
fn captures_of_a_possessive_repetition_are_kept_in_the_next_round() {
    let foreign = [
        "(?:([13])*+2)+",
        "(?:([13])++2){2}",
        "(?:(?:(1)*+2)+3)+",
        "(?:(?:(1)*+2)3)*",
        "(?|(1)*+2|(3))",
        "(?|(1)++2|(3))",
    ];
    let native = [
        "(?:([13])*+2)?",
        "(?:([13])*+2){1}",
        "([13])*+2",
        "(?:[13]*+2)+",
        "(?:(?:13)*+2)+",
        "(?:([13])*2)+",
    ];
    let native = [
        native.as_slice(),
        &["(?|(1)*2|(3))", "(?|(1)?+2|(3))", "(?:(1)*+2|(3))"],
    ]
    .concat();
    check(CAPTURES, &foreign, &native);
}

/// Both dialects make a repetition possessive by mistake in front of such a group.
#[test]
fn an_atomic_group_that_may_be_empty_hides_what_follows_it_from_a_repetition() {
    const WHAT: &str = "an atomic group that may match nothing, behind a repetition";
    let foreign = [
        "[01]+(?>a?)1",
        "[01]+b{0}(?>a?)1",
        "[01]+b?(?>a?)1",
        "[01]+a*+(?>b?)1",
        "[01]+(?=2)(?>a?)1",
        "[01]+(?<!2)(?>a?)1",
        "[01]+\\b(?>a?)1",
        "[01]+(?#2)(?>a?)1",
        "(?:2|[01]+)(?>a?)1",
        "(?:[01]+|2)(?>a?)1",
        "(?|[01]+|2)(?>a?)1",
        "(?|2|[01]+)(?>a?)1",
        "[01]+(?:2|(?>a?))1",
        "[01]+(?|2|(?>a?))1",
        "(?:(?>a?)[01]*){2}1",
        "(?:(?>a?)[01]*)*1",
        "(?:(?>a?)2?)+1",
        "[01]?(a)?+1",
        "[01]{1,2}(a){0,2}+1",
        "[01]*(?:a){0,1}+1",
    ];
    let native = [
        "(?>a?)1",
        "[01](?>a?)1",
        "[01]{2}(?>a?)1",
        "[01]+b(?>a?)1",
        "[01]+b{2}(?>a?)1",
        "[01]+(?:b)(?>a?)1",
        "[01]+(?>a)1",
        "[01]+(?>a)(?>b?)1",
        "[01]+a++(?>b?)1",
        "[01]a*+(?>b?)1",
        "[01]+(a)++(?>b?)1",
        "[01]+(?=(?>2?)3)1",
        "(?=[01]+)(?>a?)1",
        "(?:(?>a?)[01]*){1}1",
        "(?:(?>a?)[01]*)?1",
        "(?:(?>a?)b){1}1",
        "(?:(?>a?)b)+1",
        "(?:b(?>a?))+1",
        "(?:[01]*2)+1",
        "(?:[01]*)+1",
        "[01]+a?+1",
        "[01]+(a)*+1",
        "(?:[01]+2|3)(?>a?)1",
    ];
    for dialect in [Dialect::Pcre, Dialect::Pcre2] {
        for regex in foreign {
            assert_eq!(left_to_re(regex, dialect), Some(WHAT), "{regex}");
        }
        for regex in native {
            assert_eq!(left_to_re(regex, dialect), None, "{regex}");
        }
    }
}

/// Sets that have just these bytes in common are matched as if they had none.
#[test]
fn a_repetition_that_meets_what_follows_in_a_misjudged_byte_is_left_to_re() {
    let why = "a repetition that meets what may follow it in the bytes 133, 160 or 255 alone";
    for (regex, in_pcre, in_pcre2) in [
        ("[\\xA01]+[\\xA02]", true, true),
        ("[\\x851]+[\\x852]", true, true),
        ("[\\xFF1]+[\\xFF2]", true, false),
        ("[\\xA01]+[\\xA01]", false, false),
        ("[\\xA01]{2}[\\xA02]", false, false),
        ("[\\xA01][\\xA02]", false, false),
        ("[\\xA11]+[\\xA12]", false, false),
        ("(?:[\\xA01]+|3)(?=[\\xA02])", true, true),
    ] {
        for (dialect, expected) in [(Dialect::Pcre, in_pcre), (Dialect::Pcre2, in_pcre2)] {
            let found = left_to_re(regex, dialect);
            assert_eq!(found, Some(why).filter(|_| expected), "{regex} in {dialect:?}");
        }
    }
}
