//! A network that answers everybody with its own page.

use anyhow::Result;
use fixture::Papers;

use super::town::{Town, town_ca};
use crate::told::{signed_in, the_board_is_calm};

#[tokio::test(flavor = "multi_thread")]
async fn a_captive_portal_is_named_and_the_box_goes_on_by_itself_when_it_opens() -> Result<()> {
    let town = Town::build("localhost", Papers::default()).await?;
    town.relay.become_a_portal();
    town.switch_on(&[town_ca()]).await?;
    town.health_says("does not speak TLS: something else answers in this network (a captive portal?)").await?;
    the_board_is_calm(&town.office).await?;

    town.relay.show("localhost")?;
    town.line_works().await?;
    let clerk = signed_in(&town.office).await?;
    town.a_booking_arrives(&clerk, "first", 1).await?;

    town.relay.become_a_portal();
    town.health_says("captive portal").await?;
    town.relay.show("localhost")?;
    town.line_works().await?;
    town.a_booking_arrives(&clerk, "second", 2).await?;
    town.office.close().await
}
