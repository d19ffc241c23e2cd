//! The size that a plan reports is the memory that it keeps: what the allocator hands out while it
//! is compiled, and does not get back.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use numplan::{Dialect, Document, Json, Judge, Plan};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// The system's allocator, which counts the bytes that each thread holds.
struct Counting;

thread_local! {
    static HELD: Cell<isize> = const { Cell::new(0) };
}

fn count(bytes: isize) {
    // A thread that ends may free memory when its counter is gone.
    let _ = HELD.try_with(|held| held.set(held.get() + bytes));
}

// SAFETY: every call is passed on to the system's allocator as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn object(members: impl IntoIterator<Item = (String, Json)>) -> Json {
    let members = members.into_iter().map(|(key, value)| (key.into_bytes(), value));
    Json::Object(members.collect())
}

fn text(text: &str) -> Json {
    Json::String(text.as_bytes().to_vec())
}

fn rules<'r>(rules: impl IntoIterator<Item = &'r str>, affix: &str) -> Json {
    object(rules.into_iter().map(|regex| {
        let affixes = [("prefix".to_owned(), text(affix)), ("suffix".to_owned(), text(affix))];
        (regex.to_owned(), object(affixes))
    }))
}

/// A document with these classifiers, converters and dial plan.
fn document(classifiers: &[&str], converters: Json, dial_plan: Json) -> Document {
    let classes = (0..).zip(classifiers);
    let json = object([
        (
            "classifiers".to_owned(),
            object(classes.map(|(rank, regex): (usize, &&str)| (format!("c{rank}"), text(regex)))),
        ),
        ("e164_converters".to_owned(), converters),
        ("reconcile_regex".to_owned(), text("^$")),
        ("dial_plan".to_owned(), dial_plan),
    ]);
    Document::read(&json).expect("a document")
}

#[test]
fn a_plan_reports_the_memory_that_it_keeps() {
    let none = || rules([], "");
    let long = "1".repeat(20_000);
    let prefixes: Vec<String> = (0..2_000)
        .map(|n: u32| format!("^{:07}", n * 7_919 % 8_000_000))
        .collect();
    let prefixes: Vec<&str> = prefixes.iter().map(String::as_str).collect();
    let by_tables = "^(?:(1{120})|2{100})*$";
    let simulated = "^(?:(1{400})|2{3})*3$";
    let documents = [
        ("an automaton of prefixes", document(&prefixes, none(), none())),
        (
            "an automaton of many states",
            document(&["^1.{20000}$"], none(), none()),
        ),
        (
            "an automaton that stores 16 bits",
            document(&["^[12]{60000}$"], none(), none()),
        ),
        ("two passes", document(&["^1"], rules([by_tables], ""), none())),
        ("a simulated class", document(&["1[12]{3000}$"], none(), none())),
        ("a simulated search", document(&["^1"], rules([simulated], ""), none())),
        (
            "a search among other rules",
            document(&["^1"], rules(["^1(2)$", simulated], ""), none()),
        ),
        (
            "prefixes and suffixes",
            document(&["^1"], rules(["^1(2+)$", "^3(4+)$"], &long), none()),
        ),
        (
            "a dial plan",
            document(&["^1"], none(), rules([by_tables, "^1{9000}(2)$"], &long)),
        ),
    ];
    let listed: Vec<Json> = (0..50_000u64)
        .map(|at| text(&format!("{:08}", at.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40)))
        .collect();
    let class = object([
        ("prefixes".to_owned(), Json::Array(listed)),
        ("numplan_only".to_owned(), Json::Bool(true)),
    ]);
    let listed = object([("classifiers".to_owned(), object([("listed".to_owned(), class)]))]);
    let listed = ("an index of prefixes", Document::read(&listed).expect("a document"));
    for (what, document) in documents.into_iter().chain([listed]) {
        let before = HELD.get();
        let plan = Plan::compile(&document, Judge::Reader(Dialect::Pcre)).expect("a plan");
        let kept = usize::try_from(HELD.get() - before).expect("a plan keeps memory");
        let reported = plan.size().memory;
        let fifth = kept / 5;
        println!("{what}: {reported} bytes are reported, {kept} are kept");
        assert!(
            (kept - fifth..kept + fifth).contains(&reported),
            "{what}: {reported} bytes are reported, {kept} are kept"
        );
    }
}
