//! `kill -9` of the box at random moments of a scripted morning.
//!
//! ```text
//!   morning ─ errands ─► box ─ told ─► history ─► check
//!                         ▲ power fails anywhere in between; whoever was not answered comes again
//! ```
//!
//! What must always hold: after each restart the same queue; whoever was told something exists
//! exactly once; no call is given twice.

mod errand;
mod history;
mod morning;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use fixture::{Citizen, Clerk, ImaginaryOffice, Papers, screens};
use futures_util::future::join_all;
use names::Code;

use self::errand::Errand;
use self::history::{Answer, Hall, Told, check};
use self::morning::Morning;
use crate::told::{booked, pin, qr, signed_in, state_of};

/// How often the power fails, if `AUFRUF_KILLS` says nothing else.
const KILLS: u64 = 20;
/// The power fails within so many milliseconds from the first errand on: about as long as the
/// errands of one round take.
const WITHIN: u64 = 120;
/// Counters and terminals: enough that no key has to rest.
const COUNTERS: u8 = 50;
const TERMINALS: u8 = 30;
/// Appointments of the morning.
const BOOKED: usize = 12;
/// An errand that fails so often while the power is on is a failure of the box.
const PATIENT: usize = 3;

#[tokio::test(flavor = "multi_thread")]
async fn after_each_kill_of_the_box_the_queue_is_the_same_and_no_call_is_given_twice() -> Result<()> {
    let kills = from_environment("AUFRUF_KILLS")?.unwrap_or(KILLS);
    let seed = match from_environment("AUFRUF_SEED")? {
        Some(seed) => seed,
        None => u64::from(getrandom::u32().context("no random bits for a seed")?),
    };
    println!("AUFRUF_SEED={seed} AUFRUF_KILLS={kills}");
    let mut day = Day::begin(seed).await.with_context(|| format!("with AUFRUF_SEED={seed}"))?;
    for kill in 1..=kills {
        day.round().await.with_context(|| format!("at kill {kill} with AUFRUF_SEED={seed}"))?;
        let wrong = check(&day.history);
        assert!(wrong.is_empty(), "after kill {kill} with AUFRUF_SEED={seed}: {wrong:#?}\n{:#?}", day.latest());
    }
    let (calls, again, answers) = (day.calls(), day.came_again, day.history.len());
    println!("{kills} kills, {answers} answers, {calls} calls; {again} answers only after the power was back");
    assert!(calls >= kills && again >= kills, "power that fails while nothing happens proves nothing");
    Ok(())
}

/// The running morning.
struct Day {
    office: Arc<ImaginaryOffice>,
    clerk: Clerk,
    morning: Morning,
    history: Vec<Told>,
    /// Errands the power cut short.
    came_again: u64,
}

impl Day {
    async fn begin(seed: u64) -> Result<Self> {
        let papers = Papers { counters: COUNTERS, terminals: TERMINALS, ..Papers::default() };
        let office = Arc::new(ImaginaryOffice::open(papers).await?);
        let clerk = Clerk::sign_in(&office.page("")).await?;
        clerk.open(COUNTERS).await?;
        let mut appointments = Vec::new();
        for n in 0..BOOKED {
            // The box never hears of half of them: their tokens have to do.
            office.unplug(n >= BOOKED / 2);
            let citizen = Citizen::new(&office.site("/musterland"), "Erika Beispiel", &format!("erika{n}@example.org"));
            let mail = booked(&office, &citizen).await?;
            appointments.push((qr(&mail)?, pin(&mail)?.parse::<Code>()?));
        }
        appointments.reverse();
        let morning = Morning::new(seed, TERMINALS, COUNTERS, appointments);
        Ok(Self { office, clerk, morning, history: Vec::new(), came_again: 0 })
    }

    /// Everybody goes, the power fails, and whoever was not answered comes again.
    async fn round(&mut self) -> Result<()> {
        let errands = self.morning.next_errands();
        let going: Vec<_> = errands.iter().map(|errand| tokio::spawn(self.go_once(errand.clone()))).collect();
        let mut all = Box::pin(join_all(going));
        let moment = Duration::from_millis(self.morning.chance().below(WITHIN));
        let finished = tokio::time::timeout(moment, &mut all).await.ok();
        self.office.power_off().await?;
        let told = match finished {
            Some(told) => told,
            None => all.await,
        };
        let mut unanswered = Vec::new();
        for (errand, told) in errands.into_iter().zip(told) {
            match told.context("an errand broke")? {
                Ok(told) => self.hear(told),
                Err(_power_failed) => unanswered.push(errand),
            }
        }
        self.came_again += unanswered.len() as u64;
        self.come_back(unanswered).await
    }

    async fn come_back(&mut self, unanswered: Vec<Errand>) -> Result<()> {
        let out = self.morning.chance().happens(40);
        self.office.unplug(out);
        self.office.switch_on().await?;
        self.clerk.sign_in_again().await?;
        let (open, coming) = on_their_way(&unanswered);
        let hall = self.hall().await?;
        self.hear(Told::Back { hall, open, coming });
        for told in join_all(unanswered.iter().map(|errand| self.go_until_told(errand))).await {
            self.hear(told?);
        }
        let hall = self.hall().await?;
        self.hear(Told::Quiet(hall));
        Ok(())
    }

    fn hear(&mut self, told: Told) {
        self.morning.heard(&told);
        self.history.push(told);
    }

    fn go_once(&self, errand: Errand) -> impl Future<Output = Result<Told>> + Send + use<> {
        let (office, clerk) = (Arc::clone(&self.office), self.clerk.clone());
        async move { errand.run(&office, &clerk).await }
    }

    async fn go_until_told(&self, errand: &Errand) -> Result<Told> {
        let mut last = None;
        for _try in 0..PATIENT {
            match errand.run(&self.office, &self.clerk).await {
                Ok(told) => return Ok(told),
                Err(error) => last = Some(error),
            }
        }
        match last {
            Some(error) => Err(error.context(format!("{errand:?} was tried {PATIENT} times"))),
            None => bail!("{errand:?} was never tried"),
        }
    }

    /// Everybody, as the counter pages show them.
    async fn hall(&self) -> Result<Hall> {
        let browser = signed_in(&self.office).await?;
        let pages = (1..=COUNTERS).map(|counter| {
            let url = self.office.page(&format!("/platz/{counter}/ereignisse"));
            state_of(&browser, url)
        });
        let mut hall = Hall::default();
        for (counter, state) in (1..=COUNTERS).zip(join_all(pages).await) {
            let state = state?;
            let page = screens::counter(state["html"].as_str().context("a counter page without a picture")?);
            hall.waiting = page.waiting;
            hall.at.extend(page.visitor.map(|code| (counter, code)));
        }
        Ok(hall)
    }

    fn calls(&self) -> u64 {
        let called = |told: &&Told| matches!(told, Told::Answered(_, Answer::Called(_)));
        self.history.iter().filter(called).count() as u64
    }

    /// The end of the history, for whoever has to find out.
    fn latest(&self) -> &[Told] {
        &self.history[self.history.len().saturating_sub(60)..]
    }
}

fn on_their_way(errands: &[Errand]) -> (BTreeSet<u8>, BTreeSet<Code>) {
    let (mut open, mut coming) = (BTreeSet::new(), BTreeSet::new());
    for errand in errands {
        match errand {
            Errand::Act(press) => drop(open.insert(press.counter)),
            Errand::Scan { code, .. } | Errand::Type { code, .. } => drop(coming.insert(*code)),
            Errand::Number { .. } => {}
        }
    }
    (open, coming)
}

fn from_environment(name: &str) -> Result<Option<u64>> {
    match std::env::var(name) {
        Ok(number) => Ok(Some(number.parse().with_context(|| format!("{name}: not a number"))?)),
        Err(_unset) => Ok(None),
    }
}
