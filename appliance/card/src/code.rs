//! What may not stay on the card once it was used: the enrolment code and the password of the
//! Wi-Fi.
//!
//! What must always hold: a secret goes from the card only when it was used or kept; all but the
//! secret stays as it was, byte for byte.

use std::ops::Range;

use office::{Kind, Mistake, Places, hash_of_code};
use toml::de::DeTable;

use crate::outputs;
use crate::own;
use crate::parts::Parts;
use crate::plan::Kept;
use crate::writing;

/// Characters of a code without its dash.
const CODE_LEN: usize = 8;

/// The characters that codes are made of.
const ALPHABET: &str = "23456789ABCDEFGHJKLMNPQRSTUVWXY";

/// What is wrong with the code in the file of the box; it never keeps the hall from opening.
#[must_use]
pub fn mistake(of_box: &str, enrolled: Option<&str>) -> Option<Mistake> {
    let (span, code) = value(of_box, "booking", "code")?;
    let line = Places::of(of_box).line_at(span.start);
    let told = |kind| Some(Mistake { line, key: "booking.code".to_owned(), kind });
    if enrolled == Some(hash_of_code(&code).as_str()) {
        return None;
    }
    let letters: Vec<char> = code.chars().filter(|c| !"- ".contains(*c)).map(|c| c.to_ascii_uppercase()).collect();
    match letters.len() {
        0 if enrolled.is_some() => None,
        0 => told(Kind::Empty),
        CODE_LEN if letters.iter().all(|c| ALPHABET.contains(*c)) => None,
        _garbled => told(Kind::NotAllowed { found: String::new(), detail: "no enrolment code".to_owned() }),
    }
}

/// The bytes of the card without what was used; nothing when there is nothing to take out.
#[must_use]
pub fn blank(bytes: &[u8], kept: &Kept) -> Option<Vec<u8>> {
    let (writing, text) = writing::read(bytes);
    let mark = text.len() - text.trim_start_matches('\u{feff}').len();
    let parts = Parts::of(&text[mark..]);
    let code = value(&parts.of_box, "booking", "code")
        .filter(|(_, code)| !code.is_empty() && kept.enrolled.as_ref() == Some(&hash_of_code(code)));
    let wifi = own::wifi(&parts.own[1]).0.filter(|wifi| kept.wifi.contains(&outputs::iwd_file(&wifi.ssid)));
    let psk = value(&parts.own[1], "wifi", "psk").filter(|(_, psk)| !psk.is_empty() && wifi.is_some());
    // A part is shorter than the whole: its bytes are found by line and place in the line.
    let mut spans: Vec<Range<usize>> = code
        .iter()
        .filter_map(|(span, _)| in_whole(&text[mark..], &parts.of_box, span))
        .chain(psk.iter().filter_map(|(span, _)| in_whole(&text[mark..], &parts.own[1], span)))
        .collect();
    if spans.is_empty() {
        return None;
    }
    spans.sort_by_key(|span| std::cmp::Reverse(span.start));
    let mut blanked = text.clone();
    for span in spans {
        blanked.replace_range(mark + span.start..mark + span.end, "\"\"");
    }
    writing::write(writing, &blanked)
}

/// A text in a table, with its place and its quotation marks' place.
fn value(text: &str, table: &str, key: &str) -> Option<(Range<usize>, String)> {
    let root = DeTable::parse(text).ok()?;
    let value = root.get_ref().get(table)?.get_ref().as_table()?.get(key)?;
    Some((value.span(), value.get_ref().as_str()?.to_owned()))
}

/// Where a place in a part lies in the whole, of which the part has every line or none of it.
fn in_whole(whole: &str, part: &str, span: &Range<usize>) -> Option<Range<usize>> {
    let start = |text: &str, line: usize| text.split('\n').take(line).map(|line| line.len() + 1).sum::<usize>();
    let line = part.get(..span.start)?.matches('\n').count();
    let at = start(whole, line) + (span.start - start(part, line));
    let found = at..at + span.len();
    (whole.get(found.clone()) == part.get(span.clone())).then_some(found)
}
