//! The whole sentence that the screen shows for each kind of mistake.

use card::plan::{Found, Kept, plan};
use card::words::sentence;

use crate::{GOOD, changed};

fn sentences(found: &Found) -> Vec<String> {
    plan(found, &Kept::default()).mistakes.iter().map(sentence).collect()
}

/// The one sentence about the good file with one place changed.
fn said(from: &str, to: &str) -> String {
    let all = sentences(&Found::Bytes(changed(from, to).into_bytes()));
    assert_eq!(all.len(), 1, "{to}: {all:#?}");
    all.concat()
}

#[test]
fn a_good_file_has_nothing_to_be_said() {
    assert_eq!(sentences(&Found::Bytes(GOOD.into())), [""; 0]);
}

#[test]
fn a_missing_file_is_told_with_its_place() {
    let text = "Die Datei appliance.toml fehlt auf der Karte. Sie gehört in den obersten Ordner des Laufwerks AUFRUF; \
                eine Vorlage liegt im Paket der Anlage.";
    assert_eq!(sentences(&Found::Nothing), [text]);
    let broken = Found::Unreadable("Input/output error".to_owned());
    let text =
        "Die Datei appliance.toml lässt sich nicht lesen (Input/output error). Bitte durch die Vorlage ersetzen.";
    assert_eq!(sentences(&broken), [text]);
}

#[test]
fn broken_toml_is_told_with_its_line() {
    let form = "Diese Zeile hat nicht die Form name = wert oder [abschnitt]. Texte stehen in geraden Anführungszeichen, \
                Listen in eckigen Klammern, Erklärungen hinter #.";
    assert_eq!(said("number = 1", "number 1"), format!("Zeile 23: {form}"));
    assert_eq!(
        said("first_rotation = 90", "first_rotation = 90 Grad"),
        format!("Zeile 15, `screens.first_rotation`: {form}")
    );
    assert_eq!(
        said("office = \"musterstadt\"", "office = “musterstadt”"),
        "Zeile 1, `office`: Das Zeichen “ stammt aus einer Textverarbeitung. Hier gehören gerade Anführungszeichen \
         hin: \"…\"."
    );
    assert_eq!(
        said("number = 1", "number = 1\nnumber = 2"),
        "Zeile 24, `counter.number`: Das steht weiter oben schon. Bitte eine der beiden Stellen löschen."
    );
}

#[test]
fn unknown_keys_and_sections_are_told_with_what_was_meant() {
    assert_eq!(
        said("number = 1", "number = 1\nskils = [1]"),
        "Zeile 24, `counter.skils`: Den Namen skils gibt es hier nicht. Gemeint ist wohl skills. Erlaubt: number, skills."
    );
    assert_eq!(
        said("[time]\nntp", "[time]\nNTP"),
        "Zeile 21, `time.NTP`: Den Namen NTP gibt es hier nicht. Gemeint ist wohl ntp. Erlaubt: ntp."
    );
    let section = said("[screens]", "[bildschirme]");
    let begin = "Zeile 13, `bildschirme`: Einen Abschnitt [bildschirme] gibt es nicht. Erlaubt: office, data, booking,";
    assert!(section.starts_with(begin) && section.ends_with("network, wifi, screens, ssh, time."), "{section}");
    assert_eq!(
        said("[screens]", "[screen]"),
        "Zeile 13, `screen`: Einen Abschnitt [screen] gibt es nicht. Gemeint ist wohl screens. Erlaubt: screens."
    );
}

#[test]
fn the_wrong_sort_of_value_is_told_with_the_right_one() {
    assert_eq!(
        said("number = 1", "number = \"1\""),
        "Zeile 23, `counter.number`: Hier gehört eine ganze Zahl ohne Anführungszeichen hin. Die Zahl auf dem Schild, \
         von 1 bis 99."
    );
    assert_eq!(
        said("[\"ptbtime1.ptb.de\"]", "\"ptbtime1.ptb.de\""),
        "Zeile 21, `time.ntp`: Hier gehört eine Liste in eckigen Klammern hin. Namen oder Adressen von Zeitservern in \
         einer Liste, zum Beispiel [\"ptbtime1.ptb.de\"]."
    );
}

#[test]
fn what_is_missing_is_named() {
    assert_eq!(
        said("office = \"musterstadt\"\n", ""),
        "Zeile 1, `office`: Diese Angabe fehlt. Das Kürzel des Amts wie auf dem Buchungsserver: 1 bis 40 Zeichen aus \
         a-z, 0-9 und -."
    );
}

#[test]
fn bad_addresses_are_told_with_an_example() {
    assert_eq!(
        said("192.0.2.10/24", "192.0.2.10"),
        "Zeile 7, `network.address`: 192.0.2.10 ist hier nicht möglich. Adresse und Netzgröße, zum Beispiel \
         192.0.2.10/24. Ohne diese Zeile kommt die Adresse vom Netz (DHCP)."
    );
    assert_eq!(
        said("gateway = \"192.0.2.1\"", "gateway = \"10.0.0.1\""),
        "Zeile 8, `network.gateway`: 10.0.0.1 ist hier nicht möglich. Eine Adresse aus dem eigenen Netz, zum Beispiel \
         192.0.2.1."
    );
    assert_eq!(
        said("https://termine", "termine"),
        "Zeile 3, `booking.url`: termine.musterstadt.example ist hier nicht möglich. Eine Adresse mit https://, zum \
         Beispiel https://termine.musterstadt.example."
    );
    assert_eq!(
        said("hostname = \"rathaus\"", "hostname = \"Rathaus 1\""),
        "Zeile 6, `network.hostname`: Rathaus 1 ist hier nicht möglich. 1 bis 63 Zeichen aus a-z, 0-9 und -, kein - \
         am Rand."
    );
}

#[test]
fn an_empty_or_garbled_code_is_told_without_the_code() {
    let how = "Der Code vom Buchungsserver hat acht Zeichen, zum Beispiel ABCD-2345. Ein neuer kommt mit: \
               aufruf-booking enrol.";
    assert_eq!(said("ABCD-2345", ""), format!("Zeile 4, `booking.code`: Hier steht noch nichts. {how}"));
    assert_eq!(
        said("ABCD-2345", "ABCD-10"),
        format!("Zeile 4, `booking.code`: Dieser Wert ist hier nicht möglich. {how}")
    );
}

#[test]
fn a_counter_that_stands_there_twice_is_told_with_its_number() {
    assert_eq!(
        said("number = 1", "number = 1\n[[counter]]\nnumber = 1"),
        "Zeile 25, `counter.number`: 1 steht weiter oben schon; jeder Wert ist nur einmal möglich."
    );
    let hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let desk = format!("number = 1\n[[desk]]\nid = \"a\"\ncounter = 7\nsecret_sha256 = \"{hash}\"");
    assert_eq!(said("number = 1", &desk), "Zeile 26, `desk.counter`: Einen Schalter 7 gibt es in dieser Datei nicht.");
}

#[test]
fn impossible_screens_are_told_with_what_is_possible() {
    assert_eq!(
        said("\"terminal\"", "\"anzeige\""),
        "Zeile 14, `screens.first`: anzeige ist hier nicht möglich. Erlaubt: board, terminal, off."
    );
    assert_eq!(
        said("first_rotation = 90", "first_rotation = 45"),
        "Zeile 15, `screens.first_rotation`: 45 ist hier nicht möglich. 0, 90, 180 oder 270."
    );
    assert_eq!(
        said("second = \"off\"", "first_output = \"HDMI-A-2\"\nsecond = \"off\""),
        "Zeile 18, `screens.second_output`: HDMI-A-2 steht weiter oben schon; jeder Wert ist nur einmal möglich."
    );
}

#[test]
fn a_bad_layout_or_kind_is_told_with_those_there_are() {
    assert_eq!(
        said("layout = \"us\"", "layout = \"dee\""),
        "Zeile 27, `input.layout`: dee ist hier nicht möglich. Gemeint ist wohl de. Erlaubt: us, de, fr."
    );
    assert_eq!(
        said("kind = \"scanner\"", "kind = \"scaner\""),
        "Zeile 26, `input.kind`: scaner ist hier nicht möglich. Gemeint ist wohl scanner. Erlaubt: scanner, keypad."
    );
}

#[test]
fn a_short_password_or_a_private_key_is_told_and_not_shown() {
    assert_eq!(
        said("sehr geheim", "geheim"),
        "Zeile 12, `wifi.psk`: Dieser Wert ist hier nicht möglich. Das Passwort des WLANs, 8 bis 63 Zeichen."
    );
    assert_eq!(
        said("sehr geheim", ""),
        "Zeile 12, `wifi.psk`: Hier steht noch nichts. Das Passwort des WLANs, 8 bis 63 Zeichen."
    );
    let key = said("ssh-ed25519", "-----BEGIN");
    assert!(key.starts_with("Zeile 19, `ssh.keys`: ") && key.ends_with("[\"ssh-ed25519 AAAA… name\"]."), "{key}");
}

#[test]
fn control_characters_do_not_reach_the_console() {
    let text = said("\"terminal\"", "\"\\u001b[2Jx\"");
    assert_eq!(text, "Zeile 14, `screens.first`: ·[2Jx ist hier nicht möglich. Erlaubt: board, terminal, off.");
}
