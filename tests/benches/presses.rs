//! Desk press → board, beside the peers.
//!
//! Included in `press_to_board`: the device's own MQTT client (which, like most small ones, does
//! not switch off Nagle's algorithm), the gate, the broker in its own process, the queue with its
//! commit on disk, all pictures, the event stream, and a real HTTP client up to the whole event.
//! Not included: the drawing of a browser. Between two presses the peers are measured, while the
//! box rests: the same machine in the same minute.

use std::collections::VecDeque;
use std::time::Duration;

use anyhow::Result;
use serde_json::json;
use tokio::time::MissedTickBehavior;

use crate::figures::{Times, figure};
use crate::hall::Hall;
use crate::peers::{Disk, Mosquitto};

/// How many presses.
const PRESSES: usize = 480;
/// Between a scan and a press, so that the box rests before each; with [`crate::COUNTERS`] desks
/// each is pressed every 5.5 s at the soonest.
const EVERY: Duration = Duration::from_millis(115);
/// People who were missed and are out of the hall for a while; the others wait.
const OUT: usize = 20;
/// The first presses are not counted: caches fill, allocators settle.
const WARM_UP: usize = 24;

/// Presses all desks in turn.
pub(crate) async fn measure(hall: &mut Hall) -> Result<()> {
    let mut mosquitto = Mosquitto::start().await?;
    let mut disk = Disk::open(&hall.office.places.folder.join("peer.db"))?;
    let (mut board, mut ack) = (Times::default(), Times::default());
    let (mut bare, mut commit) = (Times::default(), Times::default());
    let mut missed = VecDeque::new();
    let mut every = tokio::time::interval(EVERY);
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for press in 0..WARM_UP + PRESSES {
        every.tick().await;
        hall.bring_back(&mut missed, OUT).await?;
        every.tick().await;
        let desk = press % hall.desks.len();
        let (bare_from, bare_to) = mosquitto.round_trip().await?;
        let (commit_from, commit_to) = disk.commit()?;
        let call = hall.call(desk).await?;
        if press >= WARM_UP {
            bare.add(bare_from, bare_to);
            commit.add(commit_from, commit_to);
            board.add(call.pressed, call.on_board);
            ack.add(call.pressed, call.acknowledged);
        }
        missed.push_back(call.pin);
        hall.missed(desk).await?;
    }
    hall.bring_back(&mut missed, 0).await?;
    board.tell("press_to_board", &json!({}))?;
    ack.tell("press_to_acknowledgement", &json!({}))?;
    bare.tell("bare_round_trip", &json!({"peer": mosquitto.version()}))?;
    commit.tell("bare_commit", &json!({"peer": disk.version()}))?;
    let ratio = board.quantile(0.5) / (bare.quantile(0.5) + commit.quantile(0.5));
    figure("press_to_board_ratio", ratio, "times the two peers together", &json!({"aim": "below 3"}))?;
    hall.scans.typing.tell("scan_typing", &json!({"note": "all key events at once; a real scanner types longer"}))?;
    hall.scans.answer.tell("scan_to_answer", &json!({"note": "from the Enter to the terminal's event"}))
}
