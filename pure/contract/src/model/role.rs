//! Roles: what they are, what they may, what they belong to.

use crate::form::collection::Map;
use crate::form::record::record;
use crate::form::scalar::Whole;
use crate::form::word::words;
use crate::name::{DatabaseName, RoleName};
use crate::source::span::Spanned;
use crate::text::{SecretPath, SettingName, SettingValue, Words};
use crate::time::{Length, Until};

words! {
    /// What a role is for.
    pub enum RoleKind is "a kind of role" {
        /// A person or a program that connects: LOGIN.
        Login = "login",
        /// A set of privileges that others are members of: NOLOGIN.
        Group = "group",
        /// Owns objects, and nobody is it: NOLOGIN. Who alters the objects becomes it by SET ROLE (`may_become`).
        Owner = "owner",
        /// Owns the functions of an interface, which run with its rights: NOLOGIN, and no members.
        Definer = "definer",
        /// Made and kept elsewhere. It is never created, altered or dropped; it is named so that what it holds is accounted for,
        /// and grants to it are made and revoked as written. Its `settings` are compared, and changed by nobody here; so is the role
        /// itself once one of its attributes or limits, or its password, is written: what is not written of it is as in a new role then.
        External = "external",
        /// The administrators' role, usually a superuser. As `external`, and nothing it holds counts as drift; what its sessions start
        /// with does, and so does what it is a member of, once that or anything of the role itself is written.
        Dba = "dba",
    }
}

impl RoleKind {
    /// Whether pgward leaves the role itself alone.
    pub fn is_foreign(self) -> bool {
        matches!(self, RoleKind::External | RoleKind::Dba)
    }
}

/// How many sessions a role or database may have; -1 is without limit.
pub type Connections = Whole<-1, 2_147_483_647>;

record! {
    /// A role. What is not written has PostgreSQL's default, and is made so: a role that is not declared `superuser` is no superuser.
    pub struct Role is "a role": Default {
        /// What the role is for; decides whether it can log in.
        kind: RoleKind = RoleKind::Login,
        /// Whether it can log in, where that should differ from what its kind says.
        login: Option<Spanned<bool>>,
        /// Whether it is a superuser, for whom no privilege is ever checked.
        superuser: bool = false,
        /// Whether it may create databases.
        createdb: bool = false,
        /// Whether it may create roles and change those it has the ADMIN option on.
        createrole: bool = false,
        /// Whether it may start replication and make replication slots.
        replication: bool = false,
        /// Whether row security does not apply to it.
        bypass_rls: bool = false,
        /// Whether it uses what its groups hold without SET ROLE. Since PostgreSQL 16 each membership says so for itself, and this is
        /// what a new membership starts from.
        inherit: bool = true,
        /// How many sessions it may have at once; -1 is without limit.
        /// Example: `50`
        connections: Connections = Whole(-1),
        /// Until when its password is valid. Without it, for ever.
        /// Example: `2027-01-31T00:00:00Z`
        valid_until: Option<Spanned<Until>>,
        /// The roles it is a member of. The list is complete, together with `may_become`: other memberships are drift. For a
        /// role that is kept elsewhere they are reported and left alone.
        /// Example: `[app_rw, {role: app_ro, set: false}]`
        member_of: Vec<Spanned<Membership>>,
        /// The roles it may become by SET ROLE, without having their privileges before it does. On PostgreSQL 16 and later that is
        /// a membership WITH INHERIT FALSE, SET TRUE. Before 16 it is a plain membership, and holds back privileges only if
        /// the role itself is NOINHERIT (`inherit: false`).
        may_become: Vec<Spanned<RoleName>>,
        /// Settings its sessions start with. The list is complete: others are drift.
        /// Example: `{statement_timeout: 30s, search_path: [shop, pg_catalog]}`
        settings: Map<SettingName, Spanned<SettingValue>>,
        /// Settings its sessions start with in one database (ALTER ROLE ... IN DATABASE).
        settings_in: Map<DatabaseName, Map<SettingName, Spanned<SettingValue>>>,
        /// Where its password is kept, for a role that logs in with one. The password is generated, and stored in
        /// PostgreSQL as a SCRAM verifier.
        secret: Option<Spanned<Secret>>,
        /// What is said of its password where no `secret` is kept here. Without either it should have none, as every new role: one that
        /// it has all the same is drift, and is not taken away.
        password: Option<Spanned<PasswordRule>>,
        /// COMMENT ON ROLE. Without it comments are left alone.
        comment: Option<Spanned<Words>>,
        /// Why the role is there.
        because: Option<Spanned<Words>>,
    }
}

impl Role {
    /// Whether it is said what the role itself is like; of a role that is kept elsewhere nobody has to.
    pub fn is_described(&self) -> bool {
        let switches = [
            &self.login,
            &self.superuser,
            &self.createdb,
            &self.createrole,
            &self.replication,
            &self.bypass_rls,
            &self.inherit,
        ];
        switches.into_iter().any(Option::is_some)
            || self.connections.is_some()
            || self.valid_until.is_some()
            || self.password.is_some()
    }

    /// Whether it is said what it is a member of.
    pub fn says_memberships(&self) -> bool {
        !self.member_of.is_empty() || !self.may_become.is_empty()
    }

    /// Whether it can log in; unknown for roles that are kept elsewhere.
    pub fn can_login(&self) -> Option<bool> {
        match (&self.login, self.kind()) {
            (Some(written), _) => Some(written.value),
            (None, RoleKind::Login) => Some(true),
            (None, RoleKind::Group | RoleKind::Owner | RoleKind::Definer) => Some(false),
            (None, RoleKind::External | RoleKind::Dba) => None,
        }
    }
}

record! {
    /// A membership with its options. Options that are not written have PostgreSQL's default: ADMIN false, SET true, and
    /// INHERIT as the member's own `inherit` says.
    pub struct Membership is "a membership" or just role {
        /// The role it is a member of.
        role: Spanned<RoleName>,
        /// Whether it may give the membership to others.
        admin: bool = false,
        /// Whether it has the role's privileges without SET ROLE (PostgreSQL 16 and later).
        inherit: Option<Spanned<bool>>,
        /// Whether it may become the role by SET ROLE (PostgreSQL 16 and later).
        set: Option<Spanned<bool>>,
        /// Who gives it. Without it, whoever applies the plan.
        granted_by: Option<Spanned<RoleName>>,
    }
}

words! {
    /// What is said of a password that is not kept here.
    pub enum PasswordRule is "a rule about a password" {
        /// It has none. One that it has is taken away.
        None = "none",
        /// Somebody else sets and keeps it: what it is, is not looked at. That there is none is drift.
        Elsewhere = "elsewhere",
    }
}

words! {
    /// Where secrets are kept.
    pub enum SecretStore is "a secret store" {
        /// A file that only its owner can read (mode 600).
        File = "file",
        /// A vault (HashiCorp Vault, OpenBao): its key-value engine, version 2. The environment of whoever applies names it, as for the vault's own
        /// program: `VAULT_ADDR` and `VAULT_TOKEN`, or `BAO_ADDR` and `BAO_TOKEN`.
        Vault = "vault",
    }
}

record! {
    /// Where a role's password is kept.
    pub struct Secret is "a secret" {
        /// The kind of place.
        store: Spanned<SecretStore>,
        /// The path, relative to the folder of the contract; in a vault, the mount of the engine and the path there, where the password is kept as
        /// `password`.
        /// Example: `secrets/migrator`
        path: Spanned<SecretPath>,
        /// How old the password may become. Older is overdue.
        /// Example: `90d`
        rotate: Option<Spanned<Length>>,
    }
}

record! {
    /// How a role is retired.
    pub struct Retirement is "a retirement": Default {
        /// The role that owns from then on what the retired one owned, in every database.
        reassign_to: Option<Spanned<RoleName>>,
        /// Whether what it still owns is dropped. Without it a role that owns something and has no successor is not retired.
        drop_owned: bool = false,
        /// Whether its sessions are ended. Without it a role with sessions is not retired.
        terminate: bool = true,
        /// Why it goes.
        because: Option<Spanned<Words>>,
    }
}
