//! What is found at both ends and in the mailboxes when everything is up and calm again.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use fixture::Mail;
use futures_util::future::try_join_all;
use jiff::Timestamp;

use super::TERMINALS;
use super::story::{Story, World};
use crate::hall::{Greeting, scan, type_code};
use crate::person::{Person, good};
use crate::town::PATIENCE;
use crate::word::{Standing, from_to, message_id, pin_in, pin_on, qr, standing};

/// A story and what is there of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Found {
    pub(crate) story: Story,
    /// What the booking server says; nothing if it was never confirmed.
    pub(crate) at_server: Option<Standing>,
    /// The PIN on its page.
    pub(crate) pin: Option<String>,
    /// Mails with a link.
    pub(crate) first_mails: usize,
    /// Mails with a PIN, in the order they came, copies included.
    pub(crate) second_mails: Vec<Second>,
    /// What the terminal says to the PIN, or to the token of a cancelled appointment.
    pub(crate) at_box: Option<Greeting>,
    /// What the page behind the QR code says.
    pub(crate) status: Option<Standing>,
}

/// A mail that says that the appointment is booked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Second {
    pub(crate) id: String,
    pub(crate) pin: String,
    pub(crate) from: Timestamp,
    pub(crate) to: Timestamp,
}

/// Looks at everything everybody was told.
pub(crate) async fn at_everything(world: &Arc<World>, stories: Vec<Story>) -> Result<Vec<Found>> {
    world.town.line_works(true).await?;
    the_box_has_heard_the_last(world).await?;
    let lanes = usize::from(TERMINALS);
    let mut parts: Vec<Vec<(usize, Story)>> = vec![Vec::new(); lanes];
    for (number, story) in stories.into_iter().enumerate() {
        parts[number % lanes].push((number, story));
    }
    // Everybody looks on their own, but at a terminal of their own.
    let looking = parts.into_iter().zip(1..).map(|(part, terminal)| {
        let world = Arc::clone(world);
        tokio::spawn(async move {
            let mut found = Vec::new();
            for (number, story) in part {
                found.push((number, look_at(&world, terminal, story).await?));
            }
            Ok::<_, anyhow::Error>(found)
        })
    });
    let mut found = Vec::new();
    for part in try_join_all(looking).await? {
        found.extend(part?);
    }
    found.sort_unstable_by_key(|(number, _)| *number);
    let mut found: Vec<Found> = found.into_iter().map(|(_, found)| found).collect();
    tokens_of_the_cancelled(world, &mut found).await?;
    Ok(found)
}

/// The log of the booking server has an order: with the last booking everything before is there.
async fn the_box_has_heard_the_last(world: &Arc<World>) -> Result<()> {
    let town = &world.town;
    let person = town.person("the-last");
    // A time far off, so that nothing about it depends on the hour.
    person.book(1, None, 1000).await?;
    let mail = town.office.mails.wait_for_mail(&person.mail, "bestätigen", PATIENCE).await?;
    let link = mail.links().into_iter().find(|link| link.contains("/bestaetigen/")).context("no link")?;
    let page = good(person.confirm(&link).await)?;
    let pin = pin_on(&page).context("no PIN on the page")?;
    for terminal in (1..=TERMINALS).cycle().take(8 * usize::from(TERMINALS)) {
        let greeting = type_code(&town.office, terminal, &pin).await?;
        if greeting.is_for_another_day() || greeting.is_here() {
            return Ok(());
        }
    }
    bail!("the box never hears of the last booking")
}

async fn look_at(world: &World, terminal: u8, story: Story) -> Result<Found> {
    let town = &world.town;
    let person = town.person("looks");
    let address = story.confirmed.as_ref().map(|(address, _)| address.clone()).or_else(|| story.link.clone());
    let mut found = Found { story, ..Found::default() };
    if found.story.at_desk {
        sold_at_desk(world, &person, &mut found).await?;
        return at_box(world, terminal, found).await;
    }
    if let Some(address) = address {
        let page = match person.open(&address).await {
            Ok(page) => page,
            Err(crate::person::NoAnswer(error)) => return Err(error),
        };
        let own = page.url.contains("/termin/") || found.story.confirmed.is_some();
        found.at_server = if own { standing(&page) } else { None };
        found.pin = pin_on(&page).or_else(|| found.story.confirmed.as_ref().and_then(|(_, pin)| pin.clone()));
    }
    if found.at_server.is_some_and(is_open) {
        // However often the sender was killed, it goes out in the end.
        drop(town.office.mails.wait_for_mail(&found.story.who, "Ihr Termin am", PATIENCE).await);
    }
    mails(world, &mut found)?;
    let mut found = at_box(world, terminal, found).await?;
    if found.story.greeted
        && let Some(mail) = second_mails(world, &found.story.who).first()
    {
        found.status = standing(&good(person.open(&qr(mail)?).await)?);
    }
    Ok(found)
}

/// What was sold at the desk has no page of its own: the mail tells it, and its QR code how it
/// stands at the booking server.
async fn sold_at_desk(world: &World, person: &Person, found: &mut Found) -> Result<()> {
    let told = found.story.confirmed.as_ref().and_then(|(_, pin)| pin.clone());
    if told.is_some() {
        drop(world.town.office.mails.wait_for_mail(&found.story.who, "Ihr Termin am", PATIENCE).await);
    }
    mails(world, found)?;
    if let Some(mail) = second_mails(world, &found.story.who).first() {
        found.at_server = standing(&good(person.open(&qr(mail)?).await)?);
        found.pin = told.or_else(|| pin_in(mail));
    }
    Ok(())
}

/// A terminal that was told too many wrong codes rests a minute at most; a little longer.
const LONGEST_REST: Duration = Duration::from_secs(90);

async fn at_box(world: &World, terminal: u8, mut found: Found) -> Result<Found> {
    if let (Some(pin), true) = (found.pin.clone(), found.at_server.is_some_and(is_open)) {
        let rested = async {
            loop {
                let greeting = type_code(&world.town.office, terminal, &pin).await?;
                // Too many codes that nobody knew yet were typed here while everything was killed.
                if greeting.kind != "rest" {
                    return Ok::<_, anyhow::Error>(greeting);
                }
            }
        };
        let greeting = tokio::time::timeout(LONGEST_REST, rested).await.context("a terminal rests for ever")?;
        found.at_box = Some(greeting?);
    }
    Ok(found)
}

fn mails(world: &World, found: &mut Found) -> Result<()> {
    let all = world.town.office.mails.mails();
    let own = |mail: &&Mail| mail.to == found.story.who;
    found.first_mails = all.iter().filter(own).filter(|mail| mail.subject.contains("bestätigen")).count();
    for mail in second_mails(world, &found.story.who) {
        let id = message_id(&mail).context("a mail without a number")?;
        let (from, to) = from_to(&mail).context("a mail without a time")?;
        found.second_mails.push(Second { id, pin: pin_in(&mail).context("a mail without a PIN")?, from, to });
    }
    Ok(())
}

fn second_mails(world: &World, who: &str) -> Vec<Mail> {
    let all = world.town.office.mails.mails();
    // One that says that it is cancelled has no code any more.
    let booked = |mail: &Mail| mail.subject.contains("Ihr Termin am") && mail.part("image/png").is_some();
    all.into_iter().filter(|mail| mail.to == who && booked(mail)).collect()
}

/// The scanner stands at one terminal: one after the other, as many as there is time for.
async fn tokens_of_the_cancelled(world: &World, found: &mut [Found]) -> Result<()> {
    /// More would only take longer.
    const AT_MOST: usize = 60;
    let cancelled = found.iter_mut().filter(|found| found.at_server == Some(Standing::Cancelled));
    for found in cancelled.take(AT_MOST) {
        if let Some(mail) = second_mails(world, &found.story.who).first() {
            found.at_box = Some(scan(&world.town.office, &qr(mail)?).await?);
        }
    }
    Ok(())
}

/// Whether somebody may come with it.
pub(crate) fn is_open(standing: Standing) -> bool {
    match standing {
        Standing::Booked | Standing::Arrived | Standing::Called => true,
        Standing::Served | Standing::Cancelled | Standing::Past | Standing::Known | Standing::Unknown => false,
    }
}
