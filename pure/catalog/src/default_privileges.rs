//! Default privileges: what objects will carry that do not exist yet (`pg_default_acl`).

use serde::{Deserialize, Serialize};

use crate::acl::Acl;
use crate::class::Class;
use crate::default_acl::default_acl;
use crate::name::{RoleName, SchemaName};
use crate::version::Version;

/// Which default privileges: ALTER DEFAULT PRIVILEGES FOR ROLE creator [IN SCHEMA schema] ... ON kind.
///
/// A global entry (no schema) *replaces* `acldefault`; an entry for a schema *adds* to it. An absent global entry
/// means `acldefault`; an absent schema entry means nothing is added.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DefaultKey {
    /// The role whose new objects carry them.
    pub creator: RoleName,
    /// The schema in which they are made; none: anywhere in the database.
    pub schema: Option<SchemaName>,
    /// The kind of object.
    pub kind: DefaultKind,
}

/// The kinds of objects that default privileges know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the variants are PostgreSQL's own words")]
pub enum DefaultKind {
    Tables,
    Sequences,
    Functions,
    Types,
    Schemas,
    LargeObjects,
}

impl DefaultKind {
    /// Every kind.
    pub const ALL: [DefaultKind; 6] = [
        DefaultKind::Tables,
        DefaultKind::Sequences,
        DefaultKind::Functions,
        DefaultKind::Types,
        DefaultKind::Schemas,
        DefaultKind::LargeObjects,
    ];

    /// The words that ALTER DEFAULT PRIVILEGES takes after ON.
    pub fn keyword(self) -> &'static str {
        match self {
            DefaultKind::Tables => "TABLES",
            DefaultKind::Sequences => "SEQUENCES",
            DefaultKind::Functions => "ROUTINES",
            DefaultKind::Types => "TYPES",
            DefaultKind::Schemas => "SCHEMAS",
            DefaultKind::LargeObjects => "LARGE OBJECTS",
        }
    }

    /// A class of this kind, for `acldefault`.
    pub fn class(self) -> Class {
        match self {
            DefaultKind::Tables => Class::Table,
            DefaultKind::Sequences => Class::Sequence,
            DefaultKind::Functions => Class::Function,
            DefaultKind::Types => Class::Type,
            DefaultKind::Schemas => Class::Schema,
            DefaultKind::LargeObjects => Class::LargeObject,
        }
    }

    /// The kind whose default privileges a new object of this class gets, if any.
    pub fn of(class: Class) -> Option<DefaultKind> {
        Some(match class {
            _ if class.is_table_like() => DefaultKind::Tables,
            _ if class.is_routine() => DefaultKind::Functions,
            Class::Sequence => DefaultKind::Sequences,
            Class::Type | Class::Domain => DefaultKind::Types,
            Class::Schema => DefaultKind::Schemas,
            Class::LargeObject => DefaultKind::LargeObjects,
            _ => return None,
        })
    }
}

impl DefaultKey {
    /// What an absent entry means.
    pub fn absent(&self, version: Version) -> Acl {
        match self.schema {
            Some(_) => Acl::EMPTY,
            None => default_acl(self.kind.class(), &self.creator, version),
        }
    }
}
