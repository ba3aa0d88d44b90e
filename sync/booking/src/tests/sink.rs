//! A test double for a mail server: speaks SMTP on loopback, keeps what it takes, and says no
//! when told to.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// The sink: its address, the mails it took, and what it answers to a recipient.
pub(super) struct Sink {
    pub(super) address: SocketAddr,
    pub(super) mails: mpsc::UnboundedReceiver<String>,
    answer: Arc<AtomicU16>,
}

impl Sink {
    pub(super) async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (taken, mails) = mpsc::unbounded_channel();
        let answer = Arc::new(AtomicU16::new(250));
        let shared = Arc::clone(&answer);
        tokio::spawn(async move {
            while let Ok((stream, _from)) = listener.accept().await {
                tokio::spawn(talk(stream, taken.clone(), Arc::clone(&shared)));
            }
        });
        Self { address, mails, answer }
    }

    /// From now on every recipient is answered with this code.
    pub(super) fn answer(&self, code: u16) {
        self.answer.store(code, Ordering::Relaxed);
    }

    /// The next mail.
    pub(super) fn next(&mut self) -> String {
        self.mails.try_recv().expect("a mail was taken")
    }
}

async fn talk(stream: TcpStream, taken: mpsc::UnboundedSender<String>, answer: Arc<AtomicU16>) -> Option<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    write.write_all(b"220 sink\r\n").await.ok()?;
    while let Some(line) = lines.next_line().await.ok()? {
        let command = line.to_ascii_uppercase();
        let reply = if command.starts_with("RCPT") {
            match answer.load(Ordering::Relaxed) {
                250 => "250 fine\r\n".to_owned(),
                code => format!("{code} no such mailbox\r\n"),
            }
        } else if command.starts_with("DATA") {
            write.write_all(b"354 go on\r\n").await.ok()?;
            let mut mail = String::new();
            while let Some(line) = lines.next_line().await.ok()? {
                if line == "." {
                    break;
                }
                mail.push_str(line.strip_prefix('.').unwrap_or(&line));
                mail.push_str("\r\n");
            }
            taken.send(mail).ok()?;
            "250 taken\r\n".to_owned()
        } else {
            "250 fine\r\n".to_owned()
        };
        write.write_all(reply.as_bytes()).await.ok()?;
    }
    Some(())
}
