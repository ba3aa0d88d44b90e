//! A form that is sent twice by a double click is done once.
//!
//! Each page with such a form carries a number of its own. The second of two equal numbers waits
//! for the first and gets the same answer. Only in memory, bounded, forgotten with the oldest.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

/// Forms remembered at a time: minutes of the busiest morning, some 100 kB.
const MAX_REMEMBERED: usize = 1_000;

/// The longest number that is remembered; ours have 32 digits.
const MAX_KEY: usize = 64;

type Answers = VecDeque<(String, Arc<OnceCell<String>>)>;

/// The answers to forms that were sent a moment ago.
#[derive(Default)]
pub(crate) struct Once(Mutex<Answers>);

impl Once {
    /// Does the work for a number once; an answer that is an error is not remembered.
    pub(crate) async fn only<E>(
        &self,
        key: Option<&str>,
        work: impl Future<Output = Result<String, E>>,
    ) -> Result<String, E> {
        match key.filter(|key| !key.is_empty() && key.len() <= MAX_KEY) {
            Some(key) => self.cell(key).get_or_try_init(|| work).await.cloned(),
            None => work.await,
        }
    }

    fn cell(&self, key: &str) -> Arc<OnceCell<String>> {
        let mut answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, cell)) = answers.iter().find(|(k, _)| k == key) {
            return Arc::clone(cell);
        }
        let cell = Arc::new(OnceCell::new());
        answers.push_back((key.to_owned(), Arc::clone(&cell)));
        if answers.len() > MAX_REMEMBERED {
            answers.pop_front();
        }
        cell
    }
}

/// A number for one page: 128 random bits. Without randomness nothing: then a double click is two.
pub(crate) fn number() -> String {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).map(|()| crate::secret::hex(&bytes)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test]
    async fn two_equal_forms_at_the_same_time_are_done_once() {
        let (once, done) = (Once::default(), AtomicU32::new(0));
        let work = async || {
            tokio::task::yield_now().await;
            Ok::<_, ()>(format!("answer {}", done.fetch_add(1, Ordering::SeqCst)))
        };
        let (first, second) = tokio::join!(once.only(Some("a"), work()), once.only(Some("a"), work()));
        assert_eq!((first, second), (Ok("answer 0".to_owned()), Ok("answer 0".to_owned())));
        assert_eq!(once.only(Some("b"), work()).await, Ok("answer 1".to_owned()));
        assert_eq!(once.only(None, work()).await, Ok("answer 2".to_owned()));
    }

    #[tokio::test]
    async fn what_did_not_work_may_be_tried_again() {
        let once = Once::default();
        assert_eq!(once.only(Some("a"), async { Err::<String, _>("no") }).await, Err("no"));
        assert_eq!(once.only(Some("a"), async { Ok::<_, ()>("yes".to_owned()) }).await, Ok("yes".to_owned()));
    }

    #[tokio::test]
    async fn the_oldest_are_forgotten() {
        let once = Once::default();
        for n in 0..=MAX_REMEMBERED {
            let _answer = once.only(Some(&n.to_string()), async { Ok::<_, ()>(String::new()) }).await;
        }
        assert_eq!(once.0.lock().expect("not poisoned").len(), MAX_REMEMBERED);
    }
}
