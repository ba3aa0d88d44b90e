//! Scanners and keypads as staff see them: there or not, last read, the test code and its sheet.
//!
//! ```text
//!   devices ─Sensed─► loop ─► Inputs ─of()─► InputsView ─► /geraete (live; prints as a sheet)
//!                      └◄──── Command::Teach ◄── POST /geraete/anlernen
//! ```
//!
//! What must always hold: nothing that was scanned or typed is shown or kept here, only when; the
//! layout of an input changes only while staff teach.

mod render;
mod state;
pub(crate) mod text;
mod view;

pub(crate) use render::{inputs_body, inputs_page};
pub(crate) use state::{Inputs, Lesson};
pub(crate) use text::warning;
pub use view::InputsView;
