//! The rules, each of which can be left out alone to see that the model notices.
//!
//! A rule is never left out inside the product's function: the model uses the function wrongly, or
//! lays a hand on the sheet before or after it, as a program without the rule would.

use crate::laws::Law;

/// One rule of the exchange of seats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// Only the holder sells.
    HolderSells,
    /// What is given comes back only by a grant, not by a deadline.
    NoLease,
    /// A booking comes from a hold that still stands.
    HoldStands,
    /// What is sold is not given.
    SoldStays,
    /// What is held is not given.
    HeldStays,
    /// What is retired is not sold.
    RetiredStays,
    /// The give is on the giver's disk before the grant leaves.
    GiveBeforeGrant,
    /// A give raises the generation.
    GenerationGrows,
    /// Only a newer generation is accepted.
    GenerationChecked,
    /// A grant is accepted only by the life it was given to, or by a later one if nothing was lost
    /// in between.
    LifeChecked,
    /// A restored side begins a new life.
    NewLife,
    /// What was free at an unproven restore is burned.
    BurnFree,
    /// What was held at an unproven restore is burned.
    BurnHeld,
    /// What was sold at an unproven restore is frozen.
    FreezeSold,
    /// A frozen booking is not freed by a cancel.
    FrozenStays,
    /// A cancel frees only the booking it names.
    CancelByName,
    /// A day is minted free only above the mint mark.
    MintMark,
    /// What is found after a restore proves it only if it reaches the witness, which is written
    /// before anything is told or sent.
    ProofReachesWitness,
    /// A booking moves only onto free seats.
    ReseatOntoFree,
    /// A new grant thaws what was burned or frozen.
    GrantThaws,
    /// Only what the plan offers, in a lane that serves what is wanted, is held or sold.
    PlanAsked,
    /// Every change is written down, so that a restore can do it again.
    ChangesWritten,
    /// A restore is noticed. No rule can promise that without a witness outside: the limit.
    RestoreNoticed,
}

impl Rule {
    pub(crate) const ALL: [Self; 23] = [
        Self::HolderSells,
        Self::NoLease,
        Self::HoldStands,
        Self::SoldStays,
        Self::HeldStays,
        Self::RetiredStays,
        Self::GiveBeforeGrant,
        Self::GenerationGrows,
        Self::GenerationChecked,
        Self::LifeChecked,
        Self::NewLife,
        Self::BurnFree,
        Self::BurnHeld,
        Self::FreezeSold,
        Self::FrozenStays,
        Self::CancelByName,
        Self::MintMark,
        Self::ProofReachesWitness,
        Self::ReseatOntoFree,
        Self::GrantThaws,
        Self::PlanAsked,
        Self::ChangesWritten,
        Self::RestoreNoticed,
    ];

    /// What goes wrong without it: each of these laws is broken, what a citizen notices first.
    pub(crate) fn guards(self) -> &'static [Law] {
        match self {
            Self::HolderSells | Self::HoldStands => &[Law::SoldOnce, Law::Authority],
            Self::NoLease | Self::GiveBeforeGrant | Self::GenerationChecked | Self::NewLife | Self::RestoreNoticed => {
                &[Law::SoldOnce, Law::OneRight]
            }
            Self::SoldStays => &[Law::SoldOnce, Law::Kept],
            Self::ReseatOntoFree => &[Law::SoldOnce],
            Self::LifeChecked => &[Law::SoldOnce, Law::OneRight, Law::Fenced],
            Self::BurnFree | Self::BurnHeld => &[Law::SoldOnce, Law::OneRight, Law::Fenced],
            Self::FreezeSold | Self::FrozenStays => &[Law::SoldOnce, Law::FreedOnce],
            Self::CancelByName => &[Law::SoldOnce, Law::FreedOnce, Law::Kept],
            Self::MintMark => &[Law::SoldOnce, Law::MintedOnce],
            Self::ProofReachesWitness => &[Law::SoldOnce, Law::Kept],
            Self::HeldStays => &[Law::HoldsStand],
            Self::RetiredStays => &[Law::Authority],
            Self::GenerationGrows => &[Law::Generations],
            Self::GrantThaws => &[Law::GrantUsable],
            Self::PlanAsked => &[Law::LaneServes],
            Self::ChangesWritten => &[Law::LogTells],
        }
    }
}
