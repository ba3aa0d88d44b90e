//! What the system gets: from good files, from broken ones, and from the last time.

use card::plan::{Found, Kept, LAST_GOOD, Plan, plan};
use card::words::Start;
use proptest::prelude::*;

use crate::{GOOD, TEMPLATE, changed};

fn of(text: &str, kept: &Kept) -> Plan {
    plan(&Found::Bytes(text.as_bytes().to_vec()), kept)
}

fn text<'a>(plan: &'a Plan, path: &str) -> Option<&'a str> {
    plan.outputs.iter().find(|output| output.path == path).map(|output| output.text.as_str())
}

/// What is kept after a good start.
fn after(good: &str) -> Kept {
    let keep = of(good, &Kept::default()).keep;
    let last_good = keep.iter().find(|output| output.path == LAST_GOOD).map(|output| output.text.clone());
    let wifi = keep.iter().filter_map(|output| output.path.strip_prefix("wifi/")).map(str::to_owned).collect();
    Kept { last_good, enrolled: None, wifi }
}

#[test]
fn a_good_file_becomes_files_of_the_system_with_the_lines_of_the_box_in_their_places() {
    let plan = of(GOOD, &Kept::default());
    assert_eq!((plan.start, plan.mistakes.len()), (Start::Card, 0));
    let box_file = text(&plan, "appliance.toml").expect("the box starts");
    assert_eq!(box_file.lines().nth(22), GOOD.lines().nth(22));
    assert!(!box_file.contains("screens") && !box_file.contains("geheim"));
    assert_eq!(text(&plan, "hostname"), Some("rathaus\n"));
    let cable = "[Match]\nType=ether\n\n[Network]\nDNS=192.0.2.1\nDNS=192.0.2.2\nAddress=192.0.2.10/24\n\n[Route]\n\
                 Gateway=192.0.2.1\nMetric=100\n";
    assert_eq!(text(&plan, "network/10-aufruf.network"), Some(cable));
    let screens = "AUFRUF_SCREEN_1=terminal\nAUFRUF_SCREEN_1_ROTATION=90\nAUFRUF_SCREEN_1_OUTPUT=\n\
                   AUFRUF_SCREEN_2=off\nAUFRUF_SCREEN_2_ROTATION=0\nAUFRUF_SCREEN_2_OUTPUT=HDMI-A-2\n";
    assert_eq!(text(&plan, "screens.env"), Some(screens));
    assert!(text(&plan, "ssh/authorized_keys").is_some_and(|keys| keys.ends_with(" it@musterstadt\n")));
    assert_eq!(text(&plan, "time/aufruf.conf"), Some("[Time]\nNTP=ptbtime1.ptb.de\n"));
    assert!(text(&plan, "network/20-aufruf-wifi.network").is_some_and(|file| file.contains("Type=wlan")));
    let wifi = plan.keep.iter().find(|output| output.path == "wifi/Rathaus.psk").expect("kept");
    assert_eq!((wifi.text.as_str(), wifi.secret), ("[Security]\nPassphrase=sehr geheim\n", true));
    assert_eq!(text(&plan, "mistakes.txt"), None);
}

#[test]
fn a_file_of_the_least_lets_nobody_in_and_asks_the_cable() {
    let plan = of("office = \"a\"\n", &Kept::default());
    assert_eq!((plan.start, plan.mistakes.len()), (Start::Card, 0));
    assert_eq!(text(&plan, "ssh/authorized_keys"), None);
    assert!(text(&plan, "network/10-aufruf.network").is_some_and(|file| file.contains("DHCP=yes")));
    assert!(text(&plan, "screens.env").is_some_and(|file| file.contains("_1=board") && file.contains("_2=terminal")));
}

#[test]
fn the_template_is_right_but_for_the_code_that_only_the_town_has() {
    let plan = of(TEMPLATE, &Kept::default());
    let keys: Vec<&str> = plan.mistakes.iter().map(|mistake| mistake.key.as_str()).collect();
    assert_eq!((plan.start, keys), (Start::Card, vec!["booking.code"]));
    // Every example in it, taken as it stands.
    let examples = ["address", "gateway", "dns", "ntp", "first_rotation", "second_rotation", "first_output"];
    let uncomment = |line: &str| match line.strip_prefix("# ") {
        Some(rest) if examples.iter().any(|key| rest.starts_with(&format!("{key} = "))) || rest == "[time]" => {
            rest.to_owned()
        }
        Some(_) | None => line.to_owned(),
    };
    let all: String = TEMPLATE.lines().map(uncomment).map(|line| line + "\r\n").collect();
    assert_eq!(of(&all, &Kept::default()).mistakes.len(), 1, "{:?}", of(&all, &Kept::default()).mistakes);
    assert!(text(&of(&all, &Kept::default()), "network/10-aufruf.network").is_some_and(|n| n.contains("Address=")));
}

#[test]
fn wrong_screens_do_not_stop_the_hall() {
    for broken in ["first = \"anzeige\"", "first = „terminal“", "first = [\"terminal\"", "first"] {
        let plan = of(&changed("first = \"terminal\"", broken), &Kept::default());
        assert_eq!(plan.start, Start::Card, "{broken}");
        assert!(text(&plan, "appliance.toml").is_some_and(|file| file.contains("[[counter]]")), "{broken}");
        assert!(text(&plan, "mistakes.txt").is_some_and(|page| page.starts_with("Die Anlage läuft. ")), "{broken}");
        assert!(plan.keep.iter().any(|output| output.path == LAST_GOOD && !output.text.contains("[screens]")));
    }
}

#[test]
fn a_wrong_section_of_the_card_stays_as_it_was_last_time() {
    let plan = of(&changed("192.0.2.10/24", "192.0.2.10/99"), &after(GOOD));
    assert!(text(&plan, "network/10-aufruf.network").is_some_and(|file| file.contains("Address=192.0.2.10/24")));
    let page = text(&plan, "mistakes.txt").expect("told");
    assert!(page.contains("\nFür [network] gilt weiter, womit es zuletzt ging.\n"), "{page}");
    assert!(plan.keep.iter().all(|output| output.path != LAST_GOOD), "nothing new is good");
}

#[test]
fn a_file_the_box_cannot_start_with_gives_way_to_the_last_good_one_and_that_is_said_loudly() {
    let kept = after(GOOD);
    let broken = [changed("number = 1", "number = one"), changed("[[counter]]", "[[counter"), String::new()];
    for broken in broken.iter().map(|text| Found::Bytes(text.clone().into())).chain([Found::Nothing]) {
        let plan = plan(&broken, &kept);
        assert_eq!(plan.start, Start::LastTime, "{broken:?}");
        assert!(text(&plan, "appliance.toml").is_some_and(|file| file.contains("number = 1\n")));
        assert!(text(&plan, "mistakes.txt").is_some_and(|page| page.starts_with("ACHTUNG: ")));
        assert!(plan.keep.iter().all(|output| output.path != LAST_GOOD), "{broken:?}");
    }
}

#[test]
fn without_a_last_good_file_the_box_does_not_start_and_the_page_says_so() {
    let plan = of(&changed("number = 1", "number = one"), &Kept::default());
    assert_eq!((plan.start, text(&plan, "appliance.toml")), (Start::Not, None));
    assert!(text(&plan, "mistakes.txt").is_some_and(|page| page.starts_with("Die Anlage kann noch nicht starten.")));
    assert!(text(&plan, "ssh/authorized_keys").is_some(), "whoever may help can come in");
}

#[test]
fn what_was_kept_is_not_written_again() {
    let kept = after(GOOD);
    assert!(of(GOOD, &kept).keep.iter().all(|output| output.path != LAST_GOOD));
    let again = plan(&Found::Bytes(kept.last_good.clone().expect("kept").into()), &kept);
    assert_eq!((again.start, again.mistakes.len()), (Start::Card, 0));
    assert!(again.keep.iter().all(|output| output.path != LAST_GOOD), "it is its own last good file");
}

#[test]
fn a_password_that_moved_into_the_box_is_not_asked_for_again() {
    let plan = of(&changed("sehr geheim", ""), &after(GOOD));
    assert_eq!(plan.mistakes, []);
    assert!(text(&plan, "network/20-aufruf-wifi.network").is_some());
    assert!(plan.keep.iter().all(|output| !output.path.starts_with("wifi/")), "it stays as it is");
}

proptest! {
    #[test]
    fn any_bytes_give_a_plan(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let plan = plan(&Found::Bytes(bytes), &Kept::default());
        prop_assert_eq!(plan.start == Start::Not, text(&plan, "appliance.toml").is_none());
        prop_assert_eq!(plan.mistakes.is_empty(), text(&plan, "mistakes.txt").is_none());
    }

    /// Lines of the good file: left out, doubled, cut off and mixed up.
    #[test]
    fn any_broken_file_gives_a_file_the_box_can_start_with_or_none(
        lines in prop::collection::vec((0_usize..30, prop::option::of("[\\PC\t\"„\\[\\]=.,#]{0,9}")), 0..40),
    ) {
        let good: Vec<&str> = GOOD.lines().collect();
        let line = |(at, end): (usize, Option<String>)| {
            let line = good.get(at).copied().unwrap_or_default();
            end.map_or_else(|| line.to_owned(), |end| format!("{}{end}", line.split('=').next().unwrap_or_default()))
        };
        let broken = lines.into_iter().map(line).collect::<Vec<_>>().join("\r\n");
        let plan = of(&broken, &after(GOOD));
        let box_file = text(&plan, "appliance.toml").expect("at least that of last time");
        prop_assert_eq!(office::Config::mistakes(box_file), []);
        for output in plan.keep.iter().filter(|output| output.path == LAST_GOOD) {
            let again = of(&output.text, &Kept { enrolled: Some("x".to_owned()), ..after(GOOD) });
            prop_assert_eq!(again.start, Start::Card);
            prop_assert!(again.mistakes.iter().all(|m| m.key == "booking.code"), "{:?}\n{}", again.mistakes, output.text);
        }
    }
}
