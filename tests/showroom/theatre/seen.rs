//! What the theatre makes of what is seen: promises and calls for the tally, people for the
//! chairs, lamps for the desks.

use std::collections::BTreeMap;

use fixture::Mail;
use fixture::desk::Shown;
use fixture::screens::{Answer, Row};
use names::Code;

use super::Theatre;
use crate::hall::Seen;
use crate::picture::PowerState;
use crate::play::pin_in;
use crate::tally::Promise;

/// Answers of the terminal that let nobody in.
const TURNED_AWAY: [&str; 5] = ["unknown", "unreadable", "check-digits", "cancelled", "other-office"];

/// Answers to a press after which the box has a new fact to tell.
const DID_SOMETHING: [&str; 3] = ["called", "recalled", "done"];

impl Theatre {
    pub(super) fn see(&mut self, seen: Seen) {
        match seen {
            Seen::Board(rows) => self.board(&rows),
            Seen::Counter(number, page) => {
                self.people.saw(number, page);
                if self.people.seen_all() {
                    self.tally.saw(&self.people.hall());
                    self.back_again();
                }
            }
            Seen::Answer(answer) => self.answer(&answer),
            Seen::Desk(index, shown, online) => self.desk(index, shown.unwrap_or_default(), online),
            Seen::Ack(ack) => {
                if let Some(code) = ack.code.as_ref().and_then(|code| code.parse().ok()) {
                    self.tally.gave(&ack.id, code);
                }
                if DID_SOMETHING.contains(&ack.answer.as_str()) {
                    self.happened();
                }
            }
            Seen::Mails(mails) => self.mailbox(mails),
            Seen::Health(health) => self.health(&health),
        }
    }

    /// A chime for each call and recall, but not for those that were there when we came.
    fn board(&mut self, rows: &[Row]) {
        let calls: BTreeMap<Code, u8> = rows.iter().map(|row| (row.code, row.times)).collect();
        if let Some(before) = &self.on_board {
            let news = calls.iter().any(|(code, times)| before.get(code).is_none_or(|known| known < times));
            self.picture.rings += u64::from(news);
        }
        self.on_board = Some(calls);
    }

    fn answer(&mut self, answer: &Answer) {
        if let Some(code) = answer.code {
            self.tally.told(code, Promise::InQueue);
            self.happened();
        }
        let waiting = self.scanned.take();
        if let Some(code) = waiting.filter(|_| TURNED_AWAY.contains(&answer.kind.as_str())) {
            self.tally.turned_away(code);
        }
    }

    fn desk(&mut self, index: usize, shown: Shown, online: bool) {
        if let Some(desk) = self.picture.desks.get_mut(index) {
            (desk.online, desk.state, desk.code) = (online, shown.state, shown.code);
            desk.waiting = shown.waiting;
        }
    }

    fn mailbox(&mut self, mails: Vec<Mail>) {
        self.touched = true;
        self.picture.mails = mails.len();
        if let Some(code) = mails.last().and_then(pin_in) {
            self.tally.told(code, Promise::Booked);
            self.happened();
        }
        self.mails.send_replace(mails);
    }

    /// Something that the other end has to be told.
    fn happened(&mut self) {
        if self.picture.plug.out {
            self.happened_alone += 1;
            self.picture.pending = self.happened_alone;
        }
    }

    fn health(&mut self, health: &serde_json::Value) {
        self.picture.box_sounds = health["parts"]["sound"]["works"].as_bool().unwrap_or(false);
        let line = health["parts"]["line"]["works"].as_bool().unwrap_or(false);
        if line && !self.picture.plug.out {
            self.happened_alone = 0;
        }
        self.picture.pending = self.happened_alone;
    }

    /// After a power cut: once all pages are here again, is it the same queue?
    fn back_again(&mut self) {
        if self.picture.power.state == PowerState::Off {
            return;
        }
        if let Some((before, since)) = self.restart.take() {
            self.captions.back(since.elapsed(), before == self.people.queue());
        }
    }
}
