//! What a counter can do.

use serde::{Deserialize, Serialize};

use crate::VisitId;

/// One act of a counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Act {
    /// Open the counter.
    Open,
    /// Call nobody for now.
    Pause,
    /// Close the counter.
    Close,
    /// Call who is next.
    CallNext,
    /// Call this person.
    CallThis(VisitId),
    /// Show and sound the call again.
    Recall,
    /// Nobody came. Always a person's decision.
    Missed,
    /// The called person stands here.
    IsHere,
    /// Served; call nobody.
    Finish,
    /// Served; call who is next.
    FinishAndNext,
    /// Served for now; comes back with the same code.
    ComesBack,
    /// Count this unverified appointment as an appointment. Always a person's decision.
    Lift(VisitId),
    /// The one button of a desk device; what it means depends on the state (`rules.md`, Calling).
    Button(Gesture),
}

/// How the one button was pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gesture {
    /// Once, shortly.
    Short,
    /// Twice within half a second.
    Double,
    /// For three seconds or longer: emergency (not yet built; answered, never ignored).
    Long,
}

/// One press of one key, as the pressing side named it: at most 64 printable characters,
/// unique per key for at least the day.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PressId(pub String);
