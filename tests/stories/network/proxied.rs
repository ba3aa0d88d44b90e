//! Through the proxies of Debian, and through one that keeps what it gets.

use anyhow::Result;
use fixture::Papers;

use super::proxies::{PASSWORD, Squid, USER, privoxy, squid, tinyproxy};
use super::relay::certificate;
use super::town::{LISTENING, Town, extra_ca, proxy, town_ca};
use crate::told::{signed_in, the_board_is_calm};

/// So rarely that nothing in a story comes by a poll.
fn hardly_polls() -> Papers {
    Papers { poll_seconds: 600, ..Papers::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_booking_comes_through_tinyproxy_at_once() -> Result<()> {
    let way = tinyproxy(false).await?;
    let town = Town::build("localhost", hardly_polls()).await?;
    town.switch_on(&[proxy(way.address), town_ca()]).await?;
    town.the_box_listens().await?;
    let clerk = signed_in(&town.office).await?;
    town.a_booking_arrives(&clerk, "tinyproxy", 1).await?;
    town.office.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_asks_for_a_password_says_so_until_it_gets_the_right_one() -> Result<()> {
    let way = tinyproxy(true).await?;
    let everything = vec![("AUFRUF_LOG".to_owned(), "trace".to_owned())];
    let town = Town::build("localhost", Papers { environment: everything, ..hardly_polls() }).await?;
    town.switch_on(&[proxy(way.address), town_ca()]).await?;
    town.health_says("asks for a user and a password: write them into booking.proxy").await?;
    the_board_is_calm(&town.office).await?;

    let with = |password: &str| format!("proxy = \"http://{USER}:{password}@{}\"", way.address);
    town.switch_on_again(&[with("falsch-pferd-48"), town_ca()]).await?;
    town.health_says("does not take the user and the password").await?;

    town.switch_on_again(&[with(PASSWORD), town_ca()]).await?;
    town.the_box_listens().await?;
    let clerk = signed_in(&town.office).await?;
    town.a_booking_arrives(&clerk, "password", 1).await?;
    let log = town.box_log();
    assert!(log.contains("ureq"), "this log tells everything");
    // Neither as it was written nor as Basic carries it.
    assert!(!log.contains("pferd") && !log.contains("YXVmcnVmLWJveDpr"), "a password in the log");
    town.office.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_booking_comes_through_squid_at_once() -> Result<()> {
    let way = squid(Squid::Passes).await?;
    let town = Town::build("localhost", hardly_polls()).await?;
    town.switch_on(&[proxy(way.address), town_ca()]).await?;
    town.the_box_listens().await?;
    let clerk = signed_in(&town.office).await?;
    town.a_booking_arrives(&clerk, "squid", 1).await?;
    town.office.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_does_not_let_the_box_through_is_named() -> Result<()> {
    let way = squid(Squid::Refuses).await?;
    let town = Town::build("localhost", hardly_polls()).await?;
    town.switch_on(&[proxy(way.address), town_ca()]).await?;
    town.health_says(&format!("{} does not let this box through", way.address)).await?;
    the_board_is_calm(&town.office).await?;
    town.office.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_looks_into_tls_is_believed_only_with_its_own_authority() -> Result<()> {
    let way = squid(Squid::LooksIntoTls).await?;
    let town = Town::build("localhost", Papers::default()).await?;
    town.switch_on(&[proxy(way.address), town_ca()]).await?;
    town.health_says("put that authority's certificate (PEM) into booking.extra_ca").await?;

    town.switch_on_again(&[proxy(way.address), extra_ca("proxy-ca")]).await?;
    town.line_works().await?;
    let clerk = signed_in(&town.office).await?;
    town.a_booking_arrives(&clerk, "intercepted", 1).await?;
    town.office.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_a_proxy_that_keeps_streams_bookings_come_by_the_poll() -> Result<()> {
    let way = privoxy().await?;
    let town = Town::build("localhost", Papers::default()).await?;
    town.switch_on(&[proxy(way.address), extra_ca("proxy-ca")]).await?;
    town.line_works().await?;
    let clerk = signed_in(&town.office).await?;
    for (name, count) in [("first", 1), ("second", 2)] {
        town.a_booking_arrives(&clerk, name, count).await?;
    }
    assert!(!town.box_log().contains(LISTENING), "a stream came through");
    town.office.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn no_environment_names_a_proxy() -> Result<()> {
    let names = ["ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "all_proxy", "https_proxy", "http_proxy"];
    // Nobody listens there.
    let environment = names.map(|name| (name.to_owned(), "http://127.0.0.1:1".to_owned()));
    let town = Town::build("localhost", Papers { environment: environment.into(), ..Papers::default() }).await?;
    town.switch_on(&[town_ca()]).await?;
    town.line_works().await?;
    town.office.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_nobody_can_read_stops_the_start_and_is_named() -> Result<()> {
    let town = Town::build("localhost", Papers::default()).await?;
    let missing = certificate("missing");
    let error = town.switch_on(&[extra_ca("missing")]).await.expect_err("there is no such file");
    let message = format!("{error:#}");
    for part in ["booking.extra_ca", "line ", &*missing.to_string_lossy()] {
        assert!(message.contains(part), "{part} is missing in {message}");
    }
    town.office.close().await
}
