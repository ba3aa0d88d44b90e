//! TLS to the booking server, as one link of ureq's chain of connectors.
//!
//! ```text
//!   [CONNECT through the proxy] ─► TCP ─► Tls: rustls with our verifier ─► HTTP of ureq
//! ```
//!
//! ureq takes roots but no verifier; so this is its own rustls connector with another verifier.
//! Sessions are not resumed: a resumed session would skip the certificate, and with it the dates
//! that count as soon as the clock is trusted.

use std::fmt;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::{Resumption, WebPkiServerVerifier};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use ureq::Error;
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, Either, LazyBuffers, NextTimeout, Transport, TransportAdapter,
};

use super::dates::{Clock, Verifier};

/// The bundle of a whole Debian is 220 KB; more is not a list of authorities.
const MAX_CA_BYTES: u64 = 1024 * 1024;

/// A way to the booking server that cannot be gone.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BadWay {
    #[error("cannot read {}: {source}", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("{} is larger than {MAX_CA_BYTES} bytes: give only the certificates that are missing", path.display())]
    TooLarge { path: PathBuf },
    #[error("{} has no certificate in it: one or more in PEM, beginning with -----BEGIN CERTIFICATE-----", path.display())]
    Empty { path: PathBuf },
    #[error("certificate {number} of {} cannot be used: {what}", path.display())]
    Unusable { path: PathBuf, number: usize, what: String },
    #[error("TLS cannot be set up: {0}")]
    Tls(String),
    #[error("the proxy cannot be used: {0}")]
    Proxy(String),
}

/// The authorities that may vouch for the booking server: Mozilla's, built in, and those of a file.
///
/// # Errors
/// [`BadWay`], naming the file and which of its certificates.
pub(crate) fn roots(extra: Option<&Path>) -> Result<RootCertStore, BadWay> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let Some(path) = extra else { return Ok(roots) };
    let text = read(path)?;
    let mut found = 0;
    for certificate in CertificateDer::pem_slice_iter(&text) {
        found += 1;
        let unusable = |what: String| BadWay::Unusable { path: path.to_owned(), number: found, what };
        roots.add(certificate.map_err(|e| unusable(e.to_string()))?).map_err(|e| unusable(e.to_string()))?;
    }
    if found == 0 { Err(BadWay::Empty { path: path.to_owned() }) } else { Ok(roots) }
}

fn read(path: &Path) -> Result<Vec<u8>, BadWay> {
    let unreadable = |source| BadWay::Unreadable { path: path.to_owned(), source };
    let mut text = Vec::new();
    let file = std::fs::File::open(path).map_err(unreadable)?;
    file.take(MAX_CA_BYTES + 1).read_to_end(&mut text).map_err(unreadable)?;
    if text.len() as u64 > MAX_CA_BYTES { Err(BadWay::TooLarge { path: path.to_owned() }) } else { Ok(text) }
}

/// Puts TLS around a connection to an `https` address.
pub(super) struct Tls {
    config: Arc<ClientConfig>,
}

impl Tls {
    pub(super) fn new(roots: RootCertStore, clock: Clock) -> Result<Self, BadWay> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let strict = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider)).build();
        let strict = strict.map_err(|e| BadWay::Tls(e.to_string()))?;
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let mut config = config
            .map_err(|e| BadWay::Tls(e.to_string()))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Verifier::new(strict, clock)))
            .with_no_client_auth();
        config.resumption = Resumption::disabled();
        Ok(Self { config: Arc::new(config) })
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").finish_non_exhaustive()
    }
}

impl<In: Transport> Connector<In> for Tls {
    type Out = Either<In, TlsLine>;

    fn connect(&self, details: &ConnectionDetails<'_>, chained: Option<In>) -> Result<Option<Self::Out>, Error> {
        let Some(plain) = chained else { return Ok(None) };
        if !details.needs_tls() || plain.is_tls() {
            return Ok(Some(Either::A(plain)));
        }
        let host = details.uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
        let name = ServerName::try_from(host.to_owned()).map_err(|_bad| Error::BadUri(host.to_owned()))?;
        let mut session = ClientConnection::new(Arc::clone(&self.config), name).map_err(std::io::Error::other)?;
        let mut line = TransportAdapter::new(plain.boxed(), details.current_time.clone());
        line.set_timeout(details.timeout);
        session.complete_io(&mut line)?;
        let buffers = LazyBuffers::new(details.config.input_buffer_size(), details.config.output_buffer_size());
        Ok(Some(Either::B(TlsLine { buffers, stream: StreamOwned::new(session, line) })))
    }
}

/// A connection inside TLS.
pub(super) struct TlsLine {
    buffers: LazyBuffers,
    stream: StreamOwned<ClientConnection, TransportAdapter>,
}

impl fmt::Debug for TlsLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsLine").finish_non_exhaustive()
    }
}

impl Transport for TlsLine {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.stream.sock.set_timeout(timeout);
        self.stream.write_all(&self.buffers.output()[..amount])?;
        Ok(())
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.stream.sock.set_timeout(timeout);
        let amount = self.stream.read(self.buffers.input_append_buf())?;
        self.buffers.input_appended(amount);
        Ok(amount > 0)
    }

    fn is_open(&mut self) -> bool {
        self.stream.sock.get_mut().is_open()
    }

    fn is_tls(&self) -> bool {
        true
    }
}
