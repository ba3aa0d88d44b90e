//! The first record of each of our files: what it is and which store it belongs to.

use std::io;

use names::Side;
use serde::{Deserialize, Serialize};

use crate::StoreError;
use crate::random;

/// The form of the records; a file of another form is left alone.
const FORM: u16 = 1;

/// What a file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    Witness,
    Journal,
}

/// Which store a file belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stamp {
    form: u16,
    kind: Kind,
    /// The side that writes it.
    pub(crate) side: Side,
    /// The store that writes it: 32 hexadecimal digits, the same over all its lives and restores.
    pub(crate) store: String,
    /// New for each writing of the whole file, so that no record of an older one fits into it.
    file: String,
}

impl Stamp {
    /// For a new file.
    pub(crate) fn new(kind: Kind, side: Side, store: &str) -> Result<Self, StoreError> {
        Ok(Self { form: FORM, kind, side, store: store.to_owned(), file: some_id()? })
    }

    /// For writing the whole file anew.
    pub(crate) fn renewed(&self) -> Result<Self, StoreError> {
        Self::new(self.kind, self.side, &self.store)
    }

    /// Reads a first record; nothing if it is not one of this kind and form.
    pub(crate) fn read(header: &[u8], kind: Kind) -> Option<Self> {
        let stamp: Self = serde_json::from_slice(header).ok()?;
        (stamp.form == FORM && stamp.kind == kind).then_some(stamp)
    }

    pub(crate) fn text(&self) -> io::Result<Vec<u8>> {
        serde_json::to_vec(self).map_err(io::Error::other)
    }
}

/// 128 random bits as text.
pub(crate) fn some_id() -> Result<String, StoreError> {
    Ok(format!("{:032x}", u128::from_be_bytes(random::bytes()?)))
}
