//! Why an exchange was not taken. Every refusal leaves both stores as they were.

use names::{Incarnation, Side};
use serde::{Deserialize, Serialize};

use super::message::Nonce;

/// A typed no; travels as the JSON body of the answer, signed like a reply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "refusal", rename_all = "kebab-case")]
pub enum Refusal {
    /// The office is not served here, or an entry belongs to another one.
    #[error("this office is not served here")]
    UnknownOffice,
    /// No box is enrolled for this office, or the box has not enrolled yet.
    #[error("not enrolled: enrol the box with a one-time code first")]
    NotEnrolled,
    /// Another box is enrolled for this office.
    #[error("another box is enrolled for this office")]
    AlreadyEnrolled,
    /// Another box took this one's place, or it signs with a key that it gave up itself.
    #[error("another box took this one's place in the office: get a new code to take it back")]
    Replaced,
    /// One end was restored, or cannot be sure of itself: both have to tell all their lives first.
    #[error("both ends have to tell each other all their lives first")]
    Rejoin,
    /// A life of a store that was never told to us.
    #[error("the {side:?} side's store has a life that is not known here")]
    UnknownIncarnation {
        /// Whose store.
        side: Side,
    },
    /// A side knows less of a journal than it once confirmed, or its writer less than the reader:
    /// its store was rolled back.
    #[error("the {side:?} side's store went back to number {has}, it had been at {had}")]
    PeerWentBack {
        /// Whose store.
        side: Side,
        /// What it has now.
        has: u64,
        /// What it had.
        had: u64,
    },
    /// Two stores went on from one life of a side, or a content is not what was committed to. Both
    /// ends freeze: a person has to say which store goes on.
    #[error("the copies of a life of the {side:?} side differ at or before number {number}")]
    Fork {
        /// Whose life.
        side: Side,
        /// Which life.
        incarnation: Incarnation,
        /// The number at which the two were compared.
        number: u64,
    },
    /// Entries are missing before the batch.
    #[error("entry {expected} is missing")]
    Gap {
        /// The number that should have come.
        expected: u64,
    },
    /// Another protocol or schema than we can read.
    #[error("protocol or schema {found} cannot be read here: update the older program")]
    Schema {
        /// What came.
        found: u16,
    },
    /// The signature does not fit the enrolled key.
    #[error("the signature does not fit")]
    BadSignature,
    /// The nonce is not the one that is due; an answer was lost, or somebody repeats old requests.
    #[error("not the nonce that is due: send again with the one given")]
    BadNonce {
        /// The nonce that is due; nothing when the receiver of an answer refuses it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        due: Option<Nonce>,
    },
    /// More bytes or entries than the limits allow.
    #[error("larger than the limits of an exchange")]
    TooLarge,
    /// Not a message of ours at all.
    #[error("not a message of this protocol")]
    Malformed,
}

impl Refusal {
    /// The HTTP status it travels with.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::Malformed => 400,
            Self::BadSignature | Self::BadNonce { .. } => 401,
            Self::NotEnrolled => 403,
            Self::UnknownOffice => 404,
            Self::UnknownIncarnation { .. }
            | Self::AlreadyEnrolled
            | Self::Rejoin
            | Self::PeerWentBack { .. }
            | Self::Fork { .. }
            | Self::Gap { .. } => 409,
            Self::Replaced => 410,
            Self::TooLarge => 413,
            Self::Schema { .. } => 426,
        }
    }

    /// Whether trying again is pointless until a person acted.
    #[must_use]
    pub fn is_permanent(&self) -> bool {
        match self {
            Self::BadNonce { .. }
            | Self::Gap { .. }
            | Self::Malformed
            | Self::Rejoin
            | Self::UnknownIncarnation { .. }
            | Self::PeerWentBack { .. } => false,
            Self::UnknownOffice
            | Self::NotEnrolled
            | Self::AlreadyEnrolled
            | Self::Replaced
            | Self::Fork { .. }
            | Self::Schema { .. }
            | Self::BadSignature
            | Self::TooLarge => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::{Answer, pack, unpack};

    #[test]
    fn every_refusal_travels_whole_and_with_a_status_of_its_kind() {
        let due = Some(Nonce([3; 16]));
        let all = [
            (Refusal::UnknownOffice, 404),
            (Refusal::NotEnrolled, 403),
            (Refusal::AlreadyEnrolled, 409),
            (Refusal::UnknownIncarnation { side: Side::Box }, 409),
            (Refusal::PeerWentBack { side: Side::Booking, has: 1, had: 2 }, 409),
            (Refusal::Fork { side: Side::Box, incarnation: Incarnation::from_bits(1), number: 7 }, 409),
            (Refusal::Rejoin, 409),
            (Refusal::Replaced, 410),
            (Refusal::Gap { expected: 7 }, 409),
            (Refusal::Schema { found: 9 }, 426),
            (Refusal::BadSignature, 401),
            (Refusal::BadNonce { due }, 401),
            (Refusal::BadNonce { due: None }, 401),
            (Refusal::TooLarge, 413),
            (Refusal::Malformed, 400),
        ];
        for (refusal, status) in all {
            assert_eq!(refusal.status(), status, "{refusal}");
            let packed = pack(&refusal).expect("small");
            assert_eq!(unpack::<Answer>(&packed), Ok(Answer::Refused(refusal)));
        }
    }
}
