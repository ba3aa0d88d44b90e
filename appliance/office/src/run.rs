//! Puts the box together and takes it apart again. Nothing here waits for the network.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context;
use devices::broker::BrokerProgram;
use devices::{Announce, Devices, DevicesConfig, Sensed, SoundConfig};
use store::Opened;
use tokio::net::TcpListener;
use tokio::sync::{Notify, mpsc, watch};

use crate::care::{Health, Keeper, Pulse};
use crate::clock::Clock;
use crate::config::{self, Config};
use crate::control;
use crate::eventloop::{self, Ears, Hall, Parts};
use crate::ledger::{Ledger, Replayed};
use crate::pages::view::{Board, Context as View, LinkState};
use crate::pages::wires::wires;
use crate::pages::{Account, Doors, Pages, Settings, tls_config};
use crate::ready::{self, Ready};
use crate::uplink::{self, Uplink};

/// Runs the box until `stop` resolves.
///
/// # Errors
/// Another box runs on the same data, an address is taken, a file cannot be read, or the
/// journal is lost while running.
pub async fn run(config: Config, stop: impl Future<Output = ()>) -> anyhow::Result<()> {
    let config = Arc::new(config);
    std::fs::create_dir_all(&config.data)
        .with_context(|| format!("failed to make the folder {}", config.data.display()))?;
    let stick = config.stick.as_ref().map(|stick| stick.path.as_path());
    let (ledger, opened) = Ledger::open(&config.data, &config.office, stick)?;
    ready::forget(&config.data).context("failed to remove ready.json")?;
    let replayed = ledger.replay().await?;
    tracing::info!(entries = replayed.entries, "the journal is replayed");
    let clock = Clock::starting_at(replayed.newest, &config.data);
    let ending = ledger.settle(clock.now().at).await?;
    if opened != Opened::Normal {
        tracing::warn!(?opened, ?ending, "this box was restored");
    }

    let doors = doors(&config).await?;
    let (pages_at, tls_at) = addresses(&doors)?;
    let (devices, sensed) = devices(&config, pages_at).await?;
    let health = Health::default();
    let (ends, wires) = wires(first_board(&replayed, &clock));
    let pages = Pages::new(wires, &settings(&config), health.clone())?;
    let ready = Ready { pages: pages_at, tls: tls_at, gate: devices.gate_addr(), pid: std::process::id() };

    let (letters_in, letters) = mpsc::channel(uplink::MAX_LETTERS);
    let written = Arc::new(Notify::new());
    let line = config.booking.as_ref().map(|booking| {
        let used = uplink::UsedCode::in_folder(&config.data);
        Uplink::new(booking, ledger.clone(), clock.clone(), letters_in, Arc::clone(&written), health.clone(), used)
    });
    let line = line.transpose().context("failed to prepare the line to the booking server")?;
    let line = line.map(|line| tokio::spawn(line.run()));
    let keeper = Keeper::new(ledger.clone(), clock.clone(), health.clone(), &config.data, stick);
    let reach = control::Reach { ledger: ledger.clone(), clock: clock.clone(), written: Arc::clone(&written) };
    let control = control::serve(control::listen(&config.data)?, reach);
    let beside = [tokio::spawn(keeper.run()), tokio::spawn(control)];
    let last = ledger.clone();
    let (ears, parts) = {
        let (commands, pictures) = ends.split();
        let parts = Parts { config: Arc::clone(&config), clock, ledger, replayed, devices, pictures, health, written };
        (Ears { sensed, letters, commands, pulse: Pulse::asked_for() }, parts)
    };

    // Whoever reads ready.json finds every terminal and counter.
    let mut hall = Hall::new(parts);
    hall.begin().await?;
    let (over, mut stopping) = watch::channel(false);
    let serving = tokio::spawn(pages.serve(doors, async move { drop(stopping.wait_for(|s| *s).await) }));
    ready::tell(&config.data, &ready).context("failed to write ready.json")?;
    Pulse::ready();
    tracing::info!(pages = %ready.pages, gate = %ready.gate, "the box is ready");

    let ended = eventloop::run(hall, ears, stop).await;
    Pulse::stopping();
    over.send_replace(true);
    if let Some(line) = line {
        line.abort();
    }
    beside.iter().for_each(tokio::task::JoinHandle::abort);
    let hall = ended?;
    let (_devices_gone, served) = tokio::join!(hall.into_devices().stop(), serving);
    served.context("the pages broke")?;
    last.last_words().await;
    ready::forget(&config.data).context("failed to remove ready.json")?;
    tracing::info!("the box has stopped");
    Ok(())
}

async fn doors(config: &Config) -> anyhow::Result<Doors> {
    let plain = listen(config.pages.listen, "pages.listen").await?;
    let tls = match (&config.pages.tls_listen, &config.pages.tls_certificate, &config.pages.tls_key) {
        (Some(at), Some(certificate), Some(key)) => {
            Some((listen(*at, "pages.tls_listen").await?, tls_config(certificate, key)?))
        }
        _incomplete => None,
    };
    Ok(Doors { plain, tls })
}

async fn listen(at: SocketAddr, key: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(at).await.with_context(|| format!("failed to listen on {at} ({key}): is it taken?"))
}

fn addresses(doors: &Doors) -> anyhow::Result<(SocketAddr, Option<SocketAddr>)> {
    let tls = doors.tls.as_ref().map(|(listener, _)| listener.local_addr()).transpose()?;
    Ok((doors.plain.local_addr()?, tls))
}

async fn devices(config: &Config, pages: SocketAddr) -> anyhow::Result<(Devices, mpsc::Receiver<Sensed>)> {
    let program = std::env::current_exe().context("failed to find this program for the broker")?;
    let devices = DevicesConfig {
        inputs: config.inputs.iter().map(|i| i.rules.clone()).collect(),
        gate_listen: config.gate.listen,
        broker: BrokerProgram { program, arguments: vec!["broker".into()] },
        sound: SoundConfig {
            enabled: config.sound.enabled,
            device: config.sound.device.clone(),
            chime: config.sound.chime.clone(),
        },
        printer: config.printer.as_ref().and_then(config::Printer::meant),
        mdns: config.mdns.enabled.then(|| Announce {
            name: format!("Aufruf {}", config.office),
            id: config.office.to_string(),
            pages_port: pages.port(),
        }),
    };
    Ok(Devices::start(devices).await?)
}

/// Seen by a browser that comes before the loop took its first step.
fn first_board(replayed: &Replayed, clock: &Clock) -> Board {
    let context = View {
        office: replayed.known.office.clone(),
        link: LinkState::Never,
        zone: replayed.known.zone.clone(),
        confirmed: None,
    };
    Board::of(&replayed.queue, &context, clock.now())
}

fn settings(config: &Config) -> Settings {
    let account = |s: &config::Staff| Account { name: s.name.clone(), password: s.password.clone() };
    Settings {
        staff: config.staff.iter().map(account).collect(),
        frame_ancestors: config.pages.frame_ancestors.clone(),
    }
}
