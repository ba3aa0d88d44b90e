//! A browser without scripts, in front of an office with a store of its own.

use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp};
use names::OfficeId;
use protocol::agree::Mode;
use store::Db;
use tempfile::TempDir;
use warp::http::{HeaderMap, Method, StatusCode};

use crate::citizen::records::{self, Opens};
use crate::citizen::{Citizen, Trouble};
use crate::core::Core;
use crate::office_file::OfficeFile;
use crate::offices;
use crate::pages::ask::Ask;
use crate::pages::once::Once;
use crate::pages::waiting::{Told, told};
use crate::pages::{Site, enter, routes};
use crate::secret::{AppointmentSecret, HoldSecret, LinkSecret};

pub(super) const PUBLIC_URL: &str = "https://termine.musterland.example";

const SAMPLE: &str = include_str!("../../../tests-data/musterland.toml");

/// A Monday morning before the doors open.
const MONDAY: &str = "2026-03-02T06:00:00Z";

/// A page as it came.
pub(super) struct Shown {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) html: String,
}

impl Shown {
    /// The first address after `before` in an attribute such as `action`.
    pub(super) fn way(&self, attribute: &str, holds: &str) -> String {
        let open = format!("{attribute}=\"");
        let ways = self.html.split(open.as_str()).skip(1).filter_map(|rest| rest.split_once('"'));
        let found =
            ways.map(|(way, _)| way.replace("&#38;", "&").replace("&amp;", "&")).find(|way| way.contains(holds));
        found.unwrap_or_else(|| panic!("no {attribute} with {holds} in {}", self.html))
    }

    /// The values of all radio buttons.
    pub(super) fn starts(&self) -> Vec<String> {
        let radios = self.html.split("<input type=\"radio\" name=\"start\" value=\"").skip(1);
        radios.filter_map(|rest| rest.split_once('"')).map(|(value, _)| value.to_owned()).collect()
    }

    pub(super) fn heading(&self) -> String {
        let (_, rest) = self.html.split_once("<h1").unwrap_or_else(|| panic!("no heading: {}", self.html));
        let inside = rest.split_once("</h1>").expect("closed").0.split_once('>').expect("opened").1;
        let words: String = inside.split('<').map(|tag| tag.split_once('>').map_or(tag, |(_, text)| text)).collect();
        words.replace('\u{a0}', " ").trim().to_owned()
    }

    pub(super) fn location(&self) -> String {
        self.headers.get("location").and_then(|l| l.to_str().ok()).unwrap_or_default().to_owned()
    }
}

/// The office, its store and the time.
pub(super) struct World {
    core: Arc<Core>,
    now: Arc<Mutex<Timestamp>>,
    _folder: TempDir,
}

impl World {
    pub(super) async fn open() -> Self {
        Self::with(SAMPLE).await
    }

    /// As after a restore that is not settled.
    pub(super) async fn pause(&self) {
        self.set(Mode::Unproven).await;
    }

    /// Everything is sold again.
    pub(super) async fn resume(&self) {
        self.set(Mode::Active).await;
    }

    async fn set(&self, mode: Mode) {
        let office: OfficeId = "musterland".parse().expect("a name");
        let set = move |tx: &store::rusqlite::Transaction<'_>| store::standing::set_mode(tx, &office, mode);
        self.core.db.write(set).await.expect("set");
    }

    /// With one lane online: one seat at a time.
    pub(super) async fn narrow() -> Self {
        Self::with(&SAMPLE.replace("lanes_online = 2", "lanes_online = 1")).await
    }

    /// With a second office in the next village.
    pub(super) async fn two() -> Self {
        let second = SAMPLE.replace("\"musterland\"", "\"beispieltal\"");
        let second = second.replace("Bürgerbüro Musterland", "Bürgerbüro Beispieltal").replace("100", "300");
        Self::serving(&[SAMPLE, &second]).await
    }

    async fn with(office: &str) -> Self {
        Self::serving(&[office]).await
    }

    async fn serving(files: &[&str]) -> Self {
        let now: Timestamp = MONDAY.parse().expect("a moment");
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("office.toml");
        let read = |text: &&str| {
            std::fs::write(&path, text).expect("a file");
            OfficeFile::read(&path, PUBLIC_URL, 2026).expect("a good office file")
        };
        let files: Vec<_> = files.iter().map(read).collect();
        let db = Db::open(&folder.path().join("booking.db"), crate::MIGRATIONS).expect("a store");
        let offices = db.write(move |tx| offices::open_all(tx, files, now)).await.expect("an office");
        let core = Core::new(db, PUBLIC_URL.to_owned(), "musterland.example".to_owned(), offices);
        Self { core: Arc::new(core), now: Arc::new(Mutex::new(now)), _folder: folder }
    }

    pub(super) fn pass(&self, minutes: i64) {
        *self.now.lock().expect("not poisoned") += SignedDuration::from_mins(minutes);
    }

    pub(super) fn browser(&self) -> Browser<'_> {
        Browser { world: self }
    }

    pub(super) fn office(&self) -> OfficeId {
        "musterland".parse().expect("a name")
    }

    /// What stands in the mail: the link to confirm.
    pub(super) async fn mailed_link(&self, hold: &str) -> String {
        let browser = HoldSecret::read(hold).expect("a secret").hash();
        let secret = LinkSecret::draw().expect("randomness");
        let (link, appointment) = (secret.hash(), secret.appointment().hash());
        let add = self.core.db.write(move |tx| {
            let row = records::by_browser(tx, browser)?.expect("a booking");
            records::add_link(tx, link, Opens::Link, row.id)?;
            records::add_link(tx, appointment, Opens::Appointment, row.id)?;
            Ok::<_, Trouble>(())
        });
        add.await.expect("a link");
        format!("/musterland/bestaetigen/{}", secret.expose())
    }

    /// The events of a waiting page, by the address that the page names; nothing if it has none.
    pub(super) async fn events(&self, address: &str) -> Option<impl Told + use<>> {
        let (path, query) = address.split_once('?').unwrap_or((address, ""));
        let body = futures_util::stream::empty::<Result<&[u8], warp::Error>>();
        let ask = Ask::read(Method::GET, path.to_owned(), query.to_owned(), HeaderMap::new(), body).await;
        let now = *self.now.lock().expect("not poisoned");
        let site = Site {
            citizen: Citizen::new(Arc::clone(&self.core)),
            now: Arc::new(move || now),
            host: String::new(),
            https: true,
            once: Once::default(),
        };
        let room = enter(&site, &ask, Some("musterland")).expect("the office");
        told(&room, path.split('/').nth(3).expect("a secret")).await.ok()
    }

    /// The token of an appointment, as the QR code has it.
    pub(super) async fn token(&self, appointment: &str) -> String {
        let secret = AppointmentSecret::read(appointment).expect("a secret");
        let now = *self.now.lock().expect("not poisoned");
        let view = Citizen::new(Arc::clone(&self.core)).appointment(&secret, now).await.expect("the store");
        view.expect("an appointment").token
    }

    /// How many seats are free on the first day with one; a change of anything would show.
    pub(super) async fn free(&self) -> Vec<(String, u16)> {
        let citizen = Citizen::new(Arc::clone(&self.core));
        let office = citizen.office(&self.office()).expect("the office");
        let pick = office.pick(&[office.services[0].id], 1).expect("a pick");
        let now = *self.now.lock().expect("not poisoned");
        let days = citizen.days(&office.id, &pick, now).await.expect("days");
        days.into_iter().map(|day| (day.day.to_string(), day.free)).collect()
    }
}

/// A browser without scripts.
pub(super) struct Browser<'a> {
    world: &'a World,
}

impl Browser<'_> {
    pub(super) async fn get(&self, address: &str) -> Shown {
        self.ask(warp::test::request().method("GET").path(address)).await
    }

    /// Looks, and follows where it is led to.
    pub(super) async fn open(&self, address: &str) -> Shown {
        let mut shown = self.get(address).await;
        for _ in 0..5 {
            if shown.status != StatusCode::SEE_OTHER {
                return shown;
            }
            shown = self.get(&shown.location()).await;
        }
        panic!("led in circles from {address}");
    }

    pub(super) async fn post(&self, address: &str, form: &str) -> Shown {
        self.ask(form_request(address, form).header("sec-fetch-site", "same-origin")).await
    }

    /// Sends a form and follows.
    pub(super) async fn send(&self, address: &str, form: &str) -> Shown {
        let shown = self.post(address, form).await;
        if shown.status == StatusCode::SEE_OTHER { self.open(&shown.location()).await } else { shown }
    }

    /// The same form twice at the same time, as by a double click.
    pub(super) async fn twice(&self, address: &str, form: &str) -> (Shown, Shown) {
        let routes = self.routes();
        let send = || form_request(address, form).header("sec-fetch-site", "same-origin").reply(&routes);
        let (first, second) = tokio::join!(send(), send());
        (shown(first), shown(second))
    }

    pub(super) async fn ask(&self, request: warp::test::RequestBuilder) -> Shown {
        shown(request.reply(&self.routes()).await)
    }

    fn routes(
        &self,
    ) -> impl warp::Filter<Extract = (impl warp::Reply + use<>,), Error = warp::Rejection> + Clone + 'static + use<>
    {
        let now = Arc::clone(&self.world.now);
        let clock = Arc::new(move || *now.lock().expect("not poisoned"));
        routes(Citizen::new(Arc::clone(&self.world.core)), PUBLIC_URL, clock)
    }
}

fn shown(reply: warp::http::Response<impl AsRef<[u8]>>) -> Shown {
    let html = String::from_utf8(reply.body().as_ref().to_vec()).expect("UTF-8");
    Shown { status: reply.status(), headers: reply.headers().clone(), html }
}

/// A form as a browser sends it, without saying where it came from.
pub(super) fn form_request(address: &str, form: &str) -> warp::test::RequestBuilder {
    let kind = "application/x-www-form-urlencoded";
    warp::test::request().method("POST").path(address).header("content-type", kind).body(form)
}
