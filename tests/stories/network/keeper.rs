//! A double of a proxy that looks into TLS with an authority of its own and keeps every answer
//! until it is whole, as a virus scanner does. A stream is never whole.

use std::net::SocketAddr;

use anyhow::{Context, Result};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use super::relay::acceptor;

/// A running proxy. It ends with this value.
pub(super) struct Keeper {
    pub(super) address: SocketAddr,
    accepting: JoinHandle<()>,
}

impl Keeper {
    /// Passes everything on to `target`, in clear: as it looks into it anyway.
    pub(super) async fn start(target: SocketAddr) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.context("no port for the proxy")?;
        let address = listener.local_addr()?;
        let tls = acceptor("intercepted")?;
        let accepting = tokio::spawn(async move {
            while let Ok((caller, _from)) = listener.accept().await {
                tokio::spawn(serve(caller, tls.clone(), target));
            }
        });
        Ok(Self { address, accepting })
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn serve(mut caller: TcpStream, tls: TlsAcceptor, target: SocketAddr) -> std::io::Result<()> {
    asked_to_connect(&mut caller).await?;
    caller.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await?;
    let inside = tls.accept(caller).await?;
    let called = TcpStream::connect(target).await?;
    let (mut from_box, to_box) = tokio::io::split(inside);
    let (from_server, mut to_server) = called.into_split();
    tokio::select! {
        asked = tokio::io::copy(&mut from_box, &mut to_server) => asked.map(|_bytes| ()),
        told = pass_whole_answers(from_server, to_box) => told,
    }
}

/// Reads up to the end of the request's head; nothing follows before our answer.
async fn asked_to_connect(caller: &mut TcpStream) -> std::io::Result<()> {
    let mut lines = BufReader::new(caller).lines();
    while lines.next_line().await?.is_some_and(|line| !line.is_empty()) {}
    Ok(())
}

async fn pass_whole_answers(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin) -> std::io::Result<()> {
    let mut held = Vec::new();
    while from.read_buf(&mut held).await? > 0 {
        while let Some(length) = whole(&held) {
            to.write_all(&held[..length]).await?;
            to.flush().await?;
            held.drain(..length);
        }
    }
    to.write_all(&held).await?;
    to.shutdown().await
}

/// The length of the first answer, if all of it is there.
fn whole(bytes: &[u8]) -> Option<usize> {
    let body = find(bytes, b"\r\n\r\n")? + 4;
    let head = String::from_utf8_lossy(&bytes[..body]).to_ascii_lowercase();
    let length = match head.lines().find_map(|line| line.strip_prefix("content-length:")) {
        Some(length) => body + length.trim().parse::<usize>().ok()?,
        None => body + find(&bytes[body..], b"0\r\n\r\n")? + 5,
    };
    (bytes.len() >= length).then_some(length)
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

#[test]
fn an_answer_is_kept_until_it_is_whole() {
    let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP";
    assert_eq!((whole(&answer[..38]), whole(answer)), (None, Some(40)));
    let stream = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\ndata:17\n\n\r\n";
    assert_eq!(whole(stream), None);
    assert_eq!(whole(&[&stream[..], b"0\r\n\r\n"].concat()), Some(stream.len() + 5));
}
