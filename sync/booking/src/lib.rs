//! The booking server: offices, citizens, mails, the far end of the line.
//!
//! ```text
//!   browser ─► server ─► pages ─► citizen ─► seats      offices ◄─ office files
//!                │                   │ └──► outbox ─► post ─► mail server
//!                │                   └────► journal (booked, cancelled)
//!   box ═══════► └─► downlink ═════════════════┘        care: lapse, mint, erase
//! ```
//!
//! What must always hold: a booking is final the moment it is confirmed, because only this side
//! sells the seats it holds; a mail is queued in the transaction of the fact it tells about;
//! personal data is in one table, erasable, and never in an entry or a log. What may not be used
//! here: anything of the box's rooms (`tests/tidy`); the time outside `clock`.

mod alarms;
mod care;
pub mod citizen;
pub mod clock;
pub mod config;
pub mod control;
mod core;
mod downlink;
mod health;
pub mod holidays;
pub mod office_file;
mod offices;
pub mod pages;
pub mod post;
mod rebuild;
mod recovery;
pub mod restore;
mod sealing;
mod seats;
pub mod secret;
mod server;
mod status;
#[cfg(test)]
mod tests;

use std::future::Future;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use jiff::Timestamp;
use protocol::exchange::NodeSigner;
use store::{Opened, StoreError};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use warp::Filter;

use crate::alarms::Alarms;
use crate::citizen::{Citizen, Trouble};
use crate::config::Config;
use crate::core::Core;
use crate::post::{Mailer, Post};
use crate::server::Patience;

/// The tables, in the order they grew.
const MIGRATIONS: &[&str] = &[include_str!("migrations/0001-booking.sql")];

/// How long a stop waits for the second journal.
const LAST_SYNC: Duration = Duration::from_secs(1);

/// Runs the booking server until `shutdown` is ready; then everything ends within two seconds.
/// While it listens, `DATA/ready.json` tells where.
///
/// # Errors
/// A configuration or office file with a mistake, data in use by another process, or an
/// address that cannot be listened on. Nothing was sent or changed for a citizen then.
pub async fn run(config: Config, shutdown: impl Future<Output = ()>) -> anyhow::Result<()> {
    let ready = prepare_data(&config.data)?;
    let now = clock::now();
    let mailer = Mailer::new(&config.smtp)?;
    let (core, signer) = open(&config, now).await?;
    // Only now it is sure that no other server runs on this data.
    remove(&ready)?;
    let control = control::listen(&config.data)?;
    let listener =
        TcpListener::bind(config.listen).await.with_context(|| format!("failed to listen on {}", config.listen))?;
    let site = listener.local_addr().context("failed to learn the own address")?;

    let (stop, stopped) = watch::channel(false);
    let post = Post::new(Arc::clone(&core), mailer.clone(), config.smtp.from.clone(), Arc::new(clock::now));
    let alarms = Alarms::new(Arc::clone(&core), mailer.clone(), config.smtp.from.clone(), config.operator.clone(), now);
    let watcher = offices::Watcher::new(config.offices.clone());
    let routes = routes(&core, signer, &config);
    let background = async {
        tokio::join!(
            post.run(),
            alarms.run(clock::now),
            care::run(Arc::clone(&core), watcher, config.backups.clone(), hangups()),
            control::serve(control, Arc::clone(&core))
        )
    };
    let serving = server::serve(listener, routes, Patience::default(), stopped);
    write_ready(&ready, site)?;
    tracing::info!(%site, "the booking server is ready");
    tokio::pin!(serving);
    tokio::select! {
        () = shutdown => {}
        () = &mut serving => {}
        _never = background => {}
    }
    stop.send_replace(true);
    serving.await;
    // What is on its way to the second journal gets there; a hanging disk does not hold the stop up.
    let last = core.db.clone();
    let _state = tokio::task::spawn_blocking(move || last.flush_second(LAST_SYNC)).await;
    remove(&ready)?;
    remove(&control::path(&config.data))?;
    tracing::info!("the booking server has stopped");
    Ok(())
}

async fn open(config: &Config, now: Timestamp) -> anyhow::Result<(Arc<Core>, Arc<NodeSigner>)> {
    let files = offices::read_all(&config.offices, &config.public_url, now)?;
    for folder in config.backups.iter().chain(&config.second_journal) {
        prepare_data(folder)?;
    }
    let (db, opened) = restore::open(&config.data, config.second_journal.as_deref())?;
    if opened != Opened::Normal {
        tracing::warn!("the data is an older copy: finding out what was lost");
    }
    let recovery_key = config.recovery_key.clone();
    let offices = db
        .write(move |tx| {
            recovery::set_key(tx, recovery_key.as_ref())?;
            let offices = offices::open_all(tx, files, now)?;
            restore::recover(tx, &offices, now)?;
            Ok::<_, Trouble>(offices)
        })
        .await
        .map_err(anyhow::Error::from)?;
    let signer = db.write::<_, StoreError>(store::keys::node_signer).await?;
    let mail_host = config.smtp.from.email.domain().to_owned();
    let core = Arc::new(Core::new(db, config.public_url.clone(), mail_host, offices));
    // A backup may hold what was erased since: nobody is served before it is erased again.
    care::erase(&core, now).await?;
    Ok((core, Arc::new(signer)))
}

fn routes(
    core: &Arc<Core>,
    signer: Arc<NodeSigner>,
    config: &Config,
) -> impl Filter<Extract = (impl warp::Reply,), Error = warp::Rejection> + Clone + Send + Sync + 'static {
    let downlink = downlink::routes(Arc::clone(core), signer);
    let pages = pages::routes(Citizen::new(Arc::clone(core)), &config.public_url, Arc::new(clock::now));
    let framed_by = config.frame_ancestors.clone();
    downlink.or(pages).map(move |reply| framed(reply, framed_by.as_deref()))
}

/// Lets the pages of one address frame ours; without one the policy stays as the pages wrote it.
fn framed(reply: impl warp::Reply, by: Option<&str>) -> warp::reply::Response {
    let mut response = reply.into_response();
    let Some(by) = by else { return response };
    let name = warp::http::header::CONTENT_SECURITY_POLICY;
    let policy = response.headers().get(&name).and_then(|policy| policy.to_str().ok());
    let opened = policy.map(|policy| policy.replace("frame-ancestors 'none'", &format!("frame-ancestors {by}")));
    if let Some(Ok(opened)) = opened.map(|policy| policy.parse()) {
        response.headers_mut().insert(name, opened);
    }
    response
}

/// Makes the folder, for the own user only; answers where the ready file goes.
fn prepare_data(data: &Path) -> anyhow::Result<PathBuf> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(data)
        .with_context(|| format!("failed to make the data folder {}", data.display()))?;
    Ok(data.join("ready.json"))
}

/// Written beside and renamed, so that nobody reads half of it.
fn write_ready(ready: &Path, site: SocketAddr) -> anyhow::Result<()> {
    let text = serde_json::json!({ "site": site.to_string(), "pid": std::process::id() }).to_string();
    let beside = ready.with_extension("json.new");
    std::fs::write(&beside, text)
        .and_then(|()| std::fs::rename(&beside, ready))
        .with_context(|| format!("failed to write {}", ready.display()))
}

fn remove(path: &Path) -> anyhow::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("failed to remove {}", path.display()))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// SIGHUP: read the office files again, now.
fn hangups() -> mpsc::Receiver<()> {
    let (asked, hangups) = mpsc::channel(1);
    match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup()) {
        Ok(mut signal) => {
            tokio::spawn(async move {
                while signal.recv().await.is_some() {
                    // One that already waits is enough.
                    let _full = asked.try_send(());
                    if asked.is_closed() {
                        return;
                    }
                }
            });
        }
        Err(error) => tracing::warn!(%error, "SIGHUP is not heard; changed office files are read anyway"),
    }
    hangups
}
