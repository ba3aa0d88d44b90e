//! The ear on the line: hears the poke of the booking server, which says "there is something".
//!
//! What must always hold: a poke only makes the box ask, so nothing it says has to be believed;
//! a box that hears none asks at every poll; a stream that is silent for 45 s is not working.
//! The thread that reads is never waited for.

use std::convert::Infallible;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use protocol::exchange::Hello;
use tokio::sync::Notify;

use super::http::Far;
use super::pace::Pace;
use super::{Failed, waiting};
use crate::ledger::Ledger;

/// Two heartbeats of the server and a little: without a byte for so long the stream is dead.
const IDLE: Duration = Duration::from_secs(45);

/// Between two streams, with back-off while none opens; the poll covers the time between.
const AGAIN_AFTER: Duration = Duration::from_secs(15);

const HELLO: &str = "/sync/v1/hello";

/// Hears pokes. Clones are the same ear.
#[derive(Clone)]
pub(super) struct Ear {
    far: Far,
    ledger: Ledger,
    poked: Arc<Notify>,
    exchanged: Arc<Notify>,
}

impl Ear {
    pub(super) fn new(far: Far, ledger: Ledger) -> Self {
        Self { far, ledger, poked: Arc::default(), exchanged: Arc::default() }
    }

    /// Waits for the next poke; one that came meanwhile counts.
    pub(super) async fn poked(&self) {
        self.poked.notified().await;
    }

    /// An exchange worked: from now on there is something to listen to.
    pub(super) fn prick_up(&self) {
        self.exchanged.notify_one();
    }

    /// Listens for ever.
    pub(super) async fn listen(self) -> Infallible {
        let mut pace = Pace::every(AGAIN_AFTER);
        // A box that is not enrolled is nobody's to poke.
        self.exchanged.notified().await;
        loop {
            let outcome = self.one_stream().await;
            let worked = match outcome {
                Ok(heard) => heard,
                Err(failed) => {
                    tracing::debug!("no pokes, only polls: {failed}");
                    false
                }
            };
            tokio::time::sleep(pace.next(worked)).await;
        }
    }

    /// One stream from its start to its end; answers whether it worked.
    async fn one_stream(&self) -> Result<bool, Failed> {
        let far = self.far.clone();
        let hello: Hello = waiting(move || far.get(HELLO)).await?;
        let request = self.ledger.poke(hello.nonce).await?;
        let (far, poked) = (self.far.clone(), Arc::clone(&self.poked));
        waiting(move || {
            let mut known = None;
            far.listen(&request, IDLE, |line| {
                let first = known.is_none();
                if is_news(line, &mut known) {
                    if first {
                        tracing::info!("the booking server can poke this box");
                    }
                    poked.notify_one();
                }
                // Only this stream holds the bell: the box has stopped.
                if Arc::strong_count(&poked) == 1 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            })
        })
        .await
    }
}

/// Whether a line of the stream tells of more than is known. Heartbeats repeat the number, so
/// that a poke that got lost on the way is made up for.
fn is_news(line: &str, known: &mut Option<u64>) -> bool {
    let Some(head) = number(line) else { return false };
    known.replace(head) != Some(head)
}

/// The number after `data:` or, in a heartbeat, after the colon alone.
fn number(line: &str) -> Option<u64> {
    let (field, value) = line.split_once(':')?;
    if field.is_empty() || field == "data" { value.trim().parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{SocketAddr, TcpListener};

    use protocol::exchange::{NodeSigner, Nonce, Sealed, seal_poke};

    use super::super::http::LineError;
    use super::super::http::tests::far;
    use super::*;

    #[test]
    fn every_new_number_is_news_once_wherever_it_stands() {
        let mut known = None;
        let lines = ["data:17", "", ":17", "data: 17", ": 18", "", ":18", "data:19", "data:5", ": 5"];
        let news: Vec<_> = lines.into_iter().filter(|line| is_news(line, &mut known)).collect();
        assert_eq!(news, ["data:17", ": 18", "data:19", "data:5"]);
    }

    #[test]
    fn what_is_no_number_is_no_news() {
        let mut known = None;
        for line in ["", ":", "data", "data:", "event:17", "id: 17", "data: -1", "17", "data:17 18", "<html>: 1"] {
            assert!(!is_news(line, &mut known), "{line}");
        }
    }

    /// A double of the far end: says this to the first caller, then nothing, and holds the line.
    fn far_end(says: &'static str) -> (SocketAddr, std::thread::JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let talking = std::thread::spawn(move || {
            let (mut stream, _from) = listener.accept().expect("a caller");
            let mut head = [0; 2048];
            let _some = stream.read(&mut head).expect("a request");
            stream.write_all(says.as_bytes()).expect("said");
            // Until the caller hangs up.
            let _end = stream.read(&mut head);
        });
        (address, talking)
    }

    const STREAM: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n";

    fn request() -> Sealed {
        seal_poke(&NodeSigner::from_seed([1; 32]), Nonce([7; 16]), &"musterland".parse().expect("a name"))
    }

    fn heard(says: &'static str, idle: Duration) -> (Vec<String>, Result<bool, LineError>) {
        let (address, talking) = far_end(says);
        let mut lines = Vec::new();
        let outcome = far(&format!("http://{address}")).listen(&request(), idle, |line| {
            lines.push(line.to_owned());
            if line == "enough" { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        talking.join().expect("the caller has hung up");
        (lines, outcome)
    }

    #[test]
    fn a_stream_that_falls_silent_is_given_up() {
        let says: &'static str = format!("{STREAM}data:17\n\n").leak();
        let (lines, outcome) = heard(says, Duration::from_millis(50));
        assert_eq!(lines, ["data:17", ""]);
        assert!(outcome.expect("it opened"), "it worked");
    }

    #[test]
    fn a_stream_that_never_says_anything_did_not_work() {
        let (lines, outcome) = heard(STREAM, Duration::from_millis(50));
        assert!(lines.is_empty() && !outcome.expect("it opened"), "a proxy that keeps everything");
    }

    #[test]
    fn whoever_has_heard_enough_hangs_up() {
        let says: &'static str = format!("{STREAM}data:17\nenough\nmore\n").leak();
        let (lines, _outcome) = heard(says, Duration::from_secs(20));
        assert_eq!(lines, ["data:17", "enough"]);
    }

    #[test]
    fn a_page_or_a_refusal_is_no_stream() {
        let page = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 7\r\n\r\ndata: 1";
        let (lines, outcome) = heard(page, Duration::from_secs(20));
        assert!(lines.is_empty() && matches!(outcome, Err(LineError::NotOurs { status: 200, .. })), "{outcome:?}");
        let refusal = "HTTP/1.1 401 U\r\ncontent-type: application/json\r\ncontent-length: 27\r\n\r\n{\"refusal\":\"bad-signature\"}";
        let (_lines, outcome) = heard(refusal, Duration::from_secs(20));
        assert!(matches!(outcome, Err(LineError::Refused { .. })), "{outcome:?}");
    }
}
