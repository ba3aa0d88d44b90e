//! Who asks, and from where.

use std::net::SocketAddr;

use warp::http::StatusCode;
use warp::reply::Response as Answer;
use warp::{Filter, Rejection};

use super::{Site, message, see_other};
use crate::pages::sessions::Secret;
use crate::pages::texts;

/// The name of the session's cookie.
pub(super) const COOKIE: &str = "aufruf";

/// The other end of a connection, set by the accept loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Its address.
    pub addr: SocketAddr,
    /// Whether the connection is TLS.
    pub tls: bool,
}

impl Peer {
    /// Whether a password may travel on this connection: never in clear on the network.
    #[must_use]
    pub fn is_safe(&self) -> bool {
        self.tls || self.addr.ip().to_canonical().is_loopback()
    }
}

/// Everything a route wants to know about who asks.
#[derive(Clone, Debug)]
pub(in crate::pages) struct Caller {
    peer: Option<Peer>,
    secret: Option<Secret>,
    foreign: bool,
}

/// Who asks.
pub(in crate::pages) fn caller() -> impl Filter<Extract = (Caller,), Error = Rejection> + Clone {
    warp::ext::optional::<Peer>()
        .and(warp::cookie::optional(COOKIE))
        .and(warp::header::optional("host"))
        .and(warp::header::optional("origin"))
        .and(warp::header::optional("sec-fetch-site"))
        .map(|peer, secret: Option<String>, host: Option<String>, origin: Option<String>, site: Option<String>| {
            Caller {
                peer,
                secret: secret.map(Secret),
                foreign: is_foreign(host.as_deref(), origin.as_deref(), site.as_deref()),
            }
        })
}

/// Browsers say where a request comes from; what says nothing is no browser and has no cookies.
fn is_foreign(host: Option<&str>, origin: Option<&str>, site: Option<&str>) -> bool {
    if site.is_some_and(|site| site != "same-origin" && site != "none") {
        return true;
    }
    let Some(origin) = origin else { return false };
    let own = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
    own.is_none() || own != host
}

impl Caller {
    /// Whether the connection is TLS.
    pub(super) fn tls(&self) -> bool {
        self.peer.is_some_and(|peer| peer.tls)
    }

    /// Whether the browser runs on this very computer.
    pub(super) fn here(&self) -> bool {
        self.peer.is_none_or(|peer| peer.addr.ip().to_canonical().is_loopback())
    }

    /// The secret of the session, if the browser sent one.
    pub(super) fn secret(&self) -> Option<&Secret> {
        self.secret.as_ref()
    }

    /// Refuses a change that a foreign page asked for.
    pub(in crate::pages) fn same_origin(&self, site: &Site) -> Result<(), Box<Answer>> {
        if !self.foreign {
            return Ok(());
        }
        let text = texts::staff();
        Err(Box::new(message(&site.build, StatusCode::FORBIDDEN, &text.foreign_title, &text.foreign_text)))
    }

    /// Refuses a connection on which a password would travel in clear.
    pub(super) fn safe(&self, site: &Site) -> Result<(), Box<Answer>> {
        if self.peer.is_some_and(|peer| peer.is_safe()) {
            return Ok(());
        }
        let text = texts::staff();
        Err(Box::new(message(&site.build, StatusCode::FORBIDDEN, &text.forbidden_title, &text.forbidden_text)))
    }

    /// Whether a session is open.
    pub(super) fn signed_in(&self, site: &Site) -> bool {
        self.secret.as_ref().is_some_and(|secret| site.sessions.knows(secret))
    }

    /// Lets staff pass; everybody else goes to the sign-in and comes back to `next`.
    pub(in crate::pages) fn staff(&self, site: &Site, next: &str) -> Result<(), Box<Answer>> {
        self.safe(site)?;
        if self.signed_in(site) { Ok(()) } else { Err(Box::new(see_other(&format!("/anmelden?weiter={next}")))) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(addr: &str, tls: bool) -> Peer {
        Peer { addr: addr.parse().expect("an address"), tls }
    }

    #[test]
    fn a_password_never_travels_in_clear_on_the_network() {
        assert!(peer("127.0.0.1:5000", false).is_safe());
        assert!(peer("[::1]:5000", false).is_safe());
        assert!(peer("[::ffff:127.0.0.1]:5000", false).is_safe());
        assert!(peer("192.168.1.7:5000", true).is_safe());
        assert!(!peer("192.168.1.7:5000", false).is_safe());
    }

    #[test]
    fn a_foreign_page_is_told_from_our_own() {
        let host = Some("box:8443");
        assert!(!is_foreign(host, Some("https://box:8443"), Some("same-origin")));
        assert!(!is_foreign(host, Some("https://box:8443"), None));
        assert!(!is_foreign(host, None, None), "no browser");
        assert!(is_foreign(host, Some("https://evil.example"), None));
        assert!(is_foreign(host, Some("https://box:8444"), None));
        assert!(is_foreign(host, Some("null"), None));
        assert!(is_foreign(host, None, Some("cross-site")));
        assert!(is_foreign(host, None, Some("same-site")));
    }
}
