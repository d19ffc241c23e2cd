//! The words for a file that cannot be read or written.

use std::path::Path;

/// The message for `error` at `path`.
pub(crate) fn at(path: &Path, error: &std::io::Error) -> String {
    format!("{}: {error}", path.display())
}
