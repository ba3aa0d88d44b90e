//! The whole program on port 0, as its user starts it.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;

use super::*;
use crate::config::Config;

#[tokio::test(flavor = "multi_thread")]
async fn only_the_named_address_may_frame_the_pages() {
    for (key, policy) in [
        ("", "frame-ancestors 'none'"),
        ("frame_ancestors = \"http://127.0.0.1:8090/\"\n", "frame-ancestors http://127.0.0.1:8090\r\n"),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        let (site, stop, server) = start_with(&folder, key).await;
        let answer = get(site, "GET /musterland/ HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
        assert!(answer.contains(policy), "{answer}");
        stop.send(()).expect("still there");
        server.await.expect("no panic").expect("a clean end");
    }
}

type Running = (SocketAddr, oneshot::Sender<()>, tokio::task::JoinHandle<anyhow::Result<()>>);

async fn start(folder: &TempDir) -> Running {
    start_with(folder, "").await
}

async fn start_with(folder: &TempDir, key: &str) -> Running {
    let (stop, stopped) = oneshot::channel();
    let config = config(folder.path(), key);
    let server = tokio::spawn(crate::run(config, async move {
        let _asked = stopped.await;
    }));
    (ready(&folder.path().join("data/ready.json")).await, stop, server)
}

fn config(folder: &Path, key: &str) -> Config {
    std::fs::write(folder.join("musterland.toml"), SAMPLE).expect("an office file");
    let text = format!(
        "{key}data = \"data\"\nlisten = \"127.0.0.1:0\"\npublic_url = \"http://127.0.0.1\"\n\
                offices = [\"musterland.toml\"]\n[smtp]\nhost = \"127.0.0.1\"\nport = 1\ntls = \"none\"\n\
                from = \"Amt <amt@musterland.example>\"\n"
    );
    std::fs::write(folder.join("booking.toml"), text).expect("a file");
    Config::read(&folder.join("booking.toml")).expect("a good file")
}

async fn ready(path: &Path) -> SocketAddr {
    let look = async {
        loop {
            if let Ok(text) = std::fs::read_to_string(path) {
                let value: serde_json::Value = serde_json::from_str(&text).expect("whole, never half");
                return value["site"].as_str().and_then(|site| site.parse().ok()).expect("an address");
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), look).await.expect("the server is ready")
}

async fn get(site: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(site).await.expect("it listens");
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = String::new();
    let _cut = stream.read_to_string(&mut answer).await;
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn it_starts_on_port_0_answers_gives_a_code_and_stops_in_time() {
    let folder = tempfile::tempdir().expect("a folder");
    let (site, stop, server) = start(&folder).await;
    let answer = get(site, "GET /sync/v1/hello HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
    assert!(
        answer.starts_with("HTTP/1.1 200")
            && answer.contains(&format!("\"protocol\":{}", protocol::exchange::PROTOCOL)),
        "{answer}"
    );
    let data = folder.path().join("data");
    let code = crate::control::ask_code(&data, "musterland").await.expect("a code");
    assert_eq!(code.len(), 9);
    assert!(crate::control::ask_code(&data, "elsewhere").await.is_err());

    // A connection that says nothing does not hold the stop up.
    let _silent = TcpStream::connect(site).await.expect("it listens");
    stop.send(()).expect("still there");
    let stopped = tokio::time::timeout(Duration::from_secs(2), server).await.expect("in time");
    stopped.expect("no panic").expect("a clean end");
    assert!(!data.join("ready.json").exists() && !data.join("control.sock").exists());
    assert!(crate::control::ask_code(&data, "musterland").await.is_err(), "nobody answers");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_start_on_the_same_data_is_refused_and_disturbs_nobody() {
    let folder = tempfile::tempdir().expect("a folder");
    let (site, stop, server) = start(&folder).await;
    let second = crate::run(config(folder.path(), ""), std::future::pending()).await.expect_err("in use");
    assert!(second.to_string().contains("in use"), "{second}");
    assert!(folder.path().join("data/ready.json").exists());
    let answer = get(site, "GET /sync/v1/hello HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    stop.send(()).expect("still there");
    server.await.expect("no panic").expect("a clean end");
}

#[tokio::test(flavor = "multi_thread")]
async fn huge_bodies_and_heads_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let (site, stop, server) = start(&folder).await;
    let large = "POST /sync/v1/exchange HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999\r\nconnection: close\r\n\r\n";
    assert!(get(site, large).await.starts_with("HTTP/1.1 413"));
    let head = format!("GET /{} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n", "x".repeat(64 * 1024));
    let answer = get(site, &head).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
    stop.send(()).expect("still there");
    server.await.expect("no panic").expect("a clean end");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_of_the_running_server_is_put_back_by_one_command() {
    let folder = tempfile::tempdir().expect("a folder");
    let key = "backups = \"copies\"\nsecond_journal = \"second\"\n";
    let (_site, stop, server) = start_with(&folder, key).await;
    let data = folder.path().join("data");
    let file = folder.path().join("by-hand.backup");
    let said = crate::control::ask(&data, &format!("backup {}", file.display())).await.expect("a backup");
    assert!(said.ends_with("by-hand.backup") && file.is_file());
    let refused = crate::control::ask(&data, "backup /nowhere/at-all").await.expect_err("no such folder");
    assert!(refused.to_string().contains("/nowhere/at-all"), "{refused}");
    let running = config(folder.path(), key);
    crate::restore::restore(&running, Some(&file)).expect_err("the server runs");
    let status = crate::control::ask(&data, "status").await.expect("a status");
    let status: serde_json::Value = serde_json::from_str(&status).expect("JSON");
    assert_eq!((&status["offices"][0]["mode"], &status["second_journal"]), (&"active".into(), &"good".into()));
    stop.send(()).expect("still there");
    server.await.expect("no panic").expect("a clean end");
    assert!(std::fs::read_dir(folder.path().join("copies")).expect("made").next().is_some(), "one at the start");

    let said = crate::restore::restore(&running, Some(&file)).expect("put back");
    assert!(said.starts_with("restored musterland; the data before is kept at"), "{said}");
    crate::restore::restore(&running, Some(&folder.path().join("booking.toml"))).expect_err("no backup of ours");
    let (_site, stop, server) = start_with(&folder, key).await;
    let status = crate::control::ask(&data, "status").await.expect("a status");
    let status: serde_json::Value = serde_json::from_str(&status).expect("JSON");
    assert_eq!(status["offices"][0]["mode"], "active", "nothing was lost, nothing is waited for");
    assert_eq!(status["offices"][0]["burned"], serde_json::json!([]));
    stop.send(()).expect("still there");
    server.await.expect("no panic").expect("a clean end");

    crate::restore::restore(&running, None).expect("out of its place");
    let (_site, stop, server) = start_with(&folder, key).await;
    let status = crate::control::ask(&data, "status").await.expect("a status");
    let status: serde_json::Value = serde_json::from_str(&status).expect("JSON");
    assert_eq!(status["offices"][0]["mode"], "active", "the second journal has everything");
    assert_eq!(status["offices"][0]["burned"], serde_json::json!([]));
    stop.send(()).expect("still there");
    server.await.expect("no panic").expect("a clean end");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mistyped_key_is_told_by_its_line_and_a_running_server_is_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let (public, paper) = crate::restore::new_recovery_key().expect("a key");
    let key = format!("recovery_key = \"{public}\"\n");
    let (_site, stop, server) = start_with(&folder, &key).await;
    let config = config(folder.path(), &key);
    let wrong = paper.replacen('0', "1", 1).replacen('A', "B", 1);
    if wrong != paper {
        let told = crate::restore::recover_contacts(&config, wrong.as_bytes()).await.expect_err("mistyped");
        assert!(told.to_string().contains("line "), "{told}");
    }
    let told = crate::restore::recover_contacts(&config, paper.as_bytes()).await.expect_err("it runs");
    assert!(told.to_string().contains("in use"), "{told}");
    stop.send(()).expect("still there");
    server.await.expect("no panic").expect("a clean end");
    let count = crate::restore::recover_contacts(&config, paper.to_lowercase().as_bytes()).await;
    assert_eq!(count.expect("opened"), 0, "nobody has booked yet");
}
