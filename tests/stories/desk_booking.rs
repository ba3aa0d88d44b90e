//! Booking at the desk, with the plug out and in: the PIN and the QR code of the slip check in at
//! once, the mail leaves when the line is back, and a box that loses its power loses no booking.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use fixture::{ImaginaryOffice, Papers};

use crate::poke::expected;
use crate::reception::{Reception, until_waiting, words};
use crate::told::{PATIENCE, greeted, signed_in, the_board_is_calm};

const ERIKA: (&str, &str) = ("Erika Beispiel", "erika@example.org");
const MAX: (&str, &str) = ("Max Beispiel", "max@example.org");

/// An office whose box has what it needs to sell.
async fn office_that_can_book() -> Result<(ImaginaryOffice, Reception)> {
    let office = ImaginaryOffice::open(Papers::default()).await?;
    let reception = Reception::sign_in(&office).await?;
    reception.ready().await?;
    Ok((office, reception))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_booked_while_the_plug_is_out_checks_in_by_pin_and_by_slip() -> Result<()> {
    let (office, reception) = office_that_can_book().await?;
    let clerk = signed_in(&office).await?;
    office.unplug(true);
    let order = reception.order(ERIKA.0, ERIKA.1).await?;
    let first = reception.book(order.clone()).await?;
    let again = reception.book(order).await?;
    assert_eq!(first.pin, again.pin, "a form sent twice is one booking");
    let second = reception.book(reception.order(MAX.0, MAX.1).await?).await?;
    assert_ne!(first.pin, second.pin);
    assert!(!first.html.contains("Erika"), "no name stands on a slip");
    assert!(first.html.contains("Nicht die PIN Ihres Ausweises oder Ihrer Bankkarte."));
    expected(&office, &clerk, 2).await?;

    office.keypad.press_keys(&first.pin).await?;
    greeted(&office, 1, &first.spaced()).await?;
    until_waiting(&office, 1).await?;
    office.scanner.scan(&second.code(&office).await?).await?;
    until_waiting(&office, 2).await?;
    the_board_is_calm(&office).await?;
    office.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_mail_of_a_booking_at_the_desk_leaves_when_the_line_is_back() -> Result<()> {
    let (office, reception) = office_that_can_book().await?;
    office.unplug(true);
    let slip = reception.book(reception.order(ERIKA.0, ERIKA.1).await?).await?;
    assert!(office.mails.mails().is_empty());
    office.unplug(false);
    let mail = office.mails.wait_for_mail(ERIKA.1, "", PATIENCE).await?;
    assert!(mail.text.replace('\u{a0}', " ").contains(&slip.spaced()), "{}", mail.text);
    office.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_box_that_loses_its_power_while_a_clerk_books_loses_no_booking_and_makes_none_twice() -> Result<()> {
    let (office, mut reception) = office_that_can_book().await?;
    office.unplug(true);
    let mut pins = BTreeSet::new();
    for round in 0..5 {
        let order = reception.order(ERIKA.0, ERIKA.1).await?;
        let (sent, clerk) = (order.clone(), reception.clone());
        let told = tokio::spawn(async move { clerk.book(sent).await });
        // In some rounds the answer comes before the cut, in some it does not.
        if round % 2 == 0 {
            told.await?.context("the box was alive")?;
        }
        office.power_off().await?;
        office.switch_on().await?;
        reception = Reception::sign_in(&office).await?;
        let slip = reception.book(order).await?;
        assert!(pins.insert(slip.pin), "a PIN twice in round {round}");
    }
    let list = words(&reception.open("/empfang").await?.body);
    let booked = list.matches("am Empfang").count();
    assert_eq!(booked, pins.len(), "{list}");
    office.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_booking_is_cancelled_at_the_desk_and_its_time_is_free_again() -> Result<()> {
    let (office, reception) = office_that_can_book().await?;
    let before = reception.free_times().await?.len();
    let slip = reception.book(reception.order(ERIKA.0, ERIKA.1).await?).await?;
    let asked = reception.send("/empfang/absagen", vec![("pin".to_owned(), slip.spaced())]).await?;
    let booking = crate::reception::between(&asked.body, "name=\"termin\" value=\"", "\"");
    let booking = booking.with_context(|| words(&asked.body))?.to_owned();
    let sure = vec![("termin".to_owned(), booking), ("sicher".to_owned(), "ja".to_owned())];
    let done = reception.send("/empfang/absagen", sure.clone()).await?;
    assert!(words(&done.body).contains("Abgesagt:"), "{}", words(&done.body));
    assert!(before - reception.free_times().await?.len() <= 1, "only time may have gone by");
    let twice = reception.send("/empfang/absagen", sure).await?;
    assert!(words(&twice.body).contains("schon abgesagt"), "{}", words(&twice.body));
    assert!(reception.slip(&slip).await.is_err(), "a cancelled booking has no slip");
    office.close().await
}
