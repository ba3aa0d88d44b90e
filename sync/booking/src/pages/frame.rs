//! What stands around every page: language, title, the office's telephone and hours.

use names::Language;

use super::assets;
use super::form::{Pairs, encode};
use super::text::{Text, Texts};
use crate::citizen::OfficeView;

/// How to reach an office, said on every page.
#[derive(Clone, Debug)]
pub(crate) struct Contact {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) address: String,
    pub(crate) telephone: String,
    /// The telephone number as an address: digits and a plus only.
    pub(crate) dial: String,
    pub(crate) mail: Option<String>,
    pub(crate) hours: Vec<String>,
}

impl Contact {
    pub(crate) fn of(office: &OfficeView, t: &Texts) -> Self {
        Self {
            id: office.id.to_string(),
            name: office.name.clone(),
            address: office.address.clone(),
            telephone: office.telephone.clone(),
            dial: office.telephone.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect(),
            mail: office.mail.clone(),
            hours: office.hours.iter().map(|line| t.hours(line)).collect(),
        }
    }
}

/// The frame around a page.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    pub(crate) t: &'static Texts,
    pub(crate) language: Language,
    pub(crate) title: String,
    /// The office this page belongs to; nothing on pages of the whole site.
    pub(crate) office: Option<Contact>,
    /// Whom to call: the office, else all offices of this server.
    pub(crate) contacts: Vec<Contact>,
    /// This page's own path, for the switch of language.
    pub(crate) path: String,
    /// This page's own query without the language.
    pub(crate) query: Pairs,
    /// Without scripts the page loads itself again after so many seconds.
    pub(crate) again_after: Option<u16>,
}

/// One language to switch to.
pub(crate) struct Switch {
    pub(crate) tag: &'static str,
    pub(crate) name: &'static Text,
    pub(crate) href: String,
    pub(crate) here: bool,
}

impl Frame {
    /// The same frame with the title of a page.
    pub(crate) fn titled(mut self, title: &Text) -> Self {
        let name = self.office.as_ref().map(|office| office.name.clone());
        self.title = match name {
            Some(office) => self.t.site.title.with("step", title).with("office", office).to_string(),
            None => title.to_string(),
        };
        self
    }

    /// The same frame with another address of the page, for answers to a form.
    pub(crate) fn at(mut self, path: String, query: Pairs) -> Self {
        self.path = path;
        self.query = query;
        self
    }

    /// An address inside this office that keeps the language.
    pub(crate) fn to(&self, path: &str) -> String {
        self.to_with(path, &Pairs::default())
    }

    /// The same with a query.
    pub(crate) fn to_with(&self, path: &str, query: &Pairs) -> String {
        let root = self.office.as_ref().map(|office| format!("/{}", office.id)).unwrap_or_default();
        address(&format!("{root}/{path}"), query, self.language)
    }

    /// The language as a field of a form, for forms that only ask; nothing in German.
    pub(crate) fn language_field(&self) -> Option<&'static str> {
        (self.language != Language::default()).then(|| self.language.tag())
    }

    /// All languages with this same page.
    pub(crate) fn switches(&self) -> Vec<Switch> {
        let switch = |language: Language| Switch {
            tag: language.tag(),
            name: &Texts::of(language).site.language_name,
            // Said even in German: a page that knows the citizen's language would keep it else.
            href: encode(&self.path, &self.query.with("lang", language.tag())),
            here: language == self.language,
        };
        Language::ALL.map(switch).into()
    }

    /// The address of a static file.
    pub(crate) fn asset(&self, name: &str) -> String {
        assets::address(name)
    }
}

/// A path with its query and, if it is not German, its language.
pub(crate) fn address(path: &str, query: &Pairs, language: Language) -> String {
    match language {
        Language::De => encode(path, query),
        Language::En => encode(path, &query.with("lang", language.tag())),
    }
}
