//! The press text, sentence by sentence: from the sofa to the chime, once with the line
//! connected, once with the line cut from before the scan until after the call.

use anyhow::{Context, Result};
use fixture::desk::Gesture;
use fixture::{Citizen, Clerk, ImaginaryOffice, Mail, Papers, eyes};
use serde_json::Value;

use crate::told::{PATIENCE, booked, knows, pin, watch};

#[tokio::test(flavor = "multi_thread")]
async fn from_the_sofa_to_the_chime_while_the_line_is_cut() -> Result<()> {
    let office = ImaginaryOffice::open(Papers::default()).await?;
    Clerk::sign_in(&office.page("")).await?.open(3).await?;
    let citizen = Citizen::new(&office.site("/musterland"), "Erika Beispiel", "erika@example.org");

    // "… erhält die Person eine weitere E-Mail, in der eine PIN und ein QR-Code enthalten sind."
    let mail = booked(&office, &citizen).await?;
    let pin = pin(&mail)?;
    let code = qr(&mail)?;

    // The internet fails before anybody comes, and the box has never heard of a second booking.
    office.unplug(true);
    let late = Citizen::new(&office.site("/musterland"), "Max Beispiel", "max@example.org");
    let unheard = booked(&office, &late).await?;

    // "Um sich am Tag des Termins anzumelden, … scannt den QR-Code und nimmt … Platz."
    office.scanner.scan(&code).await?;
    at_terminal(&office, &pin).await?;
    office.scanner.scan(&qr(&unheard)?).await?;
    at_terminal(&office, &self::pin_of(&unheard)?).await?;

    called(&office, &[pin, pin_of(&unheard)?]).await?;
    office.unplug(false);
    office.close().await
}

/// "Bei Aufruf erscheinen auf dem Bildschirm dann die PIN sowie der Platz …": two presses at two
/// desks call the two persons, each once.
async fn called(office: &ImaginaryOffice, pins: &[String]) -> Result<()> {
    let mut given = Vec::new();
    for desk in office.desks()? {
        let shown = desk.wait_for(PATIENCE, |s| s.state == "free" && s.waiting > 0).await?;
        let answer = desk.press(Gesture::Short).await?;
        assert_eq!(answer.answer, "called", "{shown:?}");
        let code = answer.code.context("a call has a code")?;
        let (counter, seen) = (u64::from(shown.counter), code.clone());
        watch(office, "/tafel/ereignisse", "the call on the board", move |board| {
            knows(board, &seen).is_some_and(|row| row["counter"] == counter)
        })
        .await?;
        given.push(code);
    }
    given.sort();
    let mut expected = pins.to_vec();
    expected.sort();
    assert_eq!(given, expected, "everybody is called, nobody twice");
    Ok(())
}

async fn at_terminal(office: &ImaginaryOffice, pin: &str) -> Result<Value> {
    let pin = pin.to_owned();
    let greeted = move |view: &Value| {
        let screen = &view["view"]["screen"];
        screen["tone"] == "done" && screen["code"] == serde_json::json!({"first": &pin[..3], "second": &pin[4..]})
    };
    watch(office, "/terminal/ereignisse", "a greeting with the PIN", greeted).await
}

fn qr(mail: &Mail) -> Result<String> {
    let picture = mail.part("image/png").context("no QR code in the mail")?;
    eyes::read_qr(&picture.bytes)
}

fn pin_of(mail: &Mail) -> Result<String> {
    pin(mail)
}
