//! The terminal's answers: one per greeting of the queue.

use jiff::Timestamp;
use jiff::civil::Date;
use names::{Code, CounterId, Language, Now};
use queue::{Greeting, Queue, Timing, Wait};
use serde::Serialize;

use super::board::closed;
use super::calendar::Words;
use super::terminal::wait_text;
use super::{Context, Shown, noun};
use crate::pages::terminal_keys::offers_ticket;
use crate::pages::texts::{self, fill};

/// What the terminal answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// The name of the answer, as in the text files.
    pub kind: &'static str,
    /// How it is meant.
    pub tone: Tone,
    /// How it is laid out.
    pub shape: Shape,
    /// The result, first.
    pub title: String,
    /// What matters most of the rest; may be empty.
    pub strong: String,
    /// What to do.
    pub lead: String,
    /// How long it may take.
    pub wait: Option<String>,
    /// The visitor's code.
    pub code: Option<Shown>,
    /// Where to go, right now.
    pub counter: Option<u8>,
    /// Today and the booked day.
    pub leaves: Vec<Leaf>,
    /// What can be done next.
    pub next: Vec<Next>,
}

/// How an answer is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tone {
    /// It worked: a green tick and a rising tone.
    Done,
    /// It is good to know: no tick, no tone of success.
    Know,
    /// Please look again: a soft low tone.
    Check,
}

impl Tone {
    /// The name of the tone in the style sheet.
    #[must_use]
    pub fn class(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Know => "know",
            Self::Check => "check",
        }
    }
}

/// How an answer is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// With a sample of the call.
    Sample,
    /// The number, as large as fits.
    Ticket,
    /// The number and the plate.
    GoTo,
    /// With the next steps as choices.
    Choices,
    /// Words only.
    Plain,
}

/// A leaf of the calendar.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Leaf {
    /// `Heute`.
    pub label: String,
    /// `3.`.
    pub day: String,
    /// `Februar`.
    pub month: String,
}

/// A choice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Next {
    /// The key.
    pub digit: u8,
    /// What happens.
    pub title: String,
    /// A second line.
    pub hint: String,
    /// Whether it pulls a ticket; else it goes back to the start.
    pub ticket: bool,
}

/// Everything an answer is made of.
#[derive(Debug)]
pub(super) struct Told<'a> {
    pub(super) queue: &'a Queue,
    pub(super) context: &'a Context,
    pub(super) words: &'a Words<'a>,
    pub(super) language: Language,
    pub(super) now: Now,
}

impl Told<'_> {
    pub(super) fn answer(&self, greeting: &Greeting) -> Answer {
        let mut answer = self.words_of(greeting);
        if offers_ticket(greeting) {
            answer.shape = Shape::Choices;
            answer.next = self.choices(answer.kind.starts_with("other-day"));
        }
        answer
    }

    fn words_of(&self, greeting: &Greeting) -> Answer {
        match greeting {
            Greeting::Here { code, timing, wait } => self.here(*code, *timing, *wait),
            Greeting::Waiting { code, ahead, wait } => self.waiting(*code, *ahead, *wait),
            Greeting::GoTo { code, counter } => {
                let answer = self.at_counter(self.done("go-to", &[]), *code, *counter);
                Answer { shape: Shape::GoTo, counter: Some(counter.number()), ..answer }
            }
            Greeting::BackInFront { code } => self.sample(self.done("back-in-front", &[]), *code, None),
            Greeting::BackInLine { code, wait } => self.sample(self.done("back-in-line", &[]), *code, Some(*wait)),
            Greeting::Returning { code, counter } => self.at_counter(self.done("returning", &[]), *code, *counter),
            Greeting::Ticket { code, wait } => {
                let answer = self.sample(self.done("ticket", &[]), *code, Some(*wait));
                Answer { shape: Shape::Ticket, ..answer }
            }
            Greeting::Unverified { code, wait } => self.sample(self.done("unverified", &[]), *code, Some(*wait)),
            Greeting::OtherDay { day, start } => self.other_day(*day, *start),
            Greeting::OtherOffice => self.know("other-office", &[]),
            Greeting::Cancelled => self.know("cancelled", &[]),
            Greeting::AlreadyServed => self.know("already-served", &[]),
            Greeting::CheckDigits => self.check("check-digits"),
            Greeting::Unknown => self.check("unknown"),
            Greeting::Unreadable => self.check("unreadable"),
            Greeting::Rest { .. } => self.know("rest", &[]),
            Greeting::NoTickets => self.know("no-tickets", &[("telephone", &self.telephone())]),
            Greeting::Closed { opens } => self.closed(*opens),
        }
    }

    fn here(&self, code: Code, timing: Timing, wait: Wait) -> Answer {
        match timing {
            Timing::OnTime { .. } | Timing::ByArrival => self.sample(self.done("here", &[]), code, Some(wait)),
            Timing::Early { start, callable } => {
                let times = [("start", self.words.at(start)), ("callable", self.words.at(callable))];
                let times = [(times[0].0, times[0].1.as_str()), (times[1].0, times[1].1.as_str())];
                self.sample(self.done("early", &times), code, None)
            }
            Timing::Late { start } => {
                let start = self.words.at(start);
                self.sample(self.done("late", &[("start", &start)]), code, Some(wait))
            }
        }
    }

    fn waiting(&self, code: Code, ahead: u16, wait: Wait) -> Answer {
        let kind = match ahead {
            0 => "next",
            1 => "one-ahead",
            2.. => "ahead",
        };
        let wait = (ahead > 0).then_some(wait);
        self.sample(self.done(kind, &[("ahead", &ahead.to_string())]), code, wait)
    }

    fn other_day(&self, day: Date, start: Option<Timestamp>) -> Answer {
        let text = &texts::terminal(self.language).choice;
        let leaf = |label: &str, day: Date| {
            let (day, month) = self.words.leaf(day);
            Leaf { label: label.to_owned(), day, month }
        };
        let (date, today) = (self.words.date_inline(day), self.words.day(self.now.at));
        let leaves = vec![leaf(&text.today, today), leaf(&text.yours, day)];
        let answer = match start.map(|start| self.words.at(start)) {
            _ if day < today => self.know("day-over", &[("date", &date)]),
            Some(start) => self.know("other-day", &[("date", &date), ("start", &start)]),
            None => self.know("other-day-only", &[("date", &date)]),
        };
        Answer { leaves, ..answer }
    }

    fn closed(&self, opens: Option<Timestamp>) -> Answer {
        let known = opens.map(|opens| self.words.opening_at(opens, self.now.at));
        let office = self.context.office.as_ref();
        let next = known.or_else(|| office.and_then(|office| self.words.next_opening(office, self.now.at)));
        match next {
            Some(opens) => self.know("closed", &[("opens", &opens.inline), ("telephone", &self.telephone())]),
            None => self.know("closed-unknown", &[("telephone", &self.telephone())]),
        }
    }

    /// A ticket for today if there are any, and the way back.
    fn choices(&self, later: bool) -> Vec<Next> {
        let text = &texts::terminal(self.language).choice;
        let hint = match self.queue.wait(self.now) {
            Wait::About(minutes) if minutes.0 > 0 => {
                let wait = wait_text(texts::wait(self.language), Wait::About(minutes));
                fill(&text.ticket_wait, &[("wait", &wait)])
            }
            Wait::About(_) | Wait::Unsure => text.ticket_plain.clone(),
        };
        let hint = if closed(self.queue, self.context, self.now) { self.reopens() } else { hint };
        let back = if later { &text.later } else { &text.back };
        vec![
            Next { digit: 1, title: text.ticket.clone(), hint, ticket: true },
            Next { digit: 2, title: back.clone(), hint: text.back_hint.clone(), ticket: false },
        ]
    }

    fn reopens(&self) -> String {
        let office = self.context.office.as_ref();
        let opens = office.and_then(|office| self.words.next_opening(office, self.now.at));
        let form = &texts::terminal(self.language).start.ticket_hint_closed;
        opens.map(|opens| fill(form, &[("opens", &opens.inline)])).unwrap_or_default()
    }

    fn telephone(&self) -> String {
        self.context.office.as_ref().map(|office| office.telephone.clone()).unwrap_or_default()
    }

    fn sample(&self, answer: Answer, code: Code, wait: Option<Wait>) -> Answer {
        let wait = wait.map(|wait| wait_text(texts::wait(self.language), wait));
        Answer { shape: Shape::Sample, code: Some(code.into()), wait, ..answer }
    }

    fn at_counter(&self, answer: Answer, code: Code, counter: CounterId) -> Answer {
        let (noun, counter) = (noun(self.context), counter.to_string());
        let values = [("noun", noun.as_str()), ("counter", counter.as_str())];
        let (strong, lead) = (fill(&answer.strong, &values), fill(&answer.lead, &values));
        Answer { strong, lead, ..self.sample(answer, code, None) }
    }

    fn done(&self, kind: &'static str, values: &[(&str, &str)]) -> Answer {
        self.plain(kind, Tone::Done, values)
    }

    fn know(&self, kind: &'static str, values: &[(&str, &str)]) -> Answer {
        self.plain(kind, Tone::Know, values)
    }

    fn check(&self, kind: &'static str) -> Answer {
        self.plain(kind, Tone::Check, &[])
    }

    fn plain(&self, kind: &'static str, tone: Tone, values: &[(&str, &str)]) -> Answer {
        let text = texts::terminal(self.language).answer.get(kind);
        let filled = |part: Option<&String>| part.map(|part| fill(part, values)).unwrap_or_default();
        Answer {
            kind,
            tone,
            shape: Shape::Plain,
            title: filled(text.map(|text| &text.title)),
            strong: filled(text.map(|text| &text.strong)),
            lead: filled(text.map(|text| &text.lead)),
            wait: None,
            code: None,
            counter: None,
            leaves: Vec::new(),
            next: Vec::new(),
        }
    }
}
