//! Connecting as libpq would: hosts in turn, addresses in turn, encrypted as `sslmode` says.
//!
//! - [`failure`]: why there is no connection, in words
//! - [`onward`]: the way for somebody who speaks the protocol themselves
//! - [`reading`]: connecting without login event triggers
//! - [`socket`]: where a socket leads
//! - [`tls`]: what can be wrong with certificates and keys

mod auth_watch;
mod certificate;
pub mod failure;
mod handshake_words;
pub mod onward;
pub mod reading;
pub mod socket;
pub mod tls;
pub(crate) mod transport;

use crate::connect::auth_watch::{Report, Seen, Watched};
use crate::connect::failure::ConnectError;
use crate::connect::socket::Address;
use crate::connect::tls::TlsContext;
use crate::connect::transport::{Encryption, Route, RouteError, Settled, Tls};
use crate::conninfo::choice::{self, SslMode, TargetSession};
use crate::conninfo::host::{Host, Place};
use crate::conninfo::settings::ConnectionSettings;
use crate::server_message::ServerMessage;
use crate::session::{BeginError, Encrypted, Greeting, Recovery, Session, Writes};
use std::error::Error as _;
use std::io;
use tokio_postgres::Config;
use tokio_postgres::config::{ChannelBinding, SslNegotiation};

/// Connects to the first server that will do. The connection is driven on the current runtime.
///
/// # Errors
/// See [`ConnectError`]. A server that answers and refuses ends the search, one that is away does not.
pub async fn connect(settings: &ConnectionSettings) -> Result<Session, ConnectError> {
    let encrypted = settings.tls.mode != SslMode::Disable && settings.hosts.iter().any(speaks_tcp);
    let context = encrypted.then(|| TlsContext::load(&settings.tls)).transpose()?;
    let passes = match settings.target {
        TargetSession::PreferStandby => vec![TargetSession::Standby, TargetSession::Any],
        other => vec![other],
    };
    let hosts = settings.order.arrange(settings.hosts.iter().collect());
    let mut failures = Vec::new();
    for target in passes {
        failures.clear();
        for host in &hosts {
            let attempt = Attempt { settings, host, context: context.as_ref(), target };
            match attempt.host().await {
                Ok(session) => return Ok(session),
                Err(failure) => {
                    let final_word = !lets_others_try(&failure);
                    failures.push(failure);
                    if final_word {
                        return Err(ConnectError::of(failures));
                    }
                }
            }
        }
    }
    Err(ConnectError::of(failures))
}

/// libpq's rule: the next server is tried when this one is away, not ready or of the wrong kind, not when it refuses us.
fn lets_others_try(failure: &ConnectError) -> bool {
    match failure {
        ConnectError::NotFound { .. }
        | ConnectError::Unreachable { .. }
        | ConnectError::TimedOut { .. }
        | ConnectError::NotReady { .. }
        | ConnectError::WrongKind { .. } => true,
        ConnectError::Several(failures) => failures.iter().all(lets_others_try),
        _ => false,
    }
}

fn speaks_tcp(host: &Host) -> bool {
    !matches!(host.place, Place::Socket(_) | Place::DefaultSocket)
}

/// One host tried.
struct Attempt<'a> {
    settings: &'a ConnectionSettings,
    host: &'a Host,
    context: Option<&'a TlsContext>,
    target: TargetSession,
}

impl Attempt<'_> {
    async fn host(&self) -> Result<Session, ConnectError> {
        let server = self.host.to_string();
        let found = Address::all_of(self.host, self.settings.order).await;
        let addresses = found.map_err(|source| ConnectError::NotFound { server, source })?;
        let mut failures = Vec::new();
        for address in addresses {
            match self.address(&address).await {
                Ok(session) => return Ok(session),
                Err(failure) => {
                    let final_word = !lets_others_try(&failure);
                    failures.push(failure);
                    if final_word {
                        break;
                    }
                }
            }
        }
        Err(ConnectError::of(failures))
    }

    async fn address(&self, address: &Address) -> Result<Session, ConnectError> {
        let Some(limit) = self.settings.connect_timeout else { return self.ways(address).await };
        tokio::time::timeout(limit, self.ways(address)).await.unwrap_or_else(|_| {
            let (server, address) = (self.host.to_string(), address.to_string());
            Err(ConnectError::TimedOut { server, address, limit })
        })
    }

    /// With `allow` and `prefer` there are two ways, one encrypted and one not.
    async fn ways(&self, address: &Address) -> Result<Session, ConnectError> {
        let mut failures = Vec::new();
        for encryption in self.encryptions(address)? {
            match self.way(address, encryption).await {
                Ok(session) => return self.of_the_kind_asked_for(session),
                Err(Refusal { error, other_way }) => {
                    failures.push(error);
                    if other_way == OtherWay::Hopeless {
                        break;
                    }
                }
            }
        }
        Err(ConnectError::of(failures))
    }

    fn encryptions(&self, address: &Address) -> Result<Vec<Encryption>, ConnectError> {
        let (Address::Tcp(ip), Some(context)) = (address, self.context) else {
            return Ok(vec![Encryption::Never]);
        };
        let tls = Tls {
            context: context.clone(),
            server: self.certificate_name(&ip.ip().to_string())?,
            negotiation: self.settings.tls.negotiation,
        };
        Ok(match self.settings.tls.mode {
            SslMode::Disable => vec![Encryption::Never],
            SslMode::Allow => vec![Encryption::Never, Encryption::Demanded(tls)],
            SslMode::Prefer => vec![Encryption::Offered(tls), Encryption::Never],
            SslMode::Require | SslMode::VerifyCa | SslMode::VerifyFull => vec![Encryption::Demanded(tls)],
        })
    }

    /// Whom the certificate must be for. Where nobody looks, the address does.
    fn certificate_name(&self, address: &str) -> Result<String, ConnectError> {
        let name = match &self.host.place {
            Place::Name(name) | Place::Address { name: Some(name), .. } => name.as_str(),
            _ => "",
        };
        let usable = rustls_pki_types::ServerName::try_from(name).is_ok();
        match self.settings.tls.mode {
            _ if usable => Ok(name.to_owned()),
            SslMode::VerifyFull => Err(ConnectError::Tls {
                server: self.host.to_string(),
                what: "sslmode \"verify-full\" needs a host name that a certificate can be for".to_owned(),
            }),
            _ => Ok(address.to_owned()),
        }
    }

    async fn way(&self, address: &Address, encryption: Encryption) -> Result<Session, Refusal> {
        let route = Route { address: address.clone(), tcp: self.settings.tcp.clone(), encryption };
        let transport = route.open().await.map_err(|error| self.no_way(error, address))?;
        let encryption = if transport.is_encrypted() { Encrypted::Yes } else { Encrypted::No };
        let report = Report::default();
        let watched = Watched::new(transport, self.settings.auth_methods.clone(), report.clone());

        let connected = self.config().connect_raw(watched, Settled).await;
        let (client, connection) =
            connected.map_err(|error| self.refusal(error, report.read(), encryption))?;
        if let Some(error) = connection.parameter("server_version").and_then(unsupported) {
            return Err(Refusal { error, other_way: OtherWay::Hopeless });
        }
        let (server, authenticated_by) = (self.host.to_string(), report.read().asked);
        let acting_as = self.settings.acting_as.clone();
        let greeting = Greeting { server: server.clone(), encryption, authenticated_by, route, acting_as };
        let begun = Session::begin(client, connection, greeting, self.settings.lock_timeout).await;
        begun.map_err(|error| match error {
            BeginError::Statement(error) => self.refusal(error, report.read(), encryption),
            BeginError::Answer => {
                let what = "it does not answer as PostgreSQL does".to_owned();
                let said = Box::new(ServerMessage { message: what, ..ServerMessage::default() });
                let dbname = self.settings.dbname.clone();
                Refusal {
                    error: ConnectError::Refused { server, dbname, said },
                    other_way: OtherWay::Hopeless,
                }
            }
        })
    }

    fn config(&self) -> Config {
        let settings = self.settings;
        let mut config = Config::new();
        config
            .user(settings.user.as_str())
            .dbname(settings.dbname.as_str())
            .application_name(&settings.application_name)
            // Encryption is ours to settle; see `Settled`.
            .ssl_mode(tokio_postgres::config::SslMode::Require)
            .ssl_negotiation(SslNegotiation::Direct)
            .channel_binding(match settings.channel_binding {
                choice::ChannelBinding::Disable => ChannelBinding::Disable,
                choice::ChannelBinding::Prefer => ChannelBinding::Prefer,
                choice::ChannelBinding::Require => ChannelBinding::Require,
            });
        if let Some(options) = &settings.options {
            config.options(options);
        }
        if let Some(password) = settings.password_for(self.host) {
            config.password(password.expose());
        }
        config
    }

    fn of_the_kind_asked_for(&self, session: Session) -> Result<Session, ConnectError> {
        let facts = session.facts();
        let (primary, writes) = (facts.recovery == Recovery::No, facts.writes == Writes::ByDefault);
        let fits = match self.target {
            TargetSession::Any | TargetSession::PreferStandby => true,
            TargetSession::ReadWrite => primary && writes,
            TargetSession::ReadOnly => !(primary && writes),
            TargetSession::Primary => primary,
            TargetSession::Standby => !primary,
        };
        if fits {
            return Ok(session);
        }
        Err(ConnectError::WrongKind { server: self.host.to_string(), wanted: self.target.word() })
    }

    fn no_way(&self, error: RouteError, address: &Address) -> Refusal {
        let server = self.host.to_string();
        match error {
            RouteError::Socket(source) => {
                let error = ConnectError::Unreachable { server, address: address.to_string(), source };
                Refusal { error, other_way: OtherWay::Hopeless }
            }
            RouteError::NotOffered => {
                let error = ConnectError::TlsNotOffered { server, mode: self.settings.tls.mode.word() };
                Refusal { error, other_way: OtherWay::Worthwhile }
            }
            RouteError::Handshake(source) => {
                let error = ConnectError::Tls { server, what: handshake_words::describe(&source) };
                Refusal { error, other_way: OtherWay::Worthwhile }
            }
        }
    }

    fn refusal(&self, error: tokio_postgres::Error, seen: Seen, encryption: Encrypted) -> Refusal {
        let (server, user) = (self.host.to_string(), self.settings.user.clone());
        let dbname = self.settings.dbname.clone();
        if let Some(said) = error.as_db_error().map(|error| Box::new(ServerMessage::from(error))) {
            // libpq tries the other way after a wrong password too. We do not: the other way may be in the clear.
            let other_way = match said.code.as_str() {
                "28000" if !seen.accepted => OtherWay::Worthwhile,
                _ => OtherWay::Hopeless,
            };
            let error = match said.code.as_str() {
                "28P01" => ConnectError::WrongPassword { server, user, said },
                "28000" => ConnectError::Rejected { server, user, said },
                "3D000" => ConnectError::NoDatabase { server, dbname, said },
                "42501" => ConnectError::NoPrivilege { server, user, dbname, said },
                "53300" => ConnectError::TooManyConnections { server, said },
                "57P03" => ConnectError::NotReady { server, said },
                _ => ConnectError::Refused { server, dbname, said },
            };
            return Refusal { error, other_way };
        }
        let tls = error.source().and_then(|source| source.downcast_ref::<io::Error>());
        let tls = tls.filter(|_| encryption == Encrypted::Yes).and_then(handshake_words::describe_alert);
        let no_password = self.settings.password_for(self.host).is_none();
        let other_way = if tls.is_some() { OtherWay::Worthwhile } else { OtherWay::Hopeless };
        let error = match (seen.asked, tls) {
            (Some(asked), _) if seen.refused => ConnectError::AuthMethod { server, asked },
            (_, Some(what)) => ConnectError::Tls { server, what },
            (Some(asked), _) if needs_password(asked) && no_password => {
                ConnectError::NoPassword { server, user }
            }
            (Some(_), _) if !seen.accepted && !error.is_closed() => {
                ConnectError::Authentication { server, user, source: error }
            }
            _ => ConnectError::Broken { server, source: error },
        };
        Refusal { error, other_way }
    }
}

/// Why one way failed, and whether the other one is worth trying.
struct Refusal {
    error: ConnectError,
    other_way: OtherWay,
}

#[derive(PartialEq, Eq)]
enum OtherWay {
    Worthwhile,
    Hopeless,
}

fn needs_password(method: crate::conninfo::auth_methods::AuthMethod) -> bool {
    use crate::conninfo::auth_methods::AuthMethod::{Md5, Password, ScramSha256};
    matches!(method, Md5 | Password | ScramSha256)
}

/// The refusal of a version (`15.20 (Debian 15.20-1)`, `19devel`) that pgward does not know.
fn unsupported(version: &str) -> Option<ConnectError> {
    let digits = version.split(|c: char| !c.is_ascii_digit()).next()?;
    match digits.parse().ok()? {
        major if major < OLDEST_MAJOR => Some(ConnectError::TooOld { major }),
        major if major > NEWEST_MAJOR => Some(ConnectError::TooNew { major }),
        _ => None,
    }
}

/// The oldest major version pgward knows.
pub const OLDEST_MAJOR: u32 = 14;

/// The newest major version pgward knows: in a newer one there may be privileges that nobody would see.
pub const NEWEST_MAJOR: u32 = 18;

#[cfg(test)]
mod tests {
    use super::unsupported;

    #[test]
    fn versions_outside_the_supported_ones_are_refused_in_words() {
        let refusal = |version| unsupported(version).map(|error| error.to_string()).unwrap_or_default();
        assert_eq!(refusal("13.23 (Debian)"), "PostgreSQL 13 is not supported: pgward supports 14 to 18");
        assert_eq!(refusal("9.6.24"), "PostgreSQL 9 is not supported: pgward supports 14 to 18");
        assert_eq!(
            refusal("19devel"),
            "PostgreSQL 19 is not supported by this version of pgward, which supports 14 to 18"
        );
        for version in ["14.0", "15.20 (Debian 15.20-1)", "18beta1", "18.6"] {
            assert_eq!(refusal(version), "");
        }
    }
}
