//! The same card in two boxes, both alive: which one goes on, and what a person has to decide.

use anyhow::Result;

use super::cell::{arrive, count, sell_on};
use super::ground::{self, at};
use super::morning::{self, Snapshot};
use super::table::{Drill, Line, Outcome, Seen, State};
use super::{look, morning::desk};

/// The first box sells, then the second one from the same state; then the line, and a new code.
pub(super) async fn play(drill: Drill, expected: &Outcome, from: &Snapshot) -> Result<Outcome> {
    let office = arrive(from).await?;
    let (card, copied) = (at(&office, "appliance"), at(&office, "copied"));
    ground::copy(&card, &copied)?;
    office.unplug(drill.line == Line::Offline);
    office.start_booking().await?;
    office.switch_on().await?;
    let mut pins = from.pins.clone();
    let both_sell = Seen { online: State::Sells, desk: State::Sells };
    look::until_seen(&office, both_sell).await?;
    pins.push(desk(&office, "ida").await?);
    if drill.line == Line::Connected {
        ground::mailed(&office, "ida@example.org").await?;
    }
    office.power_off().await?;
    let first = at(&office, "first");
    std::fs::rename(&card, &first)?;
    std::fs::rename(&copied, &card)?;
    office.switch_on().await?;
    let at_once = look::until_seen(&office, expected.at_once).await?;
    if at_once.desk == State::Sells {
        pins.push(morning::desk(&office, "jana").await?);
    }
    office.power_off().await?;
    office.unplug(false);
    Ok(Outcome { at_once, ..both_meet(&office, drill, expected, from, pins, &first).await? })
}

/// What is seen while two boxes with the same card are known.
const LOCKED: Seen = Seen { online: State::Locked, desk: State::Locked };

/// The first box tells, then the second one; both are told that something is wrong with them. A new
/// code, and what the first one alone knows comes from its stick.
async fn both_meet(
    office: &fixture::ImaginaryOffice,
    drill: Drill,
    expected: &Outcome,
    from: &Snapshot,
    mut pins: Vec<u32>,
    first: &std::path::Path,
) -> Result<Outcome> {
    let (card, second) = (at(office, "appliance"), at(office, "second-card"));
    std::fs::rename(&card, &second)?;
    ground::copy(first, &card)?;
    office.switch_on().await?;
    look::until_seen(office, LOCKED).await?;
    office.power_off().await?;
    ground::take_away(&card)?;
    std::fs::rename(&second, &card)?;
    ground::write_box_papers(office).await?;
    office.switch_on().await?;
    let in_the_end = look::until_seen(office, expected.in_the_end).await?;
    sell_on(office, in_the_end, &mut pins).await?;
    count(office, drill, from, &pins).await.map(|counted| Outcome { in_the_end, ..counted })
}
