//! Pretty print: numbers printed by a mask (kazoo-semantics 3.8).

/// The mask for numbers that start with `+1` and whose classifier has none.
pub const NANP_MASK: &[u8] = b"SS(###) ### - ####";

/// A number's mask: its class's own, or else [`NANP_MASK`] where it starts with `+1`.
///
/// ```
/// use numplan::plan::pretty;
/// assert_eq!(pretty::mask(None, b"+14158867900"), Some(pretty::NANP_MASK));
/// assert_eq!(pretty::mask(None, b"911"), None);
/// ```
pub fn mask<'m>(of_class: Option<&'m [u8]>, e164: &[u8]) -> Option<&'m [u8]> {
    of_class.or_else(|| e164.starts_with(b"+1").then_some(NANP_MASK))
}

/// `number` laid out by `mask`, byte by byte.
///
/// In the mask `S` skips a byte of the number, `#` prints one, `*` prints all that is left; behind
/// a backslash these are literal, as everything else is. An exhausted number prints nothing, and
/// what the mask leaves over is dropped. Cost: linear in both.
///
/// ```
/// use numplan::plan::pretty;
/// assert_eq!(pretty::print(b"SS(###) ### - *", b"+14158867900"), b"(415) 886 - 7900");
/// assert_eq!(pretty::print(br"S\SS(###\#) ### - *\*", b"+14158867900"), b"S(415#) 886 - 7900*");
/// ```
pub fn print(mask: &[u8], number: &[u8]) -> Vec<u8> {
    let mut printed = Vec::with_capacity(mask.len() + number.len());
    for step in steps(mask, number) {
        match step.prints {
            [byte] => printed.push(*byte),
            bytes => printed.extend_from_slice(bytes),
        }
    }
    printed
}

/// What a symbol of a mask does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Does {
    /// `S`: a byte of the number is left out.
    Skip,
    /// `#`: a byte of the number is printed.
    Emit,
    /// `*`: all that is left of the number is printed.
    Rest,
    /// The symbol itself is printed, less the backslash that makes it literal.
    Literal,
}

/// One symbol of a mask at work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step<'a> {
    /// The symbol as it stands in the mask: one byte, perhaps behind a backslash.
    pub symbol: &'a [u8],
    /// What it does.
    pub does: Does,
    /// What it takes of the number; nothing where the number is exhausted.
    pub takes: &'a [u8],
    /// What it prints.
    pub prints: &'a [u8],
}

/// The steps of [`print()`], one for each symbol of the mask, in order.
#[derive(Clone, Debug)]
pub struct Steps<'a> {
    mask: &'a [u8],
    rest: &'a [u8],
}

/// The steps in which `mask` lays out `number`. Cost: linear in both.
///
/// ```
/// use numplan::plan::pretty::{self, Does};
/// let mut steps = pretty::steps(b"S#", b"123");
/// assert_eq!(steps.next().map(|step| (step.does, step.takes)), Some((Does::Skip, b"1".as_slice())));
/// assert_eq!(steps.next().map(|step| (step.does, step.prints)), Some((Does::Emit, b"2".as_slice())));
/// assert_eq!((steps.next(), steps.left_over()), (None, b"3".as_slice()));
/// ```
pub fn steps<'a>(mask: &'a [u8], number: &'a [u8]) -> Steps<'a> {
    Steps { mask, rest: number }
}

impl<'a> Steps<'a> {
    /// What no step has taken of the number so far.
    pub fn left_over(&self) -> &'a [u8] {
        self.rest
    }

    fn take(&mut self, bytes: usize) -> &'a [u8] {
        let (taken, rest) = self.rest.split_at(bytes.min(self.rest.len()));
        self.rest = rest;
        taken
    }
}

impl<'a> Iterator for Steps<'a> {
    type Item = Step<'a>;

    #[inline]
    fn next(&mut self) -> Option<Step<'a>> {
        let width = match self.mask {
            [] => return None,
            [b'\\', b'S' | b'#' | b'*', ..] => 2,
            _ => 1,
        };
        let (symbol, mask) = self.mask.split_at(width);
        self.mask = mask;
        let (does, takes) = match symbol {
            b"S" => (Does::Skip, self.take(1)),
            b"#" => (Does::Emit, self.take(1)),
            b"*" => (Does::Rest, self.take(usize::MAX)),
            _ => (Does::Literal, [].as_slice()),
        };
        let prints = match does {
            Does::Skip => &[],
            Does::Emit | Does::Rest => takes,
            Does::Literal => symbol.get(width - 1..).unwrap_or_default(),
        };
        Some(Step {
            symbol,
            does,
            takes,
            prints,
        })
    }
}
