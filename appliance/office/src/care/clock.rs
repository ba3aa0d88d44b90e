//! The clock as a part of the health document: how far it can be believed, and what to do.

use names::Trust;
use queue::ClockSource;

use super::Health;
use crate::clock::Standing;

/// Its name in the document.
const PART: &str = "clock";

impl Health {
    /// How the clock stands.
    pub(crate) fn clock(&self, standing: Standing) {
        let works = standing.trust != Trust::Unknown && !standing.astray;
        self.set(PART, works, told(standing));
    }
}

/// The state of the clock, and what to do about it.
fn told(standing: Standing) -> String {
    match (standing.trust, standing.confirmed) {
        _ if standing.astray => "trusted, but the network or the booking server now tell a time that differs by more \
                                 than 10 minutes; find out which is wrong, then restart the box"
            .to_owned(),
        (Trust::Unknown, None) => {
            "unknown: confirm the day on the page /uhr, or connect the line; the office works on by arrival".to_owned()
        }
        (Trust::Unknown, Some(day)) => format!(
            "unknown, the day {day} is confirmed: the date counts, the hour does not; \
             connect the line, or open two counter pages on two computers"
        ),
        (Trust::Plausible, _) => format!("plausible{}", by(standing.by)),
        (Trust::Trusted, _) => format!("trusted{}", by(standing.by)),
    }
}

fn by(source: Option<ClockSource>) -> &'static str {
    match source {
        Some(ClockSource::Chip) => ", by the battery clock",
        Some(ClockSource::Browsers) => ", by the browsers of the house",
        Some(ClockSource::Person) => ", by a person",
        Some(ClockSource::Network) => ", by the network's time",
        Some(ClockSource::Server) => ", by the booking server",
        None => ", since before the program was started again",
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn standing(trust: Trust) -> Standing {
        Standing { trust, by: Some(ClockSource::Server), confirmed: None, astray: false }
    }

    fn part(standing: Standing) -> (bool, String) {
        let health = Health::default();
        health.clock(standing);
        let part = health.report().parts[PART].clone();
        (part.works, part.detail)
    }

    #[test]
    fn an_unknown_clock_says_what_to_do_and_a_known_one_who_vouched() {
        let (works, detail) = part(standing(Trust::Unknown));
        assert!(!works && detail.contains("/uhr"), "{detail}");
        let confirmed = Standing { confirmed: Some(date(2026, 11, 23)), ..standing(Trust::Unknown) };
        let (works, detail) = part(confirmed);
        assert!(!works && detail.contains("2026-11-23"), "{detail}");
        assert_eq!(part(standing(Trust::Trusted)), (true, "trusted, by the booking server".to_owned()));
        let (works, detail) = part(Standing { astray: true, ..standing(Trust::Trusted) });
        assert!(!works && detail.contains("restart"), "{detail}");
    }
}
