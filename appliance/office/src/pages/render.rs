//! Pictures as HTML: one template for the first paint and for every change after it, so that
//! the two can never differ.

mod clock;

use askama::Template;
use names::Language;

use crate::pages::counter_keys::{Key, KeyIcon, keys};
use crate::pages::texts::{self, BoardText, CounterText, StaffText, TerminalText, WaitText, fill};
use crate::pages::view::{Board, CounterView, Foot, ScreenView, Shape, Side, State, TerminalView};

pub use clock::{ClockSays, clock_page};

/// Where the static files of this build are, and its name.
#[derive(Clone, Debug)]
pub struct Build {
    /// The path before a file's name.
    pub assets: String,
    /// Changes with every change of a static file.
    pub name: String,
}

#[derive(Template)]
#[template(path = "board.html")]
struct BoardPage<'a> {
    build: &'a str,
    assets: &'a str,
    board: &'a Board,
    text: &'static BoardText,
    foot: &'static str,
    tickets: String,
    closed: bool,
}

#[derive(Template)]
#[template(path = "board_body.html")]
struct BoardBody<'a> {
    board: &'a Board,
    text: &'static BoardText,
    foot: &'static str,
    tickets: String,
    closed: bool,
}

/// The whole page of the board.
///
/// # Errors
/// A template that cannot be rendered.
pub fn board_page(board: &Board, build: &Build) -> Result<String, askama::Error> {
    let text = texts::board();
    let (foot, tickets, closed) = around(board, text);
    BoardPage { build: &build.name, assets: &build.assets, board, text, foot, tickets, closed }.render()
}

/// What changes of the board.
pub(crate) fn board_body(board: &Board) -> Result<String, askama::Error> {
    let text = texts::board();
    let (foot, tickets, closed) = around(board, text);
    BoardBody { board, text, foot, tickets, closed }.render()
}

fn around(board: &Board, text: &'static BoardText) -> (&'static str, String, bool) {
    let (foot, closed) = match board.foot {
        Foot::Mixed => (&text.mixed, false),
        Foot::ClosedServing => (&text.closed_serving, true),
        Foot::Closed => (&text.closed, true),
        Foot::WatchStaff => (&text.watch_staff, false),
    };
    let tickets = match &board.side {
        Side::Closed { opens: Some(opens) } if opens.today => fill(&text.tickets_later, &[("time", &opens.time)]),
        Side::Closed { .. } | Side::Wait { .. } => text.tickets_over.clone(),
    };
    (foot, tickets, closed)
}

#[derive(Template)]
#[template(path = "terminal.html")]
struct TerminalPage<'a> {
    build: &'a str,
    assets: &'a str,
    view: &'a TerminalView,
    text: &'static TerminalText,
    wait: &'static WaitText,
}

#[derive(Template)]
#[template(path = "terminal_body.html")]
struct TerminalBody<'a> {
    view: &'a TerminalView,
    text: &'static TerminalText,
    wait: &'static WaitText,
}

/// The whole page of a terminal.
///
/// # Errors
/// A template that cannot be rendered.
pub fn terminal_page(view: &TerminalView, build: &Build) -> Result<String, askama::Error> {
    let (text, wait) = spoken(view.language);
    TerminalPage { build: &build.name, assets: &build.assets, view, text, wait }.render()
}

/// What changes of a terminal.
pub(crate) fn terminal_body(view: &TerminalView) -> Result<String, askama::Error> {
    let (text, wait) = spoken(view.language);
    TerminalBody { view, text, wait }.render()
}

fn spoken(language: Language) -> (&'static TerminalText, &'static WaitText) {
    (texts::terminal(language), texts::wait(language))
}

#[derive(Template)]
#[template(path = "counter.html")]
struct CounterPage<'a> {
    build: &'a str,
    assets: &'a str,
    slow: &'a str,
    failed: &'a str,
    later: &'a str,
    signed_out: &'a str,
    cut: &'a str,
    view: &'a CounterView,
    title: String,
    standing: &'static str,
    state: &'static str,
    rest: Rest,
    text: &'static CounterText,
    top: Vec<Key>,
    main: Vec<Key>,
    more: Vec<Key>,
    may_choose: bool,
}

#[derive(Template)]
#[template(path = "counter_body.html")]
struct CounterBody<'a> {
    view: &'a CounterView,
    title: String,
    standing: &'static str,
    state: &'static str,
    rest: Rest,
    text: &'static CounterText,
    top: Vec<Key>,
    main: Vec<Key>,
    more: Vec<Key>,
    may_choose: bool,
}

/// What stands where a visitor would.
struct Rest {
    head: &'static str,
    note: &'static str,
    title: &'static str,
    text: String,
}

/// The whole counter page.
///
/// # Errors
/// A template that cannot be rendered.
pub fn counter_page(view: &CounterView, build: &Build) -> Result<String, askama::Error> {
    let CounterBody { view, title, standing, state, rest, text, top, main, more, may_choose } = counter_parts(view);
    let said = |key: &str| text.answer.get(key).map(String::as_str).unwrap_or_default();
    let (slow, failed, later, signed_out) = (said("slow"), said("failed"), said("later"), said("signed-out"));
    let cut = said("cut");
    let (assets, build) = (build.assets.as_str(), build.name.as_str());
    CounterPage {
        build,
        assets,
        slow,
        failed,
        later,
        signed_out,
        cut,
        view,
        title,
        standing,
        state,
        rest,
        text,
        top,
        main,
        more,
        may_choose,
    }
    .render()
}

/// What changes of a counter page.
pub(crate) fn counter_body(view: &CounterView) -> Result<String, askama::Error> {
    counter_parts(view).render()
}

fn counter_parts(view: &CounterView) -> CounterBody<'_> {
    let text = texts::counter();
    let (state, standing) = match view.state {
        State::Closed => ("closed", &text.closed),
        State::Paused => ("paused", &text.paused),
        State::Free => ("free", &text.open),
        State::Called => ("called", &text.open),
        State::Serving | State::Presumed => ("serving", &text.open),
    };
    let keys = keys(view.state);
    CounterBody {
        title: fill(&text.title, &[("noun", &view.noun), ("number", &view.counter.to_string())]),
        standing,
        state,
        rest: rest(view, text),
        text,
        top: keys.top,
        main: keys.main,
        more: keys.more,
        may_choose: view.state == State::Free,
        view,
    }
}

fn rest(view: &CounterView, text: &'static CounterText) -> Rest {
    match view.state {
        State::Paused => {
            Rest { head: &text.paused, note: &text.pause_note, title: &text.pause_title, text: text.pause_text.clone() }
        }
        State::Closed => Rest {
            head: &text.closed_title,
            note: &text.closed_note,
            title: &text.closed_title,
            text: text.closed_text.clone(),
        },
        State::Free | State::Called | State::Serving | State::Presumed => Rest {
            head: &text.state_free,
            note: &text.state_free_note,
            title: &text.free_title,
            text: match view.mine {
                0 => text.free_text_none.clone(),
                1 => text.free_text_one.clone(),
                count => fill(&text.free_text, &[("count", &count.to_string())]),
            },
        },
    }
}

/// A plain page of the house.
#[derive(Template)]
#[template(path = "house.html")]
struct HousePage<'a> {
    assets: &'a str,
    title: &'a str,
    content: &'a House,
    text: &'static StaffText,
}

/// What a plain page of the house shows.
pub enum House {
    /// Where everything is.
    Overview {
        /// The pages.
        links: Vec<Link>,
        /// Said while there are no counters.
        nothing: Option<String>,
    },
    /// Name and password.
    SignIn {
        /// Where to go afterwards.
        next: String,
        /// Why it did not work.
        wrong: Option<String>,
    },
    /// One sentence.
    Message {
        /// The sentence.
        message: String,
    },
}

/// One page to go to.
pub struct Link {
    /// Its address.
    pub href: String,
    /// Its name.
    pub label: String,
    /// The number on the plate.
    pub plate: Option<u8>,
}

/// A plain page of the house.
///
/// # Errors
/// A template that cannot be rendered.
pub fn house_page(title: &str, content: &House, build: &Build) -> Result<String, askama::Error> {
    HousePage { assets: &build.assets, title, content, text: texts::staff() }.render()
}
