//! How many appointments there are at the same time.

use jiff::Timestamp;

/// The most appointments at one moment, and such a moment. One that ends when another begins is
/// over by then.
pub(crate) fn most_at_once(times: impl IntoIterator<Item = (Timestamp, Timestamp)>) -> Option<(usize, Timestamp)> {
    let mut steps: Vec<(Timestamp, bool)> = Vec::new();
    for (from, to) in times {
        steps.extend([(from, true), (to, false)]);
    }
    // At the same moment, ends come before beginnings.
    steps.sort_unstable();
    let (mut now, mut most) = (0_usize, None);
    for (at, begins) in steps {
        now = if begins { now + 1 } else { now.saturating_sub(1) };
        if most.is_none_or(|(count, _)| now > count) {
            most = Some((now, at));
        }
    }
    most
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minute(minute: i64) -> Timestamp {
        Timestamp::constant(60 * minute, 0)
    }

    #[test]
    fn appointments_one_after_the_other_are_one_at_a_time() {
        let times = [(0, 10), (10, 20), (20, 40)].map(|(from, to)| (minute(from), minute(to)));
        assert_eq!(most_at_once(times), Some((1, minute(0))));
        assert_eq!(most_at_once([]), None);
    }

    #[test]
    fn the_fullest_moment_is_found() {
        let times = [(0, 30), (10, 20), (15, 40), (20, 30)].map(|(from, to)| (minute(from), minute(to)));
        assert_eq!(most_at_once(times), Some((3, minute(15))));
    }
}
