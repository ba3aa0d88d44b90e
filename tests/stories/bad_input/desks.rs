//! Desk devices and counter pages that do not behave, and people who press twice.

use anyhow::{Context, Result};
use fixture::desk::Gesture;
use fixture::{Clerk, Desk, ImaginaryOffice, Papers};
use serde_json::json;

use crate::raw;
use crate::terminal::{ENTRANCE, pull_number};
use crate::told::{PATIENCE, the_board_is_calm, waiting};

/// An office whose counters are open, with numbers pulled at as many terminals.
async fn with_numbers(numbers: u8) -> Result<(ImaginaryOffice, Clerk, Vec<Desk>)> {
    let office = ImaginaryOffice::open(Papers { terminals: numbers + 1, ..Papers::default() }).await?;
    let clerk = Clerk::sign_in(&office.page("")).await?;
    clerk.open(3).await?;
    for terminal in 1..=numbers {
        pull_number(&office, terminal, &format!("number-{terminal}")).await?;
    }
    let desks = office.desks()?;
    for desk in &desks {
        desk.wait_for(PATIENCE, |shown| shown.waiting == u16::from(numbers)).await?;
    }
    Ok((office, clerk, desks))
}

/// Waits until a device has lost its line and found it again.
async fn was_thrown_out_and_came_back(desk: &Desk, rubbish: impl Future<Output = Result<()>>) -> Result<()> {
    let mut line = desk.watch_line();
    line.borrow_and_update();
    rubbish.await?;
    for online in [false, true] {
        let seen = tokio::time::timeout(PATIENCE, line.wait_for(|is| *is == online)).await;
        seen.with_context(|| format!("{} was never online: {online}", desk.name()))??;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_nobody_can_read_change_nothing_and_the_device_goes_on_working() -> Result<()> {
    let (office, _clerk, desks) = with_numbers(1).await?;
    let deep = "[".repeat(2000);
    let long = format!(r#"{{"v":1,"id":"{}","gesture":"short"}}"#, "x".repeat(65));
    let messages: [&[u8]; 11] = [
        b"short",
        b"{}",
        b"null",
        b"\x00\xff\xfe",
        br#"{"v":1,"id":"","gesture":"short"}"#,
        br#"{"v":1,"id":"a b\u0000","gesture":"short"}"#,
        br#"{"v":1,"id":"k-1","gesture":"twist"}"#,
        br#"{"v":1,"id":7,"gesture":"short"}"#,
        br#"{"v":9,"id":"k-2","gesture":"short"}"#,
        long.as_bytes(),
        deep.as_bytes(),
    ];
    for message in messages {
        desks[0].send_raw("desk/desk-2/press", message.to_vec()).await?;
    }
    let answer = desks[0].press(Gesture::Short).await?;
    assert_eq!((answer.answer.as_str(), answer.code.as_deref()), ("called", Some("A 001")));
    assert_eq!(desks[0].acks().iter().filter(|ack| ack.answer == "called").count(), 1, "{:?}", desks[0].acks());
    the_board_is_calm(&office).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_sends_nothing_too_much_or_to_others_is_thrown_out_and_the_others_notice_nothing() -> Result<()> {
    let (office, _clerk, desks) = with_numbers(1).await?;
    let press = json!({"v": 1, "id": "forged-1", "gesture": "short"}).to_string();
    for (topic, payload) in [
        ("desk/desk-2/press", Vec::new()),
        ("desk/desk-2/press", vec![b'x'; 8192]),
        ("desk/desk-3/press", press.clone().into_bytes()),
        ("desk/desk-3/state", press.into_bytes()),
    ] {
        was_thrown_out_and_came_back(&desks[0], desks[0].send_raw(topic, payload)).await?;
    }
    assert_eq!(waiting(&office).await?, 1, "a forged press called somebody");
    assert!(desks[1].acks().is_empty(), "{:?}", desks[1].acks());
    assert_eq!(desks[1].press(Gesture::Short).await?.code.as_deref(), Some("A 001"));
    the_board_is_calm(&office).await
}

#[tokio::test(flavor = "multi_thread")]
async fn one_press_sent_many_times_calls_one_person() -> Result<()> {
    let (office, _clerk, desks) = with_numbers(2).await?;
    let id = desks[0].next_id();
    for _again in 0..20 {
        desks[0].send_press(&id, Gesture::Short).await?;
    }
    let mut acks = desks[0].watch_acks();
    let all = tokio::time::timeout(PATIENCE, acks.wait_for(|acks| acks.len() >= 20)).await;
    let acks = all.context("not every repetition was answered")??.clone();
    assert!(acks.iter().all(|ack| *ack == acks[0] && ack.code.is_some()), "{acks:?}");
    assert_eq!(waiting(&office).await?, 1);
    the_board_is_calm(&office).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_human_double_press_with_two_ids_calls_one_person() -> Result<()> {
    let (office, clerk, desks) = with_numbers(4).await?;
    let (first, second) = (desks[0].next_id(), desks[0].next_id());
    desks[0].send_press(&first, Gesture::Short).await?;
    desks[0].send_press(&second, Gesture::Short).await?;
    let (first, second) = (desks[0].answer_to(&first).await?, desks[0].answer_to(&second).await?);
    assert_eq!((first.code, first.answer), (second.code, second.answer));
    assert_eq!(waiting(&office).await?, 3);

    let answers = [clerk.act(1, "call-next").await?, clerk.act(1, "call-next").await?];
    assert_eq!(answers[0], answers[1], "the page's key is pressed twice as well");
    assert_eq!(waiting(&office).await?, 2);

    let twice = [pull_number(&office, 5, "a").await?, pull_number(&office, 5, "b").await?];
    assert_eq!(twice, ["A 005", "A 005"].map(str::to_owned), "and the key for a number");
    assert_eq!(waiting(&office).await?, 3);
    office.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn counters_nobody_has_and_keys_nobody_knows_are_refused() -> Result<()> {
    let (office, clerk, _desks) = with_numbers(1).await?;
    let answer = clerk.act(49, "call-next").await?;
    assert_eq!(answer, json!({"answer": "refused", "why": "no-such-counter"}));
    for act in ["call-this", "explode", ""] {
        assert!(clerk.act(1, act).await.is_err(), "{act:?} was taken");
    }
    assert_eq!(clerk.act_with(1, json!({"call-this": 4711}), "n-1").await?["why"], "not-waiting");
    for press in ["", "x y", "\u{0}", &"x".repeat(65)] {
        assert!(clerk.act_with(1, json!("call-next"), press).await.is_err(), "{press:?} was taken");
    }
    let hall = office.hall.address();
    for path in ["/nowhere", "/platz/300", "/platz/x", "/terminal?nr=77", "/terminal?nr=-1", "/terminal?nr=%00"] {
        let status = raw::get(hall, path).await?.status;
        assert!((400..500).contains(&status), "{path} answers {status}");
    }
    assert_eq!(waiting(&office).await?, 1);
    the_board_is_calm(&office).await
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_requests_to_the_box_are_refused_and_the_hall_goes_on() -> Result<()> {
    let (office, _clerk, _desks) = with_numbers(0).await?;
    let hall = office.hall.address();
    let huge = "x".repeat(70 * 1024);
    for (path, kind, body) in [
        ("/terminal/taste", "application/json", "{"),
        ("/terminal/taste", "application/json", r#"{"terminal":1,"key":"<script>"}"#),
        ("/terminal/taste", "application/json", r#"{"terminal":1,"key":"\u0000"}"#),
        ("/terminal/nummer", "application/json", r#"{"terminal":1,"press":""}"#),
        ("/terminal/nummer", "application/json", r#"{"terminal":99,"press":"a"}"#),
        ("/terminal/nummer", "text/plain", "{}"),
        ("/terminal/nummer", "application/json", huge.as_str()),
        ("/anmelden", "application/x-www-form-urlencoded", "name=%00&password=%00"),
        ("/anmelden", "application/x-www-form-urlencoded", "nothing"),
        ("/platz/1/akt", "application/json", r#"{"act":"call-next","press":"stranger"}"#),
        ("/tag/beenden", "application/json", ""),
    ] {
        let answer = raw::post(hall, path, kind, body.as_bytes()).await?;
        assert!((400..500).contains(&answer.status), "{path} {:.60} answers {}", body, answer.status);
        assert!(!answer.text.contains("<script>"), "{path} echoes what it was sent");
    }
    assert_eq!(raw::send(hall, b"GET /\x00 HTTP/9.9\r\n\r\n\xff\xff").await?.status, 400);
    assert_eq!(pull_number(&office, ENTRANCE, "the-next-person").await?, "A 001");
    the_board_is_calm(&office).await
}
