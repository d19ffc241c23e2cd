//! Two texts that come byte by byte, each at its own pace: may they differ?
//!
//! No queue of the bytes that one text is ahead by is kept, as there are too many such queues. Instead the place where the texts differ is
//! guessed: the text that comes there first says which byte it has, and the other one, which is known to be so many bytes behind, must have
//! another byte there, or end before. So a difference has a way that shows it, and texts that are the same have none.

/// How far one text may be ahead of the other and still be compared.
pub(crate) const MAX_LAG: u8 = 64;

/// Which text a byte belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Side {
    One,
    Other,
}

/// What is known so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Compared {
    /// Nothing was guessed. One text is ahead by so many bytes.
    Ahead {
        /// The text that is ahead.
        side: Side,
        /// By so much.
        by: u8,
    },
    /// The texts shall differ where `side` comes after so many bytes more: it must not have a byte of `class` there.
    Waiting {
        /// The text that is behind.
        side: Side,
        /// So many bytes come before.
        after: u8,
        /// What the other text has there.
        class: u8,
    },
    /// They differ.
    Different,
    /// One was too far ahead.
    Lost,
}

/// How much is looked at to read `text`, where so much may have been known: with each byte one guess more.
pub(crate) fn work(before: &[Compared], text: &[u8]) -> usize {
    let guesses = before.len() + text.len().min(usize::from(MAX_LAG));
    guesses.saturating_mul(text.len())
}

/// How far apart texts are compared.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reach {
    /// One text may be ahead by so much, at most [`MAX_LAG`].
    pub(crate) most: u8,
    /// What is known of two texts that are further apart.
    pub(crate) beyond: Compared,
}

impl Compared {
    /// Of two texts of which nothing was read.
    pub(crate) const START: Compared = Compared::Ahead { side: Side::One, by: 0 };

    /// All that may be known after `text` of one side, of all that may have been known before. That they differ says all there is.
    pub(crate) fn read(before: &[Compared], side: Side, text: &[u8], reach: Reach) -> Vec<Compared> {
        let mut all = before.to_vec();
        for class in text {
            all = all
                .into_iter()
                .flat_map(|compared| compared.read_one(side, *class, reach))
                .flatten()
                .collect();
        }
        if all.contains(&Compared::Different) {
            all = vec![Compared::Different];
        }
        all
    }

    fn read_one(self, read: Side, class: u8, reach: Reach) -> [Option<Compared>; 2] {
        match self {
            Compared::Ahead { side, by } if by == 0 || side == read => {
                let behind = match read {
                    Side::One => Side::Other,
                    Side::Other => Side::One,
                };
                let further = match by + 1 {
                    by if by <= reach.most => Compared::Ahead { side: read, by },
                    _ => reach.beyond,
                };
                let guess = Compared::Waiting {
                    side: behind,
                    after: by,
                    class,
                };
                [Some(further), Some(guess)]
            }
            Compared::Ahead { by: 1, .. } => [Some(Compared::START), None],
            Compared::Ahead { side, by } => [Some(Compared::Ahead { side, by: by - 1 }), None],
            Compared::Waiting {
                side,
                after,
                class: has,
            } if side == read => match after {
                0 if has == class => [None, None],
                0 => [Some(Compared::Different), None],
                after => [
                    Some(Compared::Waiting {
                        side,
                        after: after - 1,
                        class: has,
                    }),
                    None,
                ],
            },
            known => [Some(known), None],
        }
    }

    /// True when the texts differ if both end here.
    pub(crate) fn differs(self) -> bool {
        !matches!(self, Compared::START | Compared::Lost)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REACH: Reach = Reach {
        most: 4,
        beyond: Compared::Lost,
    };

    fn compare(pieces: &[(Side, &[u8])]) -> Vec<Compared> {
        pieces.iter().fold(vec![Compared::START], |all, (side, text)| {
            Compared::read(&all, *side, text, REACH)
        })
    }

    fn differ(pieces: &[(Side, &[u8])]) -> bool {
        compare(pieces).into_iter().any(Compared::differs)
    }

    #[test]
    fn texts_are_compared_at_any_pace() {
        use Side::{One, Other};
        assert!(!differ(&[(One, b"ab"), (Other, b"a"), (One, b"c"), (Other, b"bc")]));
        assert!(!differ(&[(Other, b"ab"), (One, b"abcd"), (Other, b"cd")]));
        assert!(differ(&[(One, b"ab"), (Other, b"b")]));
        assert!(differ(&[(One, b"ab"), (Other, b"a")]));
        assert!(differ(&[(One, b"abcd"), (Other, b"abbd")]));
        assert!(differ(&[(Other, b"abcd"), (One, b"abc"), (One, b"c")]));
    }

    #[test]
    fn a_text_that_is_too_far_ahead_is_lost() {
        assert!(compare(&[(Side::One, b"abcde")]).contains(&Compared::Lost));
        assert!(!compare(&[(Side::One, b"abcd")]).contains(&Compared::Lost));
    }
}
