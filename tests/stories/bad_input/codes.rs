//! Codes nobody can use, scans of broken scanners, and the keys of two keypads at once.

use anyhow::{Context, Result};
use devices::Layout;
use fixture::forms::{choices, forms};
use fixture::{Citizen, ImaginaryOffice, Papers};

use crate::terminal::{ENTRANCE, any_answer, pull_number, step_up};
use crate::told::{IDENTITY_CARD, PATIENCE, booked, confirmed, greeted, link_to, pin, qr, the_board_is_calm, waiting};

const LAYOUTS: [Layout; 2] = [Layout::Us, Layout::De];

fn citizen(office: &ImaginaryOffice, name: &str) -> Citizen {
    Citizen::new(&office.site("/musterland"), "Erika Beispiel", &format!("{name}@example.org"))
}

/// Holds a code under the scanner and reads the answer.
async fn scanned(office: &ImaginaryOffice, layout: Layout, text: &str) -> Result<String> {
    step_up(office, ENTRANCE).await?;
    office.scanner.scan_in(layout, text).await?;
    any_answer(office, ENTRANCE).await.with_context(|| format!("after {text:?} on layout {layout:?}"))
}

/// Nobody waits, the board is calm, and the next person is served as ever.
async fn nothing_happened(office: &ImaginaryOffice) -> Result<()> {
    assert_eq!(waiting(office).await?, 0, "somebody was let in");
    the_board_is_calm(office).await?;
    assert_eq!(pull_number(office, ENTRANCE, "the-next-person").await?, "A 001");
    the_board_is_calm(office).await
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_and_garbled_codes_are_answered_on_both_layouts_and_let_nobody_in() -> Result<()> {
    let office = ImaginaryOffice::open(Papers::default()).await?;
    let mail = booked(&office, &citizen(&office, "erika")).await?;
    let good = qr(&mail)?;
    let digits: String = pin(&mail)?.chars().filter(char::is_ascii_digit).collect();
    let last = if digits.ends_with('0') { "1" } else { "0" };
    let mistyped = format!("{}{last}", &digits[..5]);
    let forged = format!("{}{}", &good[..good.len() - 3], if good.ends_with("AAA") { "BBB" } else { "AAA" });
    let cases = [
        (mistyped.as_str(), "check-digits"),
        ("A 777", "unknown"),
        ("777", "unknown"),
        ("hallo", "unreadable"),
        ("WWW.EVIL.EXAMPLE", "unreadable"),
        ("4006381333931", "unreadable"),
        (forged.as_str(), "unreadable"),
        (&good[..good.len() - 40], "unreadable"),
    ];
    for layout in LAYOUTS {
        for (text, answer) in cases {
            assert_eq!(scanned(&office, layout, text).await?, answer, "{text:?} on {layout:?}");
        }
    }
    nothing_happened(&office).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_good_code_is_taken_from_a_scanner_of_either_layout() -> Result<()> {
    let office = ImaginaryOffice::open(Papers::default()).await?;
    for (layout, name) in LAYOUTS.into_iter().zip(["us", "de"]) {
        let mail = booked(&office, &citizen(&office, name)).await?;
        step_up(&office, ENTRANCE).await?;
        office.scanner.scan_in(layout, &qr(&mail)?).await?;
        greeted(&office, ENTRANCE, &pin(&mail)?).await?;
    }
    assert_eq!(waiting(&office).await?, 2);
    office.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_of_another_day_another_office_and_a_cancelled_one_are_told_so() -> Result<()> {
    let (office, other) =
        tokio::try_join!(ImaginaryOffice::open(Papers::default()), ImaginaryOffice::open(Papers::default()))?;
    let foreign = booked(&other, &citizen(&other, "foreign")).await?;
    other.close().await?;

    let early = citizen(&office, "early");
    let times = early.times(IDENTITY_CARD).await?;
    let late_day = choices(&times.body, "start").pop().context("no times")?;
    let form = forms(&times.body).into_iter().rev().find(|f| f.action.contains("/halten")).context("no form")?;
    let details = early.submit(&times, form.with("start", &late_day)).await?;
    early.send(&early.fill_in(&details).await?).await?;
    let another_day = confirmed(&office, &early).await?;

    let gone = citizen(&office, "gone");
    let cancelled = booked(&office, &gone).await?;
    let appointment = gone.open(&link_to(&cancelled, "/termin/")?).await?;
    let asks = gone.open(&format!("{}/absagen", appointment.url)).await?;
    gone.confirm(&asks).await?;
    office.mails.wait_for_mail(&gone.mail, "abgesagt", PATIENCE).await?;
    the_box_has_heard_of(&office, &citizen(&office, "heard")).await?;

    for layout in LAYOUTS {
        assert_eq!(scanned(&office, layout, &qr(&another_day)?).await?, "other-day");
        assert_eq!(scanned(&office, layout, &qr(&cancelled)?).await?, "cancelled");
        let foreign = scanned(&office, layout, &qr(&foreign)?).await?;
        assert!(["other-office", "unreadable"].contains(&foreign.as_str()), "{foreign}");
    }
    assert_eq!(waiting(&office).await?, 0, "nobody is admitted silently");
    the_board_is_calm(&office).await
}

/// Entries arrive in order: once a later booking is expected, everything before it is known.
async fn the_box_has_heard_of(office: &ImaginaryOffice, later: &Citizen) -> Result<()> {
    booked(office, later).await?;
    let browser = crate::told::signed_in(office).await?;
    crate::told::watch_as(&browser, office.page("/platz/1/ereignisse"), "a booking that is expected", |state| {
        state["view"]["expected"].as_array().is_some_and(|expected| !expected.is_empty())
    })
    .await
    .map(drop)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scan_of_four_kilobytes_and_a_broken_scanner_lose_nothing_but_themselves() -> Result<()> {
    let office = ImaginaryOffice::open(Papers::default()).await?;
    for text in ["7".repeat(4096), "A".repeat(513), format!("{}482917", "Z".repeat(4096))] {
        assert_eq!(scanned(&office, Layout::Us, &text).await?, "unreadable");
    }
    // Whole records of no sense at all: other event types, keys nobody has, releases without a press.
    let rubbish: Vec<u8> = (0..24 * 500_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    office.scanner.write(&rubbish).await?;
    office.keypad.write(&rubbish).await?;
    let mail = booked(&office, &citizen(&office, "erika")).await?;
    // A half line may stand before it: the person holds the code under the scanner once more.
    if scanned(&office, Layout::Us, &qr(&mail)?).await? == "unreadable" {
        scanned(&office, Layout::Us, &qr(&mail)?).await?;
    }
    greeted(&office, ENTRANCE, &pin(&mail)?).await?;
    assert_eq!(waiting(&office).await?, 1);
    the_board_is_calm(&office).await
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_typing_at_two_keypads_at_once_are_never_mixed_up() -> Result<()> {
    let office = ImaginaryOffice::open(Papers { terminals: 2, ..Papers::default() }).await?;
    let (here, there) = (citizen(&office, "here"), citizen(&office, "there"));
    let pins = [pin(&booked(&office, &here).await?)?, pin(&booked(&office, &there).await?)?];
    the_box_has_heard_of(&office, &citizen(&office, "heard")).await?;
    let digits = pins.each_ref().map(|pin| pin.replace(' ', ""));
    for (a, b) in digits[0].chars().zip(digits[1].chars()) {
        office.keypad.press_keys(&a.to_string()).await?;
        office.further_keypads[0].press_keys(&b.to_string()).await?;
    }
    greeted(&office, 1, &pins[0]).await?;
    greeted(&office, 2, &pins[1]).await?;
    assert_eq!(waiting(&office).await?, 2);
    office.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn after_ten_guesses_typed_codes_rest_while_qr_codes_and_numbers_go_on() -> Result<()> {
    let office = ImaginaryOffice::open(Papers::default()).await?;
    let mail = booked(&office, &citizen(&office, "erika")).await?;
    let mut answers = Vec::new();
    for guess in 900..911 {
        step_up(&office, ENTRANCE).await?;
        office.keypad.press_keys(&format!("{guess}E")).await?;
        answers.push(any_answer(&office, ENTRANCE).await?);
    }
    assert_eq!(answers[..10], vec!["unknown"; 10]);
    assert_eq!(answers[10], "rest");
    step_up(&office, ENTRANCE).await?;
    office.scanner.scan(&qr(&mail)?).await?;
    greeted(&office, ENTRANCE, &pin(&mail)?).await?;
    pull_number(&office, ENTRANCE, "somebody-without-an-appointment").await?;
    assert_eq!(waiting(&office).await?, 2);
    the_board_is_calm(&office).await
}
