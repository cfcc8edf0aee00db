//! Settings kept for roles and databases (`pg_db_role_setting`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::name::{DatabaseName, Name, RoleName};

/// Whose setting: ALTER ROLE r SET, ALTER ROLE r IN DATABASE d SET, ALTER DATABASE d SET, ALTER ROLE ALL SET.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SettingScope {
    /// The role it applies to; none: every role.
    pub role: Option<RoleName>,
    /// The database it applies in; none: every database.
    pub database: Option<DatabaseName>,
}

/// Values by the setting's name, in lower case. Lists (`search_path`) are kept as PostgreSQL stores them:
/// elements quoted where they need it, separated by a comma and a space.
/// The value of a setting that holds a secret is never among them: it is sealed the moment it is read.
pub type Settings = BTreeMap<Name, String>;

/// Whether an application keeps a secret in a setting of this name: `app.settings.jwt_secret`, `my.api_key`. PostgreSQL's
/// own settings, which have no dot in their names, hold none that can be made for a role or a database.
pub fn holds_a_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let mut words = name.split(|letter: char| !letter.is_ascii_alphanumeric());
    name.contains('.')
        && (PARTS.iter().any(|part| name.contains(part))
            || words.any(|word| word.ends_with("key") || word.ends_with("keys") || WORDS.contains(&word)))
}

/// Whether an option of a foreign-data wrapper, server or table has a secret in it, by its name or by what it says.
pub fn option_holds_a_secret(name: &str, value: &str) -> bool {
    // The name of a switch, which says that there has to be a secret.
    let is_switch = name.eq_ignore_ascii_case("password_required");
    let (name, value) = (name.to_ascii_lowercase(), value.to_ascii_lowercase());
    !is_switch
        && (name.starts_with("pass")
            || holds_a_secret(&format!("option.{name}"))
            || value.contains("password=")
            || is_url_with_password(&value))
}

/// `scheme://user:password@host`.
fn is_url_with_password(value: &str) -> bool {
    let mut urls = value.split("://").skip(1);
    urls.any(|url| {
        let authority = url.split(['/', '?', '#']).next().unwrap_or_default();
        authority.rsplit_once('@').is_some_and(|(user, _)| user.contains(':'))
    })
}

/// What stands for all options of a user mapping: nothing where there are none, or a seal.
pub fn sealed_options(mapping: &str, options: &BTreeMap<Name, String>) -> String {
    if options.is_empty() {
        return String::new();
    }
    let mut digest = Sha256::new();
    let pairs = options.iter().flat_map(|(name, value)| [name.as_str(), value]);
    for part in ["pgward user mapping", mapping].into_iter().chain(pairs) {
        digest.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        digest.update(part);
    }
    seal(digest)
}

/// What stands for the connection of a subscription, which may hold a password.
pub fn sealed_connection(subscription: &str, connection: &str) -> String {
    seal(digest_of(&["pgward subscription", subscription, connection]))
}

/// Whether the server's own setting of this name may hold a secret: where a standby connects to, and commands that somebody may have
/// written one into.
pub fn server_setting_holds_a_secret(name: &str, value: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name == "primary_conninfo"
        || name.ends_with("_command")
        || option_holds_a_secret(&name, value) && name != "password_encryption"
}

/// What stands for the value of such a setting wherever values are kept, compared and shown: enough of a digest to
/// notice that it changed, and nothing of the value.
pub fn sealed(name: &str, value: &str) -> String {
    seal(digest_of(&["pgward setting", name, value]))
}

fn digest_of(parts: &[&str]) -> Sha256 {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        digest.update(part);
    }
    digest
}

fn seal(digest: Sha256) -> String {
    let hex = digest.finalize().iter().take(SEAL_BYTES).map(|byte| format!("{byte:02x}")).collect::<String>();
    format!("{SEAL}{hex}")
}

/// Whether this text stands for a secret value.
pub fn is_sealed(value: &str) -> bool {
    value
        .strip_prefix(SEAL)
        .is_some_and(|hex| hex.len() == 2 * SEAL_BYTES && hex.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

const SEAL: &str = "sealed:";
const SEAL_BYTES: usize = 8;
const PARTS: [&str; 6] = ["password", "passwd", "passphrase", "secret", "token", "credential"];
const WORDS: [&str; 3] = ["pwd", "pass", "jwt"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_of_secrets() {
        for name in [
            "app.settings.jwt_secret",
            "my.API_KEY",
            "app.apikey",
            "x.password",
            "x.db_pwd",
            "app.keys",
            "a.jwt",
        ] {
            assert!(holds_a_secret(name), "{name}");
        }
        for name in [
            "password_encryption",
            "app.tenant",
            "ssl_key_file",
            "tcp_keepalives_idle",
            "app.keep",
            "a.passage",
        ] {
            assert!(!holds_a_secret(name), "{name}");
        }
    }

    #[test]
    fn options_that_hold_secrets_are_known_and_a_mapping_is_sealed_as_a_whole() {
        for (name, value) in [
            ("password", "x"),
            ("passfile", "/x"),
            ("sslkey", "x"),
            ("api_token", "x"),
            ("dsn", "host=a Password=b"),
            ("uri", "https://me:x@a/b"),
        ] {
            assert!(option_holds_a_secret(name, value), "{name}");
        }
        for (name, value) in [("host", "db"), ("password_required", "false"), ("uri", "https://a:80/b@c")] {
            assert!(!option_holds_a_secret(name, value), "{name}");
        }
        let options = |password: &str| BTreeMap::from([(Name::from("password"), password.to_owned())]);
        let seal = sealed_options("app@far", &options("hunter2"));
        assert!(is_sealed(&seal));
        assert_ne!(seal, sealed_options("app@far", &options("hunter3")));
        assert_eq!(sealed_options("app@far", &BTreeMap::new()), "");
    }

    #[test]
    fn a_seal_tells_values_apart_and_does_not_tell_them() {
        let seal = sealed("app.key", "hunter2");
        assert!(is_sealed(&seal) && !seal.contains("hunter2"));
        assert_eq!(seal, sealed("app.key", "hunter2"));
        assert_ne!(seal, sealed("app.key", "hunter3"));
        assert_ne!(seal, sealed("app.keys", "hunter2"));
        assert!(!is_sealed("sealed:") && !is_sealed("hunter2") && !is_sealed("sealed:hunter2hunter22"));
    }
}
