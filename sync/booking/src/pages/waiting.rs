//! "Noch nicht gebucht": the page that turns by itself when the link was used.

use std::convert::Infallible;
use std::time::Duration;

use askama::Template;
use futures_util::{Stream, StreamExt, stream};
use jiff::Timestamp;
use warp::Reply;
use warp::http::StatusCode;
use warp::reply::Response;
use warp::sse::Event;

use super::answer::{page, see};
use super::details::{lapsed, read_hold, step};
use super::form::Pairs;
use super::frame::Frame;
use super::room::Room;
use super::services::read_pick;
use super::text::Text;
use super::trouble::Stop;
use super::visit::{Left, pick_query};
use crate::citizen::{MailState, OfficeView, Progress, ResendError, Watch};
use crate::secret::HoldSecret;

/// Seconds after which the page loads itself again where no script runs.
const AGAIN_AFTER: u16 = 10;

/// From here on the seconds that are left are counted; before that the end is enough to know.
const COUNTED_SECONDS: i64 = 60 * 60;

/// A comment so often keeps the line open through proxies, which cut it after 30 to 60 s.
const KEEP_ALIVE: Duration = Duration::from_secs(20);

#[derive(Template)]
#[template(path = "waiting.html")]
pub(crate) struct WaitingPage {
    f: Frame,
    events: String,
    resend: String,
    reload: String,
    again: String,
    until: Text,
    when: Option<Text>,
    left: Text,
    seconds: i64,
    /// Whether what is left is counted.
    soon: bool,
    mail: Text,
    mail_class: &'static str,
    notice: Option<Text>,
}

/// Where the page leads to.
pub(crate) struct Ways {
    pub(crate) events: String,
    pub(crate) resend: String,
    pub(crate) reload: String,
    pub(crate) again: String,
}

impl WaitingPage {
    pub(crate) fn new(
        f: Frame,
        office: &OfficeView,
        start: Option<Timestamp>,
        (until, now): (Timestamp, Timestamp),
        (masked, state): (&str, &MailState),
        ways: Ways,
    ) -> Self {
        let t = f.t;
        let (mail, mail_class) = match state {
            MailState::Queued => (&t.waiting.mail_queued, "now"),
            MailState::Sent { .. } => (&t.waiting.mail_sent, "ok"),
            MailState::Refused { .. } => (&t.waiting.mail_refused, "stop"),
            MailState::Retrying => (&t.waiting.mail_retrying, "now"),
        };
        let left = Left::of_link(t, until, now);
        let mut f = f.titled(&t.waiting.title);
        f.again_after = Some(AGAIN_AFTER);
        Self {
            f,
            events: ways.events,
            resend: ways.resend,
            reload: ways.reload,
            again: ways.again,
            until: t.clock(until, &office.zone),
            when: start.map(|start| t.moment(start, &office.zone)),
            left: left.left,
            seconds: left.seconds,
            soon: left.seconds <= COUNTED_SECONDS,
            mail: mail.with("mail", masked),
            mail_class,
            notice: None,
        }
    }
}

/// `/OFFICE/wartet/HOLD`.
pub(crate) async fn show(room: &Room<'_>, secret: &str) -> Result<Response, Stop> {
    let secret = read_hold(room, secret)?;
    let query = room.ask.query.without("lang");
    match room.citizen().progress(&secret, room.now).await? {
        Some(Progress::Editing) => Ok(see(&step(&room.frame(), "pruefen", &secret, &query))),
        Some(progress @ Progress::Unconfirmed { .. }) => unconfirmed(room, &secret, &progress),
        Some(Progress::Confirmed { appointment }) => {
            Ok(see(&room.frame().to(&format!("termin/{}", appointment.expose()))))
        }
        Some(Progress::Lapsed) | None => Err(lapsed(room)),
    }
}

fn unconfirmed(room: &Room<'_>, secret: &HoldSecret, progress: &Progress) -> Result<Response, Stop> {
    let Progress::Unconfirmed { until, mail_masked, mail_state } = progress else { return Err(lapsed(room)) };
    let f = room.frame();
    let query = room.ask.query.without("lang");
    let here = query.without("gesendet");
    let stands = Pairs::default().with("stand", stand(progress));
    let pick = read_pick(&room.office, &query).ok();
    let ways = Ways {
        events: f.to_with(&format!("wartet/{}/ereignisse", secret.expose()), &stands),
        resend: step(&f, "wartet", secret, &here),
        reload: step(&f, "wartet", secret, &here),
        again: pick.map_or_else(|| f.to(""), |pick| f.to_with("zeit", &pick_query(&pick))),
    };
    let start = query.get("start").and_then(|start| start.parse().ok());
    let t = &f.t.waiting;
    let notice = match query.get("gesendet") {
        Some("ja") => Some(t.resent.clone()),
        Some("spaeter") => Some(t.resend_later.clone()),
        Some(_) | None => None,
    };
    let shown = WaitingPage::new(f, &room.office, start, (*until, room.now), (mail_masked, mail_state), ways);
    page(StatusCode::OK, &WaitingPage { notice, ..shown })
}

/// `POST /OFFICE/wartet/HOLD`: the mail once more.
pub(crate) async fn resend(room: &Room<'_>, secret: &str) -> Result<Response, Stop> {
    let secret = read_hold(room, secret)?;
    let query = room.ask.query.without("lang").without("gesendet");
    let said = match room.citizen().resend(&secret, room.now).await {
        Ok(()) => query.with("gesendet", "ja"),
        Err(ResendError::Enough) => query.with("gesendet", "spaeter"),
        Err(ResendError::NothingToConfirm) => query,
        Err(ResendError::Trouble(trouble)) => return Err(trouble.into()),
    };
    Ok(see(&step(&room.frame(), "wartet", &secret, &said)))
}

/// `/OFFICE/wartet/HOLD/ereignisse`: says `changed` when the page should load itself again; at
/// once if what the page shows (`stand`) is already old.
pub(crate) async fn events(room: &Room<'_>, secret: &str) -> Result<Response, Stop> {
    let kept = warp::sse::keep_alive().interval(KEEP_ALIVE).stream(told(room, secret).await?);
    Ok(warp::sse::reply(kept).into_response())
}

/// What the stream of a page says.
pub(super) async fn told(room: &Room<'_>, secret: &str) -> Result<impl Told + use<>, Stop> {
    let secret = HoldSecret::read(secret).ok_or(Stop::NotFound)?;
    // First listening, then looking: nothing falls between the two.
    let watch = room.citizen().watch(&secret);
    let progress = room.citizen().progress(&secret, room.now).await?.ok_or(Stop::NotFound)?;
    let old = room.ask.query.get("stand") != Some(stand(&progress).as_str());
    Ok(stream::iter(old.then(changed)).chain(changes(watch)))
}

/// Events for a browser.
pub(super) trait Told: Stream<Item = Result<Event, Infallible>> + Send + Sync + 'static {}

impl<S: Stream<Item = Result<Event, Infallible>> + Send + Sync + 'static> Told for S {}

/// What a page shows, in a word that differs when it should show something else.
fn stand(progress: &Progress) -> String {
    match progress {
        Progress::Unconfirmed { until, mail_state, .. } => {
            let mail = match mail_state {
                MailState::Queued => "queued",
                MailState::Sent { .. } => "sent",
                MailState::Refused { .. } => "refused",
                MailState::Retrying => "retrying",
            };
            format!("{mail}-{}", until.as_second())
        }
        Progress::Editing => "editing".to_owned(),
        Progress::Confirmed { .. } => "confirmed".to_owned(),
        Progress::Lapsed => "lapsed".to_owned(),
    }
}

fn changes(watch: Watch) -> impl Told {
    let next = |mut watch: Watch| async move { watch.changed().await.then_some(((), watch)) };
    stream::unfold(watch, next).map(|()| changed())
}

fn changed() -> Result<Event, Infallible> {
    Ok(Event::default().event("changed").data("1"))
}
