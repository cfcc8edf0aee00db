//! What an audit has to know that privileges do not say.

use crate::day::Day;
use crate::form::collection::Map;
use crate::form::record::record;
use crate::name::{ColumnName, DatabaseName, RoleName};
use crate::pattern::object::ObjectName;
use crate::source::span::Spanned;
use crate::text::Words;

record! {
    /// What an audit has to know that privileges do not say: who administers, which tables are special, and which findings
    /// somebody answers for.
    pub struct Audit is "a section about audits": Default {
        /// Roles that are meant to administer the cluster, besides those of kind `dba`: what is found because of them is shown as
        /// accepted, and stays in every count.
        /// Example: `[monitoring_admin]`
        administrators: Vec<Spanned<RoleName>>,
        /// What is special about tables, by database.
        databases: Map<DatabaseName, AuditedDatabase>,
        /// Findings that somebody answers for. They are shown, and they stay in every count.
        suppress: Vec<Spanned<Suppression>>,
    }
}

record! {
    /// What is special about the tables of one database.
    pub struct AuditedDatabase is "what is special about tables": Default {
        /// Tables that are only ever added to: nobody but their owner may change, delete or truncate rows.
        /// Example: `[security.audit_log]`
        append_only: Vec<Spanned<ObjectName>>,
        /// Columns that are sensitive, by table.
        /// Example: `{public.customers: [email, iban]}`
        sensitive: Map<ObjectName, Vec<Spanned<ColumnName>>>,
    }
}

record! {
    /// A finding, or findings, that somebody accepts until a day. From the day after it counts again.
    pub struct Suppression is "a suppression" {
        /// The rule.
        /// Example: `role.conn_limit`
        rule: Spanned<Words>,
        /// What the finding is about, as reports print it, with `*` for any letters. Without it, everything.
        /// Example: `"table public.* in database shop"`
        subject: Option<Spanned<Words>>,
        /// Who has it, as reports print it, with `*` for any letters. Without it, everybody.
        principal: Option<Spanned<Words>>,
        /// Who answers for it.
        owner: Spanned<Words>,
        /// Why it is accepted.
        reason: Spanned<Words>,
        /// The last day.
        /// Example: `2027-03-31`
        until: Spanned<Day>,
    }
}
