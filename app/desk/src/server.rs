//! Where a server is, and how it is reached.

use pgward_postgres::connect::socket::Address;
use std::sync::Arc;

/// Where a server is, and how it is reached.
#[derive(Clone)]
pub struct Server {
    /// Its address.
    pub address: Address,
    /// Its name and what its certificate is checked with; none only on this machine.
    pub tls: Option<ServerTls>,
}

/// How a server proves that it is the one.
#[derive(Clone)]
pub struct ServerTls {
    /// The name in its certificate.
    pub name: rustls_pki_types::ServerName<'static>,
    /// Which authorities are trusted.
    pub config: Arc<rustls::ClientConfig>,
}
