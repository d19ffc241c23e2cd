//! Tests of what an unclean number is said to hold.

use super::*;
use crate::plan::clean::Kind;

#[test]
fn what_a_number_holds_is_a_list_in_words() {
    for (kinds, expected) in [
        (vec![], ""),
        (vec![Kind::Space], "spaces"),
        (vec![Kind::Space, Kind::Dash], "spaces and dashes"),
        (vec![Kind::Bracket, Kind::Space, Kind::Dot], "brackets, spaces and dots"),
    ] {
        let (cleaned, class) = (b"911".to_vec(), None);
        assert_eq!(Unclean { kinds, cleaned, class }.holds(), expected);
    }
}
