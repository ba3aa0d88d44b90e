//! Certificates that are not what they should be.

use std::path::Path;

use anyhow::Result;
use fixture::Papers;

use super::town::{Town, town_ca};
use crate::told::{signed_in, the_board_is_calm};

/// Where this is, the machine's network vouches for its clock.
const TIME_SYNCHRONIZED: &str = "/run/systemd/timesync/synchronized";

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_for_another_name_is_refused_and_named() -> Result<()> {
    let town = Town::build("elsewhere", Papers::default()).await?;
    town.switch_on(&[town_ca()]).await?;
    town.health_says("is for termine.elsewhere.example:").await?;
    the_board_is_calm(&town.office).await?;
    town.relay.show("localhost")?;
    town.line_works().await?;
    town.office.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authority_the_box_was_not_told_of_is_refused() -> Result<()> {
    let town = Town::build("localhost", Papers::default()).await?;
    town.switch_on(&[]).await?;
    town.health_says("of an authority this box does not know").await?;
    town.switch_on_again(&[town_ca()]).await?;
    town.line_works().await?;
    town.office.close().await
}

/// The first exchanges bring the time; then the certificate is too old for everybody.
#[tokio::test(flavor = "multi_thread")]
async fn an_expired_certificate_is_taken_until_the_clock_is_trusted() -> Result<()> {
    let town = Town::build("expired", Papers::default()).await?;
    town.switch_on(&[town_ca()]).await?;
    if !Path::new(TIME_SYNCHRONIZED).exists() {
        town.the_clock_is_trusted().await?;
        // The connection that was taken may live on; the next one is judged by the time it brought.
        town.relay.show("expired")?;
    }
    town.health_says("good until 2021-01-01T00:00:00Z only").await?;
    the_board_is_calm(&town.office).await?;

    town.relay.show("localhost")?;
    town.line_works().await?;
    let clerk = signed_in(&town.office).await?;
    town.a_booking_arrives(&clerk, "renewed", 1).await?;
    town.office.close().await
}
