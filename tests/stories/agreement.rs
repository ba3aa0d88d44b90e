//! Both ends say so while they run when they know different bookings, and when all is well again.

use anyhow::{Context, Result};
use fixture::http::Http;
use fixture::programs::{Kind, ask};
use fixture::{Citizen, ImaginaryOffice, Papers, until};
use serde_json::Value;
use store::rusqlite::Connection;

use crate::reception::Reception;
use crate::told::{PATIENCE, booked};

/// Waits until a part of the box works, or does not; answers what it says.
async fn until_part(office: &ImaginaryOffice, part: &str, works: bool) -> Result<String> {
    let url = office.page("/gesund");
    let look = || {
        let health = tokio::task::block_in_place(|| Http::default().open(&url)).ok()?;
        let health: Value = serde_json::from_str(&health.body).ok()?;
        let said = health["parts"].get(part)?;
        (said["works"] == works).then(|| said["detail"].as_str().unwrap_or_default().to_owned())
    };
    until(&format!("{part} to say {works}"), PATIENCE, look).await
}

/// What the booking server says of the days on which both ends differ.
async fn apart(office: &ImaginaryOffice) -> Result<Value> {
    let file = office.places.booking_file();
    let status = ask(Kind::Booking, &["status", "--config", &file.to_string_lossy()], "").await?;
    let status: Value = serde_json::from_str(&status).context("a status that is no JSON")?;
    Ok(status["offices"][0]["apart"].clone())
}

/// Somebody works on the server's file while it is down.
async fn tamper(office: &ImaginaryOffice, sql: &str) -> Result<()> {
    office.crash_booking().await?;
    // The line that is down is seen, so that the next exchange compares.
    until_part(office, "line", false).await?;
    let file = office.places.booking_data().join("booking.db");
    assert_eq!(Connection::open(file)?.execute(sql, [])?, 2, "one booking of each side");
    office.start_booking().await
}

#[tokio::test(flavor = "multi_thread")]
async fn bookings_that_changed_behind_the_servers_back_are_named_on_both_ends_until_they_are_as_they_were() -> Result<()>
{
    let office = ImaginaryOffice::open(Papers::default()).await?;
    let reception = Reception::sign_in(&office).await?;
    reception.ready().await?;
    booked(&office, &Citizen::new(&office.site("/musterland"), "Erika Muster", "erika@example.org")).await?;
    reception.book(reception.order("Max Beispiel", "max@example.org").await?).await?;
    office.mails.wait_for_mail("max@example.org", "", PATIENCE).await?;
    until_part(&office, "agreement", true).await?;

    tamper(&office, "UPDATE bookings SET start = start + 60 WHERE state = 'confirmed'").await?;
    let detail = until_part(&office, "agreement", false).await?;
    let days: Vec<String> = serde_json::from_value(apart(&office).await?)?;
    assert!(!days.is_empty() && days.iter().all(|day| detail.contains(day)), "{days:?}: {detail}");

    tamper(&office, "UPDATE bookings SET start = start - 60 WHERE state = 'confirmed'").await?;
    until_part(&office, "agreement", true).await?;
    assert_eq!(apart(&office).await?, Value::Null);
    office.close().await
}
