//! A double of a printer: understands questions about its state, keeps what it prints, and can have
//! no paper, take its time, or be cut off in the middle of a slip. Reached over TCP or a pty.

use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::{Arc, Mutex};

use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::net::unix::pipe;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Answers to the four questions of a printer that has nothing to complain of.
pub(crate) const READY: [u8; 4] = [0x16, 0x12, 0x12, 0x12];
/// Its answers without paper: offline, because of the paper, which is out.
pub(crate) const NO_PAPER: [u8; 4] = [0x1e, 0x32, 0x12, 0x7e];

/// What the printer is like; the test turns it.
#[derive(Clone, Debug)]
pub(crate) struct Mood {
    /// What it says of its state.
    pub(crate) state: [u8; 4],
    /// What it says of its paper at the end of a slip; nothing while it takes its time.
    pub(crate) at_end: Option<u8>,
    /// After so many bytes of a slip the line breaks.
    pub(crate) cut_after: Option<usize>,
}

/// The printer.
#[derive(Clone, Debug)]
pub(crate) struct Double {
    pub(crate) mood: watch::Sender<Mood>,
    paper: Arc<Mutex<Vec<u8>>>,
    /// How often it was told to throw away what it has not printed.
    cleared: watch::Sender<u32>,
}

impl Double {
    pub(crate) fn new() -> Self {
        let mood = Mood { state: READY, at_end: Some(0), cut_after: None };
        Self { mood: watch::Sender::new(mood), paper: Arc::default(), cleared: watch::Sender::new(0) }
    }

    /// Puts it on the network of this machine.
    pub(crate) async fn on_network(&self) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        let double = self.clone();
        tokio::spawn(async move {
            // One caller at a time, like the real ones.
            while let Ok((stream, _from)) = listener.accept().await {
                let (from, to) = stream.into_split();
                double.serve(from, to).await;
            }
        });
        address
    }

    /// Plugs it in where `node` is; unplugged when dropped.
    pub(crate) fn plug_in(&self, node: &Path) -> Plugged {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a pty");
        grantpt(&master).expect("ours");
        unlockpt(&master).expect("open");
        let name = ptsname(&master, Vec::new()).expect("a name");
        let slave = rustix::fs::open(name.as_c_str(), OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).expect("opened");
        let mut plain = tcgetattr(&slave).expect("a terminal");
        plain.make_raw();
        tcsetattr(&slave, OptionalActions::Now, &plain).expect("set");
        std::os::unix::fs::symlink(name.to_str().expect("a path"), node).expect("linked");
        rustix::io::ioctl_fionbio(&master, true).expect("set");
        let from = pipe::Receiver::from_owned_fd_unchecked(master.try_clone().expect("doubled")).expect("polled");
        let to = pipe::Sender::from_owned_fd_unchecked(master).expect("polled");
        let double = self.clone();
        let serving = tokio::spawn(async move { double.serve(from, to).await });
        Plugged { node: node.to_owned(), serving, _slave: slave }
    }

    /// What is on the paper, as people read it.
    pub(crate) fn slips(&self) -> Vec<String> {
        read(&self.paper.lock().expect("whole"))
    }

    /// Waits until it was told to throw away what it has not printed.
    pub(crate) async fn cleared(&self) {
        self.cleared.subscribe().wait_for(|times| *times > 0).await.expect("the double lives");
    }

    async fn serve(&self, mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin) {
        let (mut chunk, mut heard, mut taken) = ([0; 256], Vec::new(), 0);
        while let Ok(count @ 1..) = from.read(&mut chunk).await {
            heard.extend_from_slice(&chunk[..count]);
            while let Some(step) = step(&mut heard) {
                let answer = match step {
                    Step::State(number) => Some(self.mood.borrow().state[usize::from(number - 1) % 4]),
                    Step::Clear => {
                        self.cleared.send_modify(|times| *times += 1);
                        None
                    }
                    Step::End => {
                        let mut mood = self.mood.subscribe();
                        let told = mood.wait_for(|mood| mood.at_end.is_some() || mood.cut_after == Some(0)).await;
                        if let Some(byte) = told.expect("the double lives").at_end { Some(byte) } else { return }
                    }
                    Step::Print(byte) => {
                        self.paper.lock().expect("whole").push(byte);
                        taken += 1;
                        if self.mood.borrow().cut_after == Some(taken) {
                            return;
                        }
                        None
                    }
                };
                if let Some(answer) = answer
                    && to.write_all(&[answer]).await.is_err()
                {
                    return;
                }
            }
        }
    }
}

/// A printer in its place.
#[derive(Debug)]
pub(crate) struct Plugged {
    node: std::path::PathBuf,
    serving: JoinHandle<()>,
    _slave: OwnedFd,
}

impl Drop for Plugged {
    fn drop(&mut self) {
        self.serving.abort();
        std::fs::remove_file(&self.node).expect("the node was there");
    }
}

enum Step {
    State(u8),
    Clear,
    End,
    Print(u8),
}

/// Takes the next thing to do off what was heard; nothing when it is not whole yet.
fn step(heard: &mut Vec<u8>) -> Option<Step> {
    let (step, length) = match heard.as_slice() {
        [0x10, 4, number, ..] => (Step::State(*number), 3),
        [0x10, 0x14, _, _, _, _, _, _, _, _, ..] => (Step::Clear, 10),
        [0x1d, b'r', 1, ..] => (Step::End, 3),
        [] | [0x10 | 0x1d] | [0x10, 4 | 0x14, ..] | [0x1d, b'r'] => return None,
        [byte, ..] => (Step::Print(*byte), 1),
    };
    heard.drain(..length);
    Some(step)
}

/// The paper as lines: `*bold`, `8x A 042` for large letters, `QR(6) text`, `-- cut --`.
pub(crate) fn read(mut bytes: &[u8]) -> Vec<String> {
    let (mut lines, mut line, mut stored, mut dots) = (Vec::new(), String::new(), String::new(), 0);
    while !bytes.is_empty() {
        let length = match bytes {
            [0x1b, b'@', ..] => 2,
            [0x1b, b't', page, ..] => {
                assert_eq!(*page, 19, "code page 858");
                3
            }
            [0x1b, b'R' | b'a', _, ..] => 3,
            [0x1b, b'E', on, ..] => {
                line.extend((*on == 1).then_some('*'));
                3
            }
            [0x1d, b'!', size, ..] => {
                if size % 16 > 0 {
                    line.push_str(&format!("{}x ", size % 16 + 1));
                }
                3
            }
            [0x1b, b'd', count, ..] => {
                lines.extend((0..*count).map(|_| String::new()));
                3
            }
            [0x1d, b'V', b'B', _, ..] => {
                lines.push("-- cut --".to_owned());
                4
            }
            [0x1d, b'(', b'k', low, high, b'1', what, rest @ ..] => {
                let length = usize::from(*low) + usize::from(*high) * 256;
                let content = &rest[..length - 2];
                match what {
                    b'C' => dots = content[0],
                    b'P' => stored = content[1..].iter().map(|byte| char::from(*byte)).collect(),
                    b'Q' => line.push_str(&format!("QR({dots}) {stored}")),
                    _other => {}
                }
                length + 5
            }
            [b'\n', ..] => {
                lines.push(std::mem::take(&mut line));
                1
            }
            [byte, ..] => {
                line.push(letter(*byte));
                1
            }
            [] => 0,
        };
        bytes = &bytes[length..];
    }
    lines
}

/// The letters of code page 858 that German needs.
fn letter(byte: u8) -> char {
    match byte {
        0x84 => 'ä',
        0x94 => 'ö',
        0x81 => 'ü',
        0x8e => 'Ä',
        0x99 => 'Ö',
        0x9a => 'Ü',
        0xe1 => 'ß',
        0xd5 => '€',
        other => char::from(other),
    }
}
