//! A double of a loudspeaker, for this room's own tests: hears raw samples until they end and then
//! writes how loud the loudest one was: `loudspeaker_double FILE`.

use std::io::{BufReader, Read};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = std::env::args().nth(1).ok_or("which file?")?;
    let mut samples = BufReader::with_capacity(64 * 1024, std::io::stdin().lock());
    let (mut sample, mut loudest) = ([0; 4], 0.0f32);
    while samples.read_exact(&mut sample).is_ok() {
        loudest = loudest.max(f32::from_le_bytes(sample).abs());
    }
    let new = format!("{file}.new");
    std::fs::write(&new, loudest.to_string())?;
    std::fs::rename(new, file)?;
    Ok(())
}
