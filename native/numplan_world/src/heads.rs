//! A table of the first four digits of numbers: their calling code, and the state behind them. It
//! saves a look-up half of its way through the automaton, each step of which waits for memory.

use crate::calling_code::CallingCode;
use crate::data::Data;
use crate::machine::State;

/// How many digits are looked at.
pub(crate) const DIGITS: usize = 4;

const COUNT: usize = 10_000;

/// What four digits begin.
#[derive(Clone, Copy)]
pub(crate) struct Head {
    state: State,
    code: u8,
    code_digits: u8,
}

/// What each four digits begin; no code digits where they begin no number.
pub(crate) struct Heads(Box<[Head; COUNT]>);

impl Heads {
    pub(crate) fn new(data: &Data<'_>) -> Self {
        let nothing = Head {
            state: State(0),
            code: 0,
            code_digits: 0,
        };
        let mut heads = Self(Box::new([nothing; COUNT]));
        for place in 0..=u8::MAX {
            if let Some(code) = CallingCode::at(data, usize::from(place)) {
                heads.add(data, place, code);
            }
        }
        heads
    }

    fn add(&mut self, data: &Data<'_>, code_place: u8, code: CallingCode<'_>) {
        let digits = code.digits();
        let mut free = COUNT;
        for _ in digits.as_bytes() {
            free /= 10;
        }
        let first = usize::from(code.number()) * free;
        let heads = self.0.get_mut(first..first + free).unwrap_or_default();
        for (number, head) in heads.iter_mut().enumerate() {
            let national = format!("{number:0width$}", width = DIGITS - digits.as_bytes().len());
            if let Some(state) = data.walk(code.start(), national.as_bytes()) {
                #[expect(clippy::cast_possible_truncation, reason = "three at most")]
                let code_digits = digits.as_bytes().len() as u8;
                *head = Head {
                    state,
                    code: code_place,
                    code_digits,
                };
            }
        }
    }

    /// The place of the calling code, how many digits it has, and the state behind four digits.
    #[inline]
    pub(crate) fn find(&self, digits: &[u8; DIGITS]) -> Option<(usize, usize, State)> {
        let mut number = 0;
        for digit in digits {
            let digit = digit.wrapping_sub(b'0');
            if digit > 9 {
                return None;
            }
            number = number * 10 + usize::from(digit);
        }
        let head = self.0.get(number).filter(|head| head.code_digits > 0)?;
        Some((usize::from(head.code), usize::from(head.code_digits), head.state))
    }
}
