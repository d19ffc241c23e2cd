//! Constructs that PCRE 8 and PCRE2 read otherwise, or that one of them refuses.

use crate::regex::class_parser::NO_MEMBER;
use crate::regex::dialect::Dialect;
use crate::regex::parser::{NO_DIGITS, SECOND_HYPHEN, UNKNOWN_LETTER};

/// A construct of a regex.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Construct {
    /// The byte of the regex at which it begins.
    pub offset: usize,
    /// The byte behind it.
    pub end: usize,
    /// True within a class in brackets.
    pub in_class: bool,
    /// What it is.
    pub what: What,
}

/// The kind of a [`Construct`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum What {
    /// A backslash before a letter without a meaning.
    UnknownLetter,
    /// An escape that means nothing in a class.
    NoMember,
    /// `\x` without a digit.
    NoDigits,
    /// `\c` before a byte that does not print.
    Control,
    /// `\8` or `\9` without that many groups.
    NoGroup,
    /// A dash between a set and another member, as in `[\d-a]`.
    DashAfterSet,
    /// `\K` in look-around.
    KeepInLook,
    /// `(?''…)`.
    EmptyName,
    /// Two hyphens in the flags of a group.
    TwoHyphens,
    /// A brace that only PCRE2 reads as a repetition.
    Brace,
    /// `\w`, `\W` or a POSIX name, whose members above 127 differ.
    Letters,
    /// `(?i)`, which PCRE2 applies to ASCII alone.
    Caseless,
    /// A flag that only PCRE2 has.
    NewFlag,
    /// A verb in small letters, which only PCRE2 has.
    NewVerb,
    /// A blank between the braces of an escape.
    Blank,
    /// A name of more than 32 bytes.
    LongName,
}

impl What {
    /// It in words, for a sentence such as "it holds …".
    pub fn words(self) -> &'static str {
        match self {
            What::UnknownLetter => "a backslash before a letter without a meaning",
            What::NoMember => "an escape that means nothing in a class",
            What::NoDigits => "\\x without digits",
            What::Control => "\\c before a byte that does not print",
            What::NoGroup => "a reference to a group that is not there",
            What::DashAfterSet => "a dash between a set and another member of a class",
            What::KeepInLook => "\\K in look-around",
            What::EmptyName => "a group without a name",
            What::TwoHyphens => "two hyphens in the flags of a group",
            What::Brace => "a brace that only PCRE2 reads as a repetition",
            What::Letters => "a class of letters, whose members above 127 differ",
            What::Caseless => "(?i), which PCRE2 applies to ASCII alone",
            What::NewFlag => "a flag that only PCRE2 has",
            What::NewVerb => "a verb that only PCRE2 has",
            What::Blank => "a blank in the braces of an escape",
            What::LongName => "a group name of more than 32 bytes",
        }
    }

    /// What to do about it.
    pub fn fix(self) -> &'static str {
        match self {
            What::UnknownLetter | What::NoMember | What::NoGroup => "Take out its backslash.",
            What::NoDigits => "Write \\x00, or the digits that were meant.",
            What::Control => "Write the byte as \\xhh.",
            What::DashAfterSet => "Write \\- for the dash.",
            What::KeepInLook => "Put \\K outside the look-around.",
            What::EmptyName => "Give the group a name, or take out ?''.",
            What::TwoHyphens => "Write one hyphen, before all flags that are unset.",
            What::Brace => "Write \\{ for a brace, or {0,n} without blanks for a repetition.",
            What::Letters => "Write its members out, such as [A-Za-z0-9_] for \\w.",
            What::Caseless => "Write both cases of bytes above 127 out.",
            What::NewFlag | What::NewVerb => "Write it without what only PCRE2 has.",
            What::Blank => "Take out the blanks.",
            What::LongName => "Write a shorter name.",
        }
    }

    /// The refusal in the words of the release that refuses it, or in ours where they differ from
    /// place to place.
    pub(super) fn refused_as(self) -> &'static str {
        match self {
            What::UnknownLetter => UNKNOWN_LETTER,
            What::NoMember => NO_MEMBER,
            What::NoDigits => NO_DIGITS,
            What::Control => "\\c must be followed by a printable ASCII character",
            What::NoGroup => "reference to non-existent subpattern",
            What::DashAfterSet => "invalid range in character class",
            What::KeepInLook => "\\K is not allowed in lookarounds",
            What::EmptyName => "subpattern name expected",
            What::TwoHyphens => SECOND_HYPHEN,
            What::NewFlag => "unrecognized character after (? or (?-",
            What::NewVerb => "(*VERB) not recognized or malformed",
            What::LongName => "subpattern name is too long (maximum 32 characters)",
            other => other.words(),
        }
    }

    /// True for a construct with which `dialect` refuses every regex.
    pub(super) fn is_refused_by(self, dialect: Dialect) -> bool {
        match self {
            What::UnknownLetter
            | What::NoMember
            | What::NoDigits
            | What::Control
            | What::NoGroup
            | What::DashAfterSet
            | What::KeepInLook
            | What::EmptyName
            | What::TwoHyphens => dialect == Dialect::Pcre2,
            What::NewFlag | What::NewVerb | What::Blank | What::LongName => dialect == Dialect::Pcre,
            What::Brace | What::Letters | What::Caseless => false,
        }
    }
}
