//! Step 3: who comes, and how to reach them.

use askama::Template;
use warp::http::StatusCode;
use warp::reply::Response;

use super::answer::{page, see};
use super::form::Pairs;
use super::frame::Frame;
use super::room::Room;
use super::services::read_pick;
use super::text::Text;
use super::trouble::Stop;
use super::visit::{Left, Visit, pick_query};
use crate::citizen::types::{MAX_MAIL, MAX_NAME, MAX_TELEPHONE};
use crate::citizen::{
    Citizen, DetailsError, DetailsForm, ExtendError, Field, FieldError, HeldView, OfficeView, Progress, What,
};
use crate::secret::HoldSecret;

/// One field of the form.
pub(crate) struct FieldRow {
    name: &'static str,
    label: Text,
    hint: Option<Text>,
    kind: &'static str,
    autocomplete: &'static str,
    value: String,
    most: usize,
    required: bool,
    problem: Option<Text>,
}

#[derive(Template)]
#[template(path = "details.html")]
pub(crate) struct DetailsPage {
    f: Frame,
    visit: Visit,
    held: Left,
    action: String,
    fields: [FieldRow; 3],
    notice: Option<Text>,
}

impl DetailsPage {
    /// The form with what was typed and what has to be looked at again.
    pub(crate) fn new(
        f: Frame,
        office: &OfficeView,
        (held, left): (&HeldView, Left),
        typed: &DetailsForm,
        errors: &[FieldError],
        action: String,
    ) -> Self {
        let step = &f.t.details.step;
        Self {
            visit: Visit::of_held(office, f.language, held),
            held: left,
            action,
            fields: fields(&f, typed, errors),
            notice: None,
            f: f.titled(step),
        }
    }

    pub(crate) fn has_problems(&self) -> bool {
        self.fields.iter().any(|field| field.problem.is_some())
    }
}

fn fields(f: &Frame, typed: &DetailsForm, errors: &[FieldError]) -> [FieldRow; 3] {
    let t = &f.t.details;
    let problem = |field| errors.iter().find(|e| e.field == field).and_then(|e| problem(f, *e));
    [
        FieldRow {
            name: "name",
            label: t.name.clone(),
            hint: None,
            kind: "text",
            autocomplete: "name",
            value: visible(&typed.name),
            most: MAX_NAME,
            required: true,
            problem: problem(Field::Name),
        },
        FieldRow {
            name: "mail",
            label: t.mail.clone(),
            hint: Some(t.mail_hint.clone()),
            kind: "email",
            autocomplete: "email",
            value: visible(&typed.mail),
            most: MAX_MAIL,
            required: true,
            problem: problem(Field::Mail),
        },
        FieldRow {
            name: "telefon",
            label: t.telephone.clone(),
            hint: Some(t.telephone_hint.clone()),
            kind: "tel",
            autocomplete: "tel",
            value: visible(&typed.telephone),
            most: MAX_TELEPHONE,
            required: false,
            problem: problem(Field::Telephone),
        },
    ]
}

/// What to say about a field; nothing for the language, which nobody types.
fn problem(f: &Frame, error: FieldError) -> Option<Text> {
    let t = &f.t.details;
    let text = match (error.field, error.what) {
        (Field::Name, What::Missing) => t.problem_name_missing.clone(),
        (Field::Name, What::TooLong(most)) => t.problem_name_long.with("n", most),
        (Field::Name, What::Form | What::Characters) => t.problem_name_form.clone(),
        (Field::Mail, What::Missing) => t.problem_mail_missing.clone(),
        (Field::Mail, What::TooLong(_)) => t.problem_mail_long.clone(),
        (Field::Mail, What::Form | What::Characters) => t.problem_mail_form.clone(),
        (Field::Telephone, What::TooLong(_)) => t.problem_telephone_long.clone(),
        (Field::Telephone, What::Missing | What::Form | What::Characters) => t.problem_telephone_form.clone(),
        (Field::Language, What::Missing | What::TooLong(_) | What::Form | What::Characters) => return None,
    };
    Some(text)
}

/// What was typed, without characters that no page can hold.
fn visible(typed: &str) -> String {
    typed.chars().filter(|c| !c.is_control()).collect()
}

/// Reads the secret of an address; a damaged one ends like a hold that lapsed.
pub(crate) fn read_hold(room: &Room<'_>, text: &str) -> Result<HoldSecret, Stop> {
    HoldSecret::read(text).ok_or_else(|| lapsed(room))
}

/// The friendly ending of a hold, with the choice the address still knows.
pub(crate) fn lapsed(room: &Room<'_>) -> Stop {
    Stop::Lapsed(read_pick(&room.office, &room.ask.query).ok())
}

/// An address of a step with the choice, so that it outlives the hold.
pub(crate) fn step(f: &Frame, name: &str, secret: &HoldSecret, query: &Pairs) -> String {
    f.to_with(&format!("{name}/{}", secret.expose()), query)
}

/// What is held; else where this booking went on to.
pub(crate) async fn held_or_on(room: &Room<'_>, secret: &HoldSecret) -> Result<Result<HeldView, Response>, Stop> {
    if let Some(held) = room.citizen().held(secret, room.now).await? {
        return Ok(Ok(held));
    }
    match room.citizen().progress(secret, room.now).await? {
        Some(Progress::Unconfirmed { .. } | Progress::Confirmed { .. }) => {
            Ok(Err(see(&step(&room.frame(), "wartet", secret, &room.ask.query.without("lang")))))
        }
        Some(Progress::Editing | Progress::Lapsed) | None => Err(lapsed(room)),
    }
}

/// `/OFFICE/daten/HOLD`.
pub(crate) async fn show(room: &Room<'_>, secret: &str) -> Result<Response, Stop> {
    let secret = read_hold(room, secret)?;
    let held = match held_or_on(room, &secret).await? {
        Ok(held) => held,
        Err(on) => return Ok(on),
    };
    let known = held.details.as_ref();
    let typed = DetailsForm {
        name: known.map(|d| d.name.clone()).unwrap_or_default(),
        mail: known.map(|d| d.mail.clone()).unwrap_or_default(),
        telephone: known.and_then(|d| d.telephone.clone()).unwrap_or_default(),
        language: String::new(),
    };
    form_page(room, &secret, &held, &typed, (&[], None))
}

fn form_page(
    room: &Room<'_>,
    secret: &HoldSecret,
    held: &HeldView,
    typed: &DetailsForm,
    (errors, notice): (&[FieldError], Option<Text>),
) -> Result<Response, Stop> {
    let room = room.of_booking(&held.office, room.language())?;
    let f = room.frame();
    let action = step(&f, "daten", secret, &pick_query(&held.pick));
    let left = Left::of_hold(f.t, held, room.now);
    let shown = DetailsPage::new(f, &room.office, (held, left), typed, errors, action);
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    page(status, &DetailsPage { notice, ..shown })
}

/// `POST /OFFICE/daten/HOLD`.
pub(crate) async fn send(room: &Room<'_>, secret: &str) -> Result<Response, Stop> {
    let form = room.form()?;
    let secret = read_hold(room, secret)?;
    let held = match held_or_on(room, &secret).await? {
        Ok(held) => held,
        Err(on) => return Ok(on),
    };
    let field = |name: &str| form.get(name).unwrap_or_default().to_owned();
    let typed = DetailsForm {
        name: field("name"),
        mail: field("mail"),
        telephone: field("telefon"),
        language: room.language().tag().to_owned(),
    };
    match form.get("aktion") {
        Some("andere") => other_time(room, &secret, &held).await,
        Some("laenger") => {
            let (held, notice) = extended(room, &secret, held).await?;
            form_page(room, &secret, &held, &typed, (&[], notice))
        }
        Some(_) | None => keep(room, &secret, &held, typed).await,
    }
}

async fn keep(room: &Room<'_>, secret: &HoldSecret, held: &HeldView, typed: DetailsForm) -> Result<Response, Stop> {
    match room.citizen().details(secret, typed.clone(), room.now).await {
        Ok(()) => Ok(see(&step(&room.frame(), "pruefen", secret, &pick_query(&held.pick)))),
        Err(DetailsError::Fields(errors)) => form_page(room, secret, held, &typed, (&errors, None)),
        Err(DetailsError::Gone) => Err(Stop::Lapsed(Some(held.pick.clone()))),
        Err(DetailsError::Trouble(trouble)) => Err(trouble.into()),
    }
}

/// Gives the time back and shows the others.
pub(crate) async fn other_time(room: &Room<'_>, secret: &HoldSecret, held: &HeldView) -> Result<Response, Stop> {
    let citizen: &Citizen = room.citizen();
    citizen.give_back(secret, room.now).await?;
    Ok(see(&room.frame().to_with("zeit", &pick_query(&held.pick))))
}

/// Extends a hold; says so if that is no longer possible.
pub(crate) async fn extended(
    room: &Room<'_>,
    secret: &HoldSecret,
    held: HeldView,
) -> Result<(HeldView, Option<Text>), Stop> {
    match room.citizen().extend(secret, room.now).await {
        Ok(until) => {
            let extensions_left = held.extensions_left.saturating_sub(1);
            Ok((HeldView { until, extensions_left, ..held }, None))
        }
        Err(ExtendError::NoneLeft) => Ok((held, Some(room.texts().hold.no_longer.clone()))),
        Err(ExtendError::Gone) => Err(Stop::Lapsed(Some(held.pick))),
        Err(ExtendError::Trouble(trouble)) => Err(trouble.into()),
    }
}
