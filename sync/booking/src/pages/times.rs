//! Step 2: day and time; and taking one.

use askama::Template;
use jiff::Timestamp;
use jiff::civil::Date;
use warp::http::StatusCode;
use warp::reply::Response;

use super::answer::{page, see};
use super::form::Pairs;
use super::frame::Frame;
use super::offer::OfferPage;
use super::once;
use super::room::Room;
use super::services::{again, read_pick};
use super::text::{Text, counted};
use super::trouble::Stop;
use super::visit::{Slot, Visit, pick_query};
use crate::citizen::{DayFree, HoldError, OfficeView, Pick};

/// Days on one page: four columns on a wide screen, four short lists on a phone.
const DAYS_SHOWN: usize = 4;

/// Times of a day that are shown at once; the others unfold.
const TIMES_SHOWN: usize = 6;

/// One day with its free starts.
pub(crate) struct DayRow {
    weekday: Text,
    date: Text,
    free: Text,
    first: Vec<Slot>,
    rest: Vec<Slot>,
    more: Text,
}

#[derive(Template)]
#[template(path = "times.html")]
pub(crate) struct TimesPage {
    f: Frame,
    visit: Visit,
    hold: String,
    change: String,
    once: String,
    days: Vec<DayRow>,
    earliest: Option<Slot>,
    earlier: Option<String>,
    later: Option<String>,
    problem: Option<Text>,
}

/// Some days of the horizon, with their free starts.
pub(crate) struct Window {
    pub(crate) days: Vec<(Date, Vec<Timestamp>)>,
    pub(crate) earlier: Option<Date>,
    pub(crate) later: Option<Date>,
}

impl TimesPage {
    pub(crate) fn new(f: Frame, office: &OfficeView, pick: &Pick, window: &Window, problem: Option<Text>) -> Self {
        let query = pick_query(pick);
        let days: Vec<_> = window.days.iter().filter(|(_, starts)| !starts.is_empty()).collect();
        let first = days.first().and_then(|(_, starts)| starts.first()).filter(|_| window.earlier.is_none());
        Self {
            visit: Visit::of_pick(office, f.language, pick),
            hold: f.to_with("halten", &query),
            change: f.to_with("", &query),
            once: once::number(),
            earliest: first.map(|start| Slot::of(office, f.t, *start)),
            days: days.iter().map(|(day, starts)| day_row(&f, office, *day, starts)).collect(),
            earlier: window.earlier.map(|day| f.to_with("zeit", &query.with("ab", day))),
            later: window.later.map(|day| f.to_with("zeit", &query.with("ab", day))),
            problem,
            f: {
                let step = &f.t.times.step;
                f.titled(step)
            },
        }
    }
}

fn day_row(f: &Frame, office: &OfficeView, day: Date, starts: &[Timestamp]) -> DayRow {
    let slots: Vec<_> = starts.iter().map(|start| Slot::of(office, f.t, *start)).collect();
    let (first, rest) = slots.split_at(slots.len().min(TIMES_SHOWN));
    DayRow {
        weekday: f.t.weekday(day).clone(),
        date: f.t.short_day(day),
        free: counted(&f.t.count.free_one, &f.t.count.free, slots.len() as u64),
        first: first.to_vec(),
        rest: rest.to_vec(),
        more: f.t.times.more_times.with("n", rest.len()),
    }
}

/// `/OFFICE/zeit`.
pub(crate) async fn show(room: &Room<'_>) -> Result<Response, Stop> {
    let pick = match read_pick(&room.office, &room.ask.query) {
        Ok(pick) => pick,
        Err(bad) => return again(room, bad),
    };
    let window = window(room, &pick).await?;
    page(StatusCode::OK, &TimesPage::new(room.frame(), &room.office, &pick, &window, None))
}

async fn window(room: &Room<'_>, pick: &Pick) -> Result<Window, Stop> {
    let office = &room.office.id;
    let free = room.citizen().days(office, pick, room.now).await?;
    let from: Option<Date> = room.ask.query.get("ab").and_then(|day| day.parse().ok());
    let at = from.map_or(0, |from| free.iter().position(|day| day.day >= from).unwrap_or(0));
    let day = |place: usize| free.get(place).map(|free: &DayFree| free.day);
    let mut days = Vec::new();
    for shown in free.iter().skip(at).take(DAYS_SHOWN) {
        days.push((shown.day, room.citizen().times(office, pick, shown.day, room.now).await?));
    }
    let earlier = if at == 0 { None } else { day(at.saturating_sub(DAYS_SHOWN)) };
    Ok(Window { days, earlier, later: day(at + DAYS_SHOWN) })
}

/// `POST /OFFICE/halten`.
pub(crate) async fn hold(room: &Room<'_>) -> Result<Response, Stop> {
    let form = room.form()?;
    let pick = match read_pick(&room.office, &room.ask.query) {
        Ok(pick) => pick,
        Err(bad) => return again(room, bad),
    };
    let t = &room.texts().times;
    let start = match form.get("start").map(str::parse::<Timestamp>) {
        Some(Ok(start)) => start,
        Some(Err(_)) => return choose_again(room, &pick, t.unknown_time.clone()).await,
        None => return choose_again(room, &pick, t.pick_one.clone()).await,
    };
    // The number of the page and the time: another time from the same page is another wish.
    let number = form.get("einmal").filter(|number| !number.is_empty()).map(|number| format!("{number} {start}"));
    let held = room.site.once.only(number.as_deref(), take(room, &pick, start)).await;
    match held {
        Ok(address) => Ok(see(&address)),
        Err(HoldError::Taken { next }) => offer(room, &pick, &next, (&t.taken_heading, &t.taken_text)),
        Err(HoldError::TooSoon { next }) => offer(room, &pick, &next, (&t.too_soon_heading, &t.too_soon_text)),
        Err(HoldError::TooFar) => choose_again(room, &pick, t.unknown_time.clone()).await,
        Err(HoldError::Trouble(trouble)) => Err(trouble.into()),
    }
}

async fn take(room: &Room<'_>, pick: &Pick, start: Timestamp) -> Result<String, HoldError> {
    let secret = room.citizen().hold(&room.office.id, pick, start, room.now).await?;
    Ok(room.frame().to_with(&format!("daten/{}", secret.expose()), &pick_query(pick)))
}

/// The days once more, with what has to be changed.
async fn choose_again(room: &Room<'_>, pick: &Pick, problem: Text) -> Result<Response, Stop> {
    let window = window(room, pick).await?;
    let f = at_times(room, pick);
    page(StatusCode::UNPROCESSABLE_ENTITY, &TimesPage::new(f, &room.office, pick, &window, Some(problem)))
}

fn at_times(room: &Room<'_>, pick: &Pick) -> Frame {
    room.frame().at(format!("/{}/zeit", room.office.id), pick_query(pick))
}

/// Somebody was faster: the next three.
fn offer(room: &Room<'_>, pick: &Pick, next: &[Timestamp], (heading, text): (&Text, &Text)) -> Result<Response, Stop> {
    let f = at_times(room, pick);
    let query: Pairs = pick_query(pick);
    let (action, all) = (f.to_with("halten", &query), f.to_with("zeit", &query));
    let text = if next.is_empty() { &room.texts().times.taken_none } else { text };
    let offer = OfferPage::new(f, &room.office, next, (heading, text), action, all);
    page(StatusCode::CONFLICT, &offer)
}
