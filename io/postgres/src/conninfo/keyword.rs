//! Every setting libpq knows, and what becomes of it here.

/// One setting: its keyword, the environment variable that gives it, and whether it is honoured.
#[derive(Debug)]
pub struct Keyword {
    /// The name in a connection string.
    pub name: &'static str,
    /// The environment variable.
    pub variable: Option<&'static str>,
    /// Why it cannot be honoured, where it cannot: nothing is ignored in silence.
    pub refused: Option<&'static str>,
}

/// The setting of this name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Keyword> {
    KEYWORDS.iter().find(|keyword| keyword.name == name)
}

/// The setting a mistyped name was probably meant to be.
#[must_use]
pub fn nearest(name: &str) -> Option<&'static str> {
    KEYWORDS
        .iter()
        .map(|keyword| (strsim::damerau_levenshtein(name, keyword.name), keyword.name))
        .min()
        .filter(|(distance, keyword)| *distance <= 1 + keyword.len() / 5)
        .map(|(_, keyword)| keyword)
}

const fn honoured(name: &'static str, variable: &'static str) -> Keyword {
    Keyword { name, variable: Some(variable), refused: None }
}

const fn string_only(name: &'static str) -> Keyword {
    Keyword { name, variable: None, refused: None }
}

const fn refused(name: &'static str, variable: Option<&'static str>, because: &'static str) -> Keyword {
    Keyword { name, variable, refused: Some(because) }
}

/// All of them, PostgreSQL 14 to 18.
pub static KEYWORDS: &[Keyword] = &[
    honoured("host", "PGHOST"),
    honoured("hostaddr", "PGHOSTADDR"),
    honoured("port", "PGPORT"),
    honoured("dbname", "PGDATABASE"),
    honoured("user", "PGUSER"),
    honoured("password", "PGPASSWORD"),
    honoured("passfile", "PGPASSFILE"),
    honoured("service", "PGSERVICE"),
    honoured("require_auth", "PGREQUIREAUTH"),
    honoured("channel_binding", "PGCHANNELBINDING"),
    honoured("connect_timeout", "PGCONNECT_TIMEOUT"),
    honoured("client_encoding", "PGCLIENTENCODING"),
    honoured("options", "PGOPTIONS"),
    honoured("application_name", "PGAPPNAME"),
    string_only("fallback_application_name"),
    string_only("keepalives"),
    string_only("keepalives_idle"),
    string_only("keepalives_interval"),
    string_only("keepalives_count"),
    string_only("tcp_user_timeout"),
    honoured("sslmode", "PGSSLMODE"),
    honoured("sslnegotiation", "PGSSLNEGOTIATION"),
    honoured("sslcert", "PGSSLCERT"),
    honoured("sslkey", "PGSSLKEY"),
    honoured("sslcertmode", "PGSSLCERTMODE"),
    honoured("sslrootcert", "PGSSLROOTCERT"),
    honoured("sslsni", "PGSSLSNI"),
    honoured("sslcompression", "PGSSLCOMPRESSION"),
    honoured("ssl_min_protocol_version", "PGSSLMINPROTOCOLVERSION"),
    honoured("ssl_max_protocol_version", "PGSSLMAXPROTOCOLVERSION"),
    honoured("gssencmode", "PGGSSENCMODE"),
    honoured("target_session_attrs", "PGTARGETSESSIONATTRS"),
    honoured("load_balance_hosts", "PGLOADBALANCEHOSTS"),
    refused("sslpassword", None, "encrypted keys cannot be read: decrypt the key file and chmod 600 it"),
    refused("sslcrl", Some("PGSSLCRL"), NO_REVOCATION),
    refused("sslcrldir", Some("PGSSLCRLDIR"), NO_REVOCATION),
    refused("sslkeylogfile", None, "session keys are never written to a file"),
    refused("requirepeer", Some("PGREQUIREPEER"), "the owner of the server's process is not checked"),
    refused("krbsrvname", Some("PGKRBSRVNAME"), NO_GSS),
    refused("gsslib", Some("PGGSSLIB"), NO_GSS),
    refused("gssdelegation", Some("PGGSSDELEGATION"), NO_GSS),
    refused("min_protocol_version", Some("PGMINPROTOCOLVERSION"), ONE_PROTOCOL),
    refused("max_protocol_version", Some("PGMAXPROTOCOLVERSION"), ONE_PROTOCOL),
    refused("replication", None, "replication connections are not made"),
    refused("scram_client_key", None, NO_SCRAM_KEYS),
    refused("scram_server_key", None, NO_SCRAM_KEYS),
    refused("oauth_issuer", None, NO_OAUTH),
    refused("oauth_client_id", None, NO_OAUTH),
    refused("oauth_client_secret", None, NO_OAUTH),
    refused("oauth_scope", None, NO_OAUTH),
];

const NO_REVOCATION: &str = "certificate revocation lists are not checked";
const NO_GSS: &str = "GSSAPI is not supported";
const ONE_PROTOCOL: &str = "only protocol version 3.0 is spoken";
const NO_SCRAM_KEYS: &str = "SCRAM keys cannot take the password's place";
const NO_OAUTH: &str = "OAuth is not supported";

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_of_the_finger_is_recognised_and_a_different_word_is_not() {
        assert_eq!(nearest("hostt"), Some("host"));
        assert_eq!(nearest("ssl_mode"), Some("sslmode"));
        assert_eq!(nearest("aplication_name"), Some("application_name"));
        assert_eq!(nearest("database"), None);
        assert_eq!(nearest("frobnicate"), None);
    }
}
