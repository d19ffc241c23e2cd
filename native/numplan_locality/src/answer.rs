//! The location and carrier of a number, by the operator's snapshot or else the built-in tables.

use crate::builtin::Known;
use crate::phone::Phone;
use crate::snapshot::{Entry, Snapshot};
use numplan_world::NumberType;

/// The source of a part of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// `block`, `nxx` or `npa` of the operator's or built-in data; `prefix` of libphonenumber's.
    pub by: &'static str,
    /// The date or version of that data.
    pub as_of: String,
    /// The fields that were derived from others, since the data do not have them.
    pub derived: Vec<&'static str>,
}

/// The location and carrier of a number. Unknown values are `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The country, by its code of two letters in ISO 3166-1.
    pub country: Option<String>,
    /// The area in words: libphonenumber's geocode.
    pub geocode: Option<&'static str>,
    /// The city.
    pub city: Option<String>,
    /// The state or province, by its two letters.
    pub province: Option<String>,
    /// A postal code of the city.
    pub postal_code: Option<String>,
    /// Latitude in degrees.
    pub latitude: Option<String>,
    /// Longitude in degrees.
    pub longitude: Option<String>,
    /// The line type: `WIRELESS`, `LANDLINE`, or another of libphonenumber's types.
    pub line_type: Option<String>,
    /// Other postal codes.
    pub alt_postal_codes: Vec<String>,
    /// The switch, by its CLLI.
    pub switch: Option<String>,
    /// The operating company number (OCN) of the holder.
    pub ocn: Option<String>,
    /// The kind of company that holds the range.
    pub category: Option<String>,
    /// The company that holds the range.
    pub company: Option<String>,
    /// The name that the company does business as.
    pub dba: Option<String>,
    /// The source of the location.
    pub locality_source: Option<Source>,
    /// The source of the carrier.
    pub carrier_source: Option<Source>,
}

impl Answer {
    /// The answer for a number in international form with its `+`; `None` where it is not a number.
    /// Cost: a microsecond.
    #[must_use]
    pub fn of(known: &Known, snapshot: Option<&Snapshot<'_>>, number: &str) -> Option<Self> {
        let phone = known.read(number)?;
        let mut answer = Self {
            country: phone.region().filter(|region| *region != "001").map(str::to_owned),
            geocode: known.geocode(&phone),
            line_type: line_type(&phone),
            ..Self::default()
        };
        // Ten digits, as in the North American plan.
        let digits = phone.e164().strip_prefix("+1").filter(|digits| digits.len() == 10);
        if let Some(digits) = digits {
            answer.place_by_prefix(known, digits);
        }
        if let Some(entry) = digits.and_then(|digits| snapshot?.entry(digits.as_bytes())) {
            answer.take(&entry);
        } else {
            answer.carrier_by_prefix(known, &phone);
        }
        answer.complete_postal(known);
        Some(answer)
    }

    /// Sets the city and state of a number of the United States or Canada, and their source: both
    /// by a geocode of the form `City, ST`, else the state alone, by the area code.
    fn place_by_prefix(&mut self, known: &Known, digits: &str) {
        let is_in = |country| self.country.as_deref() == Some(country);
        if !is_in("US") && !is_in("CA") {
            return;
        }
        let npa = digits.get(..3).and_then(|npa| known.province(npa.as_bytes()));
        let city = self
            .geocode
            .and_then(|geocode| geocode.rsplit_once(", "))
            .filter(|(_, state)| state.len() == 2);
        let (city, province) = (city.map(|(city, _)| city), city.map(|(_, state)| state).or(npa));
        self.city = city.map(str::to_owned);
        self.province = province.map(str::to_owned);
        self.locality_source = province.map(|_| source(if city.is_some() { "prefix" } else { "npa" }));
    }

    fn carrier_by_prefix(&mut self, known: &Known, phone: &Phone<'_>) {
        self.company = known.carrier(phone).map(str::to_owned);
        self.dba.clone_from(&self.company);
        self.carrier_source = self.company.as_ref().map(|_| source("prefix"));
    }

    /// Takes the operator's data on the code or block. A carrier that is missing there stays
    /// unknown.
    fn take(&mut self, entry: &Entry<'_>) {
        let (place, holder) = (entry.place, entry.holder);
        let own = |text: Option<&str>| text.map(str::to_owned);
        let source = |derived| Source {
            by: if entry.is_block { "block" } else { "nxx" },
            as_of: entry.as_of.to_owned(),
            derived,
        };
        let type_is_derived = holder.line_type_by.is_some();
        self.country = own(place.country).or_else(|| self.country.take());
        if place.province.is_some() || place.city.is_some() {
            self.province = own(place.province);
            self.city = own(place.city);
            let city = place.city_by.map(|_| "locality");
            let kind = type_is_derived.then_some("type");
            self.locality_source = Some(source(city.into_iter().chain(kind).collect()));
        }
        self.latitude = own(place.latitude);
        self.longitude = own(place.longitude);
        self.postal_code = own(place.postal_code);
        let others = [place.second_postal_code, place.third_postal_code];
        self.alt_postal_codes = others.into_iter().flatten().map(str::to_owned).collect();
        self.line_type = own(holder.line_type).or_else(|| self.line_type.take());
        self.switch = own(holder.switch);
        self.ocn = own(holder.ocn);
        self.category = own(holder.category).or_else(|| own(holder.line_type.filter(|kind| *kind == "WIRELESS")));
        self.company = own(holder.company);
        self.dba = own(holder.dba);
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
            self.postal_code = Some(found.postal_code);
            self.alt_postal_codes = found.alternates;
            derived.push("postal_code");
        }
        if self.latitude.is_none() {
            (self.latitude, self.longitude) = (Some(found.latitude), Some(found.longitude));
            derived.push("latitude");
        }
        if let Some(source) = &mut self.locality_source {
            source.derived.extend(derived);
        }
    }
}

fn source(by: &'static str) -> Source {
    Source {
        by,
        as_of: DATA.to_owned(),
        derived: Vec::new(),
    }
}

/// The version of the built-in tables.
pub const DATA: &str = "libphonenumber 9.0.43";

fn line_type(phone: &Phone<'_>) -> Option<String> {
    let name = match phone.kind() {
        NumberType::Mobile => "WIRELESS",
        NumberType::FixedLine => "LANDLINE",
        NumberType::Unknown | NumberType::FixedLineOrMobile => return None,
        other => other.name(),
    };
    Some(name.to_owned())
}
