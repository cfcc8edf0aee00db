//! The servers to try: `host`, `hostaddr` and `port`, which are lists.

use crate::conninfo::parameters::{Given, Parameters};
use crate::conninfo::refusal::SettingsError;
use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

/// One server to try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    /// Where it is.
    pub place: Place,
    /// Its port, which also names its socket.
    pub port: u16,
}

/// How a server is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// By the socket in this folder.
    Socket(PathBuf),
    /// By the socket in the folder servers usually use, [`default_folder`].
    DefaultSocket,
    /// By a name that is looked up, or an address.
    Name(String),
    /// By an address; the name, where there is one, is what its certificate must be for.
    Address {
        /// Where to connect to.
        address: IpAddr,
        /// Who should be there.
        name: Option<String>,
    },
}

/// The port servers listen on unless told otherwise.
pub const DEFAULT_PORT: u16 = 5432;

impl Place {
    /// The host as `.pgpass` names it.
    pub(crate) fn in_passfile(&self) -> String {
        match self {
            Place::DefaultSocket => "localhost".to_owned(),
            Place::Socket(folder) if folder == default_folder() => "localhost".to_owned(),
            Place::Socket(folder) => folder.display().to_string(),
            Place::Name(name) | Place::Address { name: Some(name), .. } => name.clone(),
            Place::Address { address, name: None } => address.to_string(),
        }
    }
}

/// Where a server's socket is when nobody says: the distributions' folder where there is one, else PostgreSQL's own.
///
/// Never one after the other: anybody can put a socket into `/tmp` and wait for passwords.
#[must_use]
pub fn default_folder() -> &'static Path {
    let distributions = Path::new("/var/run/postgresql");
    if distributions.is_dir() { distributions } else { Path::new("/tmp") }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let port = self.port;
        match &self.place {
            Place::Socket(folder) => write!(f, "{}/.s.PGSQL.{port}", folder.display()),
            Place::DefaultSocket => write!(f, "local socket .s.PGSQL.{port}"),
            Place::Name(name) | Place::Address { name: Some(name), .. } if name.contains(':') => {
                write!(f, "[{name}]:{port}")
            }
            Place::Name(name) | Place::Address { name: Some(name), .. } => write!(f, "{name}:{port}"),
            Place::Address { address: IpAddr::V6(address), .. } => write!(f, "[{address}]:{port}"),
            Place::Address { address, .. } => write!(f, "{address}:{port}"),
        }
    }
}

/// The servers in the order they were given. There is always one.
pub(crate) fn hosts(parameters: &Parameters) -> Result<Vec<Host>, SettingsError> {
    let (names, addresses) = (parameters.get("host"), parameters.get("hostaddr"));
    let count = match (&names, &addresses) {
        (Some(names), Some(addresses)) if elements(names).count() != elements(addresses).count() => {
            return Err(SettingsError::Conflict(format!(
                "could not match {} host names to {} hostaddr values",
                elements(names).count(),
                elements(addresses).count()
            )));
        }
        (Some(list), _) | (None, Some(list)) => elements(list).count(),
        (None, None) => 1,
    };
    let ports = ports(parameters, count)?;
    let nth = |list: &Option<Given<'_>>, index| {
        list.and_then(|list| list.text.split(',').nth(index)).unwrap_or("").to_owned()
    };
    let host = |(index, port)| {
        let (name, address) = (nth(&names, index), nth(&addresses, index));
        Ok(Host { place: place(name, &address, addresses.as_ref())?, port })
    };
    ports.into_iter().enumerate().map(host).collect()
}

fn place(name: String, address: &str, addresses: Option<&Given<'_>>) -> Result<Place, SettingsError> {
    if let Some(given) = addresses.filter(|_| !address.is_empty()) {
        let address = address.parse().map_err(|_| given.invalid("an IP address is expected"))?;
        return Ok(Place::Address { address, name: Some(name).filter(|name| !name.is_empty()) });
    }
    Ok(match name.as_bytes().first() {
        None => Place::DefaultSocket,
        Some(b'/') => Place::Socket(PathBuf::from(name)),
        Some(b'@') => {
            return Err(SettingsError::Conflict(format!(
                "host {name:?}: abstract sockets are not supported"
            )));
        }
        Some(_) => Place::Name(name),
    })
}

/// One port for all, or one each.
fn ports(parameters: &Parameters, count: usize) -> Result<Vec<u16>, SettingsError> {
    let Some(given) = parameters.get("port") else { return Ok(vec![DEFAULT_PORT; count]) };
    let parse = |text: &str| match text.trim() {
        "" => Ok(DEFAULT_PORT),
        text => text
            .parse::<u16>()
            .ok()
            .filter(|port| *port != 0)
            .ok_or_else(|| given.invalid("a port is a number from 1 to 65535")),
    };
    let ports = elements(&given).map(parse).collect::<Result<Vec<_>, _>>()?;
    match ports.as_slice() {
        [one] => Ok(vec![*one; count]),
        each if each.len() == count => Ok(ports),
        _ => Err(SettingsError::Conflict(format!(
            "could not match {} port numbers to {count} hosts",
            ports.len()
        ))),
    }
}

fn elements<'a>(list: &Given<'a>) -> std::str::Split<'a, char> {
    list.text.split(',')
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::hosts;
    use crate::conninfo::key_value;

    fn read(conninfo: &str) -> String {
        let parameters = key_value::parse(conninfo).map_err(|error| error.to_string()).unwrap();
        match hosts(&parameters) {
            Ok(hosts) => hosts.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
            Err(error) => format!("error: {error}"),
        }
    }

    #[test]
    fn lists_are_matched_one_to_one() {
        assert_eq!(read(""), "local socket .s.PGSQL.5432");
        assert_eq!(read("port=1"), "local socket .s.PGSQL.1");
        assert_eq!(read("host=a,/run,"), "a:5432 /run/.s.PGSQL.5432 local socket .s.PGSQL.5432");
        assert_eq!(read("host=a,b port=1"), "a:1 b:1");
        assert_eq!(read("host=a,b port=1,"), "a:1 b:5432");
        assert_eq!(read("hostaddr=127.0.0.1,::1 port=2"), "127.0.0.1:2 [::1]:2");
        assert_eq!(read("host=a,b hostaddr=127.0.0.1,"), "a:5432 b:5432");
        assert_eq!(read("host=::1"), "[::1]:5432");
    }

    #[test]
    fn lists_that_do_not_match_are_refused() {
        assert_eq!(read("host=a,b port=1,2,3"), "error: could not match 3 port numbers to 2 hosts");
        assert_eq!(read("host=a,b hostaddr=::1"), "error: could not match 2 host names to 1 hostaddr values");
        assert_eq!(
            read("port=0"),
            "error: invalid port value \"0\" from the connection string: a port is a number from 1 to 65535"
        );
        assert!(read("port=65536").contains("invalid port") && read("port=5432x").contains("invalid port"));
        assert!(read("hostaddr=localhost").contains("an IP address is expected"));
        assert!(read("host=@x").contains("abstract sockets are not supported"));
    }
}
