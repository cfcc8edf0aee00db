//! An address on the web that may be asked: over TLS, or on this machine.

use std::fmt;
use std::net::IpAddr;

use ureq::http::Uri;

/// An address that secrets may be sent to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address(String);

/// Why an address is not asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressFlaw {
    /// It is none.
    #[error("`{}` is no address on the web", text.escape_debug())]
    None {
        /// What was written.
        text: String,
    },
    /// Everybody on the way could read what is sent.
    #[error("`{}` is not encrypted: only https will do, except on a loopback address", text.escape_debug())]
    InTheClear {
        /// What was written.
        text: String,
    },
}

impl Address {
    /// Reads an address.
    ///
    /// # Errors
    /// It is none, or would be asked in the clear.
    pub fn parse(text: &str) -> Result<Address, AddressFlaw> {
        let none = || AddressFlaw::None { text: text.chars().take(SHOWN).collect() };
        let uri: Uri = text.parse().map_err(|_| none())?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else { return Err(none()) };
        // A name and a password in front of the host would be shown wherever the address is.
        if authority.as_str().contains('@') {
            return Err(none());
        }
        let host = authority.host().trim_matches(['[', ']']);
        let is_here = host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback());
        match scheme {
            "https" => Ok(Address(text.to_owned())),
            "http" if is_here => Ok(Address(text.to_owned())),
            "http" => Err(AddressFlaw::InTheClear { text: text.chars().take(SHOWN).collect() }),
            _ => Err(none()),
        }
    }

    /// The address with a path behind it.
    #[must_use]
    pub fn below(&self, path: &str) -> Address {
        Address(format!("{}/{}", self.0.trim_end_matches('/'), path.trim_start_matches('/')))
    }

    /// The address itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How much of what was written is repeated.
const SHOWN: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_sent_in_the_clear() {
        for fine in [
            "https://id.example.com",
            "https://id.example.com:8443/realms/a",
            "http://127.0.0.1:80",
            "http://[::1]:1/x",
        ] {
            assert_eq!(Address::parse(fine).map(|address| address.to_string()), Ok(fine.to_owned()));
        }
        for clear in ["http://id.example.com", "http://10.0.0.1:8200", "http://localhost.example.com"] {
            assert_eq!(Address::parse(clear), Err(AddressFlaw::InTheClear { text: clear.to_owned() }));
        }
        for none in [
            "",
            "/x",
            "id.example.com",
            "ftp://id.example.com",
            "https://ada:secret@id.example.com",
            "https://a b",
        ] {
            assert_eq!(Address::parse(none), Err(AddressFlaw::None { text: none.to_owned() }));
        }
    }

    #[test]
    fn paths_go_behind() {
        let below = |text: &str| Address::parse(text).map(|address| address.below("/a/b").to_string());
        assert_eq!(below("https://x.org/"), Ok("https://x.org/a/b".to_owned()));
        assert_eq!(below("https://x.org/realm"), Ok("https://x.org/realm/a/b".to_owned()));
    }
}
