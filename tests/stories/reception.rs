//! A clerk at the reception desk, as a browser without scripts: books, cancels, hands out slips.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result, ensure};
use fixture::http::{Http, Page};
use fixture::papers::{STAFF_NAME, STAFF_PASSWORD};
use fixture::{Browser, ImaginaryOffice, eyes, until};

use crate::told::{PATIENCE, signed_in, watch_as};

/// A clerk who signed in. Clones are the same browser.
#[derive(Clone)]
pub(crate) struct Reception {
    hall: String,
    browser: Arc<Mutex<Http>>,
}

/// What a clerk hands out.
#[derive(Clone, Debug)]
pub(crate) struct Slip {
    /// Where it is shown, also again.
    pub(crate) url: String,
    /// Its Termin-PIN, six digits.
    pub(crate) pin: String,
    /// The whole page.
    pub(crate) html: String,
}

impl Reception {
    /// Signs in; after each start of the box anew.
    pub(crate) async fn sign_in(office: &ImaginaryOffice) -> Result<Self> {
        let reception = Self { hall: office.page(""), browser: Arc::default() };
        let page =
            reception.send("/anmelden", [("name", STAFF_NAME), ("password", STAFF_PASSWORD)].map(own).into()).await?;
        ensure!(page.status == 200, "signing in answers {}", page.status);
        Ok(reception)
    }

    pub(crate) async fn open(&self, path: &str) -> Result<Page> {
        let url = format!("{}{path}", self.hall);
        self.browse(move |http| http.open(&url)).await
    }

    pub(crate) async fn send(&self, path: &str, fields: Vec<(String, String)>) -> Result<Page> {
        let url = format!("{}{path}", self.hall);
        self.browse(move |http| {
            let fields: Vec<(&str, &str)> =
                fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            http.send(&url, &fields)
        })
        .await
    }

    async fn browse(&self, what: impl FnOnce(&mut Http) -> Result<Page> + Send + 'static) -> Result<Page> {
        let browser = Arc::clone(&self.browser);
        let work = move || what(&mut browser.lock().unwrap_or_else(PoisonError::into_inner));
        tokio::task::spawn_blocking(work).await.context("the browser broke")?
    }

    /// The free times that the desk shows first, as addresses.
    pub(crate) async fn free_times(&self) -> Result<Vec<String>> {
        let page = self.open("/empfang?dienst=1&personen=1").await?;
        let links = page.body.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
        Ok(links.map(unescaped).filter(|link| link.contains("zeit=")).collect())
    }

    /// Opens a page here and now, for whoever looks again and again.
    pub(crate) fn look(&self, path: &str) -> Option<String> {
        let url = format!("{}{path}", self.hall);
        let mut browser = self.browser.lock().unwrap_or_else(PoisonError::into_inner);
        tokio::task::block_in_place(|| browser.open(&url)).ok().map(|page| page.body)
    }

    /// Waits until the first exchange brought services, days and PINs.
    pub(crate) async fn ready(&self) -> Result<()> {
        let has_times = || self.look("/empfang?dienst=1&personen=1").filter(|page| page.contains("zeit=")).map(drop);
        until("a free time at the desk", PATIENCE, has_times).await
    }

    /// The fields of the last step for the first free time.
    pub(crate) async fn order(&self, name: &str, mail: &str) -> Result<Vec<(String, String)>> {
        let times = self.free_times().await?;
        let time = times.first().context("no free time at the desk")?;
        let form = self.open(time.split('#').next().unwrap_or(time)).await?.body;
        let field = |name: &str| {
            let value = between(&form, &format!("name=\"{name}\" value=\""), "\"");
            value.map(|value| own((name, value))).with_context(|| format!("a form without {name}: {}", words(&form)))
        };
        let known = ["nummer", "dienste", "personen", "tag", "zeit"].into_iter().map(field);
        let mut fields = known.collect::<Result<Vec<_>>>()?;
        fields.extend([("name", name), ("mail", mail), ("sprache", "en")].map(own));
        Ok(fields)
    }

    /// Books what a form says; a form may be sent again.
    pub(crate) async fn book(&self, order: Vec<(String, String)>) -> Result<Slip> {
        let page = self.send("/empfang/buchen", order).await?;
        Slip::read(page.url, page.body)
    }

    /// The slip of a booking, again.
    pub(crate) async fn slip(&self, slip: &Slip) -> Result<Slip> {
        let path = slip.url.trim_start_matches(&self.hall).split('?').next().unwrap_or_default().to_owned();
        let page = self.open(&path).await?;
        Slip::read(page.url, page.body)
    }
}

impl Slip {
    fn read(url: String, html: String) -> Result<Self> {
        let pin = between(&html, "<b class=\"code\">", "</b>").with_context(|| format!("no slip: {}", words(&html)))?;
        let pin = pin.chars().filter(char::is_ascii_digit).collect();
        Ok(Self { url, pin, html })
    }

    /// The PIN as it stands on screens and in mails.
    pub(crate) fn spaced(&self) -> String {
        format!("{} {}", &self.pin[..3], &self.pin[3..])
    }

    /// What a scanner reads from the slip.
    pub(crate) async fn code(&self, office: &ImaginaryOffice) -> Result<String> {
        let browser = Browser::start(1366, 1400).await?;
        browser.open(&office.page("/anmelden?weiter=/empfang")).await?;
        browser.type_into("input[name=name]", STAFF_NAME).await?;
        browser.type_into("input[name=password]", STAFF_PASSWORD).await?;
        browser.click("button").await?;
        browser.wait_for_text("Was wird gebraucht?").await?;
        browser.open(&self.url).await?;
        let file = office.places.folder.join("slip.png");
        browser.photograph(&file).await?;
        ensure!(browser.complaints().await?.is_empty(), "the slip complains");
        browser.close().await?;
        eyes::read_qr(&std::fs::read(file)?)
    }
}

fn own((name, value): (&str, &str)) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

fn unescaped(link: &str) -> String {
    link.replace("&amp;", "&").replace("&#38;", "&")
}

/// The part of a page between two words.
pub(crate) fn between<'h>(html: &'h str, before: &str, after: &str) -> Option<&'h str> {
    html.split_once(before)?.1.split_once(after).map(|(found, _)| found)
}

/// What a page says to its reader.
pub(crate) fn words(html: &str) -> String {
    let body = html.split_once("<body").map_or(html, |(_, body)| body);
    let texts = body.split('<').filter_map(|part| part.split_once('>')).map(|(_, text)| text.trim());
    texts.filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" · ")
}

/// Waits until so many wait in the hall.
pub(crate) async fn until_waiting(office: &ImaginaryOffice, count: u64) -> Result<()> {
    let clerk = signed_in(office).await?;
    let fits = move |state: &serde_json::Value| state["view"]["waiting"] == count;
    watch_as(&clerk, office.page("/platz/1/ereignisse"), "so many to wait", fits).await.map(drop)
}
