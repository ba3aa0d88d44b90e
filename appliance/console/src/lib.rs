//! What stands on the screens of the box besides its pages: the current calls as large text on the
//! console, and the watcher that keeps a painted page on each screen.
//!
//! ```text
//!   aufruf-console draw      /aufrufe, mistakes.txt ─► Standing ─► layout ─► /dev/tty1
//!   aufruf-console screens   screens.env, outputs   ─► weston.ini, touch.env
//!   aufruf-console page N    browser (child) ◄─ends when the page is silent─ /bildschirm/N
//! ```
//!
//! What must always hold: nothing here knows the queue or can change it; a box that is away is an
//! ordinary state and never an end; no browser is needed to show the calls.
//!
//! What may not be used here: any other room of the house; the box is asked over its pages only.

mod clock;
mod draw;
mod font;
mod layout;
mod line;
mod page;
mod patience;
mod screens;
mod standing;
mod text;

pub use draw::draw;
pub use page::{is_wanted, page};
pub use screens::{Outputs, Screens, Shows, write as write_screens};
