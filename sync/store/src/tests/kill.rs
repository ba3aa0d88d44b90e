//! A program is killed in the middle of writing: what it was told is durable is there.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use names::Side;
use protocol::chain::ChainHash;

use super::world::{draft, office};
use crate::{Db, journal};

/// Where the child finds its store; without it, it is not a child.
const STORE: &str = "AUFRUF_TEST_STORE";

#[test]
fn after_each_kill_everything_confirmed_is_there_and_the_file_opens_at_once() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("store.db");
    let mut confirmed = 0;
    for lines in [1, 7, 2, 30, 13] {
        confirmed = killed_after(&path, lines).max(confirmed);
        let db = Db::open(&path, &[]).expect("opens at once, the lock died with the child");
        let all = db
            .read_blocking(|tx| journal::in_order(tx, &office(), 0).collect::<Result<Vec<_>, _>>())
            .expect("readable");
        let mut hash = ChainHash::genesis(&office(), Side::Box, all[0].1.incarnation);
        for (number, (_position, entry)) in (1..).zip(&all) {
            assert_eq!(entry.number, number);
            assert!(entry.follows(hash), "the chain holds at {number}");
            hash = entry.hash;
        }
        assert!(all.len() as u64 >= confirmed, "{} entries, {confirmed} confirmed", all.len());
    }
}

/// Lets a child write, kills it after so many confirmations, and tells the last one heard.
fn killed_after(path: &Path, lines: usize) -> u64 {
    let mut child = Command::new(std::env::current_exe().expect("this test"))
        .args(["--exact", "tests::kill::the_child_writes_until_it_is_killed", "--ignored", "--nocapture"])
        .env(STORE, path)
        .stdout(Stdio::piped())
        .spawn()
        .expect("started");
    let mut heard = BufReader::new(child.stdout.take().expect("piped")).lines().map_while(Result::ok);
    let mut numbers = heard.by_ref().filter_map(|line| line.strip_prefix("confirmed ")?.parse().ok());
    let last: Option<u64> = numbers.by_ref().take(lines).last();
    child.kill().expect("killed");
    // What it said before it died counts as well.
    let last = numbers.last().or(last).expect("it wrote");
    assert!(!child.wait().expect("gone").success(), "it was killed, it did not end");
    last
}

#[test]
#[ignore = "the child of the test above; alone it has nothing to do"]
fn the_child_writes_until_it_is_killed() {
    let Some(path) = std::env::var_os(STORE) else { return };
    let db = Db::open(Path::new(&path), &[]).expect("opens");
    // A limit, should nobody kill it.
    for _step in 0..100_000 {
        let written = db.write_blocking(|tx| journal::append(tx, &office(), Side::Box, &[draft(1), draft(2)]));
        let last = written.map(|entries| entries.last().map(|e| e.number));
        let mut out = std::io::stdout().lock();
        match last {
            Ok(Some(number)) => writeln!(out, "\nconfirmed {number}").and_then(|()| out.flush()).expect("heard"),
            Ok(None) => panic!("nothing was written"),
            Err(error) => panic!("{error}"),
        }
    }
}
