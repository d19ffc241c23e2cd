//! Proofs about configurations.

#![expect(missing_docs, reason = "criterion makes public functions without")]
#![expect(clippy::expect_used, reason = "a benchmark fails by panicking")]

use criterion::{Criterion, criterion_group, criterion_main};
use numplan::check;
use numplan::config::document::Document;
use numplan::config::json;
use numplan::config::preset::Preset;
use numplan::diff;
use numplan::plan::rule::Judge;
use numplan::regex::dialect::Dialect;
use std::hint::black_box;

fn document(text: &str) -> Document {
    let source = json::parse(text.as_bytes(), &json::Limits::default()).expect("JSON");
    Document::read(&source).expect("a document")
}

/// A thousand country codes as classifiers, and as many converters.
fn thousands() -> Document {
    let classifiers = (0..1_000).map(|n| format!(r#""c{n}": "^\\+{n:03}(\\d{{4,8}})$""#));
    let converters = (0..1_000).map(|n| format!(r#""^0{n:03}(\\d{{4,8}})$": {{"prefix": "+{n:03}"}}"#));
    let (classifiers, converters) = (classifiers.collect::<Vec<_>>(), converters.collect::<Vec<_>>());
    document(&format!(
        r#"{{"reconcile_regex": "^\\+", "classifiers": {{{}}}, "e164_converters": {{{}}}}}"#,
        classifiers.join(","),
        converters.join(",")
    ))
}

fn proofs(criterion: &mut Criterion) {
    let (old, new, large) = (
        document(Preset::Kazoo41.text()),
        document(Preset::Kazoo42.text()),
        thousands(),
    );
    let mut group = criterion.benchmark_group("check");
    group.sample_size(10);
    for (name, document) in [("preset", &old), ("thousands", &large)] {
        group.bench_function(name, |bench| {
            bench.iter(|| {
                check::check(
                    black_box(document),
                    &[],
                    Judge::Reader(Dialect::Pcre),
                    &check::Options::default(),
                )
            })
        });
    }
    group.bench_function("diff", |bench| {
        bench.iter(|| {
            diff::diff(
                (&old, Judge::Reader(Dialect::Pcre)),
                (black_box(&new), Judge::Reader(Dialect::Pcre)),
                &diff::Options::default(),
            )
        })
    });
    group.finish();
}

criterion_group!(benches, proofs);
criterion_main!(benches);
