//! The engine alone: no VM, one core.

#![expect(missing_docs, reason = "criterion makes public functions without")]
#![expect(clippy::expect_used, reason = "a benchmark fails by panicking")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use numplan::bulk::lines;
use numplan::config::document::Document;
use numplan::config::json;
use numplan::config::preset::Preset;
use numplan::plan::Plan;
use numplan::plan::rule::Judge;
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

criterion_group!(benches, engine);
criterion_main!(benches);
