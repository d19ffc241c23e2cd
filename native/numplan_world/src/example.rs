//! Examples of numbers, as the metadata has them.

use crate::calling_code::CallingCode;
use crate::layout::region;
use crate::number_type::NumberType;
use crate::phone_number::PhoneNumber;
use crate::region::Region;

/// The types that are looked for among numbers of a calling code of no country, in this order.
const GLOBAL_TYPES: [NumberType; 7] = [
    NumberType::Mobile,
    NumberType::TollFree,
    NumberType::SharedCost,
    NumberType::Voip,
    NumberType::Voicemail,
    NumberType::Uan,
    NumberType::PremiumRate,
];

impl Region<'_> {
    /// A number of a type in this region; `None` where it has none. `Unknown` has no examples.
    ///
    /// ```
    /// use numplan_world::{NumberType, World};
    ///
    /// let world = World::builtin()?;
    /// let region = world.region("GB").ok_or("no region")?;
    /// let number = region.example(NumberType::TollFree).ok_or("no example")?;
    /// assert_eq!(number.to_string(), "+448001234567");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn example(self, kind: NumberType) -> Option<PhoneNumber> {
        let example = self.text(region::EXAMPLES + kind as usize)?;
        self.world.parse(example, Some(self.name())).ok()
    }
}

impl CallingCode<'_> {
    /// A number with this calling code of no country; `None` for codes of countries.
    #[must_use]
    pub fn example(self) -> Option<PhoneNumber> {
        let main = self.main_region().filter(|main| main.is_global())?;
        let examples = GLOBAL_TYPES
            .into_iter()
            .filter_map(|kind| main.text(region::EXAMPLES + kind as usize));
        let mut numbers = examples.map(|example| format!("+{}{example}", self.digits().as_str()));
        numbers.find_map(|number| self.world.parse(&number, None).ok())
    }
}
