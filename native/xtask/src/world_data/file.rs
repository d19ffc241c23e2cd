//! Puts the data file together.

use super::forms::{groups, template, templates};
use super::metadata::{Code, Description, Region, TYPES, description, text};
use super::moore::Moore;
use super::pack::{Rows, joined, longs, words};
use super::plan::{Verdict, formats, machine, short};
use super::{program, unicode};
use crate::fallible::Result;
use crate::python::Value;
use numplan_world::NumberType;
use numplan_world::layout::{MAGIC, NONE, Section, format, region, regional, state, verdict};
use std::collections::HashMap;

/// What a state says in the machine of all numbers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Said {
    Number(Verdict),
    Short(u8),
}

#[derive(Default)]
pub(crate) struct File {
    texts: Rows<Vec<u8>>,
    programs: Rows<Vec<u16>>,
    lengths: Rows<(u32, u32)>,
    formats: Rows<Vec<u8>>,
    verdicts: Rows<Vec<u8>>,
    regional: Vec<u8>,
    regional_rows: HashMap<Vec<u8>, u16>,
    code_regions: Vec<u16>,
    codes: Vec<u16>,
    regions: Vec<u16>,
    region_count: u16,
}

/// The bytes of the file, and how many rows each section has.
pub(crate) struct Written {
    pub(crate) bytes: Vec<u8>,
    pub(crate) rows: Vec<(&'static str, usize)>,
}

/// The data file of some metadata.
pub(crate) fn write(version: &str, codes: &[Code]) -> Result<Written> {
    let mut union = Union {
        machine: Moore {
            next: Vec::new(),
            output: Vec::new(),
        },
        starts: Vec::new(),
    };
    for (place, code) in codes.iter().enumerate() {
        union.append(machine(place, code)?, Said::Number);
        for region in &code.regions {
            if let Some(metadata) = &region.short {
                union.append(short(metadata)?, Said::Short);
            }
        }
    }
    let machine = union.minimized()?;
    let mut file = File::default();
    let mut starts = machine.starts.iter().copied();
    let mut verdicts = HashMap::new();
    for (place, code) in codes.iter().enumerate() {
        file.add_code(code, &mut starts)?;
        verdicts.insert(place, file.add_formats(code)?);
    }
    let mut first_regions = Vec::new();
    let mut first = 0;
    for code in codes {
        first_regions.push(first);
        first += u16::try_from(code.regions.len())?;
    }
    let mut said = Vec::new();
    for output in &machine.machine.output {
        said.push(match output {
            Said::Short(flags) => file.add_short_verdict(*flags)?,
            Said::Number(verdict) => {
                let first = first_regions.get(verdict.code).copied().unwrap_or_default();
                file.add_verdict(verdict, first, verdicts.get(&verdict.code).map_or(&[], Vec::as_slice))?
            }
        });
    }
    file.finish(version, &machine.machine, said)
}

/// Machines side by side, each with its start.
struct Union {
    machine: Moore<Said>,
    starts: Vec<u16>,
}

impl Union {
    fn append<Output>(&mut self, machine: Moore<Output>, said: impl Fn(Output) -> Said) {
        #[expect(clippy::cast_possible_truncation, reason = "minimized() checks the number")]
        let start = self.machine.next.len() as u32;
        #[expect(clippy::cast_possible_truncation, reason = "minimized() checks the number")]
        self.starts.push(start as u16);
        self.machine
            .next
            .extend(machine.next.iter().map(|next| next.map(|to| to + start)));
        self.machine.output.extend(machine.output.into_iter().map(said));
    }

    fn minimized(self) -> Result<Self> {
        if self.machine.next.len() > usize::from(NONE) {
            return Err("more than 65,535 states before they are minimised".into());
        }
        let classes = self.machine.classes();
        let start = |start: &u16| {
            classes
                .get(usize::from(*start))
                .and_then(|class| u16::try_from(*class).ok())
        };
        let starts = self.starts.iter().filter_map(start).collect();
        Ok(Self {
            machine: self.machine.minimized(),
            starts,
        })
    }
}

impl File {
    fn text(&mut self, text: Option<&str>) -> Result<u16> {
        match text {
            Some(text) if text.is_ascii() => self.texts.add(text.as_bytes().to_vec()),
            Some(text) => Err(format!("{text} is not ASCII").into()),
            None => Ok(NONE),
        }
    }

    /// A program's number, its first digits, and how many groups it has.
    fn program(&mut self, regex: Option<&str>) -> Result<[u16; 3]> {
        let Some(regex) = regex.filter(|regex| !regex.is_empty()) else {
            return Ok([NONE, 0, 0]);
        };
        let program = program::compile(regex)?;
        Ok([self.programs.add(program.code)?, program.first, program.groups])
    }

    fn add_code(&mut self, code: &Code, starts: &mut impl Iterator<Item = u16>) -> Result<()> {
        let place = u16::try_from(self.codes.len() / 4)?;
        let start = starts.next().ok_or("a calling code without a start")?;
        let count = u16::try_from(code.regions.len())?;
        self.codes
            .extend([code.code, start, u16::try_from(self.code_regions.len())?, count]);
        for region in &code.regions {
            self.code_regions.push(self.region_count);
            self.region_count += 1;
            let short_start = match region.short {
                Some(_) => starts.next().ok_or("short numbers without a start")?,
                None => NONE,
            };
            self.add_region(place, region, short_start)?;
        }
        Ok(())
    }

    fn add_region(&mut self, code: u16, region: &Region, short_start: u16) -> Result<()> {
        let metadata = &region.metadata;
        let portable = metadata
            .get("mobile_number_portable_region")
            .is_some_and(Value::is_true);
        let mut name = region.name.clone().into_bytes();
        name.resize(3, b' ');
        name.push(if portable { region::PORTABLE } else { 0 });
        let [program, first, _] = self.program(text(metadata, "international_prefix"))?;
        let mut row: Vec<u16> = name
            .as_chunks()
            .0
            .iter()
            .map(|pair| u16::from_le_bytes(*pair))
            .collect();
        row.extend([code, program, first, self.text(dialled_abroad(metadata))?]);
        row.push(self.text(text(metadata, "national_prefix"))?);
        row.extend(self.program(text(metadata, "national_prefix_for_parsing"))?);
        let transform = text(metadata, "national_prefix_transform_rule").filter(|rule| !rule.is_empty());
        row.push(match transform {
            Some(rule) => self.texts.add(template(rule)?)?,
            None => NONE,
        });
        row.push(self.text(text(metadata, "preferred_extn_prefix"))?);
        row.extend([short_start, short_lengths(region)?, types(metadata)]);
        self.add_descriptions(metadata, &mut row)?;
        debug_assert_eq!(row.len(), region::SIZE);
        row.resize(region::SIZE, NONE);
        self.regions.extend(row);
        Ok(())
    }

    /// Possible lengths, then examples, of each type.
    fn add_descriptions(&mut self, metadata: &Value, row: &mut Vec<u16>) -> Result<()> {
        let general = description(metadata, "general_desc").map_or((0, 0), |general| lengths(&general));
        for (kind, member) in TYPES.iter().enumerate() {
            let sets = |member: &str| description(metadata, member).map(|found| inherited(&lengths(&found), general));
            let sets = match (kind, sets("fixed_line"), sets("mobile")) {
                // Of both, where both exist.
                (2, Some(fixed), Some(mobile)) => Some((fixed.0 | mobile.0, fixed.1 | mobile.1)),
                (2, fixed, mobile) => fixed.or(mobile),
                _ => sets(member),
            };
            row.push(sets.map_or(Ok(NONE), |sets| self.lengths.add(sets))?);
        }
        for member in TYPES {
            let example = description(metadata, member).and_then(|description| description.example.map(str::to_owned));
            row.push(self.text(example.as_deref())?);
        }
        row.push(NONE);
        Ok(())
    }

    /// The formats of a calling code: those within the country, then those from abroad.
    fn add_formats(&mut self, code: &Code) -> Result<Vec<u16>> {
        let main = code.regions.first().ok_or("a calling code without a region")?;
        let mut numbers = Vec::new();
        for member in ["number_format", "intl_number_format"] {
            for format in formats(&main.metadata, member) {
                let mut row = groups(text(format, "pattern").unwrap_or_default())?;
                let templates = templates(format)?;
                let carrier = templates.carrier.map_or(Ok(NONE), |carrier| self.texts.add(carrier))?;
                row.extend(words([
                    self.texts.add(templates.national)?,
                    self.texts.add(templates.international)?,
                    carrier,
                ]));
                debug_assert_eq!(row.len(), format::SIZE);
                numbers.push(self.formats.add(row)?);
            }
        }
        Ok(numbers)
    }

    fn add_short_verdict(&mut self, flags: u8) -> Result<u16> {
        let mut row = words([NONE, 0, NONE, NONE]);
        row.extend([0, flags, 0, 0]);
        self.verdicts.add(row)
    }

    fn add_verdict(&mut self, verdict: &Verdict, first: u16, formats: &[u16]) -> Result<u16> {
        let mut rows = Vec::new();
        for regional in &verdict.regional {
            rows.extend((first + u16::try_from(regional.region)?).to_le_bytes());
            rows.extend([
                regional.kind as u8,
                if regional.general { regional::GENERAL } else { 0 },
            ]);
        }
        let count = u8::try_from(rows.len() / regional::SIZE)?;
        let format = |place: Option<usize>| place.and_then(|place| formats.get(place).copied()).unwrap_or(NONE);
        let region = verdict
            .region
            .map_or(Ok(NONE), |place| u16::try_from(place).map(|place| first + place))?;
        let mut row = words([
            region,
            self.regional(rows)?,
            format(verdict.national),
            format(verdict.international),
        ]);
        row.extend([
            verdict.kind as u8,
            if verdict.domestic { verdict::DOMESTIC } else { 0 },
            count,
            0,
        ]);
        self.verdicts.add(row)
    }

    /// The first of some rows.
    fn regional(&mut self, rows: Vec<u8>) -> Result<u16> {
        if let Some(first) = self.regional_rows.get(&rows) {
            return Ok(*first);
        }
        let first = u16::try_from(self.regional.len() / regional::SIZE)?;
        self.regional.extend(&rows);
        self.regional_rows.insert(rows, first);
        Ok(first)
    }

    fn finish(self, version: &str, machine: &Moore<Said>, said: Vec<u16>) -> Result<Written> {
        let mut states = Vec::new();
        for (next, verdict) in machine.next.iter().zip(said) {
            for state in next {
                states.push(u16::try_from(*state)?);
            }
            states.push(verdict);
        }
        let programs: Vec<Vec<u8>> = self
            .programs
            .rows()
            .iter()
            .map(|code| words(code.iter().copied()))
            .collect();
        let (program_ends, programs) = joined(programs.iter())?;
        let (text_ends, texts) = joined(self.texts.rows().iter())?;
        let program_ends: std::result::Result<Vec<u16>, _> =
            program_ends.iter().map(|end| u16::try_from(end / 2)).collect();
        let lengths = self
            .lengths
            .rows()
            .iter()
            .flat_map(|(possible, local)| [*possible, *local]);
        let sections: [(&'static str, usize, Vec<u8>); Section::COUNT] = [
            ("states", 2 * state::SIZE, words(states)),
            ("verdicts", verdict::SIZE, self.verdicts.rows().concat()),
            ("regional", regional::SIZE, self.regional),
            ("calling_codes", 8, words(self.codes)),
            ("code_regions", 2, words(self.code_regions)),
            ("regions", 2 * region::SIZE, words(self.regions)),
            ("formats", format::SIZE, self.formats.rows().concat()),
            ("text_ends", 4, longs(text_ends)),
            ("texts", 1, texts),
            ("program_ends", 2, words(program_ends?)),
            ("programs", 2, programs),
            ("lengths", 8, longs(lengths)),
            ("letters", 8, longs(unicode::letters_and_numbers()?)),
            ("zeros", 4, longs(unicode::zeros()?)),
            ("version", version.len(), version.as_bytes().to_vec()),
        ];
        let mut offset = MAGIC.len() + 8 * Section::COUNT;
        let (mut bytes, mut rows) = (MAGIC.to_vec(), Vec::new());
        for (name, size, section) in &sections {
            bytes.extend(longs([u32::try_from(offset)?, u32::try_from(section.len())?]));
            offset += section.len();
            rows.push((*name, section.len() / size));
        }
        bytes.extend(sections.iter().flat_map(|(_, _, section)| section));
        Ok(Written { bytes, rows })
    }
}

/// The international prefix with which to dial, where there is one, or one that is preferred.
fn dialled_abroad(metadata: &Value) -> Option<&str> {
    let is_single = |prefix: &&str| {
        let mut parts = prefix.split('~');
        let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|digit| digit.is_ascii_digit());
        parts.next().is_some_and(is_digits) && parts.next().is_none_or(is_digits) && parts.next().is_none()
    };
    text(metadata, "preferred_international_prefix")
        .or_else(|| text(metadata, "international_prefix").filter(is_single))
}

fn short_lengths(region: &Region) -> Result<u16> {
    let general = region
        .short
        .as_ref()
        .and_then(|short| description(short, "general_desc"));
    Ok(general.map_or(Ok(0), |general| u16::try_from(set(&general.lengths)))?)
}

/// The types that are described.
fn types(metadata: &Value) -> u16 {
    TYPES.iter().enumerate().fold(0, |set, (kind, member)| {
        // Those that stand for others are no types of a region.
        let is_type = kind != NumberType::FixedLineOrMobile as usize && kind != NumberType::Unknown as usize;
        set | u16::from(is_type && description(metadata, member).is_some()) << kind
    })
}

fn lengths(description: &Description) -> (u32, u32) {
    (set(&description.lengths), set(&description.local_lengths))
}

fn inherited(own: &(u32, u32), general: (u32, u32)) -> (u32, u32) {
    (if own.0 == 0 { general.0 } else { own.0 }, own.1)
}

fn set(lengths: &[u32]) -> u32 {
    lengths.iter().fold(0, |set, length| set | 1 << length)
}
