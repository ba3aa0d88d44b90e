//! What people do with the box, one scenario each. Each begins at the same snapshot and gives back
//! in one sentence what was seen.

mod away;
mod call;
mod hands;
mod health;
mod power;
mod strangers;

use anyhow::{Context, Result};

use crate::rig::Rig;

/// What can be chosen about scenarios.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Orders {
    /// How many times the power is cut.
    pub(crate) cuts: u32,
    /// The moments of the cuts follow from this.
    pub(crate) seed: u64,
}

/// A scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scene {
    /// Two scanners and a keypad type at the same time.
    ThreeAtOnce,
    /// A PIN on the keypad.
    Pin,
    /// The code of the mail under both scanners.
    Qr,
    /// A number is pulled.
    Ticket,
    /// A press at the desk: board, chime.
    DeskPress,
    /// A scanner loses its plug in the middle of a line.
    Unplug,
    /// A keyboard nobody listed.
    Rogue,
    /// The network cable is pulled.
    Cable,
    /// The line goes silent.
    Silence,
    /// The booking server is away from the start on.
    ServerAway,
    /// The program hangs.
    Hang,
    /// A picture of each screen.
    Screens,
    /// The power is cut again and again.
    PowerCuts,
}

impl Scene {
    const ALL: [Self; 13] = [
        Self::ThreeAtOnce,
        Self::Pin,
        Self::Qr,
        Self::Ticket,
        Self::DeskPress,
        Self::Unplug,
        Self::Rogue,
        Self::Cable,
        Self::Silence,
        Self::ServerAway,
        Self::Hang,
        Self::Screens,
        Self::PowerCuts,
    ];

    /// What a change of ours is most likely to break.
    const SHORT: [Self; 4] = [Self::ThreeAtOnce, Self::Qr, Self::DeskPress, Self::Rogue];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::ThreeAtOnce => "three-at-once",
            Self::Pin => "pin",
            Self::Qr => "qr",
            Self::Ticket => "ticket",
            Self::DeskPress => "desk-press",
            Self::Unplug => "unplug",
            Self::Rogue => "rogue",
            Self::Cable => "cable",
            Self::Silence => "silence",
            Self::ServerAway => "server-away",
            Self::Hang => "hang",
            Self::Screens => "screens",
            Self::PowerCuts => "power-cuts",
        }
    }

    /// Plays it; what was seen.
    pub(crate) async fn play(self, rig: &mut Rig, orders: &Orders) -> Result<String> {
        match self {
            Self::ThreeAtOnce => hands::three_at_once(rig).await,
            Self::Pin => hands::pin(rig).await,
            Self::Qr => hands::qr(rig).await,
            Self::Ticket => hands::ticket(rig).await,
            Self::DeskPress => call::desk_press(rig).await,
            Self::Unplug => strangers::unplug(rig).await,
            Self::Rogue => strangers::rogue(rig).await,
            Self::Cable => away::cable(rig).await,
            Self::Silence => away::silence(rig).await,
            Self::ServerAway => away::server(rig).await,
            Self::Hang => health::hang(rig).await,
            Self::Screens => health::screens(rig).await,
            Self::PowerCuts => power::cuts(rig, orders).await,
        }
    }
}

/// The scenarios of some names; `short` and `all` are several.
///
/// # Errors
/// A name nobody has; the message tells those there are.
pub(crate) fn chosen(names: &[String]) -> Result<Vec<Scene>> {
    let mut scenes = Vec::new();
    for name in names {
        match name.as_str() {
            "all" => scenes.extend(Scene::ALL),
            "short" => scenes.extend(Scene::SHORT),
            other => {
                let scene = Scene::ALL.into_iter().find(|scene| scene.name() == other);
                let known = Scene::ALL.map(Scene::name).join(", ");
                scenes.push(scene.with_context(|| format!("no scenario {other:?}; there are short, all, {known}"))?);
            }
        }
    }
    Ok(scenes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_holds_every_scenario_once_and_a_wrong_name_tells_the_right_ones() {
        let all = chosen(&["all".to_owned()]).expect("known");
        let mut names: Vec<_> = all.iter().map(|scene| scene.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Scene::ALL.len());
        let wrong = chosen(&["qrr".to_owned()]).expect_err("unknown");
        assert!(wrong.to_string().contains("power-cuts"), "{wrong}");
    }
}
