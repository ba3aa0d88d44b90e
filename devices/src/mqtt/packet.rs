//! What a device may say, read from a frame.

use super::fields::Fields;
use super::{Frame, FrameError};

/// The first frame of a connection.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Greeting {
    /// MQTT 3.1.1.
    Ours(Connect),
    /// Another version of the protocol, by its level.
    OtherVersion(u8),
}

/// Who wants to come in.
#[derive(PartialEq, Eq)]
pub(crate) struct Connect {
    pub(crate) client: String,
    pub(crate) user: Option<String>,
    pub(crate) password: Option<Vec<u8>>,
    /// Seconds; 0 means the device promises nothing.
    pub(crate) keep_alive: u16,
    /// Whether it left a last will.
    pub(crate) will: bool,
}

impl std::fmt::Debug for Connect {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connect").field("client", &self.client).finish_non_exhaustive()
    }
}

/// A frame after the greeting. Everything QoS 2 needs is malformed here: the gate has no use for it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Packet {
    Publish { topic: String, qos: u8, retain: bool, payload: Vec<u8> },
    PublishAnswer,
    Subscribe { number: u16, filters: Vec<(String, u8)> },
    SubscribeAnswer { number: u16, codes: Vec<u8> },
    Unsubscribe { filters: Vec<String> },
    UnsubscribeAnswer,
    Ping,
    Pong,
    Disconnect,
}

const LEVEL: u8 = 4;

impl Greeting {
    pub(crate) fn read(frame: &Frame) -> Result<Self, FrameError> {
        if (frame.kind(), frame.flags()) != (1, 0) {
            return Err(FrameError::Malformed("the first frame is not a CONNECT"));
        }
        let mut fields = Fields(frame.body());
        if fields.text()? != "MQTT" {
            return Err(FrameError::Malformed("it does not speak MQTT"));
        }
        match fields.u8()? {
            LEVEL => Connect::read(fields).map(Self::Ours),
            other => Ok(Self::OtherVersion(other)),
        }
    }
}

impl Connect {
    fn read(mut fields: Fields<'_>) -> Result<Self, FrameError> {
        let flags = fields.u8()?;
        let flag = |bit: u8| flags & (1 << bit) != 0;
        let (will, has_password, has_user) = (flag(2), flag(6), flag(7));
        if flag(0) || (!will && flags & 0b0011_1000 != 0) || flags & 0b0001_1000 == 0b0001_1000 {
            return Err(FrameError::Malformed("its connect flags contradict"));
        }
        if has_password && !has_user {
            return Err(FrameError::Malformed("it has a password without a name"));
        }
        let keep_alive = fields.u16()?;
        let client = fields.text()?.to_owned();
        if will {
            fields.text()?;
            fields.bytes()?;
        }
        let user = has_user.then(|| fields.text().map(str::to_owned)).transpose()?;
        let password = has_password.then(|| fields.bytes().map(<[u8]>::to_vec)).transpose()?;
        fields.end()?;
        Ok(Self { client, user, password, keep_alive, will })
    }
}

impl Packet {
    pub(crate) fn read(frame: &Frame) -> Result<Self, FrameError> {
        let fields = Fields(frame.body());
        match (frame.kind(), frame.flags()) {
            (3, flags) => Self::publish(flags, fields),
            (4, 0) => Self::answer(fields, Self::PublishAnswer),
            (8, 2) => Self::subscribe(fields),
            (9, 0) => Self::subscribe_answer(fields),
            (10, 2) => Self::unsubscribe(fields),
            (11, 0) => Self::answer(fields, Self::UnsubscribeAnswer),
            (12, 0) => fields.end().map(|()| Self::Ping),
            (13, 0) => fields.end().map(|()| Self::Pong),
            (14, 0) => fields.end().map(|()| Self::Disconnect),
            (1, _) => Err(FrameError::Malformed("it is a second CONNECT")),
            _ => Err(FrameError::Malformed("its kind or flags are not used here")),
        }
    }

    fn publish(flags: u8, mut fields: Fields<'_>) -> Result<Self, FrameError> {
        let (qos, retain) = ((flags >> 1) & 3, flags & 1 != 0);
        let topic = fields.text()?.to_owned();
        match qos {
            0 => {}
            1 => drop(fields.number()?),
            _ => return Err(FrameError::Malformed("it asks for QoS 2")),
        }
        Ok(Self::Publish { topic, qos, retain, payload: fields.rest().to_vec() })
    }

    fn subscribe(mut fields: Fields<'_>) -> Result<Self, FrameError> {
        let number = fields.number()?;
        let mut filters = Vec::new();
        while !fields.is_empty() {
            let filter = fields.text()?.to_owned();
            match fields.u8()? {
                qos @ 0..=2 => filters.push((filter, qos)),
                _ => return Err(FrameError::Malformed("it asks for an unknown QoS")),
            }
        }
        Self::some(&filters)?;
        Ok(Self::Subscribe { number, filters })
    }

    fn subscribe_answer(mut fields: Fields<'_>) -> Result<Self, FrameError> {
        let number = fields.number()?;
        Ok(Self::SubscribeAnswer { number, codes: fields.rest().to_vec() })
    }

    fn unsubscribe(mut fields: Fields<'_>) -> Result<Self, FrameError> {
        fields.number()?;
        let mut filters = Vec::new();
        while !fields.is_empty() {
            filters.push(fields.text()?.to_owned());
        }
        Self::some(&filters)?;
        Ok(Self::Unsubscribe { filters })
    }

    fn answer(mut fields: Fields<'_>, packet: Self) -> Result<Self, FrameError> {
        fields.number()?;
        fields.end().map(|()| packet)
    }

    fn some<T>(filters: &[T]) -> Result<(), FrameError> {
        if filters.is_empty() { Err(FrameError::Malformed("it names no topic")) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::encode;
    use super::*;

    fn greeting(body: &[u8]) -> Result<Greeting, FrameError> {
        Greeting::read(&Frame::build(0x10, body))
    }

    #[test]
    fn a_greeting_is_read_with_all_its_parts() {
        let frame = encode::connect("desk-1", "desk-1", "secret", 30);
        let Ok(Greeting::Ours(connect)) = Greeting::read(&frame) else { panic!("read") };
        assert_eq!((connect.client.as_str(), connect.keep_alive, connect.will), ("desk-1", 30, false));
        assert_eq!(connect.user.as_deref(), Some("desk-1"));
        assert_eq!(connect.password.as_deref(), Some(&b"secret"[..]));
    }

    #[test]
    fn another_version_is_told_apart_without_reading_further() {
        assert_eq!(greeting(b"\x00\x04MQTT\x05\xff\xff\xff").expect("read"), Greeting::OtherVersion(5));
        assert!(greeting(b"\x00\x06MQIsdp\x03\x02\x00\x3c\x00\x01a").is_err());
    }

    #[test]
    fn contradictions_bad_text_and_bytes_left_over_are_malformed() {
        assert!(greeting(b"\x00\x04MQTT\x04\x03\x00\x3c\x00\x01a").is_err(), "reserved flag");
        assert!(greeting(b"\x00\x04MQTT\x04\x42\x00\x3c\x00\x01a\x00\x01p").is_err(), "password without a name");
        assert!(greeting(b"\x00\x04MQTT\x04\x02\x00\x3c\x00\x01\xff").is_err(), "not UTF-8");
        assert!(greeting(b"\x00\x04MQTT\x04\x02\x00\x3c\x00\x01\x00").is_err(), "a NUL");
        assert!(greeting(b"\x00\x04MQTT\x04\x02\x00\x3c\x00\x01ab").is_err(), "left over");
        assert!(greeting(b"\x00\x04MQTT\x04\x02\x00\x3c\x00\x09a").is_err(), "cut short");
    }

    #[test]
    fn quality_two_is_not_spoken_here() {
        assert!(Packet::read(&Frame::build(0x34, b"\x00\x01t\x00\x01x")).is_err());
        assert!(Packet::read(&Frame::build(0x62, b"\x00\x01")).is_err());
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(first: u8, body in proptest::collection::vec(any::<u8>(), 0..300)) {
            let frame = Frame::build(first, &body);
            let _ = Packet::read(&frame);
            let _ = Greeting::read(&frame);
        }

        #[test]
        fn what_is_published_is_read_back(topic in "[a-z/]{1,40}", payload in proptest::collection::vec(any::<u8>(), 0..300)) {
            let read = Packet::read(&encode::publish(&topic, &payload)).expect("well-formed");
            prop_assert_eq!(read, Packet::Publish { topic, qos: 0, retain: false, payload });
        }
    }
}
