//! A scanner that types in another layout than the box believes, and how the box is taught.

use std::sync::Arc;

use anyhow::{Context, Result, bail};
use devices::Layout;
use devices::input::TEST_TEXT;
use fixture::http::Http;
use fixture::{Citizen, ImaginaryOffice, Papers};

use crate::terminal::{ENTRANCE, any_answer, step_up};
use crate::told::{booked, greeted, pin, qr, signed_in, waiting, watch_as};

/// Waits until the page of the scanners says these words.
async fn the_page_says(browser: &Arc<Http>, office: &ImaginaryOffice, words: &'static str) -> Result<()> {
    let says = move |state: &serde_json::Value| state["html"].as_str().is_some_and(|html| html.contains(words));
    watch_as(browser, office.page("/geraete/ereignisse"), words, says).await.map(drop)
}

/// Presses "Anlernen" in the browser of somebody who signed in.
async fn teach(browser: Arc<Http>, office: &ImaginaryOffice) -> Result<Arc<Http>> {
    let mut http = Arc::into_inner(browser).context("somebody still listens")?;
    let url = office.page("/geraete/anlernen");
    let sent = tokio::task::spawn_blocking(move || {
        let page = http.send(&url, &[])?;
        if page.status == 200 { Ok(Arc::new(http)) } else { bail!("teaching answers {}", page.status) }
    });
    sent.await.context("the browser broke")?
}

#[tokio::test(flavor = "multi_thread")]
async fn a_french_scanner_is_told_by_the_test_code_taught_and_remembered_after_a_power_cut() -> Result<()> {
    let office = ImaginaryOffice::open(Papers::default()).await?;
    let citizen = Citizen::new(&office.site("/musterland"), "Erika Beispiel", "erika@example.org");
    let mail = booked(&office, &citizen).await?;
    let clerk = signed_in(&office).await?;
    step_up(&office, ENTRANCE).await?;
    office.scanner.scan_in(Layout::Fr, &qr(&mail)?).await?;
    assert_eq!(any_answer(&office, ENTRANCE).await?, "unreadable", "its digits are shifted");

    office.scanner.scan_in(Layout::Fr, TEST_TEXT).await?;
    the_page_says(&clerk, &office, "Der Scanner steht auf Französisch, die Box liest Englisch (USA)").await?;
    let clerk = teach(clerk, &office).await?;
    the_page_says(&clerk, &office, "Die Box lernt").await?;
    office.scanner.scan_in(Layout::Fr, TEST_TEXT).await?;
    the_page_says(&clerk, &office, "Angelernt. Der Scanner steht auf Französisch").await?;

    office.power_off().await?;
    office.switch_on().await?;
    step_up(&office, ENTRANCE).await?;
    office.scanner.scan_in(Layout::Fr, &qr(&mail)?).await?;
    greeted(&office, ENTRANCE, &pin(&mail)?).await?;
    assert_eq!(waiting(&office).await?, 1, "the test codes let nobody in");
    office.close().await
}
