//! The digits of a number that is written in some way.

use crate::characters::key;
use crate::world::World;

/// The longest text that is read, in characters.
pub(crate) const MOST_CHARACTERS: usize = 250;

/// With so many letters a number is written on the keys of a telephone.
const LETTERS_OF_A_WORD: usize = 3;

/// Up to 254 ASCII digits: those of a text, and what a transformation adds.
#[derive(Clone, Copy)]
pub(crate) struct Digits {
    bytes: [u8; MOST_CHARACTERS + 4],
    length: u8,
}

impl Digits {
    pub(crate) const fn new() -> Self {
        Self {
            bytes: [0; MOST_CHARACTERS + 4],
            length: 0,
        }
    }

    /// The digits of a number: punctuation is left out; letters are too, unless there are three.
    pub(crate) fn of(world: &World<'_>, number: &str) -> Self {
        let mut digits = Self::new();
        if is_word(number) {
            digits.extend(number.chars().filter_map(key));
        } else {
            digits.extend(number.chars().filter_map(|letter| world.digit(letter)));
        }
        digits
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Self {
        let mut digits = Self::new();
        for digit in bytes {
            digits.push(*digit);
        }
        digits
    }

    /// Appends a digit, up to the bound.
    #[inline]
    pub(crate) fn push(&mut self, digit: u8) {
        if let Some(free) = self.bytes.get_mut(usize::from(self.length)) {
            *free = digit;
            self.length += 1;
        }
    }

    /// Appends digits, up to the bound.
    pub(crate) fn extend(&mut self, more: impl Iterator<Item = u8>) {
        for digit in more {
            self.push(digit);
        }
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.length)).unwrap_or_default()
    }
}

/// Whether a number has letters enough to be one that is written on the keys of a telephone.
pub(crate) fn is_word(number: &str) -> bool {
    let letters = number.bytes().filter(u8::is_ascii_alphabetic);
    letters.take(LETTERS_OF_A_WORD).count() == LETTERS_OF_A_WORD
}
