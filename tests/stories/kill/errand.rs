//! What one person does in the hall, until somebody tells them that it is done.
//!
//! Whoever is not answered, because the power failed, comes again and does the same once more:
//! the same press, the same code.

use anyhow::{Context, Result, bail};
use fixture::{Clerk, ImaginaryOffice};
use names::Code;
use serde_json::{Value, json};

use super::history::{Answer, Press, Told};
use crate::terminal::{ENTRANCE, answer, post, step_up};

/// One thing somebody wants.
#[derive(Clone, Debug)]
pub(crate) enum Errand {
    /// A number, by the key of a terminal's glass.
    Number { terminal: u8, press: String },
    /// Holds a QR code under the scanner at the entrance.
    Scan { line: String, code: Code },
    /// Types a code on the glass of a terminal.
    Type { terminal: u8, code: Code },
    /// Presses a key of a counter page.
    Act(Press),
}

impl Errand {
    /// Goes once; what was told, or why nobody knows.
    pub(crate) async fn run(&self, office: &ImaginaryOffice, clerk: &Clerk) -> Result<Told> {
        match self {
            Self::Number { terminal, press } => number(office, *terminal, press).await,
            Self::Scan { line, code } => scan(office, line, *code).await,
            Self::Type { terminal, code } => type_in(office, *terminal, *code).await,
            Self::Act(press) => act(clerk, press).await,
        }
    }
}

async fn number(office: &ImaginaryOffice, terminal: u8, press: &str) -> Result<Told> {
    step_up(office, terminal).await?;
    post(office, "/terminal/nummer", json!({"terminal": terminal, "press": press})).await?;
    let screen = answer(office, terminal, |screen| screen["kind"] == "ticket").await?;
    Ok(Told::Number { press: press.to_owned(), code: code_on(&screen)? })
}

async fn scan(office: &ImaginaryOffice, line: &str, code: Code) -> Result<Told> {
    step_up(office, ENTRANCE).await?;
    office.scanner.scan(line).await?;
    greeted(office, ENTRANCE, code).await
}

async fn type_in(office: &ImaginaryOffice, terminal: u8, code: Code) -> Result<Told> {
    step_up(office, terminal).await?;
    let keys = match code {
        Code::Pin(pin) => format!("{:06}", pin.number()),
        Code::Ticket(ticket) => format!("{:03}E", ticket.number()),
    };
    for key in keys.chars() {
        post(office, "/terminal/taste", json!({"terminal": terminal, "key": key})).await?;
    }
    greeted(office, terminal, code).await
}

/// Whatever the answer is: a code that somebody else holds, or none, is not the one we wait for.
async fn greeted(office: &ImaginaryOffice, terminal: u8, code: Code) -> Result<Told> {
    let screen = answer(office, terminal, |screen| !screen["tone"].is_null()).await?;
    match code_on(&screen) {
        Ok(shown) if shown == code => Ok(Told::Greeted(code)),
        Ok(_) | Err(_) => bail!("terminal {terminal} says {screen} to {code}"),
    }
}

fn code_on(screen: &Value) -> Result<Code> {
    let (first, second) = (screen["code"]["first"].as_str(), screen["code"]["second"].as_str());
    let (first, second) = (first.context("no code")?, second.context("half a code")?);
    Ok(format!("{first} {second}").parse()?)
}

async fn act(clerk: &Clerk, press: &Press) -> Result<Told> {
    let answer = clerk.act_with(press.counter, json!(press.act), &press.id).await?;
    let code = || -> Result<Code> { Ok(answer["code"].as_str().context("no code")?.parse()?) };
    let answer = match answer["answer"].as_str().context("not an answer")? {
        "called" => Answer::Called(code()?),
        "recalled" => Answer::Recalled(code()?),
        "nobody-waits" => Answer::NobodyWaits,
        "done" => Answer::Done,
        _ => Answer::Refused(answer["why"].as_str().unwrap_or_default().to_owned()),
    };
    Ok(Told::Answered(press.clone(), answer))
}
