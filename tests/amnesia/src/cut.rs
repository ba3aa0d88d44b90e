//! Cutting the power at a place of a trace, and what is on the disk then.
//!
//! ```text
//!   trace  W1 W2 S W3 W4 R5 │ W6 S …        everything     what was synced: W1 W2
//!          └─durable┘└pending┘               tail           W1 W2, then W3 or W3 W4 or …
//!                           └ the cut        scattered      W1 W2, then any of W3 W4 R5
//!                                            torn           a head whole, the rest by sectors
//! ```
//!
//! A disk may also write in another order than it was told. That leaves some of the writes and
//! not others, so it is what `scattered` draws; where two pending writes overlap, the page cache
//! knows the newer one only, so that an older one never comes to lie over it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::chance::Chance;
use crate::disk::{Image, Op};

/// What happens to the operations that were not synced when the power went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// All are lost.
    Everything,
    /// The first ones survive, as many as chance says, the last ones are lost.
    Tail,
    /// Each survives or is lost by chance.
    Scattered,
    /// The first ones survive whole, of the others each sector by chance; sectors have 512 or
    /// 4096 bytes.
    Torn,
}

impl Loss {
    /// Every kind, in the order of their harshness.
    pub const ALL: [Self; 4] = [Self::Everything, Self::Tail, Self::Scattered, Self::Torn];

    /// Its word in a figure.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Everything => "everything",
            Self::Tail => "tail",
            Self::Scattered => "scattered",
            Self::Torn => "torn",
        }
    }
}

/// Sizes of sectors: old disks and cards; new ones.
const SECTORS: [usize; 2] = [512, 4096];

/// Walks through a trace and cuts the power where it stands. It only goes forward.
#[derive(Clone, Debug)]
pub struct Cutter<'t> {
    trace: &'t [Op],
    at: usize,
    durable: Image,
    pending: Vec<&'t Op>,
}

impl<'t> Cutter<'t> {
    /// Stands before the first operation of a trace that began with these files.
    #[must_use]
    pub fn new(began_with: Image, trace: &'t [Op]) -> Self {
        Self { trace, at: 0, durable: began_with, pending: Vec::new() }
    }

    /// Goes on until `at` operations have happened; stops at the end of the trace.
    pub fn advance(&mut self, at: usize) {
        let upto = at.min(self.trace.len());
        while self.at < upto {
            let op = &self.trace[self.at];
            self.at += 1;
            match op {
                Op::Sync { file } => self.sync(file),
                Op::SyncFolder => self.sync_folder(),
                Op::Write { .. } | Op::Create { .. } | Op::Resize { .. } | Op::Delete { .. } | Op::Rename { .. } => {
                    self.pending.push(op)
                }
            }
        }
    }

    fn sync(&mut self, file: &Arc<str>) {
        let durable = &mut self.durable;
        self.pending.retain(|op| {
            let synced = op.file() == Some(file);
            if synced {
                durable.apply(op);
            }
            !synced
        });
    }

    /// Makes the names durable. What was written under a name before it changed hands is gone.
    fn sync_folder(&mut self) {
        let mut later = BTreeMap::new();
        for (place, op) in self.pending.iter().enumerate().filter(|(_, op)| op.is_about_names()) {
            self.durable.apply(op);
            later.insert(op.file(), place);
        }
        let mut place = 0;
        self.pending.retain(|op| {
            let stays = later.get(&op.file()).is_none_or(|changed| place > *changed);
            place += 1;
            stays
        });
    }

    /// How many operations a cut here may lose.
    #[must_use]
    pub fn at_risk(&self) -> usize {
        self.pending.len()
    }

    /// What is on the disk after a cut here.
    #[must_use]
    pub fn cut(&self, loss: Loss, chance: &mut Chance) -> Image {
        let mut image = self.durable.clone();
        let some = chance.below(self.pending.len() + 1);
        let sector = SECTORS[chance.below(SECTORS.len())];
        let whole = match loss {
            Loss::Tail | Loss::Torn => some,
            Loss::Everything | Loss::Scattered => 0,
        };
        let mut nameless = BTreeSet::new();
        for (place, op) in self.pending.iter().enumerate() {
            if nameless.contains(&op.file()) {
                continue;
            }
            let survives = place < whole
                || match loss {
                    Loss::Everything | Loss::Tail => false,
                    Loss::Scattered => chance.coin(),
                    Loss::Torn => {
                        tear(&mut image, op, sector, chance);
                        false
                    }
                };
            if survives {
                image.apply(op);
            } else if op.is_about_names() {
                // The name leads to the old file or nowhere; what came later went into another one.
                nameless.insert(op.file());
            }
        }
        image
    }
}

/// Of a write each sector survives or not; other operations have no parts and are lost.
fn tear(image: &mut Image, op: &Op, sector: usize, chance: &mut Chance) {
    let Op::Write { file, at, bytes } = op else { return };
    let mut from = 0;
    while from < bytes.len() {
        // Sectors lie where the disk has them, not where the write begins.
        let to = (from + sector - (at + from) % sector).min(bytes.len());
        if chance.coin() {
            image.write(file, at + from, &bytes[from..to]);
        }
        from = to;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(at: usize, bytes: &[u8]) -> Op {
        Op::Write { file: "a".into(), at, bytes: bytes.into() }
    }

    fn sync() -> Op {
        Op::Sync { file: "a".into() }
    }

    fn images(trace: &[Op], loss: Loss) -> Vec<Image> {
        let mut cutter = Cutter::new(Image::default(), trace);
        cutter.advance(trace.len());
        (0..200).map(|seed| cutter.cut(loss, &mut Chance::new(seed, 0))).collect()
    }

    /// Whether some of the cuts left exactly these bytes, or no file.
    fn some_left(images: &[Image], bytes: Option<&[u8]>) -> bool {
        images.iter().any(|image| image.file("a") == bytes)
    }

    #[test]
    fn what_was_synced_survives_every_cut() {
        let trace = [write(0, b"one"), sync(), write(3, b"two")];
        for loss in Loss::ALL {
            assert!(
                images(&trace, loss).iter().all(|i| i.file("a").is_some_and(|a| a.starts_with(b"one"))),
                "{loss:?}"
            );
        }
        assert!(images(&trace, Loss::Everything).iter().all(|i| i.file("a") == Some(b"one")));
    }

    #[test]
    fn a_sync_of_another_file_saves_nothing() {
        let other = Op::Sync { file: "b".into() };
        assert!(images(&[write(0, b"one"), other], Loss::Everything).iter().all(|i| i.file("a").is_none()));
    }

    #[test]
    fn a_tail_is_lost_in_order_and_scattered_writes_are_not() {
        let trace = [write(0, b"x"), write(1, b"y")];
        let tail = images(&trace, Loss::Tail);
        assert!(some_left(&tail, None) && some_left(&tail, Some(b"x")) && some_left(&tail, Some(b"xy")));
        assert!(!some_left(&tail, Some(b"\0y")));
        assert!(some_left(&images(&trace, Loss::Scattered), Some(b"\0y")));
    }

    #[test]
    fn a_torn_write_breaks_at_sectors_of_the_disk() {
        let trace = [write(500, &[7; 600])];
        let torn = images(&trace, Loss::Torn);
        let of = |image: &Image, at: usize| image.file("a").and_then(|a| a.get(at).copied()).unwrap_or(0);
        // The borders of small sectors inside the write: 512 and 1024.
        assert!(torn.iter().any(|i| of(i, 511) == 0 && of(i, 512) == 7 && of(i, 1023) == 7));
        assert!(torn.iter().any(|i| of(i, 1023) == 0 && of(i, 1024) == 7));
        assert!(torn.iter().all(|i| of(i, 512) == of(i, 1023) && of(i, 1024) == of(i, 1099)));
    }

    #[test]
    fn a_file_made_anew_is_never_mixed_with_the_old_one() {
        let old: Arc<str> = "a".into();
        let trace = [
            write(0, b"old old"),
            sync(),
            Op::Delete { file: old.clone() },
            Op::Create { file: old },
            write(4, b"new"),
        ];
        for loss in Loss::ALL {
            for image in images(&trace, loss) {
                let left = image.file("a").unwrap_or_default();
                assert!(left == b"old old" || !left.starts_with(b"old"), "{loss:?}: {left:?}");
            }
        }
    }

    #[test]
    fn a_synced_folder_keeps_names_and_not_what_stands_in_the_files() {
        let (a, b): (Arc<str>, Arc<str>) = ("a".into(), "b".into());
        let trace = [
            write(0, b"old"),
            sync(),
            Op::Delete { file: a },
            Op::Create { file: b.clone() },
            Op::Write { file: b, at: 0, bytes: (*b"new").into() },
            Op::SyncFolder,
        ];
        for image in images(&trace, Loss::Everything) {
            assert_eq!((image.file("a"), image.file("b")), (None, Some(&b""[..])));
        }
        assert!(images(&trace, Loss::Scattered).iter().any(|image| image.file("b") == Some(b"new")));
    }

    #[test]
    fn a_rename_happens_whole_or_not_at_all_and_is_safe_with_its_folder() {
        let (new, to): (Arc<str>, Arc<str>) = ("a.new".into(), "a".into());
        let mut trace = vec![
            write(0, b"old"),
            sync(),
            Op::Create { file: new.clone() },
            Op::Write { file: new.clone(), at: 0, bytes: (*b"new").into() },
            Op::Sync { file: new.clone() },
            Op::Rename { from: new, to },
        ];
        for loss in Loss::ALL {
            let images = images(&trace, loss);
            assert!(
                images.iter().all(|image| [Some(&b"old"[..]), Some(b"new")].contains(&image.file("a"))),
                "{loss:?}"
            );
        }
        assert!(some_left(&images(&trace, Loss::Scattered), Some(b"new")));
        trace.push(Op::SyncFolder);
        assert!(images(&trace, Loss::Everything).iter().all(|image| image.file("a") == Some(b"new")));
    }

    #[test]
    fn the_same_seed_loses_the_same() {
        let trace: Vec<Op> = (0..50).map(|n| write(n * 700, &[1; 700])).collect();
        for loss in Loss::ALL {
            assert_eq!(images(&trace, loss), images(&trace, loss));
        }
    }
}
