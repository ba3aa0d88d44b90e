//! Style sheets, scripts and fonts, inside the program.
//!
//! What must always hold: everything a page needs comes from this box, and a changed file has
//! a changed address.

use rust_embed::{Embed, EmbeddedFile};
use sha2::{Digest, Sha256};

use crate::pages::render::Build;

#[derive(Embed)]
#[folder = "static/"]
struct Files;

/// The name of this build of all files.
#[must_use]
pub fn build() -> Build {
    let mut hash = Sha256::new();
    for path in Files::iter() {
        hash.update(path.as_bytes());
        if let Some(file) = Files::get(&path) {
            hash.update(file.metadata.sha256_hash());
        }
    }
    let name: String = hash.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    Build { assets: format!("/static/{name}"), name }
}

/// The names of all files.
pub fn names() -> impl Iterator<Item = String> {
    Files::iter().map(std::borrow::Cow::into_owned)
}

/// The bytes of one file.
#[must_use]
pub fn bytes(path: &str) -> Option<Vec<u8>> {
    Files::get(path).map(|file| file.data.into_owned())
}

/// One file with its content type.
pub(crate) fn file(path: &str) -> Option<(EmbeddedFile, &'static str)> {
    let kind = match path.rsplit_once('.')?.1 {
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _not_ours => return None,
    };
    Some((Files::get(path)?, kind))
}
