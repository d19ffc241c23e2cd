//! Numbers parsed by libphonenumber: region, type, validity and written forms.
//!
//! Text is parsed only if it begins with `+` and has at most [`MAX_BYTES`] bytes, since parsing
//! takes time quadratic in the length.

use rlibphonenumber::{
    NumberLengthType, PhoneNumber, PhoneNumberFormat, PhoneNumberType, PhoneNumberUtil, Region, RegionStr,
};

/// The longest text that is parsed: libphonenumber's own bound.
pub const MAX_BYTES: usize = 250;

/// A parsed number.
pub struct Phone<'a> {
    util: &'a PhoneNumberUtil,
    number: PhoneNumber,
    kind: PhoneNumberType,
    region: Option<Region>,
}

impl<'a> Phone<'a> {
    /// Parses a number in international form with its `+`; `None` where `text` is not a number.
    #[must_use]
    pub fn read(util: &'a PhoneNumberUtil, text: &str) -> Option<Self> {
        if text.len() > MAX_BYTES || !text.starts_with('+') {
            return None;
        }
        let number = util.parse(text, None).ok()?;
        Some(Self {
            kind: util.get_number_type(&number),
            region: util.get_region_for_number(&number),
            util,
            number,
        })
    }

    /// The ISO 3166-1 code of the number's region; `001` for a number without a country, such as
    /// +800; `None` where it is not valid.
    #[must_use]
    pub fn region(&self) -> Option<RegionStr> {
        self.region.map(|region| region.as_region_str())
    }

    /// The country calling code.
    #[must_use]
    pub fn calling_code(&self) -> i32 {
        self.number.country_code
    }

    /// Whether the number is in its region's numbering plan.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.region
            .is_some_and(|region| self.util.is_valid_number_for_region(&self.number, region))
    }

    /// Whether numbers of its region can have its length.
    #[must_use]
    pub fn is_possible(&self) -> bool {
        matches!(
            self.util.is_possible_number_with_reason(&self.number),
            Ok(NumberLengthType::IsPossible | NumberLengthType::IsPossibleLocalOnly)
        )
    }

    /// libphonenumber's type of the number.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self.kind {
            PhoneNumberType::FixedLine => "FIXED_LINE",
            PhoneNumberType::Mobile => "MOBILE",
            PhoneNumberType::FixedLineOrMobile => "FIXED_LINE_OR_MOBILE",
            PhoneNumberType::TollFree => "TOLL_FREE",
            PhoneNumberType::PremiumRate => "PREMIUM_RATE",
            PhoneNumberType::SharedCost => "SHARED_COST",
            PhoneNumberType::VoIP => "VOIP",
            PhoneNumberType::PersonalNumber => "PERSONAL_NUMBER",
            PhoneNumberType::Pager => "PAGER",
            PhoneNumberType::UAN => "UAN",
            PhoneNumberType::VoiceMail => "VOICEMAIL",
            PhoneNumberType::Unknown => "UNKNOWN",
        }
    }

    /// Whether its type is known.
    pub(crate) fn has_kind(&self) -> bool {
        self.kind != PhoneNumberType::Unknown
    }

    /// Whether its prefix determines its location.
    pub(crate) fn is_geographical(&self) -> bool {
        self.util
            .is_number_geographical_by_country_code_and_type(self.kind, self.number.country_code)
    }

    /// Whether it may be a mobile or pager number, for which carriers are known.
    pub(crate) fn is_mobile(&self) -> bool {
        use PhoneNumberType::{FixedLineOrMobile, Mobile, Pager};
        matches!(self.kind, Mobile | FixedLineOrMobile | Pager)
    }

    /// `+` and digits.
    #[must_use]
    pub fn e164(&self) -> String {
        self.format(PhoneNumberFormat::E164)
    }

    /// The national form.
    #[must_use]
    pub fn national(&self) -> String {
        self.format(PhoneNumberFormat::National)
    }

    /// The international form.
    #[must_use]
    pub fn international(&self) -> String {
        self.format(PhoneNumberFormat::International)
    }

    /// The `tel:` URI (RFC 3966).
    #[must_use]
    pub fn rfc3966(&self) -> String {
        self.format(PhoneNumberFormat::RFC3966)
    }

    fn format(&self, form: PhoneNumberFormat) -> String {
        self.util.format(&self.number, form).into_owned()
    }

    /// The only region in which the number is valid, as libphonenumber's geocoder determines it:
    /// the only one of its calling code, or the only one that accepts the number.
    pub(crate) fn only_region(&self) -> Option<RegionStr> {
        let regions: Vec<Region> = self
            .util
            .get_regions_for_country_calling_code(self.number.country_code)?
            .collect();
        if let [only] = regions.as_slice() {
            return Some(only.as_region_str());
        }
        let mut valid = regions
            .into_iter()
            .filter(|region| self.util.is_valid_number_for_region(&self.number, *region));
        let first = valid.next()?;
        match valid.next() {
            None => Some(first.as_region_str()),
            Some(_) => None,
        }
    }

    /// The number without a mobile token before its area code, such as Argentina's.
    pub(crate) fn without_mobile_token(&self) -> String {
        let Some(token) = self.util.get_country_mobile_token(self.number.country_code) else {
            return self.e164();
        };
        let national = rlibphonenumber::get_national_significant_number_owned(&self.number);
        let region = self.util.get_region_for_country_code(self.number.country_code);
        let national = national.strip_prefix(token);
        match national.and_then(|national| self.util.parse(national, region).ok()) {
            Some(number) => self.util.format(&number, PhoneNumberFormat::E164).into_owned(),
            None => self.e164(),
        }
    }
}
