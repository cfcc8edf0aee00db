//! Which ways to authenticate will do: `require_auth`.

use crate::conninfo::parameters::{Given, Parameters};
use crate::conninfo::refusal::SettingsError;
use std::fmt;

/// A way to authenticate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthMethod {
    /// The server asks for nothing: it trusts the client, or its certificate, or its operating system user.
    None,
    /// The password itself.
    Password,
    /// The password's MD5 hash.
    Md5,
    /// Proof of the password, both ways.
    ScramSha256,
    /// Something not spoken here: GSSAPI, SSPI, OAuth.
    Other,
}

impl fmt::Display for AuthMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            AuthMethod::None => "no authentication",
            AuthMethod::Password => "a cleartext password",
            AuthMethod::Md5 => "an MD5-hashed password",
            AuthMethod::ScramSha256 => "SCRAM-SHA-256",
            AuthMethod::Other => "a method pgward does not speak",
        })
    }
}

/// The ways that will do. What the server asks for beyond them is refused before anything is answered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuthMethods {
    named: Vec<AuthMethod>,
    reading: Reading,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Reading {
    /// Those named will do.
    Allowed,
    /// All but those named will do; the default, with none named.
    #[default]
    Forbidden,
}

impl AuthMethods {
    /// Whether this way will do.
    #[must_use]
    pub fn allow(&self, method: AuthMethod) -> bool {
        self.named.contains(&method) == (self.reading == Reading::Allowed)
    }

    /// A comma-separated list, all of it with `!` before each name or none of it.
    pub(crate) fn read(parameters: &Parameters) -> Result<AuthMethods, SettingsError> {
        let Some(given) = parameters.get("require_auth") else { return Ok(AuthMethods::default()) };
        let negated = given.text.split(',').filter(|name| name.starts_with('!')).count();
        let reading = match negated {
            0 => Reading::Allowed,
            all if all == given.text.split(',').count() => Reading::Forbidden,
            _ => return Err(given.invalid("methods with and without \"!\" cannot be mixed")),
        };
        let named = given.text.split(',').map(|name| method(name, &given)).collect::<Result<Vec<_>, _>>()?;
        for (index, method) in named.iter().enumerate() {
            if *method != AuthMethod::Other && named.iter().skip(index + 1).any(|other| other == method) {
                return Err(given.invalid("a method is named twice"));
            }
        }
        Ok(AuthMethods { named, reading })
    }
}

fn method(name: &str, given: &Given<'_>) -> Result<AuthMethod, SettingsError> {
    match name.strip_prefix('!').unwrap_or(name) {
        "none" => Ok(AuthMethod::None),
        "password" => Ok(AuthMethod::Password),
        "md5" => Ok(AuthMethod::Md5),
        "scram-sha-256" => Ok(AuthMethod::ScramSha256),
        "gss" | "sspi" | "oauth" => Ok(AuthMethod::Other),
        _ => Err(given.invalid("expected none, password, md5, scram-sha-256, gss, sspi or oauth")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::AuthMethod::{Md5, None as Nothing, Other, Password, ScramSha256};
    use super::AuthMethods;
    use crate::conninfo::key_value;

    fn read(value: &str) -> Result<AuthMethods, String> {
        let parameters =
            key_value::parse(&format!("require_auth='{value}'")).map_err(|error| error.to_string());
        AuthMethods::read(&parameters.unwrap()).map_err(|error| error.to_string())
    }

    #[test]
    fn lists_allow_or_forbid() {
        let allowed = |value| {
            let methods = read(value).unwrap();
            [Nothing, Password, Md5, ScramSha256, Other].map(|method| methods.allow(method))
        };
        assert_eq!(allowed(""), [true; 5]);
        assert_eq!(allowed("scram-sha-256"), [false, false, false, true, false]);
        assert_eq!(allowed("none,md5"), [true, false, true, false, false]);
        assert_eq!(allowed("!password,!md5"), [true, false, false, true, true]);
    }

    #[test]
    fn mixed_and_unknown_lists_are_refused() {
        assert!(read("md5,!none").unwrap_err().contains("cannot be mixed"));
        assert!(read("md5,md5").unwrap_err().contains("named twice"));
        assert!(read("krb5").unwrap_err().contains("expected none, password"));
        assert!(read("md5,").unwrap_err().contains("expected none, password"));
    }
}
