//! The far end of the line: boxes enrol here and exchange entries.
//!
//! ```text
//!   box ═ POST /sync/v1/enrol ════► enrol: one-time code ─► key, incarnation, nonce, a PIN block
//!   box ═ POST /sync/v1/rejoin ═══► rejoin: after a restore both ends tell all they know
//!   box ═ POST /sync/v1/exchange ═► exchange: signature ─► entries applied with the cursor ─► reply
//!                                                 └─► hall: what happened to our bookings
//!   box ═ GET /sync/v1/hello ═════► nonces: what the next line is signed with
//!   box ═ GET /sync/v1/poke ══════► poke: signature ─► a stream that says "there is something"
//! ```
//!
//! What must always hold: a request is applied whole or not at all; every refusal is typed and
//! signed; nothing personal is ever written to the log of entries. What may not be used here:
//! pages, mails, contacts.

mod agreement;
mod desk;
mod enrol;
mod exchange;
mod hall;
pub(crate) mod nonces;
pub(crate) mod poke;
mod rejoin;

use std::sync::Arc;

use names::{OfficeId, Side};
use protocol::exchange::{
    Answer, EnrolAnswer, Hello, MAX_BODY_BYTES, NONCE_HEADER, NodeSigner, PROTOCOL, Refusal, RejoinAnswer,
    SIGNATURE_HEADER, Sealed, poke_target,
};
use warp::Reply;
use warp::http::{Response, StatusCode};
use warp::hyper::body::Bytes;
use warp::{Filter, Rejection};

pub(crate) use desk::{nobody, row_of};
pub(crate) use enrol::new_code;
#[cfg(test)]
pub(crate) use exchange::exchange as answer_box;
pub(crate) use exchange::take_in;
use nonces::Nonces;
use poke::Streams;

use crate::citizen::Trouble;
use crate::clock;
use crate::core::Core;

/// Bytes of an enrolment request: a code, an office, a key.
const MAX_ENROL_BYTES: u64 = 4 * 1024;

/// The routes of the exchange.
pub(crate) fn routes(
    core: Arc<Core>,
    signer: Arc<NodeSigner>,
) -> impl Filter<Extract = (impl warp::Reply,), Error = Rejection> + Clone + Send + Sync + 'static {
    let nonces = Arc::new(Nonces::of(&signer));
    let poke = poke_route(Arc::clone(&core), Arc::clone(&nonces));
    let hello = warp::path!("sync" / "v1" / "hello").and(warp::get()).map(move || hello(&nonces));
    let far = Far { core, signer };
    let enrol = signed_post("enrol", MAX_ENROL_BYTES, far.clone(), take_enrol);
    let exchange = signed_post("exchange", MAX_BODY_BYTES as u64, far.clone(), take_exchange);
    let rejoin = signed_post("rejoin", MAX_BODY_BYTES as u64, far, take_rejoin);
    hello.or(enrol).unify().or(exchange).unify().or(rejoin).unify().recover(too_large).or(poke)
}

/// What the signed messages are answered with.
#[derive(Clone)]
struct Far {
    core: Arc<Core>,
    /// For answers about no office of ours.
    signer: Arc<NodeSigner>,
}

/// The route of one kind of signed message.
fn signed_post<F, A>(
    name: &'static str,
    most: u64,
    far: Far,
    take: F,
) -> impl Filter<Extract = (Response<Vec<u8>>,), Error = Rejection> + Clone + Send + Sync + 'static
where
    F: Fn(Far, Sealed) -> A + Clone + Send + Sync + 'static,
    A: Future<Output = Response<Vec<u8>>> + Send,
{
    warp::path("sync")
        .and(warp::path("v1"))
        .and(warp::path(name))
        .and(warp::path::end())
        .and(warp::post())
        .and(warp::body::content_length_limit(most))
        .and(warp::header::optional(NONCE_HEADER))
        .and(warp::header::optional(SIGNATURE_HEADER))
        .and(warp::body::bytes())
        .then(move |nonce: Option<String>, signature: Option<String>, body: Bytes| {
            let (take, far) = (take.clone(), far.clone());
            async move {
                let nonce = nonce.and_then(|text| text.parse().ok());
                let (Some(nonce), Some(signature)) = (nonce, signature) else {
                    return json(status_of(&Refusal::Malformed), &Refusal::Malformed);
                };
                take(far, Sealed { nonce, signature, body: body.to_vec() }).await
            }
        })
}

fn poke_route(
    core: Arc<Core>,
    nonces: Arc<Nonces>,
) -> impl Filter<Extract = (impl Reply,), Error = Rejection> + Clone + Send + Sync + 'static {
    let streams = Streams::default();
    warp::path!("sync" / "v1" / "poke")
        .and(warp::get())
        .and(warp::query())
        .and(warp::header::optional(NONCE_HEADER))
        .and(warp::header::optional(SIGNATURE_HEADER))
        .then(move |asked: Asked, nonce: Option<String>, signature: Option<String>| {
            take_poke(Arc::clone(&core), Arc::clone(&nonces), streams.clone(), asked, (nonce, signature))
        })
}

/// Whose poke.
#[derive(serde::Deserialize)]
struct Asked {
    #[serde(default)]
    office: String,
}

/// A body past its limit is told so; whatever else is no request of a box is left to the pages.
async fn too_large(rejection: Rejection) -> Result<Response<Vec<u8>>, Rejection> {
    if rejection.find::<warp::reject::PayloadTooLarge>().is_some() {
        Ok(json(status_of(&Refusal::TooLarge), &Refusal::TooLarge))
    } else if rejection.find::<warp::reject::LengthRequired>().is_some() {
        Ok(json(StatusCode::LENGTH_REQUIRED, &Refusal::Malformed))
    } else {
        Err(rejection)
    }
}

fn hello(nonces: &Nonces) -> Response<Vec<u8>> {
    let time = clock::now();
    json(StatusCode::OK, &Hello { protocol: PROTOCOL, time, nonce: nonces.at(time) })
}

async fn take_poke(
    core: Arc<Core>,
    nonces: Arc<Nonces>,
    streams: Streams,
    asked: Asked,
    (nonce, signature): (Option<String>, Option<String>),
) -> warp::reply::Response {
    let nonce = nonce.and_then(|text| text.parse().ok());
    let (Ok(office), Some(nonce), Some(signature)) = (asked.office.parse(), nonce, signature) else {
        return json(status_of(&Refusal::Malformed), &Refusal::Malformed).into_response();
    };
    let body = poke_target(&office).into_bytes();
    let sealed = Sealed { nonce, signature, body };
    match poke::open(&core, &nonces, &streams, (office, sealed), clock::now()).await {
        Ok(Some(told)) => poke::reply(told),
        Ok(None) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Err(NotDone::Refused(refusal)) => {
            tracing::warn!(%refusal, "a poke was not opened");
            json(status_of(&refusal), &refusal).into_response()
        }
        Err(NotDone::Trouble(error)) => trouble(error).into_response(),
    }
}

async fn take_enrol(far: Far, sealed: Sealed) -> Response<Vec<u8>> {
    let outcome = match store::exchange::open_enrol(&sealed) {
        Ok(request) => enrol::enrol(&far.core, request, clock::now()).await,
        Err(refusal) => Err(refusal.into()),
    };
    let office = store::exchange::office_of(&sealed);
    let outcome = outcome.map(|reply| EnrolAnswer::Enrolled(Box::new(reply)));
    far.answer(&sealed, office, outcome, EnrolAnswer::Refused).await
}

async fn take_exchange(far: Far, sealed: Sealed) -> Response<Vec<u8>> {
    let outcome = exchange::exchange(&far.core, sealed.clone(), clock::now()).await;
    let office = office(&sealed, outcome.as_ref().map(|reply| &reply.office));
    far.answer(&sealed, office, outcome.map(|reply| Answer::Reply(Box::new(reply))), Answer::Refused).await
}

async fn take_rejoin(far: Far, sealed: Sealed) -> Response<Vec<u8>> {
    let outcome = rejoin::rejoin(&far.core, sealed.clone(), clock::now()).await;
    let office = office(&sealed, outcome.as_ref().map(|told| &told.office));
    let outcome = outcome.map(|told| RejoinAnswer::Rejoined(Box::new(told)));
    far.answer(&sealed, office, outcome, RejoinAnswer::Refused).await
}

/// The office a message is about: said by the answer, or looked for in the message.
fn office(asked: &Sealed, answered: Result<&OfficeId, &NotDone>) -> Option<OfficeId> {
    answered.map_or_else(|_not_done| store::exchange::office_of(asked), |office| Some(office.clone()))
}

impl Far {
    /// Signs what came out; a refusal is heeded first, because it may say something about us.
    async fn answer<A: serde::Serialize>(
        &self,
        asked: &Sealed,
        office: Option<OfficeId>,
        outcome: Result<A, NotDone>,
        refused: fn(Refusal) -> A,
    ) -> Response<Vec<u8>> {
        let (status, answer) = match outcome {
            Ok(answer) => (StatusCode::OK, answer),
            Err(NotDone::Refused(refusal)) => {
                tracing::warn!(office = office.as_ref().map(OfficeId::as_str), %refusal, "a box was refused");
                if let Some(Err(error)) = self.heed(office.clone(), refusal.clone()).await {
                    return trouble(error);
                }
                (status_of(&refusal), refused(refusal))
            }
            Err(NotDone::Trouble(error)) => return trouble(error),
        };
        let signer = match self.signer(office).await {
            Ok(signer) => signer,
            Err(error) => return trouble(error),
        };
        match protocol::exchange::seal(&signer, asked.nonce, &answer) {
            Ok(sealed) => signed(status, sealed),
            Err(refusal) => json(status_of(&refusal), &refusal),
        }
    }

    async fn heed(&self, office: Option<OfficeId>, refusal: Refusal) -> Option<Result<(), Trouble>> {
        let office = office.filter(|office| self.core.office(office).is_ok())?;
        let heeded = self.core.db.write(move |tx| store::rejoin::heed(tx, &office, Side::Booking, &refusal)).await;
        Some(heeded.map(drop).map_err(Trouble::from))
    }

    async fn signer(&self, office: Option<OfficeId>) -> Result<Arc<NodeSigner>, Trouble> {
        match office {
            Some(office) if self.core.office(&office).is_ok() => {
                Ok(Arc::new(self.core.db.read(move |tx| store::keys::signer(tx, &office)).await?))
            }
            Some(_) | None => Ok(Arc::clone(&self.signer)),
        }
    }
}

/// Why a box got no answer: a typed no, or our own trouble.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotDone {
    /// Told to the box as it is.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Told to our log only.
    #[error(transparent)]
    Trouble(#[from] Trouble),
}

impl From<store::StoreError> for NotDone {
    fn from(error: store::StoreError) -> Self {
        Self::Trouble(error.into())
    }
}

impl From<store::rusqlite::Error> for NotDone {
    fn from(error: store::rusqlite::Error) -> Self {
        Self::Trouble(error.into())
    }
}

impl From<store::ExchangeError> for NotDone {
    fn from(error: store::ExchangeError) -> Self {
        match error {
            store::ExchangeError::Refused(refusal) => Self::Refused(refusal),
            store::ExchangeError::Store(error) => error.into(),
        }
    }
}

fn status_of(refusal: &Refusal) -> StatusCode {
    StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::BAD_REQUEST)
}

fn signed(status: StatusCode, sealed: Sealed) -> Response<Vec<u8>> {
    let mut response = Response::new(sealed.body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    let pairs = [(NONCE_HEADER, sealed.nonce.to_string()), (SIGNATURE_HEADER, sealed.signature)];
    for (name, value) in pairs {
        // Hexadecimal digits are always a good header.
        if let Ok(value) = value.parse() {
            headers.insert(name, value);
        }
    }
    headers.insert("content-type", warp::http::HeaderValue::from_static("application/zstd"));
    response
}

fn json(status: StatusCode, message: &impl serde::Serialize) -> Response<Vec<u8>> {
    let mut response = Response::new(serde_json::to_vec(message).unwrap_or_default());
    *response.status_mut() = status;
    response.headers_mut().insert("content-type", warp::http::HeaderValue::from_static("application/json"));
    response
}

fn trouble(error: Trouble) -> Response<Vec<u8>> {
    tracing::error!(error = %anyhow::Error::from(error), "failed to answer a box");
    json(StatusCode::INTERNAL_SERVER_ERROR, &serde_json::json!({ "trouble": "try again later" }))
}
