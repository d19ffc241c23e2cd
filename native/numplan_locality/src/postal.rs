//! Postal codes and coordinates of US cities (GeoNames, CC BY 4.0; feature `us_postal`).

use crate::table::{Damaged, Table};
use fst::raw::Fst;
use std::borrow::Cow;

/// The size of a city's record in bytes: latitude and longitude in ten-thousandths of a degree
/// above -90 and -180, and the postal code, each of three bytes, little-endian.
const CITY_BYTES: usize = 9;

/// The size of a record of other postal codes: the number of the city, of two bytes, and two codes,
/// each of three, little-endian; 0 for none. The records are in the order of the cities.
pub const OTHERS_BYTES: usize = 8;

/// Cities by state and name; empty without the feature `us_postal`.
pub struct Postal(Option<Cities>);

struct Cities {
    keys: Fst<&'static [u8]>,
    places: &'static [[u8; CITY_BYTES]],
    others: &'static [[u8; OTHERS_BYTES]],
    /// The names that are not as [`usual_name`] makes them, by key.
    names: Table,
}

/// A city, with data derived from its postal codes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct City {
    /// Its full name.
    pub name: Cow<'static, str>,
    /// The middle of its postal codes, in degrees.
    pub latitude: String,
    /// The middle of its postal codes, in degrees.
    pub longitude: String,
    /// The postal code nearest to the middle: an arbitrary choice where the city has several.
    pub postal_code: String,
    /// The next nearest ones, at most two.
    pub alternates: Vec<String>,
}

impl Postal {
    #[cfg(feature = "us_postal")]
    pub(crate) fn open() -> Result<Self, Damaged> {
        Ok(Self(Some(Cities {
            keys: Fst::new(include_bytes!("../data/cities.fst").as_slice()).map_err(|_| Damaged)?,
            places: include_bytes!("../data/cities.places").as_chunks().0,
            others: include_bytes!("../data/cities.others").as_chunks().0,
            names: Table::open(
                include_bytes!("../data/city_names.fst"),
                include_bytes!("../data/city_names.texts"),
            )?,
        })))
    }

    #[cfg(not(feature = "us_postal"))]
    pub(crate) fn open() -> Result<Self, Damaged> {
        Ok(Self(None))
    }

    /// The city called `name`, perhaps abbreviated, in the state `state` (two letters).
    #[must_use]
    pub fn city(&self, state: &str, name: &str) -> Option<City> {
        let cities = self.0.as_ref()?;
        let key = key(state, name);
        let number = cities.keys.get(key.as_bytes())?.value();
        let place = cities.places.get(usize::try_from(number).ok()?)?;
        let [latitude, longitude, code] = place.as_chunks().0 else {
            return None;
        };
        let unusual = cities.names.get(key.as_bytes()).map(Cow::Borrowed);
        Some(City {
            name: unusual.unwrap_or_else(|| usual_name(&key).into()),
            latitude: degrees(number_of(*latitude), 90),
            longitude: degrees(number_of(*longitude), 180),
            postal_code: postal_code(*code)?,
            alternates: cities.others(number),
        })
    }
}

impl Cities {
    /// The further postal codes of a city.
    fn others(&self, number: u64) -> Vec<String> {
        let of = |[low, high, ..]: &[u8; OTHERS_BYTES]| u64::from(u16::from_le_bytes([*low, *high]));
        let found = self.others.binary_search_by_key(&number, of);
        let Some([_, _, codes @ ..]) = found.ok().and_then(|at| self.others.get(at)) else {
            return Vec::new();
        };
        codes
            .as_chunks()
            .0
            .iter()
            .filter_map(|code| postal_code(*code))
            .collect()
    }
}

fn postal_code(code: [u8; 3]) -> Option<String> {
    match number_of(code) {
        0 => None,
        code => Some(format!("{code:05}")),
    }
}

/// The name of a city by its key: each word begins with a capital letter.
#[must_use]
pub fn usual_name(key: &str) -> String {
    let words = key.split_once('/').map_or("", |(_, words)| words);
    let mut name = String::with_capacity(words.len());
    let mut begins = true;
    for letter in words.chars() {
        match begins {
            true => name.extend(letter.to_uppercase()),
            false => name.push(letter),
        }
        begins = letter == ' ';
    }
    name
}

fn number_of([low, middle, high]: [u8; 3]) -> u32 {
    u32::from_le_bytes([low, middle, high, 0])
}

fn degrees(above: u32, offset: i64) -> String {
    let value = i64::from(above) - offset * 10_000;
    let sign = if value < 0 { "-" } else { "" };
    let value = value.unsigned_abs();
    format!("{sign}{}.{:04}", value / 10_000, value % 10_000)
}

/// The key of a city: its state, and its full name in lower case, with letters and digits only.
#[must_use]
pub fn key(state: &str, name: &str) -> String {
    let mut key = String::with_capacity(state.len() + name.len() + 8);
    key.extend(state.chars().flat_map(char::to_uppercase));
    let mut separator = '/';
    let mut word = String::with_capacity(name.len());
    for part in name.split(|letter: char| !(letter.is_alphanumeric() || letter == '\'')) {
        if part.is_empty() {
            continue;
        }
        word.clear();
        word.extend(part.chars().filter(|letter| *letter != '\''));
        word = word.to_lowercase();
        key.push(std::mem::replace(&mut separator, ' '));
        key.push_str(in_full(&word));
    }
    if separator == '/' {
        key.push('/');
    }
    key
}

/// The full form of a word that carriers and libphonenumber abbreviate.
fn in_full(word: &str) -> &str {
    match word {
        "st" => "saint",
        "ste" => "sainte",
        "ft" => "fort",
        "mt" => "mount",
        "hts" => "heights",
        "hls" => "hills",
        "spgs" | "spg" | "spngs" => "springs",
        "bch" => "beach",
        "jct" => "junction",
        "pk" => "park",
        "vly" => "valley",
        "twp" => "township",
        "ctr" => "center",
        "cy" => "city",
        "lk" => "lake",
        "pt" => "point",
        "is" => "island",
        "no" => "north",
        "so" => "south",
        other => other,
    }
}
