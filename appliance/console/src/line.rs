//! The line to the box: one plain question over HTTP, on this machine.
//!
//! What must always hold: an answer comes within two seconds and is of a known size, or there is none.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use serde::de::DeserializeOwned;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The box answers in milliseconds; a machine that is just starting gets some time.
const PATIENCE: Duration = Duration::from_secs(2);
/// Bytes of an answer; seven calls are below one KiB.
const MAX_ANSWER: u64 = 64 * 1024;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Away {
    /// Nobody listens, or the line broke.
    #[error("failed to reach the box at {at}: {why}")]
    Line { at: SocketAddr, why: io::Error },
    /// Somebody listens and says nothing.
    #[error("the box at {at} gave no answer in time")]
    Silent { at: SocketAddr },
    /// The answer is not ours.
    #[error("the box at {at} did not answer {path}: {status}")]
    Refused { at: SocketAddr, path: String, status: String },
}

/// Asks for a document.
///
/// # Errors
/// [`Away`]: the box is not there, slow, or something else listens.
pub(crate) async fn ask<T: DeserializeOwned>(at: SocketAddr, path: &str) -> Result<T, Away> {
    let answer = tokio::time::timeout(PATIENCE, exchange(at, path)).await;
    let answer = answer.map_err(|_late| Away::Silent { at })?.map_err(|why| Away::Line { at, why })?;
    let refused = |status: String| Away::Refused { at, path: path.to_owned(), status };
    let text = String::from_utf8_lossy(&answer);
    let (head, body) = text.split_once("\r\n\r\n").ok_or_else(|| refused("no head".to_owned()))?;
    let status = head.split(' ').nth(1).unwrap_or_default();
    if status != "200" {
        return Err(refused(format!("status {status}")));
    }
    serde_json::from_str(body).map_err(|wrong| refused(wrong.to_string()))
}

async fn exchange(at: SocketAddr, path: &str) -> io::Result<Vec<u8>> {
    let mut line = TcpStream::connect(at).await?;
    let question = format!("GET {path} HTTP/1.1\r\nhost: {at}\r\nconnection: close\r\n\r\n");
    line.write_all(question.as_bytes()).await?;
    let mut answer = Vec::new();
    line.take(MAX_ANSWER).read_to_end(&mut answer).await?;
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    /// A double of the box: answers one question with these bytes.
    async fn answering(bytes: &'static str) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let at = listener.local_addr().expect("a port");
        tokio::spawn(async move {
            let (mut line, _from) = listener.accept().await.expect("a question");
            let mut question = [0; 256];
            let _read = line.read(&mut question).await.expect("a question");
            line.write_all(bytes.as_bytes()).await.expect("it listens");
        });
        at
    }

    #[tokio::test]
    async fn an_answer_is_read_and_anything_else_is_a_box_that_is_away() {
        let at = answering("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n42").await;
        assert_eq!(ask::<u8>(at, "/x").await.expect("an answer"), 42);
        for bad in ["HTTP/1.1 404 Not Found\r\n\r\n42", "HTTP/1.1 200 OK\r\n\r\n<html>", "SSH-2.0\r\n", ""] {
            let at = answering(bad).await;
            assert!(matches!(ask::<u8>(at, "/x").await, Err(Away::Refused { .. })), "{bad:?}");
        }
        let nobody = TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("a port");
        assert!(matches!(ask::<u8>(nobody, "/x").await, Err(Away::Line { .. })));
    }
}
