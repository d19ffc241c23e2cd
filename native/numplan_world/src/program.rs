//! Runs the patterns of prefixes, which capture: by backtracking, alternatives in their order.
//!
//! Programs only go forward, so every path ends; `Data` has checked that, and how many forks wait.

use crate::layout::instruction::{DIGIT, END, FORK, JUMP, MATCH, MOST_FORKS, MOST_GROUPS, SAVE, decode};

/// What a program matched at the beginning of some digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Match {
    pub(crate) end: usize,
    groups: [u8; 2 * MOST_GROUPS],
}

const UNSET: u8 = u8::MAX;

#[derive(Clone, Copy)]
struct Path {
    at: u16,
    digit: u8,
    groups: [u8; 2 * MOST_GROUPS],
}

impl Match {
    /// What a group captured, the first being 1; `None` where it took no part.
    pub(crate) fn group<'d>(&self, number: usize, digits: &'d [u8]) -> Option<&'d [u8]> {
        let first = number.checked_sub(1)? * 2;
        match self.groups.get(first..first + 2)? {
            [start, end] if *start != UNSET && *end != UNSET => digits.get(usize::from(*start)..usize::from(*end)),
            _ => None,
        }
    }
}

/// The preferred match at the beginning of fewer than 255 digits.
pub(crate) fn run(program: &[[u8; 2]], digits: &[u8]) -> Option<Match> {
    let mut path = Path {
        at: 0,
        digit: 0,
        groups: [UNSET; 2 * MOST_GROUPS],
    };
    let mut waiting = [path; MOST_FORKS];
    let mut forks = 0;
    loop {
        let (operation, operand) = decode(u16::from_le_bytes(*program.get(usize::from(path.at))?));
        let goes_on = match operation {
            DIGIT => {
                let digit = digits
                    .get(usize::from(path.digit))
                    .map(|digit| digit.wrapping_sub(b'0'));
                path.digit += 1;
                digit.is_some_and(|digit| digit < 10 && operand >> digit & 1 == 1)
            }
            FORK => {
                let fork = waiting.get_mut(forks)?;
                *fork = Path {
                    at: path.at + operand,
                    ..path
                };
                forks += 1;
                true
            }
            JUMP => {
                path.at += operand;
                continue;
            }
            SAVE => {
                *path.groups.get_mut(usize::from(operand))? = path.digit;
                true
            }
            END => usize::from(path.digit) == digits.len(),
            MATCH => {
                return Some(Match {
                    end: path.digit.into(),
                    groups: path.groups,
                });
            }
            _ => false,
        };
        if goes_on {
            path.at += 1;
        } else {
            forks = forks.checked_sub(1)?;
            path = *waiting.get(forks)?;
        }
    }
}
