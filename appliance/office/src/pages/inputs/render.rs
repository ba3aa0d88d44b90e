//! The page of the inputs as HTML. Pure.

use askama::Template;
use devices::input::{InputDevice, TEST_TEXT};

use super::text::{InputsText, inputs as words};
use super::view::{InputsView, Mark};
use crate::pages::reception::qr::{self, Drawn};
use crate::pages::render::Build;

#[derive(Template)]
#[template(path = "inputs.html")]
struct Page<'a> {
    build: &'a Build,
    view: &'a InputsView,
    text: &'static InputsText,
    code: Option<Drawn>,
    settings: [(&'static str, &'static str); 5],
    strangers: &'a [String],
}

#[derive(Template)]
#[template(path = "inputs_body.html")]
struct Body<'a> {
    view: &'a InputsView,
    text: &'static InputsText,
}

/// The whole page; `strangers` are plugged in and on no line of the allow-list.
///
/// # Errors
/// A template that cannot be rendered.
pub(crate) fn inputs_page(
    view: &InputsView,
    strangers: &[InputDevice],
    build: &Build,
) -> Result<String, askama::Error> {
    let text = words();
    let settings = [
        (text.set_kind.as_str(), text.set_kind_value.as_str()),
        (&text.set_layout, &text.set_layout_value),
        (&text.set_end, &text.set_end_value),
        (&text.set_front, &text.set_front_value),
        (&text.set_caps, &text.set_caps_value),
    ];
    let strangers: Vec<String> = strangers.iter().map(as_rule).collect();
    Page { build, view, text, code: qr::drawn(TEST_TEXT), settings, strangers: &strangers }.render()
}

/// What changes of the page.
///
/// # Errors
/// A template that cannot be rendered.
pub(crate) fn inputs_body(view: &InputsView) -> Result<String, askama::Error> {
    Body { view, text: words() }.render()
}

/// A device as it would stand in the box's own file, the surest way first.
fn as_rule(device: &InputDevice) -> String {
    let key = |name: &str, value: &Option<String>| value.as_ref().map(|value| format!("{name} = {value:?}"));
    let keys = [key("serial", &device.serial), key("port", &device.port), key("usb", &device.usb)];
    let found: Vec<String> = keys.into_iter().flatten().collect();
    format!("{}: {}", device.name, found.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sheet_carries_the_test_code_and_a_stranger_stands_as_it_would_be_written() {
        let build = Build { assets: "static".to_owned(), name: "x".to_owned() };
        let device = InputDevice {
            name: "USB <Scanner>".into(),
            usb: Some("05e0:1200".into()),
            port: Some("usb-1.2".into()),
            ..InputDevice::default()
        };
        let page = inputs_page(&InputsView::default(), &[device], &build).expect("the page renders");
        let drawn = qr::drawn(TEST_TEXT).expect("short enough");
        assert!(page.contains(&drawn.path));
        assert!(page.contains("port = &#34;usb-1.2&#34;, usb = &#34;05e0:1200&#34;"), "{page}");
        assert!(!page.contains("<Scanner>"));
    }
}
