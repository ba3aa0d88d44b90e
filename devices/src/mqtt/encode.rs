//! What the gate and the probe say.

use super::Frame;

/// A greeting with a clean session and no will.
pub(crate) fn connect(client: &str, user: &str, password: &str, keep_alive: u16) -> Frame {
    const CLEAN_USER_PASSWORD: u8 = 0b1100_0010;
    let mut body = Vec::new();
    put(&mut body, "MQTT");
    body.extend([4, CLEAN_USER_PASSWORD]);
    body.extend(keep_alive.to_be_bytes());
    put(&mut body, client);
    put(&mut body, user);
    put(&mut body, password);
    Frame::build(0x10, &body)
}

/// The welcome; no session is ever kept.
pub(crate) fn accepted() -> Frame {
    Frame::build(0x20, &[0, 0])
}

/// The refusal of MQTT 3.1.1: 1 = version, 3 = broker away, 5 = not allowed.
pub(crate) fn refused(code: u8) -> Frame {
    Frame::build(0x20, &[0, code])
}

/// The refusal a client of MQTT 5 understands: "unsupported protocol version", no properties.
pub(crate) fn refused_v5() -> Frame {
    Frame::build(0x20, &[0, 0x84, 0])
}

/// A publish at QoS 0, not retained.
pub(crate) fn publish(topic: &str, payload: &[u8]) -> Frame {
    let mut body = Vec::new();
    put(&mut body, topic);
    body.extend_from_slice(payload);
    Frame::build(0x30, &body)
}

/// A subscription to several filters.
pub(crate) fn subscribe<'a>(number: u16, filters: impl IntoIterator<Item = (&'a str, u8)>) -> Frame {
    let mut body = number.to_be_bytes().to_vec();
    for (filter, qos) in filters {
        put(&mut body, filter);
        body.push(qos);
    }
    Frame::build(0x82, &body)
}

/// The answer to a subscription: per filter the granted QoS, or 0x80.
pub(crate) fn subscription_answer(number: u16, codes: &[u8]) -> Frame {
    let mut body = number.to_be_bytes().to_vec();
    body.extend_from_slice(codes);
    Frame::build(0x90, &body)
}

/// Text with its length in front. Ours is far below 64 KiB; a longer one would be cut.
fn put(body: &mut Vec<u8>, text: &str) {
    let length = u16::try_from(text.len()).unwrap_or(u16::MAX);
    body.extend(length.to_be_bytes());
    body.extend_from_slice(&text.as_bytes()[..usize::from(length)]);
}
