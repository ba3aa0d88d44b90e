//! One office, harmed once a round.

use std::sync::Arc;

use anyhow::{Context, Result, bail};
use fixture::chaos::Harm;
use fixture::http::Http;
use fixture::until;
use jiff::tz::TimeZone;
use serde_json::Value;
use tokio::sync::watch;

use super::harms::Size;
use crate::hall::{ENTRANCE, type_code};
use crate::person::{Person, good};
use crate::town::{PATIENCE, Town};
use crate::word::{Standing, from_to, pin_in, qr, standing};

/// How an exchange begins.
pub(crate) const EXCHANGE: &str = "POST /sync/v1/exchange";
/// The service everybody books.
const SERVICE: u16 = 1;
/// In every so many rounds an old exchange arrives once more, if one was recorded.
const REPLAYED: usize = 5;

/// Somebody with a confirmed appointment.
#[derive(Clone, Debug)]
struct Booked {
    person: Person,
    pin: String,
    /// The page behind the QR code.
    status: String,
    /// `7:10`, as the counter pages write it.
    start: String,
}

/// What happened while a harm waited.
pub(crate) struct Meanwhile {
    came: Booked,
    booked: Booked,
}

/// The rounds of one office.
pub(crate) struct Rounds {
    town: Arc<Town>,
    number: usize,
    persons: usize,
    /// The counter page, as it changes.
    counter: watch::Receiver<Value>,
    /// Who comes next; the box knows them.
    next: Option<Booked>,
}

impl Rounds {
    pub(crate) async fn begin(number: usize) -> Result<Self> {
        let town = Town::open(Town::papers()).await?;
        let counter = town.counter().await?;
        Ok(Self { town, number, persons: 0, counter, next: None })
    }

    pub(crate) fn town(&self) -> &Arc<Town> {
        &self.town
    }

    /// Books the first appointment, so that somebody can come.
    pub(crate) async fn set_out(&mut self) -> Result<()> {
        let (person, link) = self.sends().await?;
        let first = self.confirms(person, &link).await?;
        until("the first booking on the box", PATIENCE, || self.expects(&first).then_some(()))
            .await
            .with_context(|| format!("{} is not among {}", first.start, self.counter.borrow()["view"]["expected"]))?;
        self.next = Some(first);
        Ok(())
    }

    /// How many bytes an exchange has in which both ends have something to tell.
    pub(crate) async fn measure(mut self) -> Result<(Self, Size)> {
        self.set_out().await?;
        self.round(Harm::Twice).await?;
        let (there, back) = self.town.line.recorded();
        Ok((self, (there as u64, back as u64)))
    }

    /// All rounds; answers how many there were.
    pub(crate) async fn go_through(mut self, harms: Vec<Harm>) -> Result<usize> {
        if self.next.is_none() {
            let outcome = self.set_out().await;
            self.town.explain(outcome)?;
        }
        for (round, harm) in harms.iter().enumerate() {
            let outcome = self.round(*harm).await;
            let place = || format!("in round {round} of office {}: {harm:?}", self.number);
            self.town.explain(outcome).with_context(place)?;
            // Somebody who listened says an exchange of long ago once more.
            if round % REPLAYED == 0 && self.town.line.recorded().0 > 0 {
                self.town.line.say_again().await?;
            }
        }
        Ok(harms.len())
    }

    async fn round(&mut self, harm: Harm) -> Result<()> {
        let before = self.town.line.strikes();
        self.town.line.lay_out(harm, EXCHANGE);
        let meanwhile = self.happen().await?;
        let struck = tokio::time::timeout(PATIENCE, self.town.line.struck(before)).await;
        struck.context("no exchange came to be harmed")?;
        self.town.line.mend();
        let what = "both ends to know what happened while the line was harmed";
        until(what, PATIENCE, || self.both_know(&meanwhile).then_some(()))
            .await
            .with_context(|| self.who_knows_what(&meanwhile))
    }

    /// Somebody confirms while somebody else comes: both ends have something to tell.
    pub(crate) async fn happen(&mut self) -> Result<Meanwhile> {
        let came = self.next.clone().context("nobody is there to come")?;
        let (person, link) = self.sends().await?;
        let comes = type_code(&self.town.office, ENTRANCE, &came.pin);
        let (booked, greeted) = tokio::join!(self.confirms(person, &link), comes);
        let (booked, greeted) = (booked?, greeted?);
        if !greeted.is_here() {
            bail!("{} was greeted with {greeted:?}", came.person.name);
        }
        self.next = Some(booked.clone());
        Ok(Meanwhile { came, booked })
    }

    pub(crate) fn both_know(&self, meanwhile: &Meanwhile) -> bool {
        self.expects(&meanwhile.booked) && stands(&meanwhile.came) == Some(Standing::Arrived)
    }

    fn who_knows_what(&self, meanwhile: &Meanwhile) -> String {
        let box_knows = self.expects(&meanwhile.booked);
        let server = stands(&meanwhile.came);
        format!("the booking is on the box: {box_knows}; at the server the one who came is {server:?}")
    }

    /// Whether the counter page tells that somebody comes at that time.
    fn expects(&self, who: &Booked) -> bool {
        let view = self.counter.borrow();
        let expected = view["view"]["expected"].as_array();
        expected.is_some_and(|times| times.iter().any(|time| time["start"] == who.start.as_str()))
    }

    /// Books up to the link of the first mail. The street is fine.
    async fn sends(&mut self) -> Result<(Person, String)> {
        self.persons += 1;
        let person = self.town.person(&format!("p{}-{}", self.number, self.persons));
        person.book(SERVICE, None, 0).await?;
        let mail = self.town.office.mails.wait_for_mail(&person.mail, "bestätigen", PATIENCE).await?;
        let link = mail.links().into_iter().find(|link| link.contains("/bestaetigen/"));
        Ok((person, link.context("no link in the mail")?))
    }

    async fn confirms(&self, person: Person, link: &str) -> Result<Booked> {
        good(person.confirm(link).await)?;
        let mail = self.town.office.mails.wait_for_mail(&person.mail, "Ihr Termin am", PATIENCE).await?;
        let (start, _end) = from_to(&mail).context("no times in the calendar file")?;
        let clock = start.to_zoned(TimeZone::get(&self.town.office.papers.zone)?);
        let start = format!("{}:{:02}", clock.hour(), clock.minute());
        let pin = pin_in(&mail).context("no PIN in the mail")?;
        Ok(Booked { person, pin, status: qr(&mail)?, start })
    }
}

fn stands(who: &Booked) -> Option<Standing> {
    let page = tokio::task::block_in_place(|| Http::default().open(&who.status)).ok()?;
    standing(&page)
}
