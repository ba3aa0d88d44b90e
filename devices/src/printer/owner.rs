//! The one task that owns the printer.
//!
//! ```text
//!   away ──opened──► looking every 2 s ──slip──► sent ──"all is printed"──► Done
//!    ▲ slip: Not        │ trouble: Not             │ cut, silent, no paper
//!    └──────────────────┴──────────────────────────┴──► Unsure, never again
//! ```
//!
//! What must always hold: every slip is answered exactly once per order, within the times below; a
//! slip of which a byte was sent is never sent again, whatever the printer answered or did not.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::sync::mpsc::{Receiver, Sender};
use tokio::time::{sleep, timeout};

use super::encode::{self, Paper};
use super::line::{Line, Lost, PrinterPlace};
use super::slip::{Printed, Slip};
use super::status::{self, Status};
use super::{LOW_PART, PART, SLIP_PART};
use crate::report::Report;
use crate::values::Sensed;

/// How often a printer that has nothing to do is looked after.
const LOOK: Duration = Duration::from_secs(2);

/// A question about the state is answered at once; a busy printer on the network needs a little.
const ANSWER: Duration = Duration::from_secs(1);

/// How long the printer may take to take a job; its buffer holds more.
const TAKE: Duration = Duration::from_secs(3);

/// How long printing and cutting may take: a slip has about 12 cm, slow printers do 5 cm a second.
const PRINT: Duration = Duration::from_secs(6);

/// Pauses between two tries to open the way.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(8);

/// How many slips are remembered by their id: more than two hours of a full hall.
const REMEMBERED: usize = 512;

/// What the task owns.
pub(super) struct Owner {
    place: PrinterPlace,
    paper: Paper,
    sensed: Sender<Sensed>,
    works: Report,
    low: Report,
    slip: Report,
    known: Known,
    /// Half a slip may still lie in the printer.
    half: bool,
}

impl Owner {
    pub(super) fn new(place: PrinterPlace, paper: Paper, sensed: Sender<Sensed>) -> Self {
        let report = |part: &str| Report::new(part, sensed.clone());
        let (works, low, slip) = (report(PART), report(LOW_PART), report(SLIP_PART));
        Self { place, paper, works, low, slip, known: Known::default(), half: false, sensed }
    }

    /// Runs until the room drops its end.
    pub(super) async fn run(mut self, mut slips: Receiver<Slip>) {
        let mut pause = FIRST_PAUSE;
        loop {
            let lost = match self.open(&mut slips).await {
                Some(Ok(line)) => {
                    pause = FIRST_PAUSE;
                    self.serve(line, &mut slips).await
                }
                Some(Err(lost)) => Some(lost),
                None => return,
            };
            let Some(lost) = lost else { return };
            self.works.broken(format!("{lost}; look at its cable and whether it is switched on")).await;
            if !self.refuse_for(pause, &mut slips).await {
                return;
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Opens the way; slips that come meanwhile are answered. Nothing when the room is gone.
    async fn open(&self, slips: &mut Receiver<Slip>) -> Option<Result<Line, Lost>> {
        let mut opening = std::pin::pin!(Line::open(&self.place));
        loop {
            tokio::select! {
                opened = &mut opening => return Some(opened),
                slip = slips.recv() => self.refuse(&slip?).await,
            }
        }
    }

    /// Answers whatever comes; false when the room is gone.
    async fn refuse_for(&self, pause: Duration, slips: &mut Receiver<Slip>) -> bool {
        let mut over = std::pin::pin!(sleep(pause));
        loop {
            tokio::select! {
                () = &mut over => return true,
                slip = slips.recv() => match slip {
                    Some(slip) => self.refuse(&slip).await,
                    None => return false,
                },
            }
        }
    }

    /// Nobody waits for a slip that comes later: the number is on the screen.
    async fn refuse(&self, slip: &Slip) {
        self.tell(slip, self.known.outcome(&slip.id).unwrap_or(Printed::Not)).await;
    }

    /// Looks and prints until the way is lost; nothing when the room is gone.
    async fn serve(&mut self, mut line: Line, slips: &mut Receiver<Slip>) -> Option<Lost> {
        if self.half && line.say(&status::CLEAR, TAKE).await.is_ok() {
            self.half = false;
        }
        loop {
            if let Err(lost) = self.look(&mut line).await {
                return Some(lost);
            }
            match timeout(LOOK, slips.recv()).await {
                Ok(Some(slip)) => {
                    if let Err(lost) = self.take(&mut line, &slip).await {
                        return Some(lost);
                    }
                }
                Ok(None) => return None,
                Err(_nothing_to_do) => {}
            }
        }
    }

    /// Asks for the state and reports it.
    async fn look(&mut self, line: &mut Line) -> Result<Status, Lost> {
        line.forget_heard();
        let mut answers = [0; 3];
        for (question, answer) in status::QUESTIONS.iter().zip(&mut answers) {
            *answer = asked(line, question).await?;
        }
        let mut status = Status::of(answers, status::NO_ERROR);
        if status.has_error()
            && let Ok(error) = asked(line, &status::WHICH_ERROR).await
        {
            status = Status::of(answers, error);
        }
        match status.trouble() {
            Some(trouble) => self.works.broken(trouble.to_owned()).await,
            None => self.works.works().await,
        }
        match status.paper_low() {
            true => self.low.broken("the roll of the printer is nearly at its end; have a new one ready".into()).await,
            false => self.low.works().await,
        }
        Ok(status)
    }

    /// One slip, from order to answer.
    async fn take(&mut self, line: &mut Line, slip: &Slip) -> Result<(), Lost> {
        if let Some(outcome) = self.known.outcome(&slip.id) {
            self.tell(slip, outcome).await;
            return Ok(());
        }
        let job = match encode::job(slip, self.paper) {
            Ok(job) => job,
            Err(bad) => {
                tracing::warn!("{bad}");
                self.tell(slip, Printed::Not).await;
                return Ok(());
            }
        };
        let looked = self.look(line).await;
        if !matches!(looked, Ok(status) if status.trouble().is_none()) {
            self.tell(slip, Printed::Not).await;
            return looked.map(drop);
        }
        self.print(line, slip, &job).await
    }

    async fn print(&mut self, line: &mut Line, slip: &Slip, job: &[u8]) -> Result<(), Lost> {
        // From the first byte on nobody can say that nothing was printed.
        self.known.remember(&slip.id, Printed::Unsure);
        line.forget_heard();
        let printed = sent(line, job).await;
        let outcome = if matches!(printed, Ok(true)) { Printed::Done } else { Printed::Unsure };
        self.known.remember(&slip.id, outcome);
        self.tell(slip, outcome).await;
        if outcome == Printed::Done {
            self.slip.works().await;
            return Ok(());
        }
        self.half = true;
        let detail = format!("slip {:?} may not have come out; it is not printed again", slip.id);
        self.slip.broken(detail).await;
        printed.map(drop)
    }

    async fn tell(&self, slip: &Slip, outcome: Printed) {
        // The office is gone only when the whole room stops.
        let _ = self.sensed.send(Sensed::Printed { slip: slip.id.clone(), outcome }).await;
    }
}

/// One question about the state and its answer.
async fn asked(line: &mut Line, question: &[u8; 3]) -> Result<u8, Lost> {
    line.say(question, ANSWER).await?;
    line.hear(|byte| status::is_state(byte).then_some(byte), ANSWER).await
}

/// Sends a job; whether the printer had paper to the end of it.
async fn sent(line: &mut Line, job: &[u8]) -> Result<bool, Lost> {
    line.say(job, TAKE).await?;
    line.hear(status::paper_left, PRINT).await
}

/// What became of the newest slips.
#[derive(Default)]
struct Known(VecDeque<(String, Printed)>);

impl Known {
    fn outcome(&self, id: &str) -> Option<Printed> {
        self.0.iter().rev().find(|(known, _)| known == id).map(|(_, outcome)| *outcome)
    }

    fn remember(&mut self, id: &str, outcome: Printed) {
        if let Some((_, last)) = self.0.iter_mut().rev().find(|(known, _)| known == id) {
            *last = outcome;
            return;
        }
        if self.0.len() == REMEMBERED {
            self.0.pop_front();
        }
        self.0.push_back((id.to_owned(), outcome));
    }
}
