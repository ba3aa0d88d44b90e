//! The rehearsal: the whole show with the real programs, a visitor who pulls the plug, presses
//! the buttons and takes the power, and the count at the end.

use std::time::Duration;

use fixture::desk::Gesture;

use crate::message::{Act, Message};
use crate::picture::{Picture, PowerState};
use crate::play::{SENTENCES, Tempo};
use crate::theatre::{Doors, Theatre};

/// Longer than any single step of the show takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(40);

/// A visitor before the page.
struct Visitor(Doors);

impl Visitor {
    async fn does(&self, act: Act) {
        self.0.messages.send(Message::Act(act)).await.expect("the theatre is open");
    }

    async fn sees(&mut self, what: &str, fits: impl FnMut(&Picture) -> bool) -> Picture {
        let seen =
            tokio::time::timeout(PATIENCE, self.0.pictures.wait_for(fits)).await.map(|seen| seen.map(|p| p.clone()));
        match seen {
            Ok(picture) => picture.expect("the theatre is open"),
            Err(_elapsed) => panic!("did not see {what}, but {:#?}", *self.0.pictures.borrow()),
        }
    }

    async fn presses_where_the_hand_points(&mut self, desk: usize) {
        self.sees("the hand", |picture| picture.play.hand == Some(desk)).await;
        self.does(Act::Press { desk, gesture: Gesture::Short }).await;
        self.sees("the call", |picture| picture.desks[desk].state == "called").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_press_text_is_played_with_the_plug_pulled_and_nobody_is_lost_or_doubled() {
    let (doors, theatre) = Theatre::open("http://127.0.0.1:1".to_owned(), Tempo::Rehearsal);
    let mut visitor = Visitor(doors);
    visitor.sees("the open office", |picture| picture.curtain.is_empty() && picture.urls.is_some()).await;
    visitor.does(Act::Play).await;
    visitor.sees("the second mail", |picture| picture.play.at == 4 && picture.mails == 2).await;
    visitor.does(Act::Plug { out: true }).await;

    visitor.presses_where_the_hand_points(0).await;
    visitor.presses_where_the_hand_points(1).await;
    let end = visitor.sees("the end", |picture| !picture.play.running).await;
    assert_eq!(end.play.at, SENTENCES, "{:?}", end.caption);
    assert_eq!((end.count.lost, end.count.doubled), (0, 0));
    assert_eq!(end.people.iter().filter(|person| person.called).count(), 2, "{:?}", end.people);
    assert_eq!(end.people.len(), 3, "one with an appointment, two with tickets: {:?}", end.people);
    assert!(end.pending > 0 && end.rings >= 2, "{} facts wait, {} chimes", end.pending, end.rings);

    visitor.does(Act::Plug { out: false }).await;
    visitor.sees("both sides agree", |picture| picture.pending == 0).await;

    visitor.does(Act::Power { on: false }).await;
    visitor.sees("the dark", |picture| picture.power.state == PowerState::Off && !picture.desks[0].online).await;
    visitor.does(Act::Power { on: true }).await;
    let back = visitor.sees("the same queue", |picture| picture.caption.strong.contains("dieselbe Schlange")).await;
    assert_eq!(back.people, end.people);
    assert_eq!((back.count.lost, back.count.doubled), (0, 0));

    visitor.does(Act::Reset).await;
    let fresh = visitor.sees("a fresh office", |picture| picture.life == 2 && picture.urls.is_some()).await;
    assert!(fresh.people.is_empty() && fresh.mails == 0 && !fresh.plug.out);
    visitor.0.messages.send(Message::Close).await.expect("the theatre is open");
    theatre.await.expect("it closed by itself");
}
