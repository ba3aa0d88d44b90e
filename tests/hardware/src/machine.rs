//! One box as a machine: QEMU without acceleration by the host, with everything plugged in that
//! stands in an office.
//!
//! ```text
//!   scanner-1, scanner-2, keypad-1 ── usb-kbd, each behind a display nobody sees ──┐
//!   screen 0 (board), screen 1 (terminal) ◄── virtio-gpu, two heads                ├── guest
//!   chime.wav ◄── intel-hda          street ── user network, forwarded ports ──────┘
//!   qmp, serial shell: the rig's own two lines
//! ```
//!
//! QEMU tells keyboards apart only by the display they belong to, so each has a small one of its
//! own; the guest's kernel does not drive these (`modprobe.blacklist=bochs`).
//!
//! What must always hold: the machine ends with its value; nobody but the rig reaches its ports
//! (loopback only, given out by the system).

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use tokio::process::{Child, Command};
use tokio::sync::Mutex;

use crate::keys::Stroke;
use crate::qmp::Qmp;
use crate::serial::Shell;

/// What a snapshot of the running machine is called inside its disk.
pub(crate) const READY: &str = "ready";
/// Between two keys; a real scanner takes 5 to 30 ms, an emulated machine must keep up.
const KEY_EVERY: Duration = Duration::from_millis(40);
/// QEMU ends itself within this, or is ended.
const ENDS_WITHIN: Duration = Duration::from_secs(20);
/// Memory of the guest, in MiB: a small Pi's, enough for the browser.
const MEMORY: &str = "2048";

/// What is put in at the first start: kernel, initramfs, disk, and words for the kernel.
#[derive(Clone, Debug)]
pub(crate) struct Parts {
    pub(crate) kernel: PathBuf,
    pub(crate) initrd: PathBuf,
    /// A qcow2 over the image; it keeps the snapshots.
    pub(crate) disk: PathBuf,
    pub(crate) words: String,
}

/// What is typed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Device {
    /// The scanner at the entrance, set to the American layout.
    ScannerUs,
    /// Its twin, set to the German layout.
    ScannerDe,
    /// The keypad.
    Keypad,
    /// A keyboard that is on no list.
    Rogue,
}

impl Device {
    pub(crate) const LISTED: [Self; 3] = [Self::ScannerUs, Self::ScannerDe, Self::Keypad];

    /// Its name in QEMU; its display is `eye-NAME`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::ScannerUs => "scanner-us",
            Self::ScannerDe => "scanner-de",
            Self::Keypad => "keypad",
            Self::Rogue => "rogue",
        }
    }

    /// Its serial number.
    pub(crate) fn serial(self) -> &'static str {
        match self {
            Self::ScannerUs => "RIG-SCAN-US",
            Self::ScannerDe => "RIG-SCAN-DE",
            Self::Keypad => "RIG-KEYPAD",
            Self::Rogue => "RIG-ROGUE",
        }
    }

    fn eye(self) -> String {
        format!("eye-{}", self.name())
    }
}

/// How a machine begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Start {
    /// From nothing, as after a power cut.
    Cold,
    /// From the snapshot.
    Ready,
}

/// A running machine.
#[derive(Debug)]
pub(crate) struct Machine {
    child: Child,
    qmp: Mutex<Qmp>,
    /// The root shell.
    pub(crate) shell: Shell,
    /// Where its pictures, sound and logs go.
    pub(crate) folder: PathBuf,
}

impl Machine {
    /// Powers a machine on; its shell may take a while. Everything it leaves goes into `folder`.
    ///
    /// # Errors
    /// QEMU is not installed or refuses to start; the message carries what it says.
    pub(crate) async fn power_on(parts: &Parts, start: Start, folder: &Path) -> Result<Self> {
        std::fs::create_dir_all(folder)?;
        let (qmp, serial) = (folder.join("qmp"), folder.join("serial"));
        for old in [&qmp, &serial] {
            drop(std::fs::remove_file(old));
        }
        let complaints = std::fs::File::create(folder.join("qemu.log"))?;
        let mut command = Command::new("qemu-system-x86_64");
        command.args(arguments(parts, start, folder));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(complaints).kill_on_drop(true);
        let child = command.spawn().context("failed to start QEMU; `.ci/setup hardware` installs it")?;
        let connected = async { anyhow::Ok((Qmp::connect(&qmp).await?, Shell::connect(&serial).await?)) };
        match connected.await {
            Ok((qmp, shell)) => Ok(Self { child, qmp: Mutex::new(qmp), shell, folder: folder.to_path_buf() }),
            Err(error) => {
                let said = std::fs::read_to_string(folder.join("qemu.log")).unwrap_or_default();
                Err(error).with_context(|| format!("QEMU says: {}", said.trim()))
            }
        }
    }

    /// Asks QEMU; see [`Qmp::ask`].
    pub(crate) async fn ask(&self, command: &str, arguments: Value) -> Result<Value> {
        self.qmp.lock().await.ask(command, &arguments).await
    }

    /// Keeps memory and disk as they are now, to begin there later.
    pub(crate) async fn remember(&self) -> Result<()> {
        self.qmp.lock().await.monitor(&format!("savevm {READY}")).await.map(drop)
    }

    /// The port of this host behind which a port of the guest is.
    ///
    /// # Errors
    /// It was not forwarded.
    pub(crate) async fn forwarded(&self, guest: u16) -> Result<u16> {
        let table = self.qmp.lock().await.monitor("info usernet").await?;
        host_port(&table, guest).with_context(|| format!("port {guest} of the guest is not forwarded:\n{table}"))
    }

    /// Presses keys on one device.
    pub(crate) async fn press(&self, device: Device, strokes: &[Stroke]) -> Result<()> {
        let mut every = tokio::time::interval(KEY_EVERY);
        let mut held = false;
        for stroke in strokes {
            every.tick().await;
            // A USB keyboard of QEMU keeps 16 events; shift is pressed as seldom as can be.
            if stroke.shift != held {
                held = stroke.shift;
                self.key(device, "shift", held).await?;
            }
            self.key(device, stroke.key, true).await?;
            self.key(device, stroke.key, false).await?;
        }
        if held {
            self.key(device, "shift", false).await?;
        }
        Ok(())
    }

    async fn key(&self, device: Device, key: &str, down: bool) -> Result<()> {
        let event = json!({"type": "key", "data": {"down": down, "key": {"type": "qcode", "data": key}}});
        self.ask("input-send-event", json!({"device": device.eye(), "events": [event]})).await.map(drop)
    }

    /// Pulls a device out of its port.
    pub(crate) async fn unplug(&self, device: Device) -> Result<()> {
        self.ask("device_del", json!({"id": device.name()})).await.map(drop)
    }

    /// Plugs a device in.
    pub(crate) async fn plug_in(&self, device: Device) -> Result<()> {
        let (name, serial, eye) = (device.name(), device.serial(), device.eye());
        let what = json!({"driver": "usb-kbd", "id": name, "bus": "usb.0", "serial": serial, "display": eye});
        self.ask("device_add", what).await.map(drop)
    }

    /// Pulls (`false`) or plugs in the network cable.
    pub(crate) async fn cable(&self, plugged: bool) -> Result<()> {
        self.ask("set_link", json!({"name": "nic", "up": plugged})).await.map(drop)
    }

    /// Photographs a screen into `NAME.png` of its folder.
    pub(crate) async fn photograph(&self, head: u8, name: &str) -> Result<PathBuf> {
        let file = self.folder.join(format!("{name}.png"));
        let what = json!({"filename": file, "format": "png", "device": "gpu", "head": head});
        self.ask("screendump", what).await?;
        Ok(file)
    }

    /// Everything that was played so far; complete only after [`Machine::off`].
    pub(crate) fn sound(&self) -> PathBuf {
        self.folder.join("chime.wav")
    }

    /// Pulls the power: SIGKILL of QEMU, nothing flushed, no goodbye.
    pub(crate) async fn cut(mut self) -> Result<()> {
        self.child.kill().await.context("failed to pull the power")
    }

    /// Ends QEMU so that the sound file is whole; the guest hears nothing of it.
    pub(crate) async fn off(mut self) -> Result<PathBuf> {
        // It may hang up before it answers.
        drop(self.ask("quit", Value::Null).await);
        match tokio::time::timeout(ENDS_WITHIN, self.child.wait()).await {
            Ok(ended) => drop(ended?),
            Err(_elapsed) => bail!("QEMU does not end within {ENDS_WITHIN:?}"),
        }
        Ok(self.sound())
    }
}

/// The ports of the guest that this host may call: the relay before the pages, and the gate.
pub(crate) const PAGES: u16 = 18_080;
pub(crate) const GATE: u16 = 1883;

fn arguments(parts: &Parts, start: Start, folder: &Path) -> Vec<String> {
    let at = |name: &str| folder.join(name).display().to_string();
    let mut all: Vec<String> = words(
        "-machine q35 -accel tcg,thread=multi,tb-size=512 -cpu Nehalem -smp 2 -nodefaults -display none -no-reboot",
    );
    all.extend(words(&format!("-m {MEMORY} -rtc base=utc,clock=host -device virtio-rng-pci")));
    let words_of_kernel = format!("{} modprobe.blacklist=bochs", parts.words);
    for (flag, value) in [
        ("-kernel", parts.kernel.display().to_string()),
        ("-initrd", parts.initrd.display().to_string()),
        ("-append", words_of_kernel),
        ("-drive", format!("file={},format=qcow2,if=virtio,cache=writeback", parts.disk.display())),
        ("-audiodev", format!("wav,id=sound,path={},out.frequency=48000", at("chime.wav"))),
        ("-netdev", format!("user,id=net,hostfwd=tcp:127.0.0.1:0-:{PAGES},hostfwd=tcp:127.0.0.1:0-:{GATE}")),
        ("-qmp", format!("unix:{},server=on,wait=off", at("qmp"))),
        ("-chardev", format!("socket,id=line,path={},server=on,wait=off,logfile={}", at("serial"), at("serial.log"))),
    ] {
        all.extend([flag.to_owned(), value]);
    }
    all.extend(words("-serial chardev:line -device virtio-gpu-pci,id=gpu,max_outputs=2,xres=1280,yres=720"));
    all.extend(words("-device intel-hda -device hda-output,audiodev=sound -device virtio-net-pci,netdev=net,id=nic"));
    all.extend(words("-device qemu-xhci,id=usb"));
    for device in Device::LISTED {
        let (name, serial, eye) = (device.name(), device.serial(), device.eye());
        all.extend(words(&format!("-device bochs-display,id={eye}")));
        all.extend(words(&format!("-device usb-kbd,id={name},bus=usb.0,serial={serial},display={eye}")));
    }
    all.extend(words(&format!("-device bochs-display,id={}", Device::Rogue.eye())));
    if start == Start::Ready {
        all.extend(words(&format!("-loadvm {READY}")));
    }
    all
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

/// Finds a forwarded port in QEMU's table of connections.
fn host_port(table: &str, guest: u16) -> Option<u16> {
    let rows = table.lines().filter(|row| row.contains("HOST_FORWARD"));
    let cells = rows.map(|row| row.split_whitespace().collect::<Vec<_>>());
    // Protocol[state], descriptor, source address, source port, destination address, port.
    cells.filter(|row| row.get(5) == Some(&guest.to_string().as_str())).find_map(|row| row.get(3)?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forwarded_port_is_read_from_qemus_table() {
        let table = "Hub -1 (net):\r\n  Protocol[State]    FD  Source Address  Port   Dest. Address  Port RecvQ SendQ\r\n\
                     TCP[HOST_FORWARD]  19       127.0.0.1 41234       10.0.2.15 18080     0     0\r\n\
                     TCP[ESTABLISHED]   20       127.0.0.1 18080       10.0.2.15  1883     0     0\r\n";
        assert_eq!(host_port(table, 18_080), Some(41_234));
        assert_eq!(host_port(table, 1883), None);
    }

    #[test]
    fn every_listed_device_has_a_port_and_an_eye_of_its_own_and_the_rogue_only_an_eye() {
        let parts = Parts { kernel: "k".into(), initrd: "i".into(), disk: "d".into(), words: "quiet".to_owned() };
        let all = arguments(&parts, Start::Ready, Path::new("f")).join(" ");
        for device in Device::LISTED {
            assert!(all.contains(&format!("usb-kbd,id={},bus=usb.0,serial={}", device.name(), device.serial())));
        }
        assert!(all.contains("id=eye-rogue") && !all.contains("id=rogue"));
        assert!(all.ends_with("-loadvm ready"));
        assert!(!arguments(&parts, Start::Cold, Path::new("f")).join(" ").contains("loadvm"));
    }
}
