//! Cuts of power: whatever the disc has kept of the writes that were not synced, the store opens
//! and holds all that was acknowledged.
//!
//! A VFS below the store's records each write and each sync. A cut is a prefix of them: what was
//! synced is on the disc; of the rest any subset is, and of each write any of its sectors.
#![expect(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "a test ends so")]

mod changes;

use changes::{number, put};
use numplan_store::vfs::{self, Below, Layer};
use numplan_store::{Database, NAME, Number, Options};
use std::collections::BTreeMap;
use std::ffi::{CStr, c_int};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

const RECORDER: &CStr = c"recorder";
const SECTOR: usize = 512;
const COMMITS: i64 = 24;
/// The numbers that a commit writes: 216 writes are acknowledged in all.
const TOGETHER: i64 = 9;
const SLOTS: i64 = 7;

#[derive(Clone, Debug)]
enum Event {
    Write {
        file: PathBuf,
        at: usize,
        bytes: Vec<u8>,
    },
    Cut {
        file: PathBuf,
        length: usize,
    },
    Sync {
        file: PathBuf,
    },
    /// So many commits have returned.
    Acknowledged(i64),
}

/// What happens to files of the store that is recorded; `None` while nothing is.
static EVENTS: Mutex<Option<Vec<Event>>> = Mutex::new(None);

fn record(event: Event) {
    if let Some(events) = EVENTS.lock().unwrap().as_mut() {
        events.push(event);
    }
}

struct Recorder(Option<PathBuf>);

impl Layer for Recorder {
    fn open(path: Option<&Path>, _flags: c_int) -> Self {
        Self(path.map(Into::into))
    }

    fn write(&mut self, file: &Below, bytes: &[u8], at: u64) -> c_int {
        if let Some(path) = &self.0 {
            record(Event::Write {
                file: path.clone(),
                at: at as usize,
                bytes: bytes.to_vec(),
            });
        }
        file.write(bytes, at)
    }

    fn truncate(&mut self, length: u64) {
        if let Some(path) = &self.0 {
            record(Event::Cut {
                file: path.clone(),
                length: length as usize,
            });
        }
    }

    fn synced(&mut self) {
        if let Some(path) = &self.0 {
            record(Event::Sync { file: path.clone() });
        }
    }
}

type Files = BTreeMap<PathBuf, Vec<u8>>;

fn apply(files: &mut Files, event: &Event, keeps_sector: &mut dyn FnMut() -> bool) {
    match event {
        Event::Write { file, at, bytes } => {
            let content = files.entry(file.clone()).or_default();
            for (sector, part) in bytes.chunks(SECTOR).enumerate() {
                if keeps_sector() {
                    let from = at + sector * SECTOR;
                    content.resize(content.len().max(from + part.len()), 0);
                    content[from..from + part.len()].copy_from_slice(part);
                }
            }
        }
        Event::Cut { file, length } if keeps_sector() => files.entry(file.clone()).or_default().resize(*length, 0),
        _ => {}
    }
}

fn file_of(event: &Event) -> Option<&PathBuf> {
    match event {
        Event::Write { file, .. } | Event::Cut { file, .. } | Event::Sync { file } => Some(file),
        Event::Acknowledged(_) => None,
    }
}

/// A generator of bits, the same ones in each run.
struct Bits(u64);

impl Bits {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

/// What is on the disc after a cut behind `events`: `keep` says which unsynced sectors are.
fn after_cut(before: &Files, events: &[Event], keep: &mut dyn FnMut() -> bool) -> Files {
    let mut files = before.clone();
    for (at, event) in events.iter().enumerate() {
        let synced = events[at..]
            .iter()
            .any(|later| matches!(later, Event::Sync { file } if Some(file) == file_of(event)));
        if synced {
            apply(&mut files, event, &mut || true);
        } else {
            apply(&mut files, event, keep);
        }
    }
    files
}

/// The ids of the numbers that a commit writes; every seventh commit writes the same.
fn ids(commit: i64) -> impl Iterator<Item = String> {
    (0..TOGETHER).map(move |member| format!("+14158550{}0{member}", commit % SLOTS))
}

fn numbers(commit: i64) -> Vec<Number> {
    ids(commit).map(|id| number(&id, commit)).collect()
}

/// The numbers after so many commits.
fn expected(commits: i64) -> Vec<Option<Number>> {
    let last = |slot: i64| (1..=commits).rev().find(|commit| commit % SLOTS == slot);
    let written = |slot| match last(slot) {
        Some(commit) => numbers(commit).into_iter().map(Some).collect(),
        None => vec![None; TOGETHER as usize],
    };
    (0..SLOTS).flat_map(written).collect()
}

fn options() -> Options {
    // Often enough for cuts in the middle of them.
    Options {
        readers: 1,
        checkpoint: 12,
        base: Some(RECORDER),
    }
}

#[test]
fn every_state_that_a_cut_can_leave_opens_with_all_that_was_acknowledged() {
    assert!(vfs::register::<Recorder>(RECORDER, None));
    let dir = tempfile::tempdir().unwrap();
    let database = Database::open(dir.path(), options()).unwrap();
    let path = fs::canonicalize(dir.path()).unwrap();
    let names = [path.join(NAME), path.join(format!("{NAME}-wal"))];
    let before: Files = names
        .iter()
        .map(|name| (name.clone(), fs::read(name).unwrap()))
        .collect();

    *EVENTS.lock().unwrap() = Some(Vec::new());
    for commit in 1..=COMMITS {
        put(&database, &numbers(commit)).unwrap();
        record(Event::Acknowledged(commit));
    }
    let events = EVENTS.lock().unwrap().take().unwrap();
    drop(database);
    let syncs = |name: &Path| {
        events
            .iter()
            .filter(|event| matches!(event, Event::Sync { file } if file == name))
            .count()
    };
    assert!(syncs(&names[0]) > 2, "the file was synced by checkpoints");
    assert!(syncs(&names[1]) as i64 >= COMMITS, "the log was synced by each commit");

    let mut bits = Bits(0x9e37_79b9_7f4a_7c15);
    let mut tried = 0;
    for cut in 0..=events.len() {
        let acknowledged = events[..cut].iter().rev().find_map(|event| match event {
            Event::Acknowledged(commit) => Some(*commit),
            _ => None,
        });
        // None of what is not synced, all of it, and some of it.
        for kept in [0, 100, 50, 90] {
            let files = after_cut(&before, &events[..cut], &mut || bits.next() % 100 < kept);
            let there = tempfile::tempdir().unwrap();
            for (name, content) in files {
                fs::write(there.path().join(name.file_name().unwrap()), content).unwrap();
            }
            let acknowledged = acknowledged.unwrap_or(0);
            let database = Database::open(there.path(), options())
                .unwrap_or_else(|error| panic!("cut {cut}, {kept} % kept: {error}"));
            let ids: Vec<String> = (0..SLOTS).flat_map(ids).collect();
            let ids: Vec<&[u8]> = ids.iter().map(|id| id.as_bytes()).collect();
            let found = database.numbers(&ids).expect("readable");
            assert!(
                [acknowledged, acknowledged + 1]
                    .iter()
                    .any(|commits| found == expected(*commits)),
                "cut {cut}, {kept} % kept: not what {acknowledged} commits have left"
            );
            tried += 1;
        }
    }
    println!("{} events, {tried} states", events.len());
    assert!(tried > 500, "{tried} states");
}
