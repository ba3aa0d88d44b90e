//! A time is gone: the next three, with one press.

use askama::Template;
use jiff::Timestamp;

use super::frame::Frame;
use super::once;
use super::text::Text;
use super::visit::Slot;
use crate::citizen::OfficeView;

#[derive(Template)]
#[template(path = "offer.html")]
pub(crate) struct OfferPage {
    f: Frame,
    heading: Text,
    text: Text,
    slots: Vec<Slot>,
    action: String,
    button: Text,
    all: String,
    once: String,
}

impl OfferPage {
    /// `action` takes one of the times, `all` shows all of them.
    pub(crate) fn new(
        f: Frame,
        office: &OfficeView,
        next: &[Timestamp],
        (heading, text): (&Text, &Text),
        action: String,
        all: String,
    ) -> Self {
        Self {
            slots: next.iter().map(|start| Slot::of(office, f.t, *start)).collect(),
            button: f.t.site.go_on.clone(),
            f: f.titled(heading),
            heading: heading.clone(),
            text: text.clone(),
            action,
            all,
            once: once::number(),
        }
    }

    /// The same with other words on the button.
    pub(crate) fn pressed_by(mut self, button: &Text) -> Self {
        self.button = button.clone();
        self
    }
}
