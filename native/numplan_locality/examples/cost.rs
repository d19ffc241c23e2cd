//! What the parts of a look-up cost, a line each: what, how much, the unit. Numbers of all
//! countries, warm; one core.
#![expect(clippy::expect_used, reason = "it ends so")]

use numplan_locality::answer::Answer;
use numplan_locality::builtin::Known;
use numplan_locality::phone::Phone;
use std::hint::black_box;
use std::io::Read;
use std::time::Instant;

const VECTORS: &[u8] = include_bytes!("../../../testdata/locality/vectors.tsv.gz");

fn main() {
    let mut text = String::new();
    flate2::read::GzDecoder::new(VECTORS)
        .read_to_string(&mut text)
        .expect("the vectors are text");
    // Every tenth, in an order that has nothing to do with theirs.
    let all: Vec<&str> = text.lines().filter_map(|line| line.split('\t').next()).collect();
    let numbers: Vec<&str> = (0..all.len() / 10)
        .filter_map(|at| all.get(at * 7_919 % all.len()).copied())
        .collect();
    let resident_before = resident_megabytes();
    let opened = Instant::now();
    let known = Known::open().expect("the tables are whole");
    println!(
        "opening what is compiled in\t{}\tms",
        opened.elapsed().as_secs_f64() * 1e3
    );
    let phones: Vec<Phone<'_>> = numbers.iter().filter_map(|number| known.read(number)).collect();
    told("reading: E.164, type, region, valid", &numbers, |number| {
        known.read(number).is_some_and(|phone| phone.is_valid())
    });
    told("geocode of a number that was read", &phones, |phone| {
        known.geocode(phone).is_some()
    });
    told("carrier of a number that was read", &phones, |phone| {
        known.carrier(phone).is_some()
    });
    told("the whole answer", &numbers, |number| {
        Answer::of(&known, None, number).is_some()
    });
    println!(
        "resident memory of the tables, all of them used\t{}\tMB",
        resident_megabytes() - resident_before
    );
}

/// The memory of this process that is in RAM, by Linux; 0 elsewhere.
fn resident_megabytes() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kibibytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<f64>().ok());
    kibibytes.unwrap_or_default() * 1024.0 / 1e6
}

fn told<T>(what: &str, items: &[T], ask: impl Fn(&T) -> bool) {
    let round = || {
        let started = Instant::now();
        let found = items.iter().filter(|item| ask(black_box(item))).count();
        black_box(found);
        started.elapsed().as_secs_f64() * 1e9 / items.len() as f64
    };
    let mut times: Vec<f64> = (0..5).map(|_| round()).collect();
    times.sort_by(f64::total_cmp);
    println!("{what}\t{}\tns", times.get(2).copied().unwrap_or_default());
}
