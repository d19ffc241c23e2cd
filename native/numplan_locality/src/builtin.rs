//! The built-in tables: libphonenumber's data, area codes, and postal codes.

use crate::phone::Phone;
use crate::postal::Postal;
use crate::prefix_table::PrefixTable;
use crate::table::{Damaged, Table};
use numplan_world::World;

/// The tables. Opening them takes a millisecond.
pub struct Known {
    world: World<'static>,
    geocodes: PrefixTable,
    carriers: PrefixTable,
    time_zones: PrefixTable,
    countries: Table,
    provinces: Table,
    postal: Postal,
}

macro_rules! table {
    ($kind:ident, $name:literal) => {
        $kind::open(
            include_bytes!(concat!("../data/", $name, ".fst")),
            include_bytes!(concat!("../data/", $name, ".texts")),
        )
    };
}

impl Known {
    /// Opens the tables.
    ///
    /// # Errors
    ///
    /// [`Damaged`] when a built-in table cannot be read.
    pub fn open() -> Result<Self, Damaged> {
        Ok(Self {
            world: World::open_builtin().map_err(|_| Damaged)?,
            geocodes: table!(PrefixTable, "geocodes")?,
            carriers: table!(PrefixTable, "carriers")?,
            time_zones: table!(PrefixTable, "time_zones")?,
            countries: table!(Table, "countries")?,
            provinces: table!(Table, "provinces")?,
            postal: Postal::open()?,
        })
    }

    /// The numbering plans.
    #[must_use]
    pub fn world(&self) -> &World<'static> {
        &self.world
    }

    /// Reads a number in international form with its `+`; `None` where `text` is not a number.
    #[must_use]
    pub fn read(&self, text: &str) -> Option<Phone<'_>> {
        Phone::read(&self.world, text)
    }

    /// The location of `phone` by libphonenumber's geocoder, in English: a city, a state or a
    /// country; `None` where the number is not valid or could be in several countries.
    #[must_use]
    pub fn geocode(&self, phone: &Phone<'_>) -> Option<&'static str> {
        if !phone.is_valid() {
            return None;
        }
        let place = match phone.is_geographical() {
            true => match phone.without_mobile_token() {
                None => self.geocodes.longest(phone.digits()),
                Some(digits) => self.geocodes.longest(digits.as_bytes()),
            },
            false => None,
        };
        place.map(|(text, _)| text).or_else(|| self.country(phone))
    }

    fn country(&self, phone: &Phone<'_>) -> Option<&'static str> {
        self.countries.get(phone.only_region()?.as_bytes())
    }

    /// The first holder of the range of a mobile or pager number; `None` where it is unknown, as in
    /// all of the United States and Canada.
    #[must_use]
    pub fn carrier(&self, phone: &Phone<'_>) -> Option<&'static str> {
        match phone.is_mobile() {
            true => Some(self.carriers.longest(phone.digits())?.0),
            false => None,
        }
    }

    /// The possible time zones of `phone`, by their IANA names; empty where it is not valid.
    pub fn time_zones(&self, phone: &Phone<'_>) -> impl Iterator<Item = &'static str> {
        let zones = match (phone.is_valid(), phone.is_geographical()) {
            (false, _) => None,
            (true, true) => self.time_zones.longest(phone.digits()),
            (true, false) => self.time_zones.longest(phone.calling_code_digits()),
        };
        zones.into_iter().flat_map(|(zones, _)| zones.split(['&']))
    }

    /// The state or province of a North American area code, as two letters.
    #[must_use]
    pub fn province(&self, npa: &[u8]) -> Option<&'static str> {
        self.provinces.get(npa)
    }

    /// The geocode of a code `1NPANXX`, mostly a city with its state; `None` where only its area
    /// code has one.
    #[must_use]
    pub fn label(&self, code: &[u8]) -> Option<&'static str> {
        self.geocodes
            .longest(code)
            .filter(|(_, length)| *length > 4)
            .map(|(text, _)| text)
    }

    /// Postal data.
    #[must_use]
    pub fn postal(&self) -> &Postal {
        &self.postal
    }
}
