//! The broker's own process.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::process::{Child, Command, Stdio};

use crate::world::{example, greeting};

/// A broker as the supervisor starts it, and the port it told.
fn broker() -> (Child, u16) {
    let mut child =
        Command::new(example("broker_child")).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it starts");
    let order = b"{\"password\":\"of-this-start\"}\n";
    child.stdin.as_mut().expect("piped").write_all(order).expect("written");
    let mut answer = String::new();
    BufReader::new(child.stdout.take().expect("piped")).read_line(&mut answer).expect("read");
    let port = answer.trim().trim_start_matches("{\"port\":").trim_end_matches('}').parse().expect("a port");
    (child, port)
}

#[test]
fn the_broker_ends_with_its_parent() {
    let (mut child, _) = broker();
    drop(child.stdin.take());
    assert!(child.wait().expect("waited").success());
}

#[test]
fn nobody_gets_in_without_the_password_of_this_start() {
    let (mut child, port) = broker();
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("it listens");
    stream.write_all(&greeting("box", "of-another-start")).expect("written");
    let mut answer = Vec::new();
    // A reset is as good a refusal as a close.
    let _ = stream.read_to_end(&mut answer);
    assert!(answer.is_empty());
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("it listens");
    stream.write_all(&greeting("box", "of-this-start")).expect("written");
    let mut welcome = [0; 4];
    stream.read_exact(&mut welcome).expect("welcomed");
    assert_eq!(welcome, [0x20, 2, 0, 0]);
    drop(child.stdin.take());
    assert!(child.wait().expect("waited").success());
}
