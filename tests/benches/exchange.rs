//! A citizen confirms → the box expects them, with the line up.
//!
//! Included: the citizen's press on the button, the booking server's commit, the exchange, the
//! box's commit, and the counter page's event stream. The booking server pokes the box, so the box
//! asks at once and `poll_seconds` says little: it is how long it takes where no stream passes.

use anyhow::Result;
use fixture::clock;
use serde_json::json;

use crate::ears::Ears;
use crate::figures::Times;
use crate::hall::{Hall, addresses, signed_in};

/// How many bookings.
const BOOKINGS: usize = 20;

/// Books, looks at the counter page, and brings everybody in.
pub(crate) async fn measure(hall: &mut Hall) -> Result<()> {
    let pages = format!("http://{}", addresses(&hall.office)?.pages);
    let browser = tokio::task::spawn_blocking({
        let pages = pages.clone();
        move || signed_in(&pages)
    });
    let mut page = Ears::open(browser.await??, format!("{pages}/platz/1/ereignisse")).await?;
    let mut times = Times::default();
    for _booking in 0..BOOKINGS {
        let (citizen, button) = hall.book().await?;
        page.forget();
        let pressed = clock::now();
        citizen.confirm(&button).await?;
        let expected = page.hear("somebody expected", |view| view["expected"][0].is_object()).await?;
        times.add(pressed, expected);
        let guest = hall.guest(&citizen).await?;
        hall.welcome(guest).await?;
        page.hear("nobody expected", |view| !view["expected"][0].is_object()).await?;
    }
    times.tell("confirm_to_expected", &json!({"poll_seconds": hall.office.papers.poll_seconds}))
}
