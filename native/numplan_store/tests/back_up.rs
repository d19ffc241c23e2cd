//! Back-ups: of a store that is written meanwhile, of a damaged one, and restored.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test ends so")]

mod changes;

use changes::{change, number, put};
use numplan_store::{Change, Database, Depth, Error, NAME, Options, Reading, Result, back_up, restore};
use rusqlite::{Connection, OpenFlags};
use std::fs;
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

fn open(dir: &Path) -> Database {
    Database::open(dir, Options::default()).unwrap()
}

fn id(n: i64) -> String {
    format!("+1415{n:07}")
}

/// An open store of so many numbers, in its directory below another one.
fn filled(folder: &Path, count: i64) -> (PathBuf, Database) {
    let dir = folder.join("sqlite");
    fs::create_dir(&dir).unwrap();
    let database = open(&dir);
    let numbers: Vec<_> = (1..=count).map(|n| number(&id(n), n)).collect();
    for some in numbers.chunks(500) {
        database.commit(&some.iter().map(change).collect::<Vec<_>>()).unwrap();
    }
    (dir, database)
}

fn words<T: std::fmt::Debug>(refused: Result<T>) -> String {
    match refused {
        Err(Error::Refused(words)) => words,
        other => panic!("not refused: {other:?}"),
    }
}

fn quietly(_done: u64, _whole: u64) {}

fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// The ids of all numbers of the store that a back-up restores.
fn restored(folder: &Path, file: &Path) -> Vec<Vec<u8>> {
    let dir = folder.join("restored");
    fs::create_dir(&dir).unwrap();
    restore(file, &dir, None, &mut quietly).unwrap();
    let database = open(&dir);
    let found = database.list_numbers(b"", 1_000_000).unwrap();
    found.into_iter().map(|number| number.id).collect()
}

#[test]
fn a_copy_of_a_store_that_is_written_meanwhile_is_one_of_its_states() {
    let folder = tempfile::tempdir().unwrap();
    // Larger than the cache of the copy, whose pages are then written in any order.
    let (dir, database) = filled(folder.path(), 3_000);
    let file = folder.path().join("copy.db");
    let done = AtomicBool::new(false);
    let mut seen = Vec::new();
    let written = std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let mut n = 3_000;
            while !done.load(Ordering::Relaxed) && n < 100_000 {
                n += 1;
                // Two numbers come together, and an earlier one goes.
                let (a, b) = (number(&id(n), 1), number(&id(n + 500_000), 1));
                let gone = id(n - 3_000);
                let changes = [change(&a), change(&b), Change::DeleteNumber { id: gone.as_bytes() }];
                database.commit(&changes).unwrap();
            }
            n
        });
        let copied: Vec<_> = (0..3)
            .map(|round| back_up(&dir, &file, round > 0, &mut |done, whole| seen.push((done, whole))))
            .collect();
        done.store(true, Ordering::Relaxed);
        assert_eq!(copied, [Ok(()), Ok(()), Ok(())]);
        writer.join().unwrap()
    });
    assert!(written > 3_000);
    assert!(seen.len() > 6, "{seen:?}");
    assert!(seen.iter().all(|(done, whole)| done <= whole), "{seen:?}");

    let ids = restored(folder.path(), &file);
    let last = ids
        .iter()
        .filter(|found| found.as_slice() < id(500_000).as_bytes())
        .count() as i64;
    let added = ids.len() as i64 - last;
    assert_eq!(last, 3_000, "each commit adds one and takes one");
    for n in 1..=added {
        assert!(!ids.contains(&id(n).into_bytes()));
        assert!(ids.contains(&id(3_000 + n).into_bytes()));
    }
    assert_eq!(names(folder.path()), ["copy.db", "restored", "sqlite"]);
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    put(&database, &[number(&id(1), 1)]).unwrap();
}

#[test]
fn a_store_from_which_much_was_deleted_is_copied_and_verified() {
    let folder = tempfile::tempdir().unwrap();
    let (dir, database) = filled(folder.path(), 1_000);
    let ids: Vec<_> = (1..=900).map(id).collect();
    for some in ids.chunks(90) {
        let changes: Vec<_> = some
            .iter()
            .map(|id| Change::DeleteNumber { id: id.as_bytes() })
            .collect();
        database.commit(&changes).unwrap();
    }
    let reading = Reading::of_store(&dir).unwrap();
    reading.verify_pages(&mut quietly).unwrap();
    reading.verify_tables(Depth::Indices).unwrap();
    let file = folder.path().join("copy.db");
    back_up(&dir, &file, false, &mut quietly).unwrap();
    assert_eq!(restored(folder.path(), &file).len(), 100);
}

#[test]
fn a_file_that_exists_is_replaced_by_force_alone_and_the_stores_own_never() {
    let folder = tempfile::tempdir().unwrap();
    let (dir, _database) = filled(folder.path(), 10);
    let file = folder.path().join("copy.db");
    fs::write(&file, "something else").unwrap();
    assert!(words(back_up(&dir, &file, false, &mut quietly)).contains("--force"));
    assert_eq!(fs::read(&file).unwrap(), b"something else");
    back_up(&dir, &file, true, &mut quietly).unwrap();
    assert_eq!(restored(folder.path(), &file).len(), 10);

    for own in [dir.join(NAME), folder.path().join("sqlite/../sqlite/other.db")] {
        assert!(words(back_up(&dir, &own, true, &mut quietly)).contains("the store's own directory"));
    }
    let elsewhere = tempfile::tempdir().unwrap();
    let (other, _open) = filled(elsewhere.path(), 1);
    assert!(words(back_up(&dir, &other.join(NAME), true, &mut quietly)).contains("the name of a store's file"));
    fs::write(folder.path().join("copy.db-wal"), "").unwrap();
    assert!(words(back_up(&dir, &file, true, &mut quietly)).contains("copy.db-wal is beside it"));
}

#[test]
fn back_ups_to_one_file_at_once_and_leftovers_do_not_meet() {
    let folder = tempfile::tempdir().unwrap();
    let (dir, _database) = filled(folder.path(), 200);
    let file = folder.path().join("copy.db");
    let leftover = folder.path().join(format!("copy.db.{}.0.new", std::process::id()));
    fs::write(&leftover, "of a run that was killed").unwrap();
    std::thread::scope(|scope| {
        let runs: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| back_up(&dir, &file, true, &mut quietly)))
            .collect();
        for run in runs {
            assert_eq!(run.join().unwrap(), Ok(()));
        }
    });
    assert_eq!(fs::read(&leftover).unwrap(), b"of a run that was killed");
    fs::remove_file(&leftover).unwrap();
    assert_eq!(names(folder.path()), ["copy.db", "sqlite"]);
    assert_eq!(restored(folder.path(), &file).len(), 200);
}

#[test]
fn a_changed_bit_anywhere_is_found_and_nothing_is_copied() {
    let folder = tempfile::tempdir().unwrap();
    let (dir, database) = filled(folder.path(), 40);
    database.close();
    let path = dir.join(NAME);
    let whole = fs::read(&path).unwrap();
    let file = folder.path().join("copy.db");
    back_up(&dir, &file, false, &mut quietly).unwrap();
    let copy = fs::read(&file).unwrap();
    for at in (150..whole.len()).step_by(4096) {
        let mut damaged = whole.clone();
        damaged[at] ^= 1;
        fs::write(&path, &damaged).unwrap();
        let another = folder.path().join("another.db");
        let refused = words(back_up(&dir, &another, false, &mut quietly));
        assert!(refused.contains("is damaged (a checksum does not match"), "{refused}");
        assert!(refused.contains("numplan store restore"), "{refused}");
        assert!(!another.exists());
        let verified = Reading::of_store(&dir).and_then(|reading| {
            reading.verify_pages(&mut quietly)?;
            reading.verify_tables(Depth::Indices)
        });
        assert!(words(verified).contains("is damaged"));

        let mut damaged = copy.clone();
        damaged[at] ^= 1;
        fs::write(&another, &damaged).unwrap();
        let target = folder.path().join("target");
        fs::create_dir_all(&target).unwrap();
        assert!(words(restore(&another, &target, None, &mut quietly)).contains("take another back-up"));
        assert_eq!(names(&target), Vec::<String>::new());
        fs::remove_file(&another).unwrap();
    }
    assert_eq!(names(folder.path()), ["copy.db", "sqlite", "target"]);
}

#[test]
fn tables_and_references_that_disagree_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let (dir, database) = filled(folder.path(), 10);
    database.close();
    // SQLite itself changes a table and not its index, through pages whose checksums hold.
    Connection::open_with_flags_and_vfs(dir.join(NAME), OpenFlags::SQLITE_OPEN_READ_WRITE, c"numplan")
        .unwrap()
        .execute_batch(
            "PRAGMA foreign_keys = OFF; DELETE FROM holders; PRAGMA writable_schema = ON;
             DELETE FROM sqlite_schema WHERE name = 'numbers_by_state'; PRAGMA writable_schema = RESET;",
        )
        .unwrap();
    let reading = Reading::of_store(&dir).unwrap();
    reading.verify_pages(&mut quietly).unwrap();
    let words = words(reading.verify_tables(Depth::Indices));
    assert!(
        words.contains("10 rows of numbers refer to no row of holders"),
        "{words}"
    );
    assert!(words.contains("never used"), "{words}");
}

#[test]
fn files_that_are_no_back_ups_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (dir, _database) = filled(folder.path(), 10);
    let target = folder.path().join("target");
    fs::create_dir(&target).unwrap();
    let refused = |file: &Path| words(restore(file, &target, None, &mut quietly));

    let own = dir.join(NAME);
    assert!(refused(&own).contains("is a store that may be open"));

    let missing = folder.path().join("missing.db");
    assert!(refused(&missing).contains("there is no file"));

    let text = folder.path().join("text.db");
    fs::write(&text, "number,state\n".repeat(1_000)).unwrap();
    assert!(refused(&text).contains("is damaged"), "{}", refused(&text));
    fs::write(&text, "").unwrap();
    assert!(refused(&text).contains("another application's"));

    let copy = folder.path().join("of sqlite?#%.db");
    let plain = Connection::open(&own).unwrap();
    plain.execute("VACUUM INTO ?1", [copy.to_str().unwrap()]).unwrap();
    assert!(refused(&copy).contains("checksum"), "{}", refused(&copy));

    back_up(&dir, &copy, true, &mut quietly).unwrap();
    let header = fs::OpenOptions::new().write(true).open(&copy).unwrap();
    header.write_at(b"\0\0\0\0", 68).unwrap();
    assert!(refused(&copy).contains("is damaged"));
    assert_eq!(names(&target), Vec::<String>::new());
}

#[test]
fn a_store_that_is_there_is_moved_aside_as_a_whole() {
    let folder = tempfile::tempdir().unwrap();
    let (dir, database) = filled(folder.path(), 10);
    let file = folder.path().join("copy.db");
    back_up(&dir, &file, false, &mut quietly).unwrap();
    put(&database, &[number(&id(11), 1)]).unwrap();
    // As `kill -9` leaves it: what was written last is in the log alone.
    let killed = folder.path().join("killed");
    fs::create_dir(&killed).unwrap();
    for name in names(&dir) {
        fs::copy(dir.join(&name), killed.join(&name)).unwrap();
    }
    drop(database);

    assert!(words(restore(&file, &killed, None, &mut quietly)).contains("--force moves it aside"));
    let aside = killed.join("replaced");
    restore(&file, &killed, Some(&aside), &mut quietly).unwrap();
    assert_eq!(open(&killed).list_numbers(b"", 100).unwrap().len(), 10);
    assert_eq!(open(&aside).list_numbers(b"", 100).unwrap().len(), 11);
}

#[test]
fn a_restore_that_ended_between_two_renames_is_completed_by_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let (dir, database) = filled(folder.path(), 10);
    let file = folder.path().join("copy.db");
    back_up(&dir, &file, false, &mut quietly).unwrap();
    put(&database, &[number(&id(11), 1)]).unwrap();
    let killed = folder.path().join("killed");
    let begun = killed.join("replaced-1");
    fs::create_dir_all(&begun).unwrap();
    // The database is moved; what was written last is in the log, which is not.
    for name in names(&dir) {
        let to = if name == NAME { &begun } else { &killed };
        fs::copy(dir.join(&name), to.join(&name)).unwrap();
    }
    drop(database);
    assert!(words(Database::open(&killed, Options::default())).contains("is missing"));
    restore(&file, &killed, Some(&killed.join("replaced-2")), &mut quietly).unwrap();
    assert_eq!(open(&killed).list_numbers(b"", 100).unwrap().len(), 10);
    assert_eq!(open(&begun).list_numbers(b"", 100).unwrap().len(), 11);
    assert!(!killed.join("replaced-2").exists());
}

#[test]
fn a_restore_that_was_interrupted_keeps_a_store_from_being_made() {
    let folder = tempfile::tempdir().unwrap();
    let (dir, database) = filled(folder.path(), 10);
    database.close();
    let file = folder.path().join("copy.db");
    back_up(&dir, &file, false, &mut quietly).unwrap();
    fs::rename(dir.join(NAME), dir.join("numplan.db.restoring")).unwrap();
    let refused = words(Database::open(&dir, Options::default()));
    assert!(refused.contains("which a restore has left"), "{refused}");
    restore(&file, &dir, Some(&dir.join("replaced")), &mut quietly).unwrap();
    assert_eq!(open(&dir).list_numbers(b"", 100).unwrap().len(), 10);
}
