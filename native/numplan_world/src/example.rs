//! Examples of numbers, as the metadata has them.

use crate::layout::region;
use crate::number_type::NumberType;
use crate::phone_number::PhoneNumber;
use crate::world::World;

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

impl World<'_> {
    /// A number of a type in a region; `None` where there is none.
    ///
    /// ```
    /// use numplan_world::{NumberType, World};
    ///
    /// let world = World::builtin()?;
    /// let number = world.example("GB", NumberType::TollFree).ok_or("no example")?;
    /// assert_eq!(number.to_string(), "+448001234567");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn example(&self, region: &str, kind: NumberType) -> Option<PhoneNumber> {
        let example = self.region(region)?.text(region::EXAMPLES + kind as usize)?;
        self.parse(example, Some(region)).ok()
    }

    /// A number with a calling code of no country, such as 800; `None` for codes of countries.
    #[must_use]
    pub fn global_example(&self, code: u16) -> Option<PhoneNumber> {
        let main = self.calling_code(code)?.main_region().filter(|main| main.is_global())?;
        let examples = GLOBAL_TYPES
            .into_iter()
            .filter_map(|kind| main.text(region::EXAMPLES + kind as usize));
        let mut numbers = examples.map(|example| format!("+{code}{example}"));
        numbers.find_map(|number| self.parse(&number, None).ok())
    }
}
