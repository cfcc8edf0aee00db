//! Memberships of roles in roles, with their options.

use serde::{Deserialize, Serialize};

use crate::name::RoleName;

/// Which membership: `GRANT role TO member GRANTED BY grantor`. Before PostgreSQL 16 there is one row for each role
/// and member, and its grantor means nothing; the grantor is then the bootstrap superuser here.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct MembershipKey {
    /// The role that is granted.
    pub role: RoleName,
    /// The role it is granted to.
    pub member: RoleName,
    /// Who granted it.
    pub grantor: RoleName,
}

/// Whether a member has the role's privileges without SET ROLE.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Inheritance {
    /// As the member's own INHERIT attribute says at the time: PostgreSQL 14 and 15.
    ByAttribute,
    /// `WITH INHERIT TRUE` (16 and later).
    Inherited,
    /// `WITH INHERIT FALSE` (16 and later).
    NotInherited,
}

/// The options of a membership.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct MembershipOptions {
    /// WITH ADMIN OPTION: the member may grant the role on.
    pub admin: bool,
    /// Whether privileges are inherited.
    pub inherit: Inheritance,
    /// WITH SET TRUE: the member may SET ROLE to it. Always true before PostgreSQL 16.
    pub set: bool,
}

impl MembershipOptions {
    /// What the creator of a role gets who is no superuser, from PostgreSQL 16 on: ADMIN OPTION and nothing else.
    pub const OF_CREATOR: Self = Self { admin: true, inherit: Inheritance::NotInherited, set: false };
}
