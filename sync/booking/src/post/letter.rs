//! Letters: what a mail says, from the templates in `mails/<kind>/`.

use askama::Template;
use jiff::Timestamp;
use names::Language;

use super::MailKind;
use super::words::Words;
use crate::citizen::OfficeView;
use crate::citizen::records::BookingRow;

/// The content id of the QR picture inside a mail.
pub(crate) const QR_CID: &str = "qr@aufruf";

/// What the templates may say.
#[derive(Debug)]
pub(crate) struct Letter {
    lang: &'static str,
    office: String,
    address: String,
    telephone: String,
    hours: Vec<String>,
    when: String,
    pub(crate) what: String,
    link: String,
    link_ends: String,
    pub(crate) pin: String,
    qr_cid: &'static str,
    pub(crate) bring: Vec<String>,
    erased_on: String,
}

/// A letter in words.
pub(crate) struct Written {
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) html: String,
}

impl Letter {
    /// Puts together what a letter about a booking says. `link` is the address in it, `link_ends`
    /// the moment it ends.
    pub(crate) fn about(booking: &BookingRow, office: &OfficeView, link: String, link_ends: Timestamp) -> Self {
        let language = booking.language;
        let words = Words::of(language);
        let services: Vec<_> = booking.services.iter().filter_map(|id| office.service(*id)).collect();
        let names: Vec<&str> = services.iter().map(|service| service.name_in(language)).collect();
        let mut bring: Vec<String> = Vec::new();
        for service in &services {
            let items = service.documents_in(language).iter().map(String::as_str).chain(service.fee_in(language));
            for item in items {
                if !bring.iter().any(|known| known == item) {
                    bring.push(item.to_owned());
                }
            }
        }
        Self {
            lang: language.tag(),
            office: office.name.clone(),
            address: office.address.clone(),
            telephone: office.telephone.clone(),
            hours: words.hours(office),
            when: words.moment(&booking.start.to_zoned(office.zone.clone())),
            what: words.what(&names, booking.persons),
            link,
            link_ends: words.until_time(link_ends.to_zoned(office.zone.clone()).time()),
            pin: booking.pin.map(|pin| pin.to_string()).unwrap_or_default(),
            qr_cid: QR_CID,
            bring,
            erased_on: words.short_day(booking.erased_on()),
        }
    }

    /// Writes it.
    ///
    /// # Errors
    /// When a template fails.
    pub(crate) fn write(&self, kind: MailKind, language: Language) -> Result<Written, askama::Error> {
        match (kind, language) {
            (MailKind::PleaseConfirm, Language::De) => please_confirm_de::write(self),
            (MailKind::PleaseConfirm, Language::En) => please_confirm_en::write(self),
            (MailKind::RemindConfirm, Language::De) => remind_confirm_de::write(self),
            (MailKind::RemindConfirm, Language::En) => remind_confirm_en::write(self),
            (MailKind::Confirmed, Language::De) => confirmed_de::write(self),
            (MailKind::Confirmed, Language::En) => confirmed_en::write(self),
            (MailKind::Moved, Language::De) => moved_de::write(self),
            (MailKind::Moved, Language::En) => moved_en::write(self),
            (MailKind::Released, Language::De) => released_de::write(self),
            (MailKind::Released, Language::En) => released_en::write(self),
            (MailKind::Cancelled, Language::De) => cancelled_de::write(self),
            (MailKind::Cancelled, Language::En) => cancelled_en::write(self),
        }
    }
}

/// The three templates of a kind in a language.
macro_rules! templates {
    ($module:ident, $subject:literal, $text:literal, $html:literal) => {
        mod $module {
            use super::{Letter, Template, Written};

            #[derive(Template)]
            #[template(path = $subject)]
            struct Subject<'a> {
                letter: &'a Letter,
            }
            #[derive(Template)]
            #[template(path = $text)]
            struct Text<'a> {
                letter: &'a Letter,
            }
            #[derive(Template)]
            #[template(path = $html)]
            struct Html<'a> {
                letter: &'a Letter,
            }

            pub(super) fn write(letter: &Letter) -> Result<Written, askama::Error> {
                Ok(Written {
                    subject: Subject { letter }.render()?,
                    text: Text { letter }.render()?,
                    html: Html { letter }.render()?,
                })
            }
        }
    };
}

templates!(
    please_confirm_de,
    "please_confirm/subject.de.txt",
    "please_confirm/body.de.txt",
    "please_confirm/body.de.html"
);
templates!(
    please_confirm_en,
    "please_confirm/subject.en.txt",
    "please_confirm/body.en.txt",
    "please_confirm/body.en.html"
);
templates!(
    remind_confirm_de,
    "remind_confirm/subject.de.txt",
    "remind_confirm/body.de.txt",
    "remind_confirm/body.de.html"
);
templates!(
    remind_confirm_en,
    "remind_confirm/subject.en.txt",
    "remind_confirm/body.en.txt",
    "remind_confirm/body.en.html"
);
templates!(confirmed_de, "confirmed/subject.de.txt", "confirmed/body.de.txt", "confirmed/body.de.html");
templates!(confirmed_en, "confirmed/subject.en.txt", "confirmed/body.en.txt", "confirmed/body.en.html");
templates!(cancelled_de, "cancelled/subject.de.txt", "cancelled/body.de.txt", "cancelled/body.de.html");
templates!(cancelled_en, "cancelled/subject.en.txt", "cancelled/body.en.txt", "cancelled/body.en.html");
templates!(moved_de, "moved/subject.de.txt", "moved/body.de.txt", "moved/body.de.html");
templates!(moved_en, "moved/subject.en.txt", "moved/body.en.txt", "moved/body.en.html");
templates!(released_de, "released/subject.de.txt", "released/body.de.txt", "released/body.de.html");
templates!(released_en, "released/subject.en.txt", "released/body.en.txt", "released/body.en.html");
