//! Puts groups of digits into templates.

use crate::characters::is_punctuation;
use crate::layout::{format, template};

/// A template, and what goes into it.
pub(crate) struct Template<'a> {
    pub(crate) text: &'a [u8],
    /// The format, which has the sizes of the groups.
    pub(crate) row: &'a [u8; format::SIZE],
    pub(crate) digits: &'a [u8],
    pub(crate) carrier: &'a str,
}

impl Template<'_> {
    pub(crate) fn push(&self, out: &mut Vec<u8>) {
        let groups = self.groups();
        for byte in self.text {
            match byte.checked_sub(template::CARRIER) {
                None => out.push(*byte),
                Some(0) => out.extend_from_slice(self.carrier.as_bytes()),
                Some(number) => push_short(out, groups.get(usize::from(number) - 1).copied().unwrap_or_default()),
            }
        }
    }

    /// With dashes in place of all punctuation, and none at the beginning.
    pub(crate) fn push_dashed(&self, out: &mut Vec<u8>) {
        let start = out.len();
        let groups = self.groups();
        let mut is_apart = false;
        for byte in self.text {
            let group = byte.checked_sub(template::GROUP);
            if group.is_none() && is_punctuation(char::from(*byte)) {
                is_apart = out.len() > start;
                continue;
            }
            if std::mem::take(&mut is_apart) {
                out.push(b'-');
            }
            match group {
                Some(number) => push_short(out, groups.get(usize::from(number)).copied().unwrap_or_default()),
                None => out.push(*byte),
            }
        }
        if is_apart {
            out.push(b'-');
        }
    }

    /// The groups of digits: each as long as it may be while the others get their least.
    fn groups(&self) -> [&[u8]; format::MOST_GROUPS] {
        let sizes = self.row.get(format::GROUPS..format::NATIONAL).unwrap_or_default();
        let (sizes, _) = sizes.as_chunks::<2>();
        let least: usize = sizes.iter().map(|[least, _]| usize::from(*least)).sum();
        let mut free = self.digits.len().saturating_sub(least);
        let mut rest = self.digits;
        let mut groups = [[].as_slice(); format::MOST_GROUPS];
        for (group, [least, most]) in groups.iter_mut().zip(sizes) {
            let more = free.min(usize::from(most.saturating_sub(*least)));
            free -= more;
            (*group, rest) = rest.split_at_checked(usize::from(*least) + more).unwrap_or((rest, &[]));
        }
        groups
    }
}

/// Appends a few bytes, one by one: less work than a call that copies any number of them.
#[inline]
pub(super) fn push_short(out: &mut Vec<u8>, bytes: &[u8]) {
    for byte in bytes {
        out.push(*byte);
    }
}
