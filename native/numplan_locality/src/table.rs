//! Built-in tables: texts by key.

use fst::raw::Fst;

/// The error of a built-in table that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Damaged;

/// Texts by index.
///
/// Layout, little-endian u32: their number, the start of each, the end of the last, the bytes.
#[derive(Clone, Copy)]
pub(crate) struct Texts<'a> {
    offsets: &'a [u8],
    bytes: &'a [u8],
}

impl<'a> Texts<'a> {
    pub(crate) fn open(data: &'a [u8]) -> Result<Self, Damaged> {
        let (count, rest) = data.split_first_chunk().ok_or(Damaged)?;
        let count = usize::try_from(u32::from_le_bytes(*count)).map_err(|_| Damaged)?;
        let width = count
            .checked_add(1)
            .and_then(|ends| ends.checked_mul(4))
            .ok_or(Damaged)?;
        let (offsets, bytes) = rest.split_at_checked(width).ok_or(Damaged)?;
        Ok(Self { offsets, bytes })
    }

    pub(crate) fn get(&self, number: u64) -> Option<&'a str> {
        let number = usize::try_from(number).ok()?;
        let text = self
            .bytes
            .get(self.offset(number)?..self.offset(number.checked_add(1)?)?)?;
        std::str::from_utf8(text).ok()
    }

    fn offset(&self, number: usize) -> Option<usize> {
        let place = self.offsets.get(number.checked_mul(4)?..)?.first_chunk()?;
        usize::try_from(u32::from_le_bytes(*place)).ok()
    }
}

/// Texts by key.
pub(crate) struct Table {
    keys: Fst<&'static [u8]>,
    texts: Texts<'static>,
}

impl Table {
    pub(crate) fn open(keys: &'static [u8], texts: &'static [u8]) -> Result<Self, Damaged> {
        Ok(Self {
            keys: Fst::new(keys).map_err(|_| Damaged)?,
            texts: Texts::open(texts)?,
        })
    }

    pub(crate) fn get(&self, key: &[u8]) -> Option<&'static str> {
        self.texts.get(self.keys.get(key)?.value())
    }
}
