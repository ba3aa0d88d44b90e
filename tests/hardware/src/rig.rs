//! One image, one town, one cold boot; then every scenario begins from the same moment.
//!
//! ```text
//!   disk.img ─► own copy ─ card written ─► cold boot ─► ready ─► counters open ─► snapshot
//!                                                                                    │
//!   scenario ◄── machine from the snapshot, clock set, booking server as it was ◄────┘
//! ```

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use fixture::clock;
use jiff::Timestamp;
use tokio::process::Command;

use crate::card;
use crate::hall::{self, Hall};
use crate::machine::{Machine, Parts, Start};
use crate::town::Town;

/// A cold boot without acceleration takes one to three minutes, more on a busy host.
const BOOTS_WITHIN: Duration = Duration::from_secs(600);
/// From the shell to the box that is ready.
const READY_WITHIN: Duration = Duration::from_secs(180);
/// From the box that is ready to pages on both screens: a browser without acceleration.
const PAINTS_WITHIN: Duration = Duration::from_secs(300);
/// QEMU now and then refuses a snapshot it takes the next time.
const LOADS: u32 = 3;
/// Words for the kernel: the serial line, the root shell of the rig, two screens that are there.
const WORDS: &str = "console=ttyS0 aufruf.rig=1 mitigations=off quiet consoleblank=0 vt.global_cursor_default=0 \
                     video=Virtual-1:1280x720@60D video=Virtual-2:1280x720@60D";

/// Where the image is and where everything goes.
#[derive(Clone, Debug)]
pub(crate) struct Places {
    /// `disk.img`, `vmlinuz`, `initrd`.
    pub(crate) image: PathBuf,
    /// A folder for each scenario.
    pub(crate) rig: PathBuf,
    /// More words for the kernel.
    pub(crate) words: String,
}

/// The rig with a box that is ready.
#[derive(Debug)]
pub(crate) struct Rig {
    /// The town of the box.
    pub(crate) town: Town,
    parts: Parts,
    folder: PathBuf,
    /// How the first start went.
    pub(crate) booted: Booted,
}

/// Seconds from power to …
#[derive(Clone, Copy, Debug)]
pub(crate) struct Booted {
    /// … a root shell.
    pub(crate) shell: f64,
    /// … a box that answers.
    pub(crate) ready: f64,
    /// … pages on both screens, if they came.
    pub(crate) painted: Option<f64>,
}

impl Rig {
    /// Boots the image once and keeps the moment in which it is ready.
    pub(crate) async fn set_up(places: &Places) -> Result<Self> {
        std::fs::create_dir_all(&places.rig)?;
        let folder = places.rig.canonicalize()?;
        let mut town = Town::found(&folder.join("town")).await?;
        let parts = parts(places, &folder).await?;
        card::write(&folder.join("disk.img"), "appliance.toml", &town.card().await?).await?;
        let from = clock::now();
        let machine = Machine::power_on(&parts, Start::Cold, &folder.join("boot")).await?;
        machine.shell.log_in(BOOTS_WITHIN).await?;
        let shell = since(from);
        let ready = until_ready(&machine, from).await?;
        hall::lay_relays(&machine, town.line_port()).await?;
        let hall = Hall::enter(machine).await?;
        hall.look("the box to know its office", READY_WITHIN, async || hall.open_counters().await.map(Some)).await?;
        let painted = hall.painted(PAINTS_WITHIN).await?;
        hall.machine.photograph(0, "screen-0").await?;
        hall.machine.photograph(1, "screen-1").await?;
        town.remember().await?;
        hall.machine.remember().await?;
        drop(hall.machine.off().await?);
        let painted = painted.then(|| since(from));
        Ok(Self { town, parts, folder, booted: Booted { shell, ready, painted } })
    }

    /// Enters the hall as it was at the snapshot, for a scenario of this name.
    pub(crate) async fn enter(&mut self, name: &str) -> Result<Hall> {
        self.town.as_remembered().await?;
        let hall = Hall::enter(load(&self.parts, &self.folder.join(name)).await?).await?;
        // Connections of the snapshot lead nowhere, and nobody tells the guest: its relay forgets them.
        hall::lay_relays(&hall.machine, self.town.line_port()).await?;
        hall.desk.wait_for(hall::PATIENCE, |shown| shown.state == "free").await?;
        Ok(hall)
    }

    /// Powers on a box after a cut: from nothing, with the disk as it was left. Gives back the hall
    /// and the seconds from power to ready.
    pub(crate) async fn power_on(&self, parts: &Parts, folder: &Path) -> Result<(Hall, f64)> {
        let from = clock::now();
        let machine = Machine::power_on(parts, Start::Cold, folder).await?;
        machine.shell.log_in(BOOTS_WITHIN).await?;
        let ready = until_ready(&machine, from).await?;
        hall::lay_relays(&machine, self.town.line_port()).await?;
        Ok((Hall::enter(machine).await?, ready))
    }

    /// The disk of the snapshot, copied for whoever does not want to disturb the others.
    pub(crate) async fn copy_of_disk(&self, name: &str) -> Result<Parts> {
        let disk = self.folder.join(name).join("guest.qcow2");
        std::fs::create_dir_all(self.folder.join(name))?;
        run("cp", &["--reflink=auto", &text(&self.parts.disk), &text(&disk)]).await?;
        Ok(Parts { disk, ..self.parts.clone() })
    }

    /// Where a scenario keeps what it leaves.
    pub(crate) fn place(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

/// Begins at the snapshot.
pub(crate) async fn load(parts: &Parts, folder: &Path) -> Result<Machine> {
    let mut tries = 1;
    loop {
        match Machine::power_on(parts, Start::Ready, folder).await {
            Err(error) if tries < LOADS => tracing::warn!("QEMU did not take the snapshot: {error:#}"),
            outcome => return outcome,
        }
        tries += 1;
    }
}

/// Copies the image, so that the built one stays as it is, and lays an overlay over it.
async fn parts(places: &Places, folder: &Path) -> Result<Parts> {
    let image = places.image.canonicalize();
    let image = image.with_context(|| format!("no image at {}; build it first", places.image.display()))?;
    let (copy, disk) = (folder.join("disk.img"), folder.join("guest.qcow2"));
    run("cp", &["--reflink=auto", "--sparse=always", &text(&image.join("disk.img")), &text(&copy)]).await?;
    run("qemu-img", &["create", "-q", "-f", "qcow2", "-b", &text(&copy), "-F", "raw", &text(&disk)]).await?;
    Ok(Parts {
        kernel: image.join("vmlinuz"),
        initrd: image.join("initrd"),
        disk,
        words: format!("{WORDS} {}", places.words),
    })
}

/// Waits until the pages of the box answer; gives back the seconds since `from`.
async fn until_ready(machine: &Machine, from: Timestamp) -> Result<f64> {
    let answers = "systemctl is-active --quiet aufruf-appliance && (exec 3<>/dev/tcp/127.0.0.1/8080) 2>/dev/null";
    let limit = READY_WITHIN.as_secs();
    let wait =
        format!("end=$((SECONDS + {limit})); until {answers} || [ $SECONDS -ge $end ]; do sleep 0.2; done; {answers}");
    if let Err(error) = machine.shell.run_within(&wait, READY_WITHIN * 2).await {
        let why = "systemctl --no-pager --failed; systemctl list-jobs --no-pager | head -20; ip -br a; ls -l /config; \
                   journalctl -b --no-pager -n 60 -u aufruf-appliance -u aufruf-card; cat /run/aufruf-card/mistakes.txt";
        let why = machine.shell.run(&format!("({why}) || true")).await.unwrap_or_default();
        return Err(error).with_context(|| format!("the box does not get ready:\n{why}"));
    }
    Ok(since(from))
}

/// Seconds since a moment.
pub(crate) fn since(from: Timestamp) -> f64 {
    clock::now().duration_since(from).as_secs_f64()
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

async fn run(program: &str, arguments: &[&str]) -> Result<()> {
    let done = Command::new(program).args(arguments).output().await;
    let done = done.with_context(|| format!("failed to run {program}; `.ci/setup hardware` installs it"))?;
    if !done.status.success() {
        bail!("{program} {}: {}", arguments.join(" "), String::from_utf8_lossy(&done.stderr).trim());
    }
    Ok(())
}
