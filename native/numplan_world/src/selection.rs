//! Which valid numbers are meant: those of some regions and of some types.

use crate::lookup::Lookup;
use crate::number_type::NumberType;
use crate::region::Region;
use crate::world::World;
use std::fmt;

/// The valid numbers of some regions and of some types.
///
/// A number is one of them if it is valid for one of the regions ([`Lookup::is_valid_for`]) and has
/// one of the types ([`Lookup::number_type`]). A number that several regions share, such as one of
/// +1 800, is valid for each of them. `FIXED_LINE_OR_MOBILE` is a type of its own here, as it is
/// for libphonenumber: its numbers are neither among those of `FIXED_LINE` nor of `MOBILE`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// The regions, `001` for calling codes of no country; `None` for all of them.
    pub regions: Option<Vec<String>>,
    /// The types; `None` for all of them.
    pub types: Option<Vec<NumberType>>,
}

impl Selection {
    /// Whether a number is one of them.
    #[must_use]
    pub fn has(&self, number: Lookup<'_>) -> bool {
        let valid = |region: Region<'_>| self.has_region(region) && number.is_valid_for(region);
        self.has_type(number.number_type()) && (self.regions.is_none() || number.calling_code().regions().any(valid))
    }

    pub(crate) fn has_type(&self, kind: NumberType) -> bool {
        kind != NumberType::Unknown && self.types.as_ref().is_none_or(|types| types.contains(&kind))
    }

    pub(crate) fn has_region(&self, region: Region<'_>) -> bool {
        let is_it = |name: &String| name == region.name();
        self.regions.as_ref().is_none_or(|names| names.iter().any(is_it))
    }

    /// The regions in which no number has one of the types.
    #[must_use]
    pub fn regions_without_numbers(&self, world: &World<'_>) -> Vec<&str> {
        let names = self.regions.iter().flatten();
        let alone = |name: &String| Selection {
            regions: Some(vec![name.clone()]),
            types: self.types.clone(),
        };
        let without = names.filter(|name| world.numbers(&alone(name)).is_empty());
        without.map(String::as_str).collect()
    }

    /// The types that no number of the regions has.
    #[must_use]
    pub fn types_without_numbers(&self, world: &World<'_>) -> Vec<NumberType> {
        let types = self.types.iter().flatten().copied();
        let alone = |kind: NumberType| Selection {
            regions: self.regions.clone(),
            types: Some(vec![kind]),
        };
        types.filter(|kind| world.numbers(&alone(*kind)).is_empty()).collect()
    }
}

impl fmt::Display for Selection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("valid numbers")?;
        if let Some(regions) = &self.regions {
            write!(formatter, " of {}", regions.join(", "))?;
        }
        if let Some(types) = &self.types {
            let names: Vec<&str> = types.iter().map(|kind| kind.name()).collect();
            write!(formatter, " of the type {}", names.join(" or "))?;
        }
        Ok(())
    }
}
