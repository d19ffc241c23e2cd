//! What the store costs: bytes of a number in the file, the time of commits, of a start, and of a
//! page.
//!
//! `cargo run --release -p numplan_store --example cost -- COUNT DIR [COMMIT [CHECKPOINT]]` fills a
//! new store in DIR with COUNT numbers of 1,000 accounts, in commits of COMMIT numbers (1,000), with
//! a log of CHECKPOINT pages (the store's own).
#![expect(clippy::unwrap_used, reason = "it ends so")]

use numplan_store::{Change, Database, Options, Part, PutNumber};
use std::path::Path;
use std::time::{Duration, Instant};

const ACCOUNTS: u64 = 1_000;
const DIGEST: [u8; 16] = [7; 16];

struct Row {
    id: String,
    account: String,
    used_by: Option<&'static [u8]>,
    created: i64,
}

fn row(n: u64) -> Row {
    Row {
        id: format!("+1{}", 2_000_000_000 + n),
        account: format!("{:032x}", (n % ACCOUNTS).wrapping_mul(0x9e37_79b9_7f4a_7c15)),
        used_by: n.is_multiple_of(2).then_some(b"callflow"),
        created: 63_900_000_000 + (n / 1_000).cast_signed(),
    }
}

fn change(row: &Row) -> Change<'_> {
    Change::PutNumber(PutNumber {
        id: row.id.as_bytes(),
        account: Some(row.account.as_bytes()),
        state: b"in_service",
        used_by: row.used_by,
        created: row.created,
        modified: row.created,
        revision: 1,
        digest: &DIGEST,
        listed: true,
        fields: br#"{"features":{"cnam":{"display_name":"Example"}}}"#,
    })
}

fn commit(database: &Database, numbers: std::ops::Range<u64>) {
    let rows: Vec<Row> = numbers.map(row).collect();
    let changes: Vec<Change<'_>> = rows.iter().map(change).collect();
    database.commit(&changes).unwrap();
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// What Linux says of this process: its resident memory, or the bytes that it has written.
fn said(file: &str, name: &str) -> String {
    let text = std::fs::read_to_string(format!("/proc/self/{file}")).unwrap_or_default();
    text.lines()
        .find(|line| line.starts_with(name))
        .unwrap_or("not known")
        .into()
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let count: u64 = arguments.next().unwrap().parse().unwrap();
    let dir = arguments.next().unwrap();
    let dir = Path::new(&dir);
    let size: u64 = arguments.next().map_or(1_000, |size| size.parse().unwrap());
    let mut options = Options::default();
    options.checkpoint = arguments
        .next()
        .map_or(options.checkpoint, |pages| pages.parse().unwrap());
    let started = Instant::now();
    let database = Database::open(dir, options).unwrap();
    for from in (0..count).step_by(usize::try_from(size).unwrap()) {
        commit(&database, from..(from + size).min(count));
    }
    let written = said("io", "wchar");
    println!(
        "{count} numbers in commits of {size}: {:?}, bytes in {written}",
        started.elapsed()
    );
    for size in [1, 64] {
        let times = (0..200).map(|n| {
            let from = count + n * size;
            let started = Instant::now();
            commit(&database, from..from + size);
            started.elapsed()
        });
        println!("a commit of {size}: {:?} (median)", median(times.collect()));
    }
    database.close();
    drop(database);

    let started = Instant::now();
    let database = Database::open(dir, Options::default()).unwrap();
    println!("opened in {:?}, {}", started.elapsed(), said("status", "VmRSS"));
    let size = database.status().unwrap().size;
    println!("{} bytes a number", size / (count + 200 * 65));
    let times = (0..1_000).map(|n| {
        let row = row(n * 7_919 % count);
        let started = Instant::now();
        assert!(
            !database
                .list(row.account.as_bytes(), Part::Listed, row.id.as_bytes(), None, 51)
                .unwrap()
                .numbers
                .is_empty()
        );
        started.elapsed()
    });
    println!(
        "a page of 50: {:?} (median), {}",
        median(times.collect()),
        said("status", "VmRSS")
    );
}
