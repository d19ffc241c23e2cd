use super::{Digits, MOST};
use proptest::prelude::*;

fn digits(text: &str) -> Digits {
    Digits::leading(text.as_bytes().iter())
}

#[test]
fn reads_up_to_fifteen_digits_and_stops_at_other_bytes() {
    assert_eq!(digits("0049").to_string(), "+0049");
    assert_eq!(digits("12a3").to_string(), "+12");
    assert_eq!(digits(&"9".repeat(40)).to_string(), format!("+{}", "9".repeat(MOST)));
    assert_eq!(digits("").len(), 0);
    assert_eq!(Digits::of_number(b"1900"), None);
    assert_eq!(Digits::of_number(b""), None);
    assert_eq!(Digits::of_number(b"+1900"), Some(digits("1900")));
}

proptest! {
    /// The order is that of texts, and one begins with the other where its text does.
    #[test]
    fn is_ordered_as_text(one in "[0-9]{1,15}", other in "[0-9]{1,15}", more in "[0-9]{0,14}") {
        let longer: String = format!("{one}{more}").chars().take(MOST).collect();
        for other in [other, longer] {
            let (a, b) = (digits(&one), digits(&other));
            prop_assert_eq!(a.cmp(&b), one.cmp(&other));
            if a <= b {
                prop_assert_eq!(a.begin(b), other.starts_with(&one));
            }
            prop_assert_eq!(a.to_string(), format!("+{one}"));
            for (at, digit) in one.bytes().enumerate() {
                prop_assert_eq!(a.at(at), digit - b'0');
            }
        }
    }
}
