//! The engine alone: no VM, one core.

#![expect(missing_docs, reason = "criterion makes public functions without")]
#![expect(clippy::expect_used, reason = "a benchmark fails by panicking")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use numplan::bulk::lines;
use numplan::config::document::Document;
use numplan::config::json::{self, Json};
use numplan::config::preset::Preset;
use numplan::plan::Plan;
use numplan::plan::rule::Judge;
use numplan::prefix::file;
use numplan::regex::dialect::Dialect;
use std::hint::black_box;

/// A number in each line, of the kinds that operators see.
const NUMBERS: &str = include_str!("numbers.txt");

fn plan() -> Plan {
    let source = json::parse(Preset::DEFAULT.text().as_bytes(), &json::Limits::default()).expect("a preset");
    let document = Document::read(&source).expect("a document");
    Plan::compile(&document, Judge::Reader(Dialect::Pcre)).expect("a plan")
}

fn engine(criterion: &mut Criterion) {
    let plan = plan();
    let numbers: Vec<&str> = NUMBERS.lines().collect();
    let mut group = criterion.benchmark_group("numbers");
    group.throughput(Throughput::Elements(numbers.len() as u64));
    group.bench_function("classify", |bench| {
        bench.iter(|| {
            numbers
                .iter()
                .filter(|number| plan.classify(black_box(number.as_bytes())).is_some())
                .count()
        });
    });
    let mut normalized = Vec::new();
    group.bench_function("normalize", |bench| {
        bench.iter(|| {
            for number in &numbers {
                normalized.clear();
                plan.normalize_into(black_box(number.as_bytes()), &mut normalized);
            }
            normalized.len()
        });
    });
    group.finish();

    let text = NUMBERS.repeat(5_000);
    let mut group = criterion.benchmark_group("lines");
    group.throughput(Throughput::Elements(lines::numbers(text.as_bytes()).count() as u64));
    group.bench_function("classify", |bench| {
        bench.iter(|| lines::classify(&plan, black_box(text.as_bytes())))
    });
    group.bench_function("normalize", |bench| {
        bench.iter(|| lines::normalize(&plan, black_box(text.as_bytes())))
    });
    group.finish();

    let document =
        Document::read(&json::parse(Preset::DEFAULT.text().as_bytes(), &json::Limits::default()).expect("a preset"));
    let document = document.expect("a document");
    criterion.bench_function("compile", |bench| {
        bench.iter(|| Plan::compile(black_box(&document), Judge::Reader(Dialect::Pcre)))
    });
}

/// Random digits, from a seed.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }

    fn digits(&mut self, count: u64) -> String {
        (0..count).map(|_| self.below(10).to_string()).collect()
    }
}

/// A class by a list of prefixes of 6 to 9 random digits, and numbers of which half are in it.
fn prefixes(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("prefixes");
    for count in [200_000, 1_000_000] {
        let mut random = Random(1);
        let prefixes: Vec<String> = (0..count)
            .map(|_| {
                let length = 6 + random.below(4);
                random.digits(length)
            })
            .collect();
        let list = file::read(prefixes.join("\n").as_bytes()).expect("a list");
        let numbers = prefixes.iter().step_by(count / 50_000).flat_map(|prefix| {
            let listed = format!("+{prefix}{}", random.digits(4));
            let mut others = std::iter::repeat_with(|| format!("+{}", random.digits(11)));
            let other = others.find(|number| list.find(number.as_bytes()).is_none());
            [Some(listed), other]
        });
        let numbers: Vec<String> = numbers.flatten().collect();
        let csv = Json::String(prefixes.join("\n").into_bytes());
        let object = |key: &str, value| Json::Object(vec![(key.as_bytes().to_vec(), value)]);
        let class = Json::Object(vec![
            (b"prefixes".to_vec(), object("csv", csv)),
            (b"numplan_only".to_vec(), Json::Bool(true)),
        ]);
        let source = object("classifiers", object("listed", class));
        let document = Document::read(&source).expect("a document");
        let plan = Plan::compile(&document, Judge::Reader(Dialect::Pcre)).expect("a plan");
        group.throughput(Throughput::Elements(numbers.len() as u64));
        group.bench_function(format!("classify_{count}"), |bench| {
            bench.iter(|| {
                let listed = numbers
                    .iter()
                    .filter(|number| plan.classify(black_box(number.as_bytes())).is_some());
                listed.count()
            });
        });
    }
    group.finish();
}

/// All mobile numbers of the world as a class before those of the preset.
fn world(criterion: &mut Criterion) {
    let class = r#""classifiers": {"mobile": {"world": {"type": ["MOBILE"]}, "numplan_only": true},"#;
    let text = Preset::DEFAULT.text().replacen(r#""classifiers": {"#, class, 1);
    let source = json::parse(text.as_bytes(), &json::Limits::default()).expect("a preset");
    let document = Document::read(&source).expect("a document");
    let plan = Plan::compile(&document, Judge::Reader(Dialect::Pcre)).expect("a plan");
    let numbers: Vec<&str> = NUMBERS.lines().collect();
    let mut group = criterion.benchmark_group("world");
    group.bench_function("read_and_compile", |bench| {
        bench.iter(|| {
            let document = Document::read(black_box(&source)).expect("a document");
            Plan::compile(&document, Judge::Reader(Dialect::Pcre))
        });
    });
    group.throughput(Throughput::Elements(numbers.len() as u64));
    group.bench_function("classify", |bench| {
        bench.iter(|| {
            numbers
                .iter()
                .filter(|number| plan.classify(black_box(number.as_bytes())).is_some())
                .count()
        });
    });
    group.finish();
}

criterion_group!(benches, engine, prefixes, world);
criterion_main!(benches);
