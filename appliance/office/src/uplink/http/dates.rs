//! Certificates judged with the box's own clock, and without it while nobody vouches for it.
//!
//! A box that was switched off for a year, or has no battery, starts in the past; a town hall
//! often blocks the network's time. So the signed answer of the booking server brings the time,
//! and until then a certificate may say any dates.
//!
//! What must always hold: chain, name and purpose are verified in every case; the chain was valid
//! as a whole at one moment; once the clock is trusted, that moment is now.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use names::{Now, Trust};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};

/// Moments tried for one chain: one for each certificate of the longest chain webpki follows (6),
/// and the first.
const MAX_MOMENTS: usize = 7;

/// Asks the clock of the box.
pub(super) type Clock = Arc<dyn Fn() -> Now + Send + Sync>;

/// Verifies the certificate of the far end.
pub(super) struct Verifier {
    strict: Arc<WebPkiServerVerifier>,
    clock: Clock,
}

impl Verifier {
    pub(super) fn new(strict: Arc<WebPkiServerVerifier>, clock: Clock) -> Self {
        Self { strict, clock }
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier").finish_non_exhaustive()
    }
}

impl ServerCertVerifier for Verifier {
    /// The moment rustls hands in is the machine's; ours may have been set by the server.
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        _machine: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let now = (self.clock)();
        let verify = |at| self.strict.verify_server_cert(end_entity, intermediates, name, ocsp, at);
        match now.trust {
            Trust::Trusted => verify(unix(now)),
            Trust::Plausible | Trust::Unknown => at_some_moment(verify, unix(now)),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.strict.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.strict.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.strict.supported_verify_schemes()
    }
}

fn unix(now: Now) -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(now.at.as_second()).unwrap_or(0)))
}

/// Verifies with the clock; where only a date is wrong, again at the nearest moment at which that
/// certificate was good.
fn at_some_moment<T>(verify: impl Fn(UnixTime) -> Result<T, Error>, now: UnixTime) -> Result<T, Error> {
    let mut outcome = verify(now);
    for _further in 1..MAX_MOMENTS {
        let Some(moment) = outcome.as_ref().err().and_then(good_at) else { break };
        outcome = verify(moment);
    }
    outcome
}

/// The moment nearest to the clock at which the refused certificate was good; nothing if the date
/// is not what is wrong.
fn good_at(error: &Error) -> Option<UnixTime> {
    if let Error::InvalidCertificate(CertificateError::ExpiredContext { not_after, .. }) = error {
        return Some(*not_after);
    }
    if let Error::InvalidCertificate(CertificateError::NotValidYetContext { not_before, .. }) = error {
        return Some(*not_before);
    }
    None
}
