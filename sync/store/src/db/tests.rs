//! The handle and its thread: settings, locks, steps that fail or are abandoned.

use std::path::PathBuf;

use tempfile::TempDir;

use super::*;
use crate::writer::SETTINGS;

const TABLES: &[&str] = &["CREATE TABLE word (text TEXT NOT NULL) STRICT"];

fn place() -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("test.db");
    (dir, path)
}

fn add(db: &Db, word: &'static str) -> Result<(), StoreError> {
    db.write_blocking(move |tx| Ok(tx.execute("INSERT INTO word VALUES (?1)", [word]).map(drop)?))
}

fn defect() -> Result<(), StoreError> {
    panic!("a defect")
}

fn words(db: &Db) -> Vec<String> {
    db.read_blocking(|tx| {
        let mut rows = tx.prepare("SELECT text FROM word ORDER BY rowid")?;
        let words = rows.query_map([], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
        Ok::<_, StoreError>(words)
    })
    .expect("readable")
}

#[test]
fn the_durability_settings_are_really_set() {
    let (_dir, path) = place();
    let db = Db::open(&path, TABLES).expect("a new file");
    for (pragma, _value, expected) in SETTINGS {
        let found = db.read_blocking(move |tx| {
            let sql = format!("SELECT CAST({pragma} AS TEXT) FROM pragma_{pragma}");
            Ok::<String, StoreError>(tx.query_row(&sql, [], |row| row.get(0))?)
        });
        assert_eq!(found.expect("every setting can be asked"), expected, "{pragma}");
    }
}

#[test]
fn a_second_opening_is_refused_and_says_what_to_do() {
    let (_dir, path) = place();
    let first = Db::open(&path, TABLES).expect("a new file");
    let refused = Db::open(&path, TABLES).expect_err("already open").to_string();
    assert!(refused.contains(&path.display().to_string()), "{refused}");
    assert!(refused.contains(&format!("process {}", std::process::id())), "{refused}");
    assert!(refused.contains("stop that program"), "{refused}");
    add(&first, "still works").expect("the first is not disturbed");
    drop(first);
    Db::open(&path, TABLES).expect("free again");
}

#[test]
fn a_failed_or_panicked_step_leaves_nothing_behind() {
    let (_dir, path) = place();
    let db = Db::open(&path, TABLES).expect("a new file");
    let failed = db.write_blocking(|tx| {
        tx.execute("INSERT INTO word VALUES ('half')", [])?;
        Err::<(), _>(StoreError::BadKind { len: 0 })
    });
    assert!(matches!(failed, Err(StoreError::BadKind { .. })));
    let panicked = db.write_blocking(|tx| {
        tx.execute("INSERT INTO word VALUES ('half')", [])?;
        defect()
    });
    assert!(matches!(panicked, Err(StoreError::Stopped)));
    add(&db, "whole").expect("the store goes on");
    assert_eq!(words(&db), ["whole"]);
}

#[test]
fn reading_cannot_write_not_even_after_a_panic() {
    let (_dir, path) = place();
    let db = Db::open(&path, TABLES).expect("a new file");
    let wrote = db.read_blocking(|tx| Ok::<_, StoreError>(tx.execute("INSERT INTO word VALUES ('x')", [])?));
    assert!(matches!(wrote, Err(StoreError::Sql(_))));
    let _panicked = db.read_blocking(|_tx| defect());
    add(&db, "after").expect("writing works again");
    assert_eq!(words(&db), ["after"]);
}

#[test]
fn each_migration_runs_once_and_a_newer_file_is_left_alone() {
    const MORE: &[&str] = &[TABLES[0], "INSERT INTO word VALUES ('second step')"];
    let (_dir, path) = place();
    for _start in 0..3 {
        assert_eq!(words(&Db::open(&path, MORE).expect("up to date")), ["second step"]);
    }
    let refused = Db::open(&path, TABLES).expect_err("the file is newer");
    assert!(matches!(refused, StoreError::Newer { found: 2, known: 1, .. }), "{refused}");
}

#[test]
fn a_file_of_somebody_else_is_not_touched() {
    let (_dir, path) = place();
    std::fs::write(&path, "Liebes Tagebuch, heute war wieder viel los im Bürgerbüro.").expect("written");
    assert!(matches!(Db::open(&path, TABLES), Err(StoreError::Foreign { .. })));
    std::fs::remove_file(&path).expect("removed");
    let other = Connection::open(&path).expect("a database");
    other.execute_batch("CREATE TABLE recipe (name TEXT)").expect("written");
    drop(other);
    assert!(matches!(Db::open(&path, TABLES), Err(StoreError::Foreign { .. })));
}

#[cfg(unix)]
#[test]
fn only_our_own_user_may_read_the_file() {
    use std::os::unix::fs::PermissionsExt;
    let (_dir, path) = place();
    let _db = Db::open(&path, TABLES).expect("a new file");
    let mode = std::fs::metadata(&path).expect("it is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[tokio::test]
async fn a_step_counts_even_if_its_caller_went_away() {
    let (_dir, path) = place();
    let db = Db::open(&path, TABLES).expect("a new file");
    {
        let abandoned =
            db.write(|tx| Ok::<_, StoreError>(tx.execute("INSERT INTO word VALUES ('accepted')", []).map(drop)?));
        let mut abandoned = std::pin::pin!(abandoned);
        // Polled once the step is in the queue; then the caller is dropped.
        let _first = std::future::poll_fn(|cx| std::task::Poll::Ready(abandoned.as_mut().poll(cx))).await;
    }
    let read =
        db.read(|tx| Ok::<i64, StoreError>(tx.query_row("SELECT count(*) FROM word", [], |row| row.get(0))?)).await;
    assert_eq!(read.expect("readable"), 1);
    tokio::task::spawn_blocking(move || drop(db)).await.expect("closed");
}
