//! Forms with missing, long and hostile fields on the citizens' pages.

use anyhow::{Context, Result};
use fixture::forms::{choices, forms};
use fixture::{Citizen, ImaginaryOffice, Papers};

use crate::raw;
use crate::told::{IDENTITY_CARD, confirmed, pin, the_board_is_calm};

/// What somebody who means harm types.
const SCRIPT: &str = "<script>alert('x')</script>";

#[tokio::test(flavor = "multi_thread")]
async fn choices_that_do_not_exist_are_answered_in_words_and_hold_no_time() -> Result<()> {
    let office = ImaginaryOffice::open(Papers::default()).await?;
    let street = office.street.address();
    let citizen = Citizen::new(&office.site("/musterland"), "Erika Beispiel", "erika@example.org");
    let before = choices(&citizen.times(IDENTITY_CARD).await?.body, "start");
    for fields in [
        String::new(),
        "start=".to_owned(),
        "start=gestern".to_owned(),
        "start=2026-02-30T99%3A99%3A00Z".to_owned(),
        format!("start={}", "9".repeat(60_000)),
        "start=%00%ff%fe".to_owned(),
        "einmal=x&start=%3Cscript%3Ealert(1)%3C%2Fscript%3E".to_owned(),
    ] {
        let answer = raw::form(street, "/musterland/halten?service=1&personen=1", &fields).await?;
        assert!((400..500).contains(&answer.status), "{fields:.40} answers {}", answer.status);
        in_words(&answer.text, &fields);
    }
    for query in ["", "service=0", "service=65536", "service=1&personen=900", "service=%3Cscript%3E&personen=%00"] {
        let answer = raw::get(street, &format!("/musterland/zeit?{query}")).await?;
        assert!((400..500).contains(&answer.status), "{query} answers {}", answer.status);
        in_words(&answer.text, query);
    }
    assert_eq!(choices(&citizen.times(IDENTITY_CARD).await?.body, "start"), before, "a time was held");
    office.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn details_with_missing_long_and_hostile_fields_are_asked_for_again_and_nothing_typed_is_lost() -> Result<()> {
    let office = ImaginaryOffice::open(Papers::default()).await?;
    let street = office.street.address();
    let citizen = Citizen::new(&office.site("/musterland"), "Erika Beispiel", "erika@example.org");
    let times = citizen.times(IDENTITY_CARD).await?;
    let details = citizen.hold_earliest(&times).await?;
    let form = forms(&details.body).into_iter().find(|f| f.action.contains("/daten/")).context("no form")?;
    for fields in [
        String::new(),
        "name=&mail=".to_owned(),
        "name=Erika&mail=keine-adresse".to_owned(),
        "name=Erika&mail=erika%40example.org%0d%0aBcc%3A+all%40example.org".to_owned(),
        "name=Er%00ika&mail=erika%40example.org".to_owned(),
        format!("name={}&mail=erika%40example.org", "x".repeat(10_000)),
        format!("name=Erika&mail={}%40example.org", "x".repeat(2_000)),
        "name=%3Cscript%3Ealert('x')%3C%2Fscript%3E&mail=".to_owned(),
    ] {
        let answer = raw::form(street, &form.action, &fields).await?;
        assert!((400..500).contains(&answer.status), "{fields:.60} answers {}", answer.status);
        in_words(&answer.text, &fields);
    }
    for (body, kind) in [
        (vec![b'x'; 70 * 1024], "application/x-www-form-urlencoded"),
        (b"{}".to_vec(), "application/json"),
        (vec![0xff; 900], "application/x-www-form-urlencoded"),
    ] {
        let answer = raw::post(street, &form.action, kind, &body).await?;
        assert!((400..500).contains(&answer.status), "{} bytes of {kind} answer {}", body.len(), answer.status);
        in_words(&answer.text, kind);
    }
    assert_eq!(office.mails.mails().len(), 0, "somebody got a mail");

    // The time is still held: the same person books it in peace.
    let summary = citizen.fill_in(&details).await?;
    citizen.send(&summary).await?;
    pin(&confirmed(&office, &citizen).await?)?;
    the_board_is_calm(&office).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_is_a_script_is_a_name_on_every_page_and_in_every_mail() -> Result<()> {
    let office = ImaginaryOffice::open(Papers::default()).await?;
    let citizen = Citizen::new(&office.site("/musterland"), SCRIPT, "erika@example.org");
    let details = citizen.hold_earliest(&citizen.times(IDENTITY_CARD).await?).await?;
    let summary = citizen.fill_in(&details).await;
    // Refused with words, or taken as it stands; never run.
    let Ok(summary) = summary else { return office.close().await };
    let waits = citizen.send(&summary).await?;
    let mail = confirmed(&office, &citizen).await?;
    for text in [&summary.body, &waits.body, &mail.html] {
        assert!(!text.contains("<script>alert"), "a page runs what a citizen typed: {text}");
    }
    office.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn forms_sent_from_another_site_and_addresses_nobody_gave_out_change_nothing() -> Result<()> {
    let office = ImaginaryOffice::open(Papers::default()).await?;
    let street = office.street.address();
    let body = "start=2026-01-01T10%3A00%3A00Z";
    let foreign = format!(
        "POST /musterland/halten?service=1&personen=1 HTTP/1.1\r\nhost: {street}\r\nconnection: close\r\n\
         origin: https://evil.example\r\nsec-fetch-site: cross-site\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let answer = raw::send(street, foreign.as_bytes()).await?;
    assert_eq!(answer.status, 403);
    in_words(&answer.text, "a foreign form");
    let secret = "0".repeat(32);
    for path in ["/musterland/wartet/", "/musterland/bestaetigen/", "/musterland/termin/", "/musterland/daten/", "/T/"]
    {
        for secret in [secret.as_str(), "%3Cscript%3E", "%00", "..%2f..%2fetc%2fpasswd", "x"] {
            let answer = raw::get(street, &format!("{path}{secret}")).await?;
            assert!((400..500).contains(&answer.status), "{path}{secret} answers {}", answer.status);
            in_words(&answer.text, path);
        }
    }
    assert_eq!(raw::send(street, b"GET / HTTP/7.7\r\nhost: x\r\n\r\n").await?.status, 400);
    office.close().await
}

/// A page for people: with the office's telephone, and without what was sent.
fn in_words(answer: &str, sent: &str) {
    assert!(answer.contains("030 23125 100"), "no telephone after {sent:.60}: {answer}");
    assert!(!answer.contains("<script>alert"), "{sent:.60} came back as it was: {answer}");
}
