//! The watcher of one screen: a browser as its child, ended when its page stands still.
//!
//! ```text
//!   browser (child) ─page─► box ◄─/bildschirm/N every 5 s─ Patience ─► systemd: READY, WATCHDOG
//!         ▲────────────────────────── ended ───────────────────┘
//! ```
//!
//! What must always hold: the browser begins when the box answers, with a profile that is nobody's;
//! it ends with this program, and this program with it: who starts both again is systemd.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail};
use sd_notify::NotifyState;
use serde::Deserialize;
use tokio::process::{Child, Command};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::clock::monotonic;
use crate::line::ask;
use crate::patience::{Patience, Verdict, Word};
use crate::screens::{Outputs, Screens, Shows, app_id};

/// How often the box is asked; six times before the watchdog of systemd would bark twice.
const LOOK: Duration = Duration::from_secs(5);
/// More flags of the machine, in the environment, separated by blanks.
const MORE: &str = "AUFRUF_BROWSER_FLAGS";

/// A screen without scroll bars, questions, news, updates or anything of anybody's.
const FLAGS: [&str; 24] = [
    "--ozone-platform=wayland",
    "--kiosk",
    "--no-first-run",
    "--no-default-browser-check",
    "--noerrdialogs",
    "--disable-session-crashed-bubble",
    "--disable-infobars",
    "--disable-features=Translate,MediaRouter,OptimizationHints,AutofillServerCommunication",
    "--disable-sync",
    "--disable-extensions",
    "--disable-component-update",
    "--disable-background-networking",
    "--disable-domain-reliability",
    "--disable-breakpad",
    "--disable-pinch",
    "--overscroll-history-navigation=0",
    "--autoplay-policy=no-user-gesture-required",
    "--password-store=basic",
    "--lang=de",
    "--disk-cache-size=1048576",
    // The pages hardly move: memory is painted, and no graphics driver can hang.
    "--disable-gpu",
    "--disable-dev-shm-usage",
    // Both outputs are always seen, whatever the browser thinks of it.
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
];

/// How long the page has been silent, as the box says.
#[derive(Deserialize)]
struct Silent {
    silent_ms: Option<u64>,
}

/// Whether this screen is to show a page, and there is such an output.
#[must_use]
pub fn is_wanted(screens: &Screens, outputs: &Outputs, screen: u8) -> bool {
    screens.assigned(outputs).iter().any(|it| it.number == screen && it.shows != Shows::Off)
}

/// Keeps a page on a screen until it is told to stop.
///
/// # Errors
/// The screen shows nothing, the browser cannot be started, it ended, or its page stands still.
pub async fn page(screens: &Screens, screen: u8, of: SocketAddr, browser: &Path) -> anyhow::Result<()> {
    let address = address(screens, screen, of).with_context(|| format!("screen {screen} shows no page"))?;
    let mut stop = signal(SignalKind::terminate()).context("failed to listen for signals")?;
    if !box_is_there(screen, of, &mut stop).await {
        return Ok(());
    }
    let mut child = start(browser, screen, &address)?;
    tracing::info!(screen, address, "the browser is started");
    let ended = watch(&mut child, screen, of, &mut stop).await;
    // It may have ended already.
    drop(child.kill().await);
    ended
}

fn address(screens: &Screens, screen: u8, of: SocketAddr) -> Option<String> {
    match screens.shows(screen) {
        Shows::Board => Some(format!("http://{of}/tafel?bildschirm={screen}")),
        Shows::Terminal => Some(format!("http://{of}/terminal?bildschirm={screen}")),
        Shows::Off => None,
    }
}

/// Waits for the first answer; no, if it was told to stop before.
async fn box_is_there(screen: u8, of: SocketAddr, stop: &mut Signal) -> bool {
    while heard(screen, of).await == Word::Away {
        if tokio::time::timeout(LOOK, stop.recv()).await.is_ok() {
            return false;
        }
    }
    true
}

fn start(browser: &Path, screen: u8, address: &str) -> anyhow::Result<Child> {
    let profile = Path::new(&std::env::var_os("XDG_RUNTIME_DIR").unwrap_or_else(|| OsString::from("/tmp")))
        .join(format!("profile-{screen}"));
    let more = std::env::var(MORE).unwrap_or_default();
    let mut command = Command::new(browser);
    command.args(FLAGS).args(more.split_whitespace());
    command.arg(format!("--class={}", app_id(screen))).arg(format!("--user-data-dir={}", profile.display()));
    command.arg(address).env_remove("NOTIFY_SOCKET").env_remove("WATCHDOG_USEC").env_remove("WATCHDOG_PID");
    command.kill_on_drop(true).spawn().with_context(|| format!("failed to start {}", browser.display()))
}

async fn watch(child: &mut Child, screen: u8, of: SocketAddr, stop: &mut Signal) -> anyhow::Result<()> {
    let mut patience = Patience::with_one_started(monotonic());
    let mut ready = false;
    loop {
        match patience.hear(heard(screen, of).await, monotonic()) {
            Verdict::Waiting => {}
            Verdict::Painted if ready => {}
            Verdict::Painted => {
                ready = true;
                tracing::info!(screen, "the page is painted");
                tell(NotifyState::Ready);
            }
            Verdict::Over => bail!("the page on screen {screen} stands still; the browser is ended"),
        }
        tell(NotifyState::Watchdog);
        tokio::select! {
            status = child.wait() => bail!("the browser on screen {screen} ended ({})", status?),
            _stop = stop.recv() => return Ok(()),
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}

async fn heard(screen: u8, of: SocketAddr) -> Word {
    match ask::<Silent>(of, &format!("/bildschirm/{screen}")).await {
        Ok(Silent { silent_ms: Some(ms) }) => Word::Ago(Duration::from_millis(ms)),
        Ok(Silent { silent_ms: None }) => Word::Never,
        Err(away) => {
            tracing::debug!("{away}");
            Word::Away
        }
    }
}

/// A service manager that does not listen is no reason to end a page.
fn tell(state: NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(&[state]) {
        tracing::warn!(%error, "failed to tell the service manager");
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    /// A double of the box: no page has spoken yet.
    async fn quiet_box() -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let at = listener.local_addr().expect("a port");
        tokio::spawn(async move {
            while let Ok((mut line, _from)) = listener.accept().await {
                let mut question = [0; 512];
                let _read = line.read(&mut question).await;
                let _sent = line.write_all(b"HTTP/1.1 200 OK\r\n\r\n{\"silent_ms\":null}").await;
            }
        });
        at
    }

    fn screens() -> Screens {
        Screens::wanted(|name| (name == "AUFRUF_SCREEN_2").then(|| "terminal".to_owned()))
    }

    #[tokio::test]
    async fn a_browser_that_ends_or_cannot_be_started_ends_the_watcher_which_is_then_started_again() {
        let at = quiet_box().await;
        let ended = page(&screens(), 1, at, Path::new("/bin/false")).await.expect_err("it ended");
        assert!(ended.to_string().contains("the browser on screen 1 ended"), "{ended:#}");
        let missing = page(&screens(), 1, at, Path::new("/nowhere/browser")).await.expect_err("there is none");
        assert!(missing.to_string().contains("failed to start /nowhere/browser"), "{missing:#}");
    }

    #[test]
    fn each_screen_has_its_page_and_says_its_number_so_that_the_page_speaks_for_it() {
        let of = SocketAddr::from(([127, 0, 0, 1], 8080));
        let told = [1, 2, 3].map(|screen| address(&screens(), screen, of));
        let page = |path: &str| Some(format!("http://127.0.0.1:8080/{path}"));
        assert_eq!(told, [page("tafel?bildschirm=1"), page("terminal?bildschirm=2"), None]);
    }
}
