//! One code per person, from mail to screen.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{BadPin, Pin, TicketNumber};

/// What a person holds and is called by: a Termin-PIN or a ticket number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Code {
    /// The PIN of an appointment.
    Pin(Pin),
    /// The number of a ticket.
    Ticket(TicketNumber),
}

impl Code {
    /// The two groups as they are shown on every screen: `("482", "917")` or `("A", "042")`.
    #[must_use]
    pub fn groups(self) -> (String, String) {
        match self {
            Self::Pin(pin) => {
                let (first, second) = pin.groups();
                (format!("{first:03}"), format!("{second:03}"))
            }
            Self::Ticket(ticket) => (ticket.letter().to_string(), format!("{:03}", ticket.number())),
        }
    }
}

impl FromStr for Code {
    type Err = BadCode;

    fn from_str(text: &str) -> Result<Self, BadCode> {
        match text.trim().chars().next() {
            Some(c) if c.is_ascii_digit() => Ok(Self::Pin(text.parse()?)),
            _ => text.parse().map(Self::Ticket).map_err(|_not_a_ticket| BadCode::Form),
        }
    }
}

impl TryFrom<String> for Code {
    type Error = BadCode;

    fn try_from(text: String) -> Result<Self, BadCode> {
        text.parse()
    }
}

impl From<Code> for String {
    fn from(code: Code) -> Self {
        match code {
            Code::Pin(pin) => pin.into(),
            Code::Ticket(ticket) => ticket.into(),
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pin(pin) => pin.fmt(f),
            Self::Ticket(ticket) => ticket.fmt(f),
        }
    }
}

/// Text that is no code of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadCode {
    /// Neither a PIN nor a ticket number.
    #[error("not a PIN and not a ticket number")]
    Form,
    /// A mistyped PIN.
    #[error("the check digit does not fit")]
    CheckDigit,
}

impl From<BadPin> for BadCode {
    fn from(bad: BadPin) -> Self {
        match bad {
            BadPin::Form => Self::Form,
            BadPin::CheckDigit => Self::CheckDigit,
        }
    }
}
