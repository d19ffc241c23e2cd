//! Sets of bytes, and the named ones of OTP's `re`.
//!
//! The sets are those of PCRE 8 as it is embedded in OTP, which above 127 follow ISO-8859-1; what
//! other dialects make of them is in [`dialect`](crate::regex::dialect). They were read off OTP 25
//! (`re:run/3` over all 256 bytes), and a test compares them with the running node.

/// A set of byte values.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct ByteSet([u64; 4]);

impl ByteSet {
    /// The empty set.
    pub const EMPTY: ByteSet = ByteSet([0; 4]);
    /// All 256 bytes.
    pub const ALL: ByteSet = ByteSet([u64::MAX; 4]);

    /// The set of the bytes of all `ranges`, ends included.
    pub const fn of_ranges(ranges: &[(u8, u8)]) -> ByteSet {
        let mut words = [0u64; 4];
        let mut at = 0;
        while at < ranges.len() {
            let (mut byte, last) = (ranges[at].0 as usize, ranges[at].1 as usize);
            while byte <= last {
                words[byte >> 6] |= 1 << (byte & 63);
                byte += 1;
            }
            at += 1;
        }
        ByteSet(words)
    }

    /// The set of one byte.
    pub const fn of(byte: u8) -> ByteSet {
        ByteSet::of_ranges(&[(byte, byte)])
    }

    /// The bytes of both sets.
    pub const fn intersection(&self, other: &ByteSet) -> ByteSet {
        self.complement().union(&other.complement()).complement()
    }

    /// True when `byte` is a member.
    pub const fn contains(&self, byte: u8) -> bool {
        let [a, b, c, d] = self.0;
        let word = match byte >> 6 {
            0 => a,
            1 => b,
            2 => c,
            _ => d,
        };
        word >> (byte & 63) & 1 == 1
    }

    /// Adds `byte`.
    pub fn insert(&mut self, byte: u8) {
        *self = self.union(&ByteSet::of(byte));
    }

    /// The members of either set.
    pub const fn union(&self, other: &ByteSet) -> ByteSet {
        let ([a, b, c, d], [e, f, g, h]) = (self.0, other.0);
        ByteSet([a | e, b | f, c | g, d | h])
    }

    /// All bytes that are not members.
    pub const fn complement(&self) -> ByteSet {
        let [a, b, c, d] = self.0;
        ByteSet([!a, !b, !c, !d])
    }

    /// True when there is no member.
    pub fn is_empty(&self) -> bool {
        *self == ByteSet::EMPTY
    }

    /// How many ranges of bytes it consists of.
    pub(crate) fn ranges(&self) -> usize {
        let mut before = 0;
        let starts = self.0.map(|word| {
            let starts = word & !(word << 1 | before);
            before = word >> 63;
            starts.count_ones() as usize
        });
        starts.iter().sum()
    }

    /// The members, in ascending order.
    pub fn iter(&self) -> impl Iterator<Item = u8> + '_ {
        (0..=u8::MAX).filter(|byte| self.contains(*byte))
    }
}

impl std::fmt::Debug for ByteSet {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_set().entries(self.iter()).finish()
    }
}

/// The same letter in the other case, or `byte` itself when it has none, in ISO-8859-1.
pub const fn other_case(byte: u8) -> u8 {
    match byte {
        b'A'..=b'Z' | 0xC0..=0xD6 | 0xD8..=0xDE => byte + 32,
        b'a'..=b'z' | 0xE0..=0xF6 | 0xF8..=0xFE => byte - 32,
        _ => byte,
    }
}

const UPPER: ByteSet = ByteSet::of_ranges(&[(b'A', b'Z'), (0xC0, 0xD6), (0xD8, 0xDE)]);
const LOWER: ByteSet = ByteSet::of_ranges(&[
    (b'a', b'z'),
    (0xAA, 0xAA),
    (0xB5, 0xB5),
    (0xBA, 0xBA),
    (0xDF, 0xF6),
    (0xF8, 0xFF),
]);
/// Letters, in ISO-8859-1.
pub(super) const ALPHA: ByteSet = UPPER.union(&LOWER);
const ALNUM: ByteSet = ALPHA.union(&DIGIT);

/// Bytes up to 127.
pub const ASCII: ByteSet = ByteSet::of_ranges(&[(0, 127)]);

/// `\d`
pub const DIGIT: ByteSet = ByteSet::of_ranges(&[(b'0', b'9')]);
/// `\w`
pub const WORD: ByteSet = ALNUM.union(&ByteSet::of(b'_'));
/// `\s`
pub const SPACE: ByteSet = ByteSet::of_ranges(&[(9, 13), (32, 32)]);
/// `\h`
pub const HORIZONTAL: ByteSet = ByteSet::of_ranges(&[(9, 9), (32, 32), (0xA0, 0xA0)]);
/// `\v`
pub const VERTICAL: ByteSet = ByteSet::of_ranges(&[(10, 13), (0x85, 0x85)]);
/// `.` without `(?s)`, and `\N`
pub const NOT_NEWLINE: ByteSet = ByteSet::of(b'\n').complement();

/// The set of `[:name:]` inside a class; `None` for an unknown name, and for `ascii`, which matches
/// every byte in OTP.
pub fn posix_class(name: &[u8]) -> Option<ByteSet> {
    Some(match name {
        b"alpha" => ALPHA,
        b"lower" => LOWER,
        b"upper" => UPPER,
        b"alnum" => ALNUM,
        b"digit" => DIGIT,
        b"word" => WORD,
        b"space" => SPACE,
        b"blank" => ByteSet::of_ranges(&[(9, 9), (32, 32)]),
        b"cntrl" => ByteSet::of_ranges(&[(0, 31), (127, 159)]),
        b"graph" => ByteSet::of_ranges(&[(33, 126), (160, 255)]),
        b"print" => ByteSet::of_ranges(&[(32, 126), (160, 255)]),
        b"xdigit" => ByteSet::of_ranges(&[(b'0', b'9'), (b'A', b'F'), (b'a', b'f')]),
        b"punct" => ByteSet::of_ranges(&[
            (33, 47),
            (58, 64),
            (91, 96),
            (123, 126),
            (160, 169),
            (171, 180),
            (182, 185),
            (187, 191),
            (215, 215),
            (247, 247),
        ]),
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
