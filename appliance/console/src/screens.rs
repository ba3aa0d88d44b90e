//! Which page belongs on which output, said to the compositor.
//!
//! ```text
//!   AUFRUF_SCREEN_1=board …  ┐                 ┌─► weston.ini  one window on each output
//!   /sys/class/drm/card0-…   ┴─► assigned ─────┴─► touch.env   whose the touch screen is
//! ```
//!
//! What must always hold: two pages are never on one output; without a word of the card the board
//! is on the first output.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Context;

/// Outputs of a machine of ours that show something.
const SCREENS: u8 = 2;

/// What a screen shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shows {
    /// The board.
    Board,
    /// The terminal.
    Terminal,
    /// Nothing.
    Off,
}

/// What the card wants of one screen.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Wanted {
    shows: Shows,
    /// Degrees clockwise: 0, 90, 180 or 270.
    rotation: u16,
    /// The name of its output; nothing: the next one.
    output: Option<String>,
}

/// What the card wants of the screens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Screens(Vec<Wanted>);

/// A page and its output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assigned {
    /// From 1.
    pub number: u8,
    /// What it shows.
    pub shows: Shows,
    /// The name of the output.
    pub output: String,
    /// Degrees clockwise.
    pub rotation: u16,
}

impl Screens {
    /// Reads the words of the card, such as `AUFRUF_SCREEN_1`, from wherever they stand.
    #[must_use]
    pub fn wanted(word: impl Fn(&str) -> Option<String>) -> Self {
        let one = |number: u8| {
            let shows = word(&format!("AUFRUF_SCREEN_{number}"));
            let rotation = word(&format!("AUFRUF_SCREEN_{number}_ROTATION"));
            let output = word(&format!("AUFRUF_SCREEN_{number}_OUTPUT"));
            Wanted {
                shows: shown(shows.as_deref(), number),
                rotation: rotation.and_then(|it| it.parse().ok()).unwrap_or_default(),
                output: output.filter(|it| !it.is_empty()),
            }
        };
        Self((1..=SCREENS).map(one).collect())
    }

    /// What a screen shows.
    #[must_use]
    pub fn shows(&self, number: u8) -> Shows {
        let place = usize::from(number).checked_sub(1);
        place.and_then(|place| self.0.get(place)).map_or(Shows::Off, |it| it.shows)
    }

    /// Every page that has an output; named outputs first, then in order.
    #[must_use]
    pub fn assigned(&self, outputs: &Outputs) -> Vec<Assigned> {
        let named: Vec<&str> = self.0.iter().filter_map(|it| it.output.as_deref()).collect();
        let mut free = outputs.0.iter().filter(|it| !named.contains(&it.as_str()));
        let numbered = (1..).zip(&self.0);
        // A screen that shows nothing keeps its place: the second stays the second.
        numbered
            .filter_map(|(number, it)| {
                let output = it.output.clone().or_else(|| free.next().cloned())?;
                Some(Assigned { number, shows: it.shows, output, rotation: it.rotation })
            })
            .collect()
    }
}

fn shown(word: Option<&str>, number: u8) -> Shows {
    match word {
        Some("board") => Shows::Board,
        Some("terminal") => Shows::Terminal,
        None if number == 1 => Shows::Board,
        Some(_) | None => Shows::Off,
    }
}

/// The outputs of this machine by name, those with a screen if there is any.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outputs(Vec<String>);

impl Outputs {
    /// Looks at the kernel's list; a machine without graphics has none.
    #[must_use]
    pub fn read(folder: &Path) -> Self {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let mut all: Vec<(String, bool)> = entries
            .filter_map(|entry| {
                let name = output(entry.file_name().to_str()?)?;
                let status = std::fs::read_to_string(entry.path().join("status")).unwrap_or_default();
                Some((name, status.trim() == "connected"))
            })
            .collect();
        all.sort();
        let some = all.iter().any(|(_, connected)| *connected);
        Self(all.into_iter().filter(|(_, connected)| *connected || !some).map(|(name, _)| name).collect())
    }
}

/// `card0-HDMI-A-1` is the output `HDMI-A-1`; what only writes into memory is none.
fn output(entry: &str) -> Option<String> {
    let (card, name) = entry.split_once('-')?;
    (card.starts_with("card") && !name.starts_with("Writeback")).then(|| name.to_owned())
}

/// The name by which the compositor knows the window of a screen.
pub(crate) fn app_id(screen: u8) -> String {
    format!("aufruf-{screen}")
}

/// Writes what the compositor and udev read.
///
/// # Errors
/// The folder cannot be written.
pub fn write(screens: &Screens, outputs: &Outputs, folder: &Path) -> anyhow::Result<()> {
    let assigned = screens.assigned(outputs);
    tracing::info!(?assigned, "the screens");
    let put = |name: &str, text: String| {
        let file = folder.join(name);
        std::fs::write(&file, text).with_context(|| format!("failed to write {}", file.display()))
    };
    put("weston.ini", weston(&assigned))?;
    put("touch.env", touch(&assigned))
}

/// Painted in memory, never dark, no keys, no corner to touch.
const WESTON: &str = "[core]
shell=kiosk-shell.so
backend=drm-backend.so
renderer=pixman
modules=systemd-notify.so
idle-time=0
require-input=false

[shell]
background-color=0xff000000
locking=false
panel-position=none

[keyboard]
vt-switching=false
";

fn weston(assigned: &[Assigned]) -> String {
    let mut text = WESTON.to_owned();
    for it in assigned {
        let transform = if it.rotation == 0 { "normal".to_owned() } else { format!("rotate-{}", it.rotation) };
        let what = match it.shows {
            Shows::Board | Shows::Terminal => {
                format!("mode=preferred\ntransform={transform}\napp-ids={}", app_id(it.number))
            }
            Shows::Off => "mode=off".to_owned(),
        };
        // Writing to a string cannot fail.
        let _never = write!(text, "\n[output]\nname={}\n{what}\n", it.output);
    }
    text
}

/// The touch screen is the terminal's, else the only one's.
fn touch(assigned: &[Assigned]) -> String {
    let terminal = assigned.iter().find(|it| it.shows == Shows::Terminal).or(assigned.first());
    terminal.map(|it| format!("AUFRUF_TOUCH_OUTPUT={}\n", it.output)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn screens(words: &[(&str, &str)]) -> Screens {
        Screens::wanted(|name| words.iter().find(|(known, _)| *known == name).map(|(_, it)| (*it).to_owned()))
    }

    /// A double of the kernel's list.
    fn outputs(entries: &[(&str, &str)]) -> Outputs {
        let folder = tempfile::tempdir().expect("a folder");
        for (entry, status) in entries {
            let path = folder.path().join(entry);
            std::fs::create_dir(&path).expect("a folder");
            std::fs::write(path.join("status"), format!("{status}\n")).expect("a file");
        }
        Outputs::read(folder.path())
    }

    const BOTH: [(&str, &str); 5] = [
        ("card0", ""),
        ("card1-Writeback-1", "unknown"),
        ("card1-HDMI-A-2", "connected"),
        ("card1-HDMI-A-1", "connected"),
        ("card1-DP-1", "disconnected"),
    ];

    #[test]
    fn without_a_word_of_the_card_the_board_is_on_the_first_output_and_nothing_on_the_second() {
        let (screens, outputs) = (screens(&[]), outputs(&BOTH));
        let told = weston(&screens.assigned(&outputs));
        assert!(told.contains("name=HDMI-A-1\nmode=preferred\ntransform=normal\napp-ids=aufruf-1\n"), "{told}");
        assert!(told.contains("name=HDMI-A-2\nmode=off\n"), "{told}");
        assert_eq!([1, 2].map(|n| crate::is_wanted(&screens, &outputs, n)), [true, false]);
    }

    #[test]
    fn board_and_terminal_have_each_their_output_and_the_touch_screen_is_the_terminals() {
        let screens = screens(&[
            ("AUFRUF_SCREEN_1", "board"),
            ("AUFRUF_SCREEN_1_ROTATION", "270"),
            ("AUFRUF_SCREEN_2", "terminal"),
            ("AUFRUF_SCREEN_2_OUTPUT", ""),
        ]);
        let assigned = screens.assigned(&outputs(&BOTH));
        assert!(weston(&assigned).contains("transform=rotate-270\napp-ids=aufruf-1"));
        assert!(weston(&assigned).contains("name=HDMI-A-2\nmode=preferred\ntransform=normal\napp-ids=aufruf-2"));
        assert_eq!(touch(&assigned), "AUFRUF_TOUCH_OUTPUT=HDMI-A-2\n");
    }

    #[test]
    fn a_named_output_is_taken_and_the_other_page_gets_the_next_one() {
        let screens = screens(&[("AUFRUF_SCREEN_2", "terminal"), ("AUFRUF_SCREEN_2_OUTPUT", "HDMI-A-1")]);
        let assigned = screens.assigned(&outputs(&BOTH));
        let told: Vec<(u8, &str)> = assigned.iter().map(|it| (it.number, it.output.as_str())).collect();
        assert_eq!(told, [(1, "HDMI-A-2"), (2, "HDMI-A-1")]);
    }

    #[test]
    fn two_pages_are_never_on_one_output_and_a_machine_whose_screens_are_off_uses_what_it_has() {
        let both = screens(&[("AUFRUF_SCREEN_2", "terminal")]);
        let one = outputs(&[("card0-Virtual-1", "disconnected")]);
        assert_eq!([1, 2].map(|n| crate::is_wanted(&both, &one, n)), [true, false]);
        assert_eq!(both.assigned(&Outputs::default()), []);
    }
}
