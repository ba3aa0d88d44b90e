//! Checking in: every row of the table in `rules.md`, Checking in.
//!
//! ```text
//! code ──► typing error, unreadable, other office ──► said so, nothing kept
//!      ──► somebody already here ──► where they stand, or back into the line
//!      ──► a booking ──► today: admitted and judged · other day, cancelled: said so
//!      ──► nothing we know ──► the line cannot tell: unverified · else: counted against guessing
//! ```
//!
//! What must always hold: nobody is admitted silently for another day or office; presence wins
//! over a cancellation; a code that is not ours is kept nowhere.

use jiff::Timestamp;
use names::{BookingId, Code, Pin, TicketNumber, Trust};

use crate::bookings::Known;
use crate::limits::{BACK_IN_FRONT, WAITING_AT_MOST};
use crate::order::{Candidate, Rank};
use crate::step::Step;
use crate::timing::{claim, judge, waited};
use crate::visit::{Claim, Stage, Visit};
use crate::{Appointment, Fact, Greeting, Presented, Reader, Timing, VisitId};

const CLOSED: Greeting = Greeting::Closed { opens: None };

impl Step<'_> {
    pub(crate) fn check_in(&mut self, reader: Reader, presented: Presented) {
        let greeting = match presented {
            Presented::Pin { pin, may_exist_unseen } => {
                self.typed(reader, |step| step.pin(reader, pin, may_exist_unseen))
            }
            Presented::TicketDigits(digits) => {
                self.typed(reader, |step| step.ticket(reader, |ticket| ticket.number() == digits))
            }
            Presented::Ticket(number) => self.typed(reader, |step| step.ticket(reader, |ticket| ticket == number)),
            Presented::Token(appointment) => self.token(appointment),
            Presented::TicketToken { ticket, day } => self.ticket_token(ticket, day),
            Presented::OtherOffice => Greeting::OtherOffice,
            Presented::Mistyped => Greeting::CheckDigits,
            Presented::Garbled => Greeting::Unreadable,
        };
        self.greet(reader, greeting);
    }

    /// Typed codes rest after too many wrong ones; tokens and ticket keys never do.
    fn typed(&mut self, reader: Reader, decide: impl FnOnce(&mut Self) -> Greeting) -> Greeting {
        match self.queue.guard.rests_until(reader, self.now.at) {
            Some(until) => Greeting::Rest { until },
            None => decide(self),
        }
    }

    fn pin(&mut self, reader: Reader, pin: Pin, may_exist_unseen: bool) -> Greeting {
        let Some(day) = &self.queue.day else { return CLOSED };
        let here = day.by_pin(pin).map(|(id, visit)| (id, visit.stage.is_over()));
        let known = self.queue.bookings.by_pin(pin, Some(day.plan.day)).map(|(id, known)| (id, known.clone()));
        match (here, known) {
            (Some((id, false)), _) => self.again(id),
            (_, Some((booking, known))) => self.booking(booking, known),
            (Some((id, true)), None) => self.again(id),
            (None, None) => self.unknown_pin(reader, pin, may_exist_unseen),
        }
    }

    /// Counted as a guess in any case, or an outage would open the door to all digits.
    fn unknown_pin(&mut self, reader: Reader, pin: Pin, may_exist_unseen: bool) -> Greeting {
        if self.queue.open_day().is_none() {
            return CLOSED;
        }
        self.record(Fact::Guessed { reader });
        if may_exist_unseen { self.admit_unverified(pin) } else { Greeting::Unknown }
    }

    fn admit_unverified(&mut self, pin: Pin) -> Greeting {
        if self.queue.open_day().is_some_and(|day| day.waiting() >= WAITING_AT_MOST) {
            return Greeting::NoTickets;
        }
        let (visit, code) = (self.next_visit(), Code::Pin(pin));
        let wait = self.wait_of(visit, Rank::Ticket { from: self.now.at }, None);
        let standing = Greeting::Unverified { code, wait };
        self.arrived(visit, code, None, standing)
    }

    fn ticket(&mut self, reader: Reader, fits: impl Fn(TicketNumber) -> bool) -> Greeting {
        let Some(day) = self.queue.open_day() else { return CLOSED };
        match day.by_ticket(fits) {
            Some(id) => self.again(id),
            None => {
                self.record(Fact::Guessed { reader });
                Greeting::Unknown
            }
        }
    }

    /// A ticket of this office; one of today that the box has lost is taken at its word.
    fn ticket_token(&mut self, ticket: TicketNumber, good_for: jiff::civil::Date) -> Greeting {
        let Some(day) = &self.queue.day else { return CLOSED };
        if day.plan.day != good_for {
            return Greeting::OtherDay { day: good_for, start: None };
        }
        match day.by_ticket(|known| known.number() == ticket.number()) {
            Some(id) => self.again(id),
            None if day.closed => CLOSED,
            None => {
                let (visit, code) = (self.next_visit(), Code::Ticket(ticket));
                let wait = self.wait_of(visit, Rank::Ticket { from: self.now.at }, None);
                self.arrived(visit, code, None, Greeting::Ticket { code, wait })
            }
        }
    }

    /// A token proves its booking; a newer version or a cancellation that the box knows is truer.
    fn token(&mut self, shown: Appointment) -> Greeting {
        let booking = shown.booking;
        if self.queue.bookings.is_news(&shown) && self.is_worth_keeping(&shown) {
            self.record(Fact::TokenShown { appointment: shown.clone() });
        }
        let known = self.queue.bookings.get(booking).cloned();
        match known {
            Some(known @ Known::Booked(_)) if !self.queue.bookings.is_news(&shown) => self.booking(booking, known),
            Some(cancelled @ Known::Cancelled { .. }) => self.booking(booking, cancelled),
            Some(Known::Booked(_)) | None => self.booking(booking, Known::Booked(shown)),
        }
    }

    /// Good for today, or a newer version of what is kept anyway: the old time is not expected any more.
    fn is_worth_keeping(&self, shown: &Appointment) -> bool {
        let kept = self.queue.bookings.get(shown.booking).is_some();
        self.queue.open_day().is_some_and(|day| kept || day.plan.day == shown.day)
    }

    fn booking(&mut self, booking: BookingId, known: Known) -> Greeting {
        let Some(day) = &self.queue.day else { return CLOSED };
        let today = day.plan.day;
        let here = day.by_booking(booking).and_then(|id| day.visits.get(&id).map(|visit| (id, visit.stage.is_over())));
        match (here, known) {
            (Some((id, false)), _) => self.again(id),
            (_, Known::Cancelled { .. }) => Greeting::Cancelled,
            (_, Known::Booked(it)) if it.day != today => Greeting::OtherDay { day: it.day, start: Some(it.start) },
            (Some((id, true)), Known::Booked(_)) => self.again(id),
            (None, Known::Booked(it)) => self.admit(&it),
        }
    }

    fn admit(&mut self, appointment: &Appointment) -> Greeting {
        let Some(day) = self.queue.open_day() else { return CLOSED };
        let timing = judge(appointment.start, self.now, day.plan.doors);
        let (visit, code) = (self.next_visit(), Code::Pin(appointment.pin));
        let wait = self.wait_of(visit, judged_rank(timing, self.now.at), Some(appointment.service));
        self.arrived(visit, code, Some(appointment), Greeting::Here { code, timing, wait })
    }

    fn arrived(&mut self, visit: VisitId, code: Code, of: Option<&Appointment>, standing: Greeting) -> Greeting {
        let (booking, version, service) = (of.map(|it| it.booking), of.map(|it| it.version), of.map(|it| it.service));
        self.record(Fact::Arrived { visit, code, booking, version, service, standing: standing.clone() });
        standing
    }

    /// Somebody who was here before scans again.
    fn again(&mut self, id: VisitId) -> Greeting {
        let Some(visit) = self.queue.day.as_ref().and_then(|day| day.visits.get(&id)).cloned() else { return CLOSED };
        let code = visit.code;
        match visit.stage {
            Stage::Waiting => self.still_waiting(id, &visit),
            Stage::Called(call) => Greeting::GoTo { code, counter: call.counter },
            Stage::Serving { counter, .. } => Greeting::GoTo { code, counter },
            Stage::Served => Greeting::AlreadyServed,
            Stage::NotSettled => CLOSED,
            Stage::Missed { .. } | Stage::Away { .. } if self.queue.open_day().is_none() => CLOSED,
            Stage::Missed { last_call } => {
                // With an unknown clock nobody is judged late.
                let soon = self.now.trust == Trust::Unknown || waited(last_call, self.now.at) <= BACK_IN_FRONT;
                match self.new_time(&visit) {
                    _ if soon => self.returned(id, Greeting::BackInFront { code }, None),
                    Some((told, timing)) => self.at_new_time(id, &told, timing),
                    None => self.returned(id, self.back_in_line(id, &visit), None),
                }
            }
            Stage::Away { counter } => self.returned(id, Greeting::Returning { code, counter }, None),
        }
    }

    fn still_waiting(&self, id: VisitId, visit: &Visit) -> Greeting {
        let who = Candidate { visit: id, rank: self.rank(visit) };
        let wait = self.wait_of(id, who.rank, visit.service);
        let ahead = self.queue.day.as_ref().map_or(0, |day| day.ahead_of(who, self.now).len());
        Greeting::Waiting { code: visit.code, ahead: u16::try_from(ahead).unwrap_or(u16::MAX), wait }
    }

    fn back_in_line(&self, id: VisitId, visit: &Visit) -> Greeting {
        let wait = self.wait_of(id, Rank::Ticket { from: visit.arrived.at }, visit.service);
        Greeting::BackInLine { code: visit.code, wait }
    }

    /// A booking that was moved to a later time of today keeps it for a person who was missed.
    fn new_time(&self, visit: &Visit) -> Option<(Appointment, Timing)> {
        let day = self.queue.open_day()?;
        let told = self.queue.moved_to(visit).filter(|told| told.day == day.plan.day)?;
        match judge(told.start, self.now, day.plan.doors) {
            // Before it is near, the old arrival is worth more.
            Timing::Early { .. } | Timing::ByArrival => None,
            timing @ (Timing::OnTime { .. } | Timing::Late { .. }) => Some((told.clone(), timing)),
        }
    }

    fn at_new_time(&mut self, id: VisitId, told: &Appointment, timing: Timing) -> Greeting {
        let wait = self.wait_of(id, judged_rank(timing, self.now.at), Some(told.service));
        self.returned(id, Greeting::Here { code: Code::Pin(told.pin), timing, wait }, Some(told.version))
    }

    fn returned(&mut self, visit: VisitId, standing: Greeting, version: Option<u16>) -> Greeting {
        self.record(Fact::Returned { visit, standing: standing.clone(), version });
        standing
    }
}

/// How somebody judged so will count in the order.
fn judged_rank(timing: Timing, arrived: Timestamp) -> Rank {
    match claim(timing, arrived) {
        (Claim::Appointment { start }, from) => Rank::Booked { start, from },
        (_, from) => Rank::Ticket { from },
    }
}
