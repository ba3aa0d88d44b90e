//! A double of what stands before a booking server in production: ends TLS and passes on. It can
//! also be a captive portal.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ServerConfig, crypto};

/// What a portal says to everybody.
const PAGE: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 21\r\n\r\n<h1>Gast-WLAN</h1>...";

/// Whom a caller meets.
#[derive(Clone)]
enum Face {
    /// A server with a certificate.
    Server(TlsAcceptor),
    /// A page, whatever is asked.
    Portal,
}

/// A running relay. It ends with this value.
pub(super) struct Relay {
    address: SocketAddr,
    face: watch::Sender<Face>,
    accepting: JoinHandle<()>,
}

impl Relay {
    /// Shows a certificate of `certificates/` and passes on to `target`.
    pub(super) async fn lay(certificate: &str, target: SocketAddr) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.context("no port for the relay")?;
        let address = listener.local_addr()?;
        let (face, seen) = watch::channel(Face::Server(acceptor(certificate)?));
        let accepting = tokio::spawn(accept(listener, seen, target));
        Ok(Self { address, face, accepting })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Shows another certificate from now on; every connection is cut.
    pub(super) fn show(&self, certificate: &str) -> Result<()> {
        self.face.send_replace(Face::Server(acceptor(certificate)?));
        Ok(())
    }

    /// Answers everybody with the page of a portal; every connection is cut.
    pub(super) fn become_a_portal(&self) {
        self.face.send_replace(Face::Portal);
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, mut seen: watch::Receiver<Face>, target: SocketAddr) {
    while let Ok((caller, _from)) = listener.accept().await {
        let face = seen.borrow_and_update().clone();
        let mut changes = seen.clone();
        tokio::spawn(async move {
            tokio::select! {
                // Whoever is cut off notices.
                _over = serve(caller, face, target) => {}
                _changed = changes.changed() => {}
            }
        });
    }
}

async fn serve(mut caller: TcpStream, face: Face, target: SocketAddr) -> std::io::Result<()> {
    match face {
        Face::Server(acceptor) => {
            let mut inside = acceptor.accept(caller).await?;
            let mut called = TcpStream::connect(target).await?;
            tokio::io::copy_bidirectional(&mut inside, &mut called).await?;
        }
        Face::Portal => {
            let _whatever = caller.read(&mut [0; 1024]).await?;
            caller.write_all(PAGE.as_bytes()).await?;
            caller.shutdown().await?;
        }
    }
    Ok(())
}

/// TLS with a certificate of `certificates/` and its key.
pub(super) fn acceptor(name: &str) -> Result<TlsAcceptor> {
    let chain = CertificateDer::pem_file_iter(certificate(name))?.collect::<Result<Vec<_>, _>>()?;
    let key = PrivateKeyDer::from_pem_file(key(name))?;
    let provider = Arc::new(crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(TlsAcceptor::from(Arc::new(config.with_no_client_auth().with_single_cert(chain, key)?)))
}

/// The file of a certificate.
pub(super) fn certificate(name: &str) -> PathBuf {
    folder().join(format!("{name}.pem"))
}

/// The file of its key.
pub(super) fn key(name: &str) -> PathBuf {
    folder().join(format!("{name}.key"))
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("stories/network/certificates")
}
