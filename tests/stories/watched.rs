//! A service manager watches the box: it hears that the box is ready, that its loop turns, and that
//! it stops. The double is the other end of systemd's socket.

use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use fixture::programs::{BoxReady, Kind, Program};
use serde_json::Value;
use tokio::process::Command;

use crate::raw::{get, post};
use crate::told::PATIENCE;

/// The watchdog of the stories; the box beats three times as often.
const WATCHDOG: Duration = Duration::from_millis(1500);

/// What systemd would hear.
struct Manager {
    socket: UnixDatagram,
}

impl Manager {
    fn at(path: &Path) -> Result<Self> {
        Ok(Self { socket: UnixDatagram::bind(path)? })
    }

    /// The next message; nothing within this time.
    fn hears(&self, within: Duration) -> Option<String> {
        self.socket.set_read_timeout(Some(within)).expect("a time");
        let mut message = [0; 512];
        let length = self.socket.recv(&mut message).ok()?;
        Some(String::from_utf8_lossy(&message[..length]).trim().to_owned())
    }

    /// Everything that was said before now is over.
    fn forgets(&self) {
        self.socket.set_nonblocking(true).expect("a socket");
        while self.socket.recv(&mut [0; 512]).is_ok() {}
        self.socket.set_nonblocking(false).expect("a socket");
    }
}

/// A box alone, without a booking server, watched by somebody.
async fn watched(folder: &Path) -> Result<(Program, BoxReady, Manager)> {
    let (file, data, socket) = (folder.join("appliance.toml"), folder.join("box"), folder.join("notify"));
    let text = format!(
        "office = \"musterland\"\ndata = {data:?}\n[pages]\nlisten = \"127.0.0.1:0\"\n\
         [gate]\nlisten = \"127.0.0.1:0\"\n[sound]\nenabled = false\n[mdns]\nenabled = false\n"
    );
    std::fs::write(&file, text)?;
    let manager = Manager::at(&socket)?;
    let environment = [
        ("NOTIFY_SOCKET".to_owned(), socket.display().to_string()),
        ("WATCHDOG_USEC".to_owned(), WATCHDOG.as_micros().to_string()),
    ];
    let (program, ready) = Program::start(Kind::Appliance, &file, &data, &environment).await?;
    Ok((program, ready, manager))
}

async fn signal(name: &str, pid: u32) -> Result<()> {
    let sent = Command::new("kill").arg(name).arg(pid.to_string()).status().await?;
    sent.success().then_some(()).context("the box is not there")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_manager_hears_ready_then_the_pulse_none_of_a_box_that_stands_still_and_the_end() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (program, ready, manager) = watched(folder.path()).await?;
    let pid = program.pid().context("it runs")?;

    assert_eq!(manager.hears(PATIENCE).as_deref(), Some("READY=1"));
    assert_eq!(get(ready.pages, "/gesund").await?.status, 200, "ready is what answers");
    for _beat in 0..3 {
        assert_eq!(manager.hears(PATIENCE).as_deref(), Some("WATCHDOG=1"));
    }

    signal("-STOP", pid).await?;
    manager.forgets();
    assert_eq!(manager.hears(WATCHDOG), None, "a box that stands still has no pulse");
    signal("-CONT", pid).await?;
    assert_eq!(manager.hears(PATIENCE).as_deref(), Some("WATCHDOG=1"));

    manager.forgets();
    program.stop().await?;
    let mut last = None;
    while let Some(heard) = manager.hears(Duration::from_millis(1)) {
        last = Some(heard);
    }
    assert_eq!(last.as_deref(), Some("STOPPING=1"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_broker_does_not_speak_for_the_box() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (program, _ready, _manager) = watched(folder.path()).await?;
    let pid = program.pid().context("it runs")?;
    let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"))?;
    let threads = std::fs::read_dir(format!("/proc/{pid}/task"))?.flatten();
    let of_threads = threads.filter_map(|it| std::fs::read_to_string(it.path().join("children")).ok());
    let all: Vec<String> = of_threads.chain([children]).collect();
    let broker = all.iter().flat_map(|it| it.split_whitespace()).next().context("a broker")?;
    let environment = std::fs::read(format!("/proc/{broker}/environ"))?;
    for word in ["NOTIFY_SOCKET", "WATCHDOG_USEC"] {
        assert!(!String::from_utf8_lossy(&environment).contains(word), "{word}");
    }
    program.stop().await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_screen_of_the_machine_is_watched_and_its_page_tells_that_it_is_painted() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (program, ready, _manager) = watched(folder.path()).await?;
    let at = ready.pages;
    let silent = |text: String| -> Option<Value> {
        let body = text.split("\r\n\r\n").nth(1).and_then(|it| serde_json::from_str::<Value>(it).ok());
        body.map(|it| it["silent_ms"].clone())
    };
    assert_eq!(silent(get(at, "/bildschirm/1").await?.text), Some(Value::Null), "no page yet");
    assert_eq!(post(at, "/bildschirm/lebt", "application/json", b"{\"screen\": 1}").await?.status, 204);
    assert!(silent(get(at, "/bildschirm/1").await?.text).is_some_and(|it| it.is_u64()));
    assert_eq!(post(at, "/bildschirm/lebt", "application/json", b"{\"screen\": 9}").await?.status, 404);
    let calls = get(at, "/aufrufe").await?;
    assert!(calls.status == 200 && calls.text.contains("\"calls\":[]"), "{}", calls.text);
    program.stop().await?;
    Ok(())
}
