//! Tests of the forms of a number, against Kazoo's pattern in the `regex` crate.

use super::*;

#[test]
fn a_number_has_the_forms_that_kazoos_pattern_gives_it() -> Result<(), regex::Error> {
    // A `$` of Kazoo's holds before a last newline too.
    let pattern = regex::bytes::Regex::new(r"^(?:\+?1)?([2-9][0-9]{2}[2-9][0-9]{6})\n?\z")?;
    let national = [
        "4158867900",
        "1158867900",
        "4151867900",
        "415886790",
        "41588679000",
        "415886790a",
        "2002000000",
    ];
    for national in national {
        for prefix in ["", "1", "+1", "+", "11", "+11", "2", "01", " ", "+2"] {
            for end in ["", "\n", "\n\n", "\r"] {
                let number = format!("{prefix}{national}{end}").into_bytes();
                let found = pattern.captures(&number).and_then(|captures| captures.get(1));
                let npan = found.map(|found| found.as_bytes());
                let with = |prefix: &str| npan.map_or(number.clone(), |npan| [prefix.as_bytes(), npan].concat());
                assert_eq!(to_npan(&number), npan.unwrap_or(&number), "{number:?}");
                assert_eq!(to_1npan(&number), with("1"), "{number:?}");
            }
        }
    }
    Ok(())
}

#[test]
fn the_first_five_bytes_name_the_database() {
    for (number, name) in [
        ("+14158867900", Some("numbers%2F%2B1415")),
        ("14158", Some("numbers%2F14158")),
        ("a-._~9", Some("numbers%2Fa-._~")),
        ("*9 #/1", Some("numbers%2F%2A9%20%23%2F")),
        ("é123", Some("numbers%2F%C3%A9123")),
        ("1415", None),
        ("", None),
    ] {
        assert_eq!(to_db(number.as_bytes()).as_deref(), name, "{number}");
    }
}
