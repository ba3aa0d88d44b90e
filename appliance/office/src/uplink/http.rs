//! HTTP to the booking server: bounded in time and size, never redirected.
//!
//! A redirect or a page instead of an answer is a captive portal, not the booking server.

use std::io::{BufRead, BufReader};
use std::ops::ControlFlow;
use std::time::Duration;

use protocol::exchange::{NONCE_HEADER, Refusal, SIGNATURE_HEADER, Sealed};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Longer than any handshake on a bad line, shorter than a clerk's patience.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// One whole request with its answer.
const WHOLE_TIMEOUT: Duration = Duration::from_secs(60);

/// Twice the largest batch of the protocol; more is not from us.
const MAX_ANSWER_BYTES: u64 = 2 * 1024 * 1024;

/// The far end of the line. Blocking: call it from a thread that may wait.
#[derive(Clone, Debug)]
pub(crate) struct Far {
    agent: ureq::Agent,
    base: String,
}

/// Answers the first head of the stream; a proxy that keeps it longer does not pass streams.
const OPENS_WITHIN: Duration = Duration::from_secs(10);

/// Bytes of one stream, many days of heartbeats; then it is opened again.
const MAX_STREAM_BYTES: u64 = 1024 * 1024;

/// What came back, not yet believed.
#[derive(Debug)]
struct Answer {
    status: u16,
    signature: Option<String>,
    body: Vec<u8>,
}

/// The line did not work; trying again later is right.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LineError {
    #[error("failed to reach {base}: {why}")]
    Unreachable { base: String, why: String },
    #[error("{base} answered with status {status} and something that is not ours (a captive portal?)")]
    NotOurs { base: String, status: u16 },
    #[error("{base} refused: {refusal}")]
    Refused { base: String, refusal: Refusal },
}

impl Far {
    /// The booking server at `base`, such as `https://termine.musterland.example`.
    pub(crate) fn at(base: &str) -> Self {
        let config = ureq::Agent::config_builder()
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .timeout_global(Some(WHOLE_TIMEOUT))
            .max_redirects(0)
            .http_status_as_error(false)
            .user_agent(concat!("aufruf-appliance/", env!("CARGO_PKG_VERSION")))
            .build();
        Self { agent: config.new_agent(), base: base.trim_end_matches('/').to_owned() }
    }

    /// POST of a JSON document; the answer is JSON, or a refusal in JSON.
    pub(crate) fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, LineError> {
        let body = serde_json::to_vec(body).map_err(|bad| self.unreachable(&bad))?;
        let request = self.agent.post(self.url(path)).content_type("application/json");
        let answer = request.send(&body[..]).map_err(|e| self.unreachable(&e))?;
        self.json(self.read(answer)?)
    }

    /// POST of a signed body; refusals come back as answers, too.
    pub(crate) fn exchange(&self, path: &str, sealed: &Sealed) -> Result<Sealed, LineError> {
        let request = self
            .agent
            .post(self.url(path))
            .content_type("application/octet-stream")
            .header(NONCE_HEADER, sealed.nonce.to_string())
            .header(SIGNATURE_HEADER, &sealed.signature);
        let answer = self.read(request.send(&sealed.body[..]).map_err(|e| self.unreachable(&e))?)?;
        let not_ours = LineError::NotOurs { base: self.base.clone(), status: answer.status };
        Ok(Sealed { nonce: sealed.nonce, signature: answer.signature.ok_or(not_ours)?, body: answer.body })
    }

    /// GET of a JSON document.
    pub(crate) fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, LineError> {
        let answer = self.agent.get(self.url(path)).call().map_err(|e| self.unreachable(&e))?;
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
            .map_err(|e| self.unreachable(&e))?;
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
        format!("{}{path}", self.base)
    }

    fn read(&self, mut answer: ureq::http::Response<ureq::Body>) -> Result<Answer, LineError> {
        let status = answer.status().as_u16();
        let signature = answer.headers().get(SIGNATURE_HEADER).and_then(|h| h.to_str().ok()).map(str::to_owned);
        let body = answer.body_mut().with_config().limit(MAX_ANSWER_BYTES).read_to_vec();
        Ok(Answer { status, signature, body: body.map_err(|e| self.unreachable(&e))? })
    }

    fn json<T: DeserializeOwned>(&self, answer: Answer) -> Result<T, LineError> {
        let not_ours = || self.not_ours(answer.status);
        if answer.status != 200 {
            return Err(match serde_json::from_slice(&answer.body) {
                Ok(refusal) => LineError::Refused { base: self.base.clone(), refusal },
                Err(_page) => not_ours(),
            });
        }
        serde_json::from_slice(&answer.body).map_err(|_bad| not_ours())
    }

    fn not_ours(&self, status: u16) -> LineError {
        LineError::NotOurs { base: self.base.clone(), status }
    }

    fn unreachable(&self, why: &dyn std::fmt::Display) -> LineError {
        LineError::Unreachable { base: self.base.clone(), why: why.to_string() }
    }
}
