//! Used secrets leave the card, and nothing else on it changes.

use card::code::blank;
use card::plan::Kept;
use card::writing::{self, Writing};
use office::hash_of_code;
use proptest::prelude::*;

use crate::{GOOD, TEMPLATE, changed};

fn enrolled(code: &str) -> Kept {
    Kept { enrolled: Some(hash_of_code(code)), ..Kept::default() }
}

fn blanked(text: &str, kept: &Kept) -> Option<String> {
    blank(text.as_bytes(), kept).map(|bytes| String::from_utf8(bytes).expect("as it was written"))
}

#[test]
fn the_code_that_was_used_is_taken_out_and_a_new_one_stays() {
    let kept = enrolled("ABCD-2345");
    assert_eq!(blanked(GOOD, &kept), Some(changed("\"ABCD-2345\"", "\"\"")));
    assert_eq!(blanked(&changed("ABCD-2345", "WXYZ-6789"), &kept), None);
    assert_eq!(blanked(&changed("ABCD-2345", ""), &kept), None, "nothing is left to do");
    assert_eq!(blanked(GOOD, &Kept::default()), None, "it was not used yet");
}

#[test]
fn the_password_of_the_wifi_leaves_when_it_is_kept() {
    let kept = Kept { wifi: ["Rathaus.psk".to_owned()].into(), ..enrolled("ABCD-2345") };
    let text = blanked(GOOD, &kept).expect("changed");
    assert_eq!(text, changed("\"ABCD-2345\"", "\"\"").replace("\"sehr geheim\"", "\"\""));
    let other = Kept { wifi: ["Bibliothek.psk".to_owned()].into(), ..Kept::default() };
    assert_eq!(blanked(GOOD, &other), None);
}

#[test]
fn a_code_in_a_comment_and_in_single_marks_is_left_and_found() {
    let text = TEMPLATE.replace("code = \"\"", "# code = 'ABCD-2345'\r\n\tcode= 'ABCD-2345' # neu");
    let text_after = TEMPLATE.replace("code = \"\"", "# code = 'ABCD-2345'\r\n\tcode= \"\" # neu");
    assert_eq!(blanked(&text, &enrolled("ABCD-2345")), Some(text_after));
}

#[test]
fn a_broken_file_is_left_alone() {
    assert_eq!(blanked(&changed("[[counter]]", "[[counter"), &enrolled("ABCD-2345")), None);
}

proptest! {
    #[test]
    fn whatever_the_writing_all_but_the_secret_stays_byte_for_byte(
        comment in "[a-zäöüß€„“ ]{0,20}", windows in any::<bool>(), how in 0_usize..4,
    ) {
        let end = if windows { "\r\n" } else { "\n" };
        let text = |code: &str| {
            let body = changed("\"ABCD-2345\"", &format!("{code} # {comment}")).replace('\n', end);
            match how {
                0 => body,
                _marked => format!("\u{feff}{body}"),
            }
        };
        let writing = match how {
            0 | 1 => Writing::Utf8,
            2 => Writing::Utf16 { big_end: false },
            _big => Writing::Utf16 { big_end: true },
        };
        let before = writing::write(writing, &text("\"ABCD-2345\"")).expect("written");
        let after = writing::write(writing, &text("\"\"")).expect("written");
        prop_assert_eq!(blank(&before, &enrolled("ABCD-2345")), Some(after));
    }
}
