//! The layout of the data file, which `cargo xtask world-data` writes and `Data` reads.
//!
//! The file begins with [`MAGIC`] and, for each [`Section`], its offset and its length in bytes as
//! little-endian 32-bit numbers. A section is a table of rows of equal size; the numbers in rows
//! are little-endian. References are row numbers of other sections; [`NONE`] refers to nothing.

/// The first bytes: the last of them is the version of the layout.
pub const MAGIC: [u8; 8] = *b"numplan\x01";

/// A reference to nothing.
pub const NONE: u16 = u16::MAX;

/// The most digits that a national significant number has.
pub const MOST_DIGITS: usize = 17;

/// The tables, in the order of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// The states of the machine: see [`state`].
    States,
    /// What a number is: see [`verdict`].
    Verdicts,
    /// What a number is in one region: the region, the type and flags, as in [`regional`].
    Regional,
    /// Country calling codes, ascending: see [`calling_code`].
    CallingCodes,
    /// The regions of calling codes, the main one first.
    CodeRegions,
    /// Regions: see [`region`].
    Regions,
    /// Ways to write a national number: see [`mod@format`].
    Formats,
    /// Where each text ends in `Texts`.
    TextEnds,
    /// Texts.
    Texts,
    /// Where each program ends in `Programs`.
    ProgramEnds,
    /// The instructions of patterns that capture: see [`instruction`].
    Programs,
    /// Sets of possible lengths, and of those within an area only: bit `n` for `n` digits.
    Lengths,
    /// Ranges of letters and numbers of Unicode, first and last, ascending.
    Letters,
    /// The zeros of Unicode's decimal digits, ascending.
    Zeros,
    /// The version of libphonenumber's metadata.
    Version,
}

impl Section {
    /// How many there are.
    pub const COUNT: usize = 15;
}

/// The fields of a row of `Section::States`, in units of 16 bits. The first ten are the next
/// states, by the digit.
pub mod state {
    /// The verdict on numbers that end here.
    pub const VERDICT: usize = 10;
    /// The size of a row in units of 16 bits.
    pub const SIZE: usize = 11;
}

/// The fields of a row of `Section::Verdicts`, by the offset of their bytes.
pub mod verdict {
    /// The region, as libphonenumber chooses it among those of the calling code.
    pub const REGION: usize = 0;
    /// The first of its rows in `Section::Regional`.
    pub const REGIONAL: usize = 2;
    /// The format within the country.
    pub const NATIONAL: usize = 4;
    /// The format from abroad.
    pub const INTERNATIONAL: usize = 6;
    /// The type of the number.
    pub const TYPE: usize = 8;
    /// Flags; those of [`super::short`] where the verdict is of a short number.
    pub const FLAGS: usize = 9;
    /// How many rows there are in `Section::Regional`.
    pub const REGIONAL_COUNT: usize = 10;
    /// The size of a row.
    pub const SIZE: usize = 12;

    /// A flag: the number cannot be called from abroad.
    pub const DOMESTIC: u8 = 1;
}

/// The fields of a row of `Section::Regional`, by the offset of their bytes.
pub mod regional {
    /// The region.
    pub const REGION: usize = 0;
    /// The type of the number in this region.
    pub const TYPE: usize = 2;
    /// Flags.
    pub const FLAGS: usize = 3;
    /// The size of a row.
    pub const SIZE: usize = 4;

    /// A flag: the region's general pattern matches, whatever lengths are possible.
    pub const GENERAL: u8 = 1;
}

/// The flags of a verdict on a short number: the patterns of its region that match.
pub mod short {
    /// Any short number.
    pub const GENERAL: u8 = 1;
    /// Free of charge.
    pub const TOLL_FREE: u8 = 2;
    /// At a premium rate.
    pub const PREMIUM_RATE: u8 = 4;
    /// An emergency service.
    pub const EMERGENCY: u8 = 8;
    /// A valid short number.
    pub const SHORT_CODE: u8 = 16;
    /// At the rate of other calls.
    pub const STANDARD_RATE: u8 = 32;
    /// Of certain carriers only.
    pub const CARRIER_SPECIFIC: u8 = 64;
    /// For text messages.
    pub const SMS: u8 = 128;
}

/// The fields of a row of `Section::CallingCodes`, by the offset of their bytes.
pub mod calling_code {
    /// The code.
    pub const CODE: usize = 0;
    /// The state of the machine in front of the national number.
    pub const START: usize = 2;
    /// The first of its rows in `Section::CodeRegions`.
    pub const REGIONS: usize = 4;
    /// How many there are.
    pub const REGION_COUNT: usize = 6;
    /// The size of a row.
    pub const SIZE: usize = 8;
}

/// The fields of a row of `Section::Regions`, in units of 16 bits.
pub mod region {
    /// The three bytes of the identifier, a blank behind two letters; the fourth byte has flags.
    pub const NAME: usize = 0;
    /// The second half of the name.
    pub const FLAGS: usize = 1;
    /// The row of the calling code.
    pub const CALLING_CODE: usize = 2;
    /// The program of international prefixes.
    pub const INTERNATIONAL_PREFIX: usize = 3;
    /// The digits with which one may begin, as a set of bits.
    pub const INTERNATIONAL_FIRST: usize = 4;
    /// The international prefix with which to dial, a text.
    pub const DIAL_ABROAD: usize = 5;
    /// The national prefix, a text.
    pub const NATIONAL_PREFIX: usize = 6;
    /// The program of national prefixes.
    pub const PARSE_PREFIX: usize = 7;
    /// The digits with which one may begin, as a set of bits.
    pub const PARSE_FIRST: usize = 8;
    /// How many groups the program has.
    pub const PARSE_GROUPS: usize = 9;
    /// What replaces the national prefix, a template.
    pub const PARSE_TRANSFORM: usize = 10;
    /// What stands before an extension, a text.
    pub const EXTENSION_PREFIX: usize = 11;
    /// The state of the machine in front of a short number.
    pub const SHORT_START: usize = 12;
    /// The possible lengths of short numbers, as a set of bits.
    pub const SHORT_LENGTHS: usize = 13;
    /// The types that the region has, as a set of bits.
    pub const TYPES: usize = 14;
    /// For each type, `UNKNOWN` for any, its row in `Section::Lengths`.
    pub const LENGTHS: usize = 15;
    /// For each type an example of a national number, a text.
    pub const EXAMPLES: usize = 27;
    /// The size of a row in units of 16 bits.
    pub const SIZE: usize = 40;

    /// A flag in the fourth byte: mobile numbers can be ported.
    pub const PORTABLE: u8 = 1;
}

/// The fields of a row of `Section::Formats`, by the offset of their bytes.
pub mod format {
    /// The least and the most digits of each group; zeros where there are fewer groups.
    pub const GROUPS: usize = 0;
    /// How many groups there may be.
    pub const MOST_GROUPS: usize = 5;
    /// The template of the number within the country.
    pub const NATIONAL: usize = 10;
    /// The template of the number from abroad.
    pub const INTERNATIONAL: usize = 12;
    /// The template of the number within the country, with a carrier code.
    pub const CARRIER: usize = 14;
    /// The size of a row.
    pub const SIZE: usize = 16;
}

/// Bytes of templates that stand for something else; the others stand for themselves.
pub mod template {
    /// The first group; the following ones have the following bytes.
    pub const GROUP: u8 = 0x81;
    /// The carrier code.
    pub const CARRIER: u8 = 0x80;
}

/// Instructions of programs: the operation is in the upper four bits, its operand in the others.
pub mod instruction {
    /// Reads a digit of a set of bits.
    pub const DIGIT: u16 = 0;
    /// Goes on; or else, where that fails, as many instructions further on.
    pub const FORK: u16 = 1;
    /// Continues as many instructions further on.
    pub const JUMP: u16 = 2;
    /// Keeps the position: two numbers a group, which are its start and its end.
    pub const SAVE: u16 = 3;
    /// Succeeds at the end of the digits only.
    pub const END: u16 = 4;
    /// Succeeds.
    pub const MATCH: u16 = 5;
    /// The most groups of a program.
    pub const MOST_GROUPS: usize = 2;
    /// The most forks that wait at once.
    pub const MOST_FORKS: usize = 32;

    /// An instruction.
    #[must_use]
    pub const fn encode(operation: u16, operand: u16) -> u16 {
        operation << 12 | operand
    }

    /// The operation and the operand of an instruction.
    #[must_use]
    pub const fn decode(instruction: u16) -> (u16, u16) {
        (instruction >> 12, instruction & 0xfff)
    }
}
