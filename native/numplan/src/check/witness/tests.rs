//! Tests of how much memory a witness takes.

use super::*;

#[test]
fn its_size_is_its_own_and_that_of_its_bytes() {
    let size = |number: &str, e164: &str, class: Option<&str>| {
        let witness = Witness {
            number: number.into(),
            e164: e164.into(),
            class: class.map(Into::into),
            needs_re: false,
        };
        witness.size() - size_of::<Witness>()
    };
    assert_eq!(size("", "", None), 0);
    assert_eq!(size("123", "", None), 3);
    assert_eq!(size("", "+1234", None), 5);
    assert_eq!(size("", "", Some("did_us")), 6);
    assert_eq!(size("123", "+1234", Some("did_us")), 14);
}
