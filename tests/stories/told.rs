//! What stories have in common: looking at the pages of the box as a program would.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use fixture::http::Http;
use fixture::papers::{STAFF_NAME, STAFF_PASSWORD};
use fixture::{Citizen, ImaginaryOffice, Mail, eyes, until};
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
    watch_as(&Arc::default(), office.page(stream), what, fits).await
}

/// The same in a browser that is somebody's.
pub(crate) async fn watch_as(
    browser: &Arc<Http>,
    url: String,
    what: &str,
    fits: impl Fn(&Value) -> bool + Send + 'static,
) -> Result<Value> {
    let (browser, stream) = (Arc::clone(browser), url.clone());
    let listening = tokio::task::spawn_blocking(move || {
        let mut found = None;
        let mut last = Value::Null;
        browser.listen(&url, |_event, data| {
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
    confirmed(office, citizen).await
}

/// Confirms what was booked; gives back the second mail.
pub(crate) async fn confirmed(office: &ImaginaryOffice, citizen: &Citizen) -> Result<Mail> {
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

/// The link of the first mail.
pub(crate) fn link_of(mail: &Mail) -> Result<String> {
    link_to(mail, "/bestaetigen/")
}

/// The first link of a mail to such a page.
pub(crate) fn link_to(mail: &Mail, page: &str) -> Result<String> {
    let link = mail.links().into_iter().find(|l| l.contains(page));
    link.with_context(|| format!("no link to {page} in the mail {:?}", mail.subject))
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
    watch_as(browser, url, "anything", |_state| true).await
}

/// The text of the QR code in the second mail.
pub(crate) fn qr(mail: &Mail) -> Result<String> {
    let picture = mail.part("image/png").context("no QR code in the mail")?;
    eyes::read_qr(&picture.bytes)
}

/// How many wait in the hall, as counter 1 sees it.
pub(crate) async fn waiting(office: &ImaginaryOffice) -> Result<usize> {
    let browser = signed_in(office).await?;
    let state = state_of(&browser, office.page("/platz/1/ereignisse")).await?;
    let waiting = state["view"]["waiting"].as_u64().context("a counter page that counts nobody")?;
    Ok(usize::try_from(waiting)?)
}

/// The board shows calls, the time and its own words; never an error.
pub(crate) async fn the_board_is_calm(office: &ImaginaryOffice) -> Result<()> {
    let browser = Arc::<Http>::default();
    let state = state_of(&browser, office.page("/tafel/ereignisse")).await?;
    let html = state["html"].as_str().context("a board without a picture")?;
    for word in ["Fehler", "rror", "ungültig", "null", "undefined", "panic", "{", "script"] {
        assert!(!html.contains(word), "the board says {word:?}: {html}");
    }
    assert!(html.contains("Nummer") && html.contains("Wartezeit"), "the board has lost its words: {html}");
    Ok(())
}
