//! What has to hold on every page, whatever it shows.

use std::collections::BTreeSet;

use super::*;

/// The text between the first `open` and the `close` after it.
fn between<'a>(html: &'a str, open: &str, close: &str) -> &'a str {
    let (_, rest) = html.split_once(open).unwrap_or_else(|| panic!("no {open}"));
    rest.split_once(close).unwrap_or_else(|| panic!("no {close}")).0
}

#[test]
fn every_page_has_one_heading_a_title_of_its_own_and_its_language() {
    for (name, html) in pages() {
        assert_eq!(html.matches("<h1").count(), 1, "{name}");
        assert!(between(&html, "<title>", "</title>").len() > 10, "{name}");
        let tag = if name.ends_with("-en.html") { "en" } else { "de" };
        assert_eq!(between(&html, "<html lang=\"", "\""), tag, "{name}");
        assert!(html.contains("class=\"skip\" href=\"#inhalt\"") && html.contains("id=\"inhalt\""), "{name}");
    }
}

#[test]
fn every_page_says_the_telephone_and_the_hours() {
    for (name, html) in pages() {
        let foot = between(&html, "<footer", "</footer>");
        assert!(foot.contains("030 23125 100") && foot.contains("7:30–12:00"), "{name}");
    }
}

#[test]
fn no_page_needs_what_the_policy_forbids() {
    for (name, html) in pages() {
        assert!(!html.contains(" style=") && !html.contains("<style"), "{name} has inline style");
        assert!(!html.contains(" onclick") && !html.contains("javascript:"), "{name} has inline script");
        assert_eq!(html.matches("<script").count(), 1, "{name}");
        for address in html.split("src=\"").chain(html.split("href=\"")).skip(1) {
            let ours = ["/", "#", "tel:", "mailto:", "<!doctype"].iter().any(|start| address.starts_with(start));
            assert!(ours || address.starts_with('"'), "{name} leads to {}", &address[..40.min(address.len())]);
        }
    }
}

#[test]
fn no_page_has_an_unfilled_place_or_two_equal_ids() {
    for (name, html) in pages() {
        let visible: String = html.split('<').filter_map(|tag| tag.split_once('>')).map(|(_, text)| text).collect();
        assert!(!visible.contains('{'), "{name} shows a place: {visible}");
        let ids: Vec<_> = html.split(" id=\"").skip(1).filter_map(|rest| rest.split_once('"')).collect();
        let unique: BTreeSet<_> = ids.iter().map(|(id, _)| id).collect();
        assert_eq!(ids.len(), unique.len(), "{name}");
    }
}

#[test]
fn every_input_that_is_seen_has_a_label() {
    for (name, html) in pages() {
        for input in html.split("<input ").skip(1).map(|rest| rest.split('>').next().unwrap_or_default()) {
            let hidden = input.contains("type=\"hidden\"");
            let choice = input.contains("type=\"radio\"") || input.contains("type=\"checkbox\"");
            let labelled = input.split_once("id=\"").and_then(|(_, rest)| rest.split_once('"'));
            let named = labelled.is_some_and(|(id, _)| html.contains(&format!("<label for=\"{id}\">")));
            assert!(hidden || choice || named, "{name}: {input}");
        }
    }
}

#[test]
fn a_page_is_light() {
    for (name, html) in pages() {
        assert!(html.len() < 20_000, "{name} has {} bytes", html.len());
    }
}

#[test]
fn the_pass_shows_the_pin_in_two_groups_and_what_it_is_not() {
    let pages = pages();
    let (_, html) = pages.iter().find(|(name, _)| name == "7-appointment-de.html").expect("the pass");
    let pin = canned::appointment(&office(), Language::De, AppointmentState::Confirmed).pin.to_string();
    assert!(html.contains(&format!("<b class=\"code\">{pin}</b>")));
    assert!(html.contains("Nicht die PIN Ihres Ausweises oder Ihrer Bankkarte."));
    let gone = pages.iter().find(|(name, _)| name == "7-appointment-cancelled-de.html").expect("a cancelled one");
    assert!(!gone.1.contains(&pin), "a cancelled appointment has no PIN to show");
}

#[test]
fn what_a_citizen_typed_is_text_and_nothing_else() {
    let hostile = "\"><script>alert(1)</script>\u{0}<b>";
    let book = Book { office: office(), language: Language::De, pages: Vec::new() };
    let held = canned::held(&book.office);
    let typed = DetailsForm { name: hostile.to_owned(), mail: hostile.to_owned(), ..DetailsForm::default() };
    let left = Left::of_hold(book.frame().t, &held, now());
    let page = DetailsPage::new(book.frame(), &book.office, (&held, left.clone()), &typed, &[], String::new());
    let who = crate::citizen::Details { name: hostile.to_owned(), mail: hostile.to_owned(), ..canned::who() };
    let ways = (String::new(), String::new());
    let review = ReviewPage::new(book.frame(), &book.office, (&held, left), &who, ways);
    for html in [page.render().expect("renders"), review.render().expect("renders")] {
        assert!(!html.contains("<script>") && !html.contains("alert(1)<"), "{html}");
        assert!(html.contains("&#60;script&#62;") || html.contains("&lt;script&gt;"), "{html}");
    }
    assert!(!page.render().expect("renders").contains('\u{0}'));
}

#[test]
fn english_stays_english_on_every_way_on() {
    for (name, html) in pages().into_iter().filter(|(name, _)| name.ends_with("-en.html")) {
        let ways = html.split("href=\"/musterland").chain(html.split("action=\"/musterland")).skip(1);
        for way in ways.filter(|way| way.starts_with('/')) {
            let way = way.split('"').next().unwrap_or_default();
            // A form that only asks carries the language in a field of its own.
            let asks = way == "/zeit?lang=en" || way == "/?lang=de";
            assert!(asks || way.contains("lang=en") || way.contains("lang=de"), "{name}: {way}");
        }
    }
}
