//! Codes, blocks and companies read so far.

use super::row::{Postal, Rejected, Row};
use crate::snapshot::{Holder, Place};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::Hash;

/// The most postal codes of an answer.
const POSTAL_CODES: usize = 3;

/// Interned values, referred to by index.
pub(super) struct Pool<T> {
    numbers: HashMap<T, u32>,
    pub(super) values: Vec<T>,
}

impl<T> Default for Pool<T> {
    fn default() -> Self {
        Self {
            numbers: HashMap::new(),
            values: Vec::new(),
        }
    }
}

impl<T: Clone + Eq + Hash> Pool<T> {
    /// The index of `value`, which is added if it is new; `None` when the indexes are used up.
    pub(super) fn number(&mut self, value: T) -> Option<u32> {
        let next = u32::try_from(self.values.len())
            .ok()
            .filter(|next| *next < u32::MAX / 2)?;
        Some(match self.numbers.entry(value) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(new) => {
                self.values.push(new.key().clone());
                *new.insert(next)
            }
        })
    }
}

/// A code or block: the indexes of its place, holder and file.
#[derive(Clone, Copy)]
pub(super) struct Draft {
    pub(super) place: u32,
    pub(super) holder: u32,
    pub(super) file: u32,
}

/// A code with its block; 0 for the whole code.
pub(super) type Key = (u32, u32);

#[derive(Default)]
pub(super) struct Drafts {
    pub(super) texts: Pool<String>,
    pub(super) places: Pool<Place<u32>>,
    pub(super) holders: Pool<Holder<u32>>,
    pub(super) files: Vec<(u32, u32)>,
    pub(super) codes: HashMap<Key, Draft>,
    pub(super) postal: HashMap<Key, Vec<Postal>>,
    /// Companies by the indexes of their OCNs.
    pub(super) companies: HashMap<u32, Holder<u32>>,
}

impl Drafts {
    /// Begins a file of this layout and date.
    pub(super) fn begin_file(&mut self, layout: &str, as_of: &str) {
        let layout = self.text(layout.to_owned()).unwrap_or_default();
        let as_of = self.text(as_of.to_owned()).unwrap_or_default();
        self.files.push((layout, as_of));
    }

    /// The index of a text; 0 for the empty text.
    pub(super) fn text(&mut self, text: String) -> Option<u32> {
        if self.texts.values.is_empty() {
            self.texts.number(String::new())?;
        }
        self.texts.number(text)
    }

    pub(super) fn add(&mut self, row: Row) -> Result<(), Rejected> {
        const FULL: Rejected = Rejected::Because("more different texts than a snapshot holds");
        match row {
            Row::Company(holder) => {
                let holder = holder.map_texts(self).ok_or(FULL)?;
                match self.companies.entry(holder.ocn) {
                    Entry::Occupied(_) => Err(Rejected::Because("OCN that an earlier row has")),
                    Entry::Vacant(new) => {
                        new.insert(holder);
                        Ok(())
                    }
                }
            }
            Row::Code {
                code,
                block,
                place,
                holder,
                postal,
            } => {
                let place = place
                    .map_texts(self)
                    .and_then(|place| self.places.number(place))
                    .ok_or(FULL)?;
                let holder = holder
                    .map_texts(self)
                    .and_then(|holder| self.holders.number(holder))
                    .ok_or(FULL)?;
                let file = u32::try_from(self.files.len()).unwrap_or_default().saturating_sub(1);
                let key = (code, block.map_or(0, |block| block + 1));
                self.add_code(key, Draft { place, holder, file }, postal)
            }
        }
    }

    fn add_code(&mut self, key: Key, draft: Draft, postal: Vec<Postal>) -> Result<(), Rejected> {
        let has_postal = !postal.is_empty();
        match self.codes.entry(key) {
            Entry::Vacant(new) => {
                new.insert(draft);
            }
            Entry::Occupied(mut known) if known.get().file != draft.file => {
                let (known, place, holder) = (
                    known.get_mut(),
                    self.places.values.as_slice(),
                    self.holders.values.as_slice(),
                );
                let merged =
                    merged(place, known.place, draft.place).zip(merged_holder(holder, known.holder, draft.holder));
                if let Some((place, holder)) = merged {
                    known.place = self.places.number(place).unwrap_or(known.place);
                    known.holder = self.holders.number(holder).unwrap_or(known.holder);
                }
            }
            // A row more for each postal code.
            Entry::Occupied(_) if has_postal => {}
            Entry::Occupied(_) => return Err(Rejected::Because("code or block that an earlier row has")),
        }
        if has_postal {
            self.add_postal(key, postal);
        }
        Ok(())
    }

    fn add_postal(&mut self, key: Key, codes: Vec<Postal>) {
        let known = self.postal.entry(key).or_default();
        for code in codes {
            if known.iter().all(|(_, other)| *other != code.1) {
                known.push(code);
            }
        }
        known.sort_by_key(|(rank, _)| *rank);
        known.truncate(POSTAL_CODES);
    }
}

/// The values of `known`, with missing ones from `more`.
fn merged(places: &[Place<u32>], known: u32, more: u32) -> Option<Place<u32>> {
    let (known, more) = (places.get(known as usize)?, places.get(more as usize)?);
    Some(known.or(more))
}

fn merged_holder(holders: &[Holder<u32>], known: u32, more: u32) -> Option<Holder<u32>> {
    let (known, more) = (holders.get(known as usize)?, holders.get(more as usize)?);
    // Values of different companies are not mixed.
    if known.ocn != 0 && more.ocn != 0 && known.ocn != more.ocn {
        return Some(*known);
    }
    Some(known.or(more))
}

macro_rules! of_texts {
    ($name:ident) => {
        impl $name<String> {
            fn map_texts(self, drafts: &mut Drafts) -> Option<$name<u32>> {
                let mut is_full = false;
                let mapped = self.map(|text| {
                    drafts.text(text).unwrap_or_else(|| {
                        is_full = true;
                        0
                    })
                });
                (!is_full).then_some(mapped)
            }
        }
    };
}

of_texts!(Place);
of_texts!(Holder);
