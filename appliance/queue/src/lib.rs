//! The rules of the hall: an event and the time in, effects out.
//!
//! ```text
//!            Expected ──check-in──► Waiting ──call──► Called ──is here──► Serving ──finish──► Served
//!                                      ▲                 │                   │
//!                                      ├──scan again─────┤ missed            └─comes back─► Away ─► Waiting
//!                                      └─────────────────┘
//!
//!   Event, Now ──► step (decides) ──Fact──► Queue::apply ──► state ──► view (board, pages, terminal)
//!                    │
//!                    └──► Effects: first all facts to keep, then what to show, sound and answer
//! ```
//!
//! What must always hold:
//! - The state is the fold of its facts: [`Queue::handle`] decides facts and applies them one
//!   by one through [`Queue::apply`], and replaying the same facts gives the identical state.
//! - A fact is only ever followed by facts, never changed.
//! - Nobody is lost, nobody is called by two counters, one press calls one person.
//!
//! What may not be used here: a clock, a file, a socket, async, chance (`tests/tidy`).

mod act;
mod bookings;
mod button;
mod check_in;
mod clock_set;
mod counter;
mod day;
mod effect;
mod estimate;
mod event;
mod fact;
mod guard;
mod hall;
mod invariants;
pub mod limits;
mod order;
mod plan;
mod presence;
mod press;
mod state;
mod step;
mod ticket;
mod timing;
mod view;
mod view_counter;
mod visit;

pub use act::{Act, Gesture, PressId};
pub use clock_set::ClockSource;
pub use effect::{Answer, Effect, Greeting, Reason, Refusal, Timing, Wait};
pub use event::{Appointment, Event, Presented, Reader};
pub use fact::{Fact, Recorded, VisitId};
pub use plan::{CounterPlan, Doors, Plan, ServicePlan};
pub use presence::Online;
pub use state::Queue;
pub use view::{CallView, ExpectedView, LineKind, LineView, Tally, TurnView, VisitView};
pub use view_counter::{CounterState, CounterView};
pub use visit::{Call, Stage};
