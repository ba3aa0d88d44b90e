//! Writes every page of the citizens' site into a folder, to be looked at in a browser:
//! `cargo run -p booking --example storybook DIR`.

use std::path::PathBuf;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let folder = PathBuf::from(env::args().nth(1).unwrap_or_else(|| "storybook".to_owned()));
    for (address, bytes) in booking::pages::storybook::files() {
        let file = folder.join(address);
        fs::create_dir_all(file.parent().unwrap_or(&folder))?;
        fs::write(file, bytes)?;
    }
    for (name, html) in booking::pages::storybook::pages() {
        // Addresses begin at the root of a server; here they begin beside the page.
        fs::write(folder.join(name), html.replace("=\"/-/", "=\"-/"))?;
    }
    Ok(())
}
