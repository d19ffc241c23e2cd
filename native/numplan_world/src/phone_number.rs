//! Numbers that were read from a text.

use crate::lookup::Lookup;
use crate::number::National;
use crate::world::World;
use std::fmt;

/// Where the calling code of a number comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// From behind a plus sign.
    NumberWithPlusSign,
    /// From behind an international prefix.
    NumberWithIdd,
    /// From the beginning of the number, without a prefix.
    NumberWithoutPlusSign,
    /// From the region in which it was read.
    DefaultCountry,
    /// From nowhere: none is known.
    Unspecified,
}

impl Source {
    /// libphonenumber's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Source::NumberWithPlusSign => "FROM_NUMBER_WITH_PLUS_SIGN",
            Source::NumberWithIdd => "FROM_NUMBER_WITH_IDD",
            Source::NumberWithoutPlusSign => "FROM_NUMBER_WITHOUT_PLUS_SIGN",
            Source::DefaultCountry => "FROM_DEFAULT_COUNTRY",
            Source::Unspecified => "UNSPECIFIED",
        }
    }
}

/// A number with what was written around it. As text it is in E.164 form.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PhoneNumber {
    code: u16,
    national: National,
    extension: String,
    source: Source,
    carrier: String,
}

impl PhoneNumber {
    pub(crate) fn new(code: u16, national: National, extension: String, source: Source, carrier: String) -> Self {
        Self {
            code,
            national,
            extension,
            source,
            carrier,
        }
    }

    /// A number of its parts. The calling code may be one that is not in use.
    #[must_use]
    pub fn from_parts(code: u16, national: National, extension: &str) -> Self {
        Self::new(code, national, extension.to_owned(), Source::Unspecified, String::new())
    }

    /// The number, to be dialled by a carrier.
    #[must_use]
    pub fn with_carrier_code(self, carrier: &str) -> Self {
        Self {
            carrier: carrier.to_owned(),
            ..self
        }
    }

    /// The country calling code.
    #[must_use]
    pub fn calling_code(&self) -> u16 {
        self.code
    }

    /// The digits behind the calling code.
    #[must_use]
    pub fn national(&self) -> &National {
        &self.national
    }

    /// The digits of the extension as they were written; empty where there is none.
    #[must_use]
    pub fn extension(&self) -> &str {
        &self.extension
    }

    /// Where the calling code comes from.
    #[must_use]
    pub fn source(&self) -> Source {
        self.source
    }

    /// The code of a carrier that was dialled with it; empty where there is none.
    #[must_use]
    pub fn carrier_code(&self) -> &str {
        &self.carrier
    }

    /// What is known of the number; `None` where the world has no such calling code.
    #[must_use]
    pub fn lookup<'w>(&self, world: &'w World<'w>) -> Option<Lookup<'w>> {
        Lookup::new(world.calling_code(self.code)?, self.national)
    }
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "+{}{}", self.code, self.national.as_str())
    }
}
