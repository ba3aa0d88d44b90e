//! Nonces for requests that change nothing: given to everybody, good for a minute or two.
//!
//! What must always hold: nothing is kept, so nobody can fill a memory by asking; only this
//! server can make one. The nonce of the exchange is another one, and good for one request.

use jiff::Timestamp;
use protocol::exchange::{NodeSigner, Nonce, sign_body};
use sha2::{Digest, Sha256};

/// Seconds a nonce is given out; it is taken for as long again.
const NONCE_SECONDS: i64 = 60;

/// What the secret is drawn from: a signature of ours that nobody is ever shown.
const LABEL: &[u8] = b"the secret of the nonces";

/// Makes nonces and knows them again.
pub(crate) struct Nonces {
    secret: [u8; 32],
}

impl Nonces {
    pub(crate) fn of(signer: &NodeSigner) -> Self {
        Self { secret: Sha256::digest(sign_body(signer, Nonce([0; 16]), LABEL)).into() }
    }

    /// The nonce of this minute.
    pub(crate) fn at(&self, now: Timestamp) -> Nonce {
        self.of_minute(now.as_second().div_euclid(NONCE_SECONDS))
    }

    /// Whether it is the nonce of this minute or of the one before.
    pub(crate) fn is_fresh(&self, nonce: Nonce, now: Timestamp) -> bool {
        let minute = now.as_second().div_euclid(NONCE_SECONDS);
        [minute, minute - 1].into_iter().any(|minute| self.of_minute(minute) == nonce)
    }

    fn of_minute(&self, minute: i64) -> Nonce {
        let digest: [u8; 32] =
            Sha256::new().chain_update(self.secret).chain_update(minute.to_be_bytes()).finalize().into();
        let mut nonce = Nonce([0; 16]);
        nonce.0.copy_from_slice(&digest[..16]);
        nonce
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn a_nonce_is_good_for_at_least_a_minute_and_at_most_two() {
        let nonces = Nonces::of(&NodeSigner::from_seed([1; 32]));
        for second in [0, 1, 59] {
            let given = Timestamp::UNIX_EPOCH + SignedDuration::from_secs(second);
            let (nonce, later) = (nonces.at(given), |seconds| given + SignedDuration::from_secs(seconds));
            assert!(nonces.is_fresh(nonce, given) && nonces.is_fresh(nonce, later(60)), "{second}");
            assert!(!nonces.is_fresh(nonce, later(120)), "{second}");
        }
    }

    #[test]
    fn the_nonce_of_another_server_is_not_taken() {
        let ours = Nonces::of(&NodeSigner::from_seed([1; 32]));
        let theirs = Nonces::of(&NodeSigner::from_seed([2; 32]));
        assert!(!ours.is_fresh(theirs.at(Timestamp::UNIX_EPOCH), Timestamp::UNIX_EPOCH));
    }
}
