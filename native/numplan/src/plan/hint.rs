//! How to correct a refused regex, where its text shows what was meant.

/// The hint for `regex`, refused for `reason` at `offset`.
pub(super) fn hint(regex: &[u8], reason: &str, offset: usize) -> Option<String> {
    if let Some(halved) = halved_backslashes(regex) {
        return Some(format!(
            "the backslashes are doubled, and so match a literal backslash: did you mean {}",
            String::from_utf8_lossy(&halved)
        ));
    }
    let at = |offset: usize| regex.get(offset).copied();
    let quantifier = [Some(offset), offset.checked_sub(1)]
        .into_iter()
        .flatten()
        .find(|place| at(*place).is_some_and(|byte| b"+*?".contains(&byte)));
    match (reason, quantifier) {
        ("nothing to repeat", Some(place)) => {
            let symbol = char::from(at(place)?);
            let (before, after) = regex.split_at(place);
            let mended = [before, b"\\", after].concat();
            Some(format!(
                "the quantifier {symbol} follows nothing; for a literal {symbol} write {}",
                String::from_utf8_lossy(&mended)
            ))
        }
        ("unmatched parentheses", _) => Some("a ) closes no (; for a literal ) write \\)".to_owned()),
        ("missing )", _) => Some("a ( is never closed; for a literal ( write \\(".to_owned()),
        _ => None,
    }
}

/// The regex with single backslashes, if they are doubled as in JSON text printed once too often.
pub(crate) fn halved_backslashes(regex: &[u8]) -> Option<Vec<u8>> {
    let mut halved = Vec::with_capacity(regex.len());
    let mut doubled = false;
    let mut rest = regex;
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        if *byte == b'\\' {
            let (second, after) = after.split_first()?;
            let means_more = after.first().is_some_and(|next| b"dDwWsS+*?.()[]{}#|^$".contains(next));
            if *second != b'\\' || !means_more {
                return None;
            }
            doubled = true;
            rest = after;
            halved.extend([b'\\']);
            if let Some((next, after)) = rest.split_first() {
                halved.push(*next);
                rest = after;
            }
            continue;
        }
        halved.push(*byte);
    }
    doubled.then_some(halved)
}

#[cfg(test)]
mod tests;
