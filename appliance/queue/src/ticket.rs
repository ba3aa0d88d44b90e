//! Wartenummern: A 001 to A 999, each once a day.
//!
//! What must always hold: the ticket key is never dead (every press gets an answer), and no
//! number is given twice.

use names::{Code, ServiceId, TicketNumber, Trust};

use crate::day::Day;
use crate::limits::WAITING_AT_MOST;
use crate::order::Rank;
use crate::press::Seen;
use crate::step::Step;
use crate::{Fact, Greeting, PressId, Reader, VisitId};

impl Step<'_> {
    pub(crate) fn take_ticket(&mut self, reader: Reader, service: Option<ServiceId>, press: PressId) {
        let greeting = self.ticket_greeting(reader, service, press);
        self.greet(reader, greeting);
    }

    fn ticket_greeting(&mut self, reader: Reader, service: Option<ServiceId>, press: PressId) -> Greeting {
        let Some(day) = self.queue.open_day() else { return Greeting::Closed { opens: None } };
        let before = day.tickets.get(&reader).and_then(|presses| presses.seen(&service, &press, self.now.at));
        match before {
            Some(Seen::Same(visit)) => self.same_ticket(visit),
            Some(Seen::Double(visit)) => {
                self.record(Fact::TicketRepeated { visit, service, reader, press });
                self.same_ticket(visit)
            }
            None => match self.new_ticket() {
                Ok(ticket) => self.give(ticket, service, reader, press),
                Err(no) => no,
            },
        }
    }

    /// The next number, or why there is none.
    fn new_ticket(&self) -> Result<TicketNumber, Greeting> {
        let closed = Greeting::Closed { opens: None };
        let day = self.queue.open_day().ok_or(closed)?;
        self.doors_open(day)?;
        if day.waiting() >= WAITING_AT_MOST {
            return Err(Greeting::NoTickets);
        }
        TicketNumber::new(day.plan.ticket_letter, day.last_ticket + 1).map_err(|_used_up| Greeting::NoTickets)
    }

    fn doors_open(&self, day: &Day) -> Result<(), Greeting> {
        let Some(doors) = day.plan.doors else { return Err(Greeting::Closed { opens: None }) };
        let now = self.now.at;
        if self.now.trust == Trust::Unknown {
            Ok(())
        } else if now < doors.opens {
            Err(Greeting::Closed { opens: Some(doors.opens) })
        } else if now >= doors.closes {
            Err(Greeting::Closed { opens: None })
        } else {
            Ok(())
        }
    }

    fn give(&mut self, ticket: TicketNumber, service: Option<ServiceId>, reader: Reader, press: PressId) -> Greeting {
        let visit = self.next_visit();
        let wait = self.wait_of(visit, Rank::Ticket { from: self.now.at }, service);
        self.record(Fact::TicketTaken { visit, ticket, service, reader, press });
        Greeting::Ticket { code: Code::Ticket(ticket), wait }
    }

    fn same_ticket(&self, id: VisitId) -> Greeting {
        let visit = self.queue.open_day().and_then(|day| day.visits.get(&id));
        let wait = visit.map(|it| (it.code, self.wait_of(id, self.rank(it), it.service)));
        wait.map_or(Greeting::NoTickets, |(code, wait)| Greeting::Ticket { code, wait })
    }
}
