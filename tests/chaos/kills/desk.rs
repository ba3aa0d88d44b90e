//! A clerk who sells at the desk of the box while everything around them is killed: the same
//! times as the citizens at home, from the seats of the office's own.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use fixture::Chance;
use fixture::clock;
use fixture::forms::unescaped;
use fixture::http::{Page, absolute};
use fixture::papers::{STAFF_NAME, STAFF_PASSWORD};
use jiff::tz::TimeZone;

use super::story::{Story, World, is_up};
use crate::person::{Answered, NoAnswer, Person, form_to};
use crate::word::pin_on;

/// Nobody tries more often.
const TRIES: usize = 12;
/// The next caller comes so much later: the citizens at home shall have most of the seats.
const NEXT_CALLER: Duration = Duration::from_secs(1);
/// Clerks offer one of so many first times.
const EARLY: u64 = 12;

/// One clerk.
pub(crate) struct DeskClerk {
    number: u64,
    world: Arc<World>,
    chance: Chance,
}

impl DeskClerk {
    pub(crate) fn new(number: u64, world: Arc<World>, chance: Chance) -> Self {
        Self { number, world, chance }
    }

    /// Caller after caller, until the world rests.
    pub(crate) async fn work(mut self) -> Result<()> {
        let mut caller = 0;
        // One browser for all callers: who is signed in stays it until the box is killed.
        let browser = self.world.town.person("desk");
        while !self.world.rests() {
            caller += 1;
            let person = browser.calls_as(&format!("desk{}-{caller}", self.number));
            let mut story = Story { who: person.mail.clone(), at_desk: true, ..Story::default() };
            is_up(&self.world.box_up).await;
            drop(self.sells(&person, &mut story).await);
            if story.confirmed.is_some() {
                self.world.answered();
            }
            let mut rests = self.world.resting();
            drop(tokio::time::timeout(NEXT_CALLER, rests.wait_for(|rests| *rests)).await);
            if story.pressed {
                self.world.tell(story);
            }
        }
        Ok(())
    }

    /// One booking. No answer before the last step means that nothing was asked for.
    async fn sells(&mut self, person: &Person, story: &mut Story) -> std::result::Result<(), NoAnswer> {
        let page = self.opens(person, "/empfang?dienst=1&personen=1").await?;
        let Some(time) = self.one_of_the_times(&page) else { return Ok(()) };
        let page = person.open(&absolute(&page.url, &time)).await?;
        let Ok(order) = form_to(&page, "/empfang/buchen") else { return Ok(()) };
        let order = order.with("name", &person.name).with("mail", &person.mail);
        let day = order.fields.iter().find(|(name, _)| name == "tag").map(|(_, day)| day.clone());
        story.today = day == Some(self.today());
        for _try in 0..TRIES {
            is_up(&self.world.box_up).await;
            // The form stays on the screen while the box is away.
            let answer = match self.opens(person, "/empfang").await {
                Ok(_signed_in) => {
                    story.pressed = true;
                    person.send(&page, &order).await
                }
                Err(no_answer) => Err(no_answer),
            };
            match answer {
                Ok(page) if page.status < 500 && page.url.contains("/empfang/") => {
                    let slip = page.url.contains("/zettel/").then(|| (page.url.clone(), pin_on(&page)));
                    (story.turned_away, story.confirmed) = (slip.is_none(), slip);
                    return Ok(());
                }
                Ok(_) | Err(_) if self.chance.happens(80) => {}
                Ok(_) | Err(_) => return Ok(()),
            }
        }
        Ok(())
    }

    /// Opens a page of the desk, and signs in first if that is asked for.
    async fn opens(&self, person: &Person, path: &str) -> Answered {
        let url = self.world.town.office.page(path);
        let page = person.open(&url).await?;
        match form_to(&page, "/anmelden") {
            Ok(form) => {
                person.send(&page, &form.with("name", STAFF_NAME).with("password", STAFF_PASSWORD)).await?;
                person.open(&url).await
            }
            Err(_signed_in) => Ok(page),
        }
    }

    fn one_of_the_times(&mut self, page: &Page) -> Option<String> {
        let links = page.body.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()).map(unescaped);
        let times: Vec<String> = links.filter(|link| link.contains("zeit=")).collect();
        let early = usize::try_from(self.chance.below(EARLY)).unwrap_or_default();
        let time = times.get(early.min(times.len().saturating_sub(1)))?;
        time.split('#').next().map(str::to_owned)
    }

    fn today(&self) -> String {
        let zone = TimeZone::get(&self.world.town.office.papers.zone).unwrap_or(TimeZone::UTC);
        clock::now().to_zoned(zone).date().to_string()
    }
}
