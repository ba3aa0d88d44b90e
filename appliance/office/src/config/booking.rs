//! `[booking]`: how to reach the booking server, also through the networks of town halls.
//!
//! What must always hold: the password of the proxy is never shown, not even in a complaint about
//! this file; nothing but this file names a proxy.

use std::fmt;
use std::path::PathBuf;

use serde::Deserialize;

/// `[booking]`: how to reach the booking server.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Booking {
    /// Its public address, `https://…`; plain `http://` only to this machine.
    pub url: String,
    /// The one-time enrolment code, until it was used.
    pub code: Option<String>,
    /// Seconds between two exchanges while nothing happens.
    #[serde(default = "default_poll")]
    pub poll_seconds: u16,
    /// The proxy to ask for a way out (HTTP CONNECT).
    pub proxy: Option<ProxyAddress>,
    /// A file of certificates (PEM) of authorities to believe besides Mozilla's.
    pub extra_ca: Option<PathBuf>,
}

/// Often enough that a booking is here before its citizen, rare enough for any line.
fn default_poll() -> u16 {
    15
}

/// `http://user:password@proxy.town.example:3128`, not yet judged.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct ProxyAddress(String);

/// What a proxy's address has to look like.
const PROXY_FORM: &str = "http://HOST:PORT or http://USER:PASSWORD@HOST:PORT, special characters in user and password \
                          as %XX (@ is %40, : is %3A, % is %25, \\ is %5C)";

impl ProxyAddress {
    /// The address in its parts.
    ///
    /// # Errors
    /// What it has to look like; never what it is.
    pub(crate) fn parse(&self) -> Result<ureq::Proxy, String> {
        let allowed = |what: &str| format!("{what}: {PROXY_FORM}");
        let rest = self.0.strip_prefix("http://").ok_or_else(|| allowed("only proxies spoken to in HTTP"))?;
        let (user, host) = rest.rsplit_once('@').map_or((None, rest), |(user, host)| (Some(user), host));
        let host = host.strip_suffix('/').unwrap_or(host);
        let port = host.rsplit_once(':').filter(|(name, _)| !name.is_empty()).and_then(|(_, port)| port.parse().ok());
        if !matches!(port, Some(1..=u16::MAX)) {
            return Err(allowed("the port is missing or no port"));
        }
        if user.is_some_and(|user| !user.contains(':') || user.starts_with(':')) {
            return Err(allowed("user and password belong together"));
        }
        let proxy = ureq::Proxy::new(&self.0).map_err(|_bad| allowed("this is no address"))?;
        let whole = proxy.uri().path_and_query().is_none_or(|path| path == "/");
        if whole { Ok(proxy) } else { Err(allowed("nothing stands behind the port")) }
    }
}

impl fmt::Debug for ProxyAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&without_passwords(&self.0))
    }
}

/// A text in which whatever stands between `://` and the `@` of its line is covered.
pub(super) fn without_passwords(text: &str) -> String {
    let cover = |line: &str| match (line.find("://"), line.rfind('@')) {
        (Some(from), Some(to)) if from + 3 < to => format!("{}…{}", &line[..from + 3], &line[to..]),
        (Some(_), Some(_)) | (Some(_) | None, None) | (None, Some(_)) => line.to_owned(),
    };
    text.split('\n').map(cover).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn proxy(text: &str) -> Result<ureq::Proxy, String> {
        ProxyAddress(text.to_owned()).parse()
    }

    #[test]
    fn a_proxy_is_a_host_and_a_port_with_or_without_a_password() {
        let plain = proxy("http://proxy.town.example:3128").expect("good");
        assert_eq!((plain.host(), plain.port(), plain.username()), ("proxy.town.example", 3128, None));
        let known = proxy("http://TOWN%5Cbox:p%40ss%3Aw%25rd+1@10.0.0.1:8080/").expect("good");
        assert_eq!((known.host(), known.port()), ("10.0.0.1", 8080));
        assert_eq!((known.username(), known.password()), (Some("TOWN\\box"), Some("p@ss:w%rd+1")));
        assert_eq!(proxy("http://[::1]:3128").expect("good").port(), 3128);
    }

    #[test]
    fn what_is_no_such_address_is_told_what_it_should_be() {
        for bad in [
            "proxy.town.example:3128",
            "https://proxy.town.example:3128",
            "socks5://proxy.town.example:1080",
            "http://proxy.town.example",
            "http://proxy.town.example:0",
            "http://proxy.town.example:99999",
            "http://:3128",
            "http://",
            "http://box@proxy:3128",
            "http://:secret@proxy:3128",
            "http://box:sec ret@proxy:3128",
            "http://proxy:3128/way",
            "http://proxy:3128/?a",
        ] {
            let message = proxy(bad).expect_err(bad);
            assert!(message.contains("http://USER:PASSWORD@HOST:PORT"), "{bad}: {message}");
            assert!(!message.contains("sec"), "{bad}: {message}");
        }
    }

    proptest! {
        #[test]
        fn no_password_is_ever_shown(password in "[a-zA-Z0-9:/@%#?]{3,20}", before in "[a-z =\"]{0,9}") {
            let text = format!("{before}\nproxy = \"http://box:{password}@proxy:3128\"\n{before}");
            let covered = without_passwords(&text);
            let shown = format!("{:?}", ProxyAddress(format!("http://box:{password}@proxy:3128")));
            prop_assert!(!covered.contains(&format!(":{password}@")), "{}", covered);
            prop_assert_eq!(shown, "http://…@proxy:3128");
            prop_assert!(covered.contains("@proxy:3128") && covered.ends_with(&before));
        }
    }
}
