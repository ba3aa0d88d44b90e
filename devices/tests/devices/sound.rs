//! The chime through the system's own sound library, into a file instead of a loudspeaker, or into a
//! double of a sound card that comes and goes.

use std::io::{BufRead, BufReader, Lines, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Instant;

use crate::world::{PATIENCE, example};

/// Runs the example with a sound configuration; answers what it told.
fn ring(asound: &str, dir: &Path) -> String {
    let config = dir.join("asound.conf");
    std::fs::write(&config, asound).expect("written");
    let output = Command::new(example("ring_once")).env("ALSA_CONFIG_PATH", &config).output().expect("it runs");
    assert!(output.status.success());
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn the_chime_reaches_the_sound_card() {
    let dir = tempfile::tempdir().expect("a folder");
    let raw = dir.path().join("chime.raw");
    let asound = format!(
        "</usr/share/alsa/alsa.conf>\npcm.!default {{ type plug slave.pcm {{ type file slave.pcm \"null\" file \"{}\" format \"raw\" }} }}\n",
        raw.display()
    );
    assert_eq!(ring(&asound, dir.path()), "sound true \nringing 7\nrang 7\n");
    let bytes = std::fs::read(&raw).expect("captured");
    let samples = bytes.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes));
    let loudest = samples.map(f32::abs).fold(0.0, f32::max);
    assert!((0.5..=0.75).contains(&loudest), "as loud as meant: {loudest}");
}

#[test]
fn without_a_sound_card_a_call_is_answered_all_the_same() {
    let dir = tempfile::tempdir().expect("a folder");
    let told = ring("# No sound card at all.\n", dir.path());
    assert!(told.starts_with("sound false "), "{told}");
    assert!(told.ends_with("\nrang 7\n") && !told.contains("ringing"), "{told}");
}

#[test]
fn a_card_that_is_pulled_out_is_told_and_used_again_when_it_is_back() {
    let card = Card::new("!default");
    card.plug_in();
    let mut office = Ringer::start(&card, &[]);
    assert_eq!(office.told(), "sound true");
    assert_eq!(office.ring(), ["ringing 1", "rang 1"]);
    card.pull_out();
    let told = office.told();
    assert!(told.starts_with("sound false silent: "), "{told}");
    let rung = office.ring();
    assert!(rung.contains(&"rang 2".to_owned()) && !rung.contains(&"ringing 2".to_owned()), "calls go on: {rung:?}");
    card.plug_in();
    while office.told() != "sound true" {}
    assert_eq!(office.ring(), ["ringing 3", "rang 3"]);
}

#[test]
fn a_card_is_found_by_its_name_and_missed_by_it() {
    let card = Card::new("hall_speaker");
    card.plug_in();
    let mut named = Ringer::start(&card, &["hall_speaker"]);
    assert_eq!(named.told(), "sound true");
    assert_eq!(named.ring(), ["ringing 1", "rang 1"]);
    let mut called = Ringer::start(&card, &["Speakers in the hall"]);
    assert_eq!(called.told(), "sound true");
    let told = Ringer::start(&card, &["headphones"]).told();
    assert!(told.starts_with("sound false silent: there is no sound card \"headphones\""), "{told}");
    assert!(told.contains("hall_speaker"), "{told}");
}

#[test]
fn a_chime_of_the_town_sounds_and_a_broken_one_is_told_and_replaced() {
    let card = Card::new("!default");
    card.plug_in();
    let chime = card.dir.path().join("gong.wav");
    std::fs::write(&chime, wav(0.25)).expect("written");
    let path = chime.display().to_string();
    let mut own = Ringer::start(&card, &["-", &path]);
    assert_eq!([own.told(), own.told()], ["chime true", "sound true"]);
    assert_eq!(own.ring(), ["ringing 1", "rang 1"]);
    drop(own);
    let loudest = card.loudest();
    assert!((loudest - 0.25).abs() < 0.01, "the file's own loudness: {loudest}");

    std::fs::write(&chime, "ding dong").expect("written");
    let mut broken = Ringer::start(&card, &["-", &path]);
    let told = broken.told();
    assert!(told.starts_with("chime false ") && told.contains("gong.wav"), "{told}");
    assert_eq!(broken.told(), "sound true");
    assert_eq!(broken.ring(), ["ringing 1", "rang 1"]);
    drop(broken);
    assert!(card.loudest() > 0.5, "the built-in chime");
}

#[test]
fn in_quiet_hours_the_chime_is_softer_and_at_nought_it_is_silent() {
    let card = Card::new("!default");
    card.plug_in();
    for (volume, expected) in [("50", 0.175), ("0", 0.0)] {
        let mut quiet = Ringer::start(&card, &["-", "-", volume]);
        assert_eq!(quiet.told(), "sound true");
        assert_eq!(quiet.ring(), ["ringing 1", "rang 1"]);
        drop(quiet);
        let loudest = card.loudest();
        assert!((loudest - expected).abs() < 0.02, "{volume}: {loudest}");
    }
}

/// A double of a sound card: the real sound library writes into a program, which can be ended.
struct Card {
    dir: tempfile::TempDir,
    name: &'static str,
}

impl Card {
    fn new(name: &'static str) -> Self {
        Self { dir: tempfile::tempdir().expect("a folder"), name }
    }

    fn config(&self) -> PathBuf {
        self.dir.path().join("asound.conf")
    }

    /// Where it tells what it heard, once the samples ended.
    fn heard(&self) -> PathBuf {
        self.dir.path().join("heard")
    }

    fn plug_in(&self) {
        let (dir, heard) = (self.dir.path().display(), self.heard());
        let double = example("loudspeaker_double");
        let program = format!("| echo $$ >> {dir}/pids; exec {} {}", double.display(), heard.display());
        let asound = format!(
            "</usr/share/alsa/alsa.conf>\npcm.{} {{ type plug slave.pcm {{ type file slave.pcm \"null\" file \"{program}\" \
             format \"raw\" }} hint {{ show on description \"Speakers in the hall\" }} }}\n",
            self.name
        );
        self.write(&asound);
    }

    fn pull_out(&self) {
        self.write("# No sound card at all.\n");
        let pids = std::fs::read_to_string(self.dir.path().join("pids")).expect("it was used");
        for pid in pids.lines() {
            // Most of them ended long ago.
            let _ended = Command::new("kill").arg(pid).stderr(Stdio::null()).status().expect("kill runs");
        }
    }

    /// In one step: nobody reads half a configuration.
    fn write(&self, asound: &str) {
        let new = self.dir.path().join("new.conf");
        std::fs::write(&new, asound).expect("written");
        std::fs::rename(new, self.config()).expect("renamed");
    }

    /// The loudest sample of the box that was there last.
    fn loudest(&self) -> f32 {
        let heard = self.heard();
        let asked = Instant::now();
        loop {
            if let Ok(loudest) = std::fs::read_to_string(&heard) {
                std::fs::remove_file(heard).expect("it was there");
                return loudest.parse().expect("a number");
            }
            assert!(asked.elapsed() < PATIENCE, "the loudspeaker heard no end");
            std::thread::yield_now();
        }
    }
}

/// The box at a card.
struct Ringer {
    program: Child,
    orders: Option<ChildStdin>,
    told: Lines<BufReader<ChildStdout>>,
}

impl Ringer {
    fn start(card: &Card, arguments: &[&str]) -> Self {
        let mut command = Command::new(example("ring_often"));
        command.args(arguments).env("ALSA_CONFIG_PATH", card.config());
        let mut program =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it runs");
        let told = BufReader::new(program.stdout.take().expect("piped")).lines();
        Self { orders: program.stdin.take(), told, program }
    }

    /// The next thing it tells.
    fn told(&mut self) -> String {
        self.told.next().expect("it lives").expect("text")
    }

    /// Rings once; answers what is told until it rang.
    fn ring(&mut self) -> Vec<String> {
        writeln!(self.orders.as_mut().expect("open")).expect("it reads");
        let mut all = Vec::new();
        loop {
            all.push(self.told());
            if all.last().is_some_and(|line| line.starts_with("rang")) {
                return all;
            }
        }
    }
}

impl Drop for Ringer {
    fn drop(&mut self) {
        drop(self.orders.take());
        let _status = self.program.wait();
    }
}

/// A chime of the town: a tenth of a second at one loudness, as sound programs write it.
fn wav(loud: f32) -> Vec<u8> {
    let points = (0..4_800).map(|place| if place % 100 < 50 { loud } else { -loud });
    let data: Vec<u8> = points.flat_map(|point| ((point * 32_768.0) as i16).to_le_bytes()).collect();
    let size = u32::try_from(data.len()).expect("short");
    let (rate, bytes) = (48_000u32.to_le_bytes(), 96_000u32.to_le_bytes());
    let form = [b"\x01\x00\x01\x00".as_slice(), &rate, &bytes, b"\x02\x00\x10\x00"].concat();
    let head = [b"RIFF".as_slice(), &(size + 36).to_le_bytes(), b"WAVEfmt \x10\x00\x00\x00"].concat();
    [head, form, b"data".to_vec(), size.to_le_bytes().to_vec(), data].concat()
}
