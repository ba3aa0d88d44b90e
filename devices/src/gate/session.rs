//! What a device that is in may say and hear: pure, frame in, frame out.

use std::collections::BTreeMap;

use crate::mqtt::{self, Frame, FrameError, Packet};
use crate::values::DeskId;

/// Subscriptions of one device the broker has not answered yet; a device has two topics.
const MAX_OPEN_SUBSCRIPTIONS: usize = 8;

/// The answer to a filter that is not the device's own.
const NOT_YOURS: u8 = 0x80;

/// What to do with a frame.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    ToBroker(Frame),
    ToDevice(Frame),
    /// The device said goodbye.
    End,
}

/// Why a connection is closed on the device.
#[derive(Debug, thiserror::Error)]
pub(super) enum Breach {
    #[error(transparent)]
    Frame(#[from] FrameError),
    #[error("failed to publish: the topic is not the device's own")]
    ForeignTopic,
    #[error("failed to publish: a press is never retained and never empty")]
    BadPress,
    #[error("failed to subscribe: more than {MAX_OPEN_SUBSCRIPTIONS} are unanswered")]
    TooMany,
    #[error("failed to understand a frame: it goes the other way")]
    WrongWay,
}

/// One connection after its greeting.
#[derive(Debug)]
pub(super) struct Session {
    press: String,
    readable: [String; 2],
    /// Per subscription the broker has yet to answer: which of its filters were passed on.
    open: BTreeMap<u16, Vec<bool>>,
}

impl Session {
    pub(super) fn new(desk: &DeskId) -> Self {
        let topic = |last: &str| format!("desk/{}/{last}", desk.0);
        Self { press: topic("press"), readable: [topic("state"), topic("ack")], open: BTreeMap::new() }
    }

    pub(super) fn device_says(&mut self, frame: Frame) -> Result<Step, Breach> {
        match Packet::read(&frame)? {
            Packet::Publish { topic, qos: _, retain, payload } => {
                if topic != self.press {
                    return Err(Breach::ForeignTopic);
                }
                if retain || payload.is_empty() {
                    return Err(Breach::BadPress);
                }
                Ok(Step::ToBroker(frame))
            }
            Packet::Subscribe { number, filters } => self.subscribe(number, &filters),
            Packet::Unsubscribe { filters } if filters.iter().all(|f| self.readable.contains(f)) => {
                Ok(Step::ToBroker(frame))
            }
            Packet::PublishAnswer | Packet::Ping => Ok(Step::ToBroker(frame)),
            Packet::Disconnect => Ok(Step::End),
            Packet::Unsubscribe { .. } => Err(Breach::ForeignTopic),
            Packet::SubscribeAnswer { .. } | Packet::UnsubscribeAnswer | Packet::Pong => Err(Breach::WrongWay),
        }
    }

    pub(super) fn broker_says(&mut self, frame: Frame) -> Result<Step, Breach> {
        match Packet::read(&frame)? {
            Packet::SubscribeAnswer { number, codes } => Ok(Step::ToDevice(self.answer(number, &codes))),
            Packet::Publish { .. } | Packet::PublishAnswer | Packet::UnsubscribeAnswer | Packet::Pong => {
                Ok(Step::ToDevice(frame))
            }
            Packet::Disconnect => Ok(Step::End),
            Packet::Subscribe { .. } | Packet::Unsubscribe { .. } | Packet::Ping => Err(Breach::WrongWay),
        }
    }

    /// Passes on the device's own filters only; the others never reach the broker.
    fn subscribe(&mut self, number: u16, filters: &[(String, u8)]) -> Result<Step, Breach> {
        let own: Vec<bool> = filters.iter().map(|(filter, _)| self.readable.contains(filter)).collect();
        if !own.contains(&true) {
            return Ok(Step::ToDevice(mqtt::subscription_answer(number, &vec![NOT_YOURS; own.len()])));
        }
        if self.open.len() >= MAX_OPEN_SUBSCRIPTIONS {
            return Err(Breach::TooMany);
        }
        // At most QoS 1 is granted, whatever was asked.
        let passed = filters.iter().zip(&own).filter(|(_, own)| **own).map(|((f, qos), _)| (f.as_str(), (*qos).min(1)));
        let frame = mqtt::subscribe(number, passed);
        self.open.insert(number, own);
        Ok(Step::ToBroker(frame))
    }

    /// The broker's answer, with a refusal in the place of each filter it never saw.
    fn answer(&mut self, number: u16, codes: &[u8]) -> Frame {
        let own = self.open.remove(&number).unwrap_or_default();
        let mut codes = codes.iter().copied();
        let full: Vec<u8> = own.iter().map(|own| own.then(|| codes.next()).flatten().unwrap_or(NOT_YOURS)).collect();
        mqtt::subscription_answer(number, &full)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn session() -> Session {
        Session::new(&DeskId("me".into()))
    }

    fn publish(first: u8, topic: &str, rest: &[u8]) -> Frame {
        let mut body = (topic.len() as u16).to_be_bytes().to_vec();
        body.extend(topic.bytes());
        body.extend(rest);
        Frame::build(first, &body)
    }

    #[test]
    fn a_press_goes_through_unchanged() {
        for frame in [publish(0x30, "desk/me/press", b"{}"), publish(0x32, "desk/me/press", b"\x00\x07{}")] {
            assert_eq!(session().device_says(frame.clone()).expect("passes"), Step::ToBroker(frame));
        }
    }

    #[test]
    fn a_foreign_a_retained_and_an_empty_press_do_not() {
        let refused = |frame| session().device_says(frame).expect_err("refused");
        for topic in ["desk/you/press", "desk/me/state", "desk/me/press/x", "desk/+/press", "#", ""] {
            assert!(matches!(refused(publish(0x30, topic, b"{}")), Breach::ForeignTopic), "{topic}");
        }
        assert!(matches!(refused(publish(0x31, "desk/me/press", b"{}")), Breach::BadPress));
        assert!(matches!(refused(publish(0x30, "desk/me/press", b"")), Breach::BadPress));
        assert!(matches!(refused(publish(0x34, "desk/me/press", b"\x00\x01{}")), Breach::Frame(_)));
    }

    #[test]
    fn of_a_mixed_subscription_only_the_own_filters_reach_the_broker_and_each_gets_its_answer() {
        let mut session = session();
        let asked = mqtt::subscribe(9, [("desk/me/state", 2), ("#", 0), ("desk/me/ack", 0), ("desk/+/ack", 1)]);
        let passed = mqtt::subscribe(9, [("desk/me/state", 1), ("desk/me/ack", 0)]);
        assert_eq!(session.device_says(asked).expect("passes"), Step::ToBroker(passed));
        let answer = session.broker_says(mqtt::subscription_answer(9, &[1, 0])).expect("passes");
        assert_eq!(answer, Step::ToDevice(mqtt::subscription_answer(9, &[1, 0x80, 0, 0x80])));
    }

    #[test]
    fn a_subscription_to_foreign_topics_alone_is_answered_without_the_broker() {
        for filter in ["#", "desk/#", "desk/+/state", "desk/you/state", "$share/g/desk/me/state", "$SYS/#", ""] {
            let step = session().device_says(mqtt::subscribe(3, [(filter, 1)])).expect("answered");
            assert_eq!(step, Step::ToDevice(mqtt::subscription_answer(3, &[0x80])), "{filter}");
        }
    }

    #[test]
    fn unanswered_subscriptions_have_a_limit() {
        let mut session = session();
        for number in 1..=MAX_OPEN_SUBSCRIPTIONS {
            session.device_says(mqtt::subscribe(number as u16, [("desk/me/ack", 1)])).expect("passes");
        }
        assert!(matches!(session.device_says(mqtt::subscribe(99, [("desk/me/ack", 1)])), Err(Breach::TooMany)));
    }

    fn own<'a>(mut filters: impl Iterator<Item = &'a String>) -> bool {
        filters.all(|filter| filter == "desk/me/state" || filter == "desk/me/ack")
    }

    proptest! {
        /// The wall itself: whatever bytes come, what reaches the broker is on the device's own topics.
        #[test]
        fn nothing_but_the_own_topics_ever_reaches_the_broker(
            first: u8, topic in prop_oneof![Just("desk/me/press".to_owned()), "[a-z/+#$]{0,16}"],
            rest in proptest::collection::vec(any::<u8>(), 0..40),
        ) {
            if let Ok(Step::ToBroker(frame)) = session().device_says(publish(first, &topic, &rest)) {
                let own = match Packet::read(&frame).expect("the gate passes on what it has read") {
                    Packet::Publish { topic, qos, retain, payload } => {
                        topic == "desk/me/press" && qos < 2 && !retain && !payload.is_empty()
                    }
                    Packet::Subscribe { filters, .. } => own(filters.iter().map(|(filter, _)| filter)),
                    Packet::Unsubscribe { filters } => own(filters.iter()),
                    Packet::PublishAnswer | Packet::Ping => true,
                    Packet::SubscribeAnswer { .. } | Packet::UnsubscribeAnswer | Packet::Pong | Packet::Disconnect => false,
                };
                prop_assert!(own);
            }
        }
    }
}
