//! Which word was meant: the nearest of those that are allowed.

/// How many letters have to be changed, added, left out or swapped with their neighbour.
#[must_use]
pub fn distance(one: &str, other: &str) -> usize {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=other.len()).collect();
    for (row, a) in one.iter().enumerate() {
        let mut next = vec![row + 1];
        for (at, b) in other.iter().enumerate() {
            let changed = last[at] + usize::from(a != b);
            let mut least = changed.min(last[at + 1] + 1).min(next[at] + 1);
            if row > 0 && at > 0 && *a == other[at - 1] && one[row - 1] == *b {
                least = least.min(before[at - 1] + 1);
            }
            next.push(least);
        }
        before = std::mem::replace(&mut last, next);
    }
    last.last().copied().unwrap_or_default()
}

/// The word that was probably meant: at most one letter in three is another, whatever the case.
#[must_use]
pub fn meant<'a>(found: &str, allowed: &'a [String]) -> Option<&'a str> {
    let plain = |word: &str| word.to_lowercase().replace(['-', ' '], "_");
    let found = plain(found);
    let near = allowed.iter().map(|word| (distance(&found, &plain(word)), word.as_str()));
    let (letters, word) = near.min_by_key(|(letters, _)| *letters)?;
    (letters <= 1.max(found.chars().count() / 3)).then_some(word)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_nearest_word_is_meant_unless_it_is_far() {
        let allowed = ["number", "skills", "first_rotation"].map(str::to_owned);
        for (found, word) in [
            ("nummer", Some("number")),
            ("NUMBER", Some("number")),
            ("nubmer", Some("number")),
            ("First-Rotation", Some("first_rotation")),
            ("color", None),
            ("", None),
        ] {
            assert_eq!(meant(found, &allowed), word, "{found}");
        }
        assert_eq!(meant("a", &[]), None);
    }

    proptest! {
        #[test]
        fn the_distance_is_the_same_both_ways_and_none_only_to_itself(one in "[a-dä]{0,8}", other in "[a-dä]{0,8}") {
            prop_assert_eq!(distance(&one, &other), distance(&other, &one));
            prop_assert_eq!(distance(&one, &other) == 0, one == other);
        }
    }
}
