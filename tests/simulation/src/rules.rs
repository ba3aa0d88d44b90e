//! Rules that can be left out, one at a time, to show that the laws notice.

/// Which rules are kept.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// A restore asks the witness whether all is there.
    pub witness: bool,
    /// A restore begins a new life.
    pub new_life: bool,
    /// Grants name the life that may accept them.
    pub grant_names_life: bool,
    /// Seats that are given are not sold any more.
    pub given_is_gone: bool,
}

impl Rules {
    /// As the product does it.
    pub const ALL: Self = Self { witness: true, new_life: true, grant_names_life: true, given_is_gone: true };
}
