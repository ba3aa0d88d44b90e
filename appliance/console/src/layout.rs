//! The picture: what is to be seen as lines of text for a console of any size.
//!
//! ```text
//!   Standing ─► head, body, foot ─► exactly as many lines as the console has, none too long
//! ```
//!
//! What must always hold: a code is written as large as the width lets it be, and stays where it is
//! while calls come and go; on the smallest console it is still there, in plain letters.

use crate::font::{GAP, HIGH, dot, knows, width};
use crate::standing::{Age, Call, Calls, Standing};
use crate::text::text;

/// Calls that can be read from the last row of chairs; as many as on the board.
const ROWS: usize = 4;
/// `482 917 > 12`.
const LETTERS: &str = "482 917 > 12";
/// Dots below each row.
const BELOW: usize = 2;
/// Lines above the calls: office and time, then air.
const HEAD: usize = 2;
/// Lines below the calls: a sentence for everybody and one for staff.
const FOOT: usize = 4;
/// The same with the sentence for everybody in block letters, where the console is high enough.
const LARGE_FOOT: usize = 7;
/// Lines of a console on which block letters below the calls take nothing from them.
const HIGH_CONSOLE: usize = 40;

/// The size of the console in letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size {
    pub(crate) columns: usize,
    pub(crate) lines: usize,
}

/// How a line looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    Plain,
    /// It is being called right now, or somebody has to do something.
    Bright,
    /// For staff.
    Dim,
}

/// One line of the console.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) text: String,
    pub(crate) style: Style,
}

impl Line {
    fn new(text: impl Into<String>, style: Style) -> Self {
        Self { text: text.into(), style }
    }

    fn empty() -> Self {
        Self::new("", Style::Plain)
    }
}

/// The picture: as many lines as the console has, none longer than it is wide.
pub(crate) fn layout(standing: &Standing, size: Size) -> Vec<Line> {
    let mut lines = match standing {
        Standing::Starting => starting(size),
        Standing::Mistakes(mistakes) => about_the_card(mistakes, size),
        Standing::Calls { calls, age, mistake } => called(calls, *age, mistake.as_deref(), size),
    };
    lines.resize_with(size.lines, Line::empty);
    for line in &mut lines {
        line.text = plain(&line.text).chars().take(size.columns).collect();
    }
    lines
}

fn starting(size: Size) -> Vec<Line> {
    let mut lines: Vec<Line> = (0..size.lines / 3).map(|_air| Line::empty()).collect();
    lines.extend(large(&text().starting, size).into_iter().map(|line| Line::new(line, Style::Bright)));
    lines.push(Line::empty());
    lines.push(Line::new(centred(&text().starting_small, size), Style::Plain));
    lines
}

/// The file speaks for itself: its first line, then all that fit, and how many do not.
fn about_the_card(mistakes: &[String], size: Size) -> Vec<Line> {
    let (head, rest) = mistakes.split_at(mistakes.len().min(1));
    let mut lines: Vec<Line> =
        head.iter().flat_map(|it| wrapped(it, size)).map(|line| Line::new(line, Style::Bright)).collect();
    let all: Vec<String> = rest.iter().flat_map(|it| wrapped(it, size)).collect();
    let room = size.lines.saturating_sub(lines.len() + 1);
    let (shown, hidden) = all.split_at(all.len().min(room));
    lines.extend(shown.iter().map(|line| Line::new(line.clone(), Style::Plain)));
    if !hidden.is_empty() {
        let more = text().mistakes_more.replace("{count}", &hidden.len().to_string());
        lines.push(Line::new(more, Style::Bright));
    }
    lines
}

fn called(calls: &Calls, age: Age, mistake: Option<&str>, size: Size) -> Vec<Line> {
    let mut lines = vec![Line::new(ends(&calls.office, calls.time.as_deref().unwrap_or_default(), size), Style::Dim)];
    lines.push(Line::empty());
    if calls.calls.is_empty() {
        lines.extend((0..size.lines / 3).map(|_air| Line::empty()));
        lines.extend(large(&text().empty, size).into_iter().map(|line| Line::new(line, Style::Plain)));
    }
    let foot_lines = if size.lines < HIGH_CONSOLE { FOOT } else { LARGE_FOOT };
    let room = size.lines.saturating_sub(HEAD + foot_lines);
    lines.extend(calls.calls.iter().take(ROWS).flat_map(|call| row(call, age, size, room)));
    lines.resize_with(size.lines.saturating_sub(foot_lines).max(HEAD), Line::empty);
    lines.extend(foot(calls, age, mistake, size));
    lines
}

fn foot(calls: &Calls, age: Age, mistake: Option<&str>, size: Size) -> Vec<Line> {
    let noun = if calls.noun.is_empty() { &text().noun } else { &calls.noun };
    let note = match (age, &calls.time) {
        (Age::Fresh, _) => String::new(),
        (Age::Stale, Some(time)) => text().stale.replace("{time}", time),
        (Age::Stale, None) => text().stale_unsure.clone(),
        (Age::Old, _) => text().ask.replace("{noun}", noun),
    };
    let technical = mistake.map(|first| text().mistakes_foot.replace("{first}", first)).unwrap_or_default();
    let note = if size.lines < HIGH_CONSOLE { vec![centred(&note, size)] } else { large(&note, size) };
    let mut lines = vec![Line::empty()];
    lines.extend(note.into_iter().map(|line| Line::new(line, Style::Bright)));
    lines.push(Line::new(technical, Style::Dim));
    lines
}

/// One call: block letters, or plain ones on a console that is too small for them.
fn row(call: &Call, age: Age, size: Size, room: usize) -> Vec<Line> {
    let style = if call.now && age == Age::Fresh { Style::Bright } else { Style::Plain };
    let code = call.code.join(" ");
    let words = format!("{code:<7} > {:>2}", call.counter);
    // Two dots, one above the other, are one letter of the console.
    let scale = (size.columns / width(LETTERS)).min(room * 2 / (ROWS * (HIGH + BELOW)));
    if scale == 0 {
        return vec![Line::new(centred(&words, size), style)];
    }
    blocks(&words, scale, size).into_iter().map(|text| Line::new(text, style)).collect()
}

/// The font of a console has 256 letters; these are not among them.
fn plain(sentence: &str) -> String {
    sentence.replace('…', "...").replace(['–', '—'], "-").replace(['„', '“', '”'], "\"").replace(['‚', '‘', '’'], "'")
}

/// A sentence in block letters if it can be written so and fits, else in plain ones.
fn large(sentence: &str, size: Size) -> Vec<String> {
    let scale = size.columns / width(sentence).max(1);
    if sentence.is_empty() || !knows(sentence) || scale == 0 {
        return vec![centred(sentence, size)];
    }
    blocks(sentence, scale, size)
}

fn blocks(words: &str, scale: usize, size: Size) -> Vec<String> {
    let left = " ".repeat(size.columns.saturating_sub(width(words).max(width(LETTERS)) * scale) / 2);
    let lines = ((HIGH + BELOW) * scale).div_ceil(2);
    let set = |x: usize, y: usize| is_set(words, x / scale, y / scale);
    let cell = |x: usize, line: usize| match (set(x, line * 2), set(x, line * 2 + 1)) {
        (true, true) => '█',
        (true, false) => '▀',
        (false, true) => '▄',
        (false, false) => ' ',
    };
    let across = width(words) * scale;
    let line = |line: usize| left.chars().chain((0..across).map(|x| cell(x, line))).collect::<String>();
    (0..lines).map(|number| line(number).trim_end().to_owned()).collect()
}

fn is_set(words: &str, x: usize, y: usize) -> bool {
    let step = width("0") + GAP;
    words.chars().nth(x / step).is_some_and(|letter| dot(letter, x % step, y))
}

fn centred(sentence: &str, size: Size) -> String {
    let air = size.columns.saturating_sub(sentence.chars().count()) / 2;
    if sentence.is_empty() { String::new() } else { format!("{}{sentence}", " ".repeat(air)) }
}

/// One at each end of the line.
fn ends(left: &str, right: &str, size: Size) -> String {
    let used = left.chars().count() + right.chars().count();
    format!("{left}{}{right}", " ".repeat(size.columns.saturating_sub(used).max(1)))
}

/// Broken between words; a word that is longer than the console is cut.
fn wrapped(sentence: &str, size: Size) -> std::vec::IntoIter<String> {
    let mut lines = vec![String::new()];
    for word in sentence.split_whitespace() {
        let fits = |line: &str| line.chars().count() + 1 + word.chars().count() <= size.columns;
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if fits(line) => {
                line.push(' ');
                line.push_str(word);
            }
            Some(_) | None => lines.push(word.to_owned()),
        }
    }
    lines.into_iter()
}

#[cfg(test)]
#[path = "layout_tests.rs"]
mod tests;
