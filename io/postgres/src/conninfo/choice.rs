//! Settings that are a choice among words.

use crate::conninfo::parameters::{Given, Parameters};
use crate::conninfo::refusal::SettingsError;

/// A setting whose values are words.
pub(crate) trait Choice: Copy + Sized + 'static {
    /// The setting's keyword.
    const NAME: &'static str;
    /// What the refusal of another word says.
    const EXPECTED: &'static str;
    /// The words and what they mean.
    const WORDS: &'static [(&'static str, Self)];

    /// What was given, or nothing.
    fn read(parameters: &Parameters) -> Result<Option<Self>, SettingsError> {
        parameters.get(Self::NAME).map(|given| Self::parse(&given)).transpose()
    }

    /// The meaning of a word.
    fn parse(given: &Given<'_>) -> Result<Self, SettingsError> {
        let meant = Self::WORDS.iter().find(|(word, _)| *word == given.text);
        meant.map(|(_, meaning)| *meaning).ok_or_else(|| given.invalid(Self::EXPECTED))
    }
}

macro_rules! choices {
    ($($(#[$doc:meta])* $type:ident = $name:literal { $($(#[$word_doc:meta])* $variant:ident = $word:literal),+ $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $type { $($(#[$word_doc])* $variant),+ }

        impl $type {
            /// The word for it.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self { $($type::$variant => $word),+ }
            }
        }

        impl Choice for $type {
            const NAME: &'static str = $name;
            const EXPECTED: &'static str = concat!("expected one of", $(" ", $word),+);
            const WORDS: &'static [(&'static str, Self)] = &[$(($word, $type::$variant)),+];
        }
    )+};
}

choices! {
    /// How much the connection must be encrypted and the server be known; later is stricter.
    SslMode = "sslmode" {
        /// Never encrypted.
        Disable = "disable",
        /// Encrypted where the server insists.
        Allow = "allow",
        /// Encrypted where the server can.
        Prefer = "prefer",
        /// Always encrypted.
        Require = "require",
        /// And the server's certificate is from a known authority.
        VerifyCa = "verify-ca",
        /// And it was made for the host's name.
        VerifyFull = "verify-full",
    }
    /// How encryption begins.
    SslNegotiation = "sslnegotiation" {
        /// The server is asked first.
        Postgres = "postgres",
        /// At once (PostgreSQL 17).
        Direct = "direct",
    }
    /// Whether a client certificate is sent when the server asks for one.
    SslCertMode = "sslcertmode" {
        /// Never.
        Disable = "disable",
        /// Where there is one.
        Allow = "allow",
    }
    /// Whether authentication is bound to the encrypted channel.
    ChannelBinding = "channel_binding" {
        /// Never.
        Disable = "disable",
        /// Where both sides can.
        Prefer = "prefer",
        /// Always.
        Require = "require",
    }
    /// Which kind of server will do.
    TargetSession = "target_session_attrs" {
        /// Every kind.
        Any = "any",
        /// One that takes writes by default.
        ReadWrite = "read-write",
        /// One that does not.
        ReadOnly = "read-only",
        /// One that is not in recovery.
        Primary = "primary",
        /// One that is.
        Standby = "standby",
        /// A standby, or else any.
        PreferStandby = "prefer-standby",
    }
    /// In which order hosts and their addresses are tried.
    HostOrder = "load_balance_hosts" {
        /// As they were given.
        AsGiven = "disable",
        /// By chance.
        Random = "random",
    }
    /// Whether GSSAPI encryption is tried; it never is, so only what allows that is taken.
    GssEncryption = "gssencmode" {
        /// Not wanted.
        Disable = "disable",
        /// Not necessary.
        Prefer = "prefer",
    }
    /// The oldest TLS version that will do.
    TlsMin = "ssl_min_protocol_version" {
        /// TLS 1.0, and so every version spoken here.
        Tls10 = "TLSv1",
        /// TLS 1.1, and so every version spoken here.
        Tls11 = "TLSv1.1",
        /// TLS 1.2.
        Tls12 = "TLSv1.2",
        /// TLS 1.3.
        Tls13 = "TLSv1.3",
    }
    /// The newest TLS version that will do.
    TlsMax = "ssl_max_protocol_version" {
        /// TLS 1.2.
        Tls12 = "TLSv1.2",
        /// TLS 1.3.
        Tls13 = "TLSv1.3",
    }
    /// Whether the server is told, unencrypted, which host name is meant.
    ServerName = "sslsni" {
        /// It is not.
        Hidden = "0",
        /// It is.
        Sent = "1",
    }
}
