//! Both ends change the key they sign with, by one command each, while they run; nobody notices.

use anyhow::{Result, ensure};
use fixture::papers::OFFICE;
use fixture::programs::{Kind, ask};
use fixture::{Citizen, ImaginaryOffice, Papers};

use crate::poke::expected;
use crate::told::{booked, signed_in};

/// Somebody books online, and the box expects so many.
async fn booked_and_expected(office: &ImaginaryOffice, name: &str, count: usize) -> Result<()> {
    let citizen = Citizen::new(&office.site("/musterland"), "Erika Beispiel", &format!("{name}@example.org"));
    booked(office, &citizen).await?;
    expected(office, &signed_in(office).await?, count).await.map(drop)
}

#[tokio::test(flavor = "multi_thread")]
async fn either_end_gets_a_new_key_by_command_and_both_are_believed_also_after_a_start() -> Result<()> {
    let office = ImaginaryOffice::open(Papers::default()).await?;
    booked_and_expected(&office, "first", 1).await?;
    let (server, appliance) = (office.places.booking_file(), office.places.appliance_file());
    let (server, appliance) = (server.to_string_lossy(), appliance.to_string_lossy());
    let online = ask(Kind::Booking, &["rotate-key", OFFICE, "--config", &server], "").await?;
    let here = ask(Kind::Appliance, &["rotate-key", "--config", &appliance], "").await?;
    ensure!(online.len() == 64 && here.ends_with(|digit: char| digit.is_ascii_hexdigit()), "{online}, {here}");
    booked_and_expected(&office, "second", 2).await?;

    office.crash_booking().await?;
    office.power_off().await?;
    let off = ask(Kind::Appliance, &["rotate-key", "--config", &appliance], "").await;
    ensure!(off.is_err_and(|why| why.to_string().contains("start it first")), "a box that is off has no new key");
    office.start_booking().await?;
    office.switch_on().await?;
    booked_and_expected(&office, "third", 3).await?;
    office.close().await
}
