//! What a contract may change.

use crate::form::record::record;
use crate::form::word::words;
use crate::pattern::glob::NamePattern;
use crate::source::span::Spanned;

words! {
    /// How far a plan goes.
    pub enum Mode is "a mode" {
        /// Nothing is changed: differences are reported.
        Observe = "observe",
        /// What is missing is added; nothing is revoked, and no attribute is taken away.
        Additive = "additive",
        /// The roles it declares get what it gives them and lose what it does not; nothing is taken from PUBLIC and from roles that it
        /// does not declare, which a narrower policy would do as well, and no role is dropped: that is kept and reported. The mode in
        /// which a contract grows over a live cluster, role by role.
        Adopt = "adopt",
        /// The contract is the whole truth about its scope: what it does not give is revoked.
        Authoritative = "authoritative",
    }
}

record! {
    /// What this contract may change. Without it, that is every role declared in `roles` that is not `external` or
    /// `dba`, and every database in `databases`.
    pub struct Scope is "a scope": Default {
        /// The roles it may make, alter and drop, and whose grants it may change. What a role in scope holds outside the
        /// databases in scope is reported as drift all the same.
        /// Example: `["shop_*", app_security]`
        roles: Option<Vec<Spanned<NamePattern>>>,
        /// How far a plan goes.
        mode: Mode = Mode::Authoritative,
        /// The databases in which it may change anything.
        databases: Option<Vec<Spanned<NamePattern>>>,
        /// What is left alone although it is in scope, and reported.
        ignore: Ignore,
    }
}

record! {
    /// What is left alone although it is in scope.
    pub struct Ignore is "what to ignore": Default {
        /// Roles whose attributes, memberships and grants are left alone.
        roles: Vec<Spanned<NamePattern>>,
        /// Schemas in which nothing is changed, in every database.
        /// Example: `["pg_temp_*", "_timescaledb_*"]`
        schemas: Vec<Spanned<NamePattern>>,
        /// Databases in which nothing is changed.
        databases: Vec<Spanned<NamePattern>>,
    }
}
