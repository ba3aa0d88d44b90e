//! Slips of paper: printed after the facts, told on the screen once they are there.
//!
//! ```text
//!   TicketTaken (on disk) ─► greeting on the screen ─► Slip ─► printer ─ Printed ─► screen says so
//! ```
//!
//! What must always hold: a slip belongs to a fact of this run, so a replay or the same press again
//! prints nothing; the screen speaks of a slip only after the printer said that it is on paper.

use std::collections::{BTreeMap, VecDeque};

use devices::printer::{Part, Printed, Slip};
use names::{Code, Minutes, Now, ServiceId, TicketNumber};
use protocol::token::{OfficeTag, Token, TokenKind, qr_text};
use queue::{Effect, Fact, Greeting, Reader, Recorded, Wait};

use super::hall::Hall;
use crate::pages::paper::{self, Paper};
use crate::pages::view::{ScreenView, Shown, TerminalView};

/// Slips whose fate is remembered: more than stand on all screens of a house at once.
const MAX_OUT: usize = 64;

/// A number that was pulled in this step.
#[derive(Debug)]
pub(super) struct Pulled {
    reader: Reader,
    ticket: TicketNumber,
    wait: Wait,
}

/// All slips under way.
#[derive(Debug, Default)]
pub(super) struct Slips {
    /// Whether the house has a printer.
    printer: bool,
    /// Numbers of facts that are not announced yet.
    fresh: Vec<TicketNumber>,
    out: VecDeque<Out>,
}

/// A slip that was handed to the printer.
#[derive(Debug)]
struct Out {
    id: String,
    number: Shown,
    printed: bool,
}

impl Slips {
    pub(super) fn new(printer: bool) -> Self {
        Self { printer, ..Self::default() }
    }

    /// These facts are about to be kept.
    pub(super) fn heard(&mut self, facts: &[Recorded]) {
        if !self.printer {
            return;
        }
        let ticket = |recorded: &Recorded| {
            if let Fact::TicketTaken { ticket, .. } = recorded.fact { Some(ticket) } else { None }
        };
        self.fresh.extend(facts.iter().filter_map(ticket));
    }

    /// They could not be kept.
    pub(super) fn forget(&mut self) {
        self.fresh.clear();
    }

    /// The numbers among these moments that are new, to be printed.
    pub(super) fn pulled(&mut self, moments: &[Effect]) -> Vec<Pulled> {
        let fresh = std::mem::take(&mut self.fresh);
        let pulled = |moment: &Effect| match moment {
            Effect::Greet { reader, greeting: Greeting::Ticket { code: Code::Ticket(ticket), wait } } => {
                fresh.contains(ticket).then_some(Pulled { reader: *reader, ticket: *ticket, wait: *wait })
            }
            Effect::Greet { .. } | Effect::Record(_) | Effect::Announce { .. } | Effect::Answer { .. } => None,
        };
        moments.iter().filter_map(pulled).collect()
    }

    fn sent(&mut self, id: String, ticket: TicketNumber) {
        if self.out.len() == MAX_OUT {
            self.out.pop_front();
        }
        self.out.push_back(Out { id, number: Code::Ticket(ticket).into(), printed: false });
    }

    /// The printer answered.
    pub(super) fn printed(&mut self, id: &str, outcome: Printed) {
        match outcome {
            Printed::Done => self.out.iter_mut().filter(|out| out.id == id).for_each(|out| out.printed = true),
            Printed::Unsure | Printed::Not => tracing::warn!(?outcome, "no slip; the number stands on the screen"),
        }
    }

    /// Says it on the screens that show the number of a slip that is there.
    pub(super) fn tell(&self, views: &mut BTreeMap<Reader, TerminalView>) {
        let there = |number: &Shown| self.out.iter().any(|out| out.printed && out.number == *number);
        for view in views.values_mut() {
            if let ScreenView::Answer(answer) = &mut view.screen
                && answer.kind == "ticket"
                && answer.code.as_ref().is_some_and(there)
            {
                let words = paper::screen(view.language);
                answer.strong.clone_from(&words.strong);
                answer.lead.clone_from(&words.lead);
            }
        }
    }
}

impl Hall {
    /// Hands the slips of new numbers to the printer; never waits for it.
    pub(super) async fn print(&mut self, pulled: Vec<Pulled>, now: Now) {
        for Pulled { reader, ticket, wait } in pulled {
            let language = self.terminals.language(reader);
            let code = self.status_page(ticket, language, now).await;
            let paper = Paper::of(Code::Ticket(ticket), wait, code, &self.context(), language, now);
            let day = now.at.to_zoned(self.known.zone.clone()).date();
            let slip = Slip { id: format!("{day} {}", paper.number), parts: parts(paper) };
            self.slips.sent(slip.id.clone(), ticket);
            self.devices.print(slip);
        }
    }

    /// The address of the number's status page; none before this box has a key of its own.
    async fn status_page(&self, ticket: TicketNumber, language: names::Language, now: Now) -> Option<String> {
        let doc = self.known.office.as_ref().filter(|doc| !doc.qr_base.is_empty())?;
        // A slip without a code is better than none.
        let signer = self.ledger.token_signer().await.ok().flatten()?;
        let token = Token {
            key: signer.public().id,
            kind: TokenKind::Ticket { ticket },
            office: OfficeTag::of(&self.config.office),
            version: 0,
            start: now.at,
            length: Minutes(0),
            service: ServiceId(0),
            language,
        };
        qr_text(&doc.qr_base, &token.sign(&signer)).ok()
    }
}

/// The slip in the printer's parts.
fn parts(paper: Paper) -> Vec<Part> {
    let line = |text: Option<String>| text.map(Part::Line);
    let code = paper.code.map(|(code, what)| [Part::Gap, Part::Code(code), Part::Line(what.to_owned())]);
    let head = paper.office.map(|office| [Part::Strong(office), Part::Gap]);
    let number = [Part::Line(paper.title.to_owned()), Part::Huge(paper.number)];
    let lead = [Part::Gap, Part::Line(paper.lead.to_owned())];
    head.into_iter()
        .flatten()
        .chain(number)
        .chain(line(paper.day))
        .chain(paper.wait.map(Part::Strong))
        .chain(lead)
        .chain(code.into_iter().flatten())
        .chain([Part::Gap])
        .chain(line(paper.call))
        .collect()
}

#[cfg(test)]
#[path = "slips_tests.rs"]
mod tests;
