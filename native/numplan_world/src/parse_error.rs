//! Why texts are not read as numbers.

use std::fmt;

/// Why a text is not read as a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ParseError {
    /// It is in international form with a calling code that is not in use, or in national form
    /// without a region to read it in.
    InvalidCountryCode,
    /// It does not look like a number.
    NotANumber,
    /// Behind an international prefix there is too little for a number.
    TooShortAfterIdd,
    /// It has fewer digits than any number.
    TooShortNsn,
    /// It has more digits than any number, or more than 250 characters.
    TooLong,
}

impl ParseError {
    /// libphonenumber's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            ParseError::InvalidCountryCode => "INVALID_COUNTRY_CODE",
            ParseError::NotANumber => "NOT_A_NUMBER",
            ParseError::TooShortAfterIdd => "TOO_SHORT_AFTER_IDD",
            ParseError::TooShortNsn => "TOO_SHORT_NSN",
            ParseError::TooLong => "TOO_LONG",
        }
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl std::error::Error for ParseError {}
