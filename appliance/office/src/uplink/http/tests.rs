//! Networks of town halls, on the loopback: dates, authorities, proxies, portals, dead lines.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use names::{Now, Trust};
use proptest::prelude::*;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, Error};

use super::dates::Verifier;
use super::*;

/// A far end without a proxy, known to nobody.
pub(in super::super) fn far(url: &str) -> Far {
    through(url, None, PATIENCE)
}

fn through(url: &str, proxy: Option<&str>, patience: Patience) -> Far {
    let clock = Arc::new(|| Now::trusted(Timestamp::UNIX_EPOCH));
    let tls = Tls::new(roots(Some(&fixture("town-ca"))).expect("roots"), clock).expect("TLS");
    Far::through(url, proxy.map(|proxy| ureq::Proxy::new(proxy).expect("an address")), tls, patience)
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("src/uplink/http/fixtures/{name}.pem"))
}

// Dates.

fn at(year: i16, trust: Trust) -> Now {
    Now { at: format!("{year:04}-06-01T12:00:00Z").parse().expect("a time"), trust }
}

/// What a box with this clock says to a certificate chain shown as `localhost`.
fn judged(name: &str, now: Now) -> Result<(), Error> {
    let mut town = rustls::RootCertStore::empty();
    let authority = CertificateDer::from_pem_file(fixture("town-ca")).expect("an authority");
    town.add(authority).expect("it can be used");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let strict = WebPkiServerVerifier::builder_with_provider(Arc::new(town), provider).build().expect("a verifier");
    let verifier = Verifier::new(strict, Arc::new(move || now));
    let chain = CertificateDer::pem_file_iter(fixture(name)).expect("a chain").collect::<Result<Vec<_>, _>>();
    let chain = chain.expect("certificates");
    let (end, between) = chain.split_first().expect("one at least");
    let here = ServerName::try_from("localhost").expect("a name");
    // The machine's own time is not the box's: it must not matter.
    let machine = UnixTime::since_unix_epoch(Duration::from_secs(9_999_999_999));
    verifier.verify_server_cert(end, between, &here, &[], machine).map(|_verified| ())
}

#[test]
fn a_trusted_clock_judges_the_dates() {
    assert_eq!(judged("localhost", at(2026, Trust::Trusted)), Ok(()));
    let expired = judged("expired", at(2026, Trust::Trusted)).expect_err("good in 2020 only");
    assert!(matches!(expired, Error::InvalidCertificate(CertificateError::ExpiredContext { .. })), "{expired:?}");
    let not_yet = judged("not-yet", at(2026, Trust::Trusted)).expect_err("good from 2110 on");
    assert!(matches!(not_yet, Error::InvalidCertificate(CertificateError::NotValidYetContext { .. })), "{not_yet:?}");
    assert_eq!(judged("expired", at(2020, Trust::Trusted)), Ok(()), "the box's clock counts, not the machine's");
}

#[test]
fn a_chain_that_was_never_good_as_a_whole_is_refused_by_every_clock() {
    for year in [1970, 2010, 2015, 2020, 2026, 2150] {
        for trust in [Trust::Unknown, Trust::Plausible, Trust::Trusted] {
            assert!(judged("never-together", at(year, trust)).is_err(), "{year} {trust:?}");
        }
    }
}

#[test]
fn an_authority_nobody_gave_vouches_for_nothing() {
    let outcome = judged("town-ca", at(2026, Trust::Unknown));
    assert!(outcome.is_err(), "an authority is no server");
}

proptest! {
    #[test]
    fn while_the_clock_is_not_trusted_no_date_matters_but_the_name_does(
        second in 0_i64..7_000_000_000,
        unknown in any::<bool>(),
    ) {
        let trust = if unknown { Trust::Unknown } else { Trust::Plausible };
        let now = Now { at: Timestamp::from_second(second).expect("in range"), trust };
        for name in ["localhost", "expired", "not-yet"] {
            prop_assert_eq!(judged(name, now), Ok(()), "{}", name);
        }
        let elsewhere = judged("elsewhere", now).expect_err("another name");
        let is_name = matches!(elsewhere, Error::InvalidCertificate(CertificateError::NotValidForNameContext { .. }));
        prop_assert!(is_name, "{:?}", elsewhere);
    }
}

// Further authorities.

#[test]
fn further_authorities_come_on_top_of_the_built_in_ones() {
    let built_in = roots(None).expect("built in").len();
    assert!(built_in > 50, "Mozilla's");
    assert_eq!(roots(Some(&fixture("town-ca"))).expect("a good file").len(), built_in + 1);
}

#[test]
fn a_file_that_is_no_list_of_authorities_is_named() {
    let folder = std::env::temp_dir().join(format!("aufruf-ca-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let write = |name: &str, text: &[u8]| {
        let path = folder.join(name);
        std::fs::write(&path, text).expect("written");
        path
    };
    let pem = |body: &str| format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n").into_bytes();
    for (path, words) in [
        (folder.join("missing.pem"), "cannot read"),
        (write("empty.pem", b""), "no certificate in it"),
        (write("page.pem", b"<!doctype html><title>404</title>"), "no certificate in it"),
        (write("half.pem", b"-----BEGIN CERTIFICATE-----\nMIIB\n"), "certificate 1"),
        (write("noise.pem", &pem("AAECAwQF")), "certificate 1"),
        (write("large.pem", &vec![b'#'; 1024 * 1024 + 1]), "larger than 1048576 bytes"),
    ] {
        let message = roots(Some(&path)).expect_err(words).to_string();
        let file = path.file_name().and_then(|name| name.to_str()).expect("a name");
        assert!(message.contains(words) && message.contains(file), "{message}");
    }
    std::fs::remove_dir_all(&folder).expect("removed");
}

// What is on the way.

/// A double of whatever answers first: says this to every caller, then hangs up; `None`: holds
/// the line and says nothing.
fn somebody(says: Option<&'static str>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        let mut held = Vec::new();
        while let Ok((mut stream, _from)) = listener.accept() {
            let Some(says) = says else {
                held.push(stream);
                continue;
            };
            // Whoever hangs up early has heard enough.
            let _asked = request(&mut stream);
            let _said = stream.write_all(says.as_bytes()).and_then(|()| stream.shutdown(Shutdown::Write));
            let _rest = stream.read_to_end(&mut Vec::new());
        }
    });
    address
}

/// Reads the head of a request in HTTP, or whatever comes first in TLS.
fn request(stream: &mut TcpStream) -> std::io::Result<()> {
    let mut head = Vec::new();
    let mut some = [0; 4096];
    loop {
        let read = stream.read(&mut some)?;
        head.extend_from_slice(&some[..read]);
        if read == 0 || !head.starts_with(b"C") && !head.starts_with(b"G") || head.ends_with(b"\r\n\r\n") {
            return Ok(());
        }
    }
}

fn refused(far: &Far) -> String {
    far.get::<serde_json::Value>("/sync/v1/hello").expect_err("nobody of ours").to_string()
}

/// What the box says about a proxy that answers so.
fn by_proxy(user: &str, says: &'static str) -> String {
    let proxy = format!("http://{user}{}", somebody(Some(says)));
    refused(&through("https://termine.example", Some(&proxy), PATIENCE))
}

#[test]
fn every_no_of_a_proxy_is_told_apart_and_says_what_to_do() {
    let denied = "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n";
    let forbidden = "HTTP/1.0 403 Forbidden\r\ncontent-type: text/html\r\n\r\n<h1>no</h1>";
    for (user, says, words) in [
        ("", denied, "asks for a user and a password: write them into booking.proxy"),
        ("box:wrong@", denied, "does not take the user and the password"),
        ("", forbidden, "allow CONNECT"),
        ("", "HTTP/1.1 503 Service Unavailable\r\n\r\n", "itself cannot reach https://termine.example"),
        ("", "HTTP/1.1 302 Found\r\nlocation: http://portal/\r\n\r\n", "status 302"),
        ("", "", "failed to reach https://termine.example through 127.0.0.1:"),
        ("", "SSH-2.0-OpenSSH_9.2\r\n", "failed to reach https://termine.example through 127.0.0.1:"),
        ("", "HTTP/1.1 200 OK\r\n\r\n", "failed to reach https://termine.example through 127.0.0.1:"),
        ("", "HTTP/1.1 200 OK\r\n\r\n<html>a page</html>", "does not speak TLS"),
    ] {
        let message = by_proxy(user, says);
        assert!(message.contains(words), "{says:?} gives: {message}");
        assert!(!message.contains("wrong"), "a password: {message}");
    }
}

#[test]
fn a_captive_portal_is_no_booking_server_whatever_it_says() {
    let page = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 15\r\n\r\n<html>Hi</html>";
    let moved = "HTTP/1.1 302 Found\r\nlocation: http://portal.example/\r\ncontent-length: 0\r\n\r\n";
    let wants = "HTTP/1.1 511 Network Authentication Required\r\ncontent-length: 0\r\n\r\n";
    for (says, status) in [(page, "200"), (moved, "302"), (wants, "511")] {
        let message = refused(&far(&format!("http://{}", somebody(Some(says)))));
        assert!(message.contains(&format!("status {status}")) && message.contains("captive portal"), "{message}");
        let message = refused(&far(&format!("https://{}", somebody(Some(says)))));
        assert!(message.contains("does not speak TLS") && message.contains("captive portal"), "{message}");
    }
}

#[test]
fn a_line_that_is_half_open_is_given_up() {
    let short = Duration::from_millis(50);
    let long = Duration::from_secs(3600);
    let silent = |scheme: &str| format!("{scheme}://{}", somebody(None));
    for (url, proxy, patience) in [
        (silent("http"), None, Patience { connect: long, idle: short, whole: long }),
        (silent("http"), None, Patience { connect: long, idle: long, whole: short }),
        (silent("https"), None, Patience { connect: short, idle: long, whole: long }),
        (
            "https://termine.example".to_owned(),
            Some(silent("http")),
            Patience { connect: short, idle: long, whole: long },
        ),
    ] {
        let far = through(&url, proxy.as_deref(), patience);
        let outcome = far.get::<serde_json::Value>("/sync/v1/hello");
        assert!(matches!(outcome, Err(LineError::Silent { .. })), "{url} {proxy:?}: {outcome:?}");
    }
}

#[test]
fn a_name_nobody_knows_is_told_as_such() {
    let message = refused(&far("https://termine.invalid"));
    assert!(message.contains("failed to find https://termine.invalid in the DNS"), "{message}");
    let message = refused(&through("https://termine.example", Some("http://proxy.invalid:3128"), PATIENCE));
    assert!(message.contains("failed to find proxy.invalid:3128 in the DNS"), "{message}");
}

#[test]
fn a_certificate_of_an_unknown_authority_or_for_another_name_says_what_to_change() {
    let parties = Parties { base: "https://termine.example".to_owned(), proxy: None };
    let said = |error: CertificateError| {
        parties.trouble(&std::io::Error::other(Error::InvalidCertificate(error)).into()).to_string()
    };
    assert!(said(CertificateError::UnknownIssuer).contains("booking.extra_ca"));
    let name = judged("elsewhere", at(2026, Trust::Trusted)).expect_err("another name");
    let name = parties.trouble(&std::io::Error::other(name).into()).to_string();
    assert!(name.contains("is for termine.elsewhere.example:") && name.contains("booking.url"), "{name}");
    let expired = judged("expired", at(2026, Trust::Trusted)).expect_err("expired");
    let expired = parties.trouble(&std::io::Error::other(expired).into()).to_string();
    assert!(expired.contains("until 2021-01-01T00:00:00Z"), "{expired}");
}
