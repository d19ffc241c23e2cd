//! The location and carrier of a number, by the operator's snapshot or else the built-in tables.

use crate::builtin::Known;
use crate::phone::Phone;
use crate::snapshot::{Entry, Snapshot};
use numplan_world::NumberType;
use std::borrow::Cow;

/// The source of a part of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source<'a> {
    /// `block`, `nxx` or `npa` of the operator's or built-in data; `prefix` of libphonenumber's.
    pub by: &'static str,
    /// The date or version of that data.
    pub as_of: &'a str,
    /// The fields that were derived from others, since the data do not have them.
    pub derived: Vec<&'static str>,
}

/// The location and carrier of a number. Unknown values are `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer<'a> {
    /// The country, by its code of two letters in ISO 3166-1.
    pub country: Option<Cow<'a, str>>,
    /// The area in words: libphonenumber's geocode.
    pub geocode: Option<&'a str>,
    /// The city.
    pub city: Option<Cow<'a, str>>,
    /// The state or province, by its two letters.
    pub province: Option<Cow<'a, str>>,
    /// A postal code of the city.
    pub postal_code: Option<Cow<'a, str>>,
    /// Latitude in degrees.
    pub latitude: Option<Cow<'a, str>>,
    /// Longitude in degrees.
    pub longitude: Option<Cow<'a, str>>,
    /// The line type: `WIRELESS`, `LANDLINE`, or another of libphonenumber's types.
    pub line_type: Option<Cow<'a, str>>,
    /// Other postal codes.
    pub alt_postal_codes: Vec<Cow<'a, str>>,
    /// The switch, by its CLLI.
    pub switch: Option<Cow<'a, str>>,
    /// The operating company number (OCN) of the holder.
    pub ocn: Option<Cow<'a, str>>,
    /// The kind of company that holds the range.
    pub category: Option<Cow<'a, str>>,
    /// The company that holds the range.
    pub company: Option<Cow<'a, str>>,
    /// The name that the company does business as.
    pub dba: Option<Cow<'a, str>>,
    /// The source of the location.
    pub locality_source: Option<Source<'a>>,
    /// The source of the carrier.
    pub carrier_source: Option<Source<'a>>,
}

impl<'a> Answer<'a> {
    /// The answer for a number in international form with its `+`; `None` where it is not a number.
    /// Cost: a microsecond.
    #[must_use]
    pub fn of(known: &'a Known, snapshot: Option<&Snapshot<'a>>, number: &str) -> Option<Self> {
        let phone = known.read(number)?;
        let mut answer = Self {
            country: borrowed(phone.region().filter(|region| *region != "001")),
            geocode: known.geocode(&phone),
            line_type: borrowed(line_type(&phone)),
            ..Self::default()
        };
        // Ten digits, as in the North American plan.
        let digits = phone.north_american();
        if let Some(digits) = digits {
            answer.place_by_prefix(known, digits);
        }
        if let Some(entry) = digits.and_then(|digits| snapshot?.entry(digits)) {
            answer.take(&entry);
        } else {
            answer.carrier_by_prefix(known, &phone);
        }
        answer.complete_postal(known);
        Some(answer)
    }

    /// Sets the city and state of a number of the United States or Canada, and their source: both
    /// by a geocode of the form `City, ST`, else the state alone, by the area code.
    fn place_by_prefix(&mut self, known: &'a Known, [first, second, third, ..]: &[u8; 10]) {
        let is_in = |country| self.country.as_deref() == Some(country);
        if !is_in("US") && !is_in("CA") {
            return;
        }
        let npa = known.province(&[*first, *second, *third]);
        let city = self
            .geocode
            .and_then(|geocode| geocode.rsplit_once(", "))
            .filter(|(_, state)| state.len() == 2);
        let (city, province) = (city.map(|(city, _)| city), city.map(|(_, state)| state).or(npa));
        self.city = borrowed(city);
        self.province = borrowed(province);
        self.locality_source = province.map(|_| source(if city.is_some() { "prefix" } else { "npa" }));
    }

    fn carrier_by_prefix(&mut self, known: &'a Known, phone: &Phone<'_>) {
        self.company = borrowed(known.carrier(phone));
        self.dba.clone_from(&self.company);
        self.carrier_source = self.company.as_ref().map(|_| source("prefix"));
    }

    /// Takes the operator's data on the code or block. A carrier that is missing there stays
    /// unknown.
    fn take(&mut self, entry: &Entry<'a>) {
        let (place, holder) = (entry.place, entry.holder);
        let source = |derived| Source {
            by: if entry.is_block { "block" } else { "nxx" },
            as_of: entry.as_of,
            derived,
        };
        let type_is_derived = holder.line_type_by.is_some();
        self.country = borrowed(place.country).or_else(|| self.country.take());
        if place.province.is_some() || place.city.is_some() {
            self.province = borrowed(place.province);
            self.city = borrowed(place.city);
            let city = place.city_by.map(|_| "locality");
            let kind = type_is_derived.then_some("type");
            self.locality_source = Some(source(city.into_iter().chain(kind).collect()));
        }
        self.latitude = borrowed(place.latitude);
        self.longitude = borrowed(place.longitude);
        self.postal_code = borrowed(place.postal_code);
        let others = [place.second_postal_code, place.third_postal_code];
        self.alt_postal_codes = others.into_iter().flatten().map(Cow::Borrowed).collect();
        self.line_type = borrowed(holder.line_type).or_else(|| self.line_type.take());
        self.switch = borrowed(holder.switch);
        self.ocn = borrowed(holder.ocn);
        self.category =
            borrowed(holder.category).or_else(|| borrowed(holder.line_type.filter(|kind| *kind == "WIRELESS")));
        self.company = borrowed(holder.company);
        self.dba = borrowed(holder.dba);
        if self.ocn.is_some() || self.company.is_some() {
            let category = (holder.category.is_none() && type_is_derived && self.category.is_some()).then_some("type");
            self.carrier_source = Some(source(category.into_iter().collect()));
        }
    }

    /// Adds the city's postal codes and coordinates, unless the operator's data have them.
    fn complete_postal(&mut self, known: &Known) {
        let (Some(province), Some(city)) = (&self.province, &self.city) else {
            return;
        };
        let Some(found) = known.postal().city(province, city) else {
            return;
        };
        let mut derived = Vec::new();
        if self.postal_code.is_none() {
            self.postal_code = Some(found.postal_code.into());
            self.alt_postal_codes = found.alternates.into_iter().map(Cow::Owned).collect();
            derived.push("postal_code");
        }
        if self.latitude.is_none() {
            (self.latitude, self.longitude) = (Some(found.latitude.into()), Some(found.longitude.into()));
            derived.push("latitude");
        }
        if let Some(source) = &mut self.locality_source {
            source.derived.extend(derived);
        }
    }
}

fn borrowed(text: Option<&str>) -> Option<Cow<'_, str>> {
    text.map(Cow::Borrowed)
}

fn source(by: &'static str) -> Source<'static> {
    Source {
        by,
        as_of: DATA,
        derived: Vec::new(),
    }
}

/// The version of the built-in tables.
pub const DATA: &str = "libphonenumber 9.0.43";

fn line_type(phone: &Phone<'_>) -> Option<&'static str> {
    Some(match phone.kind() {
        NumberType::Mobile => "WIRELESS",
        NumberType::FixedLine => "LANDLINE",
        NumberType::Unknown | NumberType::FixedLineOrMobile => return None,
        other => other.name(),
    })
}
