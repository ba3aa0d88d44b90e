//! The chime through the system's own sound library, into a file instead of a loudspeaker.

use std::path::Path;
use std::process::Command;

use crate::world::example;

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
