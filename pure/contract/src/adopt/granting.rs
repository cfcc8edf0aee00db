//! What adoption of grants needs to know about a database.

use pgward_catalog::acl::Grantee;
use pgward_catalog::catalog::Contents;
use pgward_catalog::name::SchemaName;
use pgward_catalog::object::ObjectKey;
use pgward_catalog::version::Version;

use crate::expand::creators::Creators;
use crate::model::kind::Kind;

/// What adoption of grants needs to know about a database.
pub struct Granting<'a> {
    /// The server's version.
    pub version: Version,
    /// What is in the database.
    pub contents: &'a Contents,
    /// Who creates in which schema.
    pub creators: &'a Creators,
    /// Whether the contract has to account for what this grantee holds there.
    pub accounts_for: &'a dyn Fn(&Grantee, Option<&SchemaName>) -> bool,
    /// Whether who may call a routine is said elsewhere.
    pub is_interface: &'a dyn Fn(&ObjectKey) -> bool,
    /// The kind that routines are spoken of as.
    pub routines: Kind,
}
