//! Regexes that `re` may refuse for their size.
//!
//! Both PCREs refuse what they compile to more than 65,535 bytes. On regexes of many shapes both
//! stop at the same count; no document promises it, so nothing is claimed about a regex near the
//! limit.

use crate::regex::dialect::Dialect;
use crate::regex::parser::{self, Reading};

/// The estimated size in bytes up to which no release refuses a regex for its size.
const SAFE: usize = 50_000;

/// True for a regex that is native in `dialect`, and that its `re` may refuse for its size.
pub(crate) fn may_be_too_large(regex: &[u8], dialect: Dialect) -> bool {
    matches!(parser::read_sized(regex, dialect), (Reading::Native(_), size) if size > SAFE)
}
