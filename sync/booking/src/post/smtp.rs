//! The way out: one real SMTP server, over TLS or to the own machine.

use std::time::Duration;

use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

use crate::config::{SmtpConfig, SmtpTls};

/// Seconds for one command of the mail server: far above any healthy server's, far below the
/// 5 minutes at which a waiting mail raises the alarm.
const TIMEOUT: Duration = Duration::from_secs(20);

/// Characters of another server's words that are kept.
const WHY_LEN: usize = 200;

/// Where mails leave.
#[derive(Clone)]
pub enum Mailer {
    /// A mail server.
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
}

/// A mailer that cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum BadMailer {
    /// A file of the configuration.
    #[error("failed to read {file}: {why}")]
    File {
        /// The file.
        file: std::path::PathBuf,
        /// The system's words.
        why: std::io::Error,
    },
    /// The certificates or the name of the server.
    #[error("failed to set up the line to the mail server")]
    Tls(#[from] lettre::transport::smtp::Error),
}

/// How a mail was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotTaken {
    /// Refused for good.
    Refused(String),
    /// Worth another try.
    Later(String),
}

impl Mailer {
    /// Sets up the line; nothing is sent yet.
    ///
    /// # Errors
    /// A file that cannot be read or used.
    pub fn new(config: &SmtpConfig) -> Result<Self, BadMailer> {
        let builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&config.host)
            .port(config.port)
            .timeout(Some(TIMEOUT))
            .tls(tls(config)?);
        let builder = match (&config.user, &config.password_file) {
            (Some(user), Some(file)) => builder.credentials(Credentials::new(user.clone(), password(file)?)),
            (Some(_), None) | (None, Some(_) | None) => builder,
        };
        Ok(Self::Smtp(builder.build()))
    }

    /// Hands one mail over; returns when the other side took it.
    ///
    /// # Errors
    /// [`NotTaken`] tells whether another try makes sense.
    pub async fn send(&self, mail: Message) -> Result<(), NotTaken> {
        match self {
            Self::Smtp(transport) => match transport.send(mail).await {
                Ok(_taken) => Ok(()),
                Err(error) => Err(not_taken(&error)),
            },
        }
    }
}

fn not_taken(error: &lettre::transport::smtp::Error) -> NotTaken {
    let why: String = std::error::Error::source(error)
        .map_or_else(|| error.to_string(), ToString::to_string)
        .chars()
        .filter(|c| !c.is_control())
        .take(WHY_LEN)
        .collect();
    if error.is_permanent() { NotTaken::Refused(why) } else { NotTaken::Later(why) }
}

fn tls(config: &SmtpConfig) -> Result<Tls, BadMailer> {
    let parameters = || -> Result<TlsParameters, BadMailer> {
        let mut builder = TlsParameters::builder(config.host.clone());
        if let Some(file) = &config.extra_ca {
            builder = builder.add_root_certificate(Certificate::from_pem(&read(file)?)?);
        }
        Ok(builder.build_rustls()?)
    };
    Ok(match config.tls {
        SmtpTls::Required => Tls::Required(parameters()?),
        SmtpTls::Wrapped => Tls::Wrapper(parameters()?),
        SmtpTls::None => Tls::None,
    })
}

fn password(file: &std::path::Path) -> Result<String, BadMailer> {
    let bytes = read(file)?;
    let text = String::from_utf8(bytes).map_err(|_not_text| BadMailer::File {
        file: file.to_owned(),
        why: std::io::Error::other("a password is text in UTF-8"),
    })?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

fn read(file: &std::path::Path) -> Result<Vec<u8>, BadMailer> {
    std::fs::read(file).map_err(|why| BadMailer::File { file: file.to_owned(), why })
}
