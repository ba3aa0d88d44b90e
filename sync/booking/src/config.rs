//! The configuration: one TOML file for the program, one per office.
//!
//! What must always hold: a key we do not know stops the start; every complaint names the file,
//! the line, the key and what is allowed. Paths are relative to the file they stand in.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use lettre::message::Mailbox;
use protocol::sealed::SealKey;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use toml::Spanned;

/// What the booking server needs to run.
#[derive(Clone, Debug)]
pub struct Config {
    /// The folder of the data; made if missing.
    pub data: PathBuf,
    /// Where the site listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The address citizens use, without a slash at the end.
    pub public_url: String,
    /// The one address whose pages may frame ours; nobody if left out. For a show-room.
    pub frame_ancestors: Option<String>,
    /// The office files.
    pub offices: Vec<PathBuf>,
    /// How mails leave.
    pub smtp: SmtpConfig,
    /// The folder of the backups, one every 15 minutes; none are made without it.
    pub backups: Option<PathBuf>,
    /// The folder of the second journal, on another disk; none is kept without it.
    pub second_journal: Option<PathBuf>,
    /// The public half of the key that contacts are sealed to for the worst case.
    pub recovery_key: Option<SealKey>,
    /// Who gets alarm mails; nobody if left out.
    pub operator: Option<Mailbox>,
}

/// The mail server that takes our mails.
#[derive(Clone, Debug)]
pub struct SmtpConfig {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the line to it is protected.
    pub tls: SmtpTls,
    /// A further certificate authority (PEM), for a mail server of one's own.
    pub extra_ca: Option<PathBuf>,
    /// The sender of all mails.
    pub from: Mailbox,
    /// The user name, if it wants one.
    pub user: Option<String>,
    /// The file that holds the password.
    pub password_file: Option<PathBuf>,
}

/// How the line to the mail server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SmtpTls {
    /// STARTTLS, and nothing is sent without it.
    Required,
    /// TLS from the first byte, usually port 465.
    Wrapped,
    /// In clear: only to the own machine.
    None,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    data: PathBuf,
    listen: SocketAddr,
    public_url: Spanned<String>,
    frame_ancestors: Option<Spanned<String>>,
    offices: Spanned<Vec<PathBuf>>,
    smtp: SmtpFile,
    backups: Option<PathBuf>,
    second_journal: Option<PathBuf>,
    recovery_key: Option<SealKey>,
    operator: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SmtpFile {
    host: String,
    port: u16,
    tls: Spanned<SmtpTls>,
    extra_ca: Option<PathBuf>,
    from: Spanned<String>,
    user: Option<String>,
    password_file: Option<Spanned<PathBuf>>,
}

/// A configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("failed to read {file}: {why}")]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// The system's words.
        why: std::io::Error,
    },
    /// Something in the file is not right.
    #[error("{file}, line {line}, {key}: {what}")]
    Bad {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The key, or the line's text if there is none.
        key: String,
        /// What is wrong and what is allowed.
        what: String,
    },
}

impl Config {
    /// Reads and checks the file.
    ///
    /// # Errors
    /// The file cannot be read, or the first thing in it that is not right.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let source = Source::open(path)?;
        let file: File = source.parse()?;
        let folder = path.parent().unwrap_or(Path::new("."));
        Ok(Self {
            data: folder.join(file.data),
            listen: file.listen,
            public_url: web_address(&source, &file.public_url)?,
            frame_ancestors: file.frame_ancestors.map(|address| web_address(&source, &address)).transpose()?,
            offices: offices(&source, file.offices, folder)?,
            smtp: smtp(&source, file.smtp, folder)?,
            backups: file.backups.map(|backups| folder.join(backups)),
            second_journal: file.second_journal.map(|second| folder.join(second)),
            recovery_key: file.recovery_key,
            operator: file.operator.map(|to| mailbox(&source, &to)).transpose()?,
        })
    }
}

/// An address of the web without anything that could end a header or a policy.
fn web_address(source: &Source, url: &Spanned<String>) -> Result<String, ConfigError> {
    let text = url.get_ref().trim_end_matches('/');
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let harmless = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/[]".contains(&byte);
    let fits = host.is_some_and(|host| !host.is_empty() && host.bytes().all(harmless));
    if fits { Ok(text.to_owned()) } else { Err(source.bad(url, "must start with https:// and name a host")) }
}

fn offices(source: &Source, files: Spanned<Vec<PathBuf>>, folder: &Path) -> Result<Vec<PathBuf>, ConfigError> {
    if files.get_ref().is_empty() {
        return Err(source.bad(&files, "at least one office file must be named"));
    }
    Ok(files.into_inner().into_iter().map(|file| folder.join(file)).collect())
}

fn smtp(source: &Source, file: SmtpFile, folder: &Path) -> Result<SmtpConfig, ConfigError> {
    if *file.tls.get_ref() == SmtpTls::None && !is_loopback(&file.host) {
        let what = "\"none\" is only allowed for a host on this machine (127.0.0.1, ::1, localhost); use \"required\" or \"wrapped\"";
        return Err(source.bad(&file.tls, what));
    }
    let from = mailbox(source, &file.from)?;
    match (&file.user, &file.password_file) {
        (None, Some(password)) => return Err(source.bad(password, "needs `user` beside it")),
        (Some(_), None) => return Err(source.bad(&file.tls, "[smtp] `user` needs `password_file` beside it")),
        (Some(_), Some(_)) | (None, None) => {}
    }
    Ok(SmtpConfig {
        host: file.host,
        port: file.port,
        tls: *file.tls.get_ref(),
        extra_ca: file.extra_ca.map(|ca| folder.join(ca)),
        from,
        user: file.user,
        password_file: file.password_file.map(|password| folder.join(password.into_inner())),
    })
}

fn mailbox(source: &Source, text: &Spanned<String>) -> Result<Mailbox, ConfigError> {
    let read = text.get_ref().parse::<Mailbox>();
    read.map_err(|why| source.bad(text, &format!("must be like \"Name <address>\": {why}")))
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// A file while it is read: keeps the text, to find the line of a complaint.
pub(crate) struct Source {
    path: PathBuf,
    text: String,
}

impl Source {
    pub(crate) fn open(path: &Path) -> Result<Self, ConfigError> {
        let text =
            std::fs::read_to_string(path).map_err(|why| ConfigError::Unreadable { file: path.to_owned(), why })?;
        Ok(Self { path: path.to_owned(), text })
    }

    pub(crate) fn parse<T: DeserializeOwned>(&self) -> Result<T, ConfigError> {
        toml::from_str(&self.text).map_err(|bad| self.at(bad.span().map_or(0, |span| span.start), bad.message()))
    }

    /// A complaint about a value.
    pub(crate) fn bad<T>(&self, value: &Spanned<T>, what: &str) -> ConfigError {
        self.at(value.span().start, what)
    }

    fn at(&self, position: usize, what: &str) -> ConfigError {
        let before = self.text.get(..position).unwrap_or(&self.text);
        let line = before.matches('\n').count() + 1;
        let text = self.text.lines().nth(line - 1).unwrap_or_default();
        let key = text.split(['=', '#']).next().unwrap_or_default().trim().to_owned();
        ConfigError::Bad { file: self.path.clone(), line, key, what: what.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"data = "data"
listen = "127.0.0.1:0"
public_url = "https://termine.musterland.example/"
offices = ["offices/musterland.toml"]
[smtp]
host = "127.0.0.1"
port = 2525
tls = "none"
from = "Bürgerbüro Musterland <termine@musterland.example>"
"#;

    fn read(text: &str) -> Result<Config, String> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("booking.toml");
        std::fs::write(&path, text).expect("a file");
        Config::read(&path).map_err(|bad| bad.to_string().replace(&folder.path().display().to_string(), ""))
    }

    #[test]
    fn a_good_file_is_read_and_paths_stand_beside_it() {
        let config = read(GOOD).expect("a good file");
        assert!(config.offices[0].ends_with("offices/musterland.toml") && config.offices[0].is_absolute());
        assert_eq!(config.public_url, "https://termine.musterland.example");
        assert_eq!(config.smtp.from.email.to_string(), "termine@musterland.example");
    }

    #[test]
    fn an_unknown_key_is_named_with_file_line_and_what_is_allowed() {
        let bad = read(&GOOD.replace("port = 2525", "portt = 2525")).expect_err("a typing error");
        assert!(bad.starts_with("/booking.toml, line 7, portt: unknown field `portt`, expected one of"), "{bad}");
        assert!(bad.contains("`port`"), "{bad}");
    }

    #[test]
    fn a_wrong_value_is_named_with_its_line_and_key() {
        let cases = [
            ("tls = \"none\"", "tls = \"maybe\"", "line 8, tls: unknown variant"),
            ("listen = \"127.0.0.1:0\"", "listen = \"here\"", "line 2, listen: "),
            ("https://termine.musterland.example/", "termine", "line 3, public_url: must start with https://"),
            (
                "offices = [",
                "frame_ancestors = \"http://a; script-src *\"\noffices = [",
                "line 4, frame_ancestors: must start",
            ),
            ("[\"offices/musterland.toml\"]", "[]", "line 4, offices: at least one"),
            ("Bürgerbüro Musterland <termine@musterland.example>", "nobody", "line 9, from: must be like"),
        ];
        for (good, wrong, says) in cases {
            let bad = read(&GOOD.replace(good, wrong)).expect_err(wrong);
            assert!(bad.contains(says), "{bad}");
        }
    }

    #[test]
    fn mails_leave_in_clear_only_to_the_own_machine() {
        for loopback in ["localhost", "::1", "127.0.0.9"] {
            assert!(read(&GOOD.replace("\"127.0.0.1\"\nport", &format!("\"{loopback}\"\nport"))).is_ok(), "{loopback}");
        }
        let bad = read(&GOOD.replace("host = \"127.0.0.1\"", "host = \"mail.example\"")).expect_err("in clear");
        assert!(bad.contains("line 8, tls: \"none\" is only allowed"), "{bad}");
    }

    #[test]
    fn a_missing_key_and_a_missing_file_are_named() {
        let bad = read(&GOOD.replace("data = \"data\"\n", "")).expect_err("no data");
        assert!(bad.contains("missing field `data`"), "{bad}");
        let missing = Config::read(Path::new("/nowhere/booking.toml")).expect_err("no file");
        assert!(missing.to_string().contains("failed to read /nowhere/booking.toml"));
    }
}
