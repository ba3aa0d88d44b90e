//! One citizen who books, sometimes cancels, sometimes comes, one visit after the other.
//!
//! Whoever gets no answer tries again, as people do, or lets it be and never knows.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, bail};
use fixture::Chance;
use fixture::clock;
use fixture::http::Page;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::TERMINALS;
use super::story::{Story, World, is_up};
use crate::hall::type_code;
use crate::person::{Answered, Person, form_to, hold_form};
use crate::word::{Standing, pin_on, standing};

/// Nobody tries more often.
const TRIES: usize = 12;
/// The sender comes back with a mail after every crash; later than this nobody waits.
const MAIL_WITHIN: Duration = Duration::from_secs(20);
/// Who does not know whether a mail comes has less patience.
const MAIL_PERHAPS_WITHIN: Duration = Duration::from_secs(2);
/// Services of the imaginary office that can be booked.
const SERVICES: u64 = 6;
/// Most citizens want one of so many earliest times: they want the same seats.
const EARLY: u64 = 9;
/// The others want any of the times of four days.
const ALL: u64 = 300;

/// One citizen.
pub(crate) struct Citizen {
    number: u64,
    world: Arc<World>,
    chance: Chance,
}

impl Citizen {
    pub(crate) fn new(number: u64, world: Arc<World>, chance: Chance) -> Self {
        Self { number, world, chance }
    }

    /// Visit after visit, until the world rests.
    pub(crate) async fn live(mut self) -> Result<()> {
        let mut visit = 0;
        while !self.world.rests() {
            visit += 1;
            let person = self.world.town.person(&format!("c{}-{visit}", self.number));
            let mut story = Story { who: person.mail.clone(), ..Story::default() };
            let outcome = self.visit(&person, &mut story).await;
            self.world.tell(story);
            outcome?;
        }
        Ok(())
    }

    async fn visit(&mut self, person: &Person, story: &mut Story) -> Result<()> {
        if !self.books(person, story).await? {
            return Ok(());
        }
        let mails = &self.world.town.office.mails;
        let patience = if story.promised { MAIL_WITHIN } else { MAIL_PERHAPS_WITHIN };
        let Ok(mail) = mails.wait_for_mail(&person.mail, "bestätigen", patience).await else { return Ok(()) };
        story.link = mail.links().into_iter().find(|link| link.contains("/bestaetigen/"));
        let Some(link) = story.link.clone() else { bail!("a mail without a link: {}", mail.text) };
        self.confirms(person, &link, story).await?;
        let Some((address, Some(pin))) = story.confirmed.clone() else { return Ok(()) };
        match self.chance.below(10) {
            0..=2 => self.gives_up(person, &address, story).await,
            3..=7 if story.today => self.comes(&pin, story).await,
            _ => Ok(()),
        }
    }

    /// Up to the page that waits for the mail; answers whether it came that far.
    async fn books(&mut self, person: &Person, story: &mut Story) -> Result<bool> {
        let service = u16::try_from(1 + self.chance.below(SERVICES))?;
        let Some(times) = self.ask(100, || person.times(service, None)).await else { return Ok(false) };
        let early = if self.chance.happens(60) { EARLY } else { ALL };
        let Ok(hold) = hold_form(&times, usize::try_from(self.chance.below(early))?) else { return Ok(false) };
        let start = hold.fields.iter().find(|(name, _)| name == "start").and_then(|(_, start)| start.parse().ok());
        story.today = start.is_some_and(|start| self.is_today(start));
        let Some(details) = self.ask(80, || person.send(&times, &hold)).await else { return Ok(false) };
        // Somebody was faster, or it took too long: nothing was promised.
        let Ok(filled) = person.fill_in(&details) else { return Ok(false) };
        let Some(summary) = self.ask(80, || person.send(&details, &filled)).await else { return Ok(false) };
        let Ok(send) = form_to(&summary, "/pruefen/") else { return Ok(false) };
        let Some(waiting) = self.ask(80, || person.send(&summary, &send)).await else { return Ok(true) };
        story.promised = waiting.status == 200 && waiting.url.contains("/wartet/");
        Ok(story.promised)
    }

    async fn confirms(&mut self, person: &Person, link: &str, story: &mut Story) -> Result<()> {
        story.pressed = true;
        let Some(page) = self.ask(75, || person.confirm(link)).await else { return Ok(()) };
        match (page.status, standing(&page)) {
            (200, Some(Standing::Booked)) => {
                story.confirmed = Some((page.url.clone(), pin_on(&page)));
                Ok(())
            }
            (409, _) => {
                story.turned_away = true;
                Ok(())
            }
            (status, seen) => bail!("{} pressed the button and was told {status}, {seen:?}: {}", story.who, page.body),
        }
    }

    async fn gives_up(&mut self, person: &Person, address: &str, story: &mut Story) -> Result<()> {
        let url = format!("{}/absagen", address.split('?').next().unwrap_or_default());
        story.gave_up = true;
        let cancel = || async {
            let page = person.open(&url).await?;
            match form_to(&page, "/absagen") {
                Ok(button) => person.send(&page, &button).await,
                // Done before: it leads back to the appointment.
                Err(_) => Ok(page),
            }
        };
        let Some(page) = self.ask(60, cancel).await else { return Ok(()) };
        match standing(&page) {
            Some(Standing::Cancelled) => {
                story.cancelled = true;
                Ok(())
            }
            seen => bail!("{} gave the appointment up and was told {}, {seen:?}", story.who, page.status),
        }
    }

    /// Types the PIN at a terminal; who is not answered comes again or goes home.
    async fn comes(&mut self, pin: &str, story: &mut Story) -> Result<()> {
        let terminal = u8::try_from(self.number % u64::from(TERMINALS))? + 1;
        for _try in 0..TRIES {
            is_up(&self.world.box_up).await;
            story.typed = true;
            match type_code(&self.world.town.office, terminal, pin).await {
                Ok(greeting) => {
                    self.world.answered();
                    // Two persons at one terminal see each other's answers; only their own counts.
                    let own = greeting.code.chars().filter(char::is_ascii_digit).eq(pin.chars());
                    story.greeted = own && greeting.is_here();
                    return Ok(());
                }
                Err(_no_answer) if self.chance.happens(30) => return Ok(()),
                Err(_no_answer) => {}
            }
        }
        Ok(())
    }

    /// Asks until there is an answer, while they are patient: `percent` of a hundred times.
    async fn ask<F: Future<Output = Answered>>(&mut self, percent: u64, what: impl Fn() -> F) -> Option<Page> {
        for _try in 0..TRIES {
            is_up(&self.world.server_up).await;
            match what().await {
                // A page that says that it did not work says nothing about what became of it.
                Ok(page) if page.status < 500 => {
                    self.world.answered();
                    return Some(page);
                }
                Ok(_) | Err(_) if self.chance.happens(percent) => {}
                Ok(_) | Err(_) => return None,
            }
        }
        None
    }

    fn is_today(&self, start: Timestamp) -> bool {
        let zone = TimeZone::get(&self.world.town.office.papers.zone).unwrap_or(TimeZone::UTC);
        start.to_zoned(zone.clone()).date() == clock::now().to_zoned(zone).date()
    }
}
