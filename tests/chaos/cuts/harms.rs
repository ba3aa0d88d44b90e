//! Which harms a run goes through.

use std::collections::BTreeMap;

use fixture::Chance;
use fixture::chaos::{Harm, Page, Way};

/// The bytes of one exchange: said and answered.
pub(crate) type Size = (u64, u64);

/// Of a small run so many in a hundred are cuts; the others are of every other kind.
const CUTS_IN_HUNDRED: usize = 65;

/// Of a run that leaves no byte out so many harms are no cuts.
const OTHERS: usize = 300;

/// So many harms in an order of chance; 0 are cuts at every byte of an exchange in both
/// directions, and more of every other kind.
pub(crate) fn plan(chance: &mut Chance, size: Size, wanted: usize) -> Vec<Harm> {
    let mut cuts = every_cut(chance, size);
    let wanted = if wanted == 0 { cuts.len() + OTHERS } else { wanted };
    chance.shuffle(&mut cuts);
    let fits = cuts.len() + others(chance, size, 0).len() <= wanted;
    if !fits {
        cuts.truncate(wanted * CUTS_IN_HUNDRED / 100);
    }
    let mut harms = cuts;
    let rest = others(chance, size, wanted.saturating_sub(harms.len()));
    harms.extend(rest);
    harms.truncate(wanted);
    chance.shuffle(&mut harms);
    harms
}

fn every_cut(chance: &mut Chance, (there, back): Size) -> Vec<Harm> {
    let places = (0..=there).map(|after| (Way::There, after)).chain((0..=back).map(|after| (Way::Back, after)));
    places.map(|(way, after)| Harm::Cut { way, after, hard: chance.happens(50) }).collect()
}

/// At least this many, and at least one of each kind.
fn others(chance: &mut Chance, size: Size, wanted: usize) -> Vec<Harm> {
    let mut harms = Vec::new();
    while harms.len() < wanted.max(1) {
        for _twice in 0..3 {
            let (way, at) = somewhere(chance, size);
            harms.extend([Harm::Stall { way, after: at }, Harm::Corrupt { way, at }]);
        }
        harms.extend([Harm::Twice, Harm::Refused, Harm::Stall { way: Way::There, after: 0 }]);
        harms.extend([Page::Login, Page::Redirect, Page::NetworkAuthentication].map(Harm::Portal));
    }
    harms
}

fn somewhere(chance: &mut Chance, (there, back): Size) -> (Way, u64) {
    if chance.happens(50) { (Way::There, chance.below(there)) } else { (Way::Back, chance.below(back)) }
}

/// How many of which kind.
pub(crate) fn summary(harms: &[Harm], (there, back): Size) -> String {
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for harm in harms {
        let kind = match harm {
            Harm::Cut { .. } => "cut",
            Harm::Stall { .. } => "half open",
            Harm::Corrupt { .. } => "wrong bit",
            Harm::Twice => "said twice",
            Harm::Portal(_) => "captive portal",
            Harm::Refused => "refused",
        };
        *kinds.entry(kind).or_default() += 1;
    }
    let of_a_cut = |harm: &Harm| match harm {
        Harm::Cut { way, after, .. } => Some((*way == Way::There, *after)),
        Harm::Stall { .. } | Harm::Corrupt { .. } | Harm::Twice | Harm::Portal(_) | Harm::Refused => None,
    };
    let places: std::collections::BTreeSet<_> = harms.iter().filter_map(of_a_cut).collect();
    let kinds: Vec<String> = kinds.iter().map(|(kind, times)| format!("{times} {kind}")).collect();
    format!(
        "{} harms ({}), cut at {} of {} places of an exchange of {there} + {back} bytes, all converged",
        harms.len(),
        kinds.join(", "),
        places.len(),
        there + back + 2
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_run_cuts_at_every_byte_and_a_small_one_has_every_kind() {
        let large = plan(&mut Chance::new(1), (200, 100), 0);
        assert_eq!(large.len(), 302 + OTHERS);
        assert!(summary(&large, (200, 100)).contains("cut at 302 of 302 places"));
        let small = plan(&mut Chance::new(1), (200, 100), 60);
        assert_eq!(small.len(), 60);
        for kind in ["cut", "half open", "wrong bit", "said twice", "captive portal", "refused"] {
            assert!(summary(&small, (200, 100)).contains(kind), "no {kind}");
        }
    }
}
