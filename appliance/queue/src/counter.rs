//! What a counter does: call, recall, missed, is here, finish, comes back.
//!
//! What must always hold: one press, one answer, at most one person; a refusal changes nothing;
//! nobody who stands at a counter or is called to one can be called by another.

use names::CounterId;

use crate::day::{Day, DeskDoor};
use crate::order;
use crate::press::Seen;
use crate::step::Step;
use crate::visit::{Claim, Stage, Visit};
use crate::{Act, Answer, Fact, PressId, Reason, Refusal, VisitId};

/// What a decision about an act brings: its answer, or why nothing happens.
pub(crate) type Decision = Result<Answer, Refusal>;

impl Step<'_> {
    pub(crate) fn press(&mut self, counter: CounterId, act: Act, press: PressId) {
        let seen = self.queue.presses.get(&counter).and_then(|presses| presses.seen(&act, &press, self.now.at));
        let answer = match seen {
            Some(Seen::Same(answer)) => answer,
            Some(Seen::Double(answer)) => self.remembered(counter, &press, act, answer),
            None => {
                let decided = self.act(counter, act).unwrap_or_else(|why| Answer::Refused { why });
                self.remembered(counter, &press, act, decided)
            }
        };
        self.answer(counter, press, answer);
    }

    fn remembered(&mut self, counter: CounterId, press: &PressId, act: Act, answer: Answer) -> Answer {
        self.record(Fact::Pressed { counter, press: press.clone(), act, answer: answer.clone() });
        answer
    }

    fn act(&mut self, counter: CounterId, act: Act) -> Decision {
        self.known_counter(counter)?;
        match act {
            Act::Open | Act::Pause | Act::Close => self.set_door(counter, act),
            Act::CallNext => self.call_next(counter),
            Act::CallThis(visit) => self.call_this(counter, visit),
            Act::Recall => self.recall(counter),
            Act::Missed => self.missed(counter),
            Act::IsHere => self.is_here(counter),
            Act::Finish => self.finish(counter),
            Act::FinishAndNext => self.finish_and_next(counter),
            Act::ComesBack => self.comes_back(counter),
            Act::Lift(visit) => self.lift(counter, visit),
            Act::Button(gesture) => self.button(counter, gesture),
        }
    }

    fn open_day(&self) -> Result<&Day, Refusal> {
        self.queue.open_day().ok_or(Refusal::NoDay)
    }

    /// A counter that left the plan may still finish with the person it has.
    fn known_counter(&self, counter: CounterId) -> Result<(), Refusal> {
        let day = self.open_day()?;
        let known = day.planned(counter).is_some() || day.at_counter(counter).is_some();
        if known { Ok(()) } else { Err(Refusal::NoSuchCounter) }
    }

    /// Who stands here or was called here.
    pub(crate) fn person(&self, counter: CounterId) -> Result<(VisitId, &Visit), Refusal> {
        self.open_day()?.at_counter(counter).ok_or(Refusal::NobodyHere)
    }

    fn set_door(&mut self, counter: CounterId, act: Act) -> Decision {
        let day = self.open_day()?;
        let asked = DeskDoor::asked(act).ok_or(Refusal::NotAvailable)?;
        if day.planned(counter).is_none() {
            return Err(Refusal::NoSuchCounter);
        }
        // Whoever stands there would stand at a closed counter.
        if asked == DeskDoor::Closed && day.at_counter(counter).is_some() {
            return Err(Refusal::Busy);
        }
        if day.door(counter) != asked {
            self.record(Fact::CounterSet { counter, act });
        }
        Ok(Answer::Done)
    }

    /// Open, and with nobody.
    fn free_to_call(&self, counter: CounterId) -> Result<(), Refusal> {
        let day = self.open_day()?;
        if day.at_counter(counter).is_some() {
            Err(Refusal::Busy)
        } else if day.planned(counter).is_none() {
            Err(Refusal::NoSuchCounter)
        } else if day.door(counter) == DeskDoor::Open {
            Ok(())
        } else {
            Err(Refusal::NotOpen)
        }
    }

    pub(crate) fn call_next(&mut self, counter: CounterId) -> Decision {
        self.free_to_call(counter)?;
        let day = self.open_day()?;
        let next = order::next(&day.candidates(counter, self.now), day.turn(counter), self.now.at);
        match next {
            Some((visit, reason)) => self.call(counter, visit, reason),
            None => Ok(Answer::NobodyWaits),
        }
    }

    /// Also a missed person or one who went away: they may stand here without a scan.
    fn call_this(&mut self, counter: CounterId, id: VisitId) -> Decision {
        self.free_to_call(counter)?;
        let day = self.open_day()?;
        let visit = day.visits.get(&id).ok_or(Refusal::NotWaiting)?;
        match visit.stage {
            Stage::Waiting | Stage::Missed { .. } | Stage::Away { .. } => {}
            Stage::Called(_) | Stage::Serving { .. } | Stage::Served | Stage::NotSettled => {
                return Err(Refusal::NotWaiting);
            }
        }
        if !day.can_serve(counter, visit.service) {
            return Err(Refusal::NotMySkill);
        }
        self.call(counter, id, Reason::Chosen)
    }

    fn call(&mut self, counter: CounterId, visit: VisitId, reason: Reason) -> Decision {
        let code = self.open_day()?.visits.get(&visit).ok_or(Refusal::NotWaiting)?.code;
        self.record(Fact::Called { visit, counter, reason });
        self.announce(visit, counter);
        Ok(Answer::Called { visit, code, reason })
    }

    pub(crate) fn recall(&mut self, counter: CounterId) -> Decision {
        let (visit, of) = self.person(counter)?;
        let call = of.stage.call().ok_or(Refusal::Busy)?;
        let (code, times) = (of.code, call.times.saturating_add(1));
        self.record(Fact::Recalled { visit, counter });
        self.announce(visit, counter);
        Ok(Answer::Recalled { visit, code, times })
    }

    pub(crate) fn missed(&mut self, counter: CounterId) -> Decision {
        let (visit, of) = self.person(counter)?;
        // Somebody who stands here cannot be missing.
        of.stage.call().ok_or(Refusal::Busy)?;
        let (booking, version) = (of.booking, of.version);
        self.record(Fact::Missed { visit, counter, booking, version });
        Ok(Answer::Done)
    }

    pub(crate) fn is_here(&mut self, counter: CounterId) -> Decision {
        let (visit, of) = self.person(counter)?;
        if of.stage.call().is_some() {
            self.record(Fact::Serving { visit, counter });
        }
        Ok(Answer::Done)
    }

    pub(crate) fn finish(&mut self, counter: CounterId) -> Decision {
        let (visit, of) = self.person(counter)?;
        let (booking, version) = (of.booking, of.version);
        self.record(Fact::Served { visit, counter, booking, version });
        Ok(Answer::Done)
    }

    pub(crate) fn finish_and_next(&mut self, counter: CounterId) -> Decision {
        self.finish(counter)?;
        self.next_if_open(counter)
    }

    /// A counter that pauses after this visit, or left the plan, calls nobody.
    pub(crate) fn next_if_open(&mut self, counter: CounterId) -> Decision {
        match self.free_to_call(counter) {
            Ok(()) => self.call_next(counter),
            Err(_not_calling) => Ok(Answer::Done),
        }
    }

    /// By any counter of the plan, whatever it is doing: nobody is called by it.
    fn lift(&mut self, counter: CounterId, id: VisitId) -> Decision {
        let visit = self.open_day()?.visits.get(&id).filter(|it| it.waits()).ok_or(Refusal::NotWaiting)?;
        match visit.claim {
            Claim::Unverified => {
                self.record(Fact::Lifted { visit: id, counter });
                Ok(Answer::Done)
            }
            // Somebody else was faster, or the booking was told meanwhile.
            Claim::Lifted | Claim::Appointment { .. } => Ok(Answer::Done),
            Claim::Late { .. } | Claim::WalkIn | Claim::Returning { .. } | Claim::BackInFront => {
                Err(Refusal::NotUnverified)
            }
        }
    }

    fn comes_back(&mut self, counter: CounterId) -> Decision {
        let (visit, _) = self.person(counter)?;
        self.record(Fact::WentAway { visit, counter });
        Ok(Answer::Done)
    }
}
