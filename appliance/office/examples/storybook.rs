//! Writes every screen of the house as a page: `cargo run -p office --example storybook DIR`.
//!
//! The pictures are made by the real projections of a real queue on one morning of an
//! imaginary office; only the moment is chosen.

#![expect(clippy::unwrap_used, reason = "an example may stop at the first surprise")]

#[path = "storybook/morning.rs"]
mod morning;

use std::path::Path;

use jiff::ToSpan;
use morning::{Morning, TERMINAL, at, context, counter, greetings};
use names::{Language, Now};
use office::pages::assets;
use office::pages::render::{
    Build, ClockSays, House, Link, board_page, clock_page, counter_page, house_page, terminal_page,
};
use office::pages::terminal_keys::{Input, Key, TerminalKeys};
use office::pages::view::{Board, ClockView, Context, CounterView, LinkState, TerminalView};
use queue::{Act, Queue};

fn main() {
    let folder = std::env::args().nth(1).unwrap_or_else(|| "storybook".to_owned());
    let folder = Path::new(&folder);
    std::fs::create_dir_all(folder.join("static/fonts")).unwrap();
    for name in assets::names() {
        std::fs::write(folder.join("static").join(&name), assets::bytes(&name).unwrap()).unwrap();
    }
    let build = Build { assets: "static".to_owned(), name: assets::build().name };
    boards(folder, &build);
    terminals(folder, &build);
    counters(folder, &build);
    clock(folder, &build);
    house(folder, &build);
}

fn write(folder: &Path, name: &str, html: &str) {
    std::fs::write(folder.join(format!("{name}.html")), html).unwrap();
}

fn boards(folder: &Path, build: &Build) {
    let story = |name: &str, queue: &Queue, context: &Context, now: Now| {
        write(folder, name, &board_page(&Board::of(queue, context, now), build).unwrap());
    };
    let morning = Morning::until_called();
    story("board-announced", &morning.queue, &context(), morning.now);
    let morning = Morning::until_spoken();
    story("board-normal", &morning.queue, &context(), morning.now);
    let offline = Context { link: LinkState::Offline { since: at(9, 41) }, ..context() };
    story("board-offline", &morning.queue, &offline, morning.now);
    story("board-closed", &morning.queue, &context(), Now::trusted(at(16, 8)));
    let quiet = Morning::at_opening();
    story("board-empty", &quiet.queue, &context(), Now::trusted(at(7, 31)));
    story("board-before", &quiet.queue, &context(), Now::trusted(at(7, 5)));
    let alone = Context { office: None, ..context() };
    story("board-notice", &Queue::new(), &context(), morning.now);
    story("board-notice-unknown", &Queue::new(), &alone, Now { at: at(9, 42), trust: names::Trust::Unknown });
}

fn terminals(folder: &Path, build: &Build) {
    let morning = Morning::until_spoken();
    let story = |name: &str, queue: &Queue, keys: &TerminalKeys, now: Now| {
        let view = TerminalView::of(queue, &context(), TERMINAL, keys, now);
        write(folder, &format!("terminal-{name}"), &terminal_page(&view, build).unwrap());
    };
    let fresh = || TerminalKeys::new(morning.now.at);
    let typed = |names: &[&str]| {
        names.iter().fold(fresh(), |keys, name| keys.step(Input::Key(Key::named(name).unwrap()), morning.now.at).0)
    };
    story("start", &morning.queue, &fresh(), morning.now);
    story("start-closed", &morning.queue, &fresh(), Now::trusted(at(16, 8)));
    story("start-english", &morning.queue, &typed(&["en"]), morning.now);
    story("typing", &morning.queue, &typed(&["c1", "4", "8", "2", "9"]), morning.now);
    story("typing-turn", &morning.queue, &typed(&["c3", "0", "4", "2"]), morning.now);
    let (wrong, _) =
        typed(&["c1", "4", "8", "2", "9", "1", "8"]).step(Input::Greeted(queue::Greeting::CheckDigits), morning.now.at);
    story("typing-wrong", &morning.queue, &wrong, morning.now);
    for (name, greeting) in greetings() {
        let (keys, _) = fresh().step(Input::Greeted(greeting.clone()), morning.now.at);
        story(name, &morning.queue, &keys, morning.now);
        let (english, _) = fresh().step(Input::Key(Key::Speak(Language::En)), morning.now.at);
        let (english, _) = english.step(Input::Greeted(greeting), morning.now.at);
        story(&format!("{name}-english"), &morning.queue, &english, morning.now);
    }
}

fn counters(folder: &Path, build: &Build) {
    let story = |name: &str, queue: &Queue, context: &Context, now: Now| {
        let view = CounterView::of(queue, context, counter(3), now).unwrap();
        write(folder, &format!("counter-{name}"), &counter_page(&view, build).unwrap());
    };
    let morning = Morning::until_called();
    story("speaking", &morning.queue, &context(), morning.now);
    let mut morning = Morning::until_spoken();
    story("called", &morning.queue, &context(), morning.now);
    morning.acts(3, Act::IsHere);
    story("serving", &morning.queue, &context(), morning.now);
    let offline = Context { link: LinkState::Offline { since: at(9, 41) }, ..context() };
    story("serving-offline", &morning.queue, &offline, morning.now);
    morning.acts(3, Act::Finish);
    story("free", &morning.queue, &context(), morning.now);
    morning.acts(3, Act::Pause);
    story("paused", &morning.queue, &context(), morning.now);
    let mut news = Morning::until_news();
    story("called-news", &news.queue, &offline, news.now);
    news.acts(3, Act::IsHere);
    news.acts(3, Act::Finish);
    story("free-news", &news.queue, &offline, news.now);
    let quiet = Morning::at_opening();
    let alone = Context { link: LinkState::Never, ..context() };
    story("closed", &quiet.queue, &alone, quiet.now);
}

fn clock(folder: &Path, build: &Build) {
    let story = |name: &str, view: &ClockView, language: Language, says: ClockSays| {
        write(folder, name, &clock_page(view, "/platz/3", language, says, build).unwrap());
    };
    let asked = ClockView::of(false, None, at(7, 31), &context().zone);
    story("clock", &asked, Language::De, ClockSays::Nothing);
    story("clock-english", &asked, Language::En, ClockSays::Nothing);
    let (ahead, past) = (asked.day.saturating_add(24.days()), asked.day.saturating_sub(9.days()));
    story("clock-again", &asked, Language::De, ClockSays::AskAgain { day: ahead, time: "08:15".to_owned() });
    story("clock-before", &asked, Language::De, ClockSays::Before(past));
    let confirmed = ClockView { confirmed: Some(asked.day), ..asked.clone() };
    story("clock-confirmed", &confirmed, Language::De, ClockSays::Nothing);
    story("clock-known", &ClockView { known: true, ..asked.clone() }, Language::De, ClockSays::Nothing);

    let morning = Morning::until_spoken();
    let unknown = Now { trust: names::Trust::Unknown, ..morning.now };
    for (name, confirmed) in [("ask", None), ("confirmed", Some(asked.day))] {
        let view = CounterView::of(&morning.queue, &Context { confirmed, ..context() }, counter(3), unknown).unwrap();
        write(folder, &format!("counter-clock-{name}"), &counter_page(&view, build).unwrap());
    }
}

fn house(folder: &Path, build: &Build) {
    let link = |href: &str, label: &str, plate| Link { href: href.to_owned(), label: label.to_owned(), plate };
    let links = vec![
        link("board-normal.html", "Bildschirm im Wartebereich", None),
        link("terminal-start.html", "Terminal am Eingang", None),
        link("counter-called.html", "Platz 3", Some(3)),
    ];
    let overview = House::Overview { links, nothing: None };
    write(folder, "overview", &house_page("Aufruf in diesem Haus", &overview, build).unwrap());
    let sign_in = House::SignIn { next: "/platz/3".to_owned(), wrong: None };
    write(folder, "sign-in", &house_page("Mitarbeiter-Seiten", &sign_in, build).unwrap());
}
