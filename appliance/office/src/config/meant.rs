//! What a well-formed file still cannot mean: each mistake with its line, its key and what is
//! allowed there.

use std::collections::BTreeSet;
use std::path::Path;

use devices::input::MAX_INPUTS;

use super::{BadConfig, Config, Kind, Mistake, Places, ProxyAddress, is_secret};
use crate::uplink::roots;

/// More devices than any office has; the broker's tables are sized by it (`rules.md`, Limits).
const MAX_DESKS: usize = 200;

/// A mistake, and where it stands.
#[derive(Debug)]
pub(super) struct Wrong {
    table: &'static str,
    /// Which of the tables of this name, from 0.
    index: usize,
    /// Empty: the table itself.
    key: &'static str,
    what: String,
    sort: Sort,
}

/// What sort of mistake; each has its own sentence for the town.
#[derive(Debug)]
enum Sort {
    NotAllowed,
    Twice(String),
    NoSuchCounter(String),
}

pub(super) type Meant = Result<(), Wrong>;

pub(super) fn wrong(table: &'static str, index: usize, key: &'static str, what: impl Into<String>) -> Meant {
    Err(Wrong { table, index, key, what: what.into(), sort: Sort::NotAllowed })
}

/// The same name or number in two tables.
fn twice(table: &'static str, index: usize, key: &'static str, found: &str) -> Meant {
    let what = format!("{found:?} stands here twice; each {key} once");
    Err(Wrong { table, index, key, what, sort: Sort::Twice(found.to_owned()) })
}

impl Wrong {
    /// The complaint about this text.
    pub(super) fn in_file(self, path: &Path, text: &str) -> BadConfig {
        let line = self.line(text);
        let key = if self.key.is_empty() { self.table.to_owned() } else { format!("{}.{}", self.table, self.key) };
        BadConfig::Meaning { path: path.to_owned(), line, key, what: self.what }
    }

    /// The same as a value.
    fn mistake(self, text: &str) -> Mistake {
        let line = self.line(text);
        let key = if self.key.is_empty() { self.table.to_owned() } else { format!("{}.{}", self.table, self.key) };
        let kind = match self.sort {
            Sort::Twice(found) => Kind::Twice { found },
            Sort::NoSuchCounter(found) => Kind::NoSuchCounter { found },
            Sort::NotAllowed if is_secret(&key) => Kind::NotAllowed { found: String::new(), detail: self.what },
            Sort::NotAllowed => Kind::NotAllowed { found: Places::of(text).value(line), detail: self.what },
        };
        Mistake { line, key, kind }
    }

    /// The line of the key in its table, else of the table, else the first.
    fn line(&self, text: &str) -> usize {
        let heads = [format!("[{}]", self.table), format!("[[{}]]", self.table)];
        let lines: Vec<&str> = text.lines().map(|line| line.split('#').next().unwrap_or_default().trim()).collect();
        let mut tables = lines.iter().enumerate().filter(|(_, line)| heads.iter().any(|head| head == *line));
        let Some((head, _)) = tables.nth(self.index) else { return 1 };
        let inside = lines.iter().enumerate().skip(head + 1).take_while(|(_, line)| !line.starts_with('['));
        let is_key = |line: &str| line.split('=').next().is_some_and(|key| key.trim() == self.key);
        let key = inside.filter(|(_, line)| is_key(line)).map(|(at, _)| at).next();
        key.unwrap_or(head) + 1
    }
}

impl Config {
    pub(super) fn meant(&self) -> Meant {
        self.checks().into_iter().collect()
    }

    /// One mistake of each part of the file that has any.
    pub(super) fn meanings(&self, text: &str) -> Vec<Mistake> {
        self.checks().into_iter().filter_map(Result::err).map(|wrong| wrong.mistake(text)).collect()
    }

    fn checks(&self) -> [Meant; 7] {
        [
            self.counters_are_meant(),
            self.desks_are_meant(),
            self.inputs_are_meant(),
            self.pages_are_meant(),
            self.booking_is_meant(),
            self.sound_is_meant(),
            self.printer_is_meant(),
        ]
    }

    fn counters_are_meant(&self) -> Meant {
        let mut seen = BTreeSet::new();
        match self.counters.iter().enumerate().find(|(_, counter)| !seen.insert(counter.number)) {
            Some((at, twice)) => self::twice("counter", at, "number", &twice.number.to_string()),
            None => Ok(()),
        }
    }

    fn desks_are_meant(&self) -> Meant {
        let mut seen = BTreeSet::new();
        for (at, desk) in self.desks.iter().enumerate() {
            if at >= MAX_DESKS {
                return wrong("desk", at, "", format!("at most {MAX_DESKS} desk devices"));
            }
            let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
            if !(1..=32).contains(&desk.id.len()) || !desk.id.bytes().all(plain) {
                return wrong("desk", at, "id", format!("{:?}: 1 to 32 characters of a-z, 0-9 and -", desk.id));
            }
            if !seen.insert(&desk.id) {
                return twice("desk", at, "id", &desk.id);
            }
            if desk.secret().is_none() {
                return wrong("desk", at, "secret_sha256", format!("desk {:?}: 64 hexadecimal digits", desk.id));
            }
            if !self.counters.iter().any(|c| c.number == desk.counter) {
                let what = format!("desk {:?}: there is no counter {}", desk.id, desk.counter);
                let sort = Sort::NoSuchCounter(desk.counter.to_string());
                return Err(Wrong { table: "desk", index: at, key: "counter", what, sort });
            }
        }
        Ok(())
    }

    fn inputs_are_meant(&self) -> Meant {
        let mut seen = BTreeSet::new();
        for (at, input) in self.inputs.iter().enumerate() {
            let rules = &input.rules;
            if at >= MAX_INPUTS {
                return wrong("input", at, "", format!("at most {MAX_INPUTS} scanners and keypads"));
            }
            if !seen.insert(&rules.name) {
                return twice("input", at, "name", &rules.name);
            }
            let ways = [rules.usb.is_some(), rules.port.is_some(), rules.serial.is_some(), rules.recorded.is_some()];
            if !ways.contains(&true) {
                return wrong("input", at, "", format!("{:?} needs one of usb, port, serial, recorded", rules.name));
            }
        }
        Ok(())
    }

    fn pages_are_meant(&self) -> Meant {
        let tls = [self.pages.tls_listen.is_some(), self.pages.tls_certificate.is_some(), self.pages.tls_key.is_some()];
        if tls.contains(&true) && tls.contains(&false) {
            return wrong("pages", 0, "", "tls_listen, tls_certificate and tls_key belong together");
        }
        Ok(())
    }

    fn booking_is_meant(&self) -> Meant {
        let Some(booking) = &self.booking else { return Ok(()) };
        let here = ["http://127.0.0.1", "http://localhost", "http://[::1]"];
        let plain = |rest: &str| rest.is_empty() || rest.starts_with(':') || rest.starts_with('/');
        let local = here.iter().filter_map(|h| booking.url.strip_prefix(h)).any(plain);
        if !booking.url.starts_with("https://") && !local {
            return wrong("booking", 0, "url", "https://… (http:// only to this machine)");
        }
        if !(1..=3600).contains(&booking.poll_seconds) {
            return wrong("booking", 0, "poll_seconds", "1 to 3600");
        }
        if let Some(Err(what)) = booking.proxy.as_ref().map(ProxyAddress::parse) {
            return wrong("booking", 0, "proxy", what);
        }
        match roots(booking.extra_ca.as_deref()) {
            Ok(_roots) => Ok(()),
            Err(bad) => wrong("booking", 0, "extra_ca", bad.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "office = \"a\"\n[booking]\n# url = \"no\"\nurl = \"x\"\n[[desk]]\nid = \"a\"\n[[desk]] # two\ncounter = 1\n id=\"b\"\n";

    fn line(table: &'static str, index: usize, key: &'static str) -> usize {
        Wrong { table, index, key, what: String::new(), sort: Sort::NotAllowed }.line(TEXT)
    }

    #[test]
    fn a_mistake_is_found_in_its_own_table_and_not_in_a_comment() {
        assert_eq!(line("booking", 0, "url"), 4);
        assert_eq!(line("desk", 0, "id"), 6);
        assert_eq!(line("desk", 1, "id"), 9);
    }

    #[test]
    fn a_key_that_is_missing_is_looked_for_at_the_head_of_its_table() {
        assert_eq!(line("desk", 0, "counter"), 5);
        assert_eq!(line("desk", 1, ""), 7);
        assert_eq!(line("gate", 0, "listen"), 1);
    }
}
