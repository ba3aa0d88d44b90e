//! A contact in the clear, for the moment between typing and sealing, and after opening.
//!
//! ```text
//!   language │ length name │ length mail │ length telephone │ length link │ …of a newer version
//! ```
//!
//! What must always hold: what a newer version adds at the end is passed over; what an older one
//! did not write is absent. The box names this type in the one file that seals what a clerk typed
//! (`tests/tidy`); the booking server names it where it opens.

use std::fmt;

use names::Language;

/// The most characters of a name: longer than any name on an identity card.
pub const MAX_NAME: usize = 100;
/// The most characters of a mail address (RFC 5321 leaves 254).
pub const MAX_MAIL: usize = 254;
/// The most characters of a telephone number with gaps.
pub const MAX_TELEPHONE: usize = 30;

/// How to reach somebody. An empty text is the same as none.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Plain {
    /// The name, at most [`MAX_NAME`] characters.
    pub name: String,
    /// The mail address, at most [`MAX_MAIL`] characters.
    pub mail: Option<String>,
    /// The telephone number, at most [`MAX_TELEPHONE`] characters.
    pub telephone: Option<String>,
    /// The hash of the link of "my appointment", so that mails already sent keep working after
    /// the server was lost.
    pub link: Option<[u8; 32]>,
    /// The language of mails and announcements.
    pub language: Language,
}

impl fmt::Debug for Plain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Plain(…)")
    }
}

/// The part of a contact that is too long to be sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TooLong {
    /// More than [`MAX_NAME`] characters.
    #[error("the name of a contact has more than {MAX_NAME} characters")]
    Name,
    /// More than [`MAX_MAIL`] characters.
    #[error("the mail address of a contact has more than {MAX_MAIL} characters")]
    Mail,
    /// More than [`MAX_TELEPHONE`] characters.
    #[error("the telephone number of a contact has more than {MAX_TELEPHONE} characters")]
    Telephone,
}

impl Plain {
    /// Appends the contact, as short as can be.
    pub(super) fn write(&self, bytes: &mut Vec<u8>) -> Result<(), TooLong> {
        let (mail, telephone) = (self.mail.as_deref().unwrap_or(""), self.telephone.as_deref().unwrap_or(""));
        let texts = [
            (self.name.as_str(), MAX_NAME, TooLong::Name),
            (mail, MAX_MAIL, TooLong::Mail),
            (telephone, MAX_TELEPHONE, TooLong::Telephone),
        ];
        if let Some((_, _, part)) = texts.iter().find(|(text, most, _)| text.chars().count() > *most) {
            return Err(*part);
        }
        bytes.push(self.language.number());
        texts.iter().for_each(|(text, _, _)| write_part(bytes, text.as_bytes()));
        write_part(bytes, self.link.as_ref().map_or(&[], |link| link.as_slice()));
        Ok(())
    }

    /// Reads a contact; nothing for bytes that nobody of us wrote.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let (language, mut rest) = bytes.split_first()?;
        let name = read_text(&mut rest)?;
        let mail = Some(read_text(&mut rest)?).filter(|text| !text.is_empty());
        let telephone = Some(read_text(&mut rest)?).filter(|text| !text.is_empty());
        let link = match read_part(&mut rest)? {
            [] => None,
            link => Some(link.try_into().ok()?),
        };
        Some(Self { name, mail, telephone, link, language: Language::from_number(*language) })
    }
}

/// Below this a length is one byte; from here on two, of which the first has its top bit set.
const TWO_BYTES: usize = 0x80;
/// The longest part: what two bytes can say.
const MAX_PART: usize = 0x7fff;
const _: () = assert!(MAX_NAME * 4 <= MAX_PART && MAX_MAIL * 4 <= MAX_PART && MAX_TELEPHONE * 4 <= MAX_PART);

fn write_part(bytes: &mut Vec<u8>, part: &[u8]) {
    let length = part.len() & MAX_PART;
    if length >= TWO_BYTES {
        bytes.push((TWO_BYTES | length >> 8) as u8);
    }
    bytes.push((length & 0xff) as u8);
    bytes.extend_from_slice(part);
}

/// Takes the next part off; an empty one where nothing stands any more.
fn read_part<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, after) = match **rest {
        [] => (0, *rest),
        [high, low, ref after @ ..] if usize::from(high) >= TWO_BYTES => {
            ((usize::from(high) & !TWO_BYTES) << 8 | usize::from(low), after)
        }
        [length, ref after @ ..] => (usize::from(length), after),
    };
    let (part, after) = after.split_at_checked(length)?;
    *rest = after;
    Some(part)
}

fn read_text(rest: &mut &[u8]) -> Option<String> {
    String::from_utf8(read_part(rest)?.to_vec()).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_a_newer_version_adds_is_passed_over_and_what_an_older_one_lacks_is_absent() {
        let whole = Plain { name: "Çelik".to_owned(), mail: Some("c@example.org".to_owned()), ..Plain::default() };
        let mut bytes = written(&whole);
        bytes.extend_from_slice(b"\x03new\xff");
        assert_eq!(Plain::read(&bytes), Some(whole));
        let name_only = Plain { name: "Çelik".to_owned(), language: Language::En, ..Plain::default() };
        assert_eq!(Plain::read(b"\x01\x06\xc3\x87elik"), Some(name_only));
    }

    #[test]
    fn bytes_nobody_of_us_wrote_are_no_contact() {
        let cut = written(&Plain { name: "Yılmaz".to_owned(), link: Some([7; 32]), ..Plain::default() });
        assert_eq!(Plain::read(&[]), None);
        assert_eq!(Plain::read(b"\x00\x01\xff"), None, "no text");
        assert_eq!(Plain::read(&cut[..cut.len() - 1]), None, "a link cut short");
        assert_eq!(Plain::read(b"\x00\x00\x00\x00\x02ab"), None, "a link of two bytes");
    }

    #[test]
    fn what_is_too_long_is_named_and_what_is_just_short_enough_comes_back() {
        let longest = Plain {
            name: "😀".repeat(MAX_NAME),
            mail: Some("ü".repeat(MAX_MAIL)),
            telephone: Some("1".repeat(MAX_TELEPHONE)),
            ..Plain::default()
        };
        assert_eq!(Plain::read(&written(&longest)), Some(longest.clone()));
        let refused = |plain: Plain| plain.write(&mut Vec::new()).expect_err("too long");
        assert_eq!(refused(Plain { name: "a".repeat(MAX_NAME + 1), ..longest.clone() }), TooLong::Name);
        assert_eq!(refused(Plain { mail: Some("a".repeat(MAX_MAIL + 1)), ..longest.clone() }), TooLong::Mail);
        let telephone = Some("1".repeat(MAX_TELEPHONE + 1));
        assert_eq!(refused(Plain { telephone, ..longest }), TooLong::Telephone);
    }

    #[test]
    fn a_contact_is_never_printed() {
        let plain = Plain { name: "Wagner".to_owned(), ..Plain::default() };
        assert_eq!(format!("{plain:?}"), "Plain(…)");
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic_and_what_is_read_is_written_alike(bytes in any::<Vec<u8>>()) {
            if let Some(plain) = Plain::read(&bytes)
                && let Ok(()) = plain.write(&mut Vec::new())
            {
                prop_assert_eq!(Plain::read(&written(&plain)), Some(plain));
            }
        }
    }

    fn written(plain: &Plain) -> Vec<u8> {
        let mut bytes = Vec::new();
        plain.write(&mut bytes).expect("short enough");
        bytes
    }
}
