//! The box looks after itself, and its screens show something.

use std::time::Duration;

use anyhow::{Result, ensure};

use super::call::BOARD;
use crate::hall::{Hall, PATIENCE};
use crate::picture::{self, Picture};
use crate::rig::Rig;

/// The watchdog's time, the start again, and an emulated machine.
const COMES_BACK: Duration = Duration::from_secs(240);

/// The program stands still (SIGSTOP): the watchdog ends it, it starts again and knows the queue.
pub(crate) async fn hang(rig: &mut Rig) -> Result<String> {
    let hall = rig.enter("hang").await?;
    let number = hall.pull_number().await?;
    let before = state(&hall).await?;
    hall.machine
        .shell
        .run("kill -STOP $(systemctl show -P MainPID aufruf-appliance); cut -d' ' -f1 /proc/uptime >/run/rig-hang")
        .await?;
    let after = hall
        .look("another process", COMES_BACK, async || {
            let now = state(&hall).await?;
            Ok((now.0 != before.0 && now.1 == "active").then_some(now))
        })
        .await?;
    hall.look("the pages", PATIENCE, async || hall.board().await.map(Some)).await?;
    let took =
        hall.machine.shell.run("echo $(cut -d' ' -f1 /proc/uptime) $(cat /run/rig-hang) | awk '{print $1-$2}'").await?;
    ensure!(hall.counts().await?.1 == 1, "{number} must still wait, got {:?}", hall.counts().await?);
    let why =
        hall.machine.shell.run("journalctl -u aufruf-appliance --no-pager -o cat | grep -im1 watchdog || true").await?;
    hall.machine.off().await?;
    Ok(format!(
        "process {} hung, {} runs {} s later and knows {number}; journal: {why}",
        before.0,
        after.0,
        took.trim()
    ))
}

/// Process and state of the box.
async fn state(hall: &Hall) -> Result<(String, String)> {
    let said = hall.machine.shell.run("systemctl show -P MainPID -P ActiveState aufruf-appliance | xargs").await?;
    let (pid, state) = said.trim().split_once(' ').unwrap_or((said.as_str(), ""));
    Ok((pid.to_owned(), state.to_owned()))
}

/// Both screens are photographed: the first shows the board, the second the terminal.
pub(crate) async fn screens(rig: &mut Rig) -> Result<String> {
    let hall = rig.enter("screens").await?;
    let mut seen = Vec::new();
    for head in [0, 1] {
        let file = hall.machine.photograph(head, &format!("screen-{head}")).await?;
        let greys = Picture::open(&file)?.greys();
        ensure!(greys > 4, "screen {head} is blank ({greys} greys)");
        seen.push(picture::words(&file).await?);
    }
    let board = |head: usize| picture::holds(&seen[head], BOARD);
    ensure!(board(0) && !board(1), "expected the board on the first screen, the terminal on the second: {seen:?}");
    hall.machine.off().await?;
    Ok(format!("first {:?}, second {:?}", seen[0], seen[1]))
}
