//! Whether two texts that come byte by byte, each at its own pace, may differ.
//!
//! A queue of the bytes by which one text is ahead would make too many states. Instead the first
//! position at which the texts differ is guessed: the text that gets there first fixes its byte
//! there; the other, a known number of bytes behind, must have another byte there, or end before.
//! If the texts differ, some guess comes true; if they are equal, none does.

/// The maximum lag: how many bytes more one of the two texts may have so far than the other.
pub(crate) const MAX_LAG: u8 = 64;

/// One of the two texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Side {
    One,
    Other,
}

/// The state of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Divergence {
    /// Nothing was guessed. The text of `side` is longer by `by` bytes.
    Ahead { side: Side, by: u8 },
    /// A nondeterministic guess that the texts differ at one position. The longer text has a byte
    /// of `class` there; `side`, the shorter one, reaches the position after `after` more bytes.
    Waiting { side: Side, after: u8, class: u8 },
    /// The texts differ.
    Different,
    /// One text got too far ahead.
    Lost,
}

/// The work of [`Divergence::read`]: each byte adds one guess.
pub(crate) fn work(before: &[Divergence], text: &[u8]) -> usize {
    let guesses = before.len() + text.len().min(usize::from(MAX_LAG));
    guesses.saturating_mul(text.len())
}

/// The lag up to which two texts are compared.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    /// The most bytes by which one text may be ahead, at most [`MAX_LAG`].
    pub(crate) most: u8,
    /// The state of texts that are further apart.
    pub(crate) beyond: Divergence,
}

impl Divergence {
    /// The state before the first byte.
    pub(crate) const START: Divergence = Divergence::Ahead { side: Side::One, by: 0 };

    /// All states after `text` of one side. Once the texts differ, no other state matters.
    pub(crate) fn read(before: &[Divergence], side: Side, text: &[u8], window: Window) -> Vec<Divergence> {
        let mut all = before.to_vec();
        for class in text {
            all = all
                .into_iter()
                .flat_map(|divergence| divergence.read_one(side, *class, window))
                .flatten()
                .collect();
        }
        if all.contains(&Divergence::Different) {
            all = vec![Divergence::Different];
        }
        all
    }

    fn read_one(self, read: Side, class: u8, window: Window) -> [Option<Divergence>; 2] {
        match self {
            Divergence::Ahead { side, by } if by == 0 || side == read => {
                let behind = match read {
                    Side::One => Side::Other,
                    Side::Other => Side::One,
                };
                let further = match by + 1 {
                    by if by <= window.most => Divergence::Ahead { side: read, by },
                    _ => window.beyond,
                };
                let guess = Divergence::Waiting {
                    side: behind,
                    after: by,
                    class,
                };
                [Some(further), Some(guess)]
            }
            Divergence::Ahead { by: 1, .. } => [Some(Divergence::START), None],
            Divergence::Ahead { side, by } => [Some(Divergence::Ahead { side, by: by - 1 }), None],
            Divergence::Waiting {
                side,
                after,
                class: has,
            } if side == read => match after {
                0 if has == class => [None, None],
                0 => [Some(Divergence::Different), None],
                after => [
                    Some(Divergence::Waiting {
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

    /// True for texts that differ if both end here.
    pub(crate) fn differs(self) -> bool {
        !matches!(self, Divergence::START | Divergence::Lost)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Window = Window {
        most: 4,
        beyond: Divergence::Lost,
    };

    fn compare(pieces: &[(Side, &[u8])]) -> Vec<Divergence> {
        pieces.iter().fold(vec![Divergence::START], |all, (side, text)| {
            Divergence::read(&all, *side, text, WINDOW)
        })
    }

    fn differ(pieces: &[(Side, &[u8])]) -> bool {
        compare(pieces).into_iter().any(Divergence::differs)
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
        assert!(compare(&[(Side::One, b"abcde")]).contains(&Divergence::Lost));
        assert!(!compare(&[(Side::One, b"abcd")]).contains(&Divergence::Lost));
    }
}
