//! The words citizens read: what frightens, blames or means something else to them is not said.

use crate::texts::{language, sentences};
use crate::tree::{Breach, Tree};

/// Where citizens' texts stand. English has its own words.
const CITIZENS: [&str; 3] = ["appliance/office/text/", "sync/booking/text/", "sync/booking/mails/"];
const ENGLISH: &str = "en";

/// Sections of the box's texts that only staff read: they do sign in ("Anmelden").
const STAFF: [&str; 2] = ["staff", "counter"];

/// Beginnings of words and phrases, in lower case, and what is said instead.
const AVOIDED: [(&str, &str); 17] = [
    ("anmeld", "Ich habe einen Termin / Ich bin da: Anmeldung is registering a residence"),
    ("angemeldet", "Ich bin da"),
    ("nehmen sie platz", "Bitte warten Sie im Wartebereich: Platz is a counter"),
    ("nehmen sie bitte platz", "Bitte warten Sie im Wartebereich: Platz is a counter"),
    ("reserviert", "Noch nicht gebucht – bitte bestätigen"),
    ("reservierung", "Noch nicht gebucht – bitte bestätigen"),
    ("stornier", "absagen"),
    ("umbuch", "verschieben"),
    ("verfallen", "what can be done now"),
    ("verfällt", "what can be done now"),
    ("ungültig", "what holds, and the next step"),
    ("fehler", "what happened, and the next step"),
    ("ticket", "Wartenummer"),
    ("spontankund", "ohne Termin"),
    ("vorgang", "Besuch"),
    ("no-show", "nicht gekommen"),
    ("sie sind zu spät", "Ihr Termin war um … Sie kommen trotzdem dran."),
];

/// The one sentence in which other PINs are named.
const OTHER_PINS: &str = "nicht die pin ihres ausweises oder ihrer bankkarte";

/// No citizen reads an avoided word.
pub(crate) fn citizens_read_plain_words(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (file, text) in tree.files().filter(|(file, _)| is_citizens(file)) {
        for (key, sentence) in sentences(file, text) {
            if is_staffs(file, &key) {
                continue;
            }
            let lower = without_templates(&sentence).to_lowercase();
            for (avoided, instead) in AVOIDED.iter().filter(|(a, _)| begins_a_word(&lower, a)) {
                breaches.push(Breach::of(file, format!("{key}: {avoided}…: say instead: {instead}")));
            }
            if says_pin_alone(&lower) {
                breaches.push(Breach::of(file, format!("{key}: PIN alone: say Termin-PIN")));
            }
        }
    }
    breaches
}

fn is_citizens(file: &str) -> bool {
    CITIZENS.iter().any(|c| file.starts_with(c)) && language(file) != Some(ENGLISH)
}

fn is_staffs(file: &str, key: &str) -> bool {
    file.starts_with("appliance/") && STAFF.iter().any(|s| key.split('.').next() == Some(*s))
}

/// What stands in `{braces}` is filled in, never read.
fn without_templates(sentence: &str) -> String {
    let mut depth = 0_usize;
    let shown = sentence.chars().filter(|c| {
        depth += usize::from(*c == '{');
        let inside = depth > 0;
        depth -= usize::from(*c == '}' && depth > 0);
        !inside
    });
    shown.collect()
}

fn begins_a_word(text: &str, what: &str) -> bool {
    text.match_indices(what).any(|(at, _)| !text[..at].ends_with(char::is_alphanumeric))
}

fn says_pin_alone(lower: &str) -> bool {
    let text = lower.replace(OTHER_PINS, "").replace("termin-pin", "");
    text.split(|c: char| !c.is_alphanumeric()).any(|w| w == "pin" || w == "pins")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{breaks, holds, passes};

    #[test]
    fn citizens_of_the_house_read_plain_words() {
        holds(citizens_read_plain_words);
    }

    #[test]
    fn each_avoided_word_is_found() {
        for (avoided, _) in AVOIDED {
            let text = format!("[terminal]\nresult = \"Heute {avoided}!\"\n");
            breaks(citizens_read_plain_words, &[("appliance/office/text/de.toml", &text)], avoided);
        }
    }

    #[test]
    fn a_pin_alone_is_found_and_the_warning_is_not() {
        let rule = citizens_read_plain_words;
        breaks(rule, &[("sync/booking/text/de.toml", "ask = \"Bitte PIN eingeben.\"\n")], "PIN alone");
        let good = "ask = \"Termin-PIN: Nicht die PIN Ihres Ausweises oder Ihrer Bankkarte.\"\n";
        passes(rule, &[("sync/booking/text/de.toml", good)]);
        passes(rule, &[("sync/booking/mails/confirmed/body.de.txt", "Ihre Termin-PIN: {{ letter.pin }}\n")]);
    }

    #[test]
    fn a_mail_is_read_by_citizens_too() {
        let rule = citizens_read_plain_words;
        breaks(rule, &[("sync/booking/mails/confirmed/body.de.txt", "Ihr Ticket:\n")], "ticket");
    }

    #[test]
    fn staff_sign_in() {
        let text = "[staff]\nsign_in = \"Anmelden\"\n";
        passes(citizens_read_plain_words, &[("appliance/office/text/de.toml", text)]);
        breaks(citizens_read_plain_words, &[("sync/booking/text/de.toml", text)], "anmeld");
    }
}
