//! Texts of digits and punctuation alone, which are read in a way of their own: with a parameter of
//! a URI behind them, which means nothing, they are read in the general way.
#![expect(clippy::expect_used, reason = "a test ends so")]

use numplan_world::World;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn a_text_is_read_as_it_is_with_a_parameter_behind_it(
        text in "[+(]{0,2}[0-9]{1,4}[-0-9 ()./]{2,22}",
        region in prop::sample::select(vec!["GB", "US", "DE", "IT", "AR", "BR", "MX", "KR", "CI", "001", "ZZ"]),
    ) {
        let world = World::builtin().expect("the data is whole");
        prop_assume!(text.bytes().filter(u8::is_ascii_digit).count() > 2);
        let with_parameter = format!("{text};isub=1");
        prop_assert_eq!(world.parse(&text, Some(region)), world.parse(&with_parameter, Some(region)));
        prop_assert_eq!(world.parse(&text, None), world.parse(&with_parameter, None));
    }

    #[test]
    fn a_number_is_identified_as_it_is_read(digits in "[1-9][0-9]{2,18}") {
        let world = World::builtin().expect("the data is whole");
        let number = format!("+{digits}");
        let read = world.parse(&number, None).ok();
        let read = read.as_ref().and_then(|number| number.lookup(world));
        let national = |number: &numplan_world::Lookup<'_>| (number.calling_code().number(), *number.national());
        prop_assert_eq!(world.identify(number.as_bytes()).as_ref().map(national), read.as_ref().map(national));
        if let Some(found) = world.identify_e164(number.as_bytes()) {
            prop_assert_eq!(Some(national(&found)), read.as_ref().map(national));
        }
    }
}
