//! Step 4: everything once more, and sending it off.

use askama::Template;
use warp::http::StatusCode;
use warp::reply::Response;

use super::answer::{page, see};
use super::details::{extended, held_or_on, other_time, read_hold, step};
use super::frame::Frame;
use super::room::Room;
use super::text::Text;
use super::trouble::Stop;
use super::visit::{Left, Visit, pick_query};
use crate::citizen::{Details, HeldView, OfficeView, SubmitError};
use crate::secret::HoldSecret;

#[derive(Template)]
#[template(path = "review.html")]
pub(crate) struct ReviewPage {
    f: Frame,
    visit: Visit,
    held: Left,
    action: String,
    details: String,
    name: String,
    mail: String,
    telephone: Option<String>,
    documents: Vec<String>,
    notice: Option<Text>,
}

impl ReviewPage {
    /// `action` sends it off, `edit` leads back to the form.
    pub(crate) fn new(
        f: Frame,
        office: &OfficeView,
        (held, left): (&HeldView, Left),
        who: &Details,
        (action, edit): (String, String),
    ) -> Self {
        let visit = Visit::of_held(office, f.language, held);
        let step = &f.t.review.step;
        Self {
            documents: visit.documents.clone(),
            visit,
            held: left,
            action,
            details: edit,
            name: who.name.clone(),
            mail: who.mail.clone(),
            telephone: who.telephone.clone(),
            notice: None,
            f: f.titled(step),
        }
    }
}

/// `/OFFICE/pruefen/HOLD`.
pub(crate) async fn show(room: &Room<'_>, secret: &str) -> Result<Response, Stop> {
    let secret = read_hold(room, secret)?;
    match held_or_on(room, &secret).await? {
        Ok(held) => summary(room, &secret, &held, None),
        Err(on) => Ok(on),
    }
}

fn summary(room: &Room<'_>, secret: &HoldSecret, held: &HeldView, notice: Option<Text>) -> Result<Response, Stop> {
    let room = room.of_booking(&held.office, room.language())?;
    let f = room.frame();
    let query = pick_query(&held.pick);
    let edit = step(&f, "daten", secret, &query);
    let Some(who) = &held.details else { return Ok(see(&edit)) };
    let action = step(&f, "pruefen", secret, &query);
    let left = Left::of_hold(f.t, held, room.now);
    let shown = ReviewPage::new(f, &room.office, (held, left), who, (action, edit));
    page(StatusCode::OK, &ReviewPage { notice, ..shown })
}

/// `POST /OFFICE/pruefen/HOLD`.
pub(crate) async fn send(room: &Room<'_>, secret: &str) -> Result<Response, Stop> {
    let form = room.form()?;
    let secret = read_hold(room, secret)?;
    let held = match held_or_on(room, &secret).await? {
        Ok(held) => held,
        Err(on) => return Ok(on),
    };
    match form.get("aktion") {
        Some("andere") => other_time(room, &secret, &held).await,
        Some("laenger") => {
            let (held, notice) = extended(room, &secret, held).await?;
            summary(room, &secret, &held, notice)
        }
        Some(_) | None => submit(room, &secret, &held).await,
    }
}

async fn submit(room: &Room<'_>, secret: &HoldSecret, held: &HeldView) -> Result<Response, Stop> {
    let f = room.frame();
    let query = pick_query(&held.pick);
    match room.citizen().submit(secret, room.now).await {
        Ok(()) => Ok(see(&step(&f, "wartet", secret, &query.with("start", held.start)))),
        Err(SubmitError::NoDetails) => Ok(see(&step(&f, "daten", secret, &query))),
        Err(SubmitError::Gone) => Err(Stop::Lapsed(Some(held.pick.clone()))),
        Err(SubmitError::TooMany { standing }) => Err(Stop::Limit(standing)),
        Err(SubmitError::Twice { standing }) => Err(Stop::Twice(standing)),
        Err(SubmitError::Trouble(trouble)) => Err(trouble.into()),
    }
}
