//! What it costs to know of a sale outside the database: one commit of one sold seat, alone, with
//! the witness, and with witness and second journal.
//!
//! Included: the hand-over to the writer thread, SQLite's commit with its sync, the append to the
//! witness with its sync, the append to the second journal with its sync. All three lie on the
//! disk of the temporary folder, so the figure says how many syncs of one disk come one after the
//! other; a stick has its own speed. The three take turns, so that a busy moment meets all.

use std::path::Path;

use anyhow::Result;
use fixture::clock;
use names::{OfficeId, Side};
use protocol::entry::Draft;
use serde_json::json;
use store::{Db, Places, StoreError, journal};

use crate::figures::Times;

/// Commits of each kind.
const COMMITS: usize = 300;

/// Kinds: the words of the figure, whether with witness, whether with second journal.
const KINDS: [(&str, bool, bool); 3] =
    [("commit_alone", false, false), ("commit_witnessed", true, false), ("commit_witnessed_copied", true, true)];

/// Takes the three figures.
pub(crate) async fn measure() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut stores = Vec::new();
    for (name, witness, second) in KINDS {
        stores.push((name, open(&folder.path().join(name), witness, second)?, Times::default()));
    }
    for _commit in 0..COMMITS {
        for (_name, db, times) in &mut stores {
            let from = clock::now();
            sell(db).await?;
            times.add(from, clock::now());
        }
    }
    for (name, db, times) in &stores {
        times.tell(name, &json!({"second": format!("{:?}", db.second())}))?;
    }
    tokio::task::spawn_blocking(move || drop(stores)).await?;
    Ok(())
}

fn open(folder: &Path, witness: bool, second: bool) -> Result<Db> {
    let stick = folder.join("second");
    std::fs::create_dir_all(&stick)?;
    let mut places = Places::of(Side::Box);
    if witness {
        places = places.witness(folder.join("witness"));
    }
    if second {
        places = places.second(stick);
    }
    let (db, _new) = Db::open_with(&folder.join("store.db"), &[], &places)?;
    Ok(db)
}

/// One sold seat, as large as a usual one.
async fn sell(db: &Db) -> Result<()> {
    let office: OfficeId = "musterland".parse()?;
    let body = json!({"booking": "8123456789abcdef", "pin": 482_917, "day": "2026-11-23", "length": 20, "persons": 2,
        "seats": [{"lane": 83, "from": 54, "to": 56, "holder": "box", "generation": 1, "state": "sold"}]});
    let body = body.as_object().cloned().unwrap_or_default();
    let draft = Draft { kind: "booked".to_owned(), at: clock::now(), body };
    let written = db.write(move |tx| journal::append(tx, &office, Side::Box, &[draft])).await;
    written.map(drop).map_err(|error: StoreError| error.into())
}
