//! What is being made of each object of a database.

use std::collections::BTreeMap;

use pgward_catalog::name::{Name, RoleName};
use pgward_catalog::object::{Facts, Object, ObjectKey};
use pgward_catalog::privilege::Privileges;

use crate::expand::acl::Wanted;
use crate::expand::described::Described;
use crate::expand::inventory::schema_of;
use crate::expand::reasons::ReasonId;

/// What is being made of the objects of a database.
pub type Works<'o> = BTreeMap<&'o ObjectKey, Work<'o>>;

/// What is being made of one object.
pub struct Work<'o> {
    /// The object as it is.
    pub found: &'o Object,
    /// Whether it is in a schema that the contract describes, so that only what the contract gives holds.
    pub described: bool,
    /// Whether it is in a schema that is left alone.
    pub ignored: bool,
    /// Who should own it.
    pub owner: RoleName,
    /// Whether the contract says who owns it.
    pub accounted: bool,
    /// What the contract changes about its ACL.
    pub wanted: Wanted,
    /// The privileges that a list of its own is complete for: `use` and `create` of schemas.
    pub listed: Privileges,
    /// What the contract changes about the ACLs of its columns.
    pub columns: BTreeMap<Name, Wanted>,
    /// What else should be, where it differs from what is.
    pub facts: Option<Facts>,
    /// The entries of the contract that give something on it.
    pub reasons: Vec<ReasonId>,
    /// Whether it is an interface, whose callers are listed completely.
    pub is_interface: bool,
}

impl<'o> Work<'o> {
    /// The object as it is, so far.
    pub fn of(found: &'o Object, described: &Described, key: &ObjectKey) -> Self {
        let schema = schema_of(key);
        Self {
            found,
            described: schema.as_ref().is_some_and(|schema| described.schemas.contains(schema)),
            ignored: schema.as_ref().is_some_and(|schema| described.ignored.contains(schema)),
            owner: found.owner.clone(),
            accounted: false,
            wanted: Wanted::default(),
            listed: Privileges::NONE,
            columns: BTreeMap::new(),
            facts: None,
            reasons: Vec::new(),
            is_interface: false,
        }
    }
}
