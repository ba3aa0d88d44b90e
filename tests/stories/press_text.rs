//! The press text, sentence by sentence: from the sofa to the chime, once with the line
//! connected, once with the line cut from before the scan until after the call.

use anyhow::{Context, Result};
use fixture::desk::Gesture;
use fixture::{Browser, Citizen, Clerk, Desk, ImaginaryOffice, Mail, Papers};
use serde_json::Value;

use crate::pictures::{Screen, browser, picture, turn_to};
use crate::told::{PATIENCE, booked, link_of, pin, qr, wait_for_page, watch};

/// What every page of the box and the site must be free of: complaints of the browser.
async fn no_complaints(browser: &Browser) -> Result<()> {
    assert_eq!(browser.complaints().await?, Vec::<String>::new());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn from_the_sofa_to_the_chime_while_everything_is_connected() -> Result<()> {
    let office = ImaginaryOffice::open(Papers::default()).await?;
    let (phone, hall) = tokio::try_join!(browser(Screen::Phone), browser(Screen::Phone))?;
    sign_in(&hall, &office).await?;

    let mail = from_the_sofa(&office, &phone, &hall).await?;
    let pin = pin(&mail)?;
    arrives_with_the_pin(&office, &hall, &pin).await?;
    staff_know(&office, &hall, &pin).await?;

    let desks = office.desks()?;
    turn_to(&hall, Screen::Board, &office.page("/tafel")).await?;
    is_called(&hall, &desks[0], 2, &pin).await?;
    picture(&hall, "board").await?;
    the_tone_is_over(&office).await?;

    // "Zusätzlich … ist es auch möglich, vor Ort ein Ticket am Terminal zu ziehen …"
    let number = pulls_a_number(&office, &phone).await?;
    // "Durch Aufruf über den Bildschirm wissen die Bürgerinnen und Bürger, wann sie an der Reihe sind."
    is_called(&hall, &desks[1], 3, &number).await?;
    hall.wait_for_text(&pin).await?;
    picture(&hall, "board-both").await?;

    the_call_reaches_the_phone(&phone, &mail).await?;
    for browser in [phone, hall] {
        no_complaints(&browser).await?;
        browser.close().await?;
    }
    office.close().await
}

/// The booking, on a phone; the mail's link is opened in another browser.
async fn from_the_sofa(office: &ImaginaryOffice, phone: &Browser, other: &Browser) -> Result<Mail> {
    const ADDRESS: &str = "erika@example.org";
    // "Ab sofort können … für alle Dienstleistungen des Bürgerbüros Termine online buchen"
    phone.open(&office.site("/")).await?;
    for service in ["Personalausweis", "Reisepass", "Wohnsitz", "Führerschein", "Führungszeugnis", "beglaubigen"] {
        phone.wait_for_text(service).await?;
    }
    phone.click_text("Personalausweis beantragen").await?;
    picture(phone, "booking-1-service").await?;
    phone.click(".btn.main").await?;
    phone.wait_for_text("Wann möchten Sie kommen?").await?;
    phone.click(".slots .slot").await?;
    picture(phone, "booking-2-time").await?;
    phone.click(".btn.main").await?;
    phone.type_into("input[name=name]", "Erika Beispiel").await?;
    phone.type_into("input[type=email]", ADDRESS).await?;
    picture(phone, "booking-3-details").await?;
    phone.click(".btn.main").await?;
    phone.wait_for_text("Stimmt alles?").await?;
    picture(phone, "booking-4-summary").await?;
    phone.click(".btn.main").await?;

    // "Wer online einen Termin gebucht hat, erhält anschließend eine E-Mail mit einem Link."
    let please = office.mails.wait_for_mail(ADDRESS, "bestätigen", PATIENCE).await?;
    phone.wait_for_text("Noch nicht gebucht – bitte bestätigen").await?;
    phone.wait_for_text("E-Mail ist an").await?;
    picture(phone, "booking-5-not-yet-booked").await?;

    // "Durch Anklicken dieses Links muss die Terminbuchung zunächst bestätigt werden."
    let back = other.url().await?;
    other.open(&link_of(&please)?).await?;
    other.wait_for_text("Termin jetzt bestätigen?").await?;
    picture(other, "booking-6-confirm").await?;
    assert!(phone.url().await?.contains("/wartet/"), "opening the link books nothing");
    other.click(".btn.main").await?;

    // "Ist dies erfolgt, erhält die Person eine weitere E-Mail, in der eine PIN und ein QR-Code enthalten sind."
    let mail = office.mails.wait_for_mail(ADDRESS, "Ihr Termin am", PATIENCE).await?;
    let (pin, code) = (pin(&mail)?, qr(&mail)?);
    assert!(code.contains("/T/"), "{code}");
    phone.wait_for_text(&pin).await.context("the page of the one who booked did not turn by itself")?;
    assert!(phone.url().await?.contains("/termin/"), "the page turned to the appointment");
    picture(phone, "booking-7-appointment").await?;
    other.open(&back).await?;
    other.wait_for_text("Noch nicht da: ").await.context("the house does not expect the one who booked")?;
    Ok(mail)
}

async fn sign_in(hall: &Browser, office: &ImaginaryOffice) -> Result<()> {
    Clerk::sign_in(&office.page("")).await?.open(3).await?;
    turn_to(hall, Screen::Phone, &office.page("/anmelden?weiter=/platz/2")).await?;
    hall.type_into("input[name=name]", fixture::papers::STAFF_NAME).await?;
    hall.type_into("input[name=password]", fixture::papers::STAFF_PASSWORD).await?;
    hall.click("form button").await?;
    hall.wait_for_text("Nächste").await
}

/// "Um sich am Tag des Termins anzumelden, gibt die Bürgerin bzw. der Bürger … die PIN am
/// Terminal vor dem Bürgerbüro ein … und nimmt anschließend im Wartebereich Platz."
async fn arrives_with_the_pin(office: &ImaginaryOffice, hall: &Browser, pin: &str) -> Result<()> {
    turn_to(hall, Screen::Terminal, &office.page("/terminal")).await?;
    hall.wait_for_text("Ich habe einen Termin").await?;
    picture(hall, "terminal").await?;
    let digits: String = pin.chars().filter(char::is_ascii_digit).collect();
    office.keypad.press_keys(&digits[..3]).await?;
    hall.wait_for_text("Termin-PIN").await?;
    picture(hall, "terminal-typing").await?;
    office.keypad.press_keys(&digits[3..]).await?;
    hall.wait_for_text("Danke.").await?;
    hall.wait_for_text(pin).await?;
    hall.wait_for_text("Bitte warten Sie im Wartebereich").await?;
    picture(hall, "terminal-here").await
}

/// "Dadurch wissen die Mitarbeiterinnen und Mitarbeiter, dass er/sie da ist."
async fn staff_know(office: &ImaginaryOffice, hall: &Browser, pin: &str) -> Result<()> {
    turn_to(hall, Screen::Counter, &office.page("/platz/2")).await?;
    hall.wait_for_text(pin).await?;
    hall.wait_for_text("Personalausweis beantragen").await?;
    picture(hall, "counter").await
}

/// "Bei Aufruf erscheinen auf dem Bildschirm dann die PIN sowie der Platz der zuständigen
/// Sachbearbeiterin bzw. des zuständigen Sachbearbeiters …": one press at the desk.
async fn is_called(board: &Browser, desk: &Desk, counter: u8, code: &str) -> Result<()> {
    desk.wait_for(PATIENCE, |s| s.state == "free" && s.waiting > 0).await?;
    let answer = desk.press(Gesture::Short).await?;
    assert_eq!((answer.answer.as_str(), answer.code.as_deref()), ("called", Some(code)));
    board.wait_for_text(code).await?;
    let row = format!(
        "const row = document.querySelector('[data-code=\"{code}\"]'); \
         return row && row.closest('.b-rows') && row.dataset.counter"
    );
    assert_eq!(board.run(&row).await?, Value::from(counter.to_string()));
    Ok(())
}

/// "… und es erklingt ein entsprechender Ton": a call is marked on the board as long as it sounds.
/// Nobody hears this imaginary office; its bell takes as long as one that is heard.
async fn the_tone_is_over(office: &ImaginaryOffice) -> Result<()> {
    let marked = |state: &Value, mark: &str| state["view"]["rows"][0]["mark"] == mark;
    watch(office, "/tafel/ereignisse", "the end of the tone", move |board| marked(board, "new")).await.map(drop)
}

/// "… vor Ort ein Ticket am Terminal zu ziehen und bequem im Wartebereich Platz zu nehmen."
async fn pulls_a_number(office: &ImaginaryOffice, terminal: &Browser) -> Result<String> {
    turn_to(terminal, Screen::Terminal, &office.page("/terminal")).await?;
    if terminal.text().await?.contains("Danke.") {
        // The one before still reads the answer; the next person ends it.
        office.keypad.press_keys("E").await?;
    }
    terminal.wait_for_text("Ich habe keinen Termin").await?;
    terminal.click("button[data-ticket]").await?;
    terminal.wait_for_text("Ihre Wartenummer").await?;
    picture(terminal, "terminal-number").await?;
    let code = terminal.run("return document.querySelector('[data-code]').dataset.code").await?;
    let code = code.as_str().context("no number on the terminal")?.to_owned();
    assert_eq!(code, "A 001", "the first number of the day");
    Ok(code)
}

/// The page behind the QR code knows it too, on a phone.
async fn the_call_reaches_the_phone(phone: &Browser, mail: &Mail) -> Result<()> {
    wait_for_page(&address(mail)?, "Ist jetzt dran").await?;
    turn_to(phone, Screen::Phone, &address(mail)?).await?;
    phone.wait_for_text("Ist jetzt dran").await?;
    picture(phone, "status").await
}

#[tokio::test(flavor = "multi_thread")]
async fn from_the_sofa_to_the_chime_while_the_line_is_cut() -> Result<()> {
    let office = ImaginaryOffice::open(Papers::default()).await?;
    let (phone, hall) = tokio::try_join!(browser(Screen::Phone), browser(Screen::Phone))?;
    sign_in(&hall, &office).await?;
    let mail = from_the_sofa(&office, &phone, &hall).await?;

    // The internet fails before anybody comes, and the box has never heard of a second booking.
    office.unplug(true);
    let late = Citizen::new(&office.site("/musterland"), "Max Beispiel", "max@example.org");
    let unheard = booked(&office, &late).await?;
    let pins = [pin(&mail)?, pin(&unheard)?];

    // "Um sich am Tag des Termins anzumelden, … scannt den QR-Code und nimmt … Platz."
    turn_to(&hall, Screen::Terminal, &office.page("/terminal")).await?;
    for (mail, pin) in [&mail, &unheard].into_iter().zip(&pins) {
        office.scanner.scan(&qr(mail)?).await?;
        hall.wait_for_text(pin).await?;
        hall.wait_for_text("Danke.").await?;
    }
    // "Dadurch wissen die Mitarbeiterinnen und Mitarbeiter, dass er/sie da ist."
    for pin in &pins {
        staff_know(&office, &hall, pin).await?;
    }
    let desks = office.desks()?;
    turn_to(&hall, Screen::Board, &office.page("/tafel")).await?;
    is_called(&hall, &desks[0], 2, &pins[0]).await?;
    is_called(&hall, &desks[1], 3, &pins[1]).await?;

    // The line comes back, and the booking server learns who came and who was called.
    for mail in [&mail, &unheard] {
        wait_for_page(&address(mail)?, "Dieser Termin ist gebucht").await?;
    }
    office.unplug(false);
    the_call_reaches_the_phone(&phone, &mail).await?;
    wait_for_page(&address(&unheard)?, "Ist jetzt dran").await?;
    for browser in [phone, hall] {
        no_complaints(&browser).await?;
        browser.close().await?;
    }
    office.close().await
}

/// Where the QR code leads to: the same address, as a phone opens it.
fn address(mail: &Mail) -> Result<String> {
    Ok(qr(mail)?.replacen("HTTP", "http", 1))
}
