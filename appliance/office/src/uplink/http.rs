//! HTTP to the booking server: bounded in time and size, never redirected.
//!
//! A redirect or a page instead of an answer is a captive portal, not the booking server. The
//! way there is what the box's own file says: no environment variable names a proxy.

mod dates;
mod lookup;
mod tls;
mod trouble;

use std::io::{BufRead, BufReader};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use protocol::exchange::{NONCE_HEADER, SIGNATURE_HEADER, Sealed};
use serde::de::DeserializeOwned;
use ureq::unversioned::transport::{ConnectProxyConnector, Connector, TcpConnector};

use self::lookup::Names;
use self::tls::Tls;
pub(crate) use self::tls::{BadWay, roots};
pub(crate) use self::trouble::LineError;
use self::trouble::{Parties, Proxy};
use crate::clock::Clock;
use crate::config::{Booking, ProxyAddress};

/// How long the box waits for the far end.
#[derive(Clone, Copy, Debug)]
struct Patience {
    /// For the name, and again for TCP, proxy and TLS together.
    connect: Duration,
    /// Without a byte in either direction.
    idle: Duration,
    /// For one whole request with its answer.
    whole: Duration,
}

/// Connecting: longer than any handshake on a bad line, shorter than a clerk's patience. Idle: a
/// line that says nothing for so long is half open.
const PATIENCE: Patience =
    Patience { connect: Duration::from_secs(5), idle: Duration::from_secs(30), whole: Duration::from_secs(60) };

/// Twice the largest batch of the protocol; more is not from us.
const MAX_ANSWER_BYTES: u64 = 2 * 1024 * 1024;

/// Answers the first head of the stream; a proxy that keeps it longer does not pass streams.
const OPENS_WITHIN: Duration = Duration::from_secs(10);

/// Bytes of one stream, many days of heartbeats; then it is opened again.
const MAX_STREAM_BYTES: u64 = 1024 * 1024;

/// The far end of the line. Blocking: call it from a thread that may wait.
#[derive(Clone, Debug)]
pub(crate) struct Far {
    agent: ureq::Agent,
    parties: Parties,
}

/// What came back, not yet believed.
#[derive(Debug)]
struct Answer {
    status: u16,
    signature: Option<String>,
    body: Vec<u8>,
}

impl Far {
    /// The booking server as the box's file tells it: address, proxy, further authorities.
    ///
    /// # Errors
    /// Proxy or authorities cannot be used; the check of the box's own file has said so before,
    /// unless a file changed since.
    pub(crate) fn new(booking: &Booking, clock: &Clock) -> Result<Self, BadWay> {
        let clock = clock.clone();
        let tls = Tls::new(roots(booking.extra_ca.as_deref())?, Arc::new(move || clock.now()))?;
        let proxy = booking.proxy.as_ref().map(ProxyAddress::parse).transpose().map_err(BadWay::Proxy)?;
        Ok(Self::through(&booking.url, proxy, tls, PATIENCE))
    }

    fn through(url: &str, proxy: Option<ureq::Proxy>, tls: Tls, patience: Patience) -> Self {
        let shown = |proxy: &ureq::Proxy| format!("{}:{}", proxy.host(), proxy.port());
        let known = |proxy: &ureq::Proxy| Proxy { shown: shown(proxy), has_password: proxy.username().is_some() };
        let parties = Parties { base: url.trim_end_matches('/').to_owned(), proxy: proxy.as_ref().map(known) };
        let config = ureq::Agent::config_builder()
            .proxy(proxy)
            .timeout_resolve(Some(patience.connect))
            .timeout_connect(Some(patience.connect))
            .timeout_per_read(Some(patience.idle))
            .timeout_per_write(Some(patience.idle))
            .timeout_global(Some(patience.whole))
            .max_redirects(0)
            .http_status_as_error(false)
            .user_agent(concat!("aufruf-appliance/", env!("CARGO_PKG_VERSION")))
            .build();
        let way = ().chain(ConnectProxyConnector::default()).chain(TcpConnector::default()).chain(tls);
        Self { agent: ureq::Agent::with_parts(config, way, Names::default()), parties }
    }

    /// POST of a signed body; refusals come back as answers, too.
    pub(crate) fn exchange(&self, path: &str, sealed: &Sealed) -> Result<Sealed, LineError> {
        let request = self
            .agent
            .post(self.url(path))
            .content_type("application/octet-stream")
            .header(NONCE_HEADER, sealed.nonce.to_string())
            .header(SIGNATURE_HEADER, &sealed.signature);
        let answer = self.read(request.send(&sealed.body[..]).map_err(|e| self.trouble(&e))?)?;
        let not_ours = LineError::NotOurs { base: self.parties.base.clone(), status: answer.status };
        Ok(Sealed { nonce: sealed.nonce, signature: answer.signature.ok_or(not_ours)?, body: answer.body })
    }

    /// GET of a JSON document.
    pub(crate) fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, LineError> {
        let answer = self.agent.get(self.url(path)).call().map_err(|e| self.trouble(&e))?;
        self.json(self.read(answer)?)
    }

    /// Reads a stream of events line by line until `hear` has enough, the far end closes, or
    /// nothing came for `idle`. Answers whether anything was heard.
    pub(crate) fn listen(
        &self,
        request: &Sealed,
        idle: Duration,
        mut hear: impl FnMut(&str) -> ControlFlow<()>,
    ) -> Result<bool, LineError> {
        let target = String::from_utf8_lossy(&request.body);
        let stream = self
            .agent
            .get(self.url(&target))
            .header("accept", "text/event-stream")
            .header(NONCE_HEADER, request.nonce.to_string())
            .header(SIGNATURE_HEADER, &request.signature)
            .config()
            .timeout_global(None)
            .timeout_recv_response(Some(OPENS_WITHIN))
            .timeout_per_read(Some(idle))
            .build()
            .call()
            .map_err(|e| self.trouble(&e))?;
        let kind = stream.headers().get("content-type").and_then(|kind| kind.to_str().ok());
        if !kind.is_some_and(|kind| kind.starts_with("text/event-stream")) {
            return self.json::<serde_json::Value>(self.read(stream)?).and(Err(self.not_ours(200)));
        }
        let body = stream.into_body().into_with_config().limit(MAX_STREAM_BYTES).reader();
        let mut heard = false;
        for line in BufReader::new(body).lines().map_while(Result::ok) {
            heard = true;
            if hear(&line).is_break() {
                break;
            }
        }
        Ok(heard)
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.parties.base)
    }

    fn read(&self, mut answer: ureq::http::Response<ureq::Body>) -> Result<Answer, LineError> {
        let status = answer.status().as_u16();
        let signature = answer.headers().get(SIGNATURE_HEADER).and_then(|h| h.to_str().ok()).map(str::to_owned);
        let body = answer.body_mut().with_config().limit(MAX_ANSWER_BYTES).read_to_vec();
        Ok(Answer { status, signature, body: body.map_err(|e| self.trouble(&e))? })
    }

    fn json<T: DeserializeOwned>(&self, answer: Answer) -> Result<T, LineError> {
        let not_ours = || self.not_ours(answer.status);
        if answer.status != 200 {
            return Err(match serde_json::from_slice(&answer.body) {
                Ok(refusal) => LineError::Refused { base: self.parties.base.clone(), refusal },
                Err(_page) => not_ours(),
            });
        }
        serde_json::from_slice(&answer.body).map_err(|_bad| not_ours())
    }

    fn not_ours(&self, status: u16) -> LineError {
        LineError::NotOurs { base: self.parties.base.clone(), status }
    }

    fn trouble(&self, error: &ureq::Error) -> LineError {
        self.parties.trouble(error)
    }
}

#[cfg(test)]
pub(super) mod tests;
