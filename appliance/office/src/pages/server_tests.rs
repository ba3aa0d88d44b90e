//! The real door on a free port, spoken to byte by byte.

use std::net::SocketAddr;
use std::sync::{Arc, LazyLock};

use names::{Code, CounterId, Now, TicketNumber};
use queue::{Act, Answer, PressId, Queue, Reader, Reason, VisitId};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::*;
use crate::pages::terminal_keys::{Key, TerminalKeys};
use crate::pages::view::{Board, Clock, Context, CounterView, LinkState, State, TerminalView};
use crate::pages::wires::{Command, Ends, wires};
use crate::staff;

const LONG_ENOUGH: Duration = Duration::from_secs(20);

/// Hashed once: hashing is slow on purpose.
static PASSWORD: LazyLock<String> = LazyLock::new(|| staff::hash("Sonnenblume 7").expect("long enough"));

struct House {
    at: SocketAddr,
    ends: Ends,
    stop: oneshot::Sender<()>,
    served: JoinHandle<()>,
}

fn now() -> Now {
    Now::trusted(jiff::Timestamp::constant(1_770_107_520, 0))
}

fn context() -> Context {
    let zone = jiff::tz::TimeZone::get("Europe/Berlin").expect("the zone of the examples");
    Context { office: None, link: LinkState::Never, zone, confirmed: None }
}

fn board(time: &str) -> Board {
    let clock = Some(Clock { time: time.to_owned(), date: "Di, 3. Februar".to_owned() });
    Board { clock, ..Board::of(&Queue::new(), &context(), now()) }
}

fn counter_view(number: u8) -> CounterView {
    CounterView {
        counter: number,
        noun: "Platz".to_owned(),
        office: "Bürgerbüro <Musterland>".to_owned(),
        skills: "Ausweise & <b>Pässe</b>".to_owned(),
        state: State::Free,
        visitor: None,
        waiting: 0,
        mine: 0,
        longest: String::new(),
        line: Vec::new(),
        more: 0,
        expected: Vec::new(),
        link: String::new(),
        cut: false,
        tally: String::new(),
        clock: None,
        journal: Vec::new(),
    }
}

fn counter() -> CounterId {
    CounterId::try_from(3).expect("a counter")
}

async fn house() -> House {
    let (ends, pages) = wires(board("9:42"));
    let terminal = TerminalView::of(&Queue::new(), &context(), Reader(1), &TerminalKeys::new(now().at), now());
    ends.terminals.send_replace(Arc::new([(Reader(1), terminal)].into()));
    ends.counters.send_replace(Arc::new([(counter(), counter_view(3))].into()));
    let account = Account { name: "clerk".to_owned(), password: PASSWORD.clone() };
    let settings = Settings { staff: vec![account], frame_ancestors: None };
    let pages = Pages::new(pages, &settings, Health::default()).expect("good settings");
    let plain = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let at = plain.local_addr().expect("a bound port");
    let (stop, stopped) = oneshot::channel::<()>();
    let stopped = async move { drop(stopped.await) };
    let served = tokio::spawn(pages.serve(Doors { plain, tls: None }, stopped));
    House { at, ends, stop, served }
}

/// Sends a request and reads the whole answer.
async fn ask(at: SocketAddr, request: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(at).await.expect("the door is open");
    let length = body.len();
    let head = format!("{request}\r\nhost: {at}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}");
    stream.write_all(head.as_bytes()).await.expect("the box listens");
    let mut answer = Vec::new();
    tokio::time::timeout(LONG_ENOUGH, stream.read_to_end(&mut answer)).await.expect("in time").expect("an answer");
    String::from_utf8(answer).expect("text")
}

async fn get(at: SocketAddr, path: &str, cookie: &str) -> String {
    ask(at, &format!("GET {path} HTTP/1.1\r\ncookie: {cookie}"), "").await
}

async fn post(at: SocketAddr, path: &str, kind: &str, more: &str, body: &str) -> String {
    ask(at, &format!("POST {path} HTTP/1.1\r\ncontent-type: {kind}{more}"), body).await
}

async fn sign_in(at: SocketAddr, password: &str) -> String {
    let body = format!("name=clerk&password={password}&weiter=%2Fplatz%2F3");
    post(at, "/anmelden", "application/x-www-form-urlencoded", "", &body).await
}

async fn cookie(at: SocketAddr) -> String {
    let answer = sign_in(at, "Sonnenblume+7").await;
    let cookie = answer.lines().find_map(|line| line.strip_prefix("set-cookie: ")).expect("a session");
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict") && !cookie.contains("Secure"));
    assert!(answer.contains("location: /platz/3"));
    cookie.split(';').next().expect("name and value").to_owned()
}

/// Opens an event stream and leaves it at its first event.
async fn events(at: SocketAddr, path: &str) -> tokio::io::Lines<BufReader<TcpStream>> {
    let mut stream = TcpStream::connect(at).await.expect("the door is open");
    let head = format!("GET {path} HTTP/1.1\r\nhost: {at}\r\n\r\n");
    stream.write_all(head.as_bytes()).await.expect("the box listens");
    BufReader::new(stream).lines()
}

async fn data(lines: &mut tokio::io::Lines<BufReader<TcpStream>>) -> Option<String> {
    let next = async {
        while let Some(line) = lines.next_line().await.ok()? {
            if let Some(data) = line.strip_prefix("data:") {
                return Some(data.to_owned());
            }
        }
        None
    };
    tokio::time::timeout(LONG_ENOUGH, next).await.expect("in time")
}

#[tokio::test]
async fn the_board_is_drawn_without_scripts_and_carries_strict_headers() {
    let house = house().await;
    let answer = get(house.at, "/tafel", "").await;
    assert!(answer.starts_with("HTTP/1.1 200"));
    assert!(answer.contains("9:42") && answer.contains("Di, 3. Februar"));
    let policy = answer.lines().find(|line| line.starts_with("content-security-policy: ")).expect("a policy");
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"));
    assert!(!answer.contains("<script>") && !answer.contains("style="), "nothing inline");
}

#[tokio::test]
async fn every_file_a_page_names_is_there_and_kept() {
    let house = house().await;
    for page in ["/tafel", "/terminal", "/anmelden", "/"] {
        let answer = get(house.at, page, "").await;
        for link in answer.split('"').filter(|part| part.starts_with("/static/")) {
            let file = get(house.at, link, "").await;
            assert!(file.starts_with("HTTP/1.1 200") && file.contains("immutable"), "{link}");
        }
    }
    assert!(get(house.at, "/static/x/../server.rs", "").await.starts_with("HTTP/1.1 404"));
}

#[tokio::test]
async fn the_event_stream_tells_everything_at_connect_and_after_each_change() {
    let house = house().await;
    let mut lines = events(house.at, "/tafel/ereignisse").await;
    assert!(data(&mut lines).await.expect("the whole state").contains("9:42"));
    house.ends.board.send_replace(Arc::new(board("9:42")));
    house.ends.board.send_replace(Arc::new(board("9:43")));
    let second = data(&mut lines).await.expect("the change");
    assert!(second.contains("9:43"), "the same picture again is no news");
}

#[tokio::test]
async fn stopping_ends_open_streams_and_idle_connections_at_once() {
    let house = house().await;
    let mut lines = events(house.at, "/tafel/ereignisse").await;
    data(&mut lines).await.expect("the stream runs");
    let _idle = TcpStream::connect(house.at).await.expect("the door is open");
    house.stop.send(()).expect("the house still stands");
    tokio::time::timeout(Duration::from_secs(2), house.served).await.expect("under two seconds").expect("no panic");
    assert_eq!(data(&mut lines).await, None);
}

#[tokio::test]
async fn a_key_of_the_terminal_reaches_the_loop_and_nonsense_does_not() {
    let mut house = house().await;
    let json = "application/json";
    assert!(post(house.at, "/terminal/taste", json, "", r#"{"key":"7"}"#).await.starts_with("HTTP/1.1 204"));
    let Some(Command::Key { terminal, key }) = house.ends.commands.recv().await else { panic!("a key was pressed") };
    assert_eq!((terminal, key), (Reader(1), Key::Digit(7)));
    for (path, body, code) in [
        ("/terminal/taste", r#"{"key":"77"}"#.to_owned(), 400),
        ("/terminal/taste", r#"{"terminal":9,"key":"7"}"#.to_owned(), 404),
        ("/terminal/taste", "{".to_owned(), 400),
        ("/terminal/nummer", r#"{"press":"a b"}"#.to_owned(), 400),
        ("/terminal/nummer", format!(r#"{{"press":"{}"}}"#, "x".repeat(65)), 400),
        ("/terminal/nummer", "x".repeat(5000), 413),
    ] {
        let answer = post(house.at, path, json, "", &body).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {code}")), "{path} {body}: {answer}");
    }
    assert!(house.ends.commands.try_recv().is_err());
}

#[tokio::test]
async fn a_full_loop_says_later_and_makes_nobody_wait() {
    let house = house().await;
    for _ in 0..crate::pages::wires::COMMANDS {
        assert!(post(house.at, "/terminal/taste", "application/json", "", r#"{"key":"7"}"#).await.contains("204"));
    }
    let answer = post(house.at, "/terminal/taste", "application/json", "", r#"{"key":"7"}"#).await;
    assert!(answer.starts_with("HTTP/1.1 503"));
}

#[tokio::test]
async fn staff_sign_in_and_only_then_see_and_do() {
    let mut house = house().await;
    assert!(get(house.at, "/platz/3", "").await.contains("location: /anmelden?weiter=/platz/3"));
    assert!(get(house.at, "/platz/3/ereignisse", "").await.starts_with("HTTP/1.1 401"));
    assert!(sign_in(house.at, "falsch").await.starts_with("HTTP/1.1 401"));
    let act = r#"{"act":"call-next","press":"web-1"}"#;
    assert!(post(house.at, "/platz/3/akt", "application/json", "", act).await.starts_with("HTTP/1.1 401"));
    let cookie = cookie(house.at).await;
    let page = get(house.at, "/platz/3", &cookie).await;
    assert!(page.contains("Platz 3") && page.contains("Nächste Person"));
    assert!(!page.contains("<b>Pässe"), "what comes from outside is escaped");
    assert!(get(house.at, "/platz/20", &cookie).await.starts_with("HTTP/1.1 404"));
    let more = format!("\r\ncookie: {cookie}");
    let asked = post(house.at, "/platz/3/akt", "application/json", &more, act);
    let (answer, ()) = tokio::join!(asked, called(&mut house.ends));
    assert!(answer.contains("A 042 ist aufgerufen") && answer.contains(r#""done":true"#), "{answer}");
}

#[tokio::test]
async fn only_staff_end_the_day() {
    let mut house = house().await;
    let end = |more: String| async move { post(house.at, "/tag/beenden", "application/json", &more, "{}").await };
    assert!(end(String::new()).await.starts_with("HTTP/1.1 401"));
    let cookie = cookie(house.at).await;
    let foreign = format!("\r\ncookie: {cookie}\r\nsec-fetch-site: cross-site");
    assert!(end(foreign).await.starts_with("HTTP/1.1 403"));
    assert!(house.ends.commands.try_recv().is_err());
    assert!(end(format!("\r\ncookie: {cookie}")).await.starts_with("HTTP/1.1 204"));
    assert!(matches!(house.ends.commands.try_recv(), Ok(Command::CloseDay)));
}

/// Answers one press as the loop would.
async fn called(ends: &mut Ends) {
    let Some(Command::Act { counter: at, act, press, reply }) = ends.commands.recv().await else { panic!("a press") };
    assert_eq!((at, act, press), (counter(), Act::CallNext, PressId("web-1".to_owned())));
    let code = Code::Ticket(TicketNumber::new('A', 42).expect("a good number"));
    reply.send(Answer::Called { visit: VisitId(1), code, reason: Reason::TicketOrder }).expect("the page waits");
}

#[tokio::test]
async fn signing_out_ends_the_event_stream_of_the_page() {
    let house = house().await;
    let cookie = cookie(house.at).await;
    let path = format!("/platz/3/ereignisse HTTP/1.1\r\ncookie: {cookie}\r\nx-rest:");
    let mut lines = events(house.at, &path).await;
    data(&mut lines).await.expect("the whole state");
    let left = post(house.at, "/abmelden", "text/plain", &format!("\r\ncookie: {cookie}"), "").await;
    assert!(left.contains("Max-Age=0"));
    house.ends.counters.send_replace(Arc::new([(counter(), counter_view(4))].into()));
    assert_eq!(data(&mut lines).await, None);
}

#[tokio::test]
async fn a_foreign_page_changes_nothing() {
    let mut house = house().await;
    let foreign = "\r\norigin: https://evil.example";
    let key = post(house.at, "/terminal/taste", "application/json", foreign, r#"{"key":"7"}"#).await;
    assert!(key.starts_with("HTTP/1.1 403"));
    let form = "application/x-www-form-urlencoded";
    let sign_in = post(house.at, "/anmelden", form, foreign, "name=clerk&password=Sonnenblume+7").await;
    assert!(sign_in.starts_with("HTTP/1.1 403") && !sign_in.contains("set-cookie"));
    assert!(house.ends.commands.try_recv().is_err());
}

#[tokio::test]
async fn staff_pages_are_refused_on_a_plain_connection_of_the_network() {
    let (_ends, pages) = wires(board("9:42"));
    let pages = Pages::new(pages, &Settings::default(), Health::default()).expect("good settings");
    let service = TowerToHyperService::new(warp::service(routes(pages.site)));
    for (path, tls, code) in [
        ("/anmelden", false, 403),
        ("/platz/3", false, 403),
        ("/platz/3/ereignisse", false, 403),
        ("/anmelden", true, 200),
        ("/tafel", false, 200),
    ] {
        let mut request = hyper::Request::builder().uri(path).body(String::new()).expect("a request");
        let addr = "192.168.1.7:5000".parse().expect("an address");
        request.extensions_mut().insert(Peer { addr, tls });
        let answer = service.call(request).await.expect("never fails");
        assert_eq!(answer.status().as_u16(), code, "{path} tls {tls}");
    }
}

#[tokio::test]
async fn the_health_page_is_well_as_long_as_the_loop_is() {
    let house = house().await;
    let well = get(house.at, "/gesund", "").await;
    assert!(well.starts_with("HTTP/1.1 200") && well.contains(r#""alive":true"#), "{well}");
    drop(house.ends);
    assert!(get(house.at, "/gesund", "").await.starts_with("HTTP/1.1 503"));
}

#[tokio::test]
async fn what_may_not_stand_in_the_policy_is_refused() {
    for bad in ["*", "http://a; script-src *", "https://", "javascript:x"] {
        let (_ends, pages) = wires(board("9:42"));
        let settings = Settings { frame_ancestors: Some(bad.to_owned()), ..Settings::default() };
        let refused = Pages::new(pages, &settings, Health::default());
        assert!(matches!(refused, Err(BadPages::FrameAncestors(_))), "{bad}");
    }
}
