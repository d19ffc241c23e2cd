//! Classes of Unicode characters that decide where a number begins and ends.

use crate::fallible::Result;
use regex_syntax::hir::{Class, HirKind};

/// Ranges of letters and numbers, first and last.
pub(crate) fn letters_and_numbers() -> Result<Vec<u32>> {
    Ok(ranges(r"[\p{L}\p{N}]")?.into_iter().flatten().collect())
}

/// The zeros of decimal digits, of which the other nine follow each.
pub(crate) fn zeros() -> Result<Vec<u32>> {
    let mut zeros = Vec::new();
    for [first, last] in ranges(r"\p{Nd}")? {
        if (last + 1 - first) % 10 != 0 {
            return Err(format!("digits from U+{first:X} to U+{last:X}").into());
        }
        zeros.extend((first..=last).step_by(10));
    }
    Ok(zeros)
}

fn ranges(class: &str) -> Result<Vec<[u32; 2]>> {
    match regex_syntax::parse(class)?.into_kind() {
        HirKind::Class(Class::Unicode(class)) => Ok(class
            .ranges()
            .iter()
            .map(|range| [range.start().into(), range.end().into()])
            .collect()),
        _ => Err(format!("{class} is no class").into()),
    }
}
