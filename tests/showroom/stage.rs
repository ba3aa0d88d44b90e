//! One life of the show-room: a fresh office with its devices, opened for visitors.

use std::sync::Arc;

use anyhow::{Context, Result, bail};
use fixture::papers::{OFFICE, desks};
use fixture::{Desk, ImaginaryOffice, Mail, Papers};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::hall::{self, Seen};
use crate::picture::Urls;

/// Things seen that may wait for the theatre.
const SEEN: usize = 256;
/// Longest name of a town.
const LONGEST_TOWN: usize = 40;

/// A running office with its devices, and what is seen of it.
#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) office: Arc<ImaginaryOffice>,
    pub(crate) desks: Vec<Arc<Desk>>,
    pub(crate) seen: mpsc::Receiver<Seen>,
    /// Ends the watching with this value.
    _watching: JoinSet<()>,
}

impl Stage {
    /// Opens an office in a town; the page at `framed_by` may frame its screens.
    pub(crate) async fn open(town: &str, framed_by: &str) -> Result<Self> {
        let papers =
            Papers { town: town.to_owned(), sound: true, framed_by: Some(framed_by.to_owned()), ..Papers::default() };
        let office = Arc::new(ImaginaryOffice::open(papers).await?);
        open_counters(&office).await?;
        let plugged: Result<Vec<Desk>> = office.desks();
        let desks: Vec<Arc<Desk>> = plugged?.into_iter().map(Arc::new).collect();
        let (out, seen) = mpsc::channel(SEEN);
        let watching = hall::watch(&office, &desks, &out);
        Ok(Self { office, desks, seen, _watching: watching })
    }

    /// Where the screens are.
    pub(crate) fn urls(&self) -> Urls {
        Urls {
            site: self.office.site(&format!("/{OFFICE}/")),
            inbox: "/postfach".to_owned(),
            terminal: self.office.page("/terminal"),
            board: self.office.page("/tafel"),
        }
    }
}

/// The clerks of the two counters with a desk device sign in and open them.
async fn open_counters(office: &Arc<ImaginaryOffice>) -> Result<()> {
    for (_credential, counter) in desks() {
        let office = Arc::clone(office);
        let open = move || -> Result<()> {
            let mut clerk = hall::signed_in(&office)?;
            let act = serde_json::json!({ "act": "open", "press": format!("open-{counter}") });
            let page = clerk.send_json(&office.page(&format!("/platz/{counter}/akt")), &act)?;
            if page.status >= 400 {
                bail!("counter {counter} could not be opened: {} {}", page.status, page.body);
            }
            Ok(())
        };
        tokio::task::spawn_blocking(open).await.context("the clerk vanished")??;
    }
    Ok(())
}

/// The text of the QR code in the newest mail that has one, as a scanner would read it.
pub(crate) fn newest_code(mails: &[Mail]) -> Option<Result<String>> {
    let png = mails.iter().rev().find_map(|mail| mail.part("image/png"))?;
    Some(fixture::eyes::read_qr(&png.bytes))
}

/// A town's name as a visitor may type it; anything else becomes the usual one.
pub(crate) fn town(typed: &str) -> String {
    let fits = |c: char| c.is_alphanumeric() || " -.()/".contains(c);
    let clean: String = typed.chars().filter(|c| fits(*c)).take(LONGEST_TOWN).collect();
    let clean = clean.split_whitespace().collect::<Vec<_>>().join(" ");
    if clean.is_empty() { Papers::default().town } else { clean }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_name_is_a_good_name_once_it_is_clean() {
        assert_eq!(town("  Bad   Neustadt a.d. Höhe (Süd) "), "Bad Neustadt a.d. Höhe (Süd)");
        assert_eq!(town("\"\n[x]\\"), "x");
        assert_eq!(town(" \t"), "Musterland");
        assert_eq!(town(&"x".repeat(500)).len(), LONGEST_TOWN);
    }
}
