//! Short numbers: those of emergency services and the like, which exist within one region.

use crate::characters::is_plus;
use crate::layout::{NONE, region, short};
use crate::machine::State;
use crate::parse::extracted;
use crate::phone_number::PhoneNumber;
use crate::region::Region;
use crate::world::World;
use std::fmt;

/// Where an emergency number with more digits behind it does not reach the service.
const EXACT_EMERGENCIES: [&str; 3] = ["BR", "CL", "NI"];

/// What a call to a short number costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cost {
    /// Nothing.
    TollFree,
    /// As much as other calls.
    StandardRate,
    /// More than other calls.
    PremiumRate,
    /// It is not known.
    Unknown,
}

impl Cost {
    /// libphonenumber's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Cost::TollFree => "TOLL_FREE",
            Cost::StandardRate => "STANDARD_RATE",
            Cost::PremiumRate => "PREMIUM_RATE",
            Cost::Unknown => "UNKNOWN_COST",
        }
    }
}

impl fmt::Display for Cost {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// A number as a short number of one region, or of the regions that share its calling code.
#[derive(Clone, Copy)]
pub struct ShortNumber<'w> {
    world: &'w World<'w>,
    code: u16,
    digits: &'w [u8],
}

impl World<'_> {
    /// A number as a short one: what is asked of it there says whether it is.
    ///
    /// ```
    /// use numplan_world::{Cost, World};
    ///
    /// let world = World::builtin()?;
    /// let number = world.parse("911", Some("US"))?;
    /// assert!(world.is_emergency("911", "US"));
    /// assert_eq!(world.short_number(&number).cost_in("US"), Cost::TollFree);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn short_number<'w>(&'w self, number: &'w PhoneNumber) -> ShortNumber<'w> {
        ShortNumber {
            world: self,
            code: number.calling_code(),
            digits: number.national().digits(),
        }
    }

    /// Whether a text, as it is dialled in a region, is the number of an emergency service there.
    #[must_use]
    pub fn is_emergency(&self, text: &str, region: &str) -> bool {
        self.emergency(text, region).is_some_and(|(whole, _)| whole)
    }

    /// Whether a text, as it is dialled in a region, may reach an emergency service: in most
    /// regions with further digits behind its number too.
    #[must_use]
    pub fn connects_to_emergency(&self, text: &str, region: &str) -> bool {
        let is_exact = EXACT_EMERGENCIES.contains(&region);
        self.emergency(text, region)
            .is_some_and(|(whole, prefix)| whole || prefix && !is_exact)
    }

    /// Whether a text is an emergency number as a whole, and whether it begins with one.
    fn emergency(&self, text: &str, region: &str) -> Option<(bool, bool)> {
        let mut state = self.region(region)?.short_start()?;
        let number = extracted(self, text);
        if number.starts_with(is_plus) {
            return None;
        }
        let (mut whole, mut prefix) = (false, false);
        for digit in number.chars().filter_map(|letter| self.digit(letter)) {
            state = self.data.step(state, digit)?;
            whole = flags(self, state) & short::EMERGENCY != 0;
            prefix |= whole;
        }
        Some((whole, prefix))
    }
}

impl Region<'_> {
    fn short_start(self) -> Option<State> {
        Some(self.word(region::SHORT_START))
            .filter(|start| *start != NONE)
            .map(State)
    }
}

fn flags(world: &World<'_>, state: State) -> u8 {
    world
        .data
        .verdict(state)
        .and_then(|row| row.get(crate::layout::verdict::FLAGS))
        .copied()
        .unwrap_or_default()
}

impl<'w> ShortNumber<'w> {
    /// Whether a region has short numbers of this length.
    #[must_use]
    pub fn is_possible_in(self, region: &str) -> bool {
        self.here(region).is_some_and(|region| self.has_length_in(region))
    }

    /// Whether it is a short number of a region.
    #[must_use]
    pub fn is_valid_in(self, region: &str) -> bool {
        self.matches_in(region, short::GENERAL | short::SHORT_CODE)
    }

    /// Whether it reaches different services in a region, or none, by the carrier.
    #[must_use]
    pub fn is_carrier_specific_in(self, region: &str) -> bool {
        self.matches_in(region, short::CARRIER_SPECIFIC)
    }

    /// Whether it is for text messages in a region.
    #[must_use]
    pub fn is_sms_service_in(self, region: &str) -> bool {
        self.matches_in(region, short::SMS)
    }

    /// What a call costs in a region.
    #[must_use]
    pub fn cost_in(self, region: &str) -> Cost {
        self.here(region).map_or(Cost::Unknown, |region| self.cost_at(region))
    }

    /// Whether a region of its calling code has short numbers of this length.
    #[must_use]
    pub fn is_possible(self) -> bool {
        self.regions().any(|region| self.has_length_in(region))
    }

    /// Whether it is a short number of a region of its calling code.
    #[must_use]
    pub fn is_valid(self) -> bool {
        let is_shared = self.regions().nth(1).is_some();
        self.region()
            .is_some_and(|region| is_shared || self.is_valid_in(region.name()))
    }

    /// Whether it reaches different services by the carrier, in the first region that has it.
    #[must_use]
    pub fn is_carrier_specific(self) -> bool {
        self.region()
            .is_some_and(|region| self.flags(region) & short::CARRIER_SPECIFIC != 0)
    }

    /// The most that a call may cost in a region of its calling code. In their order, the first
    /// with a premium rate or an unknown one decides.
    #[must_use]
    pub fn cost(self) -> Cost {
        let mut most = None;
        for region in self.regions() {
            match self.cost_at(region) {
                cost @ (Cost::PremiumRate | Cost::Unknown) => return cost,
                Cost::StandardRate => most = Some(Cost::StandardRate),
                Cost::TollFree => most = most.or(Some(Cost::TollFree)),
            }
        }
        most.unwrap_or(Cost::Unknown)
    }

    fn regions(self) -> impl Iterator<Item = Region<'w>> {
        let code = self.world.calling_code(self.code);
        code.into_iter().flat_map(crate::calling_code::CallingCode::regions)
    }

    /// A region, if it has the calling code.
    fn here(self, region: &str) -> Option<Region<'w>> {
        self.regions().find(|found| found.name() == region)
    }

    /// The only region of its calling code, or the first one in which it is valid.
    fn region(self) -> Option<Region<'w>> {
        let mut regions = self.regions();
        let first = regions.next()?;
        if self.regions().nth(1).is_none() {
            return Some(first);
        }
        self.regions()
            .find(|region| self.flags(*region) & short::SHORT_CODE != 0)
    }

    fn matches_in(self, region: &str, wanted: u8) -> bool {
        self.here(region)
            .is_some_and(|region| self.flags(region) & wanted == wanted)
    }

    fn has_length_in(self, region: Region<'_>) -> bool {
        region.short_start().is_some()
            && self.digits.len() < 16
            && region.word(region::SHORT_LENGTHS) >> self.digits.len() & 1 == 1
    }

    fn cost_at(self, region: Region<'_>) -> Cost {
        let flags = self.flags(region);
        if !self.has_length_in(region) {
            Cost::Unknown
        } else if flags & short::PREMIUM_RATE != 0 {
            Cost::PremiumRate
        } else if flags & short::STANDARD_RATE != 0 {
            Cost::StandardRate
        } else if flags & (short::TOLL_FREE | short::EMERGENCY) != 0 {
            Cost::TollFree
        } else {
            Cost::Unknown
        }
    }

    /// The descriptions of a region that match.
    fn flags(self, region: Region<'_>) -> u8 {
        let state = region
            .short_start()
            .and_then(|start| self.world.data.walk(start, self.digits));
        state.map_or(0, |state| flags(self.world, state))
    }
}
