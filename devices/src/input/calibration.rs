//! The test code: a text known beforehand, so that the keys of it tell the layout of the scanner.
//! Pure.

use super::line::{Item, decoded};
use super::told::Tested;
use crate::values::Layout;

/// The text of the test code: every character of a token and of an address, and those that the
/// layouts swap. A scanner may send something before it.
pub const TEST_TEXT: &str = "AUFRUF-TEST:0123456789/ABCDEFGHIJKLMNOPQRSTUVWXYZ.abcwxyz";

/// The least of the test text that no other code has and that every scanner of a town types the
/// same, in order: a scanner of a layout that is not ours is told by it.
const SURE: &str = "BCDEFGHIJKLNOPRSTUVX";

/// What a line shows if it is the test code; nothing if it is any other. The layout the box uses
/// comes first: what is the same in two layouts is no reason to change it.
pub(super) fn tested(line: &[Item], now: Layout, ended: bool) -> Option<Tested> {
    let layouts = [now].into_iter().chain(Layout::ALL);
    let found = layouts.into_iter().find(|layout| decoded(line, *layout).ends_with(TEST_TEXT));
    let foreign = || letters(line).contains(SURE);
    (found.is_some() || foreign()).then_some(Tested { layout: found, ended })
}

/// The letters that lie on the same keys in all our layouts, as they were typed.
fn letters(line: &[Item]) -> String {
    let plain = decoded(line, Layout::Us).to_ascii_uppercase();
    plain.chars().filter(|c| SURE.contains(*c)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::keymap::{Level, key_for};
    use super::*;

    fn typed(layout: Layout, text: &str) -> Vec<Item> {
        let key = |c| key_for(layout, c).map(|(key, level): (_, Level)| Item::Key(key, level, false));
        text.chars().map(|c| key(c).expect("the layout has it")).collect()
    }

    #[test]
    fn the_test_code_tells_the_layout_it_was_typed_in_whatever_the_box_believes() {
        for really in Layout::ALL {
            for believed in Layout::ALL {
                let line = typed(really, &format!("]Q1{TEST_TEXT}"));
                assert_eq!(tested(&line, believed, true), Some(Tested { layout: Some(really), ended: true }));
            }
        }
    }

    #[test]
    fn a_layout_that_is_not_ours_is_told_as_such() {
        // A scanner set to Dvorak would be nothing of ours; one with a few other signs is.
        let line = typed(Layout::Us, &TEST_TEXT.replace([':', '/', '-'], "?"));
        assert_eq!(tested(&line, Layout::De, false), Some(Tested { layout: None, ended: false }));
    }

    #[test]
    fn each_character_of_a_token_and_of_its_address_is_in_the_test_code() {
        let code = "HTTPS://TERMINE.EXAMPLE/T/0123456789ABCDEFGHIJKLMNOPQRSTUV";
        assert!(code.chars().all(|c| TEST_TEXT.contains(c)));
    }

    proptest! {
        #[test]
        fn no_code_of_ours_is_taken_for_the_test(code in "HTTPS://[A-Z.]{1,40}/T/[0-9A-V]{148}", at in 0..3usize) {
            prop_assert_eq!(tested(&typed(Layout::ALL[at], &code), Layout::Us, true), None);
        }
    }
}
