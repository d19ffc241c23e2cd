//! Tests of which constructs are found, and where.

use super::*;

/// The construct that begins and ends there, in a class where the bracket before it is open.
type Found = (usize, usize, bool, What);

fn check(regex: &str, expected: &[Found]) {
    let found: Vec<Found> = scan(regex.as_bytes())
        .into_iter()
        .map(|one| (one.offset, one.end, one.in_class, one.what))
        .collect();
    assert_eq!(found, expected, "{regex}");
}

#[test]
fn escapes_in_which_dialects_differ_are_found() {
    check("1\\i", &[(1, 3, false, What::UnknownLetter)]);
    check("[\\i]", &[(1, 3, true, What::UnknownLetter)]);
    check("[]\\i]", &[(2, 4, true, What::UnknownLetter)]);
    check("[^]\\i]", &[(3, 5, true, What::UnknownLetter)]);
    check("[\\A]\\A", &[(1, 3, true, What::NoMember)]);
    check("\\xg", &[(0, 2, false, What::NoDigits)]);
    check("1\\x", &[(1, 3, false, What::NoDigits)]);
    check("\\x41\\x4", &[]);
    check("\\x{41}\\i", &[(6, 8, false, What::UnknownLetter)]);
    check(
        "\\x{ 41}\\i",
        &[(0, 7, false, What::Blank), (7, 9, false, What::UnknownLetter)],
    );
    check("[\\o{101\t}]", &[(1, 9, true, What::Blank)]);
    check(
        "\\c\u{1}\\i",
        &[(0, 3, false, What::Control), (3, 5, false, What::UnknownLetter)],
    );
    check("\\c\\\\i", &[(3, 5, false, What::UnknownLetter)]);
    check("\\w1\\W", &[(0, 2, false, What::Letters), (3, 5, false, What::Letters)]);
    check("\\d\\D\\s\\h\\v\\n\\.", &[]);
}

#[test]
fn a_reference_to_a_group_that_is_not_there_is_found_by_its_number() {
    check("\\8", &[(0, 2, false, What::NoGroup)]);
    check("(1)\\9", &[(3, 5, false, What::NoGroup)]);
    check(&format!("{}\\8", "(1)".repeat(8)), &[]);
    let groups = "(1)".repeat(85);
    check(&format!("{groups}\\89"), &[(255, 257, false, What::NoGroup)]);
    check(&format!("{groups}\\85"), &[]);
    check("[\\8]\\7", &[]);
}

#[test]
fn members_of_classes_in_which_dialects_differ_are_found() {
    check("[\\w]", &[(1, 3, true, What::Letters)]);
    check("[[:alpha:]]", &[(1, 10, true, What::Letters)]);
    check("[[:^alpha:]]", &[(1, 11, true, What::Letters)]);
    check("[[:digit:]]", &[]);
    check("[\\d-a]", &[(3, 4, true, What::DashAfterSet)]);
    check("[\\H-a]", &[(3, 4, true, What::DashAfterSet)]);
    check("[[:digit:]-a]", &[(10, 11, true, What::DashAfterSet)]);
    check("[\\d-]\\i", &[(5, 7, false, What::UnknownLetter)]);
    check("[a-z-9]", &[]);
}

#[test]
fn groups_in_which_dialects_differ_are_found() {
    check("(?=1\\K2)\\K", &[(4, 6, false, What::KeepInLook)]);
    check("(?<!(1\\K))", &[(6, 8, false, What::KeepInLook)]);
    check("1\\K(2\\K)", &[]);
    check("(?=[\\K])", &[(4, 6, true, What::NoMember)]);
    check("(?''1)", &[(0, 4, false, What::EmptyName)]);
    check("(?s--m)1", &[(0, 7, false, What::TwoHyphens)]);
    check("(?s-m)1", &[]);
    check(
        "(?i)\\i",
        &[(0, 4, false, What::Caseless), (4, 6, false, What::UnknownLetter)],
    );
    check(
        "(?i:\\i)",
        &[(0, 4, false, What::Caseless), (4, 6, false, What::UnknownLetter)],
    );
    check(
        "(?^)\\i",
        &[(0, 4, false, What::NewFlag), (4, 6, false, What::UnknownLetter)],
    );
    check("(?n:1)", &[(0, 4, false, What::NewFlag)]);
    check("(?#\\i)\\i", &[(6, 8, false, What::UnknownLetter)]);
    check("(?<name>\\i)", &[(8, 10, false, What::UnknownLetter)]);
    check("(?P<name>\\i)", &[(9, 11, false, What::UnknownLetter)]);
    check("(?'name'\\i)", &[(8, 10, false, What::UnknownLetter)]);
    let name = "n".repeat(33);
    check(&format!("(?<{name}>1)"), &[(0, 37, false, What::LongName)]);
    check(&format!("(?P<{name}>1)"), &[(0, 38, false, What::LongName)]);
    check(&format!("(?'{name}'1)"), &[(0, 37, false, What::LongName)]);
    check(&format!("(?<{name}'1)"), &[]);
    check(&format!("(?<{}>1)", "n".repeat(32)), &[]);
}

#[test]
fn braces_that_one_dialect_reads_as_a_repetition_are_found() {
    check("1{,3}", &[(1, 5, false, What::Brace)]);
    check(
        "1{ 2 }\\i",
        &[(1, 6, false, What::Brace), (6, 8, false, What::UnknownLetter)],
    );
    check("1{2}{2,}{2,3}{x}{,}", &[]);
    check("[{,3}]", &[]);
}

#[test]
fn a_scan_ends_where_a_byte_may_mean_something_else() {
    check("(*atomic:\\i)", &[(0, 2, false, What::NewVerb)]);
    for regex in [
        "(*ACCEPT)\\i",
        "\\Q\\i",
        "[\\E\\i]",
        "[\\Q\\i]",
        "[\\d-\\E\\i]",
        "\\p{L}\\i",
        "\\P{L}\\i",
        "(?x)\\i",
        "(?C1)\\i",
        "(?(1)\\i)",
        "[:alpha:]\\i",
        "[[:none:]]\\i",
        "(?#\\i",
        "[\\",
    ] {
        check(regex, &[]);
    }
    check("\\E\\i", &[(2, 4, false, What::UnknownLetter)]);
}
