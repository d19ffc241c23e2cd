//! What is known of a number.

use crate::calling_code::CallingCode;
use crate::data::number;
use crate::layout::verdict;
use crate::machine::State;
use crate::number::National;
use crate::number_type::NumberType;
use crate::possible::Possible;
use crate::region::Region;
use crate::world::World;

/// Codes of countries whose mobile numbers begin with an area code: China, Mexico, Argentina,
/// Brazil, Indonesia.
const GEOGRAPHICAL_MOBILES: [u16; 5] = [86, 52, 54, 55, 62];

/// A number whose digits were walked over.
#[derive(Clone, Copy)]
pub struct Lookup<'w> {
    code: CallingCode<'w>,
    national: National,
    verdict: &'w [u8; verdict::SIZE],
}

impl World<'_> {
    /// What is known of a number in E.164 form: `+`, a calling code that is in use, and 2 to 17
    /// digits. `None` for everything else.
    ///
    /// The digits are taken as they are: `parse` reads numbers with a national prefix behind the
    /// calling code, such as `+44020…`. Nothing is allocated.
    #[must_use]
    #[inline]
    pub fn lookup(&self, e164: &[u8]) -> Option<Lookup<'_>> {
        let (b'+', digits) = e164.split_first()? else {
            return None;
        };
        let Some((head, rest)) = digits.split_first_chunk() else {
            let (code, national) = self.split_calling_code(digits)?;
            return Lookup::new(code, National::new(national)?);
        };
        let (code, code_digits, state) = self.heads.find(head)?;
        let national = National::new(digits.get(code_digits..)?)?;
        let verdict = self.data.verdict(self.data.walk(state, rest)?)?;
        Some(Lookup {
            code: CallingCode::at(&self.data, code)?,
            national,
            verdict,
        })
    }
}

impl<'w> Lookup<'w> {
    #[inline]
    pub(crate) fn new(code: CallingCode<'w>, national: National) -> Option<Self> {
        let data = code.data;
        let state: State = data.walk(code.start(), national.digits())?;
        Some(Self {
            code,
            national,
            verdict: data.verdict(state)?,
        })
    }

    /// The country calling code.
    #[must_use]
    pub fn calling_code(self) -> CallingCode<'w> {
        self.code
    }

    /// The digits behind the calling code.
    #[must_use]
    pub fn national(&self) -> &National {
        &self.national
    }

    /// The region: the only one of its calling code, whether or not the number is valid there, or
    /// the first of them that claims it.
    #[must_use]
    pub fn region(self) -> Option<Region<'w>> {
        Region::at(self.code.data, number(self.verdict, verdict::REGION))
    }

    /// The type; `Unknown` for a number that is not valid.
    #[must_use]
    pub fn number_type(self) -> NumberType {
        NumberType::from_byte(self.byte(verdict::TYPE))
    }

    /// Whether the number is in its region's plan.
    #[must_use]
    pub fn is_valid(self) -> bool {
        self.number_type() != NumberType::Unknown
    }

    /// Whether the number is in the plan of a region.
    #[must_use]
    pub fn is_valid_for(self, region: Region<'_>) -> bool {
        region
            .regional(self.verdict)
            .is_some_and(|[_, _, kind, _]| *kind != NumberType::Unknown as u8)
    }

    /// Whether numbers with its calling code can have its length.
    #[must_use]
    pub fn possible(self) -> Possible {
        self.possible_for(NumberType::Unknown)
    }

    /// Whether numbers of a type with its calling code can have its length.
    #[must_use]
    pub fn possible_for(self, kind: NumberType) -> Possible {
        let lengths = self.code.main_region().and_then(|main| main.lengths(kind));
        lengths.map_or(Possible::InvalidLength, |lengths| {
            lengths.verdict(self.national.digits().len())
        })
    }

    /// Whether its digits say where in its region it is.
    #[must_use]
    pub fn is_geographical(self) -> bool {
        match self.number_type() {
            NumberType::FixedLine | NumberType::FixedLineOrMobile => true,
            NumberType::Mobile => GEOGRAPHICAL_MOBILES.contains(&self.code.number()),
            _ => false,
        }
    }

    /// Whether it can be called from abroad, as far as is known.
    #[must_use]
    pub fn is_diallable_from_abroad(self) -> bool {
        let is_global = self.region().is_none_or(Region::is_global);
        is_global || self.byte(verdict::FLAGS) & verdict::DOMESTIC == 0
    }

    /// The rows of its formats: within the country, and from abroad.
    pub(crate) fn formats(self) -> (u16, u16) {
        (
            number(self.verdict, verdict::NATIONAL),
            number(self.verdict, verdict::INTERNATIONAL),
        )
    }

    fn byte(self, at: usize) -> u8 {
        self.verdict.get(at).copied().unwrap_or_default()
    }
}
