//! The configuration files of a scratch server.

use std::path::Path;

use crate::options::Options;

/// Text of `postgresql.conf`: fast, careless of crashes, on loopback only.
pub(crate) fn postgresql_conf(scratch: &Path, options: &Options) -> Result<String, BadSetting> {
    let place = |name: &str| scratch.join(name).to_string_lossy().into_owned();
    let own = [
        ("listen_addresses", "127.0.0.1".to_owned()),
        ("unix_socket_directories", scratch.to_string_lossy().into_owned()),
        ("unix_socket_permissions", "0700".to_owned()),
        ("hba_file", place(HBA_FILE)),
        ("ssl", "on".to_owned()),
        ("ssl_cert_file", place(CERTIFICATE_FILE)),
        ("ssl_key_file", place(KEY_FILE)),
        ("password_encryption", "scram-sha-256".to_owned()),
        ("max_connections", options.max_connections.to_string()),
        ("shared_buffers", "32MB".to_owned()),
        // What is lost in a crash is thrown away anyway.
        ("fsync", "off".to_owned()),
        ("synchronous_commit", "off".to_owned()),
        ("full_page_writes", "off".to_owned()),
        ("default_text_search_config", "pg_catalog.english".to_owned()),
        ("log_timezone", "UTC".to_owned()),
        ("timezone", "UTC".to_owned()),
    ];
    let own = own.iter().map(|(name, value)| (*name, value.as_str()));
    let asked = options.settings.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    own.chain(asked).map(|(name, value)| line(name, value)).collect()
}

/// Text of `pg_hba.conf`: a password is always needed, over TLS or not, by the socket too.
pub(crate) const PG_HBA_CONF: &str = "\
# TYPE   DATABASE     USER  ADDRESS       METHOD
local    all          all                 scram-sha-256
hostssl  all          all   127.0.0.1/32  scram-sha-256
host     all          all   127.0.0.1/32  scram-sha-256
local    replication  all                 scram-sha-256
host     replication  all   127.0.0.1/32  scram-sha-256
";

/// A line of `postgresql.conf`, where a quote is doubled and a backslash escapes.
fn line(name: &str, value: &str) -> Result<String, BadSetting> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
    if name.is_empty() || !name.chars().all(plain) {
        return Err(BadSetting::Name(name.to_owned()));
    }
    if value.contains(['\n', '\r', '\0']) {
        return Err(BadSetting::Value(name.to_owned()));
    }
    Ok(format!("{name} = '{}'\n", value.replace('\\', r"\\").replace('\'', "''")))
}

/// A setting that no configuration file can hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadSetting {
    /// The name is not one of a configuration parameter.
    #[error("`{0}` is not the name of a configuration parameter")]
    Name(String),
    /// The value has a line break or a NUL in it.
    #[error("the value of `{0}` has a line break or a NUL in it")]
    Value(String),
}

/// The names of the files in the scratch folder.
pub(crate) const CONFIG_FILE: &str = "postgresql.conf";
pub(crate) const HBA_FILE: &str = "pg_hba.conf";
pub(crate) const CERTIFICATE_FILE: &str = "server.crt";
pub(crate) const KEY_FILE: &str = "server.key";
pub(crate) const AUTHORITY_FILE: &str = "authority.crt";

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn values_are_quoted_as_the_server_reads_them() {
        assert_eq!(line("log_line_prefix", r"it's \m "), Ok("log_line_prefix = 'it''s \\\\m '\n".to_owned()));
        assert_eq!(line("work mem", "1"), Err(BadSetting::Name("work mem".to_owned())));
        assert_eq!(line("a.b", "1\n2"), Err(BadSetting::Value("a.b".to_owned())));
    }

    #[test]
    fn what_the_caller_asks_comes_last_and_wins() {
        let options = Options::new().setting("fsync", "on");
        let text = postgresql_conf(Path::new("/scratch"), &options).unwrap();
        assert!(text.contains("fsync = 'off'\n"), "{text}");
        assert!(text.ends_with("fsync = 'on'\n"), "{text}");
    }
}
