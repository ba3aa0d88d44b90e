//! A citizen at home whose line may break at any byte: what was sent, what came back, or nothing.
//!
//! ```text
//!   services ─► times ─► hold ─► details ─► summary ─► sent ─► (mail) ─► link ─► confirmed
//! ```

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result, bail};
use fixture::forms::{Form, choices, forms};
use fixture::http::{Http, Page, absolute};

/// Somebody with a browser and a mail address of their own. Nobody who exists.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) name: String,
    pub(crate) mail: String,
    site: String,
    browser: Arc<Mutex<Http>>,
}

/// A request that was not answered, or only in part: nobody knows what became of it.
#[derive(Debug)]
pub(crate) struct NoAnswer(pub(crate) anyhow::Error);

/// What came back.
pub(crate) type Answered = std::result::Result<Page, NoAnswer>;

impl Person {
    pub(crate) fn new(site: &str, name: &str) -> Self {
        let mail = format!("{name}@example.org");
        Self { name: format!("Erika {name}"), mail, site: site.to_owned(), browser: Arc::default() }
    }

    /// The same browser, for somebody else.
    pub(crate) fn calls_as(&self, name: &str) -> Self {
        Self { name: format!("Erika {name}"), mail: format!("{name}@example.org"), ..self.clone() }
    }

    /// Opens any page.
    pub(crate) async fn open(&self, url: &str) -> Answered {
        let url = url.to_owned();
        self.browse(move |http| http.open(&url)).await
    }

    /// Looks at the free times of a service, from a day on if one is named.
    pub(crate) async fn times(&self, service: u16, from: Option<&str>) -> Answered {
        let from = from.map(|day| format!("&ab={day}")).unwrap_or_default();
        self.open(&format!("{}/zeit?service={service}&personen=1{from}", self.site)).await
    }

    /// Sends a form of a page.
    pub(crate) async fn send(&self, page: &Page, form: &Form) -> Answered {
        let url = if form.action.is_empty() { page.url.clone() } else { absolute(&page.url, &form.action) };
        let form = form.clone();
        self.browse(move |http| {
            let fields: Vec<(&str, &str)> = form.fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
            http.send(&url, &fields)
        })
        .await
    }

    /// The form of step three, filled in.
    pub(crate) fn fill_in(&self, details: &Page) -> Result<Form> {
        let form = form_to(details, "/daten/")?;
        Ok(form.with("name", &self.name).with("mail", &self.mail))
    }

    /// All steps up to the page that waits for the confirmation, on a line that works.
    pub(crate) async fn book(&self, service: u16, from: Option<&str>, pick: usize) -> Result<()> {
        let times = good(self.times(service, from).await)?;
        let details = good(self.send(&times, &hold_form(&times, pick)?).await)?;
        let summary = good(self.send(&details, &self.fill_in(&details)?).await)?;
        let waiting = good(self.send(&summary, &form_to(&summary, "/pruefen/")?).await)?;
        if waiting.url.contains("/wartet/") { Ok(()) } else { bail!("{} instead of waiting", waiting.url) }
    }

    /// Presses the button behind the link of the first mail.
    pub(crate) async fn confirm(&self, link: &str) -> Answered {
        let page = self.open(link).await?;
        match forms(&page.body).into_iter().find(|form| form.post) {
            Some(button) => self.send(&page, &button).await,
            // Confirmed before, or gone: the page says which.
            None => Ok(page),
        }
    }

    async fn browse(&self, what: impl FnOnce(&mut Http) -> Result<Page> + Send + 'static) -> Answered {
        let browser = Arc::clone(&self.browser);
        let work = move || what(&mut browser.lock().unwrap_or_else(PoisonError::into_inner));
        match tokio::task::spawn_blocking(work).await.context("the browser broke") {
            Ok(Ok(page)) => Ok(page),
            Ok(Err(error)) | Err(error) => Err(NoAnswer(error)),
        }
    }
}

/// The form that takes the time at this place of the list, or the last one of a shorter list.
pub(crate) fn hold_form(times: &Page, pick: usize) -> Result<Form> {
    let form = forms(&times.body).into_iter().rfind(|form| form.post && form.action.contains("/halten"));
    let form = form.with_context(|| format!("no time to take on {} ({})", times.url, times.status))?;
    let starts = choices(&times.body, "start");
    let start = starts.get(pick.min(starts.len().saturating_sub(1))).context("no time is offered")?;
    Ok(form.with("start", start))
}

pub(crate) fn form_to(page: &Page, part: &str) -> Result<Form> {
    let found = forms(&page.body).into_iter().find(|form| form.post && form.action.contains(part));
    found.with_context(|| format!("no form to {part} on {} (status {})", page.url, page.status))
}

/// A page that was asked for on a line that works.
pub(crate) fn good(answer: Answered) -> Result<Page> {
    match answer {
        Ok(page) if page.status < 400 => Ok(page),
        Ok(page) => bail!("{} answers {}", page.url, page.status),
        Err(NoAnswer(error)) => Err(error),
    }
}
