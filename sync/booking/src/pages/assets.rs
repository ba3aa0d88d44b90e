//! Style, script and fonts: part of the program, served from one address per content.
//!
//! The address holds a hash over all files, so browsers may keep them for a year, and files
//! name each other by relative addresses.

use std::sync::LazyLock;

use sha2::{Digest, Sha256};

/// A file of the site.
pub(crate) struct Asset {
    name: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) bytes: &'static [u8],
}

macro_rules! asset {
    ($name:literal, $kind:literal) => {
        Asset { name: $name, kind: $kind, bytes: include_bytes!(concat!("../../static/", $name)) }
    };
}

static ASSETS: [Asset; 8] = [
    asset!("site.css", "text/css; charset=utf-8"),
    asset!("site.js", "text/javascript; charset=utf-8"),
    asset!("plate.svg", "image/svg+xml"),
    asset!("fonts/fira-sans-latin-400-normal.woff2", "font/woff2"),
    asset!("fonts/fira-sans-latin-600-normal.woff2", "font/woff2"),
    asset!("fonts/aufruf-hall-digits-wght.woff2", "font/woff2"),
    asset!("fonts/LICENSE-fira-sans.txt", "text/plain; charset=utf-8"),
    asset!("fonts/LICENSE-atkinson-hyperlegible-next.txt", "text/plain; charset=utf-8"),
];

/// Tells one set of files from another; the first 8 bytes are plenty for that.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let all = ASSETS.iter().fold(Sha256::new(), |hash, asset| hash.chain_update(asset.name).chain_update(asset.bytes));
    crate::secret::hex(&all.finalize()[..8])
});

/// All files, by name.
pub(crate) fn all() -> impl Iterator<Item = (&'static str, &'static [u8])> {
    ASSETS.iter().map(|asset| (asset.name, asset.bytes))
}

/// The first part of every static address; no office can be called like that.
pub(crate) const ROOM: &str = "-";

/// The address of a file.
pub(crate) fn address(name: &str) -> String {
    format!("/{ROOM}/{}/{name}", *VERSION)
}

/// A file by the rest of its address, and whether the address is the present one.
pub(crate) fn find(version: &str, name: &str) -> Option<(&'static Asset, bool)> {
    let asset = ASSETS.iter().find(|asset| asset.name == name)?;
    Some((asset, version == *VERSION))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a first visit may weigh, with room for the largest page.
    const BUDGET_BYTES: usize = 100_000 - 20_000;

    #[test]
    fn a_first_visit_with_style_script_and_fonts_is_light() {
        let weight: usize = ASSETS.iter().filter(|a| !a.name.contains("LICENSE")).map(|a| a.bytes.len()).sum();
        assert!(weight <= BUDGET_BYTES, "{weight} bytes");
    }

    #[test]
    fn the_style_sheet_names_only_files_that_are_here() {
        let style = std::str::from_utf8(find("", "site.css").expect("the style").0.bytes).expect("UTF-8");
        let named: Vec<_> = style.split("url(").skip(1).filter_map(|rest| rest.split_once(')')).collect();
        assert!(!named.is_empty());
        for (name, _) in named {
            assert!(find("", name).is_some(), "{name}");
        }
    }

    #[test]
    fn an_address_leads_to_its_file() {
        let address = address("site.css");
        let mut parts = address.splitn(4, '/').skip(2);
        let (version, name) = (parts.next().expect("version"), parts.next().expect("name"));
        assert!(find(version, name).expect("known").1);
        assert!(!find("0000", name).expect("known").1);
        assert!(find(version, "../secret.rs").is_none());
    }
}
