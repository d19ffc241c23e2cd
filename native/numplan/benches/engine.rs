//! The engine alone: no VM, one core.

#![expect(missing_docs, reason = "criterion makes public functions without")]
#![expect(clippy::expect_used, reason = "a benchmark fails by panicking")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use numplan::document::Document;
use numplan::plan::Plan;
use numplan::preset::Preset;
use numplan::rule::Judge;
use numplan::{json, lines};
use std::hint::black_box;

const NUMBERS: &[&str] = &[
    "4158867900",
    "2125551234",
    "9175550100",
    "3105557788",
    "+14158867900",
    "+12125551234",
    "14158867900",
    "01144123456789",
    "18005551234",
    "12425551234",
    "911",
    "4001",
    "004412345678",
    "anonymous",
    "*97",
    "4158867901",
    "6505551234",
    "7025559999",
    "8085551212",
    "0118613800138000",
];

fn plan() -> Plan {
    let source = json::parse(Preset::DEFAULT.text().as_bytes(), &json::Limits::default()).expect("a preset");
    let document = Document::read(&source).expect("a document");
    Plan::compile(&document, Judge::Reader).expect("a plan")
}

fn engine(criterion: &mut Criterion) {
    let plan = plan();
    let mut group = criterion.benchmark_group("numbers");
    group.throughput(Throughput::Elements(NUMBERS.len() as u64));
    group.bench_function("classify", |bench| {
        bench.iter(|| {
            NUMBERS
                .iter()
                .filter(|number| plan.classify(black_box(number.as_bytes())).is_some())
                .count()
        });
    });
    let mut normalized = Vec::new();
    group.bench_function("normalize", |bench| {
        bench.iter(|| {
            for number in NUMBERS {
                normalized.clear();
                plan.normalize_into(black_box(number.as_bytes()), &mut normalized);
            }
            normalized.len()
        });
    });
    group.finish();

    let text = NUMBERS.join("\n").repeat(5_000);
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
        bench.iter(|| Plan::compile(black_box(&document), Judge::Reader))
    });
}

criterion_group!(benches, engine);
criterion_main!(benches);
