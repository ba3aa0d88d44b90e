//! How to reach the person a clerk books for: typed, sealed at once, gone.
//!
//! ```text
//!   form ─► Typed ─ sealed to the server's key ─► the only thing that is kept
//!             └── shown again in the same answer, if the time was taken meanwhile
//! ```
//!
//! What must always hold: nothing here is kept, printed or written down in the clear; what cannot
//! be sealed is not kept at all. The only file of the box that knows a contact (`tests/tidy`).

use std::fmt;

use askama::Template;
use names::{BookingId, Language, OfficeId};
use protocol::sealed::plain::{MAX_MAIL, MAX_NAME, MAX_TELEPHONE};
use protocol::sealed::{Plain, SealKey, SealedContact, TooLong, seal};
use serde::Deserialize;

use crate::pages::reception::text::{DeskText, desk};

/// What a clerk typed.
#[derive(Clone, Deserialize)]
pub struct Typed {
    #[serde(default)]
    name: String,
    #[serde(default)]
    mail: String,
    #[serde(default)]
    telephone: String,
    /// The tick: cannot be reached, and was told so.
    #[serde(default)]
    unreachable: Option<String>,
}

impl fmt::Debug for Typed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Typed(…)")
    }
}

/// What is wrong with what was typed; names no part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// No way to reach the person, and no tick.
    NoWay,
    /// No name.
    NoName,
    /// The mail address cannot be one.
    NoAddress,
    /// A telephone number needs some digits.
    NoNumber,
    /// Longer than any name, address or number.
    TooLong,
}

/// What sealing came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Sealed; `letter` tells whether a mail can be sent.
    Sealed {
        /// What only the booking server can open.
        sealed: SealedContact,
        /// Whether there is a mail address inside.
        letter: bool,
    },
    /// The person cannot be reached, and knows.
    Nobody,
    /// No key to seal with is known: nothing was kept.
    NoKey,
}

impl Typed {
    /// Whether it can be meant.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn check(&self) -> Result<(), Wrong> {
        let (name, mail, telephone) = (self.name.trim(), self.mail.trim(), self.telephone.trim());
        let long = |text: &str, most: usize| text.chars().count() > most;
        if long(name, MAX_NAME) || long(mail, MAX_MAIL) || long(telephone, MAX_TELEPHONE) {
            return Err(Wrong::TooLong);
        }
        if mail.is_empty() && telephone.is_empty() {
            return if self.unreachable.is_some() { Ok(()) } else { Err(Wrong::NoWay) };
        }
        if name.is_empty() {
            return Err(Wrong::NoName);
        }
        if !mail.is_empty() && !is_address(mail) {
            return Err(Wrong::NoAddress);
        }
        if !telephone.is_empty() && telephone.chars().filter(char::is_ascii_digit).count() < MIN_DIGITS {
            return Err(Wrong::NoNumber);
        }
        Ok(())
    }

    /// Seals what was typed, so that only the booking server can read it. `seed` as in
    /// [`seal`]: 32 new random bytes.
    ///
    /// # Errors
    /// [`Wrong`] for what [`Typed::check`] refuses.
    pub(crate) fn seal(
        self,
        key: Option<&SealKey>,
        office: &OfficeId,
        booking: BookingId,
        language: Language,
        seed: [u8; 32],
    ) -> Result<Reach, Wrong> {
        self.check()?;
        let part = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let (mail, telephone) = (part(&self.mail), part(&self.telephone));
        if mail.is_none() && telephone.is_none() {
            return Ok(Reach::Nobody);
        }
        let Some(key) = key else { return Ok(Reach::NoKey) };
        let letter = mail.is_some();
        let plain = Plain { name: self.name.trim().to_owned(), mail, telephone, link: None, language };
        let sealed = seal(&plain, key, office, booking, seed).map_err(|_long: TooLong| Wrong::TooLong)?;
        Ok(Reach::Sealed { sealed, letter })
    }

    /// The fields of the form as they were typed, for the clerk who typed them.
    ///
    /// # Errors
    /// A template that cannot be rendered.
    pub(crate) fn fields(&self) -> Result<String, askama::Error> {
        let (name, mail, telephone) = (&self.name, &self.mail, &self.telephone);
        Fields { name, mail, telephone, unreachable: self.unreachable.is_some(), text: desk() }.render()
    }
}

/// The empty fields of the form.
///
/// # Errors
/// A template that cannot be rendered.
pub(crate) fn empty_fields() -> Result<String, askama::Error> {
    Fields { name: "", mail: "", telephone: "", unreachable: false, text: desk() }.render()
}

#[derive(Template)]
#[template(path = "reception_contact.html")]
struct Fields<'a> {
    name: &'a str,
    mail: &'a str,
    telephone: &'a str,
    unreachable: bool,
    text: &'static DeskText,
}

/// The shortest local numbers of German towns have three digits.
const MIN_DIGITS: usize = 3;

/// One `@` with something on both sides, a point behind it, no gap: whether somebody reads it, only
/// a mail can tell.
fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let plain = !text.chars().any(|c| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | ',' | ';' | '"'));
    let parts = domain.split('.').all(|part| !part.is_empty());
    plain && !local.is_empty() && !local.contains('@') && domain.contains('.') && parts
}

#[cfg(test)]
mod tests {
    use names::Side;

    use super::*;

    /// The RFC's own receiver: a sound key of nobody.
    const KEY: &str = "4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a";

    fn typed(name: &str, mail: &str, telephone: &str) -> Typed {
        Typed { name: name.into(), mail: mail.into(), telephone: telephone.into(), unreachable: None }
    }

    fn sealed(typed: Typed, key: Option<&str>) -> Result<Reach, Wrong> {
        let key: Option<SealKey> = key.map(|key| key.parse().expect("a sound key"));
        let office = "musterland".parse().expect("a name");
        typed.seal(key.as_ref(), &office, BookingId::from_random(Side::Box, 1), Language::De, [7; 32])
    }

    #[test]
    fn everybody_can_be_reached_or_was_told() {
        assert_eq!(typed("Erika", "", "").check(), Err(Wrong::NoWay));
        assert_eq!(typed("", "e@example.org", "").check(), Err(Wrong::NoName));
        let told = Typed { unreachable: Some("ja".into()), ..typed("", "", "") };
        assert_eq!(sealed(told, Some(KEY)), Ok(Reach::Nobody));
        assert_eq!(typed("Erika", "", "030 1234").check(), Ok(()));
    }

    #[test]
    fn what_cannot_be_an_address_or_a_number_is_said_at_once() {
        for bad in ["erika", "erika@", "@example.org", "e@example", "e@a@example.org", "e e@example.org", "e@.org"] {
            assert_eq!(typed("E", bad, "").check(), Err(Wrong::NoAddress), "{bad}");
        }
        assert_eq!(typed("E", "", "ab 1").check(), Err(Wrong::NoNumber));
        assert_eq!(typed(&"ä".repeat(101), "e@example.org", "").check(), Err(Wrong::TooLong));
        assert_eq!(typed("E", " e+x@example.co.uk ", "").check(), Ok(()));
    }

    #[test]
    fn what_is_kept_shows_nothing_of_it() {
        let reach = sealed(typed("Erika Muster", "erika@example.org", "030 123456"), Some(KEY)).expect("good");
        let Reach::Sealed { sealed: kept, letter } = &reach else { panic!("not sealed: {reach:?}") };
        assert!(letter);
        for clear in ["Erika", "erika", "123456"] {
            assert!(!kept.as_str().contains(clear) && !format!("{reach:?}").contains(clear));
        }
        assert_eq!(format!("{:?}", typed("Erika", "", "")), "Typed(…)");
        assert_eq!(sealed(typed("E", "e@example.org", ""), None), Ok(Reach::NoKey));
    }
}
