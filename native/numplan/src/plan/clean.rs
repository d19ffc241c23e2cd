//! Numbers as people write them, without what is there for the eye: separators, invisible marks,
//! digits and signs of other scripts, a `tel:` scheme.
//!
//! A plan does not clean: Kazoo's rules see a number as it was dialled. A caller may clean it
//! first. Digits are never dropped or added: `+44 (0)20 …` becomes `+44020…`.

use std::borrow::Cow;

/// What [`clean`] changes in a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// White space, of any width.
    Space,
    /// Hyphens, dashes, tildes.
    Dash,
    /// Brackets.
    Bracket,
    /// Dots, at any height.
    Dot,
    /// Slashes.
    Slash,
    /// What takes no room: marks of direction, joiners, a byte-order mark.
    Invisible,
    /// A decimal digit that is not ASCII.
    Digit,
    /// `+`, `*` or `#` in another width.
    Sign,
    /// `tel:` before the number, and parameters behind it (RFC 3966).
    Scheme,
}

impl Kind {
    /// What it is, in the plural.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Space => "spaces",
            Kind::Dash => "dashes",
            Kind::Bracket => "brackets",
            Kind::Dot => "dots",
            Kind::Slash => "slashes",
            Kind::Invisible => "invisible marks",
            Kind::Digit => "digits of other scripts",
            Kind::Sign => "full-width signs",
            Kind::Scheme => "a tel: scheme",
        }
    }
}

/// What becomes of a character.
enum Becomes {
    Itself,
    Nothing(Kind),
    Byte(u8, Kind),
}

/// `number` without separators and invisible marks, its digits and signs as ASCII, without a `tel:`
/// scheme and its parameters.
///
/// Everything else stays, and a number that is not UTF-8 stays whole. Cost: some nanoseconds a
/// byte; nothing is allocated where there is nothing to clean.
///
/// ```
/// use numplan::plan::clean::clean;
/// assert_eq!(*clean(b"(415) 886-7900"), *b"4158867900");
/// assert_eq!(*clean("\u{FF0B}44\u{A0}20 7183\u{2011}8750".as_bytes()), *b"+442071838750");
/// assert_eq!(*clean(b"tel:+1-415-886-7900;ext=5"), *b"+14158867900");
/// assert_eq!(*clean(b"anonymous"), *b"anonymous");
/// ```
pub fn clean(number: &[u8]) -> Cow<'_, [u8]> {
    if is_plain(number) {
        return Cow::Borrowed(number);
    }
    let mut cleaned = Vec::with_capacity(number.len());
    match walk(number, |bytes| cleaned.extend_from_slice(bytes), |_| {}) {
        true => Cow::Owned(cleaned),
        false => Cow::Borrowed(number),
    }
}

/// What [`clean`] changes in `number`, each kind once, in the order in which they are first met.
///
/// ```
/// use numplan::plan::clean::{Kind, kinds};
/// assert_eq!(kinds(b"(415) 886-7900"), [Kind::Bracket, Kind::Space, Kind::Dash]);
/// ```
pub fn kinds(number: &[u8]) -> Vec<Kind> {
    let mut kinds = Vec::new();
    let add = |kind| {
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    };
    walk(number, |_| {}, add);
    kinds
}

/// True for a number that a telephone can dial: one or more of `0-9*#`, perhaps behind a `+`.
pub fn is_diallable(number: &[u8]) -> bool {
    let dialled = number.strip_prefix(b"+").unwrap_or(number);
    !dialled.is_empty() && dialled.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'*' | b'#'))
}

/// True where no byte can belong to what is cleaned: the fast path for most dialled numbers.
fn is_plain(number: &[u8]) -> bool {
    let scheme = matches!(number.first(), Some(b't' | b'T'));
    !scheme
        && number
            .iter()
            .all(|byte| byte.is_ascii() && !matches!(ascii(*byte), Becomes::Nothing(_)))
}

/// Passes what stays of `number` to `keep`, and what does not to `change`; true if any does not.
fn walk(number: &[u8], mut keep: impl FnMut(&[u8]), mut change: impl FnMut(Kind)) -> bool {
    let Ok(text) = std::str::from_utf8(number) else {
        return false;
    };
    let mut changed = false;
    let mut note = |kind| {
        changed = true;
        change(kind);
    };
    let subject = without_scheme(text).inspect(|_| note(Kind::Scheme)).unwrap_or(text);
    for character in subject.chars() {
        match becomes(character) {
            Becomes::Itself => keep(character.encode_utf8(&mut [0; 4]).as_bytes()),
            Becomes::Nothing(kind) => note(kind),
            Becomes::Byte(byte, kind) => {
                keep(&[byte]);
                note(kind);
            }
        }
    }
    changed
}

/// The text between a scheme, perhaps behind separators, and its parameters; `None` without a
/// scheme.
fn without_scheme(text: &str) -> Option<&str> {
    let text = text.trim_start_matches(|character| matches!(becomes(character), Becomes::Nothing(_)));
    let (scheme, rest) = text.split_at_checked(4)?;
    if !scheme.eq_ignore_ascii_case("tel:") {
        return None;
    }
    rest.split(';').next()
}

fn becomes(character: char) -> Becomes {
    match u8::try_from(character) {
        Ok(byte) if byte.is_ascii() => ascii(byte),
        _ => other(character),
    }
}

fn ascii(byte: u8) -> Becomes {
    match byte {
        b'\t'..=b'\r' | b' ' => Becomes::Nothing(Kind::Space),
        b'-' | b'~' => Becomes::Nothing(Kind::Dash),
        b'(' | b')' | b'[' | b']' | b'{' | b'}' => Becomes::Nothing(Kind::Bracket),
        b'.' => Becomes::Nothing(Kind::Dot),
        b'/' => Becomes::Nothing(Kind::Slash),
        _ => Becomes::Itself,
    }
}

fn other(character: char) -> Becomes {
    if let Some(digit) = digit(character) {
        return Becomes::Byte(digit, Kind::Digit);
    }
    match character {
        '\u{FF0B}' | '\u{FE62}' => Becomes::Byte(b'+', Kind::Sign),
        '\u{FF0A}' | '\u{FE61}' => Becomes::Byte(b'*', Kind::Sign),
        '\u{FF03}' | '\u{FE5F}' => Becomes::Byte(b'#', Kind::Sign),
        _ if character.is_whitespace() => Becomes::Nothing(Kind::Space),
        _ if is_dash(character) => Becomes::Nothing(Kind::Dash),
        _ if is_bracket(character) => Becomes::Nothing(Kind::Bracket),
        '\u{B7}' | '\u{2022}' | '\u{2024}' | '\u{2027}' | '\u{2219}' | '\u{22C5}' | '\u{30FB}' | '\u{FE52}'
        | '\u{FF0E}' | '\u{FF65}' => Becomes::Nothing(Kind::Dot),
        '\u{2044}' | '\u{2215}' | '\u{FF0F}' => Becomes::Nothing(Kind::Slash),
        _ if is_invisible(character) => Becomes::Nothing(Kind::Invisible),
        _ => Becomes::Itself,
    }
}

/// True for Unicode's property `Dash`, and for what libphonenumber takes for a dash besides:
/// tildes, and the long-vowel mark of Japanese keyboards.
fn is_dash(character: char) -> bool {
    matches!(
        character,
        '\u{58A}' | '\u{5BE}' | '\u{1400}' | '\u{1806}' | '\u{2010}'..='\u{2015}' | '\u{2043}' | '\u{2053}' | '\u{207B}'
            | '\u{208B}' | '\u{2212}' | '\u{223C}' | '\u{2E17}' | '\u{2E1A}' | '\u{2E3A}'..='\u{2E3B}' | '\u{2E40}'
            | '\u{2E5D}' | '\u{301C}' | '\u{3030}' | '\u{30A0}' | '\u{30FC}' | '\u{FE31}'..='\u{FE32}' | '\u{FE58}'
            | '\u{FE63}' | '\u{FF0D}' | '\u{FF5E}' | '\u{FF70}' | '\u{10D6E}' | '\u{10EAD}'
    )
}

/// True for superscript, subscript, small and full-width brackets, and for those of Chinese and
/// Japanese text. ASCII brackets are not among them.
fn is_bracket(character: char) -> bool {
    matches!(
        character,
        '\u{207D}' | '\u{207E}' | '\u{208D}' | '\u{208E}' | '\u{3008}'..='\u{3011}' | '\u{3014}'..='\u{301B}'
            | '\u{FE59}'..='\u{FE5E}' | '\u{FF08}' | '\u{FF09}' | '\u{FF3B}' | '\u{FF3D}' | '\u{FF5B}' | '\u{FF5D}'
            | '\u{FF5F}' | '\u{FF60}'
    )
}

/// True for Unicode's property `Default_Ignorable_Code_Point`.
fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}'
            | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}'
            | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFF8}' | '\u{1BCA0}'..='\u{1BCA3}'
            | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}'
    )
}

/// The zeros of Unicode's decimal digits (general category `Nd`): the other nine follow each.
#[rustfmt::skip]
const ZEROS: &[u32] = &[
    0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66,
    0x0DE6, 0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90,
    0x1B50, 0x1BB0, 0x1C40, 0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10,
    0x104A0, 0x10D30, 0x10D40, 0x11066, 0x110F0, 0x11136, 0x111D0, 0x112F0, 0x11450, 0x114D0, 0x11650, 0x116C0,
    0x116D0, 0x116DA, 0x11730, 0x118E0, 0x11950, 0x11BF0, 0x11C50, 0x11D50, 0x11DA0, 0x11F50, 0x16130, 0x16A60,
    0x16AC0, 0x16B50, 0x16D70, 0x1CCF0, 0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6, 0x1E140, 0x1E2F0, 0x1E4F0,
    0x1E5F1, 0x1E950, 0x1FBF0,
];

/// The ASCII digit of the same value as another script's.
fn digit(character: char) -> Option<u8> {
    let code = u32::from(character);
    let after = ZEROS.partition_point(|zero| *zero <= code);
    let zero = ZEROS.get(after.checked_sub(1)?)?;
    let value = u8::try_from(code - zero).ok().filter(|value| *value < 10)?;
    Some(b'0' + value)
}
