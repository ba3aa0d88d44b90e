//! The press text, sentence by sentence, really done: each sentence is a list of steps over the
//! live programs. Citizens act through pages and mails, hands at the scanner and the keypad;
//! the button is left to the visitor for a while.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use fixture::desk::Gesture;
use fixture::http::Page;
use fixture::papers::OFFICE;
use fixture::{Citizen, Desk, ImaginaryOffice, Mail};
use names::Code;
use tokio::sync::{mpsc, watch};

use crate::message::{Act, Cue, Message};
use crate::picture::{Picture, PowerState};
use crate::texts::texts;

/// How many sentences the press text has.
pub(crate) const SENTENCES: usize = 8;
/// The visitor may press the button himself for so long; then the show goes on.
const VISITOR_PRESSES: Duration = Duration::from_secs(20);
/// A step that takes longer than this has failed. Without power it waits for the power.
const STEP: Duration = Duration::from_secs(20);
/// A ticket key pressed twice within 5 s is one press, so the next person comes after that.
const NEXT_PERSON: Duration = Duration::from_millis(5_500);
/// The service that is booked.
const SERVICE: u16 = 1;

/// One step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// Time to read and look, in milliseconds.
    Look(u64),
    /// The next person steps up to the terminal.
    NextPerson,
    /// Opens the services on the phone.
    Services,
    /// Chooses a service and sees the times.
    Times,
    /// Takes the first time; the form appears.
    Hold,
    /// Fills in the form; the summary appears.
    FillIn,
    /// Sends the booking.
    Send,
    /// Waits for the mail with so many before it and shows the mailbox.
    Mailbox(usize),
    /// Opens the newest mail.
    OpenMail,
    /// Opens the link of the mail.
    OpenLink,
    /// Presses the button behind the link.
    Confirm,
    /// Holds the QR code of the mail under the scanner and waits until the person is in the hall.
    Scan,
    /// Lets the visitor press the button of a desk, or presses it.
    Call(usize),
    /// Pulls a ticket on the keypad and waits until the person is in the hall.
    Ticket,
}

use Step::{
    Call, Confirm, FillIn, Hold, Look, Mailbox, NextPerson, OpenLink, OpenMail, Scan, Send, Services, Ticket, Times,
};

/// What is done while each sentence is read.
const PLAY: [&[Step]; SENTENCES] = [
    &[Services, Look(2_500), Times, Look(2_200), Hold, Look(1_300), FillIn, Look(1_500), Send, Look(1_500)],
    &[Mailbox(0), Look(1_800), OpenMail, Look(3_000)],
    &[OpenLink, Look(2_800), Confirm, Look(2_600)],
    &[Mailbox(1), Look(1_600), OpenMail, Look(4_500)],
    &[Scan, Look(5_500)],
    &[Call(0), Look(6_500)],
    &[Ticket, NextPerson, Ticket, Look(2_000)],
    &[Call(1), Look(6_500)],
];

/// How fast it is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tempo {
    /// With time to read and look.
    Audience,
    /// Without: for the rehearsal. What the office itself needs is not shortened.
    #[cfg(test)]
    Rehearsal,
}

impl Tempo {
    fn look(self, millis: u64) -> Duration {
        match self {
            Self::Audience => Duration::from_millis(millis),
            #[cfg(test)]
            Self::Rehearsal => Duration::from_millis(millis.min(100)),
        }
    }
}

/// Whoever does all this.
pub(crate) struct Player {
    pub(crate) tempo: Tempo,
    pub(crate) life: u32,
    pub(crate) office: Arc<ImaginaryOffice>,
    pub(crate) desks: Vec<Arc<Desk>>,
    pub(crate) cues: mpsc::Sender<Message>,
    pub(crate) picture: watch::Receiver<Picture>,
}

/// What the citizen has in hand.
struct Hand {
    citizen: Citizen,
    page: Option<Page>,
    mail: Option<Mail>,
}

impl Player {
    /// Plays the whole text; tells the theatre when it is over.
    pub(crate) async fn run(mut self) {
        let ended = self.play().await;
        self.cue(Cue::Point(None)).await;
        self.cue(Cue::Ended(ended)).await;
    }

    async fn play(&mut self) -> Result<()> {
        let who = &texts().citizen;
        let citizen = Citizen::new(&self.office.site(&format!("/{OFFICE}")), &who.name, &who.mail);
        let mut hand = Hand { citizen, page: None, mail: None };
        for (number, steps) in (1..).zip(PLAY) {
            self.cue(Cue::Sentence(number)).await;
            for step in steps {
                self.step(*step, &mut hand).await?;
            }
        }
        Ok(())
    }

    async fn step(&mut self, step: Step, hand: &mut Hand) -> Result<()> {
        match step {
            Look(millis) => tokio::time::sleep(self.tempo.look(millis)).await,
            NextPerson => tokio::time::sleep(NEXT_PERSON).await,
            Services => self.show(hand, hand.citizen.services().await?).await,
            Times => self.show(hand, hand.citizen.times(SERVICE).await?).await,
            Hold => self.show(hand, hand.citizen.hold_earliest(hand.page()?).await?).await,
            FillIn => self.show(hand, hand.citizen.fill_in(hand.page()?).await?).await,
            Send => self.show(hand, hand.citizen.send(hand.page()?).await?).await,
            OpenLink => self.show(hand, hand.citizen.open(&hand.link()?).await?).await,
            Confirm => self.show(hand, hand.citizen.confirm(hand.page()?).await?).await,
            Mailbox(before) => self.mailbox(hand, before).await?,
            OpenMail => self.cue(Cue::Lead(format!("/postfach/{}", self.office.mails.mails().len() - 1))).await,
            Scan => self.scan().await?,
            Call(desk) => self.call(desk).await?,
            Ticket => self.ticket().await?,
        }
        Ok(())
    }

    /// Shows on the phone what the citizen's browser has before it.
    async fn show(&self, hand: &mut Hand, page: Page) {
        self.cue(Cue::Lead(page.url.clone())).await;
        hand.page = Some(page);
    }

    async fn mailbox(&self, hand: &mut Hand, before: usize) -> Result<()> {
        self.cue(Cue::Lead("/postfach".to_owned())).await;
        let mut mails = self.office.mails.watch();
        let arrived = tokio::time::timeout(STEP, mails.wait_for(|mails| mails.len() > before)).await;
        hand.mail = arrived.context("no mail came")??.last().cloned();
        self.cue(Cue::Lead("/postfach".to_owned())).await;
        Ok(())
    }

    async fn scan(&mut self) -> Result<()> {
        self.with_power().await?;
        let before = self.people();
        self.cues.send(Message::Act(Act::Scan)).await?;
        self.until("the person is in the hall", |picture| people(picture).any(|code| !before.contains(code))).await
    }

    /// From whatever screen: C goes back to the start, 2 and Enter pull a ticket.
    async fn ticket(&mut self) -> Result<()> {
        self.with_power().await?;
        let before = self.people();
        self.office.keypad.press_keys("C2E").await?;
        self.until("the ticket is pulled", |picture| people(picture).any(|code| !before.contains(code))).await
    }

    async fn call(&mut self, desk: usize) -> Result<()> {
        self.cue(Cue::Point(Some(desk))).await;
        let before: BTreeSet<String> = called(&self.picture.borrow()).cloned().collect();
        let new_call = |picture: &Picture| called(picture).any(|code| !before.contains(code));
        let by_visitor = tokio::time::timeout(VISITOR_PRESSES, self.picture.wait_for(new_call)).await.is_ok();
        if !by_visitor {
            self.with_power().await?;
            self.desks[desk].press(Gesture::Short).await?;
        }
        self.cue(Cue::Point(None)).await;
        self.until("the call is on the board", new_call).await
    }

    fn people(&self) -> BTreeSet<String> {
        people(&self.picture.borrow()).cloned().collect()
    }

    /// The visitor may have taken the power: the hall waits for it, and so does the play.
    async fn with_power(&mut self) -> Result<()> {
        self.picture.wait_for(|picture| picture.power.state == PowerState::On).await?;
        Ok(())
    }

    async fn until(&mut self, what: &str, fits: impl FnMut(&Picture) -> bool) -> Result<()> {
        let found = tokio::time::timeout(STEP, self.picture.wait_for(fits)).await;
        found.with_context(|| format!("waited in vain until {what}"))??;
        Ok(())
    }

    async fn cue(&self, cue: Cue) {
        if self.cues.send(Message::Cue(self.life, cue)).await.is_err() {
            tracing::debug!("the theatre closed during the play");
        }
    }
}

fn people(picture: &Picture) -> impl Iterator<Item = &String> {
    picture.people.iter().map(|person| &person.code)
}

fn called(picture: &Picture) -> impl Iterator<Item = &String> {
    picture.people.iter().filter(|person| person.called).map(|person| &person.code)
}

impl Hand {
    fn page(&self) -> Result<&Page> {
        self.page.as_ref().context("no page is open on the phone")
    }

    fn link(&self) -> Result<String> {
        let mail = self.mail.as_ref().context("no mail is open")?;
        let links = mail.links();
        let link = links.iter().find(|link| link.contains("/bestaetigen/")).or(links.first());
        link.cloned().context("the mail has no link")
    }
}

/// The Termin-PIN a mail tells, if it tells one.
pub(crate) fn pin_in(mail: &Mail) -> Option<Code> {
    let line = mail.text.lines().find(|line| line.contains("Termin-PIN:"))?;
    line.split(':').nth(1)?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sentence_has_something_to_see_and_ends_with_time_to_look() {
        for steps in PLAY {
            assert!(steps.len() > 1 && matches!(steps.last(), Some(Look(1_000..))));
        }
    }

    #[test]
    fn the_play_without_waiting_for_the_visitor_stays_below_a_minute() {
        let takes = |step: &Step| match step {
            Look(millis) => Duration::from_millis(*millis),
            NextPerson => NEXT_PERSON,
            Services | Times | Hold | FillIn | Send | Mailbox(_) | OpenMail | OpenLink | Confirm | Scan | Call(_)
            | Ticket => Duration::from_millis(400),
        };
        let whole: Duration = PLAY.iter().flat_map(|steps| steps.iter()).map(takes).sum();
        assert!(whole < Duration::from_secs(60), "{whole:?}");
    }

    #[test]
    fn the_pin_is_found_in_the_second_mail_and_not_in_the_first() {
        let pin = names::Pin::from_index(38_291).expect("a PIN");
        let told = format!("Subject: x\r\n\r\nIhre Termin-PIN: {pin}\r\nNicht die PIN Ihres Ausweises\r\n");
        let mail = Mail::read("a@b", told.into_bytes()).expect("a mail");
        assert_eq!(pin_in(&mail), Some(Code::Pin(pin)));
        assert_eq!(pin_in(&Mail::read("a@b", b"Subject: x\r\n\r\nhello\r\n".to_vec()).expect("a mail")), None);
    }
}
