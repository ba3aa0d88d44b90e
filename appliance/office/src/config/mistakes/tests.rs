//! Every kind of mistake in the box's file, and that no text whatever ends the program.

use std::path::Path;

use proptest::prelude::*;

use super::*;

const GOOD: &str = r#"office = "musterland"
[booking]
url = "https://termine.musterland.example"
[pages]
listen = "127.0.0.1:8080"
[sound]
enabled = true
[[input]]
name = "entrance-scanner"
kind = "scanner"
usb = "05e0:1200"
terminal = 1
[[counter]]
number = 3
skills = [1, 2]
[[desk]]
id = "desk-3"
counter = 3
secret_sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
"#;

/// Line, key and kind, short.
fn mistakes(from: &str, to: &str) -> Vec<(usize, String, Kind)> {
    assert!(GOOD.contains(from), "{from} does not stand there");
    Config::mistakes(&GOOD.replacen(from, to, 1)).into_iter().map(|m| (m.line, m.key, m.kind)).collect()
}

fn only(from: &str, to: &str) -> (usize, String, Kind) {
    let found = mistakes(from, to);
    assert_eq!(found.len(), 1, "{to}: {found:#?}");
    found.into_iter().next().expect("one")
}

#[test]
fn a_good_file_has_none_also_without_the_folder_and_with_windows_line_ends() {
    assert_eq!(Config::mistakes(GOOD), []);
    assert_eq!(Config::mistakes(&format!("\u{feff}{}", GOOD.replace('\n', "\r\n"))), []);
}

#[test]
fn keys_and_sections_that_do_not_exist_are_told_with_those_that_do() {
    let (line, key, kind) = only("number = 3", "nummer = 3\nnumber = 3");
    assert_eq!((line, key.as_str()), (14, "counter.nummer"));
    let allowed = vec!["number".to_owned(), "skills".to_owned()];
    assert_eq!(kind, Kind::UnknownKey { found: "nummer".to_owned(), allowed });
    let (line, key, kind) = only("[sound]", "[soud]");
    assert_eq!((line, key.as_str()), (6, "soud"));
    assert!(
        matches!(kind, Kind::UnknownSection { found, allowed } if found == "soud" && allowed.contains(&"sound".to_owned()))
    );
}

#[test]
fn a_key_of_an_input_that_does_not_exist_is_not_passed_over() {
    let (line, key, kind) = only("usb = ", "USB = \"05e0:1200\"\nusb = ");
    assert_eq!((line, key.as_str()), (11, "input.USB"));
    assert!(
        matches!(kind, Kind::UnknownKey { allowed, .. } if ["usb", "terminal"].iter().all(|k| allowed.contains(&(*k).to_owned())))
    );
}

#[test]
fn a_word_of_a_list_is_told_with_the_list_also_deep_in_an_input() {
    let (line, key, kind) = only("kind = \"scanner\"", "kind = \"scaner\"");
    assert_eq!((line, key.as_str()), (10, "input.kind"));
    assert!(matches!(kind, Kind::UnknownWord { found, allowed } if found == "scaner" && allowed.len() > 1));
    let (line, key, kind) = only("usb = ", "layout = \"german\"\nusb = ");
    assert_eq!((line, key.as_str()), (11, "input.layout"));
    assert!(matches!(kind, Kind::UnknownWord { found, .. } if found == "german"));
}

#[test]
fn the_wrong_sort_of_value_is_told_with_the_right_one() {
    for (from, to, line, key, expected) in [
        ("number = 3", "number = \"3\"", 14, "counter.number", Sort::Number),
        ("enabled = true", "enabled = \"ja\"", 7, "sound.enabled", Sort::Switch),
        ("skills = [1, 2]", "skills = 1", 15, "counter.skills", Sort::List),
        ("url = \"https://termine.musterland.example\"", "url = 7", 3, "booking.url", Sort::Text),
    ] {
        assert_eq!(only(from, to), (line, key.to_owned(), Kind::WrongSort { expected }), "{to}");
    }
}

#[test]
fn what_is_missing_is_told_at_its_section_and_not_when_it_is_only_misspelt() {
    assert_eq!(only("counter = 3\n", ""), (16, "desk.counter".to_owned(), Kind::MissingKey));
    for rest in ["", "\n"] {
        assert_eq!(only("office = \"musterland\"\n", rest), (1, "office".to_owned(), Kind::MissingKey));
    }
    let (_, key, kind) = only("office = ", "ofice = ");
    assert_eq!(key, "ofice");
    assert!(matches!(kind, Kind::UnknownKey { .. }), "{kind:?}");
}

#[test]
fn what_is_no_toml_is_told_with_its_line() {
    assert!(matches!(only("url = \"https", "url = „https"), (3, _, Kind::Quotes { found: '„' })));
    assert!(matches!(only("terminal = 1", "terminal 1"), (12, _, Kind::Form { .. })));
    assert!(matches!(only("[[counter]]", "[[counter"), (13, _, Kind::Form { .. })));
    assert!(
        matches!(only("terminal = 1", "terminal = 1\nterminal = 2"), (13, key, Kind::Repeated) if key == "input.terminal")
    );
}

#[test]
fn what_cannot_be_meant_has_its_own_kind_where_there_is_one() {
    let twice = "[[counter]]\nnumber = 3\n[[counter]]\nnumber = 3";
    let (line, key, kind) = only("[[counter]]\nnumber = 3", twice);
    assert_eq!((line, key.as_str(), kind), (16, "counter.number", Kind::Twice { found: "3".to_owned() }));
    let kind = only("counter = 3", "counter = 9").2;
    assert_eq!(kind, Kind::NoSuchCounter { found: "9".to_owned() });
    let (line, key, kind) = only("https://termine", "ftp://termine");
    assert_eq!((line, key.as_str()), (3, "booking.url"));
    assert!(matches!(kind, Kind::NotAllowed { found, .. } if found == "ftp://termine.musterland.example"));
    let (line, key, kind) = only("\"127.0.0.1:8080\"", "\"127.0.0.1\"");
    assert_eq!((line, key.as_str()), (5, "pages.listen"));
    assert!(matches!(kind, Kind::NotAllowed { found, .. } if found == "127.0.0.1"));
}

#[test]
fn many_mistakes_are_told_at_once_in_the_order_of_their_lines() {
    let text =
        GOOD.replace("enabled = true", "enabled = 1").replace("number = 3", "Number = 3").replace("usb =", "USB =");
    let lines: Vec<usize> = Config::mistakes(&text).iter().map(|mistake| mistake.line).collect();
    assert_eq!(lines, [7, 11, 14]);
}

#[test]
fn no_mistake_carries_a_password() {
    for line in [
        "proxy = \"https://box:hunter2@proxy:3128\"",
        "proxy = [\"http://box:hunter2@proxy:3128\"]",
        "proxy = \"http://box:hunter2@proxy:3128\" ?",
        "proxy = \"http://box:hunter2@proxy:3128",
        "proxy = „http://box:hunter2@proxy:3128“",
    ] {
        let found = mistakes("[pages]", &format!("{line}\n[pages]"));
        assert!(!found.is_empty(), "{line}");
        assert!(!format!("{found:?}").contains("hunter2"), "{found:?}");
    }
}

proptest! {
    /// Lines of the good file, torn out, doubled and broken.
    #[test]
    fn no_mistakes_means_that_the_box_takes_it(
        lines in prop::collection::vec((0_usize..20, prop::option::of("[\\PC\n\"\\[\\]=.,]{0,12}")), 0..24),
    ) {
        let good: Vec<&str> = GOOD.lines().collect();
        let line = |(at, broken): (usize, Option<String>)| {
            let line = good.get(at).copied().unwrap_or_default();
            broken.map_or_else(|| line.to_owned(), |end| format!("{}{end}", line.split('=').next().unwrap_or_default()))
        };
        let text = lines.into_iter().map(line).collect::<Vec<_>>().join("\n");
        let mistakes = Config::mistakes(&text);
        prop_assert_eq!(mistakes.is_empty(), Config::parse(Path::new("a"), &text).is_ok(), "{:?}\n{}", mistakes, text);
        prop_assert!(mistakes.len() <= MAX_MISTAKES);
        prop_assert!(mistakes.iter().all(|mistake| mistake.line <= text.split('\n').count()));
    }
}
