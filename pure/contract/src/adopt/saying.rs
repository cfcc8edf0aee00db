//! What one entry of a contract says, before it is known to whom and on what.

use pgward_catalog::acl::Grantee;
use pgward_catalog::class::Class;
use pgward_catalog::name::RoleName;
use pgward_catalog::privilege::Privileges;
use pgward_catalog::version::Version;

use crate::adopt::residual::Deed;
use crate::adopt::words::{self, new};
use crate::form::collection::OneOrMany;
use crate::model::grant::{Grant, Selection};
use crate::model::kind::Kind;

/// What one entry says, before it is known to whom and on what.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Saying {
    /// What the objects are named as.
    pub kind: Kind,
    /// What is written.
    pub deed: Deed,
    /// Who gives it; none: the owner of each object.
    pub grantor: Option<RoleName>,
    /// The privileges.
    pub privileges: Privileges,
    /// Whether it holds for objects to come.
    pub future: Future,
}

/// Whether an entry holds for objects to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Future {
    /// As far as its patterns do.
    AsPatternsDo,
    /// Not even where its patterns would.
    No,
}

impl Saying {
    /// The entry that says this of these objects.
    pub fn grant(&self, version: Version, grantees: &[Grantee], on: Selection) -> Grant {
        let class = self.kind.group().classes.first().copied().unwrap_or(Class::Table);
        Grant {
            to: OneOrMany(grantees.iter().map(|grantee| new(words::grantee(grantee))).collect()),
            allow: words::privileges(self.privileges, class, version),
            on: new(on),
            future: (self.future == Future::No).then(|| new(false)),
            revoke: self.deed.takes().then(|| new(true)),
            grant_option: self.deed.is_about_option().then(|| new(true)),
            granted_by: self.grantor.as_ref().map(|role| new(words::role(role))),
            because: None,
        }
    }
}
