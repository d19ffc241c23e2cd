//! Splits a file that is read in parts into lines.

use std::borrow::Cow;

/// The longest line that is read; a longer one is skipped.
const MAX_LINE: usize = 64 * 1024;

pub(super) const TOO_LONG: &str = "line of more than 65,536 bytes";

/// A line with its number, or the number of a line that is too long.
pub(super) type Line<'a> = Result<(u64, Cow<'a, [u8]>), u64>;

#[derive(Default)]
pub(super) struct Lines {
    /// The beginning of a line whose end has not come yet.
    begun: Vec<u8>,
    is_too_long: bool,
    read: u64,
}

impl Lines {
    /// The next line of `rest`; `None` at its end, where an incomplete line waits for the next
    /// part.
    pub(super) fn next<'a>(&mut self, rest: &mut &'a [u8], is_last: bool) -> Option<Line<'a>> {
        let end = rest.iter().position(|byte| *byte == b'\n');
        let has_begun = !self.begun.is_empty() || self.is_too_long;
        let is_last_line = is_last && (has_begun || !rest.is_empty());
        if end.is_none() && !is_last_line {
            self.keep(rest);
            *rest = &[];
            return None;
        }
        let (line, after) = rest.split_at_checked(end.unwrap_or(rest.len()))?;
        *rest = after.get(1..).unwrap_or_default();
        self.read += 1;
        if std::mem::take(&mut self.is_too_long) || self.begun.len() + line.len() > MAX_LINE {
            self.begun.clear();
            return Some(Err(self.read));
        }
        let line = if self.begun.is_empty() {
            Cow::Borrowed(line)
        } else {
            let mut begun = std::mem::take(&mut self.begun);
            begun.extend(line);
            Cow::Owned(begun)
        };
        Some(Ok((self.read, line)))
    }

    fn keep(&mut self, part: &[u8]) {
        if self.is_too_long || self.begun.len() + part.len() > MAX_LINE {
            self.is_too_long = true;
            self.begun.clear();
        } else {
            self.begun.extend(part);
        }
    }
}
