//! The board in the waiting area.
//!
//! What must always hold (`rules.md`, Calling): newest on top; a call stays in the rows for
//! 30 seconds and until it is served, missed or replaced, and on the board for 60 seconds;
//! code and counter only.

use jiff::{SignedDuration, Timestamp};
use names::{Now, Trust};
use queue::{CallView, Queue, Wait};
use serde::Serialize;

use super::calendar::{Opening, Words};
use super::{Context, LinkState, Shown, noun};
use crate::pages::texts;

/// Rows that can be read from the last row of chairs (`rules.md`, Calling).
pub(super) const ROWS: usize = 4;
/// Calls that left the rows and are still shown, small.
pub(super) const LAST: usize = 3;
/// How long a finished call stays in the rows.
pub(super) const ROW_STAYS: SignedDuration = SignedDuration::from_secs(30);
/// How long any call stays on the board.
pub(super) const BOARD_STAYS: SignedDuration = SignedDuration::from_secs(60);
/// An announcement that has not ended by now never will: no call is marked for ever.
pub(super) const MARK_ENDS: SignedDuration = SignedDuration::from_secs(60);

/// The whole board.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Board {
    /// The office; may be empty.
    pub office: String,
    /// What a counter is called here.
    pub noun: String,
    /// At most four calls, newest on top.
    pub rows: Vec<Row>,
    /// At most three calls that left the rows.
    pub last: Vec<Row>,
    /// The time, unless it cannot be believed.
    pub clock: Option<Clock>,
    /// What stands beside the rows.
    pub side: Side,
    /// What stands below.
    pub foot: Foot,
    /// Since when the line to the booking server is cut, for staff.
    pub offline_since: Option<String>,
    /// Instead of rows, while no day is known.
    pub notice: Option<Notice>,
}

/// One call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// Tells rows apart while they move.
    pub key: u32,
    /// Who.
    pub code: Shown,
    /// Where to go.
    pub counter: u8,
    /// How it stands out.
    pub mark: Mark,
    /// How often it was called.
    pub times: u8,
}

/// How a row stands out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mark {
    /// It is being called right now: yellow.
    Now,
    /// It is the newest: soft yellow.
    New,
    /// It was called before.
    Plain,
}

impl Mark {
    /// The name of the mark in the style sheet.
    #[must_use]
    pub fn class(self) -> &'static str {
        match self {
            Self::Now => "now",
            Self::New => "new",
            Self::Plain => "plain",
        }
    }

    /// Whether it is being called right now.
    #[must_use]
    pub fn is_now(self) -> bool {
        self == Self::Now
    }
}

/// The time on the board.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Clock {
    /// `9:42`.
    pub time: String,
    /// `Di, 3. Februar`.
    pub date: String,
}

/// What stands beside the rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "shows", rename_all = "kebab-case")]
pub enum Side {
    /// How long it takes without an appointment; nothing: it cannot be said.
    Wait {
        /// Minutes.
        minutes: Option<u16>,
    },
    /// There are no tickets now, and when the doors open again.
    Closed {
        /// The next opening, if known.
        opens: Option<Opening>,
    },
}

/// What stands below the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Foot {
    /// Why codes and tickets come mixed.
    Mixed,
    /// The doors are closed, and people still wait.
    ClosedServing,
    /// The doors are closed, and nobody waits.
    Closed,
    /// Nothing is known of today: people call.
    WatchStaff,
}

/// The static notice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Notice {
    /// The office.
    pub office: String,
    /// Its hours today.
    pub hours: String,
    /// Its telephone; may be empty.
    pub telephone: String,
}

impl Board {
    /// The board at this moment.
    #[must_use]
    pub fn of(queue: &Queue, context: &Context, now: Now) -> Self {
        let words = Words::new(&context.zone, names::Language::De);
        let calls = queue.calls();
        let (rows, last) = spread(&calls, now.at);
        let closed = closed(queue, context, now);
        let opens = || context.office.as_ref().and_then(|office| words.next_opening(office, now.at));
        Self {
            office: context.office.as_ref().map(|office| office.name.clone()).unwrap_or_default(),
            noun: noun(context),
            rows,
            last,
            clock: clock(&words, now),
            side: if closed { Side::Closed { opens: opens() } } else { Side::Wait { minutes: minutes(queue, now) } },
            foot: foot(queue, closed),
            offline_since: offline_since(&words, context.link, now),
            notice: notice(queue, context, &words, now),
        }
    }
}

/// When time alone changes the board next: a new minute, or a call whose time is over.
#[must_use]
pub fn board_changes(queue: &Queue, now: Timestamp) -> Timestamp {
    let minute = after(now, SignedDuration::from_secs(60 - now.as_second().rem_euclid(60)));
    let spans = [ROW_STAYS, BOARD_STAYS, MARK_ENDS];
    let calls = queue.calls();
    let ends = calls.iter().flat_map(|call| spans.map(|span| after(call.at, span)));
    ends.filter(|end| *end > now).fold(minute, Timestamp::min)
}

fn spread(calls: &[CallView], now: Timestamp) -> (Vec<Row>, Vec<Row>) {
    let mut calls: Vec<&CallView> = calls.iter().collect();
    calls.sort_by_key(|call| std::cmp::Reverse(call.at));
    let stays = |call: &&CallView| call.over.is_none() || now < after(call.at, ROW_STAYS);
    let (standing, gone): (Vec<&CallView>, Vec<&CallView>) = calls.into_iter().partition(stays);
    let newest = standing.first().map(|call| call.visit);
    // Announcements follow each other: the oldest that has not ended is the one that is heard.
    let heard = standing.iter().filter(|call| unheard(call, now)).min_by_key(|call| call.at).map(|call| call.visit);
    let mark = |call: &CallView| match call.visit {
        visit if heard == Some(visit) => Mark::Now,
        visit if newest == Some(visit) => Mark::New,
        _other => Mark::Plain,
    };
    let rows = standing.iter().take(ROWS).map(|call| row(call, mark(call))).collect();
    let mut last: Vec<&CallView> = standing.into_iter().skip(ROWS).chain(gone).collect();
    last.sort_by_key(|call| std::cmp::Reverse(call.at));
    (rows, last.into_iter().take(LAST).map(|call| row(call, Mark::Plain)).collect())
}

/// Whether the announcement of a call has not ended.
fn unheard(call: &CallView, now: Timestamp) -> bool {
    call.announced.is_none() && call.over.is_none() && now < after(call.at, MARK_ENDS)
}

fn row(call: &CallView, mark: Mark) -> Row {
    Row { key: call.visit.0, code: call.code.into(), counter: call.counter.number(), mark, times: call.times }
}

fn clock(words: &Words<'_>, now: Now) -> Option<Clock> {
    let told = || Clock { time: words.clock(now.at), date: words.date_short(words.day(now.at)) };
    (now.trust != Trust::Unknown).then(told)
}

/// Whether the doors are closed. Without a believable clock or known hours they count as open:
/// who stands in the hall knows better.
pub(super) fn closed(queue: &Queue, context: &Context, now: Now) -> bool {
    let Some(plan) = queue.plan() else { return false };
    if queue.is_closed() {
        return true;
    }
    match plan.doors {
        _ if now.trust == Trust::Unknown => false,
        Some(doors) => now.at < doors.opens || now.at >= doors.closes,
        None => context.office.is_some(),
    }
}

fn minutes(queue: &Queue, now: Now) -> Option<u16> {
    match queue.wait(now) {
        Wait::About(minutes) => Some(minutes.0),
        Wait::Unsure => None,
    }
}

fn foot(queue: &Queue, closed: bool) -> Foot {
    let present = queue.waiting() > 0 || queue.calls().iter().any(|call| call.over.is_none());
    match (queue.day(), closed, present) {
        (None, _, _) => Foot::WatchStaff,
        (Some(_), true, true) => Foot::ClosedServing,
        (Some(_), true, false) => Foot::Closed,
        (Some(_), false, _) => Foot::Mixed,
    }
}

/// Empty when the clock cannot say since when.
fn offline_since(words: &Words<'_>, link: LinkState, now: Now) -> Option<String> {
    match link {
        LinkState::Offline { .. } if now.trust == Trust::Unknown => Some(String::new()),
        LinkState::Offline { since } => Some(words.clock(since)),
        LinkState::Connected { .. } | LinkState::Never => None,
    }
}

fn notice(queue: &Queue, context: &Context, words: &Words<'_>, now: Now) -> Option<Notice> {
    if queue.day().is_some() {
        return None;
    }
    let office = context.office.as_ref();
    let hours = office.filter(|_| now.trust != Trust::Unknown).map(|office| words.hours_today(office, now.at));
    Some(Notice {
        office: office.map_or_else(|| texts::board().title.clone(), |office| office.name.clone()),
        hours: hours.unwrap_or_default(),
        telephone: office.map(|office| office.telephone.clone()).unwrap_or_default(),
    })
}

fn after(at: Timestamp, span: SignedDuration) -> Timestamp {
    at.saturating_add(span).unwrap_or(at)
}
