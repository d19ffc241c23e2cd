//! The built-in tables: libphonenumber's data, area codes, and postal codes.

use crate::phone::Phone;
use crate::postal::Postal;
use crate::table::{Damaged, Table};
use rlibphonenumber::PhoneNumberUtil;

/// The tables. Opening them takes some milliseconds, most of them for libphonenumber's metadata.
pub struct Known {
    util: PhoneNumberUtil,
    geocodes: Table,
    carriers: Table,
    time_zones: Table,
    countries: Table,
    provinces: Table,
    postal: Postal,
}

macro_rules! table {
    ($name:literal) => {
        Table::open(
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
            util: PhoneNumberUtil::new().map_err(|_| Damaged)?,
            geocodes: table!("geocodes")?,
            carriers: table!("carriers")?,
            time_zones: table!("time_zones")?,
            countries: table!("countries")?,
            provinces: table!("provinces")?,
            postal: Postal::open()?,
        })
    }

    /// Parses a number in international form with its `+`; `None` where `text` is not a number.
    #[must_use]
    pub fn read(&self, text: &str) -> Option<Phone<'_>> {
        Phone::read(&self.util, text)
    }

    /// The location of `phone` by libphonenumber's geocoder, in English: a city, a state or a
    /// country; `None` where the number is not valid or could be in several countries.
    #[must_use]
    pub fn geocode(&self, phone: &Phone<'_>) -> Option<&'static str> {
        if !phone.has_kind() {
            return None;
        }
        let place = match phone.is_geographical() {
            true => self.geocodes.longest(digits(&phone.without_mobile_token())),
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
            true => Some(self.carriers.longest(digits(&phone.e164()))?.0),
            false => None,
        }
    }

    /// The possible time zones of `phone`, by their IANA names; empty where it is not valid.
    pub fn time_zones(&self, phone: &Phone<'_>) -> impl Iterator<Item = &'static str> {
        let zones = match (phone.has_kind(), phone.is_geographical()) {
            (false, _) => None,
            (true, true) => self.time_zones.longest(digits(&phone.e164())),
            (true, false) => self.time_zones.longest(phone.calling_code().to_string().as_bytes()),
        };
        zones.into_iter().flat_map(|(zones, _)| zones.split('&'))
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

fn digits(e164: &str) -> &[u8] {
    e164.strip_prefix('+').unwrap_or(e164).as_bytes()
}
