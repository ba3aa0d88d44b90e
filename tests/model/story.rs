//! Exploring, and telling what was found.

use std::fmt;

use names::Side;

use crate::acts::Act;
use crate::bounds::Bounds;
use crate::explorer::Seen;
use crate::laws::Law;
use crate::rules::Rule;
use crate::sightings::Tally;
use crate::state::State;
use crate::world::{Move, Next, Proof, World};

/// A broken law and how it came to that.
pub(crate) struct Story {
    law: Law,
    moves: Vec<Move>,
}

/// What one exploration found.
pub(crate) struct Report {
    name: &'static str,
    pub states: usize,
    pub moves: u64,
    sheets: usize,
    depth: usize,
    pub tally: Tally,
    pub story: Option<Story>,
}

/// Looks at all states within the bounds, until a law is broken. Without a rule only one of the
/// laws it guards is looked at.
pub(crate) fn explore(bounds: &Bounds, without: Option<(Rule, Law)>) -> Report {
    let mut world = World::new(bounds, without.map(|(rule, _law)| rule));
    let mut seen = Seen::new(State::start());
    let (mut moves, mut position, mut depth, mut level_ends, mut story) = (0, 0, 0, 1, None);
    let matters = |law: &Law| without.is_none_or(|(_rule, guarded)| guarded == *law);
    while position < seen.len() && story.is_none() {
        if position == level_ends {
            (depth, level_ends) = (depth + 1, seen.len());
        }
        for next in world.moves(&seen.get(position)) {
            moves += 1;
            let parent = u32::try_from(position).expect("fewer than the limit");
            let mut broken = next.broken;
            if seen.add(next.state, parent) {
                broken.extend(world.broken(&next.state));
            }
            if let Some(law) = broken.into_iter().find(matters) {
                story = Some(Story { law, moves: told(&mut world, &seen.path(position), next.made) });
                break;
            }
        }
        position += 1;
    }
    world.answers();
    let (states, sheets, tally) = (seen.len(), world.acts.sheets.len(), world.tally);
    Report { name: bounds.name, states, moves, sheets, depth, tally, story }
}

/// The moves along a path, found again by their states.
fn told(world: &mut World, path: &[State], last: Move) -> Vec<Move> {
    let mut moves: Vec<Move> = Vec::new();
    for pair in path.windows(2) {
        let found = world.moves(&pair[0]).into_iter().find(|next: &Next| next.state == pair[1]);
        moves.extend(found.map(|next| next.made));
    }
    moves.push(last);
    moves
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, states, moves, sheets, depth, .. } = self;
        write!(f, "{name}: {states} states, {moves} moves, {depth} deep, {sheets} sheets")?;
        let Some(story) = &self.story else { return Ok(()) };
        write!(f, "; {:?} is broken:", story.law)?;
        for made in &story.moves {
            write!(f, "\n  {made}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Move {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mint(side) => write!(f, "{} mints the day", who(*side)),
            Self::Step(side, act) => write!(f, "{}: {act}", who(*side)),
            Self::Cancel(booking) => write!(f, "booking {booking} is cancelled"),
            Self::BackUp(side) => write!(f, "{} is backed up", who(*side)),
            Self::Restore(side, Proof::None) => write!(f, "{} is restored, nothing proven", who(*side)),
            Self::Restore(side, Proof::Journal) => write!(f, "{} is restored, proven by its journal", who(*side)),
            Self::Restore(side, Proof::Echo) => write!(f, "{} is restored, proven by an echo", who(*side)),
            Self::Heard(side) => write!(f, "all that {} wrote is heard", who(*side)),
        }
    }
}

impl fmt::Display for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hold { hold, from, count, lanes, .. } => {
                write!(f, "form {hold} holds {count} from interval {from} (offered lanes {lanes:#b})")
            }
            Self::Extend { hold } => write!(f, "form {hold} holds one more"),
            Self::Release { hold } => write!(f, "form {hold} is let go"),
            Self::Sell { hold } => write!(f, "form {hold} becomes a booking"),
            Self::SellNow { from, count, lanes, .. } => {
                write!(f, "sells {count} from interval {from} at the desk (offered lanes {lanes:#b})")
            }
            Self::Cancel { booking, .. } => write!(f, "hears that booking {booking} is cancelled"),
            Self::Reseat { booking, lane, .. } => write!(f, "moves booking {booking} to lane {lane}"),
            Self::Give { seats, life } => write!(f, "gives seats {seats:#b} to life {life}"),
            Self::Accept { grant, life } => write!(f, "takes grant {grant} in life {life}"),
            Self::Retire { seats } => write!(f, "retires seats {seats:#b}"),
            Self::Burn => write!(f, "burns"),
            Self::Redo => write!(f, "ends its holds"),
            Self::Reclaim { seats } => write!(f, "takes the lent seats {seats:#b} back"),
        }
    }
}

fn who(side: Side) -> &'static str {
    match side {
        Side::Booking => "server",
        Side::Box => "box",
    }
}
