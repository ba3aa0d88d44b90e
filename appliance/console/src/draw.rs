//! The loop of the console: ask the box, look at the card's mistakes, draw.
//!
//! ```text
//!   each second: ask /aufrufe ─► Memory ─► Standing ─► layout ─► standard output (tty)
//! ```
//!
//! What must always hold: whatever the box does, this goes on; what is typed on the keyboard is not
//! echoed; a console that cannot be written ends the program, which is then started again.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcgetwinsize, tcsetattr};
use sd_notify::NotifyState;
use tokio::signal::unix::{SignalKind, signal};

use crate::clock::monotonic;
use crate::layout::{Line, Size, Style, layout};
use crate::line::{Away, ask};
use crate::standing::{Calls, Memory};

/// How old a call may be on this console, besides the way of the box to it.
const LOOK: Duration = Duration::from_secs(1);
/// The whole picture is drawn anew after so many looks: the kernel may have written across it.
const ANEW: u32 = 10;
/// A console of Linux that does not tell its size has this one.
const USUAL: Size = Size { columns: 80, lines: 25 };
/// Larger than any screen; no picture is larger.
const LARGEST: Size = Size { columns: 640, lines: 240 };
/// Lines of the card's mistakes that are read; more than any console shows.
const MAX_MISTAKES: usize = 200;

/// UTF-8, no cursor, no wrapping at the right end, and the screen does not go dark.
const BEGIN: &str = "\x1b%G\x1b[?25l\x1b[?7l\x1b[9;0]\x1b[2J";

/// Draws until it is told to stop.
///
/// # Errors
/// The console cannot be written.
pub async fn draw(of: SocketAddr, mistakes: &Path) -> anyhow::Result<()> {
    let mut stop = signal(SignalKind::terminate()).context("failed to listen for signals")?;
    hush();
    let mut memory = Memory::default();
    let mut shown = Vec::new();
    put(BEGIN.as_bytes())?;
    tell(NotifyState::Ready);
    for look in 0_u32.. {
        let told: Result<Calls, Away> = ask(of, "/aufrufe").await;
        if let Ok(calls) = told {
            memory.hear(calls, monotonic());
        }
        let picture = layout(&memory.standing(read(mistakes), monotonic()), size());
        if picture != shown || look.is_multiple_of(ANEW) {
            put(&painted(&picture))?;
            shown = picture;
        }
        tell(NotifyState::Watchdog);
        if tokio::time::timeout(LOOK, stop.recv()).await.is_ok() {
            break;
        }
    }
    put(b"\x1b[0m\x1b[2J\x1b[H")
}

/// Takes the echo away; where there is no console, as in tests, nothing happens.
fn hush() {
    let stdin = io::stdin();
    if let Ok(mut modes) = tcgetattr(&stdin) {
        modes.local_modes.remove(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG);
        if let Err(error) = tcsetattr(&stdin, OptionalActions::Flush, &modes) {
            tracing::warn!(%error, "failed to take the echo off the console");
        }
    }
}

fn size() -> Size {
    let told = tcgetwinsize(io::stdout()).ok().filter(|it| it.ws_col > 0 && it.ws_row > 0);
    told.map_or(USUAL, |it| Size {
        columns: usize::from(it.ws_col).min(LARGEST.columns),
        lines: usize::from(it.ws_row).min(LARGEST.lines),
    })
}

/// The lines of the card's mistakes; none if there is no such file.
fn read(mistakes: &Path) -> Vec<String> {
    let text = std::fs::read(mistakes).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    text.trim().lines().map(printable).take(MAX_MISTAKES).collect()
}

/// What stands in a file of the town gives no orders to the console.
fn printable(line: &str) -> String {
    line.chars().filter(|letter| !letter.is_control()).collect()
}

/// Each line is emptied first: afterwards the cursor stands on a last letter and would take it along.
fn painted(picture: &[Line]) -> Vec<u8> {
    let mut bytes = b"\x1b[H".to_vec();
    for (number, line) in picture.iter().enumerate() {
        let style = match line.style {
            Style::Plain => "\x1b[0;1;37m",
            Style::Bright => "\x1b[0;1;33m",
            Style::Dim => "\x1b[0;36m",
        };
        let text: String = printable(&line.text);
        bytes.extend(format!("\x1b[{};1H{style}\x1b[K{text}", number + 1).bytes());
    }
    bytes
}

fn put(bytes: &[u8]) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes).and_then(|()| out.flush()).context("failed to write the console")
}

/// A service manager that does not listen is no reason to go dark.
fn tell(state: NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(&[state]) {
        tracing::warn!(%error, "failed to tell the service manager");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_letter_of_a_full_line_stays() {
        let line = Line { text: "9:42".to_owned(), style: Style::Dim };
        let painted = String::from_utf8(painted(&[line])).expect("text");
        assert!(painted.ends_with("\x1b[K9:42"), "{painted:?}");
    }

    #[test]
    fn mistakes_are_read_line_by_line_and_give_no_orders_to_the_console() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("mistakes.txt");
        assert!(read(&file).is_empty(), "no file, no mistakes");
        std::fs::write(&file, "Zeile 3, `office`:\x1b[2J fehlt\r\n\r\nZeile 9 \u{fffd}\n").expect("a file");
        assert_eq!(read(&file), ["Zeile 3, `office`:[2J fehlt", "", "Zeile 9 \u{fffd}"]);
    }
}
