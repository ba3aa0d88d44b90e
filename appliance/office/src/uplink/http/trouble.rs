//! What can be wrong between the box and the booking server, each with a sentence that says what
//! to do. It ends in the health document and the log; the town's IT person reads it.
//!
//! What must always hold: no sentence carries a password; what tells cases apart is a type, not
//! a text.

use jiff::Timestamp;
use protocol::exchange::Refusal;
use rustls::CertificateError;
use rustls::pki_types::UnixTime;
use ureq::Error;

/// The line did not work; trying again later is right.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LineError {
    #[error(
        "failed to find {whom} in the DNS of this network: check the address and the DNS server; \
         where only a proxy knows outside names, set booking.proxy"
    )]
    NoSuchName { whom: String },
    #[error("{whom} does not answer ({phase}): check cable, firewall (TCP to this address and port) and proxy")]
    Silent { whom: String, phase: String },
    #[error("failed to reach {whom}: {why}; check cable, firewall (TCP to this address and port) and proxy")]
    Unreachable { whom: String, why: String },
    #[error("{proxy} asks for a user and a password: write them into booking.proxy, http://USER:PASSWORD@HOST:PORT")]
    ProxyWantsPassword { proxy: String },
    #[error(
        "{proxy} does not take the user and the password of booking.proxy: ask its administrator for the right ones"
    )]
    ProxyRefusesPassword { proxy: String },
    #[error(
        "{proxy} does not let this box through to {base} (status {status}): ask its administrator to allow CONNECT to it"
    )]
    ProxyRefuses { proxy: String, base: String, status: u16 },
    #[error("{proxy} itself cannot reach {base} (status {status}): ask its administrator")]
    ProxyCannotReach { proxy: String, base: String, status: u16 },
    #[error(
        "the certificate of {base} is of an authority this box does not know: if this network looks into TLS, \
         or the town has an authority of its own, put that authority's certificate (PEM) into booking.extra_ca; \
         if neither is so, somebody else answers in its name"
    )]
    UnknownAuthority { base: String },
    #[error(
        "the certificate at {base} is for {presented}: either booking.url is not the address in the certificate, \
         or something else answers in this network (a captive portal?)"
    )]
    WrongName { base: String, presented: String },
    #[error("the certificate of {base} is good {when} only: whoever runs the booking server has to renew it")]
    OutOfDate { base: String, when: String },
    #[error("{base} does not speak TLS: something else answers in this network (a captive portal?)")]
    NotTls { base: String },
    #[error("failed to agree on TLS with {base}: {why}")]
    Tls { base: String, why: String },
    #[error(
        "{base} answered with status {status} and something that is not ours (a captive portal?): \
         open the address in a browser of this network and see what comes"
    )]
    NotOurs { base: String, status: u16 },
    #[error("{base} refused: {refusal}")]
    Refused { base: String, refusal: Refusal },
}

/// Who is at the line, for messages.
#[derive(Clone, Debug)]
pub(super) struct Parties {
    /// The booking server.
    pub(super) base: String,
    /// The proxy, without its password.
    pub(super) proxy: Option<Proxy>,
}

/// The proxy on the way.
#[derive(Clone, Debug)]
pub(super) struct Proxy {
    pub(super) shown: String,
    pub(super) has_password: bool,
}

impl Parties {
    /// What went wrong, in our words.
    pub(super) fn trouble(&self, error: &Error) -> LineError {
        if let Error::HostNotFound = error {
            let whom = self.proxy.as_ref().map_or(&self.base, |proxy| &proxy.shown).clone();
            return LineError::NoSuchName { whom };
        }
        if let Error::Timeout(phase) = error {
            return LineError::Silent { whom: self.way(), phase: phase.to_string() };
        }
        if let (Error::ConnectProxyFailed(why), Some(proxy)) = (error, &self.proxy) {
            return self.proxy_trouble(proxy, why);
        }
        if let Error::Io(io) = error
            && let Some(tls) = io.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>())
        {
            return self.tls_trouble(tls);
        }
        LineError::Unreachable { whom: self.way(), why: error.to_string() }
    }

    /// Whom the box dials, and by which way: either end of it may be what is wrong.
    fn way(&self) -> String {
        let base = &self.base;
        self.proxy.as_ref().map_or_else(|| base.clone(), |proxy| format!("{base} through {}", proxy.shown))
    }

    /// ureq tells the answer to CONNECT in words only, such as "… responded 407/407".
    fn proxy_trouble(&self, proxy: &Proxy, why: &str) -> LineError {
        let name = format!("the proxy {}", proxy.shown);
        let base = self.base.clone();
        match why.rsplit('/').next().and_then(|status| status.parse().ok()) {
            Some(401 | 407) if proxy.has_password => LineError::ProxyRefusesPassword { proxy: name },
            Some(401 | 407) => LineError::ProxyWantsPassword { proxy: name },
            Some(status @ 500..) => LineError::ProxyCannotReach { proxy: name, base, status },
            Some(status) => LineError::ProxyRefuses { proxy: name, base, status },
            None => LineError::Unreachable { whom: self.way(), why: why.to_owned() },
        }
    }

    fn tls_trouble(&self, error: &rustls::Error) -> LineError {
        let base = self.base.clone();
        if let rustls::Error::InvalidCertificate(certificate) = error {
            return self.certificate_trouble(certificate);
        }
        if let rustls::Error::InvalidMessage(_what) = error {
            return LineError::NotTls { base };
        }
        LineError::Tls { base, why: error.to_string() }
    }

    fn certificate_trouble(&self, error: &CertificateError) -> LineError {
        let base = self.base.clone();
        if let CertificateError::UnknownIssuer = error {
            return LineError::UnknownAuthority { base };
        }
        if let CertificateError::NotValidForNameContext { presented, .. } = error {
            let presented = if presented.is_empty() { "no name".to_owned() } else { names(presented) };
            return LineError::WrongName { base, presented };
        }
        if let CertificateError::ExpiredContext { not_after, .. } = error {
            return LineError::OutOfDate { base, when: format!("until {}", shown(*not_after)) };
        }
        if let CertificateError::NotValidYetContext { not_before, .. } = error {
            return LineError::OutOfDate { base, when: format!("from {}", shown(*not_before)) };
        }
        LineError::Tls { base, why: error.to_string() }
    }
}

/// rustls writes `DnsName("termine.example")`; only the name is for people.
fn names(presented: &[String]) -> String {
    let plain = |name: &String| name.split('"').nth(1).unwrap_or(name).to_owned();
    presented.iter().map(plain).collect::<Vec<_>>().join(", ")
}

fn shown(time: UnixTime) -> String {
    let at = i64::try_from(time.as_secs()).ok().and_then(|s| Timestamp::from_second(s).ok());
    at.map_or_else(|| "a time beyond all calendars".to_owned(), |at| at.to_string())
}
