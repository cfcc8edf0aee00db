//! Roles and their attributes.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What the names of roles begin with that pgward lends or makes for a lease, where a contract says nothing else of those it lends.
pub const LENT_PREFIX: &str = "pgward_";

/// What the names of the roles of leases begin with: the desk makes them and takes them away.
pub const LEASE_PREFIX: &str = "pgward_l_";

/// A role's yes-or-no attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the variants are PostgreSQL's own words")]
pub enum Attribute {
    Superuser,
    Inherit,
    CreateRole,
    CreateDb,
    Login,
    Replication,
    BypassRls,
}

impl Attribute {
    /// Every attribute, in the order in which CREATE ROLE is documented.
    pub const ALL: [Attribute; 7] = [
        Attribute::Superuser,
        Attribute::CreateDb,
        Attribute::CreateRole,
        Attribute::Inherit,
        Attribute::Login,
        Attribute::Replication,
        Attribute::BypassRls,
    ];

    /// The word ALTER ROLE takes to switch it on; with NO before it, off.
    pub fn keyword(self) -> &'static str {
        match self {
            Attribute::Superuser => "SUPERUSER",
            Attribute::Inherit => "INHERIT",
            Attribute::CreateRole => "CREATEROLE",
            Attribute::CreateDb => "CREATEDB",
            Attribute::Login => "LOGIN",
            Attribute::Replication => "REPLICATION",
            Attribute::BypassRls => "BYPASSRLS",
        }
    }
}

/// The attributes a role has.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Attributes(u8);

impl Attributes {
    /// None of them.
    pub const NONE: Attributes = Attributes(0);

    /// Whether the role has the attribute.
    pub fn has(self, attribute: Attribute) -> bool {
        self.0 & (1 << (attribute as u8)) != 0
    }

    /// The same with the attribute.
    pub fn with(self, attribute: Attribute) -> Self {
        Self(self.0 | 1 << (attribute as u8))
    }

    /// The same without the attribute.
    pub fn without(self, attribute: Attribute) -> Self {
        Self(self.0 & !(1 << (attribute as u8)))
    }

    /// The attributes the role has.
    pub fn iter(self) -> impl Iterator<Item = Attribute> {
        Attribute::ALL.into_iter().filter(move |attribute| self.has(*attribute))
    }
}

impl FromIterator<Attribute> for Attributes {
    fn from_iter<I: IntoIterator<Item = Attribute>>(attributes: I) -> Self {
        attributes.into_iter().fold(Self::NONE, Self::with)
    }
}

impl fmt::Debug for Attributes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl Serialize for Attributes {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for Attributes {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Vec::<Attribute>::deserialize(deserializer)?.into_iter().collect())
    }
}

/// What is known of a role's password. The password itself, or its verifier, is never in a catalog.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PasswordKind {
    /// No password: the role cannot log in by one.
    Absent,
    /// A SCRAM-SHA-256 verifier.
    Scram,
    /// An MD5 hash, which is deprecated.
    Md5,
    /// `pg_authid` could not be read, so nothing is known.
    NotVisible,
}

/// A role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// Its attributes.
    pub attributes: Attributes,
    /// At most this many connections at a time; none: no limit (-1 in the catalog).
    pub connection_limit: Option<i32>,
    /// When its password stops being valid, as an RFC 3339 instant in UTC, or `infinity`; none: never set.
    pub valid_until: Option<String>,
    /// What kind of password it has.
    pub password: PasswordKind,
    /// What COMMENT ON ROLE says about it: no privilege, and never compared, but what a role that comes back comes back with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

impl Role {
    /// A role as `CREATE ROLE name` makes it: INHERIT, and nothing else.
    pub fn plain() -> Self {
        Self {
            attributes: Attributes::NONE.with(Attribute::Inherit),
            connection_limit: None,
            valid_until: None,
            password: PasswordKind::Absent,
            comment: None,
        }
    }

    /// Whether the role has the attribute.
    pub fn has(&self, attribute: Attribute) -> bool {
        self.attributes.has(attribute)
    }
}
