//! A box that has more to tell than fits into one exchange, at a server that has nothing to tell.

use protocol::entry::Draft;
use protocol::exchange::{EnrolAnswer, MAX_BATCH_ENTRIES};

use super::*;

fn office() -> OfficeId {
    "musterland".parse().expect("a name")
}

/// The far end, as far as the exchange goes.
pub(crate) struct Server(Db);

impl Server {
    pub(crate) async fn with(ledger: &Ledger, folder: &Path) -> Self {
        let db = Db::open(&folder.join("server.db"), &[]).expect("a new file");
        let question = ledger.ask("code".to_owned()).await.expect("a question");
        let request = question.request.clone();
        let answer = db.write(move |tx| {
            journal::identity(tx, &request.office, Side::Booking)?;
            let reply = exchange::enrol(tx, &request)?;
            Ok::<_, ExchangeError>(seal(
                &keys::signer(tx, &request.office)?,
                request.nonce,
                &EnrolAnswer::Enrolled(Box::new(reply)),
            )?)
        });
        ledger.enrolled(question.request, answer.await.expect("taken in")).await.expect("enrolled");
        Self(db)
    }

    pub(crate) async fn answer(&self, sealed: Sealed) -> (usize, Sealed) {
        let answered = self.0.write(move |tx| {
            let request = exchange::open_request(tx, &sealed)?;
            let (new, reply) = exchange::answer(tx, &request, Timestamp::UNIX_EPOCH, None)?;
            let signer = keys::signer(tx, &request.office)?;
            Ok::<_, ExchangeError>((new.len(), seal(&signer, request.nonce, &Answer::Reply(Box::new(reply)))?))
        });
        answered.await.expect("answered")
    }
}

/// The public half of the key that the box signs with now.
pub(crate) async fn signs_with(ledger: &Ledger) -> String {
    let key = ledger.db.read(|tx| Ok::<_, StoreError>(keys::signer(tx, &office())?.public()));
    key.await.expect("a key").to_string()
}

pub(crate) async fn write(ledger: &Ledger, count: usize) {
    let draft = Draft { kind: "hall.opened".to_owned(), at: Timestamp::UNIX_EPOCH, body: serde_json::Map::new() };
    let drafts = vec![draft; count];
    let written = ledger.db.write::<_, StoreError>(move |tx| journal::append(tx, &office(), Side::Box, &drafts));
    assert_eq!(written.await.expect("written").len(), count);
}

#[tokio::test]
async fn the_box_goes_on_until_everything_of_its_own_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let (ledger, _opened) = Ledger::open(folder.path(), &office(), None).expect("a journal");
    let server = Server::with(&ledger, folder.path()).await;
    write(&ledger, 2 * MAX_BATCH_ENTRIES + 1).await;
    let mut told = Vec::new();
    loop {
        let outgoing = ledger.outgoing(&Moment::default()).await.expect("enrolled");
        let (new, answer) = server.answer(outgoing).await;
        told.push(new);
        if !ledger.absorb(answer, Timestamp::UNIX_EPOCH).await.expect("ours").more {
            break;
        }
    }
    assert_eq!(told, [MAX_BATCH_ENTRIES, MAX_BATCH_ENTRIES, 1], "the next poll may be minutes away");
}
