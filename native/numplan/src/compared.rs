//! Two texts that come byte by byte, each at its own pace: are they the same?

/// How far one text may be ahead of the other and still be compared.
pub(crate) const MAX_LAG: usize = 24;

/// Which text a byte belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Side {
    One,
    Other,
}

/// What is known so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Compared {
    known: Known,
    /// The text that is ahead, and by what.
    ahead: Side,
    length: u8,
    queue: [u8; MAX_LAG],
}

/// What is known of two texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Known {
    /// They agree so far.
    Same,
    /// They differ.
    Different,
    /// One was too far ahead.
    Lost,
}

impl Compared {
    /// Of two texts of which nothing was read.
    pub(crate) fn new() -> Compared {
        Compared::settled(Known::Same)
    }

    fn settled(known: Known) -> Compared {
        Compared {
            known,
            ahead: Side::One,
            length: 0,
            queue: [0; MAX_LAG],
        }
    }

    /// After `text` of one side. `most` is how far ahead a side may be; `beyond` is what is known then.
    pub(crate) fn read(mut self, side: Side, text: &[u8], most: usize, beyond: Known) -> Compared {
        for class in text {
            self = self.read_one(side, *class, most, beyond);
        }
        self
    }

    fn read_one(mut self, side: Side, class: u8, most: usize, beyond: Known) -> Compared {
        if self.known != Known::Same {
            return self;
        }
        if self.length != 0 && self.ahead != side {
            if self.queue[0] != class {
                return Compared::settled(Known::Different);
            }
            // Equal states shall have equal queues: nothing of what was read stays behind.
            self.queue[0] = 0;
            self.queue.rotate_left(1);
            self.length -= 1;
            if self.length == 0 {
                self.ahead = Side::One;
            }
            return self;
        }
        let at = usize::from(self.length);
        match self.queue.get_mut(at).filter(|_| at < most) {
            None => Compared::settled(if at < most { Known::Lost } else { beyond }),
            Some(cell) => {
                *cell = class;
                self.length += 1;
                self.ahead = side;
                self
            }
        }
    }

    /// What is known if both texts end here.
    pub(crate) fn at_end(&self) -> Known {
        match self.known {
            Known::Same if self.length != 0 => Known::Different,
            known => known,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compare(pieces: &[(Side, &[u8])]) -> Known {
        let compared = pieces.iter().fold(Compared::new(), |compared, (side, text)| {
            compared.read(*side, text, 4, Known::Different)
        });
        compared.at_end()
    }

    #[test]
    fn texts_are_compared_at_any_pace() {
        use Side::{One, Other};
        assert_eq!(
            compare(&[(One, b"ab"), (Other, b"a"), (One, b"c"), (Other, b"bc")]),
            Known::Same
        );
        assert_eq!(compare(&[(Other, b"ab"), (One, b"abcd"), (Other, b"cd")]), Known::Same);
        assert_eq!(compare(&[(One, b"ab"), (Other, b"b")]), Known::Different);
        assert_eq!(compare(&[(One, b"ab"), (Other, b"a")]), Known::Different);
        assert_eq!(compare(&[(One, b"abcde"), (Other, b"abcde")]), Known::Different);
    }

    #[test]
    fn a_text_that_is_too_far_ahead_is_lost() {
        let compared = Compared::new().read(Side::One, &[1; MAX_LAG + 1], usize::MAX, Known::Different);
        assert_eq!(compared.at_end(), Known::Lost);
    }
}
