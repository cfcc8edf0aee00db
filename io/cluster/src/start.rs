//! From binaries to a running server.

use std::fs;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};

use std::os::unix::fs::PermissionsExt;

use pgward_credential::Secret;
use tempfile::TempDir;

use crate::account::{Account, NoAccount};
use crate::cache::{Cache, CacheError};
use crate::certificate::Certificates;
use crate::configuration::{
    AUTHORITY_FILE, BadSetting, CERTIFICATE_FILE, CONFIG_FILE, HBA_FILE, KEY_FILE, PG_HBA_CONF,
    postgresql_conf,
};
use crate::installation::Installation;
use crate::options::Options;
use crate::scratch;
use crate::template::{self, TemplateError};
use crate::watchdog::{ServerError, Watchdog};

/// A server that accepts connections, and all that belongs to it.
pub(crate) struct Started {
    pub(crate) watchdog: Watchdog,
    pub(crate) scratch: TempDir,
    pub(crate) port: u16,
    pub(crate) password: Secret,
}

/// Lays out a scratch folder and starts a server on it.
pub(crate) fn start(installation: &Installation, options: &Options) -> Result<Started, StartError> {
    let account = Account::choose()?;
    let cache = Cache::open(&account)?;
    let installation = cache.reachable(installation, &account)?;

    let scratch = scratch::create(&account).map_err(StartError::Scratch)?;
    write_configuration(scratch.path(), options, &account)?;
    let password = template::lay_out(scratch.path(), options.identity, &installation, &account, &cache)?;

    let mut watchdog =
        Watchdog::spawn(&installation, &account, scratch.path()).map_err(StartError::Watchdog)?;
    let port = start_on_free_port(&mut watchdog, options)?;
    Ok(Started { watchdog, scratch, port, password })
}

/// Writes everything but the data directory, then hands the folder over: afterwards nothing in it is written by root.
fn write_configuration(scratch: &Path, options: &Options, account: &Account) -> Result<(), StartError> {
    let certificates = Certificates::make().map_err(StartError::Certificate)?;
    let files = [
        (CONFIG_FILE, postgresql_conf(scratch, options)?),
        (HBA_FILE, PG_HBA_CONF.to_owned()),
        (CERTIFICATE_FILE, certificates.server),
        (KEY_FILE, certificates.server_key),
        (AUTHORITY_FILE, certificates.authority),
    ];
    for (name, text) in files {
        write_for(account, &scratch.join(name), &text).map_err(StartError::Scratch)?;
    }
    account.give(scratch).map_err(StartError::Scratch)
}

fn write_for(account: &Account, path: &PathBuf, text: &str) -> io::Result<()> {
    fs::write(path, text)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
    account.give(path)
}

/// A port that is free now may be taken a moment later; then another one is tried.
fn start_on_free_port(watchdog: &mut Watchdog, options: &Options) -> Result<u16, StartError> {
    let mut attempt = 1;
    loop {
        let port = free_port().map_err(StartError::Port)?;
        match watchdog.start_server(port, options.start_timeout) {
            Ok(()) => return Ok(port),
            Err(ServerError::Ended { log }) if was_taken(&log) && attempt < ATTEMPTS => attempt += 1,
            Err(trouble) => return Err(StartError::Server(trouble)),
        }
    }
}

fn free_port() -> io::Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(listener.local_addr()?.port())
}

/// The server's messages are in English: its locale is C.
fn was_taken(log: &str) -> bool {
    log.contains("could not create any TCP/IP sockets")
}

/// Why there is no server.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// We are root, and there is nobody to run a server as.
    #[error(transparent)]
    Account(#[from] NoAccount),
    /// What is kept between runs cannot be used.
    #[error("could not prepare the folder for PostgreSQL's templates")]
    Cache(#[from] CacheError),
    /// The scratch folder could not be made or filled.
    #[error("could not make a scratch folder")]
    Scratch(#[source] io::Error),
    /// The TLS certificates could not be made.
    #[error("could not make a TLS certificate")]
    Certificate(#[source] rcgen::Error),
    /// A setting cannot be written into a configuration file.
    #[error(transparent)]
    Setting(#[from] BadSetting),
    /// The data directory could not be initialized or copied.
    #[error("could not initialize a data directory")]
    Template(#[from] TemplateError),
    /// The process that is to own the server could not be started.
    #[error("could not start the process that watches over the server")]
    Watchdog(#[source] io::Error),
    /// There is no free port on the loopback interface.
    #[error("no free port on 127.0.0.1")]
    Port(#[source] io::Error),
    /// The server did not start.
    #[error("could not start the server")]
    Server(#[source] ServerError),
}

const ATTEMPTS: u32 = 10;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn a_port_that_was_given_is_free() {
        let port = free_port().unwrap();
        assert!(TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok());
    }
}
