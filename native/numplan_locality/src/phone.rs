//! Numbers that were read by libphonenumber's rules: region, type, validity and written forms.

use numplan_world::{Form, Lookup, NumberType, Region, World};

/// The longest text that is read, in bytes.
pub const MAX_BYTES: usize = 250;

/// Argentina's calling code, and the digit before the area code of a mobile number there: the only
/// country that has such a token.
const MOBILE_TOKEN: (u16, &str) = (54, "9");

/// A number that was read.
pub struct Phone<'w> {
    world: &'w World<'w>,
    lookup: Lookup<'w>,
    /// Its digits behind the `+`.
    digits: Digits,
    extension: String,
}

/// The digits of a number in E.164 form.
#[derive(Clone, Copy)]
pub(crate) struct Digits {
    bytes: [u8; MOST_DIGITS],
    length: usize,
}

/// The most digits of a calling code, and of what stands behind it.
const MOST_DIGITS: usize = 3 + 17;

impl Digits {
    fn of(lookup: &Lookup<'_>) -> Self {
        let mut digits = Self {
            bytes: [0; MOST_DIGITS],
            length: 0,
        };
        let mut code = lookup.calling_code().number();
        let mut place = 1;
        while place <= code / 10 {
            place *= 10;
        }
        while place > 0 {
            digits.push(b'0' + (code / place) as u8);
            code %= place;
            place /= 10;
        }
        for digit in lookup.national().digits() {
            digits.push(*digit);
        }
        digits
    }

    fn push(&mut self, digit: u8) {
        if let Some(free) = self.bytes.get_mut(self.length) {
            *free = digit;
            self.length += 1;
        }
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

impl<'w> Phone<'w> {
    /// Reads a number in international form with its `+`; `None` where `text` is not a number.
    #[must_use]
    pub fn read(world: &'w World<'w>, text: &str) -> Option<Self> {
        text.starts_with('+')
            .then(|| Self::read_in(world, text, None))
            .flatten()
    }

    /// Reads a number as people write it, in international form or as it is dialled in a region;
    /// `None` where `text` is not a number, or is longer than [`MAX_BYTES`].
    #[must_use]
    pub fn read_in(world: &'w World<'w>, text: &str, region: Option<&str>) -> Option<Self> {
        if text.len() > MAX_BYTES {
            return None;
        }
        // A number in E.164 form is the same one in every region.
        if let Some(lookup) = world.identify_e164(text.as_bytes()) {
            return Some(Self::new(world, lookup, String::new()));
        }
        let number = world.parse(text, region).ok()?;
        Some(Self::new(world, number.lookup(world)?, number.extension().to_owned()))
    }

    fn new(world: &'w World<'w>, lookup: Lookup<'w>, extension: String) -> Self {
        Self {
            world,
            digits: Digits::of(&lookup),
            lookup,
            extension,
        }
    }

    /// The ISO 3166-1 code of the number's region; `001` for a number without a country, such as
    /// +800; `None` where it is not valid and several regions have its calling code.
    #[must_use]
    pub fn region(&self) -> Option<&'w str> {
        self.lookup.region().map(Region::name)
    }

    /// The country calling code.
    #[must_use]
    pub fn calling_code(&self) -> u16 {
        self.lookup.calling_code().number()
    }

    /// Whether the number is in its region's numbering plan.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.lookup.is_valid()
    }

    /// Whether numbers of its region can have its length.
    #[must_use]
    pub fn is_possible(&self) -> bool {
        self.lookup.possible().is_possible()
    }

    /// The type of the number; `Unknown` where it is not valid.
    #[must_use]
    pub fn kind(&self) -> NumberType {
        self.lookup.number_type()
    }

    /// Whether its prefix determines its location.
    pub(crate) fn is_geographical(&self) -> bool {
        self.lookup.is_geographical()
    }

    /// Whether it may be a mobile or pager number, for which carriers are known.
    pub(crate) fn is_mobile(&self) -> bool {
        use NumberType::{FixedLineOrMobile, Mobile, Pager};
        matches!(self.kind(), Mobile | FixedLineOrMobile | Pager)
    }

    /// `+` and digits.
    #[must_use]
    pub fn e164(&self) -> String {
        self.lookup.format(Form::E164)
    }

    /// The digits behind the `+`.
    pub(crate) fn digits(&self) -> &[u8] {
        self.digits.as_bytes()
    }

    /// The digits of its calling code.
    pub(crate) fn calling_code_digits(&self) -> &[u8] {
        let behind = self.lookup.national().digits().len();
        let digits = self.digits();
        digits.get(..digits.len().saturating_sub(behind)).unwrap_or_default()
    }

    /// The ten digits behind North America's calling code; `None` for other numbers.
    pub(crate) fn north_american(&self) -> Option<&[u8; 10]> {
        self.digits().strip_prefix(b"1")?.try_into().ok()
    }

    /// Appends the number in some form, with its extension, as UTF-8.
    pub fn push(&self, form: Form, out: &mut Vec<u8>) {
        self.lookup.push(form, &self.extension, out);
    }

    /// The only region in which the number is valid, as libphonenumber's geocoder determines it:
    /// the only one of its calling code, or the only one that accepts the number.
    pub(crate) fn only_region(&self) -> Option<&'w str> {
        let mut regions = self.lookup.calling_code().regions();
        let first = regions.next()?;
        if regions.next().is_none() {
            return Some(first.name());
        }
        let regions = self.lookup.calling_code().regions();
        let mut valid = regions.filter(|region| self.lookup.is_valid_for(*region));
        let first = valid.next()?;
        valid.next().is_none().then_some(first.name())
    }

    /// The digits of the number without a mobile token before its area code, such as Argentina's;
    /// `None` where it has none.
    pub(crate) fn without_mobile_token(&self) -> Option<Digits> {
        let (code, token) = MOBILE_TOKEN;
        if self.calling_code() != code {
            return None;
        }
        let national = self.lookup.national().as_str().strip_prefix(token)?;
        let main = self.lookup.calling_code().main_region()?;
        let number = self.world.parse(national, Some(main.name())).ok()?;
        Some(Digits::of(&number.lookup(self.world)?))
    }
}
