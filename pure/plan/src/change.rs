//! One difference between two catalogs, in PostgreSQL's words.
//!
//! A change is *logical*: it says what differs, not which SQL gets there. That ALTER ... OWNER rewrites the ACL
//! belongs to its meaning; that a table-level REVOKE strips column privileges is something the order of statements
//! has to make up for.

use serde::{Deserialize, Serialize};

use pgward_catalog::acl::{Entry, Grantee};
use pgward_catalog::default_privileges::DefaultKey;
use pgward_catalog::membership::{MembershipKey, MembershipOptions};
use pgward_catalog::name::{DatabaseName, Name, RoleName, SchemaName};
use pgward_catalog::object::{DatabaseFacts, Facts, ObjectRef, PublicationOptions, ViewFacts};
use pgward_catalog::policy::{Policy, RowSecurity};
use pgward_catalog::privilege::Privileges;
use pgward_catalog::role::{PasswordKind, Role};
use pgward_catalog::setting::SettingScope;

/// What an ACL belongs to: an object, or one of its columns.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Target {
    /// The object.
    pub object: ObjectRef,
    /// The column, for column privileges.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<Name>,
}

/// The two switches of row security.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowSecuritySwitches {
    /// `ENABLE ROW LEVEL SECURITY`.
    pub enabled: bool,
    /// `FORCE ROW LEVEL SECURITY`.
    pub forced: bool,
}

impl From<&RowSecurity> for RowSecuritySwitches {
    fn from(security: &RowSecurity) -> Self {
        Self { enabled: security.enabled, forced: security.forced }
    }
}

/// With whose privileges a routine runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunsAs {
    /// SECURITY DEFINER: its owner's.
    Definer,
    /// SECURITY INVOKER: its caller's.
    Invoker,
}

/// Whether the planner may move a routine ahead of row security.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Leakproof {
    /// LEAKPROOF.
    Leakproof,
    /// NOT LEAKPROOF.
    NotLeakproof,
}

/// Where a secret is kept; never the secret. The verifier is made and bound when the plan is applied.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SecretReference {
    /// The kind of store: `file`.
    pub store: String,
    /// Where in the store: a path, a key.
    pub path: String,
}

/// What a role has instead of the password that is kept for it. Passwords are not in a catalog, so a plan says for each one
/// what it was made for, and apply looks again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PasswordFound {
    /// None: it gets its first one.
    Nothing,
    /// An MD5 hash.
    Md5,
    /// Another one than the kept one.
    Another,
    /// One that is not kept, so that nobody can tell which.
    NotKept,
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
#[allow(missing_docs, reason = "the fields are PostgreSQL's own words, with before and after")]
pub enum Change {
    /// CREATE ROLE.
    CreateRole { role: RoleName, after: Role },
    /// ALTER ROLE: attributes, connection limit, validity.
    AlterRole { role: RoleName, before: Role, after: Role },
    /// DROP ROLE; its memberships and settings vanish with it.
    DropRole { role: RoleName, before: Role },
    /// ALTER ROLE ... PASSWORD, with a verifier that is made when the plan is applied.
    SetPassword { role: RoleName, secret: SecretReference, found: PasswordFound },
    /// ALTER ROLE ... PASSWORD NULL: the role is to have none, or had none before its first one.
    RemovePassword { role: RoleName },
    /// The role has another kind of password than it should; needs a secret, so `diff` cannot plan it.
    PasswordDiffers { role: RoleName, before: PasswordKind, after: PasswordKind },
    /// DROP OWNED in one database: what the role owns there is dropped.
    DropOwned { database: DatabaseName, role: RoleName },
    /// DROP USER MAPPING of a role that is dropped: its options, which are never read, are gone for good.
    DropUserMapping { database: DatabaseName, role: RoleName, server: Name },
    /// End the sessions of a role that is being retired, once its retirement is committed.
    TerminateSessions { role: RoleName },

    /// GRANT role TO member.
    GrantMembership { membership: MembershipKey, after: MembershipOptions },
    /// The membership, WITH ADMIN OPTION, that a creator without SUPERUSER gets by CREATE ROLE (PostgreSQL 16).
    CreatorMembership { membership: MembershipKey, after: MembershipOptions },
    /// The options of a membership.
    AlterMembership { membership: MembershipKey, before: MembershipOptions, after: MembershipOptions },
    /// REVOKE role FROM member.
    RevokeMembership { membership: MembershipKey, before: MembershipOptions },

    /// ALTER ROLE/DATABASE ... SET.
    SetSetting { scope: SettingScope, name: Name, before: Option<String>, after: String },
    /// ALTER ROLE/DATABASE ... RESET.
    ResetSetting { scope: SettingScope, name: Name, before: String },

    /// CREATE SCHEMA ... AUTHORIZATION.
    CreateSchema { database: DatabaseName, schema: SchemaName, owner: RoleName },
    /// DROP SCHEMA ... RESTRICT; only ever planned as the way back of its creation.
    DropSchema { database: DatabaseName, schema: SchemaName, owner: RoleName },
    /// ALTER ... OWNER TO; the ACL is rewritten with it, and what a table's columns own goes along.
    ChangeOwner { object: ObjectRef, before: RoleName, after: RoleName },

    /// GRANT: these privileges, and the grant options among them, are missing.
    Grant { target: Target, entry: Entry },
    /// REVOKE: these privileges go, with the grant options among them.
    Revoke { target: Target, entry: Entry },
    /// REVOKE GRANT OPTION FOR: the privileges stay, the option to grant them on goes.
    RevokeGrantOption { target: Target, grantee: Grantee, grantor: RoleName, privileges: Privileges },

    /// ALTER DEFAULT PRIVILEGES ... GRANT.
    GrantDefault { database: DatabaseName, default: DefaultKey, entry: Entry },
    /// ALTER DEFAULT PRIVILEGES ... REVOKE.
    RevokeDefault { database: DatabaseName, default: DefaultKey, entry: Entry },
    /// ALTER DEFAULT PRIVILEGES ... REVOKE GRANT OPTION FOR.
    RevokeDefaultGrantOption {
        database: DatabaseName,
        default: DefaultKey,
        grantee: Grantee,
        grantor: RoleName,
        privileges: Privileges,
    },

    /// ALTER TABLE ... ENABLE/DISABLE/FORCE/NO FORCE ROW LEVEL SECURITY.
    SetRowSecurity { table: ObjectRef, before: RowSecuritySwitches, after: RowSecuritySwitches },
    /// CREATE POLICY.
    CreatePolicy { table: ObjectRef, name: Name, after: Policy },
    /// A policy's roles or expressions, or (by dropping and creating it) its kind or command.
    AlterPolicy { table: ObjectRef, name: Name, before: Policy, after: Policy },
    /// DROP POLICY.
    DropPolicy { table: ObjectRef, name: Name, before: Policy },

    /// ALTER ROUTINE ... SECURITY DEFINER/INVOKER.
    SetRoutineSecurity { routine: ObjectRef, before: RunsAs, after: RunsAs },
    /// ALTER FUNCTION ... [NOT] LEAKPROOF.
    SetLeakproof { routine: ObjectRef, before: Leakproof, after: Leakproof },
    /// ALTER ROUTINE ... SET/RESET.
    SetRoutineSetting { routine: ObjectRef, name: Name, before: Option<String>, after: Option<String> },
    /// ALTER VIEW ... SET (security_invoker, security_barrier, check_option).
    SetViewOptions { view: ObjectRef, before: ViewFacts, after: ViewFacts },
    /// ALTER PUBLICATION ... SET (publish, publish_via_partition_root, publish_generated_columns).
    SetPublicationOptions { publication: ObjectRef, before: PublicationOptions, after: PublicationOptions },
    /// ALTER DATABASE ... CONNECTION LIMIT, ALLOW_CONNECTIONS, IS_TEMPLATE.
    SetDatabaseOptions { database: DatabaseName, before: DatabaseFacts, after: DatabaseFacts },

    /// Something else about an object differs that matters to privileges and that pgward does not alter.
    OtherFacts { object: ObjectRef, before: Facts, after: Facts },
    /// An object that should be there is not.
    Missing { object: ObjectRef },
    /// An object is there that should not be.
    Unexpected { object: ObjectRef },
    /// A database was read on one side only.
    NotCompared { database: DatabaseName },
}

impl Target {
    /// The object as a whole.
    pub fn whole(object: ObjectRef) -> Self {
        Self { object, column: None }
    }

    /// One column of it.
    pub fn column(object: ObjectRef, column: Name) -> Self {
        Self { object, column: Some(column) }
    }
}

/// `table public.orders`, `column total of table public.orders`.
impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.column {
            Some(column) => write!(f, "column {} of {}", column.quoted(), self.object),
            None => self.object.fmt(f),
        }
    }
}

impl RunsAs {
    /// From PostgreSQL's flag.
    pub fn of(security_definer: bool) -> Self {
        if security_definer { RunsAs::Definer } else { RunsAs::Invoker }
    }
}

impl Leakproof {
    /// From PostgreSQL's flag.
    pub fn of(leakproof: bool) -> Self {
        if leakproof { Leakproof::Leakproof } else { Leakproof::NotLeakproof }
    }
}

impl Change {
    /// Whether there is SQL for it. What is not plannable is reported, never left out.
    pub fn is_plannable(&self) -> bool {
        !matches!(
            self,
            Change::PasswordDiffers { .. }
                | Change::OtherFacts { .. }
                | Change::Missing { .. }
                | Change::Unexpected { .. }
                | Change::NotCompared { .. }
        )
    }

    /// The database its statement must run in; none: any will do.
    pub fn database(&self) -> Option<&DatabaseName> {
        match self {
            Change::CreateSchema { database, .. }
            | Change::DropSchema { database, .. }
            | Change::DropOwned { database, .. }
            | Change::DropUserMapping { database, .. }
            | Change::NotCompared { database }
            | Change::GrantDefault { database, .. }
            | Change::RevokeDefault { database, .. }
            | Change::RevokeDefaultGrantOption { database, .. } => Some(database),
            other => other.object().and_then(|object| object.database.as_ref()),
        }
    }

    /// The object it is about, if it is about one that exists.
    pub fn object(&self) -> Option<&ObjectRef> {
        match self {
            Change::ChangeOwner { object, .. }
            | Change::OtherFacts { object, .. }
            | Change::Missing { object }
            | Change::Unexpected { object } => Some(object),
            Change::Grant { target, .. }
            | Change::Revoke { target, .. }
            | Change::RevokeGrantOption { target, .. } => Some(&target.object),
            Change::SetRowSecurity { table, .. }
            | Change::CreatePolicy { table, .. }
            | Change::AlterPolicy { table, .. }
            | Change::DropPolicy { table, .. } => Some(table),
            Change::SetRoutineSecurity { routine, .. }
            | Change::SetLeakproof { routine, .. }
            | Change::SetRoutineSetting { routine, .. } => Some(routine),
            Change::SetViewOptions { view, .. } => Some(view),
            Change::SetPublicationOptions { publication, .. } => Some(publication),
            _ => None,
        }
    }
}
