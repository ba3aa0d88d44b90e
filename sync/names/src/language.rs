//! The language a visitor is served in.

use serde::{Deserialize, Serialize};

/// A language of citizens' pages, mails and announcements. German comes first everywhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Language {
    /// German.
    #[default]
    De,
    /// English.
    En,
}

impl Language {
    /// All languages we have texts for, German first.
    pub const ALL: [Self; 2] = [Self::De, Self::En];

    /// The tag as in the `lang` attribute (BCP 47).
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::De => "de",
            Self::En => "en",
        }
    }

    /// The number that stands in a check-in token.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::De => 0,
            Self::En => 1,
        }
    }

    /// Reads a token's number; a language of the future is served in German.
    #[must_use]
    pub fn from_number(number: u8) -> Self {
        Self::ALL.into_iter().find(|l| l.number() == number).unwrap_or_default()
    }

    /// Reads a tag such as `en`; nothing for a language we have no texts for.
    #[must_use]
    pub fn from_tag(tag: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|l| l.tag() == tag)
    }
}
