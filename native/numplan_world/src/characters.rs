//! The characters of numbers as they are written.

use crate::data::long;
use crate::world::World;

impl World<'_> {
    /// The value of a decimal digit of any script, as an ASCII digit.
    pub(crate) fn digit(&self, letter: char) -> Option<u8> {
        if letter.is_ascii() {
            return u8::try_from(letter).ok().filter(u8::is_ascii_digit);
        }
        let code = u32::from(letter);
        let zeros = self.data.zeros;
        let behind = zeros.partition_point(|zero| long(zero, 0) <= code);
        let zero = long(zeros.get(behind.checked_sub(1)?)?, 0);
        u8::try_from(code - zero)
            .ok()
            .filter(|value| *value < 10)
            .map(|value| b'0' + value)
    }

    pub(crate) fn is_digit(&self, letter: char) -> bool {
        self.digit(letter).is_some()
    }

    /// Whether a character is a letter or a number of any script.
    pub(crate) fn is_letter_or_number(&self, letter: char) -> bool {
        if letter.is_ascii() {
            return letter.is_ascii_alphanumeric();
        }
        let code = u32::from(letter);
        let ranges = self.data.letters;
        let behind = ranges.partition_point(|range| long(range, 0) <= code);
        let range = behind.checked_sub(1).and_then(|before| ranges.get(before));
        range.is_some_and(|range| code <= long(range, 4))
    }
}

/// A plus sign, in either width.
pub(crate) fn is_plus(letter: char) -> bool {
    matches!(letter, '+' | '\u{ff0b}')
}

/// What may stand between the digits of a number: dashes, blanks, dots, brackets, slashes, tildes,
/// and an `x` for a carrier code.
pub(crate) fn is_punctuation(letter: char) -> bool {
    matches!(
        letter,
        '-' | 'x' | 'X' | ' ' | '(' | ')' | '.' | '[' | ']' | '/' | '~'
            | '\u{a0}' | '\u{ad}' | '\u{200b}' | '\u{2010}'..='\u{2015}' | '\u{2053}' | '\u{2060}'
            | '\u{2212}' | '\u{223c}' | '\u{3000}' | '\u{30fc}' | '\u{ff08}' | '\u{ff09}'
            | '\u{ff0d}'..='\u{ff0f}' | '\u{ff3b}' | '\u{ff3d}' | '\u{ff5e}'
    )
}

/// A letter that a keypad has, or one that differs from it by case alone in Unicode.
pub(crate) fn is_keypad_letter(letter: char) -> bool {
    letter.is_ascii_alphabetic() || matches!(letter, '\u{130}' | '\u{131}' | '\u{17f}' | '\u{212a}')
}

/// The key of a letter (E.161), or of an ASCII digit.
pub(crate) fn key(letter: char) -> Option<u8> {
    Some(match letter {
        '0'..='9' => u8::try_from(letter).ok()?,
        'a'..='c' | 'A'..='C' => b'2',
        'd'..='f' | 'D'..='F' => b'3',
        'g'..='i' | 'G'..='I' | '\u{131}' => b'4',
        'j'..='l' | 'J'..='L' => b'5',
        'm'..='o' | 'M'..='O' => b'6',
        'p'..='s' | 'P'..='S' | '\u{17f}' => b'7',
        't'..='v' | 'T'..='V' => b'8',
        'w'..='z' | 'W'..='Z' => b'9',
        _ => return None,
    })
}

/// A letter without the difference of case: what Unicode's simple case folding makes of it.
pub(crate) fn folded(letter: char) -> char {
    match letter {
        '\u{131}' | '\u{130}' => 'i',
        '\u{17f}' => 's',
        '\u{1c81}' => 'д',
        '\u{1c82}' => 'о',
        _ => {
            let mut lower = letter.to_lowercase();
            lower.next().filter(|_| lower.next().is_none()).unwrap_or(letter)
        }
    }
}
