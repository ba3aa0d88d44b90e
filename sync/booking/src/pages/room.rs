//! Where a request is answered: which office, which language, what time it is.

use std::sync::Arc;

use jiff::Timestamp;
use names::{Language, OfficeId};

use super::Site;
use super::ask::{Ask, BadBody};
use super::form::Pairs;
use super::frame::{Contact, Frame};
use super::text::Texts;
use super::trouble::Stop;
use crate::citizen::{Citizen, OfficeView};

/// One request inside one office.
pub(crate) struct Room<'a> {
    pub(crate) site: &'a Site,
    pub(crate) ask: &'a Ask,
    pub(crate) office: Arc<OfficeView>,
    pub(crate) now: Timestamp,
    /// The language of the person, where a booking knows it.
    pub(crate) known: Option<Language>,
}

impl Room<'_> {
    pub(crate) fn citizen(&self) -> &Citizen {
        &self.site.citizen
    }

    /// What the address asks for, else what the booking knows, else German.
    pub(crate) fn language(&self) -> Language {
        self.ask.language().or(self.known).unwrap_or_default()
    }

    pub(crate) fn texts(&self) -> &'static Texts {
        Texts::of(self.language())
    }

    /// The same request, in the office and language of a booking that was found.
    pub(crate) fn of_booking(&self, office: &OfficeId, language: Language) -> Result<Self, Stop> {
        let office = self.citizen().office(office).ok_or(Stop::NotFound)?;
        Ok(Self { site: self.site, ask: self.ask, office, now: self.now, known: Some(language) })
    }

    pub(crate) fn frame(&self) -> Frame {
        let t = self.texts();
        let contact = Contact::of(&self.office, t);
        Frame {
            t,
            language: self.language(),
            title: String::new(),
            office: Some(contact.clone()),
            contacts: vec![contact],
            path: safe_path(&self.ask.path),
            query: self.ask.query.without("lang"),
            again_after: None,
        }
    }

    /// The form of a POST.
    pub(crate) fn form(&self) -> Result<&Pairs, Stop> {
        self.ask.form.as_ref().map_err(|bad| match bad {
            BadBody::Large => Stop::Large,
            BadBody::Unreadable => Stop::Unreadable,
        })
    }
}

/// A path that can stand in one of our addresses: never another site's (`//host`).
fn safe_path(path: &str) -> String {
    let plain = path.bytes().all(|b| b.is_ascii_alphanumeric() || b"/-._~".contains(&b));
    if plain && path.starts_with('/') && !path.starts_with("//") { path.to_owned() } else { "/".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::safe_path;

    #[test]
    fn a_hostile_path_never_becomes_an_address() {
        for bad in ["//evil.example/", "/a b", "/<script>", "/\u{0}", "javascript:alert(1)", ""] {
            assert_eq!(safe_path(bad), "/", "{bad}");
        }
        assert_eq!(safe_path("/musterland/zeit"), "/musterland/zeit");
    }
}
