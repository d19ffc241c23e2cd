//! What libphonenumber's own unit tests ask and get, on the metadata that they are made for
//! (scripts/world_facts.py).
#![expect(clippy::expect_used, clippy::panic, reason = "a test ends so")]

use numplan_world::{Form, Lookup, National, NumberType, PhoneNumber, Region, World};
use std::io::Read;

const FACTS: &str = include_str!("../../../testdata/world/facts.tsv");
const SYNTHETIC: &[u8] = include_bytes!("../../../testdata/world/synthetic.bin.gz");

#[test]
fn libphonenumbers_own_tests_pass() {
    let mut data = Vec::new();
    flate2::read::GzDecoder::new(SYNTHETIC)
        .read_to_end(&mut data)
        .expect("the data is whole");
    let world = World::open(&data).expect("the data is whole");
    let real = World::builtin().expect("the data is whole");
    let mut differ = Vec::new();
    for fact in FACTS.lines() {
        let cells: Vec<String> = fact.split('\t').map(unescaped).collect();
        let [function, arguments @ .., wanted] = cells.as_slice() else {
            panic!("{fact}")
        };
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        // There is no synthetic metadata of emergency numbers, and some tests are of other regions.
        let world = if function.ends_with("emergency_number") {
            real
        } else {
            &world
        };
        let ours = call(world, function, &arguments);
        if ours != *wanted {
            differ.push(format!("{fact}: {ours:?}"));
        }
    }
    assert!(
        differ.is_empty(),
        "{} of {}:\n{}",
        differ.len(),
        FACTS.lines().count(),
        differ.join("\n")
    );
    assert!(FACTS.lines().count() > 600);
}

fn call(world: &World<'_>, function: &str, arguments: &[&str]) -> String {
    match (function, arguments) {
        ("parse", [text, region, kept]) => match world.parse(text, Some(region)) {
            Ok(number) if *kept == "kept" => parts(&number),
            Ok(number) => parts(&number.with_carrier_code("")),
            Err(error) => format!("!{error}"),
        },
        ("is_number_match", [one, other]) => world.is_number_match(one, other).to_string(),
        ("is_emergency_number", [text, region]) => flag(world.is_emergency(text, region)),
        ("connects_to_emergency_number", [text, region]) => flag(world.connects_to_emergency(text, region)),
        ("country_code_for_region", [region]) => world.region(region).map_or(0, Region::calling_code).to_string(),
        ("region_code_for_country_code", [code]) => {
            let code = code.parse().ok().and_then(|code| world.calling_code(code));
            code.and_then(|code| code.main_region())
                .map_or("ZZ", |region| region.name())
                .to_owned()
        }
        ("example_number_for_type", [region, kind]) => world
            .example(region, kind_named(kind))
            .map_or(String::new(), |number| parts(&number)),
        ("example_number_for_non_geo_entity", [code]) => {
            let example = code.parse().ok().and_then(|code| world.global_example(code));
            example.map_or(String::new(), |number| parts(&number))
        }
        (_, [number, more @ ..]) => {
            let number = number_of(number);
            let lookup = number
                .lookup(world)
                .unwrap_or_else(|| panic!("{number} has no calling code"));
            about(
                world,
                function,
                &number,
                lookup,
                more.first().copied().unwrap_or_default(),
                more.get(1) == Some(&"1"),
            )
        }
        _ => panic!("{function} of {arguments:?}"),
    }
}

fn about(
    world: &World<'_>,
    function: &str,
    number: &PhoneNumber,
    lookup: Lookup<'_>,
    argument: &str,
    punctuated: bool,
) -> String {
    let short = world.short_number(number);
    match function {
        "format_number" => world.format(number, form(argument)),
        "format_out_of_country_calling_number" => world.format_out_of_country(number, Some(argument)),
        "format_number_for_mobile_dialing" => world.format_for_mobile_dialling(number, argument, punctuated),
        "format_national_number_with_carrier_code" => world.format_with_carrier(number, argument),
        "is_valid_number" => flag(lookup.is_valid()),
        "is_valid_number_for_region" => {
            let global = lookup.region().filter(|region| region.name() == argument);
            flag(
                world
                    .region(argument)
                    .or(global)
                    .is_some_and(|region| lookup.is_valid_for(region)),
            )
        }
        "region_code_for_number" => lookup.region().map_or("", |region| region.name()).to_owned(),
        "number_type" => lookup.number_type().to_string(),
        "is_possible_number" => flag(lookup.possible().is_possible()),
        "is_possible_number_with_reason" => lookup.possible().to_string(),
        "is_possible_number_for_type_with_reason" => lookup.possible_for(kind_named(argument)).to_string(),
        "can_be_internationally_dialled" => flag(lookup.is_diallable_from_abroad()),
        "is_number_geographical" => flag(lookup.is_geographical()),
        "is_possible_short_number_for_region" => flag(short.is_possible_in(argument)),
        "is_valid_short_number_for_region" => flag(short.is_valid_in(argument)),
        "is_possible_short_number" => flag(short.is_possible()),
        "is_valid_short_number" => flag(short.is_valid()),
        "expected_cost_for_region" => short.cost_in(argument).to_string(),
        "expected_cost" => short.cost().to_string(),
        "is_carrier_specific" => flag(short.is_carrier_specific()),
        "is_carrier_specific_for_region" => flag(short.is_carrier_specific_in(argument)),
        "is_sms_service_for_region" => flag(short.is_sms_service_in(argument)),
        _ => panic!("{function} is not known"),
    }
}

fn number_of(cell: &str) -> PhoneNumber {
    let parts: Vec<&str> = cell.split(' ').collect();
    let [code, national, extension, carrier] = parts.as_slice() else {
        panic!("{cell}")
    };
    let national = National::new(national.as_bytes()).expect("national digits");
    PhoneNumber::from_parts(code.parse().expect("a calling code"), national, extension).with_carrier_code(carrier)
}

fn parts(number: &PhoneNumber) -> String {
    let national = number.national().as_str();
    format!(
        "{} {national} {} {}",
        number.calling_code(),
        number.extension(),
        number.carrier_code()
    )
}

fn kind_named(name: &str) -> NumberType {
    NumberType::ALL
        .into_iter()
        .find(|kind| kind.name() == name)
        .unwrap_or_else(|| panic!("the type {name}"))
}

fn form(name: &str) -> Form {
    match name {
        "E164" => Form::E164,
        "INTERNATIONAL" => Form::International,
        "NATIONAL" => Form::National,
        "RFC3966" => Form::Rfc3966,
        _ => panic!("the form {name}"),
    }
}

fn flag(flag: bool) -> String {
    if flag { "1" } else { "0" }.to_owned()
}

fn unescaped(cell: &str) -> String {
    cell.replace("\\t", "\t")
        .replace("\\n", "\n")
        .replace("\\r", "\r")
        .replace("\\\\", "\\")
}
