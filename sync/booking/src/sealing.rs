//! The key that contacts taken at the desk are sealed to: made once, kept with the data.

use std::num::NonZero;
use std::thread;

use names::OfficeId;
use protocol::entry::Contact;
use protocol::sealed::{OpenKey, Plain, SealedContact, open};
use store::kv;
use store::rusqlite::Transaction;

use crate::citizen::Trouble;

/// Where the key lies.
const NAME: &str = "key.contacts";

/// Contacts that are worth a thread of their own: some milliseconds of work.
const WORTH_A_THREAD: usize = 32;

/// The key of this server; the same for all its offices, because a sealed contact names its own.
pub(crate) fn key(tx: &Transaction<'_>) -> Result<OpenKey, Trouble> {
    if let Some(stored) = kv::get(tx, NAME)? {
        let seed = stored.try_into().map_err(|_bad: Vec<u8>| Trouble::Corrupt("a key".to_owned()))?;
        return Ok(OpenKey::from_seed(seed));
    }
    let seed = seed()?;
    kv::set(tx, NAME, &seed)?;
    Ok(OpenKey::from_seed(seed))
}

/// 32 random bytes, new for every sealing.
pub(crate) fn seed() -> Result<[u8; 32], Trouble> {
    let mut seed = [0_u8; 32];
    getrandom::fill(&mut seed)?;
    Ok(seed)
}

/// Opens contacts of an office, in their order: many of them on all cores, because after an outage
/// thousands come. Of one that stays closed, why; no part of it.
pub(crate) fn open_all(key: &OpenKey, office: &OfficeId, contacts: &[Contact]) -> Vec<Result<Plain, String>> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let share = contacts.len().div_ceil(cores).max(WORTH_A_THREAD);
    let open_share = |share: &[Contact]| share.iter().map(|contact| open_one(key, office, contact)).collect::<Vec<_>>();
    let Some((first, rest)) = contacts.split_at_checked(share) else { return open_share(contacts) };
    thread::scope(|scope| {
        let others: Vec<_> = rest.chunks(share).map(|share| scope.spawn(move || open_share(share))).collect();
        let mut opened = open_share(first);
        for other in others {
            opened.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        opened
    })
}

fn open_one(key: &OpenKey, office: &OfficeId, contact: &Contact) -> Result<Plain, String> {
    let sealed = SealedContact::try_from(contact.sealed.clone()).map_err(|bad| bad.to_string())?;
    open(&sealed, key, office, contact.booking).map_err(|bad| bad.to_string())
}

#[cfg(test)]
mod tests {
    use jiff::civil::Date;
    use names::{BookingId, Language, Side};
    use protocol::entry::Recipient;
    use protocol::sealed::seal;

    use super::*;

    #[test]
    fn many_contacts_are_opened_in_their_order_and_a_spoilt_one_alone_stays_closed() {
        let (key, office) = (OpenKey::from_seed([1; 32]), "musterland".parse().expect("a name"));
        let name = |number: usize| format!("Erika {number}");
        let mut contacts: Vec<Contact> = (0..5 * WORTH_A_THREAD + 3)
            .map(|number| {
                let plain =
                    Plain { name: name(number), mail: None, telephone: None, link: None, language: Language::De };
                let booking = BookingId::from_random(Side::Box, number as u64);
                let sealed = seal(&plain, &key.public(), &office, booking, [number as u8; 32]).expect("short");
                let keep = Date::constant(2026, 11, 23);
                Contact { booking, to: Recipient::Booking, keep, sealed: sealed.into() }
            })
            .collect();
        contacts[70].booking = BookingId::from_random(Side::Box, 70_000);
        contacts[71].sealed.truncate(3);
        for count in [0, 1, WORTH_A_THREAD, WORTH_A_THREAD + 1, contacts.len()] {
            let opened = open_all(&key, &office, &contacts[..count]);
            assert_eq!(opened.len(), count);
            for (number, inside) in opened.into_iter().enumerate() {
                assert_eq!(inside.is_err(), number == 70 || number == 71, "{number}");
                inside.iter().for_each(|plain| assert_eq!(plain.name, name(number)));
            }
        }
    }
}
