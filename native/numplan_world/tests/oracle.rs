//! Answers against the crate `rlibphonenumber`, another port of libphonenumber, with the metadata of
//! the version that it has: testdata/world/older.bin.gz.
//!
//! `ORACLE=10000000 cargo test --release -p numplan_world --test oracle` takes as many numbers.
#![expect(clippy::expect_used, reason = "a test ends so")]

mod chance;

use chance::Chance;
use numplan_world::{Form, Possible, World};
use rlibphonenumber::{
    NumberLengthType, ParseError, PhoneNumberFormat, PhoneNumberType, PhoneNumberUtil, Region, ValidationError,
};
use std::io::Read;

const VECTORS: &[u8] = include_bytes!("../../../testdata/world/vectors.tsv.gz");
const OLDER: &[u8] = include_bytes!("../../../testdata/world/older.bin.gz");

fn unpacked(packed: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(packed)
        .read_to_end(&mut bytes)
        .expect("the file is whole");
    bytes
}

fn theirs(util: &PhoneNumberUtil, text: &str, region: Option<Region>) -> Vec<String> {
    let number = match util.parse(text, region) {
        Ok(number) => number,
        Err(error) => return vec![refused(&error)],
    };
    let form = |form| util.format(&number, form).into_owned();
    let possible = match util.is_possible_number_with_reason(&number) {
        Ok(NumberLengthType::IsPossible) => "IS_POSSIBLE",
        Ok(NumberLengthType::IsPossibleLocalOnly) => "IS_POSSIBLE_LOCAL_ONLY",
        Err(ValidationError::TooShort) => "TOO_SHORT",
        Err(ValidationError::TooLong) => "TOO_LONG",
        Err(_) => "INVALID_LENGTH",
    };
    vec![
        form(PhoneNumberFormat::E164),
        util.get_region_for_number(&number)
            .map(|region| region.as_region_str().to_string())
            .unwrap_or_default(),
        kind(util.get_number_type(&number)).to_owned(),
        util.is_valid_number(&number).to_string(),
        possible.to_owned(),
        form(PhoneNumberFormat::National),
        form(PhoneNumberFormat::International),
        form(PhoneNumberFormat::RFC3966),
    ]
}

fn refused(error: &ParseError) -> String {
    match error {
        ParseError::InvalidCountryCode => "INVALID_COUNTRY_CODE",
        ParseError::NotANumber(_) => "NOT_A_NUMBER",
        ParseError::TooShortAfterIdd => "TOO_SHORT_AFTER_IDD",
        ParseError::TooShortNsn => "TOO_SHORT_NSN",
        ParseError::TooLongNsn => "TOO_LONG",
    }
    .to_owned()
}

fn kind(kind: PhoneNumberType) -> &'static str {
    match kind {
        PhoneNumberType::FixedLine => "FIXED_LINE",
        PhoneNumberType::Mobile => "MOBILE",
        PhoneNumberType::FixedLineOrMobile => "FIXED_LINE_OR_MOBILE",
        PhoneNumberType::TollFree => "TOLL_FREE",
        PhoneNumberType::PremiumRate => "PREMIUM_RATE",
        PhoneNumberType::SharedCost => "SHARED_COST",
        PhoneNumberType::VoIP => "VOIP",
        PhoneNumberType::PersonalNumber => "PERSONAL_NUMBER",
        PhoneNumberType::Pager => "PAGER",
        PhoneNumberType::UAN => "UAN",
        PhoneNumberType::VoiceMail => "VOICEMAIL",
        PhoneNumberType::Unknown => "UNKNOWN",
    }
}

fn ours(world: &World<'_>, text: &str, region: Option<&str>) -> Vec<String> {
    let number = match world.parse(text, region) {
        Ok(number) => number,
        Err(error) => return vec![error.to_string()],
    };
    let lookup = number.lookup(world).expect("a number has a calling code");
    vec![
        number.to_string(),
        lookup.region().map_or("", |region| region.name()).to_owned(),
        lookup.number_type().to_string(),
        lookup.is_valid().to_string(),
        Possible::name(lookup.possible()).to_owned(),
        world.format(&number, Form::National),
        world.format(&number, Form::International),
        world.format(&number, Form::Rfc3966),
    ]
}

/// The one known difference: the crate reads two digits with an extension, and libphonenumber reads
/// two digits only where nothing else is there.
fn is_two_digits(util: &PhoneNumberUtil, text: &str) -> bool {
    let uri = theirs(util, text, "US".parse().ok()).pop().unwrap_or_default();
    let number = uri
        .split_once(";ext=")
        .and_then(|(number, _)| number.rsplit('-').next());
    number.is_some_and(|digits| digits.len() == 2)
}

/// A text with some of its digits changed, left out or added.
fn changed(text: &str, chance: &mut Chance) -> String {
    let mut changed = String::new();
    for letter in text.chars() {
        match chance.below(12) {
            0 if letter.is_ascii_digit() => changed.extend(char::from_digit(
                u32::try_from(chance.below(10)).unwrap_or_default(),
                10,
            )),
            1 if letter.is_ascii_digit() && chance.below(6) == 0 => {}
            2 if chance.below(12) == 0 => changed.extend([letter, '0']),
            _ => changed.push(letter),
        }
    }
    changed
}

#[test]
fn answers_are_those_of_another_port() {
    let older = unpacked(OLDER);
    let world = World::open(&older).expect("the data is whole");
    let util = PhoneNumberUtil::new().expect("the crate has metadata");
    let rows = String::from_utf8(unpacked(VECTORS)).expect("rows are text");
    let texts: Vec<(&str, &str)> = rows
        .lines()
        .filter_map(|row| {
            let mut cells = row.split('\t');
            Some((cells.next()?, cells.next()?))
        })
        .filter(|(text, _)| text.is_ascii() && !text.contains('\\'))
        .collect();
    let count = std::env::var("ORACLE")
        .ok()
        .and_then(|count| count.parse().ok())
        .unwrap_or(10_000_usize);
    let mut chance = Chance::new();
    let mut differ = 0;
    for round in 0..count {
        let (text, region) = texts.get(chance.below(texts.len())).copied().expect("there are texts");
        let text = if round % 4 == 0 {
            text.to_owned()
        } else {
            changed(text, &mut chance)
        };
        let (ours, theirs) = (
            ours(&world, &text, Some(region)),
            theirs(&util, &text, region.parse().ok()),
        );
        if ours != theirs && !(ours == ["NOT_A_NUMBER"] && is_two_digits(&util, &text)) {
            differ += 1;
            if differ <= 20 {
                println!("{text:?} in {region:?}: {ours:?}, not {theirs:?}");
            }
        }
    }
    println!("{count} numbers, {differ} differ");
    assert_eq!(differ, 0);
}
