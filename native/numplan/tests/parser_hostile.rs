//! Regexes made to take long: reading them ends soon, whether `re` accepts them or not.

use numplan::regex::dialect::Dialect;
use numplan::regex::parser::{self, Reading};
use std::time::{Duration, Instant};

/// Far more than any of this takes, and far less than it would take without bounds.
const PATIENCE: Duration = Duration::from_secs(10);

fn read(name: &str, regex: &str) -> Reading {
    let began = Instant::now();
    let reading = parser::read(regex.as_bytes(), Dialect::Pcre);
    let took = began.elapsed();
    assert!(took < PATIENCE, "{name}: {took:?}");
    reading
}

#[test]
fn an_atomic_group_that_would_be_rewritten_to_much_is_left_to_re() {
    let nested = |count: &str| format!("(?>{}{})d", "(?:c".repeat(100), format!("){count}").repeat(100));
    let many = format!("(?>{})b", ["a"; 999].join("|")).repeat(500);
    let hostile = [
        ("optional groups in each other", nested("?")),
        ("bounded groups in each other", nested("{0,2}")),
        ("unbounded groups in each other", nested("*")),
        ("many alternatives, many times", many),
    ];
    for (name, regex) in hostile {
        assert_eq!(read(name, &regex), Reading::Foreign("an atomic group"), "{name}");
    }
    let codes: Vec<String> = (100..200).map(|code| code.to_string()).collect();
    let usual = format!("^(?>{})(\\d++)$", codes.join("|"));
    assert!(matches!(read("a hundred codes", &usual), Reading::Native(_)));
}

#[test]
fn a_long_regex_is_read_in_linear_time() {
    let names: String = (0..200_000).map(|at| format!("(?<n{at}>)")).collect();
    let sets = (0..100_000u32).map(|at| {
        let bits = at.wrapping_mul(2_654_435_761);
        let bytes = (0..32u32).filter(|bit| bits >> bit & 1 == 1);
        let bytes: String = bytes.map(|bit| format!("\\x{:02x}", 0xA0 + bit)).collect();
        format!("[\\xff{bytes}]*")
    });
    let hostile = [
        ("octal escapes", "\\12".repeat(1_000_000)),
        ("names", names),
        ("look-ahead", "(?=a)".repeat(400_000)),
        ("sets above 127", sets.collect()),
        ("groups in each other", "(".repeat(1_000_000)),
    ];
    for (name, regex) in hostile {
        read(name, &regex);
    }
}
