//! The desk's questions, answered by the loop: what is free, book, cancel, the slip.
//!
//! What must always hold: an answer leaves when its facts are on disk; a form that comes twice is
//! one booking; the hall expects what the desk booked as any other booking.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};
use names::{BookingId, Now, Side, Trust};
use protocol::agree::Mode;
use protocol::entry::{Booked, FromBox};
use protocol::sealed::SealKey;
use protocol::sheet::Refused;
use queue::Event;
use store::StoreError;
use tokio::sync::oneshot;

use super::hall::Hall;
use crate::desk::{
    Ask, DAYS_AT_ONCE, DayBook, Desk, Free, HORIZON_DAYS, Notice, Page, Reach, Refusal, Row, Said, Slip, State, Typed,
    Which, Wish, code, lanes, moment, times,
};
use crate::intake;
use crate::ledger::{LedgerError, NotSold, Sale, Stock};
use crate::pages::view::LinkState;

/// Days after the appointment's day on which contact data may still be kept (`rules.md`, retention).
const KEEP_DAYS: i32 = 2;

/// How often surplus seats are given back (`rules.md`, Booking).
const SHARED_EVERY: SignedDuration = SignedDuration::from_hours(1);

/// A step that was refused, or a journal that is lost.
enum Not {
    Done(Refusal),
    Lost(LedgerError),
}

impl From<Refusal> for Not {
    fn from(why: Refusal) -> Self {
        Self::Done(why)
    }
}

impl From<StoreError> for Not {
    fn from(lost: StoreError) -> Self {
        Self::Lost(lost.into())
    }
}

impl From<LedgerError> for Not {
    fn from(lost: LedgerError) -> Self {
        Self::Lost(lost)
    }
}

/// What a clerk chose in the form.
struct Order {
    booking: BookingId,
    wish: Wish,
    day: Date,
    start: protocol::sheet::Interval,
    language: names::Language,
    typed: Typed,
}

impl Hall {
    /// Answers the desk.
    pub(super) async fn desk(&mut self, ask: Ask, reply: oneshot::Sender<Said>) -> Result<(), LedgerError> {
        let said = match self.desk_said(ask).await {
            Ok(said) => said,
            Err(Not::Done(why)) => Said::Refused(why),
            Err(Not::Lost(failure)) => {
                tracing::error!("{failure}; the desk did nothing");
                self.health.journal(Some(&failure));
                Said::Refused(Refusal::Journal)
            }
        };
        // A browser that left sees it in the list.
        drop(reply.send(said));
        Ok(())
    }

    /// Gives the booking server what the office does not need: hourly, while the line holds.
    pub(super) async fn give_back(&mut self, now: Now) {
        let connected = matches!(self.link, LinkState::Connected { .. }) && now.trust != Trust::Unknown;
        let due = self.shared.is_none_or(|last| now.at.duration_since(last).abs() >= SHARED_EVERY);
        let Some(office) = self.known.office.clone().filter(|_| connected && due) else { return };
        self.shared = Some(now.at);
        match self.ledger.give_back(office, self.known.zone.clone(), now.at).await {
            Ok(0) => {}
            Ok(seats) => {
                tracing::info!(seats, "more than the reserve was given back");
                self.written.notify_one();
            }
            Err(failure) => tracing::error!("failed to give seats back: {failure}"),
        }
    }

    async fn desk_said(&mut self, ask: Ask) -> Result<Said, Not> {
        let at = self.clock.now().at;
        match ask {
            Ask::Day { day } => self.day_book(day, at).await,
            Ask::Free { wish, from, day } => self.free(&wish, from, day, at).await,
            Ask::Book { booking, wish, day, start, language, typed } => {
                self.book(Order { booking, wish, day, start, language, typed }, at).await
            }
            Ask::Cancel { which, sure } => self.cancel(which, sure, at).await,
            Ask::Slip { booking } => self.slip(booking, at).await,
        }
    }

    /// What every page of the desk shows; the sheets of some days come with it.
    async fn open_desk(&self, days: Vec<Date>, at: Timestamp) -> Result<(Desk, Stock), Not> {
        let office = self.known.office.clone().ok_or(Refusal::NoOffice)?;
        let stock = self.ledger.stock(days, at).await?;
        let locked = match stock.mode {
            Mode::Unproven => Some(Refusal::Unproven),
            Mode::Frozen => Some(Refusal::Frozen),
            Mode::Active if self.clock.now().trust == Trust::Unknown => Some(Refusal::NoClock),
            Mode::Active => None,
        };
        let desk = Desk { office, zone: self.known.zone.clone(), today: self.today(at), locked, pins: stock.pins };
        Ok((desk, stock))
    }

    fn today(&self, at: Timestamp) -> Date {
        at.to_zoned(self.known.zone.clone()).date()
    }

    async fn day_book(&self, day: Option<Date>, at: Timestamp) -> Result<Said, Not> {
        let (desk, _stock) = self.open_desk(Vec::new(), at).await?;
        let day = day.unwrap_or(desk.today);
        let rows = self.known.diary.of_day(day).into_iter();
        let rows = rows.map(|page| Row { booked: page.booked.clone(), state: self.state_of(page) }).collect();
        Ok(Said::Day(DayBook { desk, day, rows }))
    }

    fn state_of(&self, page: &Page) -> State {
        match page.cancelled {
            true => State::Cancelled,
            false if self.queue.has_come(page.booked.booking) => State::Here,
            false => State::Booked,
        }
    }

    async fn free(&self, wish: &Wish, from: Option<Date>, day: Option<Date>, at: Timestamp) -> Result<Said, Not> {
        let today = self.today(at);
        let last = today.saturating_add(HORIZON_DAYS.days());
        let first = from.or(day).unwrap_or(today).clamp(today, last);
        let days: Vec<Date> =
            (0..DAYS_AT_ONCE).map(|n| first.saturating_add(n.days())).filter(|day| *day <= last).collect();
        let (desk, stock) = self.open_desk(days.clone(), at).await?;
        if let Some(locked) = desk.locked {
            return Err(locked.into());
        }
        let wish = wish.checked(&desk.office).ok_or(Refusal::BadWish)?;
        let times = |day: Date| {
            let sheet = stock.sheets.iter().find(|sheet| sheet.day() == day);
            sheet.map(|sheet| times(&desk.office, &desk.zone, sheet, &wish, at)).unwrap_or_default()
        };
        let counted: Vec<(Date, usize)> = days.into_iter().map(|day| (day, times(day).len())).collect();
        let shown = day.or_else(|| counted.iter().find(|(_, count)| *count > 0).map(|(day, _)| *day));
        let starts = shown.map(times).unwrap_or_default();
        let shown = shown.filter(|_| !starts.is_empty());
        Ok(Said::Free(Free { wish, days: counted, day: shown, times: starts, desk }))
    }

    async fn book(&mut self, order: Order, at: Timestamp) -> Result<Said, Not> {
        if self.known.diary.get(order.booking).is_some() {
            return Ok(Said::Booked { booking: order.booking, notice: self.posted() });
        }
        let (desk, stock) = self.open_desk(vec![order.day], at).await?;
        if let Some(locked) = desk.locked {
            return Err(locked.into());
        }
        self.known.diary.forget_before(desk.today);
        let (sale, notice) = self.sale(order, &desk, &stock, at)?;
        let sold = match self.ledger.sell(sale, at).await {
            Ok(sold) => sold,
            Err(NotSold::NoPin) => return Err(Refusal::NoPin.into()),
            Err(NotSold::Refused(why)) => return Err(refused(why).into()),
            Err(NotSold::Store(failure)) => return Err(failure.into()),
        };
        if let Some(key) = sold.new_key {
            self.known.learn_own(FromBox::Key(key));
        }
        self.known.learn_own(FromBox::Booked(sold.booked.clone()));
        self.written.notify_one();
        self.step_if(intake::appointment(&sold.booked).map(Event::Expected)).await?;
        Ok(Said::Booked { booking: sold.booked.booking, notice })
    }

    /// Checks what was chosen, and seals how to reach the person.
    fn sale(&self, order: Order, desk: &Desk, stock: &Stock, at: Timestamp) -> Result<(Sale, Notice), Refusal> {
        let wish = order.wish.checked(&desk.office).ok_or(Refusal::BadWish)?;
        let last = desk.today.saturating_add(HORIZON_DAYS.days());
        let start = moment(&desk.zone, order.day, order.start).filter(|start| *start >= at && order.day <= last);
        let (start, sheet) = start.zip(stock.sheets.first()).ok_or(Refusal::BadDay)?;
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(|_no_chance| Refusal::Journal)?;
        let (office, key) = (&self.config.office, seal_key(&desk.office));
        let reach =
            order.typed.seal(key.as_ref(), office, order.booking, order.language, seed).map_err(Refusal::Reach)?;
        let notice = self.notice(&reach);
        let keep = order.day.saturating_add(KEEP_DAYS.days());
        let sale = Sale {
            booking: order.booking,
            day: order.day,
            from: order.start,
            start,
            length: wish.length(&desk.office),
            services: wish.services,
            persons: wish.persons,
            language: order.language,
            offered: lanes(&desk.office, sheet),
            taken: self.known.diary.open_pins(desk.today),
            contact: sealed(reach).map(|sealed| (sealed, keep)),
        };
        Ok((sale, notice))
    }

    fn notice(&self, reach: &Reach) -> Notice {
        match reach {
            Reach::Sealed { letter: true, .. } => self.posted(),
            Reach::Sealed { letter: false, .. } => Notice::Number,
            Reach::Nobody => Notice::Nobody,
            Reach::NoKey => Notice::NoKey,
        }
    }

    /// When a mail leaves.
    fn posted(&self) -> Notice {
        match self.link {
            LinkState::Connected { .. } => Notice::Soon,
            LinkState::Offline { .. } => Notice::Later,
            LinkState::Never => Notice::NoKey,
        }
    }

    async fn cancel(&mut self, which: Which, sure: bool, at: Timestamp) -> Result<Said, Not> {
        let (desk, _stock) = self.open_desk(Vec::new(), at).await?;
        let page = match which {
            Which::Booking(booking) => self.known.diary.get(booking),
            Which::Pin(pin) => self.known.diary.by_pin(pin, desk.today),
        };
        let Page { booked, cancelled } = page.cloned().ok_or(Refusal::NoSuchBooking)?;
        if cancelled {
            return Err(Refusal::Cancelled.into());
        }
        if !sure {
            return Ok(Said::Sure { booked, desk });
        }
        let booking = booked.booking;
        self.ledger.cancel(booking, booked.day, at).await?;
        self.known.diary.cancel(booking);
        self.written.notify_one();
        self.step_if(Some(Event::Withdrawn { booking, cancelled_at: at })).await?;
        Ok(Said::Cancelled { booked, desk })
    }

    async fn slip(&self, booking: BookingId, at: Timestamp) -> Result<Said, Not> {
        let ours = self.known.diary.get(booking).filter(|page| booking.side() == Side::Box && !page.cancelled);
        let booked: Booked = ours.ok_or(Refusal::NoSuchBooking)?.booked.clone();
        let (desk, _stock) = self.open_desk(Vec::new(), at).await?;
        let signer = self.ledger.token_signer().await?;
        let code = signer.map(|signer| code(&booked, &self.config.office, &desk.office, &signer)).transpose();
        let code = code.unwrap_or_else(|long| {
            tracing::warn!("a slip without a code: {long}");
            None
        });
        Ok(Said::Slip(Box::new(Slip { desk, booked, code, at })))
    }
}

/// What a contact is sealed to.
fn seal_key(doc: &protocol::office::OfficeDoc) -> Option<SealKey> {
    let key = doc.seal_key.as_ref()?.parse();
    key.inspect_err(|bad| tracing::warn!("nothing can be sealed for the booking server: {bad}")).ok()
}

fn refused(why: Refused) -> Refusal {
    match why {
        Refused::NotActive => Refusal::Unproven,
        Refused::NoSuchDay => Refusal::BadDay,
        Refused::NoSeat
        | Refused::NoSuchHold
        | Refused::HoldTaken
        | Refused::AlreadySold
        | Refused::NotHolder
        | Refused::NotFree
        | Refused::NoSuchSeats
        | Refused::NoSuchBooking
        | Refused::WentBack
        | Refused::NoReceiver => Refusal::Taken,
    }
}

fn sealed(reach: Reach) -> Option<protocol::sealed::SealedContact> {
    match reach {
        Reach::Sealed { sealed, .. } => Some(sealed),
        Reach::Nobody | Reach::NoKey => None,
    }
}
