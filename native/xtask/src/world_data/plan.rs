//! The machine of all numbering plans: what the digits behind a calling code are.

use super::metadata::{Code, Region, SHORT, TYPES, description, text};
use super::moore::{Moore, Reach, combined, length, matches};
use super::pattern::Pattern;
use crate::fallible::Result;
use crate::python::Value;
use numplan_world::NumberType;
use numplan_world::layout::MOST_DIGITS;
use std::collections::BTreeSet;

/// What a number is in one region.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Regional {
    /// The region's place among those of its calling code.
    pub(crate) region: usize,
    pub(crate) kind: NumberType,
    pub(crate) general: bool,
}

/// What a number is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Verdict {
    /// The calling code's place, which the regions are of.
    pub(crate) code: usize,
    pub(crate) region: Option<usize>,
    pub(crate) kind: NumberType,
    pub(crate) domestic: bool,
    pub(crate) regional: Vec<Regional>,
    /// The formats' places among those of the main region, its international ones behind the
    /// others.
    pub(crate) national: Option<usize>,
    pub(crate) international: Option<usize>,
}

/// What a state of one region's machine says.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct InRegion {
    kind: NumberType,
    general: bool,
    domestic: bool,
    /// Whether the region claims the number among those that share its calling code.
    claims: bool,
}

/// The machine of a calling code.
pub(crate) fn machine(place: usize, code: &Code) -> Result<Moore<Verdict>> {
    let regions: Result<Vec<_>> = code.regions.iter().map(in_region).collect();
    let regions = regions?;
    let only = regions.len() == 1;
    let regional = combined(&regions, |regions| {
        let region = regions.iter().position(|region| only || region.claims);
        let chosen = region.and_then(|region| regions.get(region));
        let known = |region: &&InRegion| region.general || region.kind != NumberType::Unknown;
        Verdict {
            code: place,
            region,
            kind: chosen.map_or(NumberType::Unknown, |chosen| chosen.kind),
            domestic: chosen.is_some_and(|chosen| chosen.domestic),
            regional: regions
                .iter()
                .enumerate()
                .filter(|(_, region)| known(region))
                .map(|(place, region)| Regional {
                    region: place,
                    kind: region.kind,
                    general: region.general,
                })
                .collect(),
            national: None,
            international: None,
        }
    });
    let main = code.regions.first().ok_or("a calling code without a region")?;
    with_formats(regional, main)
}

fn with_formats(regional: Moore<Verdict>, main: &Region) -> Result<Moore<Verdict>> {
    let national = formats(&main.metadata, "number_format");
    let international = formats(&main.metadata, "intl_number_format");
    let behind = national.len();
    let within = choice_of_format(national)?;
    let abroad = if international.is_empty() {
        within.clone()
    } else {
        let abroad = choice_of_format(international)?;
        combined(&[abroad], |place| {
            place.first().and_then(|place| place.map(|place| place + behind))
        })
    };
    let forms = combined(&[within, abroad], |forms| {
        let form = |at: usize| forms.get(at).and_then(|form| **form);
        (form(0), form(1))
    });
    let parts = [
        combined(&[regional], |verdict| {
            verdict.first().map(|verdict| Part::Verdict((*verdict).clone()))
        }),
        combined(&[forms], |forms| {
            forms
                .first()
                .map(|(national, international)| Part::Forms(*national, *international))
        }),
    ];
    let joined = combined(&parts, |parts| match parts {
        [Some(Part::Verdict(verdict)), Some(Part::Forms(national, international))] => Some(Verdict {
            national: *national,
            international: *international,
            ..verdict.clone()
        }),
        _ => None,
    });
    let output: Option<Vec<Verdict>> = joined.output.into_iter().collect();
    Ok(Moore {
        next: joined.next,
        output: output.ok_or("a state without a verdict")?,
    })
}

/// The two halves of a verdict, while they are joined.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Part {
    Verdict(Verdict),
    Forms(Option<usize>, Option<usize>),
}

/// The formats of a region's metadata.
pub(crate) fn formats<'a>(metadata: &'a Value, member: &str) -> &'a [Value] {
    metadata.get(member).map(Value::elements).unwrap_or_default()
}

/// The machine that chooses the first format whose leading digits and pattern match.
fn choice_of_format(formats: &[Value]) -> Result<Moore<Option<usize>>> {
    let mut machines = Vec::new();
    for format in formats {
        let whole = matches(
            &Pattern::parse(text(format, "pattern").unwrap_or_default())?,
            Reach::Whole,
        )?;
        let leading = format
            .get("leading_digits_pattern")
            .map(Value::elements)
            .unwrap_or_default();
        // The last one is the most detailed; the others are for numbers that are being typed.
        let both = match leading.last().and_then(Value::text) {
            Some(leading) => vec![whole, matches(&Pattern::parse(leading)?, Reach::Prefix)?],
            None => vec![whole],
        };
        machines.push(combined(&both, |both| both.iter().all(|one| **one)));
    }
    Ok(combined(&machines, |chosen| chosen.iter().position(|chosen| **chosen)))
}

/// The machine of one region. The description of a type also bounds the lengths of its numbers.
fn in_region(region: &Region) -> Result<Moore<InRegion>> {
    let metadata = &region.metadata;
    let mut machines = vec![general(metadata)?];
    for member in TYPES {
        machines.push(described(metadata, member)?);
    }
    machines.push(described(metadata, "no_international_dialling")?);
    let leading = text(metadata, "leading_digits");
    machines.push(match leading {
        Some(leading) => matches(&Pattern::parse(leading)?, Reach::Prefix)?,
        None => constant(false),
    });
    let pattern = |member| description(metadata, member).and_then(|description| description.pattern);
    let alike = pattern("mobile").is_some() && pattern("mobile") == pattern("fixed_line");
    Ok(combined(&machines, |matched| {
        let is = |at: usize| matched.get(at).is_some_and(|matched| **matched);
        let kind = kind(|kind| is(1 + kind as usize), alike);
        let claims = if leading.is_some() {
            is(14)
        } else {
            kind != NumberType::Unknown
        };
        InRegion {
            kind,
            general: is(0),
            domestic: is(13),
            claims,
        }
    }))
}

/// The type of a number by the descriptions that match, in libphonenumber's order of precedence.
fn kind(is: impl Fn(NumberType) -> bool, alike: bool) -> NumberType {
    const FIRST: [NumberType; 8] = [
        NumberType::PremiumRate,
        NumberType::TollFree,
        NumberType::SharedCost,
        NumberType::Voip,
        NumberType::PersonalNumber,
        NumberType::Pager,
        NumberType::Uan,
        NumberType::Voicemail,
    ];
    if !is(NumberType::Unknown) {
        return NumberType::Unknown;
    }
    if let Some(kind) = FIRST.into_iter().find(|kind| is(*kind)) {
        return kind;
    }
    match (is(NumberType::FixedLine), !alike && is(NumberType::Mobile)) {
        (true, mobile) if alike || mobile => NumberType::FixedLineOrMobile,
        (true, _) => NumberType::FixedLine,
        (false, true) => NumberType::Mobile,
        (false, false) => NumberType::Unknown,
    }
}

fn constant(output: bool) -> Moore<bool> {
    Moore {
        next: vec![[0; 10]],
        output: vec![output],
    }
}

fn general(metadata: &Value) -> Result<Moore<bool>> {
    match description(metadata, "general_desc").and_then(|general| general.pattern) {
        Some(pattern) => matches(&bounded(pattern)?, Reach::Whole),
        None => Ok(constant(false)),
    }
}

fn bounded(pattern: &str) -> Result<Pattern> {
    let parsed = Pattern::parse(pattern)?;
    if parsed.longest() as usize > MOST_DIGITS {
        return Err(format!("{pattern} matches more than {MOST_DIGITS} digits").into());
    }
    Ok(parsed)
}

/// Whether a description matches, in its pattern and in its possible lengths.
fn described(metadata: &Value, member: &str) -> Result<Moore<bool>> {
    let Some(description) = description(metadata, member) else {
        return Ok(constant(false));
    };
    let Some(pattern) = description.pattern else {
        return Ok(constant(false));
    };
    let matched = matches(&bounded(pattern)?, Reach::Whole)?;
    if description.lengths.is_empty() {
        return Ok(matched);
    }
    let lengths: BTreeSet<u32> = description.lengths.iter().copied().collect();
    #[expect(clippy::cast_possible_truncation, reason = "some twenty digits")]
    let possible = combined(&[length(MOST_DIGITS as u32 + 1)], |length| {
        length.first().is_some_and(|length| lengths.contains(length))
    });
    Ok(combined(&[matched, possible], |both| both.iter().all(|one| **one)))
}

/// The machine of a region's short numbers: the flags of the descriptions that match.
pub(crate) fn short(metadata: &Value) -> Result<Moore<u8>> {
    let mut machines = Vec::new();
    for member in SHORT {
        machines.push(if member == "emergency" {
            emergency(metadata)?
        } else {
            described(metadata, member)?
        });
    }
    Ok(combined(&machines, |matched| {
        matched
            .iter()
            .rev()
            .fold(0, |flags, matched| flags << 1 | u8::from(**matched))
    }))
}

/// Emergency numbers match by their pattern alone.
fn emergency(metadata: &Value) -> Result<Moore<bool>> {
    match description(metadata, "emergency").and_then(|emergency| emergency.pattern) {
        Some(pattern) => matches(&bounded(pattern)?, Reach::Whole),
        None => Ok(constant(false)),
    }
}
