//! The dialects of OTP's `re`: what one and the same regex means in different releases.
//!
//! OTP 27 and earlier embed PCRE 8.44, OTP 28 and later PCRE2. In the syntax that the parser reads
//! they differ in two ways. Classes and letter case follow ISO-8859-1 in PCRE, and know ASCII alone
//! in PCRE2. And PCRE2 reads more braces as repetitions, such as `{,3}` and `{ 2 }`.

use crate::regex::byte_set::{self, ByteSet};

/// A dialect of `re`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// PCRE 8.44 with OTP's tables: OTP 27 and earlier.
    Pcre,
    /// PCRE2 with the tables of the C locale: OTP 28 and later.
    Pcre2,
    /// A dialect that answers otherwise than both: all regexes are left to `re`.
    Unknown,
}

impl Dialect {
    /// The name of the dialect, the same in every language of the API.
    pub fn name(self) -> &'static str {
        match self {
            Dialect::Pcre => "pcre",
            Dialect::Pcre2 => "pcre2",
            Dialect::Unknown => "unknown",
        }
    }

    /// The dialect of a release of OTP; `None` for one before 24.
    ///
    /// ```
    /// use numplan::Dialect;
    /// assert_eq!(Dialect::of_otp(27), Some(Dialect::Pcre));
    /// assert_eq!(Dialect::of_otp(28), Some(Dialect::Pcre2));
    /// assert_eq!(Dialect::of_otp(19), None);
    /// ```
    pub fn of_otp(release: u32) -> Option<Dialect> {
        match release {
            0..24 => None,
            24..28 => Some(Dialect::Pcre),
            28.. => Some(Dialect::Pcre2),
        }
    }

    /// A class of ISO-8859-1 with the members that it has in this dialect.
    pub(super) fn class(self, latin1: ByteSet) -> ByteSet {
        match self {
            Dialect::Pcre => latin1,
            Dialect::Pcre2 | Dialect::Unknown => latin1.intersection(&byte_set::ASCII),
        }
    }

    /// `set` with the other case of every letter added, as `(?i)` reads it.
    pub(super) fn fold_case(self, set: ByteSet) -> ByteSet {
        let letters = set.intersection(&self.class(byte_set::ALPHA));
        letters.iter().map(byte_set::other_case).fold(set, |mut folded, byte| {
            folded.insert(byte);
            folded
        })
    }
}
