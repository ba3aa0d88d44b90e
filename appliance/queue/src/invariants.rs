//! What must be true after every step, whatever came before.

use std::collections::BTreeSet;

use names::{Code, TICKETS_PER_RANGE};

use crate::Queue;
use crate::day::Day;
use crate::limits::{CALLS_KEPT, PRESSES_KEPT};
use crate::visit::Visit;

impl Queue {
    /// Checks what must always hold.
    ///
    /// # Errors
    /// Says what does not hold, and for whom.
    pub fn verify_invariants(&self) -> Result<(), String> {
        let too_many = self.presses.iter().find(|(_, presses)| presses.len() > PRESSES_KEPT);
        too_many.map_or(Ok(()), |(counter, _)| Err(format!("counter {counter} remembers too many presses")))?;
        let Some(day) = &self.day else { return Ok(()) };
        numbers_are_unique(day)?;
        one_person_a_counter(day)?;
        closed_days_are_settled(day)?;
        bounds_hold(day)
    }
}

fn numbers_are_unique(day: &Day) -> Result<(), String> {
    let mut tickets = BTreeSet::new();
    let mut bookings = BTreeSet::new();
    for (place, (id, visit)) in day.visits.iter().enumerate() {
        if usize::try_from(id.0) != Ok(place + 1) {
            return Err(format!("visit {} stands at place {place}", id.0));
        }
        if let Code::Ticket(ticket) = visit.code
            && (!tickets.insert(ticket.number()) || ticket.number() > day.last_ticket)
        {
            return Err(format!("ticket {ticket} was given twice or is past the last one"));
        }
        if let Some(booking) = visit.booking
            && !bookings.insert(booking)
        {
            return Err(format!("booking {booking} has two visits"));
        }
        if visit.booking.is_some_and(|booking| day.by_booking(booking) != Some(*id)) {
            return Err(format!("visit {} is not found by its booking", id.0));
        }
    }
    Ok(())
}

fn one_person_a_counter(day: &Day) -> Result<(), String> {
    let mut taken = BTreeSet::new();
    for counter in day.visits.values().filter_map(|visit| visit.stage.at_counter()) {
        if !taken.insert(counter) {
            return Err(format!("counter {counter} has two people"));
        }
        if !day.desks.contains_key(&counter) {
            return Err(format!("counter {counter} was never planned and has somebody"));
        }
    }
    Ok(())
}

fn closed_days_are_settled(day: &Day) -> Result<(), String> {
    let open = |visit: &&Visit| day.closed && visit.stage.is_open();
    match day.visits.values().find(open) {
        Some(visit) => Err(format!("the day is closed and {} is still open", visit.code)),
        None => Ok(()),
    }
}

fn bounds_hold(day: &Day) -> Result<(), String> {
    let presses = day.tickets.values().map(crate::press::Presses::len).max().unwrap_or(0);
    if day.calls.len() > CALLS_KEPT || presses > PRESSES_KEPT || day.last_ticket > TICKETS_PER_RANGE {
        return Err("a bound does not hold".to_owned());
    }
    Ok(())
}
