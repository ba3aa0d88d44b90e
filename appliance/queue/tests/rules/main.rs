//! The rules of the hall, told as stories, tables and random mornings.

mod any_sequence;
mod bookings;
mod calling_order;
mod check_in_table;
mod clock;
mod hall;
mod life_of_a_visit;
mod limits;
mod oracle;
mod presence;
mod presses;
mod replay;
mod waiting_time;
