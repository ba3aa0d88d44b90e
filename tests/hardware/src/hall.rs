//! The hall of the booted box, as people and devices in it meet it.
//!
//! ```text
//!   press(device, keys) ──► scanner, keypad        terminal(n), board() ◄── asked inside the guest
//!   desk ── MQTT ──► gate, over the guest's network card      clerk ──► pages, by the relay
//! ```
//!
//! What a terminal or the board shows is asked by the root shell on the guest's own loopback, so
//! it can be asked without a network, too.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use fixture::papers::{STAFF_NAME, STAFF_PASSWORD, desk};
use fixture::{Clerk, Desk, clock};
use serde_json::Value;

use crate::keys::{self, Layout};
use crate::machine::{Device, GATE, Machine, PAGES};
use crate::town::{COUNTER, Guest, LINE};

/// Longer than any answer of an emulated box on a busy host.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
/// How often is looked.
const LOOK_EVERY: Duration = Duration::from_millis(150);
/// The entrance terminal.
pub(crate) const ENTRANCE: u8 = 1;
/// Where the pages listen in the guest.
const INSIDE: u16 = 8080;

/// The hall of a running machine.
#[derive(Debug)]
pub(crate) struct Hall {
    /// The machine.
    pub(crate) machine: Machine,
    /// The desk device at [`COUNTER`], on this host, before the guest's gate.
    pub(crate) desk: Desk,
    pages: String,
}

/// What a terminal shows now.
#[derive(Clone, Debug)]
pub(crate) struct Screen(Value);

impl Screen {
    /// `start`, `typing`, `answer`, …
    pub(crate) fn name(&self) -> &str {
        self.0["screen"].as_str().unwrap_or_default()
    }

    /// What was answered, such as `arrived` or `ticket`.
    pub(crate) fn kind(&self) -> &str {
        self.0["kind"].as_str().unwrap_or_default()
    }

    /// The code that is shown, as `482 917`.
    pub(crate) fn code(&self) -> Option<String> {
        code(&self.0["code"])
    }
}

/// A code of a page, as `482 917` or `A 042`.
fn code(shown: &Value) -> Option<String> {
    Some(format!("{} {}", shown["first"].as_str()?, shown["second"].as_str()?))
}

impl Hall {
    /// Goes in: sets the clock of a machine that slept, and plugs the desk device in.
    pub(crate) async fn enter(machine: Machine) -> Result<Self> {
        machine.shell.log_in(PATIENCE).await?;
        set_clock(&machine).await?;
        let address = async |port| anyhow::Ok(SocketAddr::from((Ipv4Addr::LOCALHOST, machine.forwarded(port).await?)));
        let (pages, gate) = (address(PAGES).await?, address(GATE).await?);
        let desk = Desk::plug_in(gate, &desk(COUNTER))?;
        Ok(Self { machine, desk, pages: format!("http://{pages}") })
    }

    /// A clerk opens every counter; the desk device sees it.
    pub(crate) async fn open_counters(&self) -> Result<()> {
        Clerk::sign_in(&self.pages).await?.open(3).await?;
        self.desk.wait_for(PATIENCE, |shown| shown.state == "free").await.map(drop)
    }

    /// Waits until both screens are painted, by their own word; whether they were in time.
    pub(crate) async fn painted(&self, limit: Duration) -> Result<bool> {
        let both = "systemctl is-active --quiet aufruf-page@1 && systemctl is-active --quiet aufruf-page@2";
        let end = limit.as_secs();
        let wait = format!("end=$((SECONDS + {end})); until {both} || [ $SECONDS -ge $end ]; do sleep 1; done; {both}");
        Ok(self.machine.shell.run_within(&wait, limit * 2).await.is_ok())
    }

    /// How many appointments the box expects, and how many wait, as counter 1 sees it.
    pub(crate) async fn counts(&self) -> Result<(usize, u64)> {
        let hall = self.pages.clone();
        let looking = tokio::task::spawn_blocking(move || {
            let mut http = fixture::http::Http::default();
            http.send(&format!("{hall}/anmelden"), &[("name", STAFF_NAME), ("password", STAFF_PASSWORD)])?;
            let mut seen = Value::Null;
            http.listen(&format!("{hall}/platz/1/ereignisse"), |_event, data| {
                seen = serde_json::from_str(data).unwrap_or_default();
                std::ops::ControlFlow::Break(())
            })?;
            anyhow::Ok(seen)
        });
        let seen = tokio::time::timeout(PATIENCE, looking).await.context("the counter page is silent")???;
        let view = &seen["view"];
        let times = view["expected"].as_array().with_context(|| format!("no counter page: {seen}"))?;
        // One row for each time, such as "2 Personen".
        let people = |row: &Value| row["people"].as_str()?.split_whitespace().next()?.parse::<usize>().ok();
        Ok((times.iter().filter_map(people).sum(), view["waiting"].as_u64().unwrap_or_default()))
    }

    /// Waits until the box expects so many.
    pub(crate) async fn expects(&self, people: usize) -> Result<()> {
        self.look("the booking to arrive", PATIENCE, async || Ok((self.counts().await?.0 >= people).then_some(())))
            .await
    }

    /// Types on a device; a scanner adds its Enter.
    pub(crate) async fn press(&self, device: Device, text: &str) -> Result<()> {
        let strokes = match device {
            Device::ScannerUs | Device::Rogue => keys::scan(Layout::Us, text)?,
            Device::ScannerDe => keys::scan(Layout::De, text)?,
            Device::Keypad => keys::keypad(text)?,
        };
        self.machine.press(device, &strokes).await
    }

    /// What a terminal shows now.
    pub(crate) async fn terminal(&self, number: u8) -> Result<Screen> {
        let told = self.told(&format!("/terminal/ereignisse?nr={number}")).await?;
        Ok(Screen(told["view"]["screen"].clone()))
    }

    /// The rows of the board: code and counter, newest first.
    pub(crate) async fn board(&self) -> Result<Vec<(String, u64)>> {
        let told = self.told("/tafel/ereignisse").await?;
        let rows = told["view"]["rows"].as_array().cloned().unwrap_or_default();
        Ok(rows.iter().filter_map(|row| Some((code(&row["code"])?, row["counter"].as_u64()?))).collect())
    }

    /// Waits until a terminal shows what fits.
    pub(crate) async fn sees(&self, terminal: u8, what: &str, fits: impl Fn(&Screen) -> bool) -> Result<Screen> {
        self.look(what, PATIENCE, async || {
            let screen = self.terminal(terminal).await?;
            Ok(fits(&screen).then_some(screen))
        })
        .await
    }

    /// Waits until the terminal greets whoever holds this code.
    pub(crate) async fn greeted(&self, terminal: u8, guest: &Guest) -> Result<Screen> {
        let ours = |screen: &Screen| screen.0["tone"] == "done" && screen.code().as_deref() == Some(&guest.pin);
        match self.sees(terminal, "a greeting with the code", ours).await {
            Ok(screen) => Ok(screen),
            Err(error) => {
                let shown = self.terminal(terminal).await?.0;
                let journal = self.machine.shell.run("journalctl -u aufruf-appliance --no-pager -o cat -n 8").await?;
                Err(error)
                    .with_context(|| format!("terminal {terminal} shows {shown} to {}; log: {journal}", guest.pin))
            }
        }
    }

    /// Checks somebody in by their PIN on the keypad.
    pub(crate) async fn type_pin(&self, guest: &Guest) -> Result<Screen> {
        self.step_up().await?;
        self.press(Device::Keypad, "1").await?;
        self.sees(ENTRANCE, "the digits to type", |screen| screen.name() == "typing").await?;
        self.press(Device::Keypad, &guest.pin.replace(' ', "")).await?;
        self.greeted(ENTRANCE, guest).await
    }

    /// Pulls a number by the keypad.
    pub(crate) async fn pull_number(&self) -> Result<String> {
        self.step_up().await?;
        self.press(Device::Keypad, "2").await?;
        let screen = self.sees(ENTRANCE, "a number", |screen| screen.kind() == "ticket").await?;
        screen.code().context("a number that is not shown")
    }

    /// The one before goes; the start screen is there.
    pub(crate) async fn step_up(&self) -> Result<()> {
        if self.terminal(ENTRANCE).await?.name() != "start" {
            self.press(Device::Keypad, "E").await?;
        }
        self.sees(ENTRANCE, "the start screen", |screen| screen.name() == "start").await.map(drop)
    }

    /// Asks the box on the guest's own loopback for the first picture of a page.
    async fn told(&self, path: &str) -> Result<Value> {
        let talk = format!(
            "timeout 10 bash -c 'exec 3<>/dev/tcp/127.0.0.1/{INSIDE}; \
             printf \"GET %s HTTP/1.0\\r\\nhost: 127.0.0.1:{INSIDE}\\r\\n\\r\\n\" \"{path}\" >&3; \
             while read -r -u3 line; do case $line in data:*) echo \"${{line#data:}}\"; exit 0;; esac; done; exit 1'"
        );
        let said = self.machine.shell.run(&talk).await.with_context(|| format!("asking for {path}"))?;
        let json = said.find('{').and_then(|from| said.get(from..)).unwrap_or(&said);
        serde_json::from_str(json.trim()).with_context(|| format!("{path} tells {said:?}"))
    }

    /// Looks again and again until something is found.
    ///
    /// # Errors
    /// Nothing was found within `limit`; the message carries the last complaint, if there was one.
    pub(crate) async fn look<T>(
        &self,
        what: &str,
        limit: Duration,
        mut find: impl AsyncFnMut() -> Result<Option<T>>,
    ) -> Result<T> {
        let mut every = tokio::time::interval(LOOK_EVERY);
        let mut complaint = None;
        let search = async {
            loop {
                every.tick().await;
                match find().await {
                    Ok(Some(found)) => return found,
                    Ok(None) => complaint = None,
                    Err(error) => complaint = Some(error),
                }
            }
        };
        match tokio::time::timeout(limit, search).await {
            Ok(found) => Ok(found),
            Err(_elapsed) => match complaint {
                Some(error) => Err(error).with_context(|| format!("waited {limit:?} in vain for {what}")),
                None => bail!("waited {limit:?} in vain for {what}"),
            },
        }
    }
}

/// The guest's clock is that of the snapshot until somebody sets it.
pub(crate) async fn set_clock(machine: &Machine) -> Result<()> {
    let now = clock::now().as_millisecond();
    machine.shell.run(&format!("date -s @{}.{:03} >/dev/null", now / 1000, now % 1000)).await.map(drop)
}

/// Starts the two relays in the guest: the network's way to the pages, and the pages' own machine's
/// way to the booking server. Repeating it changes the booking server's port.
pub(crate) async fn lay_relays(machine: &Machine, line: u16) -> Result<()> {
    let relay = "/usr/lib/systemd/systemd-socket-proxyd";
    let relays = [
        ("rig-pages", format!("0.0.0.0:{PAGES}"), format!("127.0.0.1:{INSIDE}")),
        ("rig-line", format!("127.0.0.1:{LINE}"), format!("10.0.2.2:{line}")),
    ];
    for (unit, listens, leads) in relays {
        let start = format!(
            "systemctl stop {unit} 2>/dev/null; systemctl reset-failed {unit} 2>/dev/null; \
             systemd-run --quiet --unit={unit} systemd-socket-activate -l {listens} {relay} {leads}"
        );
        machine.shell.run(&start).await?;
    }
    Ok(())
}
