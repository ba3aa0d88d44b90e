//! The reception desk: booking, cancelling, the bookings of a day, the slip to take home.
//!
//! ```text
//!   GET /empfang ─► what, days, times, who ─► POST /empfang/buchen ─► /empfang/zettel/ID (prints)
//!               └─► the day's bookings ─► POST /empfang/absagen ─► sure? ─► cancelled
//! ```
//!
//! What must always hold: only staff that signed in; everything works without scripts; a form
//! sent twice books once; opening a page changes nothing.

mod hours;
pub(super) mod qr;
mod render;
mod slip;
pub(crate) mod text;

use std::time::Duration;

use jiff::civil::Date;
use names::{BookingId, Language, Pin, ServiceId, Side};
use protocol::sheet::Interval;
use serde::Deserialize;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::oneshot;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::http::StatusCode;
use warp::reply::Response as Answer;

use self::render::Last;
use super::routes::{Caller, Site, caller, page, see_other, status, with};
use crate::desk::{Ask, Notice, Refusal, Said, Typed, Which, Wish, contact};
use crate::pages::texts::fill;
use crate::pages::wires::Command;

/// The largest form: a name, an address and a number in the longest spelling of a browser.
const BODY: u64 = 8 * 1024;

/// The loop answers within one commit; later than this something is wrong.
const ANSWER: Duration = Duration::from_secs(5);

/// The start of the desk.
pub(super) const START: &str = "/empfang";

/// The fields of an address, in their order; a name may come several times.
type Pairs = Vec<(String, String)>;

/// The last step of a booking.
#[derive(Deserialize)]
struct Booking {
    /// Makes a form that is sent twice one booking.
    #[serde(default)]
    nummer: String,
    dienste: String,
    personen: String,
    tag: String,
    zeit: String,
    #[serde(default)]
    sprache: String,
    #[serde(flatten)]
    typed: Typed,
}

#[derive(Deserialize)]
struct Cancelling {
    #[serde(default)]
    termin: String,
    #[serde(default)]
    pin: String,
    #[serde(default)]
    sicher: String,
}

/// The routes of the desk.
pub(super) fn routes(site: &Site) -> BoxedFilter<(Answer,)> {
    let get = warp::get().and(with(site)).and(caller());
    let start = get.clone().and(warp::path!("empfang")).and(warp::query()).then(start);
    let slip = get.and(warp::path!("empfang" / "zettel" / String)).and(warp::query()).then(again);
    let post = warp::post().and(with(site)).and(caller()).and(warp::body::content_length_limit(BODY));
    let book = post.clone().and(warp::path!("empfang" / "buchen")).and(warp::body::form()).then(book);
    let cancel = post.and(warp::path!("empfang" / "absagen")).and(warp::body::form()).then(cancel);
    start.or(slip).unify().or(book).unify().or(cancel).unify().boxed()
}

async fn start(site: Site, caller: Caller, pairs: Pairs) -> Answer {
    if let Err(refused) = caller.staff(&site, START) {
        return *refused;
    }
    let Some(wish) = wish_of(&pairs) else {
        return the_day(&site, date_of(&pairs, "liste"), Vec::new()).await;
    };
    let time = first(&pairs, "zeit").and_then(interval);
    let fields = time.map(|_chosen| contact::empty_fields()).transpose();
    let Ok(fields) = fields else { return status(StatusCode::INTERNAL_SERVER_ERROR) };
    let last =
        time.zip(fields).map(|(time, fields)| Last { number: new_number(), time, fields, language: Language::De });
    times(&site, wish, (date_of(&pairs, "ab"), date_of(&pairs, "tag")), last, Vec::new()).await
}

/// The first page, with what there is to say.
async fn the_day(site: &Site, day: Option<Date>, notes: Vec<String>) -> Answer {
    match ask(site, Ask::Day { day }).await {
        Ok(Said::Day(book)) => page(render::day(&book, notes, &site.build)),
        Ok(Said::Refused(why)) => page(render::said(render::refusal(why), &site.build)),
        Ok(other) => unexpected(&other),
        Err(answer) => answer,
    }
}

async fn times(
    site: &Site,
    wish: Wish,
    (from, day): (Option<Date>, Option<Date>),
    last: Option<Last>,
    notes: Vec<String>,
) -> Answer {
    match ask(site, Ask::Free { wish, from, day }).await {
        Ok(Said::Free(free)) => page(render::free(&free, last, notes, &site.build)),
        Ok(Said::Refused(why)) => the_day(site, None, vec![render::refusal(why).to_owned()]).await,
        Ok(other) => unexpected(&other),
        Err(answer) => answer,
    }
}

async fn book(site: Site, caller: Caller, form: Booking) -> Answer {
    if let Err(refused) = may_change(&site, &caller) {
        return *refused;
    }
    let (Some(wish), Ok(day), Some(start)) = (form.wish(), form.tag.parse::<Date>(), interval(&form.zeit)) else {
        return status(StatusCode::BAD_REQUEST);
    };
    let language = form.language();
    let number = number_of(&form.nummer).unwrap_or_else(new_number);
    let asked = Ask::Book { booking: number, wish: wish.clone(), day, start, language, typed: form.typed.clone() };
    match ask(&site, asked).await {
        Ok(Said::Booked { booking, notice }) => {
            see_other(&format!("{}?neu={}", render::slip_address(booking), word(notice)))
        }
        Ok(Said::Refused(why)) => {
            let Ok(fields) = form.typed.fields() else { return status(StatusCode::INTERNAL_SERVER_ERROR) };
            let last = Last { number, time: start, fields, language };
            times(&site, wish, (Some(day), Some(day)), Some(last), vec![render::refusal(why).to_owned()]).await
        }
        Ok(other) => unexpected(&other),
        Err(answer) => answer,
    }
}

async fn cancel(site: Site, caller: Caller, form: Cancelling) -> Answer {
    if let Err(refused) = may_change(&site, &caller) {
        return *refused;
    }
    let Some(which) = form.which() else {
        return the_day(&site, None, vec![render::refusal(Refusal::NoSuchBooking).to_owned()]).await;
    };
    let asked = Ask::Cancel { which, sure: form.sicher == "ja" };
    match ask(&site, asked).await {
        Ok(Said::Sure { booked, desk }) => page(render::sure(&booked, &desk.office, &desk.zone, &site.build)),
        Ok(Said::Cancelled { booked, desk }) => {
            let (day, time) = render::when(&booked, &desk.zone);
            let note = fill(&text::desk().cancelled, &[("day", &day), ("time", &time)]);
            the_day(&site, Some(booked.day), vec![note]).await
        }
        Ok(Said::Refused(why)) => the_day(&site, None, vec![render::refusal(why).to_owned()]).await,
        Ok(other) => unexpected(&other),
        Err(answer) => answer,
    }
}

async fn again(site: Site, caller: Caller, booking: String, pairs: Pairs) -> Answer {
    if let Err(refused) = caller.staff(&site, START) {
        return *refused;
    }
    let Ok(booking) = booking.parse::<BookingId>() else { return super::routes::unknown(&site) };
    let said = first(&pairs, "neu").and_then(notice_of).map(render::notice);
    match ask(&site, Ask::Slip { booking }).await {
        Ok(Said::Slip(slip)) => page(slip::slip_page(&slip, said, &site.build)),
        Ok(Said::Refused(why)) => the_day(&site, None, vec![render::refusal(why).to_owned()]).await,
        Ok(other) => unexpected(&other),
        Err(answer) => answer,
    }
}

fn may_change(site: &Site, caller: &Caller) -> Result<(), Box<Answer>> {
    caller.staff(site, START)?;
    caller.same_origin(site)
}

/// Asks the loop and waits for its answer, never without an end.
async fn ask(site: &Site, ask: Ask) -> Result<Said, Answer> {
    let busy = || {
        let mut answer = page(render::said(&text::desk().busy, &site.build));
        *answer.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        answer
    };
    let (reply, answered) = oneshot::channel();
    match site.wires.commands.try_send(Command::Desk { ask, reply }) {
        Ok(()) => {}
        Err(TrySendError::Full(_) | TrySendError::Closed(_)) => return Err(busy()),
    }
    match tokio::time::timeout(ANSWER, answered).await {
        Ok(Ok(said)) => Ok(said),
        Ok(Err(_)) | Err(_) => Err(busy()),
    }
}

/// The loop answers each question with its own answer or a refusal.
fn unexpected(said: &Said) -> Answer {
    tracing::error!(?said, "the desk got an answer to another question");
    status(StatusCode::INTERNAL_SERVER_ERROR)
}

fn first<'p>(pairs: &'p Pairs, name: &str) -> Option<&'p str> {
    pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

fn date_of(pairs: &Pairs, name: &str) -> Option<Date> {
    first(pairs, name)?.parse().ok()
}

fn interval(text: &str) -> Option<Interval> {
    Interval::new(text.parse().ok()?)
}

/// What the first form asks for; nothing while no service is chosen and no number typed.
fn wish_of(pairs: &Pairs) -> Option<Wish> {
    let chosen = pairs.iter().filter(|(name, _)| name == "dienst");
    let services = chosen.filter_map(|(_, id)| id.parse().ok().map(ServiceId)).collect();
    let persons = first(pairs, "personen")?.trim().parse().unwrap_or(0);
    Some(Wish { services, persons })
}

/// A new id for a form; chance that fails makes the booking fail, not the page.
fn new_number() -> BookingId {
    BookingId::from_random(Side::Box, getrandom::u64().unwrap_or_default())
}

fn number_of(text: &str) -> Option<BookingId> {
    let id: BookingId = text.parse().ok()?;
    (id.side() == Side::Box).then_some(id)
}

impl Booking {
    fn wish(&self) -> Option<Wish> {
        let services = self.dienste.split(',').map(|id| id.parse().map(ServiceId)).collect::<Result<_, _>>().ok()?;
        Some(Wish { services, persons: self.personen.parse().ok()? })
    }

    fn language(&self) -> Language {
        let known = Language::ALL.into_iter().find(|language| language.tag() == self.sprache);
        known.unwrap_or_default()
    }
}

impl Cancelling {
    /// The list names the booking, the form a Termin-PIN in any spelling.
    fn which(&self) -> Option<Which> {
        if let Ok(booking) = self.termin.parse() {
            return Some(Which::Booking(booking));
        }
        let digits: String = self.pin.chars().filter(char::is_ascii_digit).collect();
        digits.parse::<Pin>().ok().map(Which::Pin)
    }
}

/// How a notice stands in an address.
const NOTICES: [(Notice, &str); 5] = [
    (Notice::Soon, "jetzt"),
    (Notice::Later, "spaeter"),
    (Notice::Number, "telefon"),
    (Notice::Nobody, "niemand"),
    (Notice::NoKey, "offen"),
];

fn word(notice: Notice) -> &'static str {
    NOTICES.iter().find(|(known, _)| *known == notice).map_or("", |(_, word)| *word)
}

fn notice_of(word: &str) -> Option<Notice> {
    NOTICES.iter().find(|(_, known)| *known == word).map(|(notice, _)| *notice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wish_is_read_from_an_address_and_from_a_form() {
        let pairs = [("dienst", "3"), ("dienst", "x"), ("dienst", "5"), ("personen", "2")];
        let pairs: Pairs = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        let wish = Wish { services: vec![ServiceId(3), ServiceId(5)], persons: 2 };
        assert_eq!(wish_of(&pairs), Some(wish));
        assert_eq!(wish_of(&Vec::new()), None);
    }

    #[test]
    fn a_termin_pin_is_read_with_and_without_its_gap() {
        let pin = Pin::from_index(38_291).expect("inside the count");
        let typed = pin.to_string();
        let gap = format!("{} {}", &typed[..3], &typed[3..]);
        for text in [typed.clone(), gap] {
            let form = Cancelling { termin: String::new(), pin: text, sicher: String::new() };
            assert_eq!(form.which(), Some(Which::Pin(pin)));
        }
        let none = Cancelling { termin: String::new(), pin: "12".to_owned(), sicher: String::new() };
        assert_eq!(none.which(), None);
    }

    #[test]
    fn every_notice_has_its_word_in_the_address() {
        assert!(NOTICES.iter().all(|(notice, _)| notice_of(word(*notice)) == Some(*notice)));
    }
}
