//! Checks what the details form sent. Every field that is not right is named, each once.

use names::Language;

use super::types::{Details, DetailsForm, Field, FieldError, MAX_MAIL, MAX_NAME, MAX_TELEPHONE, What};

/// The fewest digits of a telephone number: an extension inside the town hall.
const MIN_TELEPHONE_DIGITS: usize = 3;

/// Checks the form.
///
/// # Errors
/// All fields to look at again.
pub(crate) fn check(form: &DetailsForm) -> Result<Details, Vec<FieldError>> {
    let name = name(&form.name);
    let mail = mail(&form.mail);
    let telephone = telephone(&form.telephone);
    let language = language(&form.language);
    match (name, mail, telephone, language) {
        (Ok(name), Ok(mail), Ok(telephone), Ok(language)) => Ok(Details { name, mail, telephone, language }),
        (name, mail, telephone, language) => {
            let wrong = [
                name.err().map(|what| FieldError { field: Field::Name, what }),
                mail.err().map(|what| FieldError { field: Field::Mail, what }),
                telephone.err().map(|what| FieldError { field: Field::Telephone, what }),
                language.err().map(|what| FieldError { field: Field::Language, what }),
            ];
            Err(wrong.into_iter().flatten().collect())
        }
    }
}

fn name(typed: &str) -> Result<String, What> {
    let name = line(typed, MAX_NAME)?.split_whitespace().collect::<Vec<_>>().join(" ");
    match name.chars().any(char::is_alphabetic) {
        true => Ok(name),
        false if name.is_empty() => Err(What::Missing),
        false => Err(What::Form),
    }
}

fn mail(typed: &str) -> Result<String, What> {
    let mail = line(typed, MAX_MAIL)?;
    if mail.is_empty() {
        return Err(What::Missing);
    }
    let address: lettre::Address = mail.parse().map_err(|_bad| What::Form)?;
    // An address without a dot in its domain is a machine of one's own, or a typing error.
    if address.domain().contains('.') && !address.domain().starts_with('[') {
        Ok(mail.to_owned())
    } else {
        Err(What::Form)
    }
}

fn telephone(typed: &str) -> Result<Option<String>, What> {
    let number = line(typed, MAX_TELEPHONE)?;
    if number.is_empty() {
        return Ok(None);
    }
    let ours = number.chars().all(|c| c.is_ascii_digit() || matches!(c, '+' | ' ' | '-' | '/' | '(' | ')' | '.'));
    let digits = number.chars().filter(char::is_ascii_digit).count();
    if ours && digits >= MIN_TELEPHONE_DIGITS { Ok(Some(number.to_owned())) } else { Err(What::Form) }
}

fn language(typed: &str) -> Result<Language, What> {
    match typed.trim() {
        "" => Ok(Language::default()),
        tag => Language::from_tag(tag).ok_or(What::Form),
    }
}

fn line(typed: &str, most: usize) -> Result<&str, What> {
    let typed = typed.trim();
    if typed.chars().count() > most {
        return Err(What::TooLong(most));
    }
    if typed.chars().any(is_hostile) { Err(What::Characters) } else { Ok(typed) }
}

/// Control characters, and the ones that turn the direction of a text around.
fn is_hostile(ch: char) -> bool {
    ch.is_control()
        || matches!(ch, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2028}' | '\u{2029}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// One mailbox, however its address is written: lower case, without a `+alias`.
pub(crate) fn fold_mail(mail: &str) -> String {
    let mail = mail.to_lowercase();
    match mail.rsplit_once('@') {
        Some((local, domain)) => {
            let local = local.split('+').next().unwrap_or_default();
            format!("{local}@{domain}")
        }
        None => mail,
    }
}

/// One person, however the name is written.
pub(crate) fn fold_name(name: &str) -> String {
    name.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// An address as it may be shown to somebody who knows it: `e…a@example.org`.
pub(crate) fn mask_mail(mail: &str) -> String {
    let Some((local, domain)) = mail.rsplit_once('@') else { return "…".to_owned() };
    let mut chars = local.chars();
    match (chars.next(), chars.next_back()) {
        (Some(first), Some(last)) if local.chars().count() > 2 => format!("{first}…{last}@{domain}"),
        (Some(first), Some(_) | None) => format!("{first}…@{domain}"),
        (None, Some(_) | None) => format!("…@{domain}"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn form(name: &str, mail: &str, telephone: &str, language: &str) -> DetailsForm {
        DetailsForm {
            name: name.to_owned(),
            mail: mail.to_owned(),
            telephone: telephone.to_owned(),
            language: language.to_owned(),
        }
    }

    #[test]
    fn good_details_are_taken_as_typed_but_tidied() {
        let details = check(&form("  Erika   Muster ", " erika@example.org ", "030 / 123-45", "en")).expect("good");
        assert_eq!(details.name, "Erika Muster");
        assert_eq!(details.mail, "erika@example.org");
        assert_eq!(details.telephone.as_deref(), Some("030 / 123-45"));
        assert_eq!(details.language, Language::En);
        assert!(check(&form("Đỗ Thị Ánh", "anh@example.org", "", "")).is_ok());
    }

    #[test]
    fn each_wrong_field_is_named_once_with_its_reason() {
        let long = "x".repeat(5000);
        let cases = [
            (form("", "a@example.org", "", ""), Field::Name, What::Missing),
            (form("12 34", "a@example.org", "", ""), Field::Name, What::Form),
            (form(&long, "a@example.org", "", ""), Field::Name, What::TooLong(MAX_NAME)),
            (form("A\r\nBcc: b@example.org", "a@example.org", "", ""), Field::Name, What::Characters),
            (form("Evil \u{202e}eman", "a@example.org", "", ""), Field::Name, What::Characters),
            (form("A", "", "", ""), Field::Mail, What::Missing),
            (form("A", "a@b@c", "", ""), Field::Mail, What::Form),
            (form("A", "a@localhost", "", ""), Field::Mail, What::Form),
            (form("A", "a@example.org, b@example.org", "", ""), Field::Mail, What::Form),
            (form("A", "a@example.org\nb@example.org", "", ""), Field::Mail, What::Characters),
            (form("A", &format!("{long}@example.org"), "", ""), Field::Mail, What::TooLong(MAX_MAIL)),
            (form("A", "a@example.org", "call me", ""), Field::Telephone, What::Form),
            (form("A", "a@example.org", "12", ""), Field::Telephone, What::Form),
            (form("A", "a@example.org", "", "tlh"), Field::Language, What::Form),
        ];
        for (form, field, what) in cases {
            assert_eq!(check(&form), Err(vec![FieldError { field, what }]));
        }
        assert_eq!(check(&form("", "", "x", "x")).expect_err("all wrong").len(), 4);
    }

    #[test]
    fn one_mailbox_is_one_however_it_is_written() {
        assert_eq!(fold_mail("Erika+Pass@Example.org"), "erika@example.org");
        assert_eq!(fold_name(" ERIKA  Muster"), fold_name("Erika muster"));
    }

    #[test]
    fn a_masked_address_shows_no_more_than_it_must() {
        assert_eq!(mask_mail("erika@example.org"), "e…a@example.org");
        assert_eq!(mask_mail("ab@example.org"), "a…@example.org");
    }

    proptest! {
        #[test]
        fn whatever_is_typed_is_answered(name in ".{0,200}", mail in ".{0,300}", telephone in ".{0,60}") {
            if let Ok(details) = check(&form(&name, &mail, &telephone, "")) {
                prop_assert!(details.name.chars().count() <= MAX_NAME && details.mail.len() <= MAX_MAIL * 4);
                prop_assert!(!details.name.contains(['\r', '\n']) && !details.mail.contains(['\r', '\n']));
                let _masked = mask_mail(&details.mail);
            }
        }
    }
}
