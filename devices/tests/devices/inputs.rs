//! Scanners and keypads whose keys come through a FIFO: the path of the show-room and of hardware alike.

use std::io::Write;
use std::path::{Path, PathBuf};

use devices::input::{InputState, TEST_TEXT, Tested, typing};
use devices::{Devices, DevicesError, InputKind, InputRules, Layout, Sensed};
use tempfile::TempDir;

use crate::world::{World, config};

fn fifo(dir: &TempDir, name: &str) -> PathBuf {
    let path = dir.path().join(name);
    let made = std::process::Command::new("mkfifo").arg(&path).status().expect("mkfifo runs");
    assert!(made.success());
    path
}

fn input(name: &str, kind: InputKind, layout: Layout, path: &Path) -> InputRules {
    let recorded = Some(path.to_owned());
    InputRules { name: name.to_owned(), kind, layout, usb: None, port: None, serial: None, recorded }
}

/// Opens the FIFO, writes, closes: one writer that comes and goes.
async fn send(path: &Path, bytes: Vec<u8>) {
    let path = path.to_owned();
    let written = tokio::task::spawn_blocking(move || {
        std::fs::OpenOptions::new().write(true).open(path).and_then(|mut fifo| fifo.write_all(&bytes))
    });
    written.await.expect("no panic").expect("written");
}

async fn line(world: &mut World) -> (String, String) {
    world.wait(|sensed| if let Sensed::Line { input, text, .. } = sensed { Some((input, text)) } else { None }).await
}

fn scan(layout: Layout, text: &str) -> Vec<u8> {
    typing::bytes(&typing::type_line(layout, text).expect("the layout has these"))
}

#[tokio::test]
async fn a_scanner_on_either_layout_delivers_the_same_code() {
    let dir = tempfile::tempdir().expect("a folder");
    let (us, de) = (fifo(&dir, "us"), fifo(&dir, "de"));
    let inputs =
        vec![input("us", InputKind::Scanner, Layout::Us, &us), input("de", InputKind::Scanner, Layout::De, &de)];
    let mut world = World::with_inputs(inputs).await;
    let code = "HTTPS://TERMINE.EXAMPLE/T/0123456789ABCDEFGHIJKLMNOPQRSTUV";
    send(&us, scan(Layout::Us, code)).await;
    assert_eq!(line(&mut world).await, ("us".to_owned(), code.to_owned()));
    send(&de, scan(Layout::De, code)).await;
    assert_eq!(line(&mut world).await, ("de".to_owned(), code.to_owned()));
    // A scanner set to the other layout than the box believes: the code itself survives.
    send(&de, scan(Layout::Us, "0123456789ABCDEFGHIJKLMNOPQRSTUV")).await;
    assert_eq!(line(&mut world).await.1, "0123456789ABCDEFGHIJKLMNOPQRSTUV");
    world.devices.stop().await;
}

#[tokio::test]
async fn writers_come_and_go_and_what_one_left_half_done_is_forgotten() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = fifo(&dir, "scanner");
    let mut world = World::with_inputs(vec![input("s", InputKind::Scanner, Layout::Us, &path)]).await;
    for round in 0..20 {
        let text = format!("482917{round}");
        send(&path, scan(Layout::Us, &text)).await;
        assert_eq!(line(&mut world).await.1, text);
    }
    send(&path, scan(Layout::Us, &"A".repeat(4096))).await;
    world.wait(|sensed| matches!(sensed, Sensed::Overlong { .. }).then_some(())).await;
    send(&path, scan(Layout::Us, "042")).await;
    assert_eq!(line(&mut world).await.1, "042");
    world.devices.stop().await;
}

#[tokio::test]
async fn a_keypad_tells_every_key_and_then_the_line() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = fifo(&dir, "keypad");
    let mut world = World::with_inputs(vec![input("k", InputKind::Keypad, Layout::De, &path)]).await;
    let mut events = typing::keypad("48C042").expect("keypad keys");
    events.extend(typing::enter());
    send(&path, typing::bytes(&events)).await;
    let mut keys = String::new();
    let text = world
        .wait(|sensed| {
            if let Sensed::Key { key, .. } = sensed {
                keys.push(key);
            }
            if let Sensed::Line { text, .. } = sensed { Some(text) } else { None }
        })
        .await;
    assert_eq!((keys.as_str(), text.as_str()), ("48C042", "042"));
    world.devices.stop().await;
}

#[tokio::test]
async fn an_input_that_is_missing_is_told_and_found_when_it_comes() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("later");
    let mut world = World::with_inputs(vec![input("s", InputKind::Scanner, Layout::Us, &path)]).await;
    world.health("input:s", false).await;
    fifo(&dir, "later");
    world.health("input:s", true).await;
    send(&path, scan(Layout::Us, "042")).await;
    assert_eq!(line(&mut world).await.1, "042");
    world.devices.stop().await;
}

#[tokio::test]
async fn the_test_code_tells_the_layout_and_the_box_can_be_taught_it() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = fifo(&dir, "scanner");
    let mut world = World::with_inputs(vec![input("s", InputKind::Scanner, Layout::Us, &path)]).await;
    let found = |sensed| if let Sensed::Input { input, state } = sensed { Some((input, state)) } else { None };
    assert_eq!(world.wait(found).await, ("s".to_owned(), InputState::There(None)));
    send(&path, scan(Layout::Fr, TEST_TEXT)).await;
    let tested = |sensed| if let Sensed::Tested { input, tested } = sensed { Some((input, tested)) } else { None };
    let french = Tested { layout: Some(Layout::Fr), ended: true };
    assert_eq!(world.wait(tested).await, ("s".to_owned(), french));
    world.devices.layout("s", Layout::Fr);
    send(&path, scan(Layout::Fr, "A042")).await;
    assert_eq!(line(&mut world).await, ("s".to_owned(), "A042".to_owned()));
    world.devices.stop().await;
}

#[tokio::test]
async fn a_recorded_path_that_is_no_fifo_stops_the_start() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("plain");
    std::fs::write(&path, "keys").expect("written");
    let refused = Devices::start(config(vec![input("s", InputKind::Scanner, Layout::Us, &path)])).await;
    let Err(DevicesError::Input(error)) = refused else { panic!("refused") };
    assert!(error.to_string().contains("not a FIFO"), "{error}");
}
