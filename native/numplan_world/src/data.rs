//! The data file's tables, checked once when it is opened: every reference in them refers to a row
//! that there is. So reading them has no errors, only bounds that are never met.

use crate::layout::{
    MAGIC, NONE, Section, calling_code, format, instruction, region, regional, state, template, verdict,
};
use crate::number_type::NumberType;
use std::fmt;

/// What is wrong with a data file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damaged(&'static str);

impl fmt::Display for Damaged {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "the data of numbering plans is damaged: {}", self.0)
    }
}

impl std::error::Error for Damaged {}

type Words<const N: usize> = [[[u8; 2]; N]];

/// The tables: slices of the file, of which nothing is copied.
#[derive(Clone, Copy)]
pub(crate) struct Data<'a> {
    pub(crate) states: &'a Words<{ state::SIZE }>,
    pub(crate) verdicts: &'a [[u8; verdict::SIZE]],
    pub(crate) regional: &'a [[u8; regional::SIZE]],
    pub(crate) calling_codes: &'a [[u8; calling_code::SIZE]],
    pub(crate) code_regions: &'a [[u8; 2]],
    pub(crate) regions: &'a Words<{ region::SIZE }>,
    pub(crate) formats: &'a [[u8; format::SIZE]],
    text_ends: &'a [[u8; 4]],
    texts: &'a [u8],
    program_ends: &'a [[u8; 2]],
    programs: &'a [[u8; 2]],
    pub(crate) lengths: &'a [[u8; 8]],
    pub(crate) letters: &'a [[u8; 8]],
    pub(crate) zeros: &'a [[u8; 4]],
    pub(crate) version: &'a str,
}

/// Two bytes of a row as a number.
pub(crate) fn number<const N: usize>(row: &[u8; N], at: usize) -> u16 {
    match row.get(at..at + 2) {
        Some([low, high]) => u16::from_le_bytes([*low, *high]),
        _ => 0,
    }
}

/// Four bytes of a row as a number.
pub(crate) fn long<const N: usize>(row: &[u8; N], at: usize) -> u32 {
    u32::from(number(row, at)) | u32::from(number(row, at + 2)) << 16
}

/// A word of a row.
pub(crate) fn word<const N: usize>(row: &[[u8; 2]; N], at: usize) -> u16 {
    row.get(at).map_or(NONE, |bytes| u16::from_le_bytes(*bytes))
}

fn section(file: &[u8], section: Section) -> Result<&[u8], Damaged> {
    let entry = MAGIC.len() + section as usize * 8;
    let entry: Option<&[u8; 8]> = file.get(entry..entry + 8).and_then(|entry| entry.try_into().ok());
    let entry = entry.ok_or(Damaged("it ends in its head"))?;
    let (start, length) = (long(entry, 0) as usize, long(entry, 4) as usize);
    file.get(start..start.saturating_add(length))
        .ok_or(Damaged("it ends in a table"))
}

fn rows<const N: usize>(file: &[u8], name: Section) -> Result<&[[u8; N]], Damaged> {
    match section(file, name)?.as_chunks() {
        (rows, []) => Ok(rows),
        _ => Err(Damaged("a table ends in a row")),
    }
}

fn words<const N: usize>(file: &[u8], name: Section) -> Result<&Words<N>, Damaged> {
    match rows::<2>(file, name)?.as_chunks() {
        (rows, []) => Ok(rows),
        _ => Err(Damaged("a table ends in a row")),
    }
}

impl<'a> Data<'a> {
    pub(crate) fn open(file: &'a [u8]) -> Result<Self, Damaged> {
        if !file.starts_with(&MAGIC) {
            return Err(Damaged("it is of another layout"));
        }
        let data = Self {
            states: words(file, Section::States)?,
            verdicts: rows(file, Section::Verdicts)?,
            regional: rows(file, Section::Regional)?,
            calling_codes: rows(file, Section::CallingCodes)?,
            code_regions: rows(file, Section::CodeRegions)?,
            regions: words(file, Section::Regions)?,
            formats: rows(file, Section::Formats)?,
            text_ends: rows(file, Section::TextEnds)?,
            texts: section(file, Section::Texts)?,
            program_ends: rows(file, Section::ProgramEnds)?,
            programs: rows(file, Section::Programs)?,
            lengths: rows(file, Section::Lengths)?,
            letters: rows(file, Section::Letters)?,
            zeros: rows(file, Section::Zeros)?,
            version: std::str::from_utf8(section(file, Section::Version)?).map_err(|_| Damaged("its version"))?,
        };
        data.check()?;
        Ok(data)
    }

    fn check(&self) -> Result<(), Damaged> {
        let holds = |condition: bool, what| if condition { Ok(()) } else { Err(Damaged(what)) };
        let refers = |number: u16, length: usize| number == NONE || usize::from(number) < length;
        let is_state = |state: u16| usize::from(state) < self.states.len();
        holds(
            self.states.iter().all(|row| {
                let [next @ .., verdict] = row.map(u16::from_le_bytes);
                next.into_iter().all(is_state) && usize::from(verdict) < self.verdicts.len()
            }),
            "a state",
        )?;
        let is_region = |region: u16| usize::from(region) < self.regions.len();
        holds(
            self.code_regions
                .iter()
                .all(|region| is_region(u16::from_le_bytes(*region))),
            "a region",
        )?;
        let spans = |start: u16, count: u8, length: usize| usize::from(start) + usize::from(count) <= length;
        holds(
            self.verdicts.iter().all(|row| {
                let [.., count, _] = *row;
                refers(number(row, verdict::REGION), self.regions.len())
                    && refers(number(row, verdict::NATIONAL), self.formats.len())
                    && refers(number(row, verdict::INTERNATIONAL), self.formats.len())
                    && spans(number(row, verdict::REGIONAL), count, self.regional.len())
            }),
            "a row of verdicts",
        )?;
        holds(
            self.regional.iter().all(|row| is_region(number(row, regional::REGION))),
            "a regional verdict",
        )?;
        holds(
            self.calling_codes
                .is_sorted_by_key(|row| number(row, calling_code::CODE)),
            "the order of codes",
        )?;
        holds(
            self.calling_codes.iter().all(|row| {
                let count = number(row, calling_code::REGION_COUNT);
                is_state(number(row, calling_code::START))
                    && (1..=255).contains(&count)
                    && usize::from(number(row, calling_code::REGIONS)) + usize::from(count) <= self.code_regions.len()
            }),
            "a row of calling codes",
        )?;
        holds(
            self.regions.iter().all(|row| self.is_region_row(row)),
            "a row of regions",
        )?;
        holds(
            self.formats.iter().all(|row| {
                [format::NATIONAL, format::INTERNATIONAL, format::CARRIER]
                    .iter()
                    .all(|field| refers(number(row, *field), self.text_ends.len()))
            }),
            "a format",
        )?;
        self.check_texts()?;
        self.check_programs()
    }

    fn is_region_row(&self, row: &[[u8; 2]; region::SIZE]) -> bool {
        let within = |field: usize, length: usize| word(row, field) == NONE || usize::from(word(row, field)) < length;
        let texts = [
            region::DIAL_ABROAD,
            region::NATIONAL_PREFIX,
            region::PARSE_TRANSFORM,
            region::EXTENSION_PREFIX,
        ];
        let types = 0..NumberType::ALL.len();
        usize::from(word(row, region::CALLING_CODE)) < self.calling_codes.len()
            && within(region::INTERNATIONAL_PREFIX, self.program_ends.len())
            && within(region::PARSE_PREFIX, self.program_ends.len())
            && within(region::SHORT_START, self.states.len())
            && texts.into_iter().all(|field| within(field, self.text_ends.len()))
            && types
                .clone()
                .all(|kind| within(region::LENGTHS + kind, self.lengths.len()))
            && types
                .clone()
                .all(|kind| within(region::EXAMPLES + kind, self.text_ends.len()))
            && row.first().is_some_and(|name| name.is_ascii())
            && row.get(region::FLAGS).is_some_and(|[last, _]| last.is_ascii())
    }

    fn check_texts(&self) -> Result<(), Damaged> {
        let ends = self.text_ends.iter().map(|end| u32::from_le_bytes(*end) as usize);
        let last = ends.clone().next_back().unwrap_or_default();
        let is_known = |byte: &u8| byte.is_ascii() || (template::CARRIER..template::GROUP + 5).contains(byte);
        if ends.is_sorted() && last == self.texts.len() && self.texts.iter().all(is_known) {
            Ok(())
        } else {
            Err(Damaged("its texts"))
        }
    }

    /// Programs only go forward, end with a success, and never have too many forks waiting.
    fn check_programs(&self) -> Result<(), Damaged> {
        let mut ends = self
            .program_ends
            .iter()
            .map(|end| usize::from(u16::from_le_bytes(*end)));
        if !ends.clone().is_sorted() || ends.next_back().unwrap_or_default() != self.programs.len() {
            return Err(Damaged("its programs"));
        }
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a NONE is no program, so there are fewer"
        )]
        let programs = (0..self.program_ends.len()).map(|number| self.program(number as u16));
        for program in programs {
            forks(program)
                .filter(|most| *most <= instruction::MOST_FORKS)
                .ok_or(Damaged("a program"))?;
        }
        Ok(())
    }

    /// A text, or a template.
    pub(crate) fn text(&self, reference: u16) -> Option<&'a [u8]> {
        let number = usize::from(reference);
        let end = u32::from_le_bytes(*self.text_ends.get(number)?) as usize;
        let start = match number.checked_sub(1).and_then(|before| self.text_ends.get(before)) {
            Some(start) => u32::from_le_bytes(*start) as usize,
            None => 0,
        };
        self.texts.get(start..end)
    }

    /// A text that is not a template.
    pub(crate) fn ascii(&self, reference: u16) -> Option<&'a str> {
        std::str::from_utf8(self.text(reference)?).ok()
    }

    /// The instructions of a program.
    pub(crate) fn program(&self, reference: u16) -> &'a [[u8; 2]] {
        let number = usize::from(reference);
        let end = |number: usize| {
            self.program_ends
                .get(number)
                .map(|end| usize::from(u16::from_le_bytes(*end)))
        };
        let start = number.checked_sub(1).and_then(end).unwrap_or_default();
        end(number)
            .and_then(|end| self.programs.get(start..end))
            .unwrap_or_default()
    }
}

/// The most forks of a program that wait at once; `None` where it may run over its end.
fn forks(program: &[[u8; 2]]) -> Option<usize> {
    let mut waiting: Vec<Option<usize>> = vec![None; program.len()];
    for at in (0..program.len()).rev() {
        let (operation, operand) = instruction::decode(u16::from_le_bytes(*program.get(at)?));
        let further = |by: usize| waiting.get(at.checked_add(by)?).copied().flatten();
        let operand = usize::from(operand);
        let most = match operation {
            instruction::DIGIT | instruction::END => further(1),
            instruction::SAVE if operand < 2 * instruction::MOST_GROUPS => further(1),
            instruction::JUMP if operand > 0 => further(operand),
            instruction::FORK if operand > 0 => further(1).zip(further(operand)).map(|(on, off)| off.max(on + 1)),
            instruction::MATCH => Some(0),
            _ => None,
        };
        *waiting.get_mut(at)? = most;
    }
    waiting.first().copied().flatten()
}
