//! One connection from its first byte to its last.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::Hall;
use super::places::Place;
use super::prompt::Prompt;
use super::registry::{Admitted, Leave};
use super::relay::{self, End};
use super::session::Session;
use crate::broker::{USER, Upstream};
use crate::mqtt::{self, Connect, Frame, FrameError, Greeting};
use crate::values::Sensed;

/// From the first byte to a whole CONNECT.
const GREETING: Duration = Duration::from_secs(5);

/// A frame to a device or to the broker; who does not read for so long is dropped.
pub(super) const WRITE: Duration = Duration::from_secs(5);

/// The broker's welcome on loopback.
const UPSTREAM: Duration = Duration::from_secs(2);

/// The broker never hears of a device's keep-alive: the gate keeps it.
const UPSTREAM_KEEP_ALIVE: u16 = u16::MAX;

/// How long a device may be silent that promised nothing, or too much.
const LONGEST_SILENCE: Duration = Duration::from_secs(180);

/// Refusals of MQTT 3.1.1.
const WRONG_VERSION: u8 = 1;
const BROKER_AWAY: u8 = 3;
const NOT_ALLOWED: u8 = 5;

/// Serves one connection; whatever it does ends here and is only logged.
pub(super) async fn serve(mut stream: impl AsyncRead + AsyncWrite + Unpin, mut place: Place, hall: Arc<Hall>) {
    let connect = match greet(&mut stream).await {
        Ok(Some(connect)) => connect,
        Ok(None) => return,
        Err(error) => return tracing::debug!(%error, "closed before its greeting"),
    };
    let Some(mut admitted) = hall.registry.admit(&connect) else {
        tracing::warn!("refused a desk device: unknown, wrong secret, or with a last will");
        return say(&mut stream, mqtt::refused(NOT_ALLOWED)).await;
    };
    place.proven();
    let end = stay(stream, &connect, &mut admitted, &hall).await;
    leave(&admitted, end, &hall).await;
}

/// Reads the greeting; answers `None` when the peer speaks another version and was told so.
async fn greet(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> Result<Option<Connect>, FrameError> {
    let slow = |_| FrameError::Malformed("it did not come in time");
    let frame = timeout(GREETING, mqtt::read(stream)).await.map_err(slow)??;
    match Greeting::read(&frame)? {
        Greeting::Ours(connect) => return Ok(Some(connect)),
        Greeting::OtherVersion(5) => say(stream, mqtt::refused_v5()).await,
        Greeting::OtherVersion(_) => say(stream, mqtt::refused(WRONG_VERSION)).await,
    }
    Ok(None)
}

/// From the permit to the end of the connection.
async fn stay(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    connect: &Connect,
    admitted: &mut Admitted,
    hall: &Hall,
) -> End {
    let mut open = hall.upstream.clone();
    let upstream = open.borrow_and_update().clone();
    let broker = match timeout(UPSTREAM, enter_broker(upstream, admitted)).await {
        Ok(Ok(broker)) => broker,
        Ok(Err(_)) | Err(_) => {
            say(&mut stream, mqtt::refused(BROKER_AWAY)).await;
            return End::NoBroker;
        }
    };
    say(&mut stream, mqtt::accepted()).await;
    tracing::info!(desk = admitted.desk.0, "a desk device is here");
    // The office is gone only when the whole room stops.
    let _ = hall.sensed.send(Sensed::DeskSeen { desk: admitted.desk.clone(), online: true }).await;
    let session = Session::new(&admitted.desk);
    tokio::select! {
        end = relay::run(stream, broker, session, silence(connect.keep_alive)) => end,
        // Nobody listens there any more: the device comes again and repeats what was not answered.
        _ = open.changed() => End::Unheard,
        leave = &mut admitted.leave => match leave {
            Ok(Leave::Replaced) | Err(_) => End::Replaced,
            Ok(Leave::Revoked) => End::Revoked,
        },
    }
}

/// A connection of its own at the broker, by a name no other connection ever had: rumqttd fails when
/// one name comes twice.
async fn enter_broker(upstream: Option<Upstream>, admitted: &Admitted) -> Result<Prompt, FrameError> {
    let upstream = upstream.ok_or(FrameError::Malformed("there is no broker"))?;
    let mut stream = Prompt::new(TcpStream::connect(upstream.address).await?);
    let name = format!("{}.{}", admitted.desk.0, admitted.visit);
    let greeting = mqtt::connect(&name, USER, &upstream.password, UPSTREAM_KEEP_ALIVE);
    stream.write_all(&greeting.into_bytes()).await?;
    if mqtt::read(&mut stream).await? == mqtt::accepted() {
        Ok(stream)
    } else {
        Err(FrameError::Malformed("the broker refused us"))
    }
}

/// Tells the office that the desk is away, unless a newer connection of it is here.
async fn leave(admitted: &Admitted, end: End, hall: &Hall) {
    let was_last = hall.registry.left(admitted);
    tracing::info!(desk = admitted.desk.0, %end, "a desk device left");
    let gone = was_last || matches!(end, End::Revoked);
    if gone && !matches!(end, End::NoBroker) {
        let _ = hall.sensed.send(Sensed::DeskSeen { desk: admitted.desk.clone(), online: false }).await;
    }
}

/// One and a half times the promise, as the standard says.
fn silence(keep_alive: u16) -> Duration {
    match keep_alive {
        0 => LONGEST_SILENCE,
        seconds => (Duration::from_secs(u64::from(seconds)) * 3 / 2).min(LONGEST_SILENCE),
    }
}

/// Writes one frame; a peer that does not take it is closed by what follows.
async fn say(stream: &mut (impl AsyncWrite + Unpin), frame: Frame) {
    let _ = timeout(WRITE, stream.write_all(&frame.into_bytes())).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_is_one_and_a_half_keep_alives_and_never_endless() {
        assert_eq!(silence(10), Duration::from_secs(15));
        assert_eq!(silence(0), LONGEST_SILENCE);
        assert_eq!(silence(u16::MAX), LONGEST_SILENCE);
    }
}
