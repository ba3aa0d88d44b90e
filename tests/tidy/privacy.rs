//! Persons are known to `sync/booking` alone; and what was written down stays as it was.

use crate::code::{code_of, is_test, names, without_tests};
use crate::tree::{Breach, Tree};

/// The rooms that know codes, services and times, and never who somebody is.
const NAMELESS: [&str; 6] = ["appliance/", "devices/", "sync/names/", "sync/protocol/", "sync/store/", "systemd/"];

/// Parts of a name in code that speak of a person. `surname` is found in `citizen_surname` too.
const PERSONAL: [&str; 15] = [
    "mail",
    "mails",
    "email",
    "emails",
    "phone",
    "phones",
    "telephone",
    "mobile",
    "surname",
    "firstname",
    "lastname",
    "forename",
    "birthday",
    "birthdate",
    "birth",
];

/// Two parts that speak of a person only together.
const PERSONAL_PAIRS: [(&str, &str); 8] = [
    ("first", "name"),
    ("last", "name"),
    ("full", "name"),
    ("given", "name"),
    ("family", "name"),
    ("citizen", "name"),
    ("person", "name"),
    ("visitor", "name"),
];

/// Names of things of the *office*, which may stand on every screen: where, which, why.
const OF_THE_OFFICE: [(&str, &str, &str); 2] = [
    ("sync/protocol/src/office.rs", "telephone", "the office document carries the office's own number"),
    ("appliance/office/", "telephone", "citizens' pages print the office's own number"),
];

/// The two files outside `sync/booking` through which a contact goes in the clear, and why.
const BEFORE_SEALING: [(&str, &str); 2] = [
    ("sync/protocol/src/sealed/plain.rs", "how a contact is written before it is sealed, on both ends alike"),
    (DESK, "seals at once what a clerk typed for somebody at the desk, and keeps nothing"),
];

/// The one file of the box that sees a contact in the clear.
const DESK: &str = "appliance/office/src/desk/contact.rs";

/// What that file may not name: there a clear contact would stay behind.
const SPILLING: [&str; 3] = ["tracing", "Serialize", "store"];

/// The tables that are only ever added to. Content may be erased, by deleting it whole.
const FACTS: [Facts; 2] =
    [Facts { table: "journal", may_be_erased: false }, Facts { table: "journal_content", may_be_erased: true }];

struct Facts {
    table: &'static str,
    may_be_erased: bool,
}

/// No field, type or variable of a person outside `sync/booking`.
pub(crate) fn persons_are_unknown_outside_booking(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    let sealed_at_once = |file: &str| BEFORE_SEALING.iter().any(|(known, _)| *known == file);
    for (file, source) in tree.rust(&NAMELESS).filter(|(file, _)| !is_test(file) && !sealed_at_once(file)) {
        for (line, code) in code_of(without_tests(source), false).lines().enumerate() {
            for name in names(code).filter(|n| is_personal(n) && !is_of_the_office(file, n)) {
                breaches.push(Breach::at(file, line + 1, format!("{name}: persons are known to sync/booking alone")));
            }
        }
    }
    breaches
}

/// The box seals in one file, which lets nothing stay behind, and it never has a key that opens.
pub(crate) fn the_box_seals_and_never_opens(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (file, source) in tree.rust(&["appliance/", "devices/"]) {
        let code = code_of(if is_test(file) { source } else { without_tests(source) }, false);
        let named = |word: &str| code.lines().any(|line| names(line).any(|n| n == word));
        let mut breach = |what: &str| breaches.push(Breach::of(file, what));
        if named("OpenKey") {
            breach("OpenKey: the keys that open are with the booking server and on paper");
        }
        if file == DESK {
            SPILLING.iter().filter(|word| named(word)).for_each(|word| breach(&format!("{word}: nothing stays here")));
        } else if !is_test(file) && named("sealed") && named("Plain") {
            breach("sealed::Plain: a clear contact is known to desk/contact.rs alone");
        }
    }
    breaches
}

/// What was written down is never changed: no statement that updates or deletes facts.
pub(crate) fn facts_are_never_changed(tree: &Tree) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (file, source) in tree.files().filter(|(file, _)| !is_test(file)) {
        let words: Vec<String> = match file.rsplit('.').next() {
            Some("rs") => words(&code_of(without_tests(source), true)),
            Some("sql") => words(source),
            _ => continue,
        };
        for facts in FACTS.iter().filter(|facts| changes(&words, facts)) {
            breaches.push(Breach::of(file, format!("a statement changes {}: facts are only ever added", facts.table)));
        }
    }
    breaches
}

/// The disk refuses as well: two triggers of the store guard the journal.
pub(crate) fn the_journal_guards_itself(tree: &Tree) -> Vec<Breach> {
    let mut all = Vec::new();
    for (file, source) in tree.files().filter(|(file, _)| file.starts_with("sync/store/")) {
        let source = if file.ends_with(".rs") { without_tests(source) } else { source };
        all.extend(words(source));
    }
    let guarded = |verb: &str, table: &str| all.windows(4).any(|w| *w == ["before", verb, "on", table]);
    let updates = FACTS.iter().map(|facts| ("update", facts.table));
    let deletes = FACTS.iter().filter(|facts| !facts.may_be_erased).map(|facts| ("delete", facts.table));
    let open = updates.chain(deletes).filter(|(verb, table)| !guarded(verb, table));
    open.map(|(verb, table)| Breach::of("sync/store", format!("no trigger refuses {verb} of {table}"))).collect()
}

fn is_personal(name: &str) -> bool {
    let parts = parts(name);
    let paired = |(a, b): &(&str, &str)| parts.windows(2).any(|w| w[0] == *a && w[1] == *b);
    parts.iter().any(|p| PERSONAL.contains(&p.as_str())) || PERSONAL_PAIRS.iter().any(paired)
}

/// The words of `snake_case`, `CamelCase` and `CONSTANTS`, in lower case.
fn parts(name: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut was_small = false;
    for c in name.chars() {
        if c == '_' || (c.is_uppercase() && was_small) || parts.is_empty() {
            parts.push(String::new());
        }
        if c != '_'
            && let Some(part) = parts.last_mut()
        {
            part.extend(c.to_lowercase());
        }
        was_small = !c.is_uppercase();
    }
    parts.retain(|p| !p.is_empty());
    parts
}

fn is_of_the_office(file: &str, name: &str) -> bool {
    OF_THE_OFFICE.iter().any(|(place, which, _)| file.starts_with(place) && name == *which)
}

/// A text as its words in lower case, so that line breaks in a statement do not matter.
fn words(text: &str) -> Vec<String> {
    let split = text.split(|c: char| !(c.is_alphanumeric() || c == '_'));
    split.filter(|w| !w.is_empty()).map(str::to_lowercase).collect()
}

/// `update T`, `update or ignore T`, `delete from T`, `replace into T`.
fn changes(words: &[String], facts: &Facts) -> bool {
    let is = |at: usize, what: &str| words.get(at).is_some_and(|w| w == what);
    (0..words.len()).any(|at| {
        (is(at, "update") && (is(at + 1, facts.table) || (is(at + 1, "or") && is(at + 3, facts.table))))
            || (is(at, "delete") && is(at + 1, "from") && is(at + 2, facts.table) && !facts.may_be_erased)
            || (is(at, "replace") && is(at + 1, "into") && is(at + 2, facts.table))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{breaks, holds, passes};

    #[test]
    fn the_house_knows_persons_in_booking_alone() {
        holds(persons_are_unknown_outside_booking);
        holds(the_box_seals_and_never_opens);
    }

    #[test]
    fn the_house_never_changes_a_fact() {
        holds(facts_are_never_changed);
        holds(the_journal_guards_itself);
    }

    #[test]
    fn a_visitor_with_a_mail_address_is_found() {
        let rule = persons_are_unknown_outside_booking;
        breaks(rule, &[("appliance/queue/src/visit.rs", "//! x\nstruct Visit {\n    mail: String,\n}\n")], ":3: mail");
        breaks(rule, &[("sync/protocol/src/entry.rs", "//! x\nstruct Booked { last_name: String }\n")], "last_name");
        breaks(rule, &[("devices/src/lib.rs", "//! x\nstruct EmailAddress;\n")], "EmailAddress");
        passes(rule, &[("sync/booking/src/citizen.rs", "//! x\nstruct Contact { mail: String }\n")]);
        passes(rule, &[("sync/protocol/src/office.rs", "//! x\nstruct OfficeDoc { telephone: String }\n")]);
    }

    #[test]
    fn a_contact_in_the_clear_is_found_beside_the_file_that_seals_it() {
        let typed = "//! x\nuse protocol::sealed::{Plain, seal};\nstruct Typed { mail: String }\n";
        let rules = [persons_are_unknown_outside_booking, the_box_seals_and_never_opens];
        for (rule, about) in rules.into_iter().zip([":3: mail", "sealed::Plain"]) {
            passes(rule, &[(DESK, typed)]);
            breaks(rule, &[("appliance/office/src/desk/page.rs", typed)], about);
        }
        let rule = the_box_seals_and_never_opens;
        breaks(rule, &[(DESK, "//! x\nfn f() { tracing::info!(); }\n")], "tracing");
        breaks(rule, &[(DESK, "//! x\n#[derive(Serialize)]\nstruct Typed;\n")], "Serialize");
        breaks(rule, &[("appliance/office/src/uplink/mod.rs", "//! x\nuse protocol::sealed::OpenKey;\n")], "OpenKey");
        passes(rule, &[("appliance/office/src/pages/board.rs", "//! x\nenum Mark { Plain }\n")]);
        passes(rule, &[("sync/booking/src/post.rs", "//! x\nuse protocol::sealed::{OpenKey, Plain};\n")]);
        passes(persons_are_unknown_outside_booking, &[("sync/protocol/src/sealed/plain.rs", typed)]);
        breaks(persons_are_unknown_outside_booking, &[("sync/protocol/src/sealed/mod.rs", typed)], ":3: mail");
    }

    #[test]
    fn a_statement_that_changes_a_fact_is_found_over_line_ends() {
        let rule = facts_are_never_changed;
        let update = "//! x\nconst SQL: &str = \"UPDATE\n  journal SET body = ''\";\n";
        breaks(rule, &[("sync/store/src/journal.rs", update)], "changes journal");
        breaks(rule, &[("sync/booking/src/care.sql", "delete from journal;")], "changes journal");
        breaks(rule, &[("sync/booking/src/care.sql", "insert or replace into journal values (1);")], "changes journal");
        passes(rule, &[("sync/booking/src/care.sql", "delete from journal_content where place = 1;")]);
        breaks(
            rule,
            &[("sync/booking/src/care.sql", "update journal_content set body = 1;")],
            "changes journal_content",
        );
        let trigger = "create trigger t before update on journal begin select raise(abort, 'no'); end;";
        passes(rule, &[("sync/store/src/tables.sql", trigger)]);
    }

    #[test]
    fn a_journal_without_its_guard_is_found() {
        let two = "create trigger t before update on journal begin select 1; end;
            create trigger u before update on journal_content begin select 1; end;";
        breaks(the_journal_guards_itself, &[("sync/store/src/tables.sql", two)], "refuses delete of journal");
        let three = format!("{two} create trigger v before delete on journal begin select 1; end;");
        passes(the_journal_guards_itself, &[("sync/store/src/tables.sql", &three)]);
    }
}
