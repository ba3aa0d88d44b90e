//! How long a booking takes until the box knows of it, through each network; prints the table of
//! `docs/networks.md`.

use std::io::Write;

use anyhow::Result;
use fixture::{Citizen, Papers, clock};

use super::proxies::{PASSWORD, Squid, USER, privoxy, squid, tinyproxy};
use super::town::{LISTENING, Town, extra_ca, proxy, town_ca};
use crate::poke::expected;
use crate::told::{IDENTITY_CARD, PATIENCE, link_of, signed_in};

/// How many bookings go through each network, if more than one: at most as many as fit into the
/// three times the counter page shows.
const BOOKINGS: &str = "AUFRUF_NETWORK_BOOKINGS";

/// A network, and what its box needs to know.
struct Network {
    name: &'static str,
    /// Whether pokes come through.
    streams: bool,
    lines: Vec<String>,
}

fn network(name: &'static str, lines: [String; 2]) -> Network {
    Network { name, streams: true, lines: lines.into() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_booking_comes_through_each_network_and_the_table_says_how_fast() -> Result<()> {
    let (plain, known) = (tinyproxy(false).await?, tinyproxy(true).await?);
    let (passing, looking) = (squid(Squid::Passes).await?, squid(Squid::LooksIntoTls).await?);
    let password = format!("proxy = \"http://{USER}:{PASSWORD}@{}\"", known.address);
    say("| network | comes by | median | longest |\n|---|---|---|---|")?;
    for network in [
        network("no proxy, TLS", [String::new(), town_ca()]),
        network("tinyproxy, CONNECT", [proxy(plain.address), town_ca()]),
        network("tinyproxy, CONNECT with password", [password, town_ca()]),
        network("squid, CONNECT", [proxy(passing.address), town_ca()]),
        network("squid, looks into TLS", [proxy(looking.address), extra_ca("proxy-ca")]),
    ] {
        measure(&network, &town().await?).await?;
    }
    let keeping = privoxy().await?;
    let lines = vec![proxy(keeping.address), extra_ca("proxy-ca")];
    let keeps = Network { name: "privoxy, looks into TLS, keeps every text until it is whole", streams: false, lines };
    measure(&keeps, &town().await?).await
}

fn bookings() -> usize {
    std::env::var(BOOKINGS).ok().and_then(|count| count.parse().ok()).unwrap_or(1)
}

/// Polled as a town leaves it, if it is measured; else as often as in every story.
async fn town() -> Result<Town> {
    let papers = Papers::default();
    let poll_seconds = if bookings() > 1 { 15 } else { papers.poll_seconds };
    Town::build("localhost", Papers { poll_seconds, ..papers }).await
}

/// Books again and again; the time runs from the citizen's confirmation to the counter page.
async fn measure(network: &Network, town: &Town) -> Result<()> {
    town.switch_on(&network.lines).await?;
    town.line_works().await?;
    if network.streams {
        town.the_box_listens().await?;
    }
    let clerk = signed_in(&town.office).await?;
    let mut times = Vec::new();
    for number in 1..=bookings() {
        let site = town.office.site("/musterland");
        let citizen = Citizen::new(&site, &format!("Person {number}"), &format!("person-{number}@example.org"));
        citizen.book_earliest(IDENTITY_CARD).await?;
        let please = town.office.mails.wait_for_mail(&citizen.mail, "bestätigen", PATIENCE).await?;
        let button = citizen.open(&link_of(&please)?).await?;
        let from = clock::now();
        citizen.confirm(&button).await?;
        expected(&town.office, &clerk, number).await?;
        times.push(clock::now().duration_since(from).as_millis());
    }
    times.sort_unstable();
    assert_eq!(network.streams, town.box_log().contains(LISTENING), "{}", network.name);
    let by = if network.streams { "poke" } else { "poll" };
    let (median, longest) = (times[times.len() / 2], times[times.len() - 1]);
    say(&format!("| {} | {by} | {median} ms | {longest} ms |", network.name))?;
    town.office.close().await
}

fn say(line: &str) -> Result<()> {
    Ok(writeln!(std::io::stdout(), "{line}")?)
}
