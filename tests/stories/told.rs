//! What stories have in common: looking at the pages of the box as a program would.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use fixture::http::Http;
use fixture::papers::{STAFF_NAME, STAFF_PASSWORD};
use fixture::{Citizen, ImaginaryOffice, Mail, until};
use serde_json::Value;

/// Longer than any step takes on a loaded machine; a story that waits this long has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// The service every story books: the identity card.
pub(crate) const IDENTITY_CARD: u16 = 1;

/// Waits until a page's event stream tells a state that fits.
pub(crate) async fn watch(
    office: &ImaginaryOffice,
    stream: &str,
    what: &str,
    fits: impl Fn(&Value) -> bool + Send + 'static,
) -> Result<Value> {
    let url = office.page(stream);
    let listening = tokio::task::spawn_blocking(move || {
        let mut found = None;
        let mut last = Value::Null;
        Http::default().listen(&url, |_event, data| {
            let Ok(state) = serde_json::from_str::<Value>(data) else { return ControlFlow::Continue(()) };
            if fits(&state) {
                found = Some(state);
                return ControlFlow::Break(());
            }
            last = state;
            ControlFlow::Continue(())
        })?;
        found.with_context(|| format!("the stream ended; last it told {last}"))
    });
    match tokio::time::timeout(PATIENCE, listening).await {
        Ok(state) => state.context("the listener broke")?.with_context(|| format!("waiting for {what}")),
        Err(_elapsed) => bail!("{stream} did not tell {what} within {PATIENCE:?}"),
    }
}

/// Books and confirms; gives back the second mail, with PIN and QR code.
pub(crate) async fn booked(office: &ImaginaryOffice, citizen: &Citizen) -> Result<Mail> {
    citizen.book_earliest(IDENTITY_CARD).await?;
    let please = office.mails.wait_for_mail(&citizen.mail, "bestätigen", PATIENCE).await?;
    let button = citizen.open(&link_of(&please)?).await?;
    citizen.confirm(&button).await?;
    office.mails.wait_for_mail(&citizen.mail, "Ihr Termin am", PATIENCE).await
}

/// The PIN of a mail, as `482 917`.
pub(crate) fn pin(mail: &Mail) -> Result<String> {
    let words: Vec<_> = mail.text.split_whitespace().collect();
    let three = |w: &str| w.len() == 3 && w.bytes().all(|b| b.is_ascii_digit());
    let pair = words.windows(2).find(|w| three(w[0]) && three(w[1])).context("no PIN in the mail's text")?;
    Ok(format!("{} {}", pair[0], pair[1]))
}

/// The row of the board that shows a code such as `482 917`.
pub(crate) fn knows<'b>(board: &'b Value, code: &str) -> Option<&'b Value> {
    let (first, second) = code.split_once(' ')?;
    let rows = board["view"]["rows"].as_array()?;
    rows.iter().find(|row| row["code"]["first"] == first && row["code"]["second"] == second)
}

/// The link of the first mail.
pub(crate) fn link_of(mail: &Mail) -> Result<String> {
    mail.links().into_iter().find(|l| l.contains("/bestaetigen/")).context("no link in the mail")
}

/// Waits until a terminal tells whoever holds this code that we know they are here.
pub(crate) async fn greeted(office: &ImaginaryOffice, terminal: u8, code: &str) -> Result<Value> {
    let (first, second) = code.split_once(' ').context("a code has two groups")?;
    let code = serde_json::json!({"first": first, "second": second});
    let stream = format!("/terminal/ereignisse?nr={terminal}");
    watch(office, &stream, "a greeting with the code", move |view| {
        let screen = &view["view"]["screen"];
        screen["tone"] == "done" && screen["code"] == code
    })
    .await
}

/// Waits until a page says these words, for whoever loads it again and again.
pub(crate) async fn wait_for_page(url: &str, words: &str) -> Result<()> {
    let mut browser = Http::default();
    let mut said = |url: &str| browser.open(url).is_ok_and(|page| page.body.contains(words));
    until(&format!("{url} to say {words:?}"), PATIENCE, || tokio::task::block_in_place(|| said(url)).then_some(()))
        .await
}

/// A browser in which the clerk has signed in.
pub(crate) async fn signed_in(office: &ImaginaryOffice) -> Result<Arc<Http>> {
    let url = office.page("/anmelden");
    let signing_in = tokio::task::spawn_blocking(move || {
        let mut http = Http::default();
        let page = http.send(&url, &[("name", STAFF_NAME), ("password", STAFF_PASSWORD)])?;
        if page.status == 200 { Ok(Arc::new(http)) } else { bail!("signing in answers {}", page.status) }
    });
    signing_in.await.context("the browser broke")?
}

/// What an event stream tells first: the whole state.
pub(crate) async fn state_of(browser: &Arc<Http>, url: String) -> Result<Value> {
    let browser = Arc::clone(browser);
    let looking = tokio::task::spawn_blocking(move || {
        let mut first = String::new();
        browser.listen(&url, |_event, data| {
            data.clone_into(&mut first);
            ControlFlow::Break(())
        })?;
        serde_json::from_str(&first).with_context(|| format!("{url} told {first:?}"))
    });
    let looked = tokio::time::timeout(PATIENCE, looking).await.context("a stream told nothing")?;
    looked.context("the browser broke")?
}
