//! The TLS door with a certificate for tests.

use std::path::PathBuf;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsConnector;

use super::*;
use crate::pages::view::{Board, Context, LinkState};
use crate::pages::wires::wires;

fn pages() -> (crate::pages::wires::Ends, Pages) {
    let context = Context { office: None, link: LinkState::Never, zone: jiff::tz::TimeZone::UTC, confirmed: None };
    let now = names::Now::trusted(jiff::Timestamp::constant(1_770_107_520, 0));
    let (ends, wires) = wires(Board::of(&queue::Queue::new(), &context, now));
    (ends, Pages::new(wires, &Settings::default(), Health::default()).expect("good settings"))
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/pages/fixtures").join(name)
}

fn client(certificate: &Path) -> TlsConnector {
    let certificate = CertificateDer::from_pem_file(certificate).expect("a certificate");
    let mut roots = RootCertStore::empty();
    roots.add(certificate).expect("our own certificate");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.expect("the default versions").with_root_certificates(roots).with_no_client_auth();
    TlsConnector::from(Arc::new(config))
}

#[tokio::test]
async fn staff_pages_are_served_over_tls_while_somebody_else_says_nothing() {
    let (certificate, key) = (fixture("localhost.pem"), fixture("localhost.key"));
    let config = tls_config(&certificate, &key).expect("a good pair");
    let plain = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let secure = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let at = secure.local_addr().expect("a bound port");
    let (_ends, pages) = pages();
    let served = tokio::spawn(pages.serve(Doors { plain, tls: Some((secure, config)) }, std::future::pending()));

    let _silent = TcpStream::connect(at).await.expect("the door is open");
    let name = ServerName::try_from("localhost").expect("a name");
    let stream = TcpStream::connect(at).await.expect("the door is open");
    let mut stream = client(&certificate).connect(name, stream).await.expect("a greeting");
    let request = "GET /anmelden HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).await.expect("the box listens");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("name=\"password\""), "{answer}");
    served.abort();
}

#[test]
fn a_missing_file_and_a_wrong_pair_are_named() {
    let (certificate, key) = (fixture("localhost.pem"), fixture("localhost.key"));
    let refused = |certificate: &Path, key: &Path| tls_config(certificate, key).expect_err("no good pair");
    assert!(refused(&fixture("nothing.pem"), &key).to_string().contains("nothing.pem"));
    assert!(refused(&certificate, &fixture("nothing.key")).to_string().contains("nothing.key"));
    assert!(matches!(refused(&fixture("README.md"), &key), BadPages::Pem { .. }));
    assert!(matches!(refused(&certificate, &certificate), BadPages::Pem { .. }));
    assert!(matches!(refused(&certificate, &fixture("stranger.key")), BadPages::Tls(_)));
}
