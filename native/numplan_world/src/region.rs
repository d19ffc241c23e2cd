//! Regions: countries and territories, by their codes of ISO 3166-1.

use crate::data::{Data, long, number, word};
use crate::layout::{MOST_DIGITS, NONE, calling_code, region, regional, verdict};
use crate::machine::State;
use crate::number_type::NumberType;
use crate::possible::Lengths;
use std::fmt;

type Row = [[u8; 2]; region::SIZE];

/// A region that has a numbering plan, such as `GB`; `001` for a calling code of no country.
#[derive(Clone, Copy)]
pub struct Region<'w> {
    pub(crate) data: &'w Data<'w>,
    pub(crate) row: &'w Row,
    pub(crate) place: u16,
}

impl<'w> Region<'w> {
    pub(crate) fn at(data: &'w Data<'w>, place: u16) -> Option<Self> {
        Some(Self {
            data,
            row: data.regions.get(usize::from(place))?,
            place,
        })
    }

    /// The code: two letters, or `001`.
    #[must_use]
    pub fn name(self) -> &'w str {
        let name = self.row.as_flattened().get(..3).unwrap_or_default();
        std::str::from_utf8(name).unwrap_or_default().trim_end()
    }

    /// Its place among all regions of the data.
    #[must_use]
    pub fn place(self) -> u16 {
        self.place
    }

    /// Whether it stands for a calling code of no country.
    #[must_use]
    pub fn is_global(self) -> bool {
        self.name() == "001"
    }

    /// Its country calling code.
    #[must_use]
    pub fn calling_code(self) -> u16 {
        self.code().map_or(0, |code| number(code, calling_code::CODE))
    }

    fn code(self) -> Option<&'w [u8; calling_code::SIZE]> {
        self.data
            .calling_codes
            .get(usize::from(self.word(region::CALLING_CODE)))
    }

    /// Whether its general pattern matches some digits, however many there are.
    pub(crate) fn is_general(self, digits: &[u8]) -> bool {
        let code = self.code().filter(|_| digits.len() <= MOST_DIGITS);
        let state = code.and_then(|code| self.data.walk(State(number(code, calling_code::START)), digits));
        let row = state
            .and_then(|state| self.data.verdict(state))
            .and_then(|verdict| self.regional(verdict));
        row.is_some_and(|[_, _, _, flags]| flags & regional::GENERAL != 0)
    }

    /// What a verdict says of the number in this region.
    pub(crate) fn regional(self, verdict: &[u8; verdict::SIZE]) -> Option<&'w [u8; regional::SIZE]> {
        let mut rows = self.data.regional_rows(verdict);
        rows.find(|row| number(row, regional::REGION) == self.place)
    }

    /// Whether mobile numbers can be taken along to another carrier.
    #[must_use]
    pub fn is_portable(self) -> bool {
        self.row
            .get(region::FLAGS)
            .is_some_and(|[_, flags]| flags & region::PORTABLE != 0)
    }

    /// The types of numbers that it has.
    pub fn number_types(self) -> impl Iterator<Item = NumberType> {
        let types = self.word(region::TYPES);
        NumberType::ALL
            .into_iter()
            .filter(move |kind| types >> *kind as u16 & 1 == 1)
    }

    /// The national prefix, where there is one, as `0` is in many regions.
    #[must_use]
    pub fn national_prefix(self) -> Option<&'w str> {
        self.text(region::NATIONAL_PREFIX)
    }

    pub(crate) fn word(self, field: usize) -> u16 {
        word(self.row, field)
    }

    pub(crate) fn text(self, field: usize) -> Option<&'w str> {
        self.data.ascii(self.word(field))
    }

    /// The lengths of numbers of a type, `Unknown` for any; `None` where there are none.
    pub(crate) fn lengths(self, kind: NumberType) -> Option<Lengths> {
        let row = self
            .data
            .lengths
            .get(usize::from(self.word(region::LENGTHS + kind as usize)))?;
        Some(Lengths {
            possible: long(row, 0),
            local_only: long(row, 4),
        })
    }
}

impl<'a> Data<'a> {
    /// What a verdict says of the number in each region of its calling code where it is something.
    fn regional_rows(&self, verdict: &[u8; verdict::SIZE]) -> impl Iterator<Item = &'a [u8; regional::SIZE]> {
        let first = usize::from(number(verdict, verdict::REGIONAL));
        let rows = self.regional.get(first..).unwrap_or_default();
        let count = verdict.get(verdict::REGIONAL_COUNT).copied().unwrap_or_default();
        rows.iter().take(usize::from(count))
    }

    /// The places of the regions that the numbers of a verdict are valid for.
    pub(crate) fn valid_regions(&self, verdict: &[u8; verdict::SIZE]) -> impl Iterator<Item = u16> {
        let rows = self.regional_rows(verdict);
        let valid = rows.filter(|[_, _, kind, _]| *kind != NumberType::Unknown as u8);
        valid.map(|row| number(row, regional::REGION))
    }
}

impl fmt::Debug for Region<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl PartialEq for Region<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.place == other.place && std::ptr::eq(self.row, other.row)
    }
}

/// Where the regions whose codes are two letters are, by these letters.
pub(crate) fn index(rows: &[Row]) -> Box<[u16; 26 * 26]> {
    let mut index = Box::new([NONE; 26 * 26]);
    for (place, row) in (0..).zip(rows) {
        let name = row.first().and_then(|[first, second]| slot(&[*first, *second]));
        if let Some(entry) = name.and_then(|slot| index.get_mut(slot)) {
            *entry = place;
        }
    }
    index
}

/// The place of a name in that index.
pub(crate) fn slot(name: &[u8]) -> Option<usize> {
    let letter = |letter: &u8| letter.is_ascii_uppercase().then(|| usize::from(letter - b'A'));
    match name {
        [first, second] => Some(letter(first)? * 26 + letter(second)?),
        _ => None,
    }
}
