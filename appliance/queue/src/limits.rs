//! Every number of the rules, with its unit and why (`rules.md`).
//!
//! What must always hold: a number of the rules stands here once and nowhere else.

use jiff::SignedDuration;
use names::Minutes;

/// The hall holds so many people who wait; the next ticket is refused, an appointment never.
pub const WAITING_AT_MOST: usize = 500;

/// Bookings the box keeps in mind: far more than an office has open. Past it a new one is not
/// kept; its holder is still admitted by the token or as unverified.
pub const BOOKINGS_AT_MOST: usize = 100_000;

/// Days a past appointment is still recognised, so that an old code is told its date.
pub const PAST_DAYS_KNOWN: i32 = 7;

/// Calls the board may look back on; it shows fewer.
pub const CALLS_KEPT: usize = 32;

/// Presses remembered per counter and per terminal: more than a working day brings.
pub const PRESSES_KEPT: usize = 500;

/// A second press of the same key within this time is the same press: a human double press.
pub const SAME_PRESS: SignedDuration = SignedDuration::from_secs(5);

/// A second press of a terminal's ticket key within this time is the same press. Shorter than at
/// the counters: the next person in line must never be shown a number that is somebody else's.
pub const SAME_TICKET: SignedDuration = SignedDuration::from_millis(1500);

/// Earlier than this before the booked start is early.
pub const EARLY: SignedDuration = SignedDuration::from_mins(30);

/// Later than this after the booked start is late.
pub const LATE: SignedDuration = SignedDuration::from_mins(10);

/// Lateness counts from the door opening and this time, because all enter by one door.
pub const DOOR_GRACE: SignedDuration = SignedDuration::from_mins(5);

/// A late appointment counts as a walk-in with a ticket so long before the booked start…
pub const LATE_TICKET: SignedDuration = SignedDuration::from_mins(20);

/// …but not longer than this before the arrival.
pub const LATE_TICKET_AT_MOST: SignedDuration = SignedDuration::from_mins(45);

/// So long after the last call a missed person is back in front by one scan.
pub const BACK_IN_FRONT: SignedDuration = SignedDuration::from_mins(20);

/// After this any fitting counter may take somebody who came back.
pub const RETURN_TO_ANY: SignedDuration = SignedDuration::from_mins(10);

/// A counter that would idle takes an appointment so early before anybody is asked for more.
pub const IDLE_EARLY: SignedDuration = SignedDuration::from_mins(10);

/// From this wait on a walk-in gets every second call.
pub const ALTERNATE: SignedDuration = SignedDuration::from_mins(30);

/// An appointment that has waited so long goes before the alternation and the bound.
pub const APPOINTMENT_WAITED: SignedDuration = SignedDuration::from_mins(5);

/// Past this wait the longest wait comes first.
pub const BOUND: SignedDuration = SignedDuration::from_mins(60);

/// An appointment uncalled so long after its time alarms.
pub const ALARM: SignedDuration = SignedDuration::from_mins(15);

/// With more work ahead than this the ticket stop is offered.
pub const TICKET_STOP: Minutes = Minutes(60);

/// So long after the announcement ended the called person is presumed to be served.
pub const PRESUMED_SERVING: SignedDuration = SignedDuration::from_secs(90);

/// When nobody reports the end of an announcement, it counts as ended after this time, so that
/// a silent box does not stop the one-button life cycle.
pub const ANNOUNCEMENT_AT_MOST: SignedDuration = SignedDuration::from_secs(60);

/// In the first seconds of serving the one button does not finish: a nervous second press.
pub const SERVING_AT_LEAST: SignedDuration = SignedDuration::from_secs(20);

/// After so many calls (the first and two recalls) the one button means "nobody came".
pub const CALLS_BEFORE_MISSED: u8 = 3;

/// Well-formed unknown codes one reader may try within [`GUESS_WINDOW`].
pub const GUESSES: usize = 10;

/// The time in which guesses are counted.
pub const GUESS_WINDOW: SignedDuration = SignedDuration::from_mins(10);

/// The first pause after too many guesses; it doubles with each further guess…
pub const REST: SignedDuration = SignedDuration::from_secs(10);

/// …up to this.
pub const REST_AT_MOST: SignedDuration = SignedDuration::from_secs(60);

/// One visit takes so long when the office planned nothing else.
pub const TAKES_UNKNOWN: Minutes = Minutes(10);

/// A wait up to here is told to the minute, past it in whole five minutes.
pub const EXACT_MINUTES: u16 = 5;
