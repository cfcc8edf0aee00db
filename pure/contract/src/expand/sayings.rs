//! Whether a chain is the contract's: whether it says every link, or somebody on the server has to have done the rest.

use pgward_catalog::acl::Grantee;
use pgward_catalog::catalog::Contents;
use pgward_catalog::chain::{Chain, Step};
use pgward_catalog::class::Class;
use pgward_catalog::ground::Ground;
use pgward_catalog::name::RoleName;
use pgward_catalog::object::{ObjectKey, ObjectRef};
use pgward_catalog::question::Question;

use crate::expand::inventory::Inventory;
use crate::expand::owners::is_said;
use crate::expand::reasons::Reasons;
use crate::model::contract::Contract;
use crate::model::database::Database;
use crate::model::role::Role;

/// What a contract says of one database.
pub struct Sayings<'c> {
    /// The contract.
    pub contract: &'c Contract,
    /// Its part about the database.
    pub said: &'c Database,
    /// Why grants should be.
    pub reasons: &'c Reasons,
    /// What would be in the database.
    pub contents: &'c Contents,
}

impl Sayings<'_> {
    /// Whether the contract says every link of the chain that answers the question.
    pub fn say(&self, chain: &Chain, question: &Question) -> bool {
        chain.steps.iter().all(|step| self.say_membership(step)) && self.say_ground(&chain.ground, question)
    }

    fn role(&self, name: &RoleName) -> Option<&Role> {
        let mut roles = self.contract.roles.iter();
        roles.find(|(role, _)| role.as_str() == name.as_str()).map(|(_, role)| role)
    }

    fn say_membership(&self, step: &Step) -> bool {
        self.role(&step.member).is_some_and(|member| {
            let groups = member.member_of.iter().map(|group| group.role.as_str());
            groups
                .chain(member.may_become.iter().map(|role| role.as_str()))
                .any(|role| role == step.role.as_str())
        })
    }

    fn say_ground(&self, ground: &Ground, question: &Question) -> bool {
        match ground {
            // What a role that is kept elsewhere is by itself is not the contract's doing.
            Ground::Superuser(role) | Ground::Attribute(role, _) => {
                self.role(role).is_some_and(|role| !role.kind().is_foreign())
            }
            Ground::Granted { grantee, privilege, on, .. } => {
                let on = on.clone().map(ObjectRef::of_cluster);
                let Some(object) = on.as_ref().or(question.on()) else { return false };
                let owner = self.owner(&object.key).map(Grantee::Role);
                self.reasons.of_grant(object, grantee, *privilege).is_some()
                    || owner.as_ref() == Some(grantee)
            }
            Ground::Owner(_) => question.on().is_some_and(|object| self.owner(&object.key).is_some()),
            Ground::SchemaOwner(_, schema) => {
                self.owner(&ObjectKey::bare(Class::Schema, schema.as_str())).is_some()
            }
            // The memberships that lead there have been looked at.
            Ground::Predefined(_) | Ground::Is(_) | Ground::Admin { .. } => true,
        }
    }

    /// Who would own the object, if the contract says who should.
    fn owner(&self, key: &ObjectKey) -> Option<RoleName> {
        if key.class == Class::Database {
            return self.said.owner.as_ref().map(|owner| RoleName::from(owner.as_str()));
        }
        let object = self.contents.objects.get(key)?;
        is_said(self.said, Inventory::of(&self.contents.objects), key, object).then(|| object.owner.clone())
    }
}
