//! All numbering plans.

use crate::calling_code::{self, CallingCode};
use crate::data::{Damaged, Data};
use crate::heads::Heads;
use crate::region::{self, Region};
use std::sync::LazyLock;

const FILE: &[u8] = include_bytes!("../data/world.bin");

static BUILTIN: LazyLock<Result<World<'static>, Damaged>> = LazyLock::new(World::open_builtin);

/// The most digits of a country calling code.
const MOST_CODE_DIGITS: usize = 3;

/// The numbering plans of a data file.
pub struct World<'a> {
    pub(crate) data: Data<'a>,
    codes: Box<[u8; 1000]>,
    names: Box<[u16; 26 * 26]>,
    pub(crate) heads: Heads,
}

impl World<'static> {
    /// The plans that are embedded in the library.
    ///
    /// # Errors
    ///
    /// Where they are damaged, which a test excludes.
    pub fn builtin() -> Result<&'static Self, Damaged> {
        BUILTIN.as_ref().map_err(Clone::clone)
    }

    /// The same plans with tables of their own, which are freed when they are dropped: for a
    /// library that is unloaded again.
    ///
    /// # Errors
    ///
    /// As of [`World::builtin`].
    pub fn open_builtin() -> Result<Self, Damaged> {
        Self::open(FILE)
    }
}

impl<'a> World<'a> {
    /// The plans of a data file that `cargo xtask world-data` has made. All of it is checked first.
    ///
    /// # Errors
    ///
    /// Where the file is damaged.
    pub fn open(file: &'a [u8]) -> Result<Self, Damaged> {
        let data = Data::open(file)?;
        Ok(Self {
            codes: calling_code::index(data.calling_codes),
            names: region::index(data.regions),
            heads: Heads::new(&data),
            data,
        })
    }

    /// The version of libphonenumber's metadata.
    #[must_use]
    pub fn version(&self) -> &'a str {
        self.data.version
    }

    /// The region of a code of ISO 3166-1 in upper case; `None` where it has no plan.
    #[must_use]
    pub fn region(&self, name: &str) -> Option<Region<'_>> {
        let place = self.names.get(region::slot(name.as_bytes())?)?;
        Region::at(&self.data, *place)
    }

    /// All regions with codes of ISO 3166-1, in no order.
    pub fn regions(&self) -> impl Iterator<Item = Region<'_>> {
        (0..)
            .map_while(|place| Region::at(&self.data, place))
            .filter(|region| !region.is_global())
    }

    /// The names of all regions in the order of their places ([`Region::place`]); `001` is there
    /// once for each calling code of no country.
    pub fn region_names(&self) -> impl Iterator<Item = &str> {
        (0..).map_while(|place| Region::at(&self.data, place)).map(Region::name)
    }

    /// A country calling code; `None` where it is not in use.
    #[must_use]
    pub fn calling_code(&self, code: u16) -> Option<CallingCode<'_>> {
        let place = usize::from(*self.codes.get(usize::from(code))?).checked_sub(1)?;
        CallingCode::at(&self.data, place)
    }

    /// All country calling codes, ascending.
    pub fn calling_codes(&self) -> impl Iterator<Item = CallingCode<'_>> {
        (0..).map_while(|place| CallingCode::at(&self.data, place))
    }

    /// Splits a calling code off the beginning of some digits.
    pub(crate) fn split_calling_code<'d>(&self, digits: &'d [u8]) -> Option<(CallingCode<'_>, &'d [u8])> {
        let mut code = 0;
        for length in 1..=MOST_CODE_DIGITS {
            let digit = digits.get(length - 1)?.wrapping_sub(b'0');
            if digit > 9 || code == 0 && digit == 0 {
                return None;
            }
            code = code * 10 + u16::from(digit);
            if let Some(found) = self.calling_code(code) {
                return Some((found, digits.get(length..).unwrap_or_default()));
            }
        }
        None
    }
}
