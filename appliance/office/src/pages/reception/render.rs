//! The pages of the desk as HTML. Pure: what the loop said in, a page out.

use askama::Template;
use jiff::civil::Date;
use names::{BookingId, Code, Language};
use protocol::entry::Booked;
use protocol::office::OfficeDoc;
use protocol::sheet::Interval;

use super::text::{DeskText, desk, slip};
use crate::desk::{DayBook, Desk, Free, HORIZON_DAYS, Notice, Refusal, Row, State, Wish, Wrong};
use crate::pages::render::Build;
use crate::pages::texts::{Calendar, calendar, fill};

/// The days that one look shows, as `?ab=` steps.
const STEP_DAYS: i32 = crate::desk::DAYS_AT_ONCE;

/// The page, by what is on it.
#[derive(Template)]
#[template(path = "reception.html")]
struct Page<'a> {
    assets: &'a str,
    text: &'static DeskText,
    office: Option<&'a str>,
    notes: Vec<String>,
    stock: Option<String>,
    ask: Option<AskView>,
    free: Option<FreeView>,
    form: Option<FormView>,
    sure: Option<SureView>,
    list: Option<ListView>,
}

struct AskView {
    services: Vec<ServiceView>,
    persons: u8,
}

struct ServiceView {
    id: u16,
    name: String,
    chosen: bool,
}

struct FreeView {
    days: Vec<DayView>,
    earlier: Option<String>,
    later: Option<String>,
    title: Option<String>,
    times: Vec<TimeView>,
}

struct DayView {
    href: String,
    label: String,
    count: String,
    free: bool,
    chosen: bool,
}

struct TimeView {
    href: String,
    label: String,
    chosen: bool,
}

/// The last step: who comes.
struct FormView {
    number: String,
    services: String,
    persons: u8,
    day: String,
    time: u8,
    fields: String,
    english: bool,
    button: String,
}

struct SureView {
    what: String,
    booking: String,
}

struct ListView {
    title: String,
    day: String,
    rows: Vec<RowView>,
}

struct RowView {
    time: String,
    service: String,
    persons: u8,
    pin: String,
    state: String,
    cancelled: bool,
    slip: Option<String>,
    booking: String,
}

/// What was typed into the last step, to be shown again.
pub(super) struct Last {
    /// The id the booking will have.
    pub(super) number: BookingId,
    /// The chosen start.
    pub(super) time: Interval,
    /// The fields of the contact, drawn by the one file that may see them.
    pub(super) fields: String,
    /// The chosen language.
    pub(super) language: Language,
}

/// A rendered page.
pub(super) type Html = Result<String, askama::Error>;

fn page<'a>(desk_now: Option<&'a Desk>, notes: Vec<String>, build: &'a Build) -> Page<'a> {
    let text = desk();
    let locked = desk_now.and_then(|d| d.locked).map(|why| refusal(why).to_owned());
    let stock = desk_now.filter(|d| d.locked.is_none());
    Page {
        assets: &build.assets,
        text,
        office: desk_now.map(|d| d.office.name.as_str()),
        notes: locked.into_iter().chain(notes).collect(),
        stock: stock.map(|d| fill(&text.pins_left, &[("count", &d.pins.to_string())])),
        ask: None,
        free: None,
        form: None,
        sure: None,
        list: None,
    }
}

/// A page that only says something.
pub(super) fn said(note: &str, build: &Build) -> Html {
    page(None, vec![note.to_owned()], build).render()
}

/// The first page: what is needed, and the bookings of a day.
pub(super) fn day(book: &DayBook, notes: Vec<String>, build: &Build) -> Html {
    let mut page = page(Some(&book.desk), notes, build);
    if book.desk.locked.is_none() {
        page.ask = Some(ask(&book.desk.office, None));
    }
    page.list = Some(list(book));
    page.render()
}

/// Days, times, and who comes once a time is chosen.
pub(super) fn free(free: &Free, last: Option<Last>, notes: Vec<String>, build: &Build) -> Html {
    let text = desk();
    let nothing = free.days.iter().all(|(_, count)| *count == 0).then(|| text.empty_days.clone());
    let mut page = page(Some(&free.desk), notes.into_iter().chain(nothing).collect(), build);
    page.ask = Some(ask(&free.desk.office, Some(&free.wish)));
    page.free = Some(free_view(free, last.as_ref()));
    page.form = last.zip(free.day).map(|(last, day)| form(free, day, last));
    page.render()
}

/// Whether somebody is sure.
pub(super) fn sure(booking: &Booked, doc: &OfficeDoc, zone: &jiff::tz::TimeZone, build: &Build) -> Html {
    let mut page = page(None, Vec::new(), build);
    page.office = Some(&doc.name);
    let (day, time) = when(booking, zone);
    let what = [day, time, pin(booking), services(booking, doc, Language::De)].join(" · ");
    page.sure = Some(SureView { what, booking: booking.booking.to_string() });
    page.render()
}

/// Day and time of a booking, as clerks read it.
pub(super) fn when(booked: &Booked, zone: &jiff::tz::TimeZone) -> (String, String) {
    (day_label(booked.day), clock(booked, zone, Language::De))
}

/// Why the desk did not do something, in words.
pub(super) fn refusal(why: Refusal) -> &'static str {
    let text = desk();
    match why {
        Refusal::NoOffice => &text.no_office,
        Refusal::Unproven => &text.locked_unproven,
        Refusal::Frozen => &text.locked_frozen,
        Refusal::NoClock => &text.locked_clock,
        Refusal::BadWish => &text.bad_wish,
        Refusal::BadDay => &text.bad_day,
        Refusal::Taken => &text.taken,
        Refusal::NoPin => &text.no_pin,
        Refusal::NoSuchBooking => &text.no_booking,
        Refusal::Cancelled => &text.cancelled_already,
        Refusal::Journal => &text.journal,
        Refusal::Reach(Wrong::NoWay) => &text.no_way,
        Refusal::Reach(Wrong::NoName) => &text.no_name,
        Refusal::Reach(Wrong::NoAddress) => &text.no_address,
        Refusal::Reach(Wrong::NoNumber) => &text.no_number,
        Refusal::Reach(Wrong::TooLong) => &text.too_long,
    }
}

/// What becomes of the contact, in words.
pub(super) fn notice(what: Notice) -> &'static str {
    let text = desk();
    match what {
        Notice::Soon => &text.notice_soon,
        Notice::Later => &text.notice_later,
        Notice::Number => &text.notice_number,
        Notice::Nobody => &text.notice_nobody,
        Notice::NoKey => &text.notice_no_key,
    }
}

fn ask(doc: &OfficeDoc, wish: Option<&Wish>) -> AskView {
    let chosen = |id| wish.is_some_and(|wish| wish.services.contains(&id));
    let view =
        |s: &protocol::office::ServiceDoc| ServiceView { id: s.id.0, name: s.name.clone(), chosen: chosen(s.id) };
    AskView { services: doc.services.iter().map(view).collect(), persons: wish.map_or(1, |wish| wish.persons) }
}

fn free_view(free: &Free, last: Option<&Last>) -> FreeView {
    let text = desk();
    let base = query(&free.wish);
    let first = free.days.first().map_or(free.desk.today, |(day, _)| *day);
    let of_day = |(day, count): &(Date, usize)| DayView {
        href: format!("/empfang?{base}&ab={first}&tag={day}"),
        label: day_label(*day),
        count: match count {
            0 => text.day_full.clone(),
            count => fill(&text.day_free, &[("count", &count.to_string())]),
        },
        free: *count > 0,
        chosen: free.day == Some(*day),
    };
    let step = |days: i32| first.checked_add(jiff::Span::new().days(days)).ok();
    let later = step(STEP_DAYS).filter(|day| step_fits(free.desk.today, *day));
    let earlier = step(-STEP_DAYS).map(|day| day.max(free.desk.today)).filter(|day| *day < first);
    let page = |day: Date| format!("/empfang?{base}&ab={day}");
    FreeView {
        days: free.days.iter().map(of_day).collect(),
        earlier: earlier.map(page),
        later: later.map(page),
        title: free.day.map(|day| fill(&text.times, &[("day", &day_label(day))])),
        times: free.day.map(|day| times(free, day, first, last)).unwrap_or_default(),
    }
}

fn times(free: &Free, day: Date, first: Date, last: Option<&Last>) -> Vec<TimeView> {
    let base = query(&free.wish);
    let view = |start: &Interval| TimeView {
        href: format!("/empfang?{base}&ab={first}&tag={day}&zeit={}#wer", start.number()),
        label: interval(*start),
        chosen: last.is_some_and(|last| last.time == *start),
    };
    free.times.iter().map(view).collect()
}

fn step_fits(today: Date, day: Date) -> bool {
    today.checked_add(jiff::Span::new().days(HORIZON_DAYS)).is_ok_and(|last| day <= last)
}

fn form(free: &Free, day: Date, last: Last) -> FormView {
    let values = [("day", day_label(day)), ("time", hour(&interval(last.time), Language::De))];
    FormView {
        number: last.number.to_string(),
        services: numbers(&free.wish),
        persons: free.wish.persons,
        day: day.to_string(),
        time: last.time.number(),
        fields: last.fields,
        english: last.language == Language::En,
        button: fill(&desk().book, &[("day", &values[0].1), ("time", &values[1].1)]),
    }
}

fn numbers(wish: &Wish) -> String {
    wish.services.iter().map(|id| id.0.to_string()).collect::<Vec<_>>().join(",")
}

fn query(wish: &Wish) -> String {
    let services = wish.services.iter().map(|id| format!("dienst={}", id.0)).collect::<Vec<_>>().join("&");
    format!("{services}&personen={}", wish.persons)
}

fn list(book: &DayBook) -> ListView {
    let row = |row: &Row| RowView {
        time: clock(&row.booked, &book.desk.zone, Language::De),
        service: services(&row.booked, &book.desk.office, Language::De),
        persons: row.booked.persons,
        pin: pin(&row.booked),
        state: state(row),
        cancelled: row.state == State::Cancelled,
        slip: is_ours(&row.booked).filter(|_| row.state != State::Cancelled).map(slip_address),
        booking: row.booked.booking.to_string(),
    };
    let title = fill(&desk().list, &[("day", &day_label(book.day))]);
    ListView { title, day: book.day.to_string(), rows: book.rows.iter().map(row).collect() }
}

fn state(row: &Row) -> String {
    let text = desk();
    let word = match row.state {
        State::Booked => &text.state_booked,
        State::Here => &text.state_here,
        State::Cancelled => &text.state_cancelled,
    };
    match is_ours(&row.booked) {
        Some(_) => format!("{word}, {}", text.by_desk),
        None => word.clone(),
    }
}

fn is_ours(booked: &Booked) -> Option<BookingId> {
    Some(booked.booking).filter(|id| id.side() == names::Side::Box)
}

/// Where the slip of a booking is.
pub(super) fn slip_address(booking: BookingId) -> String {
    format!("/empfang/zettel/{booking}")
}

/// A Termin-PIN in its two groups.
pub(super) fn pin(booked: &Booked) -> String {
    let (first, second) = Code::Pin(booked.pin).groups();
    format!("{first}\u{a0}{second}")
}

/// The services by their names.
pub(super) fn services(booked: &Booked, doc: &OfficeDoc, language: Language) -> String {
    let name = |id: &names::ServiceId| {
        doc.service(*id).map(|s| match language {
            Language::De => s.name.clone(),
            Language::En => s.name_en.clone(),
        })
    };
    booked.services.iter().filter_map(name).collect::<Vec<_>>().join(", ")
}

fn interval(start: Interval) -> String {
    start.time().map_or_else(String::new, |time| format!("{}:{:02}", time.hour(), time.minute()))
}

/// The time of day.
pub(super) fn clock(booked: &Booked, zone: &jiff::tz::TimeZone, language: Language) -> String {
    let local = booked.start.to_zoned(zone.clone());
    hour(&format!("{}:{:02}", local.hour(), local.minute()), language)
}

fn hour(clock: &str, language: Language) -> String {
    fill(&slip(language).time, &[("time", clock)]).replace(' ', "\u{a0}")
}

fn day_label(day: Date) -> String {
    date(&desk().day_form, day, calendar(Language::De))
}

/// A day in words.
pub(super) fn date(form: &str, day: Date, words: &Calendar) -> String {
    let weekday = usize::try_from(day.weekday().to_monday_zero_offset()).unwrap_or(0);
    let month = usize::try_from(day.month() - 1).unwrap_or(0);
    let values = [("day", day.day().to_string()), ("year", day.year().to_string())];
    let known = [("weekday", &words.weekdays[weekday % 7]), ("month", &words.months[month % 12])];
    let all: Vec<(&str, &str)> =
        values.iter().map(|(k, v)| (*k, v.as_str())).chain(known.map(|(k, v)| (k, v.as_str()))).collect();
    fill(form, &all)
}
