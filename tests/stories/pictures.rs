//! Photographs of the screens while a story runs, for `docs/pictures`.
//!
//! Taken only when `AUFRUF_PICTURES` names a folder; a story looks at words, never at pixels.

use std::path::PathBuf;

use anyhow::Result;
use fixture::Browser;

/// Names the folder for the pictures; without it none are taken.
const PICTURES: &str = "AUFRUF_PICTURES";

/// What a picture is taken of; each has the size of its real screen, in CSS pixels.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Screen {
    Phone,
    Terminal,
    Board,
    Counter,
}

impl Screen {
    pub(crate) fn size(self) -> (u32, u32) {
        match self {
            Self::Phone => (390, 844),
            Self::Terminal => (1280, 800),
            Self::Board => (1920, 1080),
            Self::Counter => (1440, 900),
        }
    }
}

/// A browser with the size of a screen.
pub(crate) async fn browser(screen: Screen) -> Result<Browser> {
    let (width, height) = screen.size();
    Browser::start(width, height).await
}

/// Turns a browser to a page of another screen.
pub(crate) async fn turn_to(browser: &Browser, screen: Screen, url: &str) -> Result<()> {
    let (width, height) = screen.size();
    browser.resize(width, height).await?;
    browser.open(url).await
}

/// Takes a picture, if pictures are wanted.
pub(crate) async fn picture(browser: &Browser, name: &str) -> Result<()> {
    let Some(folder) = std::env::var_os(PICTURES).map(PathBuf::from) else { return Ok(()) };
    tokio::fs::create_dir_all(&folder).await?;
    browser.run(STAND_STILL).await?;
    browser.photograph(&folder.join(format!("{name}.png"))).await
}

/// A picture shows where a movement leads to, not a moment of it.
const STAND_STILL: &str = "document.getAnimations().forEach(a => { try { a.finish() } catch (endless) { } })";
