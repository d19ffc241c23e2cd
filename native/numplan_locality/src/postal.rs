//! Postal codes and coordinates of US cities (GeoNames, CC BY 4.0; feature `us_postal`).

use crate::table::{Damaged, Texts};
use fst::raw::Fst;

/// The size of a city's record in bytes: latitude and longitude in ten-thousandths of a degree
/// above -90 and -180, and three postal codes, each of three bytes, little-endian.
const CITY_BYTES: usize = 15;

/// Cities by state and name; empty without the feature `us_postal`.
pub struct Postal(Option<Cities>);

struct Cities {
    keys: Fst<&'static [u8]>,
    names: Texts<'static>,
    places: &'static [u8],
}

/// A city, with data derived from its postal codes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct City {
    /// Its full name.
    pub name: &'static str,
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
            names: Texts::open(include_bytes!("../data/cities.texts"))?,
            places: include_bytes!("../data/cities.places"),
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
        let number = cities.keys.get(key(state, name).as_bytes())?.value();
        let start = usize::try_from(number).ok()?.checked_mul(CITY_BYTES)?;
        let fields: &[u8; CITY_BYTES] = cities.places.get(start..)?.first_chunk()?;
        let [latitude, longitude, codes @ ..] = fields.as_chunks::<3>().0 else {
            return None;
        };
        let mut codes = codes
            .iter()
            .map(|code| number_of(*code))
            .filter(|code| *code > 0)
            .map(|code| format!("{code:05}"));
        Some(City {
            name: cities.names.get(number)?,
            latitude: degrees(number_of(*latitude), 90),
            longitude: degrees(number_of(*longitude), 180),
            postal_code: codes.next()?,
            alternates: codes.collect(),
        })
    }
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
    let words = name
        .split(|letter: char| !(letter.is_alphanumeric() || letter == '\''))
        .filter(|word| !word.is_empty())
        .map(|word| in_full(&word.replace('\'', "").to_lowercase()).to_owned());
    format!("{}/{}", state.to_uppercase(), words.collect::<Vec<_>>().join(" "))
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
