//! What a printer tells of itself (DLE EOT, GS r), as plain words. Pure.

/// The questions about the state, answered at once, whatever the printer does: how it is, why it is
/// offline, what of the paper.
pub(super) const QUESTIONS: [[u8; 3]; 3] = [[0x10, 4, 1], [0x10, 4, 2], [0x10, 4, 4]];

/// Which error it is; not every printer has an answer.
pub(super) const WHICH_ERROR: [u8; 3] = [0x10, 4, 3];

/// No error that has a name.
pub(super) const NO_ERROR: u8 = 0x12;

/// Throws away what the printer has not printed yet: half a slip of somebody who is gone.
pub(super) const CLEAR: [u8; 10] = [0x10, 0x14, 8, 1, 3, 20, 1, 6, 2, 8];

/// The state of the printer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Status {
    offline: bool,
    cover_open: bool,
    paper_out: bool,
    knife_stuck: bool,
    broken: bool,
    paper_low: bool,
}

impl Status {
    /// The answers to the three questions, and which error it is.
    pub(super) fn of([state, cause, paper]: [u8; 3], error: u8) -> Self {
        Self {
            offline: state & 0x08 != 0,
            cover_open: cause & 0x04 != 0,
            paper_out: cause & 0x20 != 0 || paper & 0x60 != 0,
            knife_stuck: error & 0x08 != 0,
            broken: cause & 0x40 != 0 || error & 0x60 != 0,
            paper_low: paper & 0x0c != 0,
        }
    }

    /// Whether there is an error to ask for.
    pub(super) fn has_error(self) -> bool {
        self.broken
    }

    /// Why nothing can be printed, and what to do; the most likely reason first.
    pub(super) fn trouble(self) -> Option<&'static str> {
        match self {
            Self { cover_open: true, .. } => Some("the cover of the printer is open; close it"),
            Self { paper_out: true, .. } => Some("the printer has no paper; put a new roll in"),
            Self { knife_stuck: true, .. } => Some("the knife of the printer is stuck; open the cover and free it"),
            Self { broken: true, .. } => Some("the printer tells of a fault; switch it off and on again"),
            Self { offline: true, .. } => Some("the printer is not ready; look whether its key was pressed"),
            Self { .. } => None,
        }
    }

    /// Whether the roll is nearly at its end.
    pub(super) fn paper_low(self) -> bool {
        self.paper_low
    }
}

/// Whether a byte has the form of an answer about the state.
pub(super) fn is_state(byte: u8) -> bool {
    byte & 0b1001_0011 == 0b0001_0010
}

/// What a byte says about the paper after all before it was printed: whether there was some left.
/// Nothing for a byte of another form.
pub(super) fn paper_left(byte: u8) -> Option<bool> {
    (byte & 0b1001_0000 == 0).then_some(byte & 0x0c == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const READY: [u8; 3] = [0x16, 0x12, 0x12];

    #[test]
    fn a_printer_that_is_ready_has_no_trouble() {
        assert!(READY.into_iter().all(is_state));
        assert_eq!(Status::of(READY, NO_ERROR), Status::default());
        assert_eq!(Status::of(READY, NO_ERROR).trouble(), None);
    }

    #[test]
    fn each_trouble_has_its_own_words() {
        for (place, bits, word) in [
            (0, 0x08, "not ready"),
            (1, 0x04, "cover"),
            (1, 0x20, "no paper"),
            (2, 0x60, "no paper"),
            (1, 0x40, "fault"),
        ] {
            let mut answers = READY;
            answers[place] |= bits;
            let trouble = Status::of(answers, NO_ERROR).trouble().expect("a trouble");
            assert!(trouble.contains(word), "{trouble}");
        }
        let stuck = Status::of([0x1e, 0x52, 0x12], NO_ERROR | 0x08);
        assert!(stuck.has_error() && stuck.trouble().is_some_and(|trouble| trouble.contains("knife")));
    }

    #[test]
    fn a_roll_near_its_end_still_prints() {
        let status = Status::of([0x16, 0x12, 0x1e], NO_ERROR);
        assert!(status.paper_low() && status.trouble().is_none());
    }

    #[test]
    fn answers_of_one_kind_are_not_taken_for_the_other() {
        assert_eq!((paper_left(0x00), paper_left(0x03), paper_left(0x0c)), (Some(true), Some(true), Some(false)));
        assert!((0..=255).all(|byte| !(is_state(byte) && paper_left(byte).is_some())));
    }
}
