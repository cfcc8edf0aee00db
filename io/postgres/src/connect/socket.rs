//! Sockets: where they lead, and how they are made.

use crate::conninfo::choice::HostOrder;
use crate::conninfo::host::{self, Host, Place};
use crate::conninfo::settings::{Keepalives, TcpSettings};
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use tokio::net::{TcpStream, UnixStream};

/// Where a socket leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// To an address and a port.
    Tcp(SocketAddr),
    /// To this file, on this machine.
    Unix(PathBuf),
}

impl From<SocketAddr> for Address {
    fn from(address: SocketAddr) -> Address {
        Address::Tcp(address)
    }
}

/// An open socket.
pub(crate) enum Socket {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Address {
    /// Every address a host has, in the order to try them.
    pub(crate) async fn all_of(host: &Host, order: HostOrder) -> io::Result<Vec<Address>> {
        let socket = |folder: &Path| Address::Unix(folder.join(format!(".s.PGSQL.{}", host.port)));
        Ok(match &host.place {
            Place::Socket(folder) => vec![socket(folder)],
            Place::DefaultSocket => vec![socket(host::default_folder())],
            Place::Address { address, .. } => vec![Address::Tcp(SocketAddr::new(*address, host.port))],
            Place::Name(name) => {
                let found = tokio::net::lookup_host((name.as_str(), host.port)).await?;
                order.arrange(found.map(Address::Tcp).collect())
            }
        })
    }

    pub(crate) async fn open(&self, settings: &TcpSettings) -> io::Result<Socket> {
        match self {
            Address::Unix(path) => Ok(Socket::Unix(UnixStream::connect(path).await?)),
            Address::Tcp(address) => {
                let stream = TcpStream::connect(address).await?;
                stream.set_nodelay(true)?;
                probe_when_idle(&stream, settings)?;
                Ok(Socket::Tcp(stream))
            }
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::Tcp(address) => write!(f, "{address}"),
            Address::Unix(path) => write!(f, "socket {}", path.display()),
        }
    }
}

impl HostOrder {
    /// The same things, as they were given or by chance.
    pub(crate) fn arrange<T>(self, mut things: Vec<T>) -> Vec<T> {
        if self == HostOrder::Random {
            for last in (1..things.len()).rev() {
                // Without randomness the given order serves as well: this balances load, it guards nothing.
                let chance = getrandom::u64().unwrap_or(last as u64);
                let other = usize::try_from(chance % (last as u64 + 1)).unwrap_or(last);
                things.swap(last, other);
            }
        }
        things
    }
}

fn probe_when_idle(stream: &TcpStream, settings: &TcpSettings) -> io::Result<()> {
    use rustix::net::sockopt;
    if settings.keepalives == Keepalives::On {
        sockopt::set_socket_keepalive(stream, true)?;
        if let Some(idle) = settings.idle {
            sockopt::set_tcp_keepidle(stream, idle)?;
        }
        if let Some(interval) = settings.interval {
            sockopt::set_tcp_keepintvl(stream, interval)?;
        }
        if let Some(count) = settings.count {
            sockopt::set_tcp_keepcnt(stream, count)?;
        }
    }
    #[cfg(target_os = "linux")]
    if let Some(milliseconds) = settings.user_timeout_ms {
        sockopt::set_tcp_user_timeout(stream, milliseconds)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::conninfo::choice::HostOrder;
    use std::collections::HashSet;

    #[test]
    fn chance_brings_every_host_to_the_front_and_loses_none() {
        let mut first = HashSet::new();
        for _ in 0..300 {
            let arranged = HostOrder::Random.arrange(vec!['a', 'b', 'c']);
            assert_eq!(arranged.iter().collect::<HashSet<_>>().len(), 3);
            first.extend(arranged.first().copied());
        }
        assert_eq!(first, HashSet::from(['a', 'b', 'c']));
        assert_eq!(HostOrder::AsGiven.arrange(vec!['a', 'b', 'c']), ['a', 'b', 'c']);
    }
}
