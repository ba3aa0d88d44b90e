//! Rings one call through the real sound system and tells what was sensed; for this room's own
//! tests and for hearing the chime: `cargo run -p devices --example ring_once`.

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};

use devices::broker::BrokerProgram;
use devices::{Bell, Devices, DevicesConfig, Sensed, SoundConfig};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let config = DevicesConfig {
        inputs: Vec::new(),
        gate_listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        // No desk device takes part; a program that ends at once is no broker and hurts nobody.
        broker: BrokerProgram { program: "true".into(), arguments: Vec::new() },
        sound: SoundConfig { enabled: true, ..SoundConfig::default() },
        printer: None,
        mdns: None,
    };
    let (devices, mut sensed) = Devices::start(config).await?;
    let mut out = std::io::stdout();
    while let Some(sensed) = sensed.recv().await {
        if let Sensed::Health(health) = &sensed
            && health.part == "sound"
        {
            writeln!(out, "sound {} {}", health.works, health.detail)?;
            devices.ring(Bell::Call { bell: 7 });
        }
        if let Sensed::Ringing { bell } = sensed {
            writeln!(out, "ringing {bell}")?;
        }
        if let Sensed::Rang { bell } = sensed {
            writeln!(out, "rang {bell}")?;
            break;
        }
    }
    devices.stop().await;
    Ok(())
}
