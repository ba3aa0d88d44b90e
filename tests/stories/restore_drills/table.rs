//! The table of the drills, as it stands in the docs.

use std::fmt;

use anyhow::{Context, Result, bail, ensure};

/// Whose data are lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Lost {
    Server,
    Box,
    Both,
}

/// What it starts with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Start {
    /// Nothing: a new disk, a new card.
    Fresh,
    /// A backup from before half of the bookings.
    Old,
}

/// The line between both ends, from before the last booking of each until after the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Line {
    Connected,
    Offline,
}

/// The second journal of the server, the stick of the box.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Medium {
    There,
    Missing,
    /// The whole data, twice, and both copies alive.
    Cloned,
}

/// One row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Drill {
    pub(super) lost: Lost,
    pub(super) start: Start,
    pub(super) line: Line,
    pub(super) medium: Medium,
}

/// What can be seen of an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// It has free times.
    Sells,
    /// It has none: what it held is burned.
    Burned,
    /// Not before both ends have met, or a person has decided.
    Locked,
    /// A box that does not know its office yet.
    Empty,
}

/// What can be seen of both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) online: State,
    pub(super) desk: State,
}

/// How a drill ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) at_once: Seen,
    pub(super) in_the_end: Seen,
    /// Confirmed bookings that both ends know in the end, of all.
    pub(super) bookings: (usize, usize),
    /// Bookings whose people the server can reach in the end, of all.
    pub(super) contacts: (usize, usize),
    /// Seats that two known bookings sit on.
    pub(super) twice: usize,
}

/// A row of the docs: its outcome, or why there is none.
pub(super) struct Row {
    pub(super) drill: Drill,
    pub(super) outcome: Result<Outcome, String>,
}

impl Drill {
    /// All there are, in order.
    pub(super) fn all() -> Vec<Self> {
        let mut all = Vec::new();
        for lost in [Lost::Server, Lost::Box, Lost::Both] {
            for start in [Start::Fresh, Start::Old] {
                for line in [Line::Connected, Line::Offline] {
                    for medium in [Medium::There, Medium::Missing, Medium::Cloned] {
                        all.push(Self { lost, start, line, medium });
                    }
                }
            }
        }
        all
    }

    pub(super) fn server(self) -> bool {
        self.lost != Lost::Box
    }

    pub(super) fn appliance(self) -> bool {
        self.lost != Lost::Server
    }
}

fn word(debug: &impl fmt::Debug) -> String {
    format!("{debug:?}").to_lowercase()
}

impl fmt::Display for Drill {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { lost, start, line, medium } = self;
        write!(f, "{} | {} | {} | {}", word(lost), word(start), word(line), word(medium))
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} / {}", word(&self.online), word(&self.desk))
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { at_once, in_the_end, bookings, contacts, twice } = self;
        let of = |(some, all): &(usize, usize)| format!("{some} of {all}");
        write!(f, "{at_once} | {in_the_end} | {} | {} | {twice}", of(bookings), of(contacts))
    }
}

/// The rows of a page that has one such table.
pub(super) fn read(page: &str) -> Result<Vec<Row>> {
    let lines = page.lines().filter(|line| ["| server |", "| box |", "| both |"].iter().any(|w| line.starts_with(w)));
    lines.map(|line| row(line).with_context(|| format!("in the row {line}"))).collect()
}

fn row(line: &str) -> Result<Row> {
    let cells: Vec<&str> = line.trim().trim_matches('|').split('|').map(str::trim).collect();
    let drill = drill(&cells)?;
    let outcome = match cells[4..] {
        ["–", why] => Err(why.to_owned()),
        [at_once, in_the_end, bookings, contacts, twice] => Ok(Outcome {
            at_once: seen(at_once)?,
            in_the_end: seen(in_the_end)?,
            bookings: of(bookings)?,
            contacts: of(contacts)?,
            twice: twice.parse()?,
        }),
        _ => bail!("{} cells", cells.len()),
    };
    Ok(Row { drill, outcome })
}

fn drill(cells: &[&str]) -> Result<Drill> {
    ensure!(cells.len() > 4, "{} cells", cells.len());
    let name = cells[..4].join(" | ");
    Drill::all().into_iter().find(|drill| drill.to_string() == name).context("no such drill")
}

fn seen(cell: &str) -> Result<Seen> {
    let (online, desk) = cell.split_once(" / ").context("online / desk")?;
    Ok(Seen { online: state(online)?, desk: state(desk)? })
}

fn state(text: &str) -> Result<State> {
    let all = [State::Sells, State::Burned, State::Locked, State::Empty];
    all.into_iter().find(|state| word(state) == text).with_context(|| format!("no state {text:?}"))
}

fn of(cell: &str) -> Result<(usize, usize)> {
    let (some, all) = cell.split_once(" of ").context("some of all")?;
    Ok((some.parse()?, all.parse()?))
}
