//! Brings the office files into the server: at the start, and again when one changes.
//!
//! What must always hold: the revision grows exactly when the content changed, in the same
//! transaction in which the box is told.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use names::{OfficeId, Side};
use protocol::entry::{FromBooking, TokenKey};
use protocol::office::OfficeDoc;
use protocol::token::{QR_MAX_LEN, TOKEN_LEN, TokenSigner};
use store::rusqlite::{OptionalExtension, Transaction, params};
use store::{journal, keys, kv};

use crate::citizen::Trouble;
use crate::config::ConfigError;
use crate::core::{Core, Office, OfficeKeys, Offices};
use crate::office_file::{BookingRules, OfficeFile};
use crate::{sealing, seats, status};

/// The id of the server's first token key.
const TOKEN_KEY: u8 = 0;

/// Where the id of the present token key stands, once it is another one than the first.
fn token_key_name(office: &OfficeId) -> String {
    format!("token.key.{office}")
}

/// The key that check-in tokens of an office are signed with.
pub(crate) fn signer(tx: &Transaction<'_>, office: &OfficeId) -> Result<TokenSigner, Trouble> {
    let id = kv::get(tx, &token_key_name(office))?.and_then(|bytes| bytes.first().copied()).unwrap_or(TOKEN_KEY);
    Ok(keys::token_signer(tx, office, id)?)
}

/// A key of ours from before a loss came back under a number that is used again since: the present
/// key gets a number that was never used, and is told.
pub(crate) fn give_way(tx: &Transaction<'_>, office: &OfficeId, old: &TokenKey, now: Timestamp) -> Result<(), Trouble> {
    if signer(tx, office)?.public().id == old.id {
        let next = status::free_key_id(tx, office)?;
        kv::set(tx, &token_key_name(office), &[next])?;
        let public = keys::token_signer(tx, office, next)?.public();
        status::add_key(tx, office, &public)?;
        journal::append(tx, office, Side::Booking, &[FromBooking::Key(public).draft(now)])?;
    }
    status::replace_key(tx, office, old)
}

/// Reads all office files.
///
/// # Errors
/// The first mistake, with file, line and key; or two files of one office.
pub(crate) fn read_all(files: &[PathBuf], public_url: &str, now: Timestamp) -> Result<Vec<OfficeFile>, ConfigError> {
    // Holidays are told per year, and no zone is more than a day away.
    let year = now.to_zoned(TimeZone::UTC).year();
    let mut offices: Vec<OfficeFile> = Vec::new();
    for file in files {
        let office = OfficeFile::read(file, public_url, year)?;
        if offices.iter().any(|known| known.view.id == office.view.id) {
            let what = "is the name of an office in another file already".to_owned();
            return Err(ConfigError::Bad { file: file.clone(), line: 1, key: "id".to_owned(), what });
        }
        offices.push(office);
    }
    Ok(offices)
}

/// Takes all offices into the store.
pub(crate) fn open_all(tx: &Transaction<'_>, files: Vec<OfficeFile>, now: Timestamp) -> Result<Offices, Trouble> {
    let mut offices = std::collections::BTreeMap::new();
    for file in files {
        let office = open(tx, file, now)?;
        offices.insert(office.view.id.clone(), Arc::new(office));
    }
    Ok(Arc::new(offices))
}

fn open(tx: &Transaction<'_>, file: OfficeFile, now: Timestamp) -> Result<Office, Trouble> {
    let (mut view, rules) = (file.view, file.rules);
    let lanes = file.lanes;
    journal::identity(tx, &view.id, Side::Booking)?;
    view.doc.seal_key = Some(sealing::key(tx)?.public().to_string());
    let signer = signer(tx, &view.id)?;
    let mut facts = Vec::new();
    let (revision, changed) = revision(tx, &view.doc)?;
    view.doc.revision = revision;
    if revision == 1 && changed {
        status::add_key(tx, &view.id, &signer.public())?;
        facts.push(FromBooking::Key(signer.public()).draft(now));
    }
    if changed {
        put(tx, &view.doc)?;
        facts.push(FromBooking::Office(view.doc.clone()).draft(now));
    }
    journal::append(tx, &view.id, Side::Booking, &facts)?;
    let keys = Arc::new(OfficeKeys { signer });
    let office = Office { view: Arc::new(view), rules, lanes, keys };
    seats::mint(tx, &office, now)?;
    warn_about(&office.view.doc, rules);
    Ok(office)
}

/// The revision a document has, and whether it is new.
fn revision(tx: &Transaction<'_>, doc: &OfficeDoc) -> Result<(u32, bool), Trouble> {
    let stored: Option<(u32, String)> = tx
        .prepare_cached("SELECT revision, doc FROM offices WHERE office = ?1")?
        .query_row([doc.id.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((revision, text)) = stored else { return Ok((1, true)) };
    let same = OfficeDoc { revision, ..doc.clone() };
    if text == json(&same)? { Ok((revision, false)) } else { Ok((revision + 1, true)) }
}

fn put(tx: &Transaction<'_>, doc: &OfficeDoc) -> Result<(), Trouble> {
    tx.prepare_cached(
        "INSERT INTO offices (office, revision, doc) VALUES (?1, ?2, ?3)
         ON CONFLICT DO UPDATE SET revision = excluded.revision, doc = excluded.doc",
    )?
    .execute(params![doc.id.as_str(), doc.revision, json(doc)?])?;
    Ok(())
}

fn json(doc: &OfficeDoc) -> Result<String, Trouble> {
    serde_json::to_string(doc).map_err(|why| Trouble::Corrupt(format!("an office document: {why}")))
}

fn warn_about(doc: &OfficeDoc, rules: BookingRules) {
    let length = doc.qr_base.chars().count() + TOKEN_LEN;
    if length > QR_MAX_LEN {
        tracing::warn!(
            office = %doc.id, length, limit = QR_MAX_LEN,
            "public_url is long: QR codes are finer than they should be, old scanners may fail on small prints"
        );
    }
    if rules.lanes_online == 0 {
        tracing::warn!(office = %doc.id, "lanes_online is 0: nothing can be booked online");
    }
}

/// Watches the office files; looks at their time and size, which costs nothing.
pub(crate) struct Watcher {
    files: Vec<PathBuf>,
    seen: Vec<Option<(SystemTime, u64)>>,
}

impl Watcher {
    pub(crate) fn new(files: Vec<PathBuf>) -> Self {
        let seen = look(&files);
        Self { files, seen }
    }

    /// Whether a file changed since the last look.
    pub(crate) fn changed(&mut self) -> bool {
        let now = look(&self.files);
        std::mem::replace(&mut self.seen, now.clone()) != now
    }

    /// Reads all files again. With a mistake in any of them the last good content stays.
    ///
    /// # Errors
    /// The store failed.
    pub(crate) async fn reload(&self, core: &Core, now: Timestamp) -> Result<(), Trouble> {
        let files = match read_all(&self.files, &core.public_url, now) {
            Ok(files) => files,
            Err(error) => {
                tracing::error!(%error, "an office file has a mistake: the last good content stays");
                return Ok(());
            }
        };
        let offices = core.db.write(move |tx| open_all(tx, files, now)).await?;
        offices.keys().for_each(|office| core.nudge_box(office));
        core.offices.send_replace(offices);
        tracing::debug!("office files read");
        Ok(())
    }
}

fn look(files: &[PathBuf]) -> Vec<Option<(SystemTime, u64)>> {
    let mark = |file: &PathBuf| std::fs::metadata(file).ok().and_then(|data| Some((data.modified().ok()?, data.len())));
    files.iter().map(mark).collect()
}
