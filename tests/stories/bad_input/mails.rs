//! Mail scanners open every link before the human does.

use anyhow::Result;
use fixture::{Citizen, ImaginaryOffice, Mail, Papers};

use crate::raw;
use crate::terminal::{ENTRANCE, step_up};
use crate::told::{IDENTITY_CARD, PATIENCE, confirmed, greeted, pin, qr, the_board_is_calm};

/// Opens every link of a mail, as a scanner of mails does, again and again.
async fn scanned_by_machines(office: &ImaginaryOffice, mail: &Mail) -> Result<()> {
    let street = office.street.address();
    let ours = format!("http://{street}");
    let mut links = mail.links();
    links.push(qr(mail).map(|qr| qr.replacen("HTTP", "http", 1)).unwrap_or_default());
    let paths: Vec<&str> = links.iter().filter_map(|link| link.strip_prefix(ours.as_str())).collect();
    assert!(!paths.is_empty(), "no link of ours in {:?}", mail.subject);
    for method in ["HEAD", "GET", "GET", "HEAD", "OPTIONS"] {
        for path in &paths {
            let answer = raw::ask(street, method, path).await?;
            let found = [200, 303].contains(&answer.status);
            assert!(found || method == "OPTIONS" && answer.status < 500, "{method} {path} answers {}", answer.status);
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scanner_that_opens_every_link_confirms_and_cancels_nothing() -> Result<()> {
    let office = ImaginaryOffice::open(Papers::default()).await?;
    let citizen = Citizen::new(&office.site("/musterland"), "Erika Beispiel", "erika@example.org");
    let waits = citizen.book_earliest(IDENTITY_CARD).await?;
    let please = office.mails.wait_for_mail(&citizen.mail, "bestätigen", PATIENCE).await?;
    scanned_by_machines(&office, &please).await?;
    let still = citizen.open(&waits.url).await?;
    assert!(still.url.contains("/wartet/"), "a machine has confirmed: {}", still.url);
    assert_eq!(office.mails.mails().len(), 1, "a machine has confirmed");

    let mail = confirmed(&office, &citizen).await?;
    scanned_by_machines(&office, &mail).await?;
    // The first mail is scanned late as well.
    scanned_by_machines(&office, &please).await?;
    assert_eq!(office.mails.mails().len(), 2, "a machine has cancelled or confirmed again");
    step_up(&office, ENTRANCE).await?;
    office.scanner.scan(&qr(&mail)?).await?;
    greeted(&office, ENTRANCE, &pin(&mail)?).await?;
    the_board_is_calm(&office).await
}
