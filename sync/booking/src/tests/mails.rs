//! Mails as their readers get them, and what happens when nobody takes them.

use mail_parser::{MessageParser, MimeHeaders};
use protocol::keyring::Keyring;
use protocol::token::TokenKind;

use super::*;
use crate::citizen::{MailState, Progress};
use crate::post::qr::tests::read_back;

const START: &str = "2026-02-03T09:40:00+01:00";

#[tokio::test]
async fn the_first_mail_asks_to_confirm_and_names_the_office_first() {
    let mut world = World::open().await;
    let hold = world.hold(START).await;
    world.submit(&hold, "Erika Muster", "erika@example.org").await;
    world.deliver().await;
    let mail = world.sink.next();
    let text = text_of(&mail);
    assert!(text.starts_with("Bürgerbüro Musterland\r\nMarktplatz 1, 12345 Musterstadt"), "{text}");
    assert!(text.contains("Noch nicht gebucht – bitte bestätigen."), "{text}");
    assert!(text.contains("Dienstag, 3. Februar 2026, 9:40 Uhr") && text.contains("bis 7:00 Uhr"), "{text}");
    assert!(text.contains("Fragen? Telefon 030 23125 100"), "{text}");
    assert!(!text.contains("Erika"), "what a stranger typed is not mailed to whoever's address it is");
    let parsed = MessageParser::default().parse(&mail).expect("a mail");
    assert!(parsed.message_id().is_some_and(|id| id.contains(".please-confirm.1@musterland.example")));
    assert_eq!(parsed.header_raw("Auto-Submitted").map(str::trim), Some("auto-generated"));
}

#[tokio::test]
async fn the_second_mail_brings_the_pin_a_qr_code_that_scans_and_a_calendar_file() {
    let mut world = World::open().await;
    let (_hold, appointment) = world.booked(START).await;
    world.deliver().await;
    let mail = world.sink.next();
    let view = world.citizen.appointment(&appointment, world.now()).await.expect("looked").expect("there");
    let text = text_of(&mail);
    assert!(text.contains(&format!("Ihre Termin-PIN: {}", view.pin)), "{text}");
    assert!(text.contains("Nicht die PIN Ihres Ausweises oder Ihrer Bankkarte."), "{text}");
    assert!(text.contains("- je Person ein biometrisches Foto (digital)\r\n- 37,00 Euro je Person"), "{text}");
    assert!(text.contains("löschen wir am 5. Februar"), "{text}");

    let parsed = MessageParser::default().parse(&mail).expect("a mail");
    let html = parsed.body_html(0).expect("html");
    assert!(html.contains("cid:qr@aufruf") && html.contains(&view.pin.to_string()), "{html}");
    let picture = parsed.attachments().find(|part| part.content_id() == Some("qr@aufruf")).expect("a picture");
    let scanned = read_back(picture.contents());
    let ring = world.core.db.read(keys).await.expect("keys");
    let token = ring.verify(&scanned).expect("signed by us");
    assert!(matches!(token.kind, TokenKind::Appointment { pin, .. } if pin == view.pin));
    assert_eq!((token.start, token.length), (view.start, view.length));

    let calendar = parsed.attachments().find(|part| part.attachment_name() == Some("termin.ics")).expect("a file");
    let calendar = calendar.text_contents().expect("text");
    assert!(calendar.contains("METHOD:PUBLISH") && calendar.contains("DTSTART:20260203T084000Z"), "{calendar}");
    assert!(calendar.contains("SEQUENCE:0") && calendar.contains("@musterland.example"), "{calendar}");
    let mailed = appointment_in(&mail);
    assert!(world.citizen.appointment(&mailed, world.now()).await.expect("looked").is_some());
}

fn keys(tx: &store::rusqlite::Transaction<'_>) -> Result<Keyring, Trouble> {
    let mut ring = Keyring::new();
    let signer = store::keys::token_signer(tx, &office(), 0)?;
    ring.add(&signer.public()).expect("a good key");
    Ok(ring)
}

#[tokio::test]
async fn an_english_citizen_is_written_to_in_english() {
    let mut world = World::open().await;
    let hold = world.hold(START).await;
    let form = crate::citizen::DetailsForm { language: "en".to_owned(), ..form("Erika Muster", "erika@example.org") };
    world.citizen.details(&hold, form, world.now()).await.expect("good details");
    world.citizen.submit(&hold, world.now()).await.expect("sent off");
    world.deliver().await;
    let mail = world.sink.next();
    assert!(text_of(&mail).contains("Not booked yet – please confirm."));
    world.citizen.confirm(&link_in(&mail), world.now()).await.expect("booked");
    world.deliver().await;
    let text = text_of(&world.sink.next());
    assert!(text.contains("What: Apply for an identity card") && text.contains("?lang=en"), "{text}");
}

#[tokio::test]
async fn a_cancelled_appointment_is_told_with_a_calendar_file_that_removes_it() {
    let mut world = World::open().await;
    let (_hold, appointment) = world.booked(START).await;
    world.deliver().await;
    world.sink.next();
    world.citizen.cancel(&appointment, world.now()).await.expect("cancelled");
    world.deliver().await;
    let mail = world.sink.next();
    assert!(text_of(&mail).contains("Ihr Termin ist abgesagt."));
    let parsed = MessageParser::default().parse(&mail).expect("a mail");
    let calendar = parsed.attachments().find(|part| part.attachment_name() == Some("termin.ics")).expect("a file");
    let calendar = calendar.text_contents().expect("text");
    assert!(calendar.contains("METHOD:CANCEL") && calendar.contains("SEQUENCE:1"), "{calendar}");
}

#[tokio::test]
async fn a_refused_address_shows_on_the_page_and_is_not_tried_again() {
    let mut world = World::open().await;
    world.sink.answer(550);
    let hold = world.hold(START).await;
    world.submit(&hold, "Erika Muster", "erika@example.org").await;
    let mut watch = world.citizen.watch(&hold);
    world.deliver().await;
    assert!(watch.changed().await, "the page is told");
    let Ok(Some(Progress::Unconfirmed { mail_state, mail_masked, .. })) =
        world.citizen.progress(&hold, world.now()).await
    else {
        panic!("still awaited")
    };
    assert!(matches!(mail_state, MailState::Refused { .. }), "{mail_state:?}");
    assert_eq!(mail_masked, "e…a@example.org");
    world.sink.answer(250);
    world.pass(30).await;
    world.deliver().await;
    assert!(world.sink.mails.try_recv().is_err());
}

#[tokio::test]
async fn a_mail_that_is_not_taken_now_is_tried_later_but_not_past_its_link() {
    let mut world = World::open().await;
    world.sink.answer(451);
    let hold = world.hold(START).await;
    world.submit(&hold, "Erika Muster", "erika@example.org").await;
    world.deliver().await;
    let state = async |world: &World| match world.citizen.progress(&hold, world.now()).await {
        Ok(Some(Progress::Unconfirmed { mail_state, until, .. })) => (mail_state, until),
        other => panic!("{other:?}"),
    };
    assert_eq!(state(&world).await, (MailState::Retrying, world.now() + minutes(240)));
    world.sink.answer(250);
    world.pass(1).await;
    world.deliver().await;
    world.sink.next();
    let sent = world.now();
    assert_eq!(state(&world).await, (MailState::Sent { at: sent }, sent + minutes(60)), "the link counts from here");

    world.sink.answer(451);
    let other = world.hold("2026-02-03T10:40:00+01:00").await;
    world.submit(&other, "Max Muster", "max@example.org").await;
    for _hour in 0..5 {
        world.deliver().await;
        world.pass(61).await;
    }
    world.sink.answer(250);
    world.deliver().await;
    assert!(world.sink.mails.try_recv().is_err(), "past its link");
    world.verify().await;
}

#[tokio::test]
async fn a_mail_that_was_on_its_way_at_a_crash_is_sent_after_the_start() {
    let world = World::open().await;
    let hold = world.hold(START).await;
    world.submit(&hold, "Erika Muster", "erika@example.org").await;
    let now = world.now();
    let taken = world.core.db.write(move |tx| crate::post::outbox::take(tx, now)).await.expect("taken");
    assert!(taken.is_some());
    let mut world = world.restart().await;
    world.core.db.write(crate::post::outbox::recover).await.expect("recovered");
    world.deliver().await;
    world.sink.next();
}

#[tokio::test]
async fn words_that_frighten_or_mislead_never_reach_a_citizen() {
    let mut world = World::open().await;
    let (_hold, appointment) = world.booked(START).await;
    world.citizen.cancel(&appointment, world.now()).await.expect("cancelled");
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("mails");
    for kind in ["please_confirm", "remind_confirm", "confirmed", "cancelled"] {
        for file in std::fs::read_dir(folder.join(kind)).expect("templates") {
            let path = file.expect("a file").path();
            let text = std::fs::read_to_string(&path).expect("text").to_lowercase();
            for word in
                ["anmeld", "reserviert", "stornier", "umbuch", "verfallen", "ungültig", "fehler", "ticket", "vorgang"]
            {
                assert!(!text.contains(word), "{word} in {}", path.display());
            }
        }
    }
}

#[tokio::test]
async fn a_mail_that_waits_for_five_minutes_raises_the_alarm_once() {
    let world = World::open().await;
    world.sink.answer(451);
    let hold = world.hold(START).await;
    world.submit(&hold, "Erika Muster", "erika@example.org").await;
    world.deliver().await;
    let alarms = async |world: &World| care::alarm(&world.core, world.now()).await.expect("looked");
    assert_eq!(alarms(&world).await, 0);
    world.pass(5).await;
    assert_eq!((alarms(&world).await, alarms(&world).await), (1, 0));
}

#[tokio::test]
async fn a_mail_never_leaves_in_clear_when_tls_is_required() {
    let mut sink = Sink::open().await;
    for tls in [SmtpTls::Required, SmtpTls::Wrapped] {
        let mailer = Mailer::new(&crate::config::SmtpConfig { tls, ..smtp(&sink) }).expect("a mailer");
        let mail = lettre::Message::builder()
            .from("a@example.org".parse().expect("an address"))
            .to("b@example.org".parse().expect("an address"))
            .body("personal".to_owned())
            .expect("a mail");
        assert!(mailer.send(mail).await.is_err(), "{tls:?}");
    }
    assert!(sink.mails.try_recv().is_err(), "the sink offers no TLS");
}

#[tokio::test]
async fn whoever_has_not_confirmed_is_reminded_once_after_half_an_hour() {
    let mut world = World::open().await;
    let (forgetful, _link) = world.asked(START).await;
    let (_quick, link) = world.asked("2026-02-03T10:40:00+01:00").await;
    world.citizen.confirm(&link, world.now()).await.expect("booked");
    world.deliver().await;
    world.sink.next();
    world.pass(29).await;
    world.deliver().await;
    assert!(world.sink.mails.try_recv().is_err(), "not yet");
    world.pass(1).await;
    world.deliver().await;
    let mail = world.sink.next();
    assert!(text_of(&mail).contains("vor einer halben Stunde") && text_of(&mail).contains("bis 7:00 Uhr"));
    world.deliver().await;
    assert!(world.sink.mails.try_recv().is_err(), "once, and only one of the two");
    let Ok(Some(Progress::Unconfirmed { until, .. })) = world.citizen.progress(&forgetful, world.now()).await else {
        panic!("still awaited")
    };
    assert_eq!(until, world.now() + minutes(30), "a reminder gives no more time");
    world.citizen.confirm(&link_in(&mail), world.now()).await.expect("its link is good");
}
