//! Rows of scripts/world_vectors.py: a text, and what Python's `phonenumbers` answers for it.
#![expect(clippy::panic, reason = "a test ends so")]

use numplan_world::{Form, Lookup, NumberType, PhoneNumber, Possible, Source, World};

const UNKNOWN: &str = "ZZ";

/// What is compared, in the order of the answers of a number that is read.
const ANSWERS: [&str; 26] = [
    "error",
    "E.164",
    "extension",
    "source",
    "carrier",
    "region",
    "type",
    "valid",
    "possible",
    "valid regions",
    "national",
    "international",
    "RFC 3966",
    "geographical",
    "diallable",
    "from the region",
    "from another",
    "mobile from another",
    "mobile from its own",
    "with a carrier",
    "short here",
    "cost here",
    "short",
    "cost",
    "emergency",
    "match",
];

/// What is compared of a text that is not read.
const OF_NO_NUMBER: [&str; 3] = ["error", "emergency", "match"];

/// The first answer to a row that differs, with what it is and what it should be.
pub(crate) fn difference(world: &World<'_>, row: &str) -> Option<String> {
    let cells: Vec<String> = row.split('\t').map(unescaped).collect();
    let [text, region, other, other_text, wanted @ ..] = cells.as_slice() else {
        panic!("a row of {} cells: {row}", cells.len())
    };
    let ours = answers(world, text, region, other, other_text);
    if ours == wanted {
        return None;
    }
    let names: &[&str] = if wanted.len() == ANSWERS.len() {
        &ANSWERS
    } else {
        &OF_NO_NUMBER
    };
    let mut pairs = ours.iter().zip(wanted).zip(names);
    let ((ours, wanted), name) = pairs.find(|((ours, wanted), _)| ours != wanted)?;
    Some(format!(
        "{name} of {text:?} in {region:?}, {other:?}, {other_text:?}: {ours:?}, not {wanted:?}"
    ))
}

fn answers(world: &World<'_>, text: &str, region: &str, other: &str, other_text: &str) -> Vec<String> {
    let here = if region.is_empty() { "US" } else { region };
    let last = [
        flags(&[world.is_emergency(text, here), world.connects_to_emergency(text, here)]),
        world.is_number_match(text, other_text).to_string(),
    ];
    let number = match world.parse(text, Some(region)) {
        Ok(number) => number,
        Err(error) => return [error.to_string()].into_iter().chain(last).collect(),
    };
    let lookup = number
        .lookup(world)
        .unwrap_or_else(|| panic!("{number} has no calling code"));
    let mut answers = vec![String::new()];
    answers.extend(what_it_is(&number, lookup));
    answers.extend([Form::National, Form::International, Form::Rfc3966].map(|form| world.format(&number, form)));
    answers.push(flags(&[lookup.is_geographical()]));
    answers.push(flags(&[lookup.is_diallable_from_abroad()]));
    answers.extend(dialled(world, &number, lookup, here, other));
    answers.extend(short(world, &number, lookup, region));
    answers.extend(last);
    answers
}

fn what_it_is(number: &PhoneNumber, lookup: Lookup<'_>) -> Vec<String> {
    let valid = lookup
        .calling_code()
        .regions()
        .filter(|region| lookup.is_valid_for(*region));
    vec![
        number.to_string(),
        number.extension().to_owned(),
        source(number.source()).to_owned(),
        number.carrier_code().to_owned(),
        lookup.region().map_or("", |region| region.name()).to_owned(),
        lookup.number_type().to_string(),
        flags(&[lookup.is_valid()]),
        NumberType::ALL.map(|kind| reason(lookup.possible_for(kind))).concat(),
        valid.map(|region| region.name()).collect::<Vec<_>>().join(","),
    ]
}

fn dialled(world: &World<'_>, number: &PhoneNumber, lookup: Lookup<'_>, here: &str, other: &str) -> Vec<String> {
    let main = lookup.calling_code().main_region().map_or(UNKNOWN, |main| main.name());
    vec![
        world.format_out_of_country(number, Some(here)),
        world.format_out_of_country(number, Some(other)),
        world.format_for_mobile_dialling(number, other, true),
        world.format_for_mobile_dialling(number, main, false),
        world.format_with_carrier(number, "15"),
    ]
}

fn short(world: &World<'_>, number: &PhoneNumber, lookup: Lookup<'_>, region: &str) -> Vec<String> {
    let regions: Vec<&str> = lookup.calling_code().regions().map(|region| region.name()).collect();
    let first = regions.first().copied().unwrap_or(UNKNOWN);
    let here = if regions.contains(&region) { region } else { first };
    let short = world.short_number(number);
    let at_home = [
        short.is_possible_in(here),
        short.is_valid_in(here),
        short.is_carrier_specific_in(here),
        short.is_sms_service_in(here),
    ];
    let anywhere = [short.is_possible(), short.is_valid(), short.is_carrier_specific()];
    vec![
        flags(&at_home),
        short.cost_in(here).to_string(),
        flags(&anywhere),
        short.cost().to_string(),
    ]
}

fn flags(flags: &[bool]) -> String {
    flags.iter().map(|flag| if *flag { '1' } else { '0' }).collect()
}

fn source(source: Source) -> &'static str {
    match source {
        Source::NumberWithPlusSign => "+",
        Source::NumberWithIdd => "i",
        Source::NumberWithoutPlusSign => "c",
        Source::DefaultCountry => "d",
        Source::Unspecified => "u",
    }
}

fn reason(possible: Possible) -> &'static str {
    match possible {
        Possible::IsPossible => "p",
        Possible::IsPossibleLocalOnly => "l",
        Possible::TooShort => "s",
        Possible::InvalidLength => "i",
        Possible::TooLong => "t",
    }
}

fn unescaped(cell: &str) -> String {
    let mut text = String::new();
    let mut letters = cell.chars();
    while let Some(letter) = letters.next() {
        text.push(match letter {
            '\\' => match letters.next() {
                Some('t') => '\t',
                Some('n') => '\n',
                Some('r') => '\r',
                _ => '\\',
            },
            other => other,
        });
    }
    text
}
