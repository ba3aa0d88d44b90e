//! Second starts on the same data, and files nobody can use.

use std::path::Path;

use anyhow::Result;
use fixture::programs::{Kind, ask};
use fixture::{Citizen, ImaginaryOffice, Papers};

use crate::terminal::{ENTRANCE, pull_number};
use crate::told::{booked, pin, the_board_is_calm};

/// What a program complains about; a start that works is a failure.
async fn complaint(kind: Kind, command: &str, file: &Path) -> String {
    match ask(kind, &[command, "--config", &file.to_string_lossy()], "").await {
        Ok(said) => panic!("{} {command} was content: {said}", kind.name()),
        Err(refused) => refused.to_string(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_start_on_the_same_data_is_refused_and_the_first_goes_on() -> Result<()> {
    let office = ImaginaryOffice::open(Papers::default()).await?;
    let files = [
        (Kind::Appliance, office.places.appliance_file(), office.places.appliance_data()),
        (Kind::Booking, office.places.booking_file(), office.places.booking_data()),
    ];
    for (kind, file, data) in files {
        let ready = std::fs::read_to_string(data.join("ready.json"))?;
        let said = complaint(kind, "run", &file).await;
        assert!(said.contains(&*data.to_string_lossy()), "no word about which data: {said}");
        assert!(!said.contains("panicked"), "{said}");
        assert_eq!(std::fs::read_to_string(data.join("ready.json"))?, ready, "{}: the first is forgotten", kind.name());
    }
    assert_eq!(pull_number(&office, ENTRANCE, "somebody").await?, "A 001");
    let citizen = Citizen::new(&office.site("/musterland"), "Erika Beispiel", "erika@example.org");
    pin(&booked(&office, &citizen).await?)?;
    the_board_is_calm(&office).await?;
    office.close().await
}

/// Puts a line into a file, in front of the line that contains `before`; gives back its number.
fn spoil(file: &Path, before: &str, line: &str) -> Result<usize> {
    let text = std::fs::read_to_string(file)?;
    let at = text.lines().position(|one| one.contains(before)).unwrap_or_default();
    let mut lines: Vec<&str> = text.lines().collect();
    lines.insert(at, line);
    std::fs::write(file, lines.join("\n"))?;
    Ok(at + 1)
}

/// Tries each spoilt file: the complaint names the file, the line and the key.
async fn every_mistake_is_named(kind: Kind, run: &Path, file: &Path, mistakes: &[(&str, &str, &str)]) -> Result<()> {
    let good = std::fs::read_to_string(file)?;
    for (before, line, key) in mistakes {
        let number = spoil(file, before, line)?;
        let said = complaint(kind, "run", run).await;
        for part in [&*file.to_string_lossy(), &format!("line {number}"), *key] {
            assert!(said.contains(part), "no {part:?} in the complaint about {line:?}: {said}");
        }
        std::fs::write(file, &good)?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mistake_in_a_file_is_named_with_file_line_and_key() -> Result<()> {
    let office = ImaginaryOffice::open(Papers::default()).await?;
    let (appliance, booking) = (office.places.appliance_file(), office.places.booking_file());
    let shop = office.places.office_file();
    office.close().await?;
    let of_box = [
        ("[gate]", "listenn = \"127.0.0.1:0\"", "listenn"),
        ("[sound]", "listen = 1883", "listen"),
        ("[mdns]", "enabled = \"ja\"", "enabled"),
        ("[[counter]]", "terminal = 900", "terminal"),
        ("[[staff]]", "[[services]]", "services"),
        ("[pages]", "poll_seconds = \"often\"", "poll_seconds"),
    ];
    every_mistake_is_named(Kind::Appliance, &appliance, &appliance, &of_box).await?;
    what_cannot_be_meant_is_named_as_well(&appliance).await?;
    let of_server = [
        ("[smtp]", "listten = \"127.0.0.1:0\"", "listten"),
        ("from =", "user = 7", "user"),
        ("public_url", "frame_ancestors = \"nobody\"", "frame_ancestors"),
    ];
    every_mistake_is_named(Kind::Booking, &booking, &booking, &of_server).await?;
    let of_office = [
        ("address =", "telefon = \"1\"", "telefon"),
        ("horizon_days", "horizon = 28", "horizon"),
        ("[[hours]]", "minutes = \"ten\"", "minutes"),
        ("[[hours]]", "documents = 7", "documents"),
    ];
    every_mistake_is_named(Kind::Booking, &booking, &shop, &of_office).await
}

/// Well formed, and still wrong.
async fn what_cannot_be_meant_is_named_as_well(file: &Path) -> Result<()> {
    let good = std::fs::read_to_string(file)?;
    for (from, to, key) in [
        ("number = 2", "number = 1", "counter.number"),
        ("id = \"desk-3\"", "id = \"desk-2\"", "desk.id"),
        ("id = \"desk-3\"", "id = \"Tisch 3\"", "desk.id"),
        ("poll_seconds = 1", "poll_seconds = 0", "booking.poll_seconds"),
    ] {
        let number = good.lines().position(|line| line == from).unwrap_or_default() + 1;
        std::fs::write(file, good.replace(from, to))?;
        let said = complaint(Kind::Appliance, "run", file).await;
        for part in [&*file.to_string_lossy(), &format!("line {number}"), key] {
            assert!(said.contains(part), "no {part:?} in the complaint about {to:?}: {said}");
        }
    }
    Ok(std::fs::write(file, good)?)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_box_checks_its_file_without_starting() -> Result<()> {
    let office = ImaginaryOffice::open(Papers::default()).await?;
    let file = office.places.appliance_file();
    let said = ask(Kind::Appliance, &["check", "--config", &file.to_string_lossy()], "").await?;
    assert_eq!(said, "in Ordnung");
    let number = spoil(&file, "[gate]", "no = \"key of ours\"")?;
    let said = complaint(Kind::Appliance, "check", &file).await;
    assert!(said.contains(&format!("line {number}")) && said.contains("no"), "{said}");
    std::fs::write(&file, "")?;
    assert!(complaint(Kind::Appliance, "check", &file).await.contains("office"), "an empty file");
    std::fs::write(&file, [0xff, 0x00, 0xfe])?;
    assert!(complaint(Kind::Appliance, "check", &file).await.contains("appliance.toml"), "no text at all");
    std::fs::remove_file(&file)?;
    assert!(complaint(Kind::Appliance, "check", &file).await.contains("appliance.toml"), "no file");
    office.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_that_cannot_write_their_log_work_all_the_same() -> Result<()> {
    let office = ImaginaryOffice::furnish(Papers::default()).await?;
    for log in office.logs() {
        std::os::unix::fs::symlink("/dev/full", log)?;
    }
    office.start_booking().await?;
    office.write_box_papers().await?;
    office.switch_on().await?;
    assert_eq!(pull_number(&office, ENTRANCE, "somebody").await?, "A 001");
    let citizen = Citizen::new(&office.site("/musterland"), "Erika Beispiel", "erika@example.org");
    pin(&booked(&office, &citizen).await?)?;
    the_board_is_calm(&office).await?;
    office.close().await
}
