//! The way to a server for somebody who speaks the protocol themselves: an address, and what its certificate is checked with.

use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use rustls::ClientConfig;
use rustls_pki_types::ServerName;

use crate::connect::socket::Address;
use crate::connect::tls::{TlsContext, TlsSetupError};
use crate::conninfo::choice::SslMode;
use crate::conninfo::host::{self, Place};
use crate::conninfo::settings::ConnectionSettings;

/// A way to a server.
#[derive(Clone)]
pub struct Way {
    /// Its address.
    pub address: Address,
    /// Its name and what its certificate is checked with; none where the settings disable encryption, and on a socket of this machine.
    pub tls: Option<(ServerName<'static>, Arc<ClientConfig>)>,
}

/// Why there is none.
#[derive(Debug, thiserror::Error)]
pub enum NoWay {
    /// There are several servers.
    #[error("a target needs one server")]
    Host,
    /// The name could not be looked up.
    #[error("cannot look up {host}")]
    NotFound {
        /// The name.
        host: String,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// The name can be in no certificate.
    #[error("{0} can be the name of no server")]
    Name(String),
    /// The certificates cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsSetupError),
}

/// The way that these settings mean.
///
/// # Errors
/// Everything in [`NoWay`].
pub async fn way(settings: &ConnectionSettings) -> Result<Way, NoWay> {
    let [host] = settings.hosts() else { return Err(NoWay::Host) };
    let (name, ip): (String, Option<IpAddr>) = match &host.place {
        Place::Socket(folder) => return Ok(by_socket(folder, host.port)),
        Place::DefaultSocket => return Ok(by_socket(host::default_folder(), host.port)),
        Place::Name(name) => (name.clone(), None),
        Place::Address { address, name } => {
            (name.clone().unwrap_or_else(|| address.to_string()), Some(*address))
        }
    };
    let address = match ip {
        Some(ip) => SocketAddr::new(ip, host.port),
        None => look_up(&name, host.port).await?,
    };
    if settings.tls.mode == SslMode::Disable {
        return Ok(Way { address: address.into(), tls: None });
    }
    let config = TlsContext::load(&settings.tls)?.config();
    let name = ServerName::try_from(name.clone()).map_err(|_| NoWay::Name(name))?;
    Ok(Way { address: address.into(), tls: Some((name, config)) })
}

fn by_socket(folder: &Path, port: u16) -> Way {
    Way { address: Address::Unix(folder.join(format!(".s.PGSQL.{port}"))), tls: None }
}

async fn look_up(name: &str, port: u16) -> Result<SocketAddr, NoWay> {
    let failed = |source| NoWay::NotFound { host: name.to_owned(), source };
    let mut found = tokio::net::lookup_host((name, port)).await.map_err(failed)?;
    found.next().ok_or_else(|| failed(std::io::Error::from(std::io::ErrorKind::NotFound)))
}
