//! Country calling codes.

use crate::data::{Data, number};
use crate::layout::calling_code::{CODE, REGION_COUNT, REGIONS, SIZE, START};
use crate::machine::State;
use crate::region::Region;

/// A country calling code that is in use, such as 44.
#[derive(Clone, Copy)]
pub struct CallingCode<'w> {
    pub(crate) data: &'w Data<'w>,
    row: &'w [u8; SIZE],
}

impl<'w> CallingCode<'w> {
    pub(crate) fn at(data: &'w Data<'w>, place: usize) -> Option<Self> {
        Some(Self {
            data,
            row: data.calling_codes.get(place)?,
        })
    }

    /// The code as a number.
    #[must_use]
    pub fn number(self) -> u16 {
        number(self.row, CODE)
    }

    /// The code as text.
    pub(crate) fn digits(self) -> CodeDigits {
        let number = self.number();
        let digit = |value: u16| b'0' + (value % 10) as u8;
        let bytes = [digit(number / 100), digit(number / 10), digit(number)];
        CodeDigits {
            bytes,
            skip: usize::from(number < 100) + usize::from(number < 10),
        }
    }

    /// The state of the automaton in front of a national number.
    pub(crate) fn start(self) -> State {
        State(number(self.row, START))
    }

    /// The regions that share the code, the main one first; a region `001` for codes of no country.
    pub fn regions(self) -> impl Iterator<Item = Region<'w>> {
        let first = usize::from(number(self.row, REGIONS));
        let rows = self.data.code_regions.get(first..).unwrap_or_default();
        let rows = rows.iter().take(usize::from(number(self.row, REGION_COUNT)));
        rows.filter_map(move |place| Region::at(self.data, u16::from_le_bytes(*place)))
    }

    /// The main region, which has the formats of all of them.
    #[must_use]
    pub fn main_region(self) -> Option<Region<'w>> {
        self.regions().next()
    }

    /// Whether the code belongs to services and not to countries.
    #[must_use]
    pub fn is_global(self) -> bool {
        self.main_region().is_some_and(Region::is_global)
    }
}

/// The one to three digits of a calling code.
pub(crate) struct CodeDigits {
    bytes: [u8; 3],
    skip: usize,
}

impl CodeDigits {
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(self.skip..).unwrap_or_default()
    }
}

/// For each number up to 999, the place of the calling code behind one; 0 for none.
pub(crate) fn index(rows: &[[u8; SIZE]]) -> Box<[u8; 1000]> {
    let mut index = Box::new([0; 1000]);
    for (place, row) in (1..).zip(rows) {
        if let Some(entry) = index.get_mut(usize::from(number(row, CODE))) {
            *entry = place;
        }
    }
    index
}
