//! A number is pulled, and a slip comes out of the printer beside the terminal.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use anyhow::{Context, Result, ensure};
use fixture::http::Http;
use fixture::papers::Papers;
use fixture::{ImaginaryOffice, until};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::pictures::{Screen, browser, picture};
use crate::reception::Reception;
use crate::terminal::{ENTRANCE, answer, post, pull_number, step_up};
use crate::told::{PATIENCE, signed_in, watch, watch_as};

/// A terminal that is not at the entrance.
const FURTHER: u8 = 2;

/// A double of a printer: answers about its state, keeps what it is sent, and can have no paper.
#[derive(Clone, Debug, Default)]
struct Printer {
    empty: Arc<Mutex<bool>>,
    sent: Arc<Mutex<Vec<u8>>>,
}

impl Printer {
    async fn plug_in(&self) -> Result<SocketAddr> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let printer = self.clone();
        tokio::spawn(async move {
            while let Ok((stream, _from)) = listener.accept().await {
                // The box went away; it comes back by itself.
                let _gone = printer.serve(stream).await;
            }
        });
        Ok(address)
    }

    async fn serve(&self, mut stream: TcpStream) -> Result<()> {
        let mut heard = Vec::new();
        loop {
            heard.push(stream.read_u8().await?);
            let answer = match heard.as_slice() {
                [.., 0x10, 4, question] => Some(self.state(*question)),
                [.., 0x1d, b'r', 1] => Some(0),
                _more => None,
            };
            if let Some(answer) = answer {
                self.sent.lock().expect("whole").append(&mut heard);
                stream.write_all(&[answer]).await?;
            }
        }
    }

    fn state(&self, question: u8) -> u8 {
        match (question, *self.empty.lock().expect("whole")) {
            (1, true) => 0x1e,
            (2, true) => 0x32,
            (4, true) => 0x7e,
            (1, false) => 0x16,
            _nothing_to_tell => 0x12,
        }
    }

    /// How often these letters are on the paper.
    fn count(&self, text: &str) -> usize {
        self.count_bytes(text.as_bytes())
    }

    fn count_bytes(&self, text: &[u8]) -> usize {
        self.sent.lock().expect("whole").windows(text.len()).filter(|bytes| *bytes == text).count()
    }

    /// What the QR code on the paper says.
    fn code(&self) -> Option<String> {
        let sent = self.sent.lock().expect("whole");
        let stored = sent.windows(3).position(|bytes| bytes == b"1P0")? + 3;
        let text = sent[stored..].iter().take_while(|byte| byte.is_ascii_graphic());
        Some(text.map(|byte| char::from(*byte)).collect())
    }

    fn paper(&self, there: bool) {
        *self.empty.lock().expect("whole") = !there;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pulled_number_comes_out_on_paper_once_and_then_the_screen_says_so() -> Result<()> {
    let printer = Printer::default();
    let papers = Papers { printer: Some(printer.plug_in().await?), ..Papers::default() };
    let office = ImaginaryOffice::open(papers).await?;
    printer_works(&office, true).await?;
    let knows = |state: &Value| state["view"]["hours"].as_str().is_some_and(|hours| !hours.is_empty());
    watch(&office, "/terminal/ereignisse?nr=1", "the office and its clock", knows).await?;
    let number = pull_number(&office, ENTRANCE, "first").await?;
    answer(&office, ENTRANCE, |screen| says(screen, "Zettel ist gedruckt")).await?;
    let glass = browser(Screen::Terminal).await?;
    glass.open(&office.page("/terminal")).await?;
    glass.wait_for_text("Bitte nehmen Sie ihn mit").await?;
    picture(&glass, "terminal-slip").await?;
    glass.close().await?;
    ensure!(printer.count(&number) == 1, "{number} is on the paper {} times", printer.count(&number));
    let paper = String::from_utf8_lossy(&printer.sent.lock().expect("whole")).into_owned();
    ensure!(printer.count_bytes(b"B\x81rgerb\x81ro Musterland\n") == 1, "umlauts are in the printer's code: {paper:?}");

    // The same press, as a browser sends it that heard no answer: the number again, no second slip.
    step_up(&office, ENTRANCE).await?;
    post(&office, "/terminal/nummer", json!({"terminal": ENTRANCE, "press": "first"})).await?;
    answer(&office, ENTRANCE, |screen| screen["kind"] == "ticket").await?;
    // And once more at once: within five seconds that is the same press, too.
    let again = pull_number(&office, ENTRANCE, "second").await?;
    until("one slip for what is told", PATIENCE, || (printer.count(&again) == 1).then_some(())).await?;
    ensure!(printer.count(&number) == 1, "one slip for one press");
    office.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn without_paper_the_number_stands_on_the_screen_and_only_staff_read_why() -> Result<()> {
    let printer = Printer::default();
    printer.paper(false);
    let papers = Papers { printer: Some(printer.plug_in().await?), terminals: FURTHER, ..Papers::default() };
    let office = ImaginaryOffice::open(papers).await?;
    printer_works(&office, false).await?;
    let number = pull_number(&office, ENTRANCE, "first").await?;
    let screen = answer(&office, ENTRANCE, |screen| says(screen, "Bitte merken Sie sich die Nummer")).await?;
    ensure!(!screen.to_string().contains("Zettel") && !screen.to_string().contains("Drucker"), "{screen}");
    ensure!(printer.count(&number) == 0, "nothing was sent");

    printer.paper(true);
    printer_works(&office, true).await?;
    // At another terminal: at the same one it may still be the same press.
    let next = pull_number(&office, FURTHER, "second").await?;
    answer(&office, FURTHER, |screen| says(screen, "Zettel ist gedruckt")).await?;
    ensure!((printer.count(&number), printer.count(&next)) == (0, 1), "nothing is printed late");
    office.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_code_on_the_slip_tells_the_turn_at_the_scanner_and_on_the_phone() -> Result<()> {
    let printer = Printer::default();
    let papers = Papers { printer: Some(printer.plug_in().await?), ..Papers::default() };
    let office = ImaginaryOffice::open(papers).await?;
    printer_works(&office, true).await?;
    // The first slip of the desk makes the key that signs those of the terminal, too.
    let reception = Reception::sign_in(&office).await?;
    reception.ready().await?;
    reception.book(reception.order("Max Beispiel", "max@example.org").await?).await?;
    let number = pull_number(&office, ENTRANCE, "first").await?;
    until("the slip", PATIENCE, || (printer.count(&number) == 1).then_some(())).await?;
    let code = printer.code().context("no code on the slip")?;
    step_up(&office, ENTRANCE).await?;
    office.scanner.scan(&code).await?;
    answer(&office, ENTRANCE, |screen| screen["kind"] == "next").await?;
    // With the next exchange the server knows the new key.
    let shown = move || Http::default().open(&code).ok().filter(|page| page.status == 200).map(drop);
    until("the status page behind the code", PATIENCE, shown).await?;
    office.close().await
}

/// Whether the answer at the terminal says this beside the number.
fn says(screen: &Value, words: &str) -> bool {
    screen["kind"] == "ticket" && screen["strong"].as_str().is_some_and(|strong| strong.contains(words))
}

/// Waits until health says that the printer works, or does not, and the counter pages warn of it.
async fn printer_works(office: &ImaginaryOffice, works: bool) -> Result<()> {
    let url = office.page("/gesund");
    let state = move || {
        let page = Http::default().open(&url).ok()?;
        let health: Value = serde_json::from_str(&page.body).ok()?;
        (health["parts"]["printer"]["works"] == works).then_some(())
    };
    until("the printer in the health document", PATIENCE, state).await?;
    let clerk = signed_in(office).await?;
    let warns = |state: &Value| state["view"]["journal"].to_string().contains("Der Drucker am Terminal druckt nicht");
    let fits = move |state: &Value| warns(state) != works;
    let told = watch_as(&clerk, office.page("/platz/1/ereignisse"), "the printer on the counter page", fits).await;
    told.map(drop)
}
