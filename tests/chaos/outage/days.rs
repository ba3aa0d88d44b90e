//! What happens on each day, and what must be known in the end.

use std::collections::BTreeSet;
use std::sync::Arc;

use anyhow::{Context, Result, bail, ensure};
use fixture::{Clerk, Plug, until};
use jiff::civil::{Date, Time, time};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use super::sky::Sky;
use crate::hall::{ENTRANCE, Greeting, pull_number, scan, type_code};
use crate::person::{form_to, good, hold_form};
use crate::town::{PATIENCE, Town};
use crate::word::{Standing, pin_in, qr, standing};

/// One for each person of a day: within 5 s a key is pressed once.
pub(crate) const COUNTERS: u8 = 6;
const SERVICE: u16 = 1;
/// Every so many days somebody who has booked does not come.
const STAYS_AWAY: i64 = 3;
/// Days after which an ended visit may be known by its day alone (`rules.md`, retention).
const REMEMBERED: i64 = 7;

/// An appointment as its mail tells it.
#[derive(Clone, Debug)]
struct Booked {
    day: Date,
    pin: String,
    qr: String,
    /// Whether it was booked while there was a line.
    heard: bool,
}

/// A month, day by day.
pub(crate) struct Days {
    town: Arc<Town>,
    sky: Sky,
    zone: TimeZone,
    first: Date,
    persons: usize,
    /// Booked before the line was cut or since, and not come yet.
    booked: Vec<Booked>,
    served: Vec<Booked>,
    stayed_away: Vec<Booked>,
    cancelled: Vec<Booked>,
    numbers: usize,
    admitted_unheard: usize,
}

impl Days {
    pub(crate) fn new(town: &Arc<Town>, sky: Sky) -> Self {
        let zone = TimeZone::get(&town.office.papers.zone).unwrap_or(TimeZone::UTC);
        let first = sky.now().to_zoned(zone.clone()).date();
        Self {
            town: Arc::clone(town),
            sky,
            zone,
            first,
            persons: 0,
            booked: Vec::new(),
            served: Vec::new(),
            stayed_away: Vec::new(),
            cancelled: Vec::new(),
            numbers: 0,
            admitted_unheard: 0,
        }
    }

    /// A day with a line, so many without, and the day the line is back.
    pub(crate) async fn and_then_all(mut self, days: i64) -> Result<String> {
        // Who booked before the line was cut: the box knows them.
        for day in (1..=days.min(27)).step_by(2) {
            let known = self.book(self.day(day)?, time(9, 0, 0, 0)).await?;
            self.the_box_hears_of(&known).await?;
            self.booked.push(known);
        }
        self.town.office.unplug(true);
        for day in 1..=days {
            self.one_day(day).await.with_context(|| format!("on day {day} without a line"))?;
        }
        self.morning(days + 1).await?;
        self.town.office.unplug(false);
        self.town.line_works(true).await?;
        self.both_ends_know().await?;
        Ok(format!(
            "{days} days without a line: {} appointments served, {} of them never heard of before, {} numbers served, \
             {} stayed away, {} cancelled, {} still to come; both ends know all of it",
            self.served.len(),
            self.admitted_unheard,
            self.numbers,
            self.stayed_away.len(),
            self.cancelled.len(),
            self.booked.len()
        ))
    }

    async fn one_day(&mut self, number: i64) -> Result<()> {
        let today = self.day(number)?;
        self.morning(number).await?;
        // The booking server sells on: for today, for later, and something that is given up.
        let unheard = self.book(today, time(9, 10, 0, 0)).await?;
        self.booked.push(unheard);
        let later = self.book(self.day(number + 2)?, time(9, 0, 0, 0)).await?;
        self.booked.push(later);
        let given_up = self.book(self.day(number + 3)?, time(10, 0, 0, 0)).await?;
        self.give_up(&given_up).await?;
        self.cancelled.push(given_up);

        self.wait_until(today, time(8, 50, 0, 0)).await?;
        let clerk = Clerk::sign_in(&self.town.office.page("")).await?;
        clerk.open(COUNTERS).await.with_context(|| self.how_it_is())?;
        let mut came = BTreeSet::from([self.number(number, "A001").await?]);
        let (mut todays, others): (Vec<_>, Vec<_>) = self.booked.drain(..).partition(|it| it.day == today);
        self.booked = others;
        if number % STAYS_AWAY == 0 && todays.len() > 1 {
            self.stayed_away.extend(todays.pop());
        }
        for booked in &todays {
            let greeting = scan(&self.town.office, &booked.qr).await?;
            ensure!(greeting.is_here(), "{booked:?} is greeted with {greeting:?}");
            self.admitted_unheard += usize::from(!booked.heard);
            came.insert(short(&greeting));
        }
        self.wait_until(today, time(9, 20, 0, 0)).await?;
        came.insert(self.number(number, "A002").await?);
        self.serve(&came).await?;
        self.served.extend(todays);
        self.wait_until(today, time(23, 39, 57, 0)).await
    }

    /// Somebody comes without an appointment; every day begins with the first number.
    async fn number(&mut self, day: i64, expected: &str) -> Result<String> {
        let press = format!("day-{day}-{expected}");
        let code = short(&pull_number(&self.town.office, ENTRANCE, &press).await?);
        ensure!(code == expected, "{code} is given, and it should be {expected}");
        self.numbers += 1;
        Ok(code)
    }

    /// What the box shows, for whoever has to find out.
    fn how_it_is(&self) -> String {
        let look = |path: &str| {
            let page =
                tokio::task::block_in_place(|| fixture::http::Http::default().open(&self.town.office.page(path)));
            page.map_or_else(|error| error.to_string(), |page| page.body)
        };
        format!("it is {}; the box: {} {}", self.sky.now(), look("/gesund"), look("/tafel"))
    }

    /// Everybody who came is called once, each to a counter of their own, and served.
    async fn serve(&self, came: &BTreeSet<String>) -> Result<()> {
        let clerk = Clerk::sign_in(&self.town.office.page("")).await?;
        let mut called = BTreeSet::new();
        for counter in 1..=u8::try_from(came.len())? {
            let answer = clerk.act(counter, "call-next").await?;
            let code = answer["code"].as_str().with_context(|| format!("counter {counter} calls {answer}"))?;
            ensure!(called.insert(code.to_owned()), "{code} is called twice");
        }
        ensure!(called == *came, "{came:?} came and {called:?} were called");
        for counter in 1..=u8::try_from(came.len())? {
            let answer = clerk.act(counter, "finish").await?;
            ensure!(answer["answer"] == "done", "counter {counter} finishes with {answer}");
        }
        Ok(())
    }

    async fn both_ends_know(&self) -> Result<()> {
        let last = self.sky.now().to_zoned(self.zone.clone()).date();
        for booked in &self.served {
            let recent = booked.day.checked_add(Span::new().days(REMEMBERED))? >= last;
            self.stands(booked, |seen| seen == Standing::Served || (!recent && seen == Standing::Past)).await?;
        }
        for booked in &self.stayed_away {
            self.stands(booked, |seen| seen == Standing::Past).await?;
        }
        for booked in &self.booked {
            self.stands(booked, |seen| seen == Standing::Booked).await?;
            self.the_box_hears_of(booked).await?;
        }
        for booked in self.cancelled.iter().filter(|it| it.day >= last) {
            let greeting = scan(&self.town.office, &booked.qr).await?;
            ensure!(greeting.kind == "cancelled", "{booked:?} was cancelled and is greeted with {greeting:?}");
        }
        Ok(())
    }

    /// Waits until the page behind the QR code says what is right.
    async fn stands(&self, booked: &Booked, right: impl Fn(Standing) -> bool) -> Result<()> {
        let person = self.town.person("looks");
        let mut seen = None;
        let look = || {
            let opened = tokio::task::block_in_place(|| fixture::http::Http::default().open(&booked.qr));
            seen = opened.ok().and_then(|page| standing(&page));
            seen.filter(|seen| right(*seen))
        };
        let found = until("the booking server to know how it went", PATIENCE, look).await;
        found.map(drop).with_context(|| format!("{} of {booked:?} is {seen:?}", person.name))
    }

    /// Types the PIN until the box says of which day it is.
    async fn the_box_hears_of(&self, booked: &Booked) -> Result<()> {
        for _try in 0..8 {
            let greeting = type_code(&self.town.office, ENTRANCE, &booked.pin).await?;
            if greeting.is_for_another_day() || greeting.is_here() {
                return Ok(());
            }
            self.town.line_works(true).await?;
        }
        bail!("the box never hears of {booked:?}")
    }

    async fn book(&mut self, day: Date, clock: Time) -> Result<Booked> {
        self.persons += 1;
        let person = self.town.person(&format!("d{}", self.persons));
        let start = self.moment(day, clock)?;
        let times = good(person.times(SERVICE, Some(&day.to_string())).await)?;
        let hold = hold_form(&times, 0)?.with("start", &start.to_string());
        let details = good(person.send(&times, &hold).await)?;
        let summary = good(person.send(&details, &person.fill_in(&details)?).await)?;
        good(person.send(&summary, &form_to(&summary, "/pruefen/")?).await)?;
        let mails = &self.town.office.mails;
        let mail = mails.wait_for_mail(&person.mail, "bestätigen", PATIENCE).await?;
        let link = mail.links().into_iter().find(|link| link.contains("/bestaetigen/")).context("no link")?;
        let page = good(person.confirm(&link).await)?;
        ensure!(standing(&page) == Some(Standing::Booked), "{} is not booked", person.mail);
        let mail = mails.wait_for_mail(&person.mail, "Ihr Termin am", PATIENCE).await?;
        let heard = self.town.office.line.plug() == Plug::In;
        Ok(Booked { day, pin: pin_in(&mail).context("no PIN in the mail")?, qr: qr(&mail)?, heard })
    }

    /// Cancels the appointment of whoever booked last.
    async fn give_up(&self, booked: &Booked) -> Result<()> {
        let person = self.town.person(&format!("d{}", self.persons));
        let mail = self.town.office.mails.wait_for_mail(&person.mail, "bestätigen", PATIENCE).await?;
        let link = mail.links().into_iter().find(|link| link.contains("/bestaetigen/")).context("no link")?;
        let page = good(person.open(&link).await)?;
        let address = page.url.split('?').next().unwrap_or_default().to_owned();
        let ask = good(person.open(&format!("{address}/absagen")).await)?;
        let done = good(person.send(&ask, &form_to(&ask, "/absagen")?).await)?;
        ensure!(standing(&done) == Some(Standing::Cancelled), "{booked:?} is not cancelled");
        Ok(())
    }

    /// The night is over, and the box has begun its day.
    async fn morning(&mut self, number: i64) -> Result<()> {
        self.wait_until(self.day(number)?, time(7, 29, 57, 0)).await?;
        let url = self.town.office.page("/tafel");
        let board = || tokio::task::block_in_place(|| fixture::http::Http::default().open(&url)).ok();
        // The box looks at the calendar at midnight; with a night that takes no time at all, something
        // else may be in the way just then, and it looks again with the next minute of its board.
        let open = || board().filter(|page| !page.body.contains("Geschlossen")).map(drop);
        until("the board to show a new day", PATIENCE, open).await
    }

    /// Lets the time pass for both programs; they wake up with whatever somebody asks.
    async fn wait_until(&mut self, day: Date, clock: Time) -> Result<()> {
        self.sky.go_to(self.moment(day, clock)?)?;
        self.sky.has_passed_for(self.town.office.street.address()).await?;
        self.sky.has_passed_for(self.town.office.hall.address()).await
    }

    fn day(&self, number: i64) -> Result<Date> {
        Ok(self.first.checked_add(Span::new().days(number))?)
    }

    fn moment(&self, day: Date, clock: Time) -> Result<Timestamp> {
        Ok(day.to_datetime(clock).to_zoned(self.zone.clone())?.timestamp())
    }
}

/// A code as counters answer it.
fn short(greeting: &Greeting) -> String {
    greeting.code.replace(' ', "")
}
