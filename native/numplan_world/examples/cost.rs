//! What reading and looking up cost, a line each: what, how much, the unit. Numbers of all regions,
//! warm; one core.
#![expect(clippy::expect_used, reason = "it ends so")]

use numplan_world::{Form, Lookup, PhoneNumber, World};
use std::hint::black_box;
use std::io::Read;
use std::time::Instant;

const VECTORS: &[u8] = include_bytes!("../../../testdata/locality/vectors.tsv.gz");

fn main() {
    let mut text = String::new();
    flate2::read::GzDecoder::new(VECTORS)
        .read_to_string(&mut text)
        .expect("the vectors are text");
    let opened = Instant::now();
    let world = World::builtin().expect("the data is whole");
    println!(
        "opening and checking the data\t{}\tms",
        opened.elapsed().as_secs_f64() * 1e3
    );
    // Every tenth, in an order that has nothing to do with theirs.
    let all: Vec<&str> = text.lines().filter_map(|line| line.split('\t').next()).collect();
    let picked: Vec<&str> = (0..all.len() / 10)
        .filter_map(|at| all.get(at * 7_919 % all.len()).copied())
        .collect();
    // Side by side, so that fetching them is no part of the cost.
    let text = picked.join(" ");
    let numbers: Vec<&str> = text.split(' ').collect();
    let read: Vec<PhoneNumber> = numbers
        .iter()
        .filter_map(|number| world.parse(number, None).ok())
        .collect();
    let found: Vec<Lookup<'_>> = read.iter().filter_map(|number| number.lookup(world)).collect();
    let national: Vec<(String, &str)> = found
        .iter()
        .filter_map(|number| {
            Some((
                number.format(Form::National),
                number.calling_code().main_region()?.name(),
            ))
        })
        .filter(|(_, region)| *region != "001")
        .collect();
    measure("look-up of an E.164 number: region, type, valid", &numbers, |number| {
        world
            .lookup(number.as_bytes())
            .is_some_and(|found| found.is_valid() && found.region().is_some())
    });
    measure("reading an E.164 number", &numbers, |number| {
        world.parse(number, None).is_ok()
    });
    measure(
        "reading a national number as it is written",
        &national,
        |(number, region)| world.parse(number, Some(region)).is_ok(),
    );
    measure(
        "the same, and writing it in national form",
        &national,
        |(number, region)| {
            world
                .parse(number, Some(region))
                .is_ok_and(|number| !world.format(&number, Form::National).is_empty())
        },
    );
    for form in [Form::National, Form::International, Form::Rfc3966] {
        measure(
            &format!("writing a number that was looked up, {form:?}"),
            &found,
            |number| !number.format(form).is_empty(),
        );
    }
}

fn measure<T>(what: &str, items: &[T], ask: impl Fn(&T) -> bool) {
    let round = || {
        let started = Instant::now();
        black_box(items.iter().filter(|item| ask(black_box(item))).count());
        started.elapsed().as_secs_f64() * 1e9 / items.len() as f64
    };
    let mut times: Vec<f64> = (0..9).map(|_| round()).collect();
    times.sort_by(f64::total_cmp);
    println!("{what}\t{:.1}\tns", times.get(4).copied().unwrap_or_default());
}
