//! Row security: who sees and changes which rows.

use crate::form::collection::{Map, OneOrMany};
use crate::form::record::record;
use crate::form::word::words;
use crate::name::{ColumnName, Name, Principal};
use crate::source::span::Spanned;
use crate::text::{Expression, SampleValue, SettingName, Words};

record! {
    /// What is decided about the rows of one table. Its policies are complete: others are drift.
    pub struct Rows is "a decision about rows": Default {
        /// Whether row security is on.
        enable: bool = true,
        /// Whether it applies to the table's owner as well.
        force: bool = false,
        /// The policies, by name.
        policies: Map<Name, Spanned<Policy>>,
        /// How tenants are kept apart, for the proof with two tenants' rows.
        tenant: Option<Spanned<Tenant>>,
        /// Decides that this table needs no row security; everybody with a grant sees all rows.
        none: bool = false,
        /// Why.
        because: Option<Spanned<Words>>,
    }
}

words! {
    /// Which commands a policy is for.
    pub enum PolicyCommand is "a command for a policy" {
        /// Every command.
        All = "all",
        /// Reading.
        Select = "select",
        /// Adding rows.
        Insert = "insert",
        /// Changing rows.
        Update = "update",
        /// Removing rows.
        Delete = "delete",
    }
}

words! {
    /// How a policy goes together with others.
    pub enum PolicyKind is "a kind of policy" {
        /// One of the permissive policies must let a row through.
        Permissive = "permissive",
        /// All of the restrictive policies must let a row through.
        Restrictive = "restrictive",
    }
}

record! {
    /// A policy on a table.
    pub struct Policy is "a policy" {
        /// Who it applies to.
        to: OneOrMany<Spanned<Principal>>,
        /// Which commands it is for.
        r#for: PolicyCommand = PolicyCommand::All,
        /// How it goes together with others.
        r#as: PolicyKind = PolicyKind::Permissive,
        /// Which of the rows that are there it lets through. Not for `for: insert`.
        /// Example: `"tenant_id = current_setting('app.tenant')::uuid"`
        using: Option<Spanned<Expression>>,
        /// Which rows may be written. Without it, those that `using` lets through. Not for `for: select` or `delete`.
        check: Option<Spanned<Expression>>,
        /// Why.
        because: Option<Spanned<Words>>,
    }
}

record! {
    /// How tenants are kept apart. The proof makes rows of two tenants in a transaction that is rolled back, and tries what each
    /// of them, and nobody, can see and write.
    pub struct Tenant is "a tenant rule" {
        /// The setting that says whose session it is.
        /// Example: `app.tenant`
        setting: Spanned<SettingName>,
        /// The column that says whose row it is.
        /// Example: `tenant_id`
        column: Spanned<ColumnName>,
        /// Values for other columns that a row needs, where the proof cannot make them up.
        /// Example: `{status: open}`
        sample: Map<ColumnName, Spanned<SampleValue>>,
    }
}
