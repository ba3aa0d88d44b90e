//! The town around the box: the real booking server on this host, citizens with mailboxes, and
//! the line between both, which the rig can silence.
//!
//! ```text
//!   guest 127.0.0.1:LINE ─relay in the guest─► 10.0.2.2 ─► wire (plug) ─► aufruf-booking
//! ```
//!
//! The box speaks plain HTTP to its own machine only, so a relay of systemd's stands in the guest;
//! the bytes still cross its network card, its cable and QEMU's network.
//!
//! What must always hold: a box that begins from a snapshot finds the booking server as it was
//! at that moment, or both would rightly complain that the other went back.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use fixture::papers::{OFFICE, Places, STAFF_NAME, STAFF_PASSWORD, desk};
use fixture::programs::{Kind, SiteReady, ask};
use fixture::{Citizen, Papers, Plug, Program, SmtpSink, Wire, clock, eyes, wire};
use tokio::process::Command;

use crate::machine::{Device, GATE};

/// Longer than any mail takes.
const PATIENCE: Duration = Duration::from_secs(30);
/// The service everybody comes for.
const IDENTITY_CARD: u16 = 1;
/// Where the booking server seems to be, for the box.
pub(crate) const LINE: u16 = 18_081;
/// The counter with a desk device.
pub(crate) const COUNTER: u8 = 2;

/// Somebody with an appointment today.
#[derive(Clone, Debug)]
pub(crate) struct Guest {
    /// `482 917`.
    pub(crate) pin: String,
    /// What the QR code of the mail says.
    pub(crate) qr: String,
}

/// A town with a booking server.
#[derive(Debug)]
pub(crate) struct Town {
    places: Places,
    mails: SmtpSink,
    street: Wire,
    line: Wire,
    booking: Option<Program>,
}

impl Town {
    /// Founds a town in an empty folder and starts its booking server.
    pub(crate) async fn found(folder: &Path) -> Result<Self> {
        drop(std::fs::remove_dir_all(folder));
        std::fs::create_dir_all(folder)?;
        let folder = folder.canonicalize()?;
        let (mails, street, line) = (SmtpSink::start().await?, Wire::lay().await?, Wire::lay().await?);
        let zone = clock::zone_in_office_hours("Europe/Berlin", clock::now());
        let papers = Papers { zone, ..Papers::default() };
        let places = Places { folder, smtp: mails.address(), site: street.address(), line: line.address() };
        papers.write_booking(&places)?;
        let mut town = Self { places, mails, street, line, booking: None };
        town.open().await?;
        Ok(town)
    }

    async fn open(&mut self) -> Result<()> {
        let (file, data) = (self.places.booking_file(), self.places.booking_data());
        let (program, ready) = Program::start::<SiteReady>(Kind::Booking, &file, &data, &[]).await?;
        self.street.lead_to(ready.site);
        self.line.lead_to(ready.site);
        self.booking = Some(program);
        Ok(())
    }

    /// Ends the booking server as systemd would.
    pub(crate) async fn close(&mut self) -> Result<()> {
        if let Some(program) = self.booking.take() {
            program.stop().await?;
        }
        Ok(())
    }

    /// Keeps what the booking server knows, to begin there later.
    pub(crate) async fn remember(&mut self) -> Result<()> {
        self.close().await?;
        copy(&self.places.booking_data(), &self.kept()).await?;
        self.open().await
    }

    /// Makes the booking server know what it knew, and the line whole.
    pub(crate) async fn as_remembered(&mut self) -> Result<()> {
        self.close().await?;
        copy(&self.kept(), &self.places.booking_data()).await?;
        self.plug(Plug::In);
        self.open().await
    }

    fn kept(&self) -> PathBuf {
        self.places.folder.join("kept")
    }

    /// Pulls, silences or plugs in the line between box and booking server.
    pub(crate) fn plug(&self, plug: wire::Plug) {
        self.line.set(plug);
    }

    /// Where the relay in the guest calls.
    pub(crate) fn line_port(&self) -> u16 {
        self.line.address().port()
    }

    /// The file a town writes onto the card.
    pub(crate) async fn card(&self) -> Result<String> {
        let file = self.places.booking_file();
        let code = ask(Kind::Booking, &["enrol", OFFICE, "--config", &file.to_string_lossy()], "").await?;
        let hash = ask(Kind::Appliance, &["hash-password"], &format!("{STAFF_PASSWORD}\n")).await?;
        Ok(card(&code, &hash))
    }

    /// Books and confirms the next free time, and reads the mail that came.
    pub(crate) async fn book(&self, name: &str) -> Result<Guest> {
        // Nobody twice in one run: mailboxes are older than a snapshot.
        let mail = format!("{name}-{}@example.org", self.mails.mails().len());
        let site = format!("http://{}/{OFFICE}", self.street.address());
        let citizen = Citizen::new(&site, &format!("Erika {name}"), &mail);
        citizen.book_earliest(IDENTITY_CARD).await?;
        let please = self.mails.wait_for_mail(&mail, "bestätigen", PATIENCE).await?;
        let link = please.links().into_iter().find(|l| l.contains("/bestaetigen/")).context("no link in the mail")?;
        let button = citizen.open(&link).await?;
        citizen.confirm(&button).await?;
        let told = self.mails.wait_for_mail(&mail, "Ihr Termin am", PATIENCE).await?;
        let picture = told.part("image/png").context("no QR code in the mail")?;
        Ok(Guest { pin: pin(&told.text).context("no PIN in the mail's text")?, qr: eyes::read_qr(&picture.bytes)? })
    }
}

/// The PIN in the words of a mail.
fn pin(text: &str) -> Option<String> {
    let words: Vec<_> = text.split_whitespace().collect();
    let three = |word: &str| word.len() == 3 && word.bytes().all(|b| b.is_ascii_digit());
    words.windows(2).find(|w| three(w[0]) && three(w[1])).map(|pair| format!("{} {}", pair[0], pair[1]))
}

async fn copy(from: &Path, to: &Path) -> Result<()> {
    drop(tokio::fs::remove_dir_all(to).await);
    let copied = Command::new("cp").arg("-a").args([from, to]).status().await?;
    copied.success().then_some(()).with_context(|| format!("failed to copy {}", from.display()))
}

/// What a town would write: who we are, where the booking server is, what is plugged in.
fn card(code: &str, hash: &str) -> String {
    let mut text = format!(
        "# The card of the rig.\noffice = \"{OFFICE}\"\ndata = \"/var/lib/aufruf\"\n\n\
         [booking]\nurl = \"http://127.0.0.1:{LINE}\"\ncode = \"{code}\"\npoll_seconds = 2\n\n\
         [pages]\nlisten = \"127.0.0.1:8080\"\n\n[gate]\nlisten = \"0.0.0.0:{GATE}\"\n\n\
         [sound]\nenabled = true\n\n[mdns]\nenabled = false\n\n\
         [[staff]]\nname = \"{STAFF_NAME}\"\npassword = {hash:?}\n\n"
    );
    for device in Device::LISTED {
        let (kind, layout) = match device {
            Device::ScannerUs | Device::Rogue => ("scanner", "us"),
            Device::ScannerDe => ("scanner", "de"),
            Device::Keypad => ("keypad", "us"),
        };
        text.push_str(&format!(
            "[[input]]\nname = \"{}\"\nkind = \"{kind}\"\nlayout = \"{layout}\"\nserial = \"{}\"\nterminal = {}\n\n",
            device.name(),
            device.serial(),
            terminal(device),
        ));
    }
    for counter in 1..=3 {
        text.push_str(&format!("[[counter]]\nnumber = {counter}\nskills = []\n\n"));
    }
    let secret = desk(COUNTER);
    let hash = fixture::papers::fingerprint(&secret.secret);
    text.push_str(&format!("[[desk]]\nid = {:?}\ncounter = {COUNTER}\nsecret_sha256 = {hash:?}\n", secret.desk));
    text
}

/// At which terminal a device stands: the German scanner at a second one.
pub(crate) fn terminal(device: Device) -> u8 {
    match device {
        Device::ScannerUs | Device::Keypad | Device::Rogue => 1,
        Device::ScannerDe => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_found_among_the_words_of_a_mail() {
        assert_eq!(pin("Ihre Termin-PIN: 482 917 am 12. Mai"), Some("482 917".to_owned()));
        assert_eq!(pin("am 12. Mai 2026"), None);
    }
}
