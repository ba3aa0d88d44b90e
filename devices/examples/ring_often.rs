//! Rings a call for each line it reads and tells what was sensed; for this room's own tests of a
//! sound card that comes and goes: `ring_often [DEVICE [CHIME [VOLUME]]]`, `-` for none.

use std::io::{BufRead, Write};
use std::net::{Ipv4Addr, SocketAddr};

use devices::broker::BrokerProgram;
use devices::{Bell, Devices, DevicesConfig, Sensed, SoundConfig};
use tokio::sync::mpsc;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut given = std::env::args().skip(1).map(|argument| (argument != "-").then_some(argument));
    let mut next = || given.next().flatten();
    let sound = SoundConfig { enabled: true, device: next(), chime: next().map(Into::into) };
    let config = DevicesConfig {
        inputs: Vec::new(),
        gate_listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        // No desk device takes part; a program that ends at once is no broker and hurts nobody.
        broker: BrokerProgram { program: "true".into(), arguments: Vec::new() },
        sound,
        printer: None,
        mdns: None,
    };
    let (devices, mut sensed) = Devices::start(config).await?;
    if let Some(volume) = next() {
        devices.volume(volume.parse()?);
    }
    let (asked, mut ask) = mpsc::channel(1);
    std::thread::spawn(move || {
        for (bell, _line) in (1..).zip(std::io::stdin().lock().lines()) {
            if asked.blocking_send(bell).is_err() {
                return;
            }
        }
    });
    let mut out = std::io::stdout();
    loop {
        tokio::select! {
            bell = ask.recv() => match bell {
                Some(bell) => devices.ring(Bell::Call { bell }),
                None => break,
            },
            Some(sensed) = sensed.recv() => if let Some(told) = told(sensed) {
                writeln!(out, "{told}")?;
                out.flush()?;
            },
        }
    }
    devices.stop().await;
    Ok(())
}

fn told(sensed: Sensed) -> Option<String> {
    if let Sensed::Health(health) = &sensed
        && ["sound", "chime"].contains(&health.part.as_str())
    {
        return Some(format!("{} {} {}", health.part, health.works, health.detail).trim_end().to_owned());
    }
    if let Sensed::Ringing { bell } = sensed {
        return Some(format!("ringing {bell}"));
    }
    if let Sensed::Rang { bell } = sensed { Some(format!("rang {bell}")) } else { None }
}
