//! Requests as no browser sends them: any method, any body, any bytes.

use std::net::SocketAddr;

use anyhow::{Context, Result};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::told::PATIENCE;

/// An answer, as far as a story looks at it.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Head and body.
    pub(crate) text: String,
}

/// Opens a page.
pub(crate) async fn get(to: SocketAddr, path: &str) -> Result<Answer> {
    ask(to, "GET", path).await
}

/// Asks with any method, without a body.
pub(crate) async fn ask(to: SocketAddr, method: &str, path: &str) -> Result<Answer> {
    send(to, format!("{method} {path} HTTP/1.1\r\nhost: {to}\r\nconnection: close\r\n\r\n").as_bytes()).await
}

/// Sends a body of a kind.
pub(crate) async fn post(to: SocketAddr, path: &str, kind: &str, body: &[u8]) -> Result<Answer> {
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: {to}\r\nconnection: close\r\norigin: http://{to}\r\n\
         content-type: {kind}\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    send(to, &[head.as_bytes(), body].concat()).await
}

/// Sends a form.
pub(crate) async fn form(to: SocketAddr, path: &str, fields: &str) -> Result<Answer> {
    post(to, path, "application/x-www-form-urlencoded", fields.as_bytes()).await
}

/// Sends any bytes and reads what comes back until the line closes.
pub(crate) async fn send(to: SocketAddr, bytes: &[u8]) -> Result<Answer> {
    let mut line = TcpStream::connect(to).await.context("nobody answers")?;
    // Whoever is refused early does not read the rest.
    let _cut_short = line.write_all(bytes).await;
    let mut answer = Vec::new();
    let read = tokio::time::timeout(PATIENCE, line.read_to_end(&mut answer)).await.context("no answer")?;
    let text = String::from_utf8_lossy(&answer).into_owned();
    let status = text.split(' ').nth(1).and_then(|status| status.parse().ok());
    let status = status.with_context(|| format!("no status in {text:?}, reading: {read:?}"))?;
    Ok(Answer { status, text })
}
