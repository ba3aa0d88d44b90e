//! Pictures of the console, as they are read.

use super::*;

const SMALL: Size = Size { columns: 80, lines: 25 };

fn call(first: &str, second: &str, counter: u8, now: bool) -> Call {
    Call { code: [first.to_owned(), second.to_owned()], counter, now }
}

fn calls(calls: Vec<Call>) -> Calls {
    let (office, noun) = ("Bürgerbüro Musterland".to_owned(), "Platz".to_owned());
    Calls { office, noun, calls, time: Some("9:42".to_owned()) }
}

fn standing(age: Age, of: Vec<Call>) -> Standing {
    Standing::Calls { calls: calls(of), age, mistake: None }
}

fn read(lines: &[Line]) -> String {
    lines.iter().map(|line| format!("{}\n", line.text)).collect()
}

#[test]
fn a_call_is_written_in_block_letters() {
    let picture = layout(&standing(Age::Fresh, vec![call("482", "917", 3, true)]), SMALL);
    let expected = [
        "Bürgerbüro Musterland                                                       9:42",
        "",
        "      ▄█  ▄▀▀▀▄ ▄▀▀▀▄       ▄▀▀▀▄  ▄█   ▀▀▀▀█         ▄               ▄▀▀▀▄",
        "    ▄▀ █  ▀▄▄▄▀   ▄▄▀       ▀▄▄▄█   █     ▄▀        ▄▄▄█▄               ▄▄▀",
        "    ▀▀▀█▀ █   █ ▄▀             ▄▀   █    █            ▄▀              ▄   █",
        "       ▀   ▀▀▀  ▀▀▀▀▀        ▀▀    ▀▀▀   ▀                             ▀▀▀",
        "",
    ];
    let shown: Vec<&str> = picture.iter().map(|line| line.text.as_str()).collect();
    assert_eq!(shown[..expected.len()], expected, "{}", read(&picture));
    assert_eq!(picture[2].style, Style::Bright);
}

#[test]
fn a_picture_always_fills_the_console_and_never_more() {
    let many: Vec<Call> = (1..=7).map(|n| call("A", "042", n, false)).collect();
    let mistakes: Vec<String> = (1..=90).map(|n| format!("Zeile {n}, `kind`: {}", "wort ".repeat(40))).collect();
    let all = [
        Standing::Starting,
        Standing::Mistakes(mistakes.clone()),
        standing(Age::Fresh, Vec::new()),
        standing(Age::Old, many.clone()),
        Standing::Calls { calls: calls(many), age: Age::Stale, mistake: mistakes.first().cloned() },
    ];
    for (columns, lines) in [(80, 25), (240, 67), (128, 48), (40, 12), (320, 90), (20, 8), (1, 1), (71, 30)] {
        let size = Size { columns, lines };
        for standing in &all {
            let picture = layout(standing, size);
            assert_eq!(picture.len(), lines, "{size:?}");
            assert!(picture.iter().all(|line| line.text.chars().count() <= columns), "{size:?} {standing:?}");
        }
    }
}

#[test]
fn four_calls_fit_and_the_letters_grow_with_the_screen() {
    let four: Vec<Call> = (1..=4).map(|n| call("482", "917", n, false)).collect();
    for (size, dots) in [(SMALL, 1), (Size { columns: 240, lines: 67 }, 3), (Size { columns: 160, lines: 45 }, 2)] {
        let picture = layout(&standing(Age::Fresh, four.clone()), size);
        let ink = picture.iter().filter(|line| line.text.contains(['█', '▀', '▄'])).count();
        assert_eq!(ink, 4 * (HIGH * dots).div_ceil(2), "{size:?}");
    }
}

#[test]
fn a_console_that_is_too_small_shows_plain_letters() {
    let picture = layout(&standing(Age::Fresh, vec![call("A", "042", 12, true)]), Size { columns: 40, lines: 12 });
    assert!(read(&picture).contains("A 042   > 12"));
}

#[test]
fn old_calls_say_that_they_are_old_and_then_whom_to_ask() {
    let said = |age| read(&layout(&standing(age, vec![call("A", "042", 1, true)]), SMALL));
    assert!(said(Age::Stale).contains("Keine Verbindung. Stand: 9:42 Uhr"));
    assert!(said(Age::Old).contains("Bitte fragen Sie am Platz."));
    assert!(!said(Age::Fresh).contains("Keine Verbindung"));
}

#[test]
fn mistakes_of_the_card_are_all_shown_or_counted() {
    let mistakes: Vec<String> = (1..=30).map(|n| format!("Zeile {n}, `kind`: unbekannt")).collect();
    let picture = read(&layout(&Standing::Mistakes(mistakes), SMALL));
    assert!(picture.contains("Zeile 1, `kind`") && picture.contains("weitere Zeilen"));
    let foot = Standing::Calls { calls: calls(Vec::new()), age: Age::Fresh, mistake: Some("Zeile 3".to_owned()) };
    assert!(read(&layout(&foot, SMALL)).contains("Zeile 3"));
}

#[test]
fn the_start_is_written_large_where_it_fits_and_only_letters_a_console_has() {
    let large = layout(&Standing::Starting, Size { columns: 160, lines: 45 });
    assert!(read(&large).contains('█'));
    let small = read(&layout(&Standing::Starting, SMALL));
    assert!(small.contains("Der Rechner startet") && !small.contains('█'));
    let told = vec!["Zeile 1 – „kind“ …".to_owned()];
    assert!(read(&layout(&Standing::Mistakes(told), SMALL)).contains("Zeile 1 - \"kind\" ..."));
}

#[test]
fn whom_to_ask_is_written_large_on_a_large_console_and_takes_nothing_from_the_calls() {
    let four: Vec<Call> = (1..=4).map(|n| call("482", "917", n, false)).collect();
    let ink = |age| {
        let picture = layout(&standing(age, four.clone()), Size { columns: 160, lines: 45 });
        picture.iter().filter(|line| line.text.contains(['█', '▀', '▄'])).count()
    };
    assert_eq!(ink(Age::Old), ink(Age::Fresh) + HIGH.div_ceil(2));
}
