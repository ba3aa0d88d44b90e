//! What is sealed opens where it belongs, and nowhere else.

use names::Language;
use proptest::prelude::*;

use super::plain::{MAX_MAIL, MAX_NAME, MAX_TELEPHONE};
use super::*;

#[test]
fn what_was_sealed_opens_again() {
    for plain in [usual(), Plain { link: None, telephone: None, ..usual() }, Plain::default()] {
        assert_eq!(open(&sealed(&plain), &key(), &office(), booking()), Ok(plain));
    }
}

#[test]
fn another_key_office_or_booking_opens_nothing() {
    let sealed = sealed(&usual());
    let other = OpenKey::from_seed([2; 32]);
    assert_eq!(open(&sealed, &other, &office(), booking()), Err(BadSeal::Refused));
    let elsewhere = "musterstadt-nord".parse().expect("a name");
    assert_eq!(open(&sealed, &key(), &elsewhere, booking()), Err(BadSeal::Refused));
    assert_eq!(open(&sealed, &key(), &office(), BookingId::from_bits(8)), Err(BadSeal::Refused));
}

#[test]
fn every_changed_or_missing_character_is_found() {
    let text = sealed(&usual()).0;
    for at in 0..text.len() {
        for other in ["A", "B", "x", "-", "_", "7"].into_iter().filter(|o| *o != &text[at..=at]) {
            let changed = SealedContact(format!("{}{other}{}", &text[..at], &text[at + 1..]));
            assert!(open(&changed, &key(), &office(), booking()).is_err(), "{other} at {at}");
        }
    }
    for end in MIN_SEALED..text.len() {
        assert!(open(&SealedContact(text[..end].to_owned()), &key(), &office(), booking()).is_err(), "{end}");
    }
}

/// The sealed form of today must open in all later versions.
#[test]
fn what_was_sealed_long_ago_still_opens() {
    let text = "Di5rcaAjwdZ8nfMvBFn_bpPRgF0glRco0-XNVA6slFoBYdw0HqcDEqR0uKsbDuQ6-ZVRrHHjL_5f7Xt5IYPo3VFZQ3gP7UQG\
                O7jgIiy497vdB3AKEBg7vDJulfe5_FsLPZafzA3xcSA1NnB3AhJ4Ej7z1nI3U7n5S7wtcjKB_OT-ffbBn_eBA1yy5O89CTVA";
    let kept = SealedContact::try_from(text.to_owned()).expect("a sealed text");
    assert_eq!(open(&kept, &key(), &office(), booking()), Ok(usual()));
    assert_eq!(sealed(&usual()), kept);
}

#[test]
fn a_usual_contact_takes_200_characters_and_the_longest_still_fits() {
    let (name, mail, telephone) = ("n".repeat(20), "m".repeat(30), "1".repeat(15));
    let plain = Plain { name, mail: Some(mail), telephone: Some(telephone), ..usual() };
    assert_eq!(sealed(&plain).as_str().len(), 200);
    let longest = Plain {
        name: "😀".repeat(MAX_NAME),
        mail: Some("😀".repeat(MAX_MAIL)),
        telephone: Some("😀".repeat(MAX_TELEPHONE)),
        ..usual()
    };
    let text = sealed(&longest).0;
    assert_eq!(text.len(), 2164);
    assert_eq!(SealedContact::try_from(text), Ok(sealed(&longest)));
}

#[test]
fn a_clear_contact_never_passes_for_a_sealed_one() {
    let long = format!("erika.mustermann@{}.example.org", "example".repeat(10));
    let gap = format!("{} {}", "a".repeat(50), "b".repeat(50));
    for clear in [long, gap, "+49 30 1234567".to_owned(), "Erika".to_owned(), "a".repeat(MAX_SEALED + 1)] {
        assert_eq!(SealedContact::try_from(clear), Err(BadSealed));
    }
    assert!(serde_json::from_str::<SealedContact>("\"erika@example.org\"").is_err());
}

#[test]
fn two_seeds_or_two_bookings_give_unrelated_texts() {
    let at = |booking, seed| seal(&usual(), &key().public(), &office(), BookingId::from_bits(booking), seed);
    let [one, other_seed, other_booking] =
        [at(7, [9; 32]), at(7, [8; 32]), at(8, [9; 32])].map(|s| s.expect("short").0);
    let first = MIN_SEALED..one.len();
    assert_ne!(one[..43], other_seed[..43], "another seed is another key exchange");
    assert_ne!(one[first.clone()], other_seed[first.clone()]);
    // The same seed by mistake: the same key exchange, and yet another key.
    assert_eq!(one[..42], other_booking[..42]);
    assert_ne!(one[43..63], other_booking[43..63]);
}

#[test]
fn nothing_sealed_is_printed() {
    assert_eq!(format!("{:?}", sealed(&Plain::default())), "SealedContact(71 characters)");
}

proptest! {
    #[test]
    fn no_text_makes_opening_panic(text in "[A-Za-z0-9_-]{64,300}", any in any::<String>()) {
        let sealed = SealedContact::try_from(text).expect("our alphabet");
        prop_assert!(open(&sealed, &key(), &office(), booking()).is_err());
        if let Ok(sealed) = SealedContact::try_from(any) {
            prop_assert!(open(&sealed, &key(), &office(), booking()).is_err());
        }
    }

    #[test]
    fn every_contact_comes_back(
        name in ".{0,100}", mail in proptest::option::of(".{1,254}"), telephone in proptest::option::of("[0-9 +]{1,30}"),
        link in any::<Option<[u8; 32]>>(), seed in any::<[u8; 32]>(), bits in any::<u64>(),
    ) {
        let (plain, booking) = (Plain { name, mail, telephone, link, language: Language::En }, BookingId::from_bits(bits));
        let sealed = seal(&plain, &key().public(), &office(), booking, seed).expect("short enough");
        prop_assert_eq!(open(&sealed, &key(), &office(), booking), Ok(plain));
    }
}

fn usual() -> Plain {
    Plain {
        name: "Erika Mustermann".to_owned(),
        mail: Some("erika.mustermann@example.org".to_owned()),
        telephone: Some("+49 30 12345678".to_owned()),
        link: Some([5; 32]),
        language: Language::De,
    }
}

fn sealed(plain: &Plain) -> SealedContact {
    seal(plain, &key().public(), &office(), booking(), [9; 32]).expect("short enough")
}

fn key() -> OpenKey {
    OpenKey::from_seed([1; 32])
}

fn office() -> OfficeId {
    "musterstadt".parse().expect("a name")
}

fn booking() -> BookingId {
    BookingId::from_bits(7)
}
