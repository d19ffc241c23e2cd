//! A snapshot of an operator's own data: the holder and location of each code and block of the
//! North American plan, in one file with a checksum.
//!
//! Layout, all integers little-endian u32 unless noted: the magic; the version; the length of the
//! file (u64); SHA-256 of all that follows it; start and length of each section of `Section`. It
//! is read in place, without decoding. Texts are referred to by their index, where 0 is no text.
//!
//! A snapshot is read into memory and not mapped: truncation of a mapped file would crash the VM.

use crate::table::Texts;
use sha2::{Digest, Sha256};

pub(crate) const MAGIC: &[u8; 8] = b"NUMPLOC\0";
pub(crate) const VERSION: u32 = 1;
/// The offset of the first byte that is hashed, behind the magic, version, length and hash.
pub(crate) const HASHED_FROM: usize = 8 + 4 + 8 + 32;
pub(crate) const SECTIONS: usize = 8;
pub(crate) const HEADER: usize = HASHED_FROM + SECTIONS * 8;
/// The flag of an entry in the table of codes: its other bits are the index of a page of blocks.
pub(crate) const BLOCKS: u32 = 1 << 31;
/// The number of codes in an area code.
pub(crate) const CODES: usize = 1_000;
/// The cells of a page of blocks: the whole code and its ten blocks.
pub(crate) const BLOCK_CELLS: usize = 11;

/// The sections, in order.
#[derive(Clone, Copy)]
pub(crate) enum Section {
    /// All texts.
    Texts,
    /// Of each imported file: its layout and its date.
    Files,
    /// [`Place`]s.
    Places,
    /// [`Holder`]s.
    Holders,
    /// The data on a code or block: place, holder, file.
    Entries,
    /// For each area code from 000 to 999: the page of its codes plus one, or 0.
    Npas,
    /// Pages of codes from 000 to 999: an entry plus one, 0 for none, or [`BLOCKS`] and a page.
    Codes,
    /// Pages of the entries of a whole code and of its ten blocks, plus one; 0 for no entry.
    Blocks,
}

macro_rules! texts {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
        pub struct $name<T> { $($(#[$field_doc])* pub $field: T),+ }

        impl<T> $name<T> {
            pub(crate) const WIDTH: usize = [$(stringify!($field)),+].len();

            pub(crate) fn map<U>(self, mut change: impl FnMut(T) -> U) -> $name<U> {
                $name { $($field: change(self.$field)),+ }
            }

            pub(crate) fn cells(self) -> Vec<T> {
                vec![$(self.$field),+]
            }
        }

        impl $name<u32> {
            /// Its values, with missing ones from `more`.
            pub(crate) fn or(&self, more: &Self) -> Self {
                Self { $($field: if self.$field == 0 { more.$field } else { self.$field }),+ }
            }

            fn read(cells: &[u8]) -> Option<Self> {
                let mut cells = cells.as_chunks::<4>().0.iter().map(|cell| u32::from_le_bytes(*cell));
                Some(Self { $($field: cells.next()?),+ })
            }
        }
    };
}

texts! {
    /// The location of a code or block.
    Place {
        /// The country, by its code of two letters in ISO 3166-1.
        country,
        /// The state or province, by its two letters.
        province,
        /// The rate centre, as the file writes it.
        rate_center,
        /// The city of the rate centre.
        city,
        /// `derived` where the city follows from the rate centre; no text where the imported file
        /// has it.
        city_by,
        /// The local access and transport area (LATA).
        lata,
        /// The latitude in degrees.
        latitude,
        /// The longitude in degrees.
        longitude,
        /// The first postal code.
        postal_code,
        /// The second postal code.
        second_postal_code,
        /// The third postal code.
        third_postal_code,
    }
}

texts! {
    /// The company that holds a code or block.
    Holder {
        /// The operating company number (OCN).
        ocn,
        /// The company's name.
        company,
        /// The name that the company does business as.
        dba,
        /// The kind of company: `CLEC`, `WIRELESS` and so on.
        category,
        /// The line type: `LANDLINE` or `WIRELESS`.
        line_type,
        /// `derived` where the line type follows from the company's kind or name; no text where the
        /// imported file has it.
        line_type_by,
        /// The switch, by its CLLI.
        switch,
    }
}

/// Why bytes cannot be read as a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// They do not begin with the magic.
    Foreign,
    /// The snapshot has another version of the format.
    Version(u32),
    /// The length is not the one in the header.
    Length,
    /// The checksum does not match.
    Changed,
}

/// A snapshot's data on a code or block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// The location of the code or block.
    pub place: Place<Option<&'a str>>,
    /// The company that holds the code or block, and its line type.
    pub holder: Holder<Option<&'a str>>,
    /// Whether the data are on the block of a thousand, not the whole code.
    pub is_block: bool,
    /// The layout of the file that the data are from.
    pub layout: &'a str,
    /// The date of that file.
    pub as_of: &'a str,
}

/// A snapshot in memory.
#[derive(Clone, Copy)]
pub struct Snapshot<'a> {
    sections: [&'a [u8]; SECTIONS],
    texts: Texts<'a>,
}

impl<'a> Snapshot<'a> {
    /// Opens a snapshot and compares its hash. Cost: some milliseconds for a megabyte.
    ///
    /// # Errors
    ///
    /// [`Refused`], with what is wrong.
    pub fn check(bytes: &'a [u8]) -> Result<Self, Refused> {
        let snapshot = Self::open(bytes)?;
        let written = bytes.get(HASHED_FROM - 32..HASHED_FROM).ok_or(Refused::Length)?;
        match bytes.get(HASHED_FROM..).map(Sha256::digest) {
            Some(found) if found.as_slice() == written => Ok(snapshot),
            _ => Err(Refused::Changed),
        }
    }

    /// Opens a snapshot that was checked before. Reading it is safe whatever its bytes are.
    ///
    /// # Errors
    ///
    /// [`Refused`], but never for a wrong checksum, which is not compared.
    pub fn open(bytes: &'a [u8]) -> Result<Self, Refused> {
        if !bytes.starts_with(MAGIC) {
            return Err(Refused::Foreign);
        }
        let version = cell(bytes, 2).ok_or(Refused::Length)?;
        if version != VERSION {
            return Err(Refused::Version(version));
        }
        let length = bytes.get(12..20).and_then(<[u8]>::first_chunk).ok_or(Refused::Length)?;
        if usize::try_from(u64::from_le_bytes(*length)) != Ok(bytes.len()) {
            return Err(Refused::Length);
        }
        let mut sections = [[].as_slice(); SECTIONS];
        for (number, section) in sections.iter_mut().enumerate() {
            let start = index(bytes, HASHED_FROM / 4 + number * 2).ok_or(Refused::Length)?;
            let length = index(bytes, HASHED_FROM / 4 + number * 2 + 1).ok_or(Refused::Length)?;
            *section = bytes
                .get(start..)
                .and_then(|rest| rest.get(..length))
                .ok_or(Refused::Changed)?;
        }
        let texts = Texts::open(sections[Section::Texts as usize]).map_err(|_| Refused::Changed)?;
        Ok(Self { sections, texts })
    }

    /// The number of codes and blocks in it.
    #[must_use]
    pub fn entries(&self) -> usize {
        self.section(Section::Entries).len() / 12
    }

    /// The layouts and dates of the files it was made from.
    pub fn files(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let files = self.section(Section::Files);
        (0..files.len() / 8).filter_map(move |file| self.file(file))
    }

    /// The data on the number `1` and ten digits. Cost: some tens of nanoseconds.
    #[must_use]
    pub fn entry(&self, digits: &[u8]) -> Option<Entry<'a>> {
        let npa = number(digits.get(..3)?)?;
        let nxx = number(digits.get(3..6)?)?;
        let block = number(digits.get(6..7)?)?;
        let page = index(self.section(Section::Npas), npa)?.checked_sub(1)?;
        let found = cell(self.section(Section::Codes), page.checked_mul(CODES)?.checked_add(nxx)?)?;
        if found & BLOCKS == 0 {
            return self.read_entry(found, false);
        }
        let page = usize::try_from(found ^ BLOCKS).ok()?.checked_mul(BLOCK_CELLS)?;
        let blocks = self.section(Section::Blocks);
        match cell(blocks, page.checked_add(block)?.checked_add(1)?)? {
            0 => self.read_entry(cell(blocks, page)?, false),
            found => self.read_entry(found, true),
        }
    }

    fn read_entry(&self, found: u32, is_block: bool) -> Option<Entry<'a>> {
        let entry = usize::try_from(found.checked_sub(1)?).ok()?.checked_mul(3)?;
        let entries = self.section(Section::Entries);
        let place = Place::read(row(
            self.section(Section::Places),
            index(entries, entry)?,
            Place::<u32>::WIDTH,
        )?)?;
        let holder = Holder::read(row(
            self.section(Section::Holders),
            index(entries, entry + 1)?,
            Holder::<u32>::WIDTH,
        )?)?;
        let (layout, as_of) = self.file(index(entries, entry + 2)?)?;
        Some(Entry {
            place: place.map(|text| self.text(text)),
            holder: holder.map(|text| self.text(text)),
            is_block,
            layout,
            as_of,
        })
    }

    fn file(&self, file: usize) -> Option<(&'a str, &'a str)> {
        let files = self.section(Section::Files);
        let text = |at| {
            Some(
                self.text(cell(files, file.checked_mul(2)?.checked_add(at)?)?)
                    .unwrap_or_default(),
            )
        };
        Some((text(0)?, text(1)?))
    }

    fn text(&self, number: u32) -> Option<&'a str> {
        match number {
            0 => None,
            number => self.texts.get(u64::from(number)),
        }
    }

    fn section(&self, section: Section) -> &'a [u8] {
        self.sections[section as usize]
    }
}

fn row(section: &[u8], number: usize, width: usize) -> Option<&[u8]> {
    section.get(number.checked_mul(width * 4)?..)?.get(..width * 4)
}

fn cell(section: &[u8], number: usize) -> Option<u32> {
    let cell = section.get(number.checked_mul(4)?..)?.first_chunk()?;
    Some(u32::from_le_bytes(*cell))
}

fn index(section: &[u8], number: usize) -> Option<usize> {
    usize::try_from(cell(section, number)?).ok()
}

/// The value of decimal digits.
fn number(digits: &[u8]) -> Option<usize> {
    digits.iter().try_fold(0, |number, digit| match digit {
        b'0'..=b'9' => Some(number * 10 + usize::from(digit - b'0')),
        _ => None,
    })
}
