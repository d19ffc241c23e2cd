//! Pretty print: a number laid out by a mask (kazoo-facts 3.8).

/// The mask for numbers that start with `+1` and whose classifier has none.
pub const NANP_MASK: &[u8] = b"SS(###) ### - ####";

/// `number` laid out by `mask`, byte by byte.
///
/// In the mask `S` skips a byte of the number, `#` prints one, `*` prints all that is left; a backslash before one of
/// these makes it a literal; everything else is literal. An exhausted number prints nothing where a byte is asked for, and
/// what the mask leaves over is dropped. Cost: linear in both.
///
/// ```
/// use numplan::pretty;
/// assert_eq!(pretty::print(b"SS(###) ### - *", b"+14158867900"), b"(415) 886 - 7900");
/// assert_eq!(pretty::print(br"S\SS(###\#) ### - *\*", b"+14158867900"), b"S(415#) 886 - 7900*");
/// ```
pub fn print(mask: &[u8], number: &[u8]) -> Vec<u8> {
    let mut printed = Vec::with_capacity(mask.len() + number.len());
    let mut mask = mask;
    let mut rest = number;
    while let Some((symbol, after)) = mask.split_first() {
        mask = after;
        match symbol {
            b'S' => rest = rest.split_first().map_or(rest, |(_, rest)| rest),
            b'#' => {
                if let Some((byte, after)) = rest.split_first() {
                    printed.push(*byte);
                    rest = after;
                }
            }
            b'*' => printed.extend_from_slice(std::mem::take(&mut rest)),
            b'\\' => match after.split_first() {
                Some((literal @ (b'S' | b'#' | b'*'), after)) => {
                    printed.push(*literal);
                    mask = after;
                }
                _ => printed.push(b'\\'),
            },
            literal => printed.push(*literal),
        }
    }
    printed
}
