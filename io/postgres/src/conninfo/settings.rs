//! Where to connect to, as whom, and how much to trust on the way.

use crate::conninfo::auth_methods::AuthMethods;
use crate::conninfo::choice::{
    ChannelBinding, Choice as _, GssEncryption, HostOrder, ServerName, SslCertMode, SslMode, SslNegotiation,
    TargetSession, TlsMax, TlsMin,
};
use crate::conninfo::environment::Environment;
use crate::conninfo::host::{self, Host};
use crate::conninfo::parameters::{Given, Parameters};
use crate::conninfo::passfile::{Passfile, Wanted};
use crate::conninfo::refusal::{Origin, SettingsError};
use crate::conninfo::{key_value, service_file, uri};
use pgward_catalog::name::{DatabaseName, RoleName};
use pgward_credential::Secret;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Everything needed to connect. Shows itself without the password.
#[derive(Clone)]
pub struct ConnectionSettings {
    pub(crate) hosts: Vec<Host>,
    pub(crate) order: HostOrder,
    pub(crate) target: TargetSession,
    pub(crate) user: RoleName,
    pub(crate) dbname: DatabaseName,
    pub(crate) password: Option<Arc<Secret>>,
    pub(crate) passfile: Arc<Passfile>,
    pub(crate) auth_methods: AuthMethods,
    pub(crate) channel_binding: ChannelBinding,
    pub(crate) tls: TlsSettings,
    pub(crate) tcp: TcpSettings,
    pub(crate) connect_timeout: Option<Duration>,
    pub(crate) application_name: String,
    pub(crate) options: Option<String>,
    pub(crate) lock_timeout: Duration,
    pub(crate) acting_as: Option<RoleName>,
    warnings: Vec<String>,
}

/// How the connection is encrypted and the server known.
#[derive(Debug, Clone)]
pub struct TlsSettings {
    pub(crate) mode: SslMode,
    pub(crate) negotiation: SslNegotiation,
    pub(crate) roots: Roots,
    pub(crate) identity: Option<ClientFiles>,
    pub(crate) server_name: ServerName,
    pub(crate) min: TlsMin,
    pub(crate) max: TlsMax,
}

/// Whose word for a server's certificate is taken.
#[derive(Debug, Clone)]
pub enum Roots {
    /// Nobody's, unless the certificate has to be verified: then there is none to do it.
    None {
        /// Where the authorities' certificates were looked for.
        looked_for: Option<PathBuf>,
    },
    /// The authorities in this file, which was asked for or is in its usual place.
    File(PathBuf),
    /// The operating system's authorities.
    System,
}

/// The client's certificate and its key.
#[derive(Debug, Clone)]
pub struct ClientFiles {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

/// What the socket is told.
#[derive(Debug, Clone, Default)]
pub struct TcpSettings {
    pub(crate) keepalives: Keepalives,
    pub(crate) idle: Option<Duration>,
    pub(crate) interval: Option<Duration>,
    pub(crate) count: Option<u32>,
    pub(crate) user_timeout_ms: Option<u32>,
}

/// Whether idle connections are probed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Keepalives {
    /// They are.
    #[default]
    On,
    /// They are not.
    Off,
}

impl ConnectionSettings {
    /// Puts the settings together as libpq does: the connection string, then the service it or `PGSERVICE` names, then
    /// the environment variables, then what is usual. A string that is neither a URI nor holds a `=` is a database's name.
    ///
    /// # Errors
    /// See [`SettingsError`]. What cannot be honoured is refused, never ignored.
    pub fn resolve(
        conninfo: Option<&str>,
        environment: &Environment,
    ) -> Result<ConnectionSettings, SettingsError> {
        let mut parameters = match conninfo {
            None | Some("") => Parameters::default(),
            Some(text) if uri::is_uri(text) => uri::parse(text)?,
            Some(text) if text.contains('=') => key_value::parse(text)?,
            Some(name) => named_database(name)?,
        };
        service_file::complete(&mut parameters, environment)?;
        environment.complete(&mut parameters)?;
        settle(parameters, environment)
    }

    /// The same server, another database.
    #[must_use]
    pub fn with_database(&self, dbname: &DatabaseName) -> ConnectionSettings {
        ConnectionSettings { dbname: dbname.clone(), ..self.clone() }
    }

    /// The same server and database, another role, known by its password. The `options` of the first role are left
    /// behind: they could make the second one somebody else.
    #[must_use]
    pub fn with_login(&self, user: &RoleName, password: Secret) -> ConnectionSettings {
        let password = Some(Arc::new(password));
        ConnectionSettings { user: user.clone(), password, options: None, acting_as: None, ..self.clone() }
    }

    /// The same server and database, another role, known by the password file, a certificate or nothing.
    #[must_use]
    pub fn with_user(&self, user: &RoleName) -> ConnectionSettings {
        ConnectionSettings {
            user: user.clone(),
            password: None,
            options: None,
            acting_as: None,
            ..self.clone()
        }
    }

    /// The same in everything, by the login that these settings are meant for, whose name and password come from elsewhere.
    #[must_use]
    pub fn with_credentials(&self, user: &RoleName, password: Secret) -> ConnectionSettings {
        ConnectionSettings { user: user.clone(), password: Some(Arc::new(password)), ..self.clone() }
    }

    /// Whether this is the password that is given here, whatever a password file says.
    #[must_use]
    pub fn has_password(&self, password: &Secret) -> bool {
        self.password.as_ref().is_some_and(|known| known.expose() == password.expose())
    }

    /// The same, and every session acts as this role, which whoever logs in is a member of.
    #[must_use]
    pub fn acting_as(&self, role: &RoleName) -> ConnectionSettings {
        ConnectionSettings { acting_as: Some(role.clone()), ..self.clone() }
    }

    /// The same with this limit for every attempt to connect.
    #[must_use]
    pub fn with_connect_timeout(&self, limit: Duration) -> ConnectionSettings {
        ConnectionSettings { connect_timeout: Some(limit), ..self.clone() }
    }

    /// The same, with this limit for waiting for a lock: whoever holds one makes readers of the catalogs wait, too.
    /// Zero is no limit.
    #[must_use]
    pub fn with_lock_timeout(&self, limit: Duration) -> ConnectionSettings {
        ConnectionSettings { lock_timeout: limit, ..self.clone() }
    }

    /// How long a statement waits for a lock.
    #[must_use]
    pub fn lock_timeout(&self) -> Duration {
        self.lock_timeout
    }

    /// The role that logs in.
    #[must_use]
    pub fn user(&self) -> &RoleName {
        &self.user
    }

    /// The role that does what is done: the one that logs in, unless sessions act as another.
    #[must_use]
    pub fn acts_as(&self) -> &RoleName {
        self.acting_as.as_ref().unwrap_or(&self.user)
    }

    /// The database.
    #[must_use]
    pub fn dbname(&self) -> &DatabaseName {
        &self.dbname
    }

    /// The servers, in the order they were given.
    #[must_use]
    pub fn hosts(&self) -> &[Host] {
        &self.hosts
    }

    /// What people should know though it stops nothing: a password file that others may read, for one.
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// The password for one of the servers: the one given, or else the password file's.
    pub(crate) fn password_for(&self, host: &Host) -> Option<&Secret> {
        let (dbname, user) = (self.dbname.as_str(), self.user.as_str());
        let name = host.place.in_passfile();
        self.password
            .as_deref()
            .or_else(|| self.passfile.find(Wanted { host: &name, port: host.port, dbname, user }))
    }
}

/// As a person would say it; never the password.
impl fmt::Display for ConnectionSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hosts: Vec<_> = self.hosts.iter().map(ToString::to_string).collect();
        let (dbname, mode) = (self.dbname.as_str(), self.tls.mode.word());
        write!(
            f,
            "database {dbname:?} on {} as role {:?}, sslmode {mode}",
            hosts.join(", "),
            self.user.as_str()
        )
    }
}

impl fmt::Debug for ConnectionSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ConnectionSettings({self})")
    }
}

fn named_database(name: &str) -> Result<Parameters, SettingsError> {
    let mut parameters = Parameters::default();
    parameters.set("dbname", Secret::new(name.to_owned()), Origin::ConnectionString)?;
    Ok(parameters)
}

/// From texts to meanings, with what is usual where nothing was given.
fn settle(
    mut parameters: Parameters,
    environment: &Environment,
) -> Result<ConnectionSettings, SettingsError> {
    GssEncryption::read(&parameters)?;
    check_encoding(&parameters)?;
    check_compression(&parameters)?;
    let text = |name| parameters.get(name).map(|given| given.text.to_owned());
    let user =
        text("user").or_else(|| environment.os_user().map(str::to_owned)).ok_or(SettingsError::NoUser)?;
    let passfile = text("passfile").map(PathBuf::from).or_else(|| environment.at_home(".pgpass"));
    let (passfile, warning) = passfile.as_deref().map(Passfile::read).unwrap_or_default();
    let application = text("application_name").or_else(|| text("fallback_application_name"));
    Ok(ConnectionSettings {
        hosts: host::hosts(&parameters)?,
        order: HostOrder::read(&parameters)?.unwrap_or(HostOrder::AsGiven),
        target: TargetSession::read(&parameters)?.unwrap_or(TargetSession::Any),
        dbname: DatabaseName::new(text("dbname").unwrap_or_else(|| user.clone())),
        user: RoleName::new(user),
        auth_methods: AuthMethods::read(&parameters)?,
        channel_binding: ChannelBinding::read(&parameters)?.unwrap_or(ChannelBinding::Prefer),
        tls: settle_tls(&parameters, environment)?,
        tcp: settle_tcp(&parameters)?,
        connect_timeout: seconds(parameters.get("connect_timeout"))?,
        application_name: application.unwrap_or_else(|| "pgward".to_owned()),
        options: text("options").map(own_role).transpose()?,
        lock_timeout: LOCK_TIMEOUT,
        acting_as: None,
        passfile: Arc::new(passfile),
        warnings: warning.into_iter().collect(),
        password: parameters.take_password().map(Arc::new),
    })
}

fn settle_tls(parameters: &Parameters, environment: &Environment) -> Result<TlsSettings, SettingsError> {
    let root = parameters.get("sslrootcert");
    let system = root.is_some_and(|given| given.text == "system");
    let usual = if system { SslMode::VerifyFull } else { SslMode::Prefer };
    let mode = SslMode::read(parameters)?.unwrap_or(usual);
    let negotiation = SslNegotiation::read(parameters)?.unwrap_or(SslNegotiation::Postgres);
    let weak = |with: &str, stronger: &str| {
        let mode = mode.word();
        SettingsError::Conflict(format!("weak sslmode {mode:?} may not be used with {with} (use {stronger})"))
    };
    if system && mode != SslMode::VerifyFull {
        return Err(weak("sslrootcert=system", "\"verify-full\""));
    }
    if negotiation == SslNegotiation::Direct && mode < SslMode::Require {
        return Err(weak("sslnegotiation=direct", "\"require\", \"verify-ca\" or \"verify-full\""));
    }
    let (min, max) = (TlsMin::read(parameters)?, TlsMax::read(parameters)?);
    let (min, max) = (min.unwrap_or(TlsMin::Tls12), max.unwrap_or(TlsMax::Tls13));
    if min == TlsMin::Tls13 && max == TlsMax::Tls12 {
        let what = "ssl_min_protocol_version is newer than ssl_max_protocol_version".to_owned();
        return Err(SettingsError::Conflict(what));
    }
    let roots = match root {
        _ if system => Roots::System,
        Some(given) => Roots::File(PathBuf::from(given.text)),
        None => match environment.at_home(".postgresql/root.crt") {
            Some(file) if file.exists() => Roots::File(file),
            looked_for => Roots::None { looked_for },
        },
    };
    refuse_revocation_list(&roots, environment)?;
    let server_name = ServerName::read(parameters)?.unwrap_or(ServerName::Sent);
    let identity = client_files(parameters, environment)?;
    Ok(TlsSettings { mode, negotiation, roots, identity, server_name, min, max })
}

/// libpq would check revocations against this file without being asked; not doing so would be less than was set up.
fn refuse_revocation_list(roots: &Roots, environment: &Environment) -> Result<(), SettingsError> {
    let list = environment.at_home(".postgresql/root.crl").filter(|file| file.exists());
    match (roots, list) {
        (Roots::File(_) | Roots::System, Some(file)) => Err(SettingsError::Conflict(format!(
            "{} exists, but certificate revocation lists are not checked: move it away to connect without",
            file.display()
        ))),
        _ => Ok(()),
    }
}

/// A certificate that was asked for must be there; one in its usual place may be.
fn client_files(
    parameters: &Parameters,
    environment: &Environment,
) -> Result<Option<ClientFiles>, SettingsError> {
    let asked = |name| parameters.get(name).map(|given: Given<'_>| PathBuf::from(given.text));
    let usual = |name| environment.at_home(name).filter(|file| file.exists());
    let mode = SslCertMode::read(parameters)?.unwrap_or(SslCertMode::Allow);
    let certificate = asked("sslcert").or_else(|| usual(".postgresql/postgresql.crt"));
    let Some(certificate) = certificate.filter(|_| mode == SslCertMode::Allow) else { return Ok(None) };
    let key = asked("sslkey").or_else(|| environment.at_home(".postgresql/postgresql.key"));
    let key = key.ok_or_else(|| {
        SettingsError::Conflict(format!("there is no sslkey for certificate {}", certificate.display()))
    })?;
    Ok(Some(ClientFiles { certificate, key }))
}

fn settle_tcp(parameters: &Parameters) -> Result<TcpSettings, SettingsError> {
    let number = |name| parameters.get(name).map(|given| given.number()).transpose();
    let positive =
        |name| Ok(number(name)?.and_then(|number| u32::try_from(number).ok()).filter(|number| *number > 0));
    let keepalives = if number("keepalives")? == Some(0) { Keepalives::Off } else { Keepalives::On };
    Ok(TcpSettings {
        keepalives,
        idle: seconds(parameters.get("keepalives_idle"))?,
        interval: seconds(parameters.get("keepalives_interval"))?,
        count: positive("keepalives_count")?,
        user_timeout_ms: positive("tcp_user_timeout")?,
    })
}

/// Zero and less mean no limit, or the operating system's choice.
fn seconds(given: Option<Given<'_>>) -> Result<Option<Duration>, SettingsError> {
    let number = given.map(|given| given.number()).transpose()?;
    Ok(number
        .and_then(|number| u64::try_from(number).ok())
        .filter(|number| *number > 0)
        .map(Duration::from_secs))
}

/// Texts travel as UTF-8, whatever the database keeps them in.
fn check_encoding(parameters: &Parameters) -> Result<(), SettingsError> {
    match parameters.get("client_encoding") {
        Some(given)
            if !["auto", "utf8", "utf-8", "unicode"].contains(&given.text.to_lowercase().as_str()) =>
        {
            Err(given.invalid("only UTF8 and auto are supported"))
        }
        _ => Ok(()),
    }
}

/// Options for the server, none of which makes the session somebody else: sessions act as the role that logs in.
fn own_role(options: String) -> Result<String, SettingsError> {
    let sets_role = options.split_whitespace().any(|word| {
        let word = word.trim_start_matches("-c").trim_start_matches("--");
        word.split_once('=').is_some_and(|(name, _)| name.eq_ignore_ascii_case("role"))
    });
    if sets_role {
        let what = "options sets role, and pgward acts as the role that logs in: connect as that role";
        return Err(SettingsError::Conflict(what.to_owned()));
    }
    Ok(options)
}

/// How long a statement waits for a lock where nothing else is said.
pub const LOCK_TIMEOUT: Duration = Duration::from_secs(10);

fn check_compression(parameters: &Parameters) -> Result<(), SettingsError> {
    match parameters.get("sslcompression") {
        Some(given) if given.text != "0" => {
            Err(given.invalid("TLS compression is unsafe and not supported: only 0 is"))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
