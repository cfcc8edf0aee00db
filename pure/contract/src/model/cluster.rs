//! What belongs to the cluster and to no database: settings, parameters, tablespaces.

use crate::form::collection::{Map, OneOrMany};
use crate::form::record::record;
use crate::form::word::words;
use crate::model::grant::Grantee;
use crate::name::RoleName;
use crate::source::span::Spanned;
use crate::text::{SettingName, SettingValue, Words};

record! {
    /// Settings for all roles, and of the server itself.
    pub struct ServerSettings is "settings": Default {
        /// What sessions of every role start with (ALTER ROLE ALL SET). Complete where it is present: others are drift.
        all: Option<Map<SettingName, Spanned<SettingValue>>>,
        /// What ALTER SYSTEM has set for the whole server, in force already or not. Complete: others are drift, and so is any where this
        /// is not written. It is reported and never changed, and compared only where the server shows it. A seal stands for what may
        /// hold a secret.
        system: Option<Map<SettingName, Spanned<SettingValue>>>,
    }
}

words! {
    /// What can be granted on a configuration parameter.
    pub enum ParameterPrivilege is "a privilege on parameters" {
        /// To set it for a session.
        Set = "set",
        /// To set it for the server by ALTER SYSTEM.
        AlterSystem = "alter_system",
    }
}

record! {
    /// Who may set configuration parameters (PostgreSQL 15 and later).
    pub struct ParameterGrant is "a grant on parameters" {
        /// Who.
        to: OneOrMany<Spanned<Grantee>>,
        /// What they may do.
        allow: OneOrMany<Spanned<ParameterPrivilege>>,
        /// The parameters.
        /// Example: `[log_statement, auto_explain.log_min_duration]`
        on: OneOrMany<Spanned<SettingName>>,
        /// Why.
        because: Option<Spanned<Words>>,
    }
}

record! {
    /// A tablespace that exists.
    pub struct Tablespace is "a tablespace": Default {
        /// Its owner. Left alone where it is not written.
        owner: Option<Spanned<RoleName>>,
        /// Who may create objects in it. Complete where it is present; left alone where it is not.
        create: Option<Vec<Spanned<Grantee>>>,
        /// Whether the owner has taken CREATE from itself.
        owner_without_create: bool = false,
    }
}
