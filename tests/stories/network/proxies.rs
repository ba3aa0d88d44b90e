//! The proxies of Debian, as they are, each with a file as an administrator would write it.

use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, bail};
use fixture::until;
use tempfile::TempDir;
use tokio::process::{Child, Command};

use super::relay::{certificate, key};
use crate::told::PATIENCE;

/// Somebody else may take a port between our asking and the start.
const TRIES: usize = 5;

/// Where Debian puts the helper of squid that makes certificates.
const CERTGEN: &str = "/usr/lib/squid/security_file_certgen";

/// The user and the password tinyproxy asks for.
pub(super) const USER: &str = "aufruf-box";
pub(super) const PASSWORD: &str = "korrekt-pferd-47";

/// A running proxy. It ends with this value.
pub(super) struct Proxy {
    pub(super) address: SocketAddr,
    _child: Child,
    _folder: TempDir,
}

/// What squid does with a CONNECT.
#[derive(Clone, Copy)]
pub(super) enum Squid {
    /// Lets it through.
    Passes,
    /// Lets nobody through.
    Refuses,
    /// Looks into it with an authority of its own.
    LooksIntoTls,
}

/// Starts tinyproxy, with a password or without.
pub(super) async fn tinyproxy(asks_for_password: bool) -> Result<Proxy> {
    let auth = if asks_for_password { format!("BasicAuth {USER} {PASSWORD}\n") } else { String::new() };
    start("tinyproxy", &["-d", "-c"], |port, _folder| {
        Ok(format!("Port {port}\nListen 127.0.0.1\nTimeout 600\nMaxClients 20\n{auth}"))
    })
    .await
}

/// Starts squid.
pub(super) async fn squid(does: Squid) -> Result<Proxy> {
    start("squid", &["-N", "-f"], |port, folder| {
        let shown = folder.display();
        let (on_port, more, access) = match does {
            Squid::Passes => (String::new(), String::new(), "allow localhost"),
            Squid::Refuses => (String::new(), String::new(), "deny all"),
            Squid::LooksIntoTls => {
                let (on_port, more) = looks_into_tls(folder)?;
                (on_port, more, "allow localhost")
            }
        };
        Ok(format!(
            "http_port 127.0.0.1:{port}{on_port}\n{more}http_access {access}\npid_filename none\npinger_enable off\n\
             cache deny all\naccess_log none\ncache_log {shown}/cache.log\ncoredump_dir {shown}\n\
             visible_hostname proxy.town.example\nshutdown_lifetime 0 seconds\n"
        ))
    })
    .await
}

/// Starts privoxy, looking into TLS and into every answer: so it keeps each text until it is
/// whole, as a virus scanner does. A stream is never whole.
pub(super) async fn privoxy() -> Result<Proxy> {
    start("privoxy", &["--no-daemon"], |port, folder| {
        let shown = folder.display();
        std::fs::write(folder.join("all.action"), "{+https-inspection +filter{look}}\n/\n")?;
        std::fs::write(folder.join("all.filter"), "FILTER: look It finds nothing\ns@no-text-has-this-in-it@@\n")?;
        let certificates = certificate("proxy-ca");
        let certificates = certificates.parent().context("certificates lie in a folder")?.display();
        Ok(format!(
            "listen-address 127.0.0.1:{port}\nconfdir {shown}\nlogdir {shown}\nactionsfile all.action\n\
             filterfile all.filter\nca-directory {certificates}\nca-cert-file proxy-ca.pem\n\
             ca-key-file proxy-ca.key\nca-password\ncertificate-directory {shown}\n\
             trusted-cas-file {certificates}/town-ca.pem\nsocket-timeout 300\n"
        ))
    })
    .await
}

/// The further words of `http_port` and the further lines for a squid that opens TLS.
fn looks_into_tls(folder: &Path) -> Result<(String, String)> {
    let made = folder.join("made");
    let helper = std::process::Command::new(CERTGEN).args(["-c", "-s"]).arg(&made).args(["-M", "4MB"]).output();
    let helper = helper.with_context(|| missing("squid-openssl", CERTGEN))?;
    if !helper.status.success() {
        bail!("{CERTGEN} failed: {}", String::from_utf8_lossy(&helper.stderr));
    }
    // Squid gives up root for a user of its own, who keeps the certificates made there.
    for entry in [made.clone(), made.join("certs"), made.join("index.txt"), made.join("size")] {
        let open = if entry.is_dir() { 0o777 } else { 0o666 };
        std::fs::set_permissions(&entry, PermissionsExt::from_mode(open))?;
    }
    let (ca, ca_key, town) = (certificate("proxy-ca"), key("proxy-ca"), certificate("town-ca"));
    let on_port = format!(
        " ssl-bump cert={} key={} generate-host-certificates=on dynamic_cert_mem_cache_size=4MB",
        ca.display(),
        ca_key.display()
    );
    let lines = format!(
        "sslcrtd_program {CERTGEN} -s {} -M 4MB\nsslcrtd_children 1 startup=1\nssl_bump bump all\n\
         tls_outgoing_options cafile={}\n",
        made.display(),
        town.display()
    );
    Ok((on_port, lines))
}

/// Starts a program with its file on a free port and waits until it answers there.
async fn start(name: &str, arguments: &[&str], file: impl Fn(u16, &Path) -> Result<String>) -> Result<Proxy> {
    let program = find(name)?;
    for _try in 0..TRIES {
        let folder = tempfile::Builder::new().prefix("aufruf-proxy-").tempdir()?;
        std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o777))?;
        let address = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?;
        let config = folder.path().join("proxy.conf");
        std::fs::write(&config, file(address.port(), folder.path())?)?;
        let log = std::fs::File::create(folder.path().join("out.log"))?;
        let mut command = Command::new(&program);
        command.args(arguments).arg(&config).current_dir(folder.path());
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).kill_on_drop(true);
        let mut child = command.spawn().with_context(|| format!("failed to start {name}"))?;
        let what = format!("{name} to answer");
        let answers = until(&what, PATIENCE, || match child.try_wait() {
            Ok(None) => std::net::TcpStream::connect(address).ok().map(|_line| true),
            Ok(Some(_)) | Err(_) => Some(false),
        });
        if answers.await? {
            return Ok(Proxy { address, _child: child, _folder: folder });
        }
        tracing::warn!("{name} ended at once: {}", std::fs::read_to_string(folder.path().join("out.log"))?);
    }
    bail!("{name} ended at once, {TRIES} times on {TRIES} ports")
}

fn find(name: &str) -> Result<PathBuf> {
    let places = ["/usr/bin", "/usr/sbin", "/bin", "/sbin", "/usr/local/bin", "/usr/local/sbin"];
    let found = places.into_iter().map(|place| Path::new(place).join(name)).find(|path| path.is_file());
    found.with_context(|| missing(package(name), name))
}

fn package(name: &str) -> &str {
    match name {
        "squid" => "squid-openssl",
        "tinyproxy" => "tinyproxy-bin",
        other => other,
    }
}

fn missing(package: &str, what: &str) -> String {
    format!("there is no {what}: install the Debian package {package}, or run `.ci/setup test`")
}
