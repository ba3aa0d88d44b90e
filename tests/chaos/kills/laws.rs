//! The laws: what must be true at the end of everything citizens were told. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::look::{Found, is_open};
use super::overlap::most_at_once;
use crate::word::Standing;

/// Mails the booking server has on their way at the same time: a crash may repeat so many.
const ON_THEIR_WAY: u64 = 4;

/// What the laws have to know about the office and the run.
pub(crate) struct House {
    /// Appointments there may be at the same time.
    pub(crate) lanes: usize,
    /// How often the sender of mails was killed.
    pub(crate) server_crashes: u64,
}

/// What a run was made of.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) stories: usize,
    pub(crate) confirmed: usize,
    pub(crate) unknown: usize,
    pub(crate) cancelled: usize,
    pub(crate) came: usize,
    pub(crate) at_desk: usize,
    pub(crate) fullest: usize,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { stories, confirmed, unknown, cancelled, came, at_desk, fullest } = self;
        write!(
            f,
            "{stories} stories, {confirmed} told booked, {at_desk} of them at the desk, {unknown} never answered, {cancelled} told cancelled, \
             {came} came meanwhile, at most {fullest} at the same time"
        )
    }
}

/// Everything that does not fit, and what there was.
pub(crate) fn check(all: &[Found], house: &House) -> (Vec<String>, Tally) {
    let mut wrong = Vec::new();
    for found in all {
        for law in
            [confirmed_stays, cancelled_goes, nobody_books_alone, mails_tell_it_once, the_box_knows, who_came_is_here]
        {
            wrong.extend(law(found).map(|what| format!("{}: {what}: {found:?}", found.story.who)));
        }
    }
    wrong.extend(no_pin_twice(all));
    wrong.extend(no_seat_twice(all, house));
    wrong.extend(copies_only_of_crashes(all, house));
    (wrong, tally(all))
}

/// Who was told that it is booked, and did not give it up, has it, with the same PIN.
fn confirmed_stays(found: &Found) -> Option<&'static str> {
    let (_, told) = found.story.confirmed.as_ref()?;
    match found.at_server {
        Some(standing) if is_open(standing) => {
            (found.pin != *told).then_some("the PIN is another one than the page told")
        }
        Some(Standing::Cancelled) if found.story.gave_up => None,
        _ => Some("was told that it is booked, and it is not"),
    }
}

/// Who was told that it is cancelled has nothing any more.
fn cancelled_goes(found: &Found) -> Option<&'static str> {
    let gone = matches!(found.at_server, None | Some(Standing::Cancelled | Standing::Unknown));
    (found.story.cancelled && !gone).then_some("was told that it is cancelled, and it is not")
}

/// Nothing is booked without a press of the button, or after the time was gone.
fn nobody_books_alone(found: &Found) -> Option<&'static str> {
    let booked = found.at_server.is_some() || !found.second_mails.is_empty();
    let wanted = found.story.pressed && !found.story.turned_away;
    (booked && !wanted).then_some("is booked, and nobody asked for it")
}

/// A promised link comes. What is booked has exactly one mail that says so, with the PIN of the
/// page; copies are the same mail.
fn mails_tell_it_once(found: &Found) -> Option<&'static str> {
    if found.story.promised && found.first_mails == 0 {
        return Some("was promised a mail with a link");
    }
    let different: BTreeSet<_> =
        found.second_mails.iter().map(|mail| (&mail.id, &mail.pin, mail.from, mail.to)).collect();
    let booked = found.at_server.is_some_and(is_open);
    match different.len() {
        0 if booked => Some("is booked, and no mail says so"),
        0 => None,
        1 if found.at_server.is_none() => Some("a mail says booked, and the booking server knows nothing of it"),
        1 if found.pin.as_ref().is_some_and(|pin| *pin != found.second_mails[0].pin) => {
            Some("the mail has another PIN than the page")
        }
        1 => None,
        _ => Some("got different mails that it is booked"),
    }
}

/// What is booked is on the box; what is cancelled is not.
fn the_box_knows(found: &Found) -> Option<&'static str> {
    let at_box = found.at_box.as_ref()?;
    match found.at_server {
        Some(Standing::Cancelled) => {
            // Who stands in the hall is served, whatever was cancelled meanwhile.
            let gone = at_box.kind == "cancelled" || (found.story.typed && at_box.was_here());
            (!gone).then_some("is cancelled, and the box does not know it")
        }
        Some(_) => {
            let known = if found.story.today { at_box.is_here() } else { at_box.is_for_another_day() };
            (!known).then_some("is booked, and the box does not know it")
        }
        None => None,
    }
}

/// Who was greeted at a terminal is in the hall, and the booking server has heard of it.
fn who_came_is_here(found: &Found) -> Option<&'static str> {
    if !found.story.greeted {
        return None;
    }
    if !found.at_box.as_ref().is_some_and(|greeting| greeting.was_here()) {
        return Some("was greeted, and the box has forgotten it");
    }
    (found.status != Some(Standing::Arrived)).then_some("was greeted, and the booking server never heard of it")
}

fn no_pin_twice(all: &[Found]) -> Vec<String> {
    let mut owners: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for found in all {
        let pins = found.pin.iter().chain(found.second_mails.iter().map(|mail| &mail.pin));
        for pin in pins {
            owners.entry(pin).or_default().insert(&found.story.who);
        }
    }
    let twice = owners.into_iter().filter(|(_, owners)| owners.len() > 1);
    twice.map(|(pin, owners)| format!("{owners:?} have the same PIN {pin}")).collect()
}

fn no_seat_twice(all: &[Found], house: &House) -> Option<String> {
    let (most, at) = fullest(all)?;
    (most > house.lanes).then(|| format!("{most} appointments at {at}, and there are {} lanes", house.lanes))
}

fn fullest(all: &[Found]) -> Option<(usize, jiff::Timestamp)> {
    let booked = all.iter().filter(|found| found.at_server.is_some_and(is_open));
    most_at_once(booked.filter_map(|found| found.second_mails.first()).map(|mail| (mail.from, mail.to)))
}

fn copies_only_of_crashes(all: &[Found], house: &House) -> Option<String> {
    let copies: usize = all.iter().map(|found| found.second_mails.len().saturating_sub(1)).sum();
    let most = house.server_crashes * ON_THEIR_WAY;
    (copies as u64 > most).then(|| format!("{copies} copies of mails after {} crashes", house.server_crashes))
}

fn tally(all: &[Found]) -> Tally {
    let count = |fits: fn(&Found) -> bool| all.iter().filter(|found| fits(found)).count();
    Tally {
        stories: all.len(),
        confirmed: count(|found| found.story.confirmed.is_some()),
        unknown: count(|found| {
            let story = &found.story;
            (story.pressed && story.confirmed.is_none() && !story.turned_away) || (story.gave_up && !story.cancelled)
        }),
        cancelled: count(|found| found.story.cancelled),
        came: count(|found| found.story.greeted),
        at_desk: count(|found| found.story.at_desk && found.story.confirmed.is_some()),
        fullest: fullest(all).map_or(0, |(most, _)| most),
    }
}

#[cfg(test)]
mod tests;
