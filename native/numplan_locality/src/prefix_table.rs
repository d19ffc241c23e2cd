//! Built-in tables: texts by the longest prefix of a number.

use crate::table::{Damaged, Texts};
use fst::raw::{Fst, Output};

/// How many digits at the beginning of numbers have an entry in [`Heads`].
const DIGITS: usize = 4;

/// Texts by prefixes of numbers.
pub(crate) struct PrefixTable {
    keys: Fst<&'static [u8]>,
    texts: Texts<'static>,
    heads: Heads,
}

/// Where the walk over each four digits ends. It saves a look-up half of its steps, each of which
/// reads a node at an unpredictable place.
type Heads = Box<[Walk]>;

/// A walk over some digits from the root on.
#[derive(Clone, Copy)]
struct Walk {
    /// The node at its end; [`NOWHERE`] where no key begins with these digits.
    address: u32,
    output: u32,
    /// The text of the longest key on the way; [`NOTHING`] where there is none.
    found: u32,
    found_digits: u32,
}

const NOWHERE: u32 = u32::MAX;
const NOTHING: u32 = u32::MAX;

impl PrefixTable {
    pub(crate) fn open(keys: &'static [u8], texts: &'static [u8]) -> Result<Self, Damaged> {
        let keys = Fst::new(keys).map_err(|_| Damaged)?;
        let mut heads = vec![Walk::from_root(&keys)];
        for digits in 1..=DIGITS {
            heads = heads
                .iter()
                .flat_map(|walk| (b'0'..=b'9').map(|digit| walk.step(&keys, digit, digits)))
                .collect();
        }
        Ok(Self {
            texts: Texts::open(texts)?,
            heads: heads.into_boxed_slice(),
            keys,
        })
    }

    /// The text and the length of the longest key that is a prefix of `digits`.
    pub(crate) fn longest(&self, digits: &[u8]) -> Option<(&'static str, usize)> {
        let head = digits.first_chunk().and_then(|head| self.heads.get(number(head)?));
        let (mut walk, skipped) = match head {
            Some(head) => (*head, DIGITS),
            None => (Walk::from_root(&self.keys), 0),
        };
        for (at, digit) in (1..).zip(digits).skip(skipped) {
            if walk.address == NOWHERE {
                break;
            }
            walk = walk.step(&self.keys, *digit, at);
        }
        match walk.found {
            NOTHING => None,
            found => Some((self.texts.get(found.into())?, walk.found_digits as usize)),
        }
    }
}

impl Walk {
    fn from_root(keys: &Fst<&'static [u8]>) -> Self {
        Self {
            address: u32::try_from(keys.root().addr()).unwrap_or(NOWHERE),
            output: 0,
            found: NOTHING,
            found_digits: 0,
        }
    }

    /// The walk over one more digit, which is the one numbered `at`.
    #[inline]
    fn step(self, keys: &Fst<&'static [u8]>, digit: u8, at: usize) -> Self {
        let nowhere = Self {
            address: NOWHERE,
            ..self
        };
        if self.address == NOWHERE {
            return nowhere;
        }
        let node = keys.node(self.address as usize);
        let Some(step) = node.find_input(digit) else {
            return nowhere;
        };
        let step = node.transition(step);
        let output = Output::new(self.output.into()).cat(step.out);
        let next = keys.node(step.addr);
        let small = |number: u64| u32::try_from(number).unwrap_or(NOTHING);
        let mut walk = Self {
            address: u32::try_from(step.addr).unwrap_or(NOWHERE),
            output: small(output.value()),
            ..self
        };
        if next.is_final() {
            walk.found = small(output.cat(next.final_output()).value());
            walk.found_digits = u32::try_from(at).unwrap_or_default();
        }
        walk
    }
}

/// The value of four digits; `None` where one is none.
fn number(digits: &[u8; DIGITS]) -> Option<usize> {
    digits.iter().try_fold(0, |number, digit| {
        let digit = digit.wrapping_sub(b'0');
        (digit < 10).then(|| number * 10 + usize::from(digit))
    })
}
