//! The store's file: changes and reads, layouts, and damage from outside.
#![expect(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "a test ends so")]

mod changes;

use changes::{ACCOUNT, change, number, put};
use numplan_store::{Change, Copy, Database, Error, NAME, Options, Part, schema};
use rusqlite::Connection;
use std::fs;
use std::path::{Path, PathBuf};

fn open(dir: &Path) -> numplan_store::Result<Database> {
    Database::open(dir, Options::default())
}

fn refused(dir: &Path) -> String {
    match open(dir) {
        Err(Error::Refused(words)) => words,
        other => panic!("not refused: {other:?}"),
    }
}

fn file(dir: &Path) -> PathBuf {
    dir.join(NAME)
}

/// A closed store of some numbers.
fn filled() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let database = open(dir.path()).unwrap();
    for n in 0..40 {
        put(&database, &[number(&format!("+141585500{n:02}"), n + 1)]).unwrap();
    }
    database.close();
    dir
}

#[test]
fn all_changes_of_a_commit_are_made_or_none() {
    let dir = tempfile::tempdir().unwrap();
    let database = open(dir.path()).unwrap();
    let (good, mut bad) = (number("+14158550001", 1), number("+14158550002", 1));
    bad.modified = bad.created - 1;
    let Err(Error::Io(words)) = database.commit(&[change(&good), change(&bad)]) else {
        panic!("a check failed")
    };
    assert!(words.contains("CHECK"), "{words}");
    assert_eq!(database.numbers(&[b"+14158550001"]).unwrap(), [None]);
    put(&database, std::slice::from_ref(&good)).unwrap();
    assert_eq!(
        database.numbers(&[b"+14158550001", b"+14158550002"]).unwrap(),
        [Some(good), None]
    );
}

#[test]
fn lists_have_records_and_copies_that_differ() {
    let dir = tempfile::tempdir().unwrap();
    let database = open(dir.path()).unwrap();
    let numbers: Vec<_> = (1..=3).map(|n| number(&format!("+1415855000{n}"), n)).collect();
    let mut changes: Vec<_> = numbers.iter().map(change).collect();
    changes.push(Change::List {
        id: b"+14158550002",
        listed: false,
    });
    changes.push(Change::PutCopy {
        account: ACCOUNT,
        id: b"+14158550009",
        fields: b"{}",
    });
    database.commit(&changes).unwrap();

    let page = database.list(ACCOUNT, Part::Listed, b"", None, 10).unwrap();
    assert_eq!(page.numbers, [numbers[0].clone(), numbers[2].clone()]);
    assert_eq!(
        page.copies,
        [Copy {
            id: b"+14158550009".to_vec(),
            fields: b"{}".to_vec()
        }]
    );
    assert_eq!(
        database
            .list(ACCOUNT, Part::Listed, b"+14158550003", None, 1)
            .unwrap()
            .numbers,
        [numbers[2].clone()]
    );
    assert_eq!(database.assigned_to(ACCOUNT, b"", 10).unwrap().len(), 3);
    assert_eq!(
        database.assigned_to(ACCOUNT, b"+14158550002", 1).unwrap(),
        [b"+14158550002"]
    );
    assert_eq!(database.list_numbers(b"", 2).unwrap()[1].id, b"+14158550002");
    assert_eq!(
        database.list_numbers(b"+14158550003", 10).unwrap(),
        [numbers[2].clone()]
    );
    assert_eq!(
        database.list(b"another", Part::Listed, b"", None, 10).unwrap(),
        Default::default()
    );
}

#[test]
fn parts_of_a_list_have_the_records_of_their_index() {
    let dir = tempfile::tempdir().unwrap();
    let database = open(dir.path()).unwrap();
    let mut numbers: Vec<_> = (1..=6).map(|n| number(&format!("+1415855000{n}"), n)).collect();
    for (n, number) in numbers.iter_mut().enumerate() {
        number.state = if n < 3 {
            b"reserved".to_vec()
        } else {
            b"in_service".to_vec()
        };
        // The later a number is in the order of ids, the earlier it was created, two at a time.
        number.created = 63_900_000_000 - (n as i64) / 2;
    }
    numbers[1].listed = false;
    let mut changes: Vec<_> = numbers.iter().map(change).collect();
    changes.push(Change::PutCopy {
        account: ACCOUNT,
        id: b"+14158550009",
        fields: b"{}",
    });
    database.commit(&changes).unwrap();

    let page = |part, from: &[u8], until: Option<&[u8]>, limit| {
        let page = database.list(ACCOUNT, part, from, until, limit).unwrap();
        let ids = page.numbers.iter().map(|number| number.id.last().copied().unwrap());
        (String::from_utf8(ids.collect()).unwrap(), page.copies.len())
    };
    assert_eq!(page(Part::Listed, b"", None, 10), ("13456".into(), 1));
    assert_eq!(
        page(Part::Listed, b"+14158550003", Some(b"+14158550005"), 10),
        ("34".into(), 0)
    );
    assert_eq!(page(Part::State(b"reserved"), b"", None, 10), ("123".into(), 1));
    assert_eq!(
        page(Part::State(b"reserved"), b"+14158550002", None, 1),
        ("2".into(), 1)
    );
    assert_eq!(page(Part::UsedBy(b"callflow"), b"", None, 10), ("246".into(), 1));
    let (first, last) = (63_900_000_000 - 2, 63_900_000_000);
    assert_eq!(page(Part::Created(first, last), b"", None, 10), ("563412".into(), 0));
    assert_eq!(
        page(Part::Created(first, last), b"+14158550006", None, 3),
        ("634".into(), 0)
    );
    assert_eq!(page(Part::Created(first, last - 1), b"", None, 10), ("5634".into(), 0));
    assert_eq!(
        page(Part::Created(last, last), b"+14158550002", None, 10),
        ("2".into(), 0)
    );
    assert_eq!(page(Part::Copies, b"", None, 10), (String::new(), 1));
    assert_eq!(page(Part::Copies, b"+2", None, 10), (String::new(), 0));
}

#[test]
fn an_account_counts_the_lists_of_those_below() {
    let dir = tempfile::tempdir().unwrap();
    let database = open(dir.path()).unwrap();
    database
        .commit(&[
            Change::PutAccount {
                id: ACCOUNT,
                ancestors: vec![b"top", b"middle"],
                fields: b"{}",
            },
            change(&number("+14158550001", 1)),
            Change::PutCopy {
                account: ACCOUNT,
                id: b"+14158550009",
                fields: b"{}",
            },
        ])
        .unwrap();
    assert_eq!(database.count_below(b"top").unwrap(), 2);
    assert_eq!(database.count_below(ACCOUNT).unwrap(), 0);
    database
        .commit(&[Change::PutAccount {
            id: ACCOUNT,
            ancestors: vec![b"middle"],
            fields: b"{}",
        }])
        .unwrap();
    assert_eq!(database.count_below(b"top").unwrap(), 0);
    assert_eq!(database.count_below(b"middle").unwrap(), 2);
}

#[test]
fn a_closed_store_fails_and_opens_again() {
    let dir = tempfile::tempdir().unwrap();
    let database = open(dir.path()).unwrap();
    put(&database, &[number("+14158550001", 1)]).unwrap();
    database.close();
    assert_eq!(database.numbers(&[b"+14158550001"]), Err(Error::Closed));
    assert_eq!(put(&database, &[number("+14158550002", 1)]), Err(Error::Closed));
    let database = open(dir.path()).unwrap();
    assert_eq!(
        database.numbers(&[b"+14158550001"]).unwrap(),
        [Some(number("+14158550001", 1))]
    );
}

/// The tables and indices of a file, as their statements.
fn tables(connection: &Connection) -> Vec<String> {
    let mut statement = connection
        .prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name")
        .unwrap();
    statement
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect()
}

#[test]
fn each_earlier_layout_is_brought_to_the_present_one() {
    // A step that a later release would add.
    let mut steps = schema::STEPS.to_vec();
    steps.push("CREATE TABLE later (id TEXT NOT NULL PRIMARY KEY) STRICT; INSERT INTO later VALUES ('kept');");
    let path = Path::new("numplan.db");
    let mut newest = Connection::open_in_memory().unwrap();
    schema::migrate(&mut newest, &steps, path).unwrap();
    for layout in 0..=steps.len() {
        let mut earlier = Connection::open_in_memory().unwrap();
        schema::migrate(&mut earlier, &steps[..layout], path).unwrap();
        assert_eq!(schema::layout(&earlier), Ok(layout));
        schema::migrate(&mut earlier, &steps, path).unwrap();
        assert_eq!(
            (schema::layout(&earlier), tables(&earlier)),
            (Ok(steps.len()), tables(&newest))
        );
    }
    // What this release does not know is left alone.
    let Err(Error::Refused(words)) = schema::migrate(&mut newest, schema::STEPS, path) else {
        panic!("refused")
    };
    let (layout, known) = (steps.len(), schema::STEPS.len());
    assert!(
        words.contains(&format!("has layout {layout}, and this release knows up to {known}")),
        "{words}"
    );
}

#[test]
fn what_is_no_store_is_refused_and_left_as_it_is() {
    for (content, said) in [
        (&b""[..], "is empty or cut off"),
        (&[0; 4096][..], "is damaged, or is no SQLite file"),
        (&b"SQLite format 3\0"[..], "is empty or cut off"),
    ] {
        let dir = tempfile::tempdir().unwrap();
        fs::write(file(dir.path()), content).unwrap();
        assert!(refused(dir.path()).contains(said));
        assert_eq!(fs::read(file(dir.path())).unwrap(), content);
        assert_eq!(
            fs::read_dir(dir.path()).unwrap().count(),
            1,
            "nothing was made beside it"
        );
    }
    let dir = tempfile::tempdir().unwrap();
    let other = Connection::open(file(dir.path())).unwrap();
    other.execute_batch("CREATE TABLE x (y)").unwrap();
    other.close().unwrap();
    assert!(refused(dir.path()).contains("is another application's SQLite file"));
}

#[test]
fn a_part_of_a_store_without_the_rest_is_refused() {
    let dir = filled();
    fs::rename(file(dir.path()), dir.path().join("moved")).unwrap();
    fs::write(dir.path().join("numplan.db-wal"), "").unwrap();
    assert!(refused(dir.path()).contains("numplan.db-wal is there, which holds a part of it"));
    assert!(!file(dir.path()).exists());
}

#[test]
fn a_file_that_was_cut_is_refused() {
    let dir = filled();
    let whole = fs::read(file(dir.path())).unwrap();
    for pages in 1..whole.len() / 4096 {
        fs::write(file(dir.path()), &whole[..pages * 4096]).unwrap();
        assert!(refused(dir.path()).contains("numplan.db is damaged ("), "{pages} pages");
    }
}

#[test]
fn a_changed_bit_anywhere_is_found_when_the_store_is_opened() {
    let dir = filled();
    let whole = fs::read(file(dir.path())).unwrap();
    // Each page, at places that differ from page to page.
    for (page, step) in (0..whole.len() / 4096).flat_map(|page| (0..6).map(move |step| (page, step))) {
        let mut damaged = whole.clone();
        damaged[page * 4096 + (step * 769 + page * 131) % 4096] ^= 1 << (step % 8);
        fs::write(file(dir.path()), damaged).unwrap();
        let said = refused(dir.path());
        assert!(
            said.contains("damaged") || said.contains("knows up to"),
            "page {page} step {step}: {said}"
        );
    }
    fs::write(file(dir.path()), whole).unwrap();
    open(dir.path()).expect("undamaged");
}

#[test]
fn a_changed_bit_under_an_open_store_is_an_error_and_ends_writes() {
    let dir = filled();
    let path = file(dir.path());
    let whole = fs::read(&path).unwrap();
    let database = open(dir.path()).unwrap();
    // All pages but those that were read when it was opened are damaged in place.
    let damaged: Vec<u8> = whole
        .iter()
        .enumerate()
        .map(|(at, byte)| if at < 4096 { *byte } else { byte ^ 4 })
        .collect();
    fs::write(&path, damaged).unwrap();
    let Err(Error::Damaged(words)) = database.numbers(&[b"+14158550001"]) else {
        panic!("found")
    };
    assert!(words.contains("a checksum does not match"), "{words}");
    assert!(matches!(
        put(&database, &[number("+14158550099", 1)]),
        Err(Error::Damaged(_))
    ));
}

#[test]
fn a_changed_bit_in_the_log_is_an_error() {
    let dir = filled();
    let database = open(dir.path()).unwrap();
    put(&database, &[number("+14158550099", 1)]).unwrap();
    let log = dir.path().join("numplan.db-wal");
    let mut frames = fs::read(&log).unwrap();
    let size = 24 + 4096;
    for page in (32 + 24..frames.len()).step_by(size) {
        frames[page + 2048] ^= 1;
    }
    fs::write(&log, frames).unwrap();
    assert!(matches!(database.numbers(&[b"+14158550099"]), Err(Error::Damaged(_))));
    assert!(matches!(
        put(&database, &[number("+14158550098", 1)]),
        Err(Error::Damaged(_))
    ));
}

#[test]
fn a_file_that_is_removed_replaced_or_cut_ends_writes() {
    type Harm = fn(&Path, &Path);
    let harms: [(&str, Harm); 5] = [
        ("was removed", |path, _| fs::remove_file(path).unwrap()),
        ("was replaced", |path, dir| {
            fs::copy(path, dir.join("copy")).unwrap();
            fs::rename(dir.join("copy"), path).unwrap();
        }),
        ("was cut", |path, _| {
            fs::File::options()
                .write(true)
                .open(path)
                .unwrap()
                .set_len(4096)
                .unwrap()
        }),
        ("was removed", |_, dir| {
            fs::remove_file(dir.join("numplan.db-wal")).unwrap()
        }),
        ("was cut", |_, dir| {
            fs::File::options()
                .write(true)
                .open(dir.join("numplan.db-wal"))
                .unwrap()
                .set_len(32)
                .unwrap();
        }),
    ];
    for (said, harm) in harms {
        let dir = filled();
        let database = open(dir.path()).unwrap();
        put(&database, &[number("+14158550098", 1)]).unwrap();
        harm(&file(dir.path()), dir.path());
        for _ in 0..2 {
            let Err(Error::Damaged(words)) = put(&database, &[number("+14158550099", 1)]) else {
                panic!("acknowledged")
            };
            assert!(words.contains(said), "{words}");
        }
    }
}

#[test]
fn the_bill_of_materials_has_the_sqlite_that_is_linked() {
    let bill = include_str!("../../sbom/src/data.rs");
    assert!(bill.contains(&format!("SQLITE: &str = \"{}\"", rusqlite::version())));
}
