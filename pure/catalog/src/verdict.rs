//! The verdict on one question: yes with every chain that gives it, or no with what would.

use crate::acl::{Acl, Grantee};
use crate::action::Action;
use crate::chain::{Chain, Usable, Ways};
use crate::class::Class;
use crate::effective::Effective;
use crate::ground::{Ground, Standing};
use crate::name::{Name, RoleName};
use crate::object::{Object, ObjectRef};
use crate::predefined::withheld;
use crate::principal::Place;
use crate::privilege::Privilege;
use crate::question::Question;
use crate::reach::{Condition, conditions};
use crate::relation::RoleId;
use crate::remedy::{GrantOption, JoinOption, Suggestion, can_change_owner};
use crate::role::Attribute;
use crate::row_security::Rows;

/// What was asked, and the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// About whom.
    pub role: Grantee,
    /// What was asked.
    pub question: Question,
    /// The answer to it; `has_*_privilege` gives the same.
    pub outcome: Outcome,
    /// What else it takes to make use of it.
    pub reach: Vec<Condition>,
    /// Which rows it reaches, where row security is enabled.
    pub rows: Option<Rows>,
}

/// Yes or no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The role may.
    Allowed {
        /// As it is, or only after SET ROLE.
        usable: Usable,
        /// Every ground it stands on, each by a shortest way; those usable now first.
        chains: Vec<Chain>,
    },
    /// The role may not.
    Refused {
        /// Why.
        because: Because,
        /// What would change that: any one of these.
        would_grant: Vec<Suggestion>,
    },
}

/// Why a role may not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Because {
    /// Nobody has given it to the role, to PUBLIC or to a role it acts as.
    NoGrantReaches,
    /// It holds it on these columns only, not on the whole.
    OnlyColumns(Vec<Name>),
    /// Nobody has given it to PUBLIC; what takes more than a grant, PUBLIC never has.
    NotPublic,
    /// Only the owner may, and the role does not act as the owner.
    NotOwner(RoleName),
    /// It takes an attribute the role does not have; attributes are not inherited.
    NoAttribute(Attribute),
    /// It takes being this role, or a member of it in a way that suffices.
    NotMember(RoleName),
    /// It takes ADMIN OPTION on this role, which nobody has on itself.
    NotAdmin(RoleName),
    /// System catalogs are written by superusers only, whatever was granted.
    SystemCatalog,
    /// There is no such role.
    NoSuchRole,
    /// There is no such object in the catalog.
    NotInCatalog,
}

/// Somebody who may, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Who.
    pub role: RoleName,
    /// The best chain: usable now before after SET ROLE, short before long.
    pub chain: Chain,
}

impl Effective<'_> {
    /// Whether this role may, and why or why not.
    pub fn why(&self, role: &RoleName, question: &Question) -> Verdict {
        let verdict = |outcome, acting: &RoleName| Verdict {
            role: Grantee::Role(role.clone()),
            question: question.clone(),
            outcome,
            reach: conditions(self, role, acting, question),
            rows: self.rows_of(acting, question),
        };
        let chains = self.chains(role, question);
        match chains.first() {
            Some(best) => {
                let (usable, acting) = (best.usable, best.acting(role).clone());
                verdict(Outcome::Allowed { usable, chains }, &acting)
            }
            None => verdict(self.refusal(role, question), role),
        }
    }

    /// Whether PUBLIC may: every role there is and will be, by nothing but grants to PUBLIC.
    pub fn why_public(&self, question: &Question) -> Verdict {
        let everybody =
            self.grounds(question).into_iter().filter(|(standing, _)| *standing == Standing::Everybody);
        let chains: Vec<Chain> =
            everybody.map(|(_, ground)| Chain { usable: Usable::Now, steps: Vec::new(), ground }).collect();
        let outcome = match (chains.is_empty(), question.action(), question.on()) {
            (false, _, _) => Outcome::Allowed { usable: Usable::Now, chains },
            (true, Action::Use(privilege), Some(object)) => {
                let grant = Suggestion::Grant {
                    privilege: *privilege,
                    column: question.column().cloned(),
                    on: object.key.clone(),
                    to: Grantee::Public,
                    option: GrantOption::Without,
                };
                let held = |acl: &Acl| acl.privileges_of(&Grantee::Public).contains(*privilege);
                let because = self.only_columns(question, |_, acl| held(acl)).unwrap_or(Because::NotPublic);
                Outcome::Refused { because, would_grant: vec![grant] }
            }
            (true, _, _) => Outcome::Refused { because: Because::NotPublic, would_grant: Vec::new() },
        };
        let (role, question) = (Grantee::Public, question.clone());
        Verdict { role, question, outcome, reach: Vec::new(), rows: None }
    }

    /// The columns of the object on which it is held, where the question is about all of it.
    fn only_columns(&self, question: &Question, held: impl Fn(&Name, &Acl) -> bool) -> Option<Because> {
        let object = question.on().filter(|_| question.column().is_none())?;
        let columns = self.catalog.object(object)?.columns.iter().filter(|(name, acl)| held(name, acl));
        let columns: Vec<Name> = columns.map(|(name, _)| name.clone()).collect();
        (!columns.is_empty()).then_some(Because::OnlyColumns(columns))
    }

    /// Everybody who may, sorted by name, with the best chain of each.
    pub fn who_can(&self, question: &Question) -> Vec<Holder> {
        let grounds = self.grounds(question);
        let place = self.place_of(question);
        let mut holders = Vec::new();
        for id in self.principals.ids() {
            let mut ways = Ways::from(self, id, place);
            let first = grounds
                .iter()
                .filter_map(|(standing, ground)| Some((ways.usable(*standing)?, standing, ground)))
                .min_by_key(|(usable, standing, _)| (*usable, distance(**standing, id)));
            if let Some((_, standing, ground)) = first
                && let Some(chain) = ways.chain(*standing, ground)
            {
                holders.push(Holder { role: self.principals.name(id).clone(), chain });
            }
        }
        holders
    }

    /// Who may on single columns and not on the whole, where the question is about all of a relation: column by column, each with
    /// everybody who may there and is not in [`Effective::who_can`].
    pub fn who_can_on_columns(&self, question: &Question) -> Vec<(Name, Vec<Holder>)> {
        let object =
            question.on().filter(|_| question.column().is_none()).and_then(|on| self.catalog.object(on));
        let Some(object) = object else { return Vec::new() };
        let whole = self.who_can(question);
        let elsewhere = |holder: &Holder| whole.iter().all(|other| other.role != holder.role);
        let of_column = |name: &Name| {
            let question = question.clone().of_column(name.clone()).ok()?;
            let holders: Vec<Holder> = self.who_can(&question).into_iter().filter(elsewhere).collect();
            (!holders.is_empty()).then(|| (name.clone(), holders))
        };
        object.columns.keys().filter_map(of_column).collect()
    }

    /// When the role may; none: never. The cheap form of [`Effective::why`].
    pub fn may(&self, role: &RoleName, question: &Question) -> Option<Usable> {
        let ways = Ways::from(self, self.principals.id(role.as_str())?, self.place_of(question));
        self.grounds(question).iter().filter_map(|(standing, _)| ways.usable(*standing)).min()
    }

    fn chains(&self, role: &RoleName, question: &Question) -> Vec<Chain> {
        let Some(id) = self.principals.id(role.as_str()) else { return Vec::new() };
        let mut ways = Ways::from(self, id, self.place_of(question));
        let mut chains: Vec<Chain> = self
            .grounds(question)
            .iter()
            .filter_map(|(standing, ground)| ways.chain(*standing, ground))
            .collect();
        // A superuser's other grounds do not matter while it is one.
        let is_superuser = |chain: &Chain| matches!(&chain.ground, Ground::Superuser(name) if name == role);
        if chains.iter().any(is_superuser) {
            chains.retain(is_superuser);
        }
        chains.sort_by_key(|chain| (chain.usable, chain.steps.len()));
        chains
    }

    fn place_of(&self, question: &Question) -> &Place {
        match question.on() {
            Some(object) => self.place(object.database.as_ref(), &object.key),
            None => self.anywhere(),
        }
    }

    fn refusal(&self, role: &RoleName, question: &Question) -> Outcome {
        let refused = |because, would_grant| Outcome::Refused { because, would_grant };
        if self.principals.id(role.as_str()).is_none() {
            return refused(Because::NoSuchRole, Vec::new());
        }
        let found = question.on().map(|object| (object, self.catalog.object(object)));
        match (question.action(), found) {
            (_, Some((object, None))) if object.key.class != Class::Parameter => {
                refused(Because::NotInCatalog, Vec::new())
            }
            (Action::Use(privilege), found) => {
                self.no_grant(*privilege, GrantOption::Without, role, question, found)
            }
            (Action::Grant(privilege), found) => {
                self.no_grant(*privilege, GrantOption::With, role, question, found)
            }
            (Action::CreateTable | Action::CreateSchema, found) => {
                self.no_grant(Privilege::Create, GrantOption::Without, role, question, found)
            }
            (Action::Alter | Action::Drop, Some((object, Some(found)))) => {
                let mut suggestions = self.joins(role, question);
                if can_change_owner(object.key.class) {
                    suggestions.push(Suggestion::Own { object: object.key.clone(), owner: role.clone() });
                }
                refused(Because::NotOwner(found.owner.clone()), suggestions)
            }
            (Action::Attribute(attribute), _) => {
                let suggestion = Suggestion::Attribute { role: role.clone(), attribute: *attribute };
                refused(Because::NoAttribute(*attribute), vec![suggestion])
            }
            (Action::CopyProgram | Action::CopyServerFile, _) => {
                refused(Because::NoGrantReaches, self.joins(role, question))
            }
            (Action::SetRole(other), _) => {
                refused(Because::NotMember(other.clone()), self.join(other, role, JoinOption::Set))
            }
            (Action::Inherit(other), _) => {
                refused(Because::NotMember(other.clone()), self.join(other, role, JoinOption::Inherit))
            }
            (Action::Administer(other), _) => {
                refused(Because::NotAdmin(other.clone()), self.join(other, role, JoinOption::Admin))
            }
            // The remaining pairs are an object's action without the object, which no question is.
            (Action::Alter | Action::Drop, _) => refused(Because::NotInCatalog, Vec::new()),
        }
    }

    fn no_grant(
        &self,
        privilege: Privilege,
        option: GrantOption,
        role: &RoleName,
        question: &Question,
        found: Option<(&ObjectRef, Option<&Object>)>,
    ) -> Outcome {
        if let Some((object, Some(found))) = found
            && option == GrantOption::Without
            && withheld(&object.key, &found.origin).contains(privilege)
        {
            return Outcome::Refused { because: Because::SystemCatalog, would_grant: Vec::new() };
        }
        let direct = found.map(|(object, _)| Suggestion::Grant {
            privilege,
            column: question.column().cloned(),
            on: object.key.clone(),
            to: Grantee::Role(role.clone()),
            option,
        });
        let would_grant = direct.into_iter().chain(self.joins(role, question)).collect();
        let held = |name: &Name, _: &Acl| {
            let question = question.clone().of_column(name.clone());
            question.is_ok_and(|question| self.may(role, &question).is_some())
        };
        let because = self.only_columns(question, held).unwrap_or(Because::NoGrantReaches);
        Outcome::Refused { because, would_grant }
    }

    /// Memberships that would give it: of roles that stand on a ground themselves. Where a single privilege is asked
    /// for, only of group roles: not of superusers, owners, logins or predefined roles, who all have far more.
    fn joins(&self, role: &RoleName, question: &Question) -> Vec<Suggestion> {
        let mut suggestions = Vec::new();
        for (standing, ground) in self.grounds(question) {
            let Standing::Inheriting(id) = standing else { continue };
            let group = !self.principals.has(id, Attribute::Login);
            let candidate = match &ground {
                Ground::Granted { grantee: Grantee::Role(grantee), .. } if group => {
                    let object = question.on().and_then(|object| self.catalog.object(object));
                    Some(grantee).filter(|grantee| object.is_none_or(|found| found.owner != **grantee))
                }
                Ground::Owner(owner) | Ground::SchemaOwner(owner, _)
                    if matches!(question.action(), Action::Alter | Action::Drop) =>
                {
                    Some(owner)
                }
                Ground::Predefined(predefined) if question.on().is_none() => Some(predefined),
                _ => None,
            };
            let Some(candidate) = candidate else { continue };
            if !self.principals.has(id, Attribute::Superuser) {
                for suggestion in self.join(candidate, role, JoinOption::Inherit) {
                    if !suggestions.contains(&suggestion) {
                        suggestions.push(suggestion);
                    }
                }
            }
        }
        suggestions.truncate(JOINS_MAX);
        suggestions
    }

    /// The membership that would make one role act as another; none where PostgreSQL would refuse it.
    fn join(&self, role: &RoleName, member: &RoleName, with: JoinOption) -> Vec<Suggestion> {
        let principals = &self.principals;
        let (Some(id), Some(joining)) = (principals.id(role.as_str()), principals.id(member.as_str())) else {
            return Vec::new();
        };
        let circular = principals.is_member(id, joining, self.anywhere());
        if circular || principals.is_database_owner(id) || principals.is_database_owner(joining) {
            return Vec::new();
        }
        // GRANT gives SET by itself, and INHERIT to roles with that attribute, unless there is a membership already.
        let has_membership = principals.edges(joining).iter().any(|edge| edge.role == id);
        let with = match with {
            JoinOption::Inherit if !has_membership && principals.has(joining, Attribute::Inherit) => {
                JoinOption::Default
            }
            JoinOption::Set if !has_membership => JoinOption::Default,
            JoinOption::Inherit | JoinOption::Set if !self.catalog.version.has_membership_options() => {
                JoinOption::Default
            }
            other => other,
        };
        vec![Suggestion::Join { role: role.clone(), member: member.clone(), with }]
    }
}

/// More memberships than this are not suggested: the reader needs one.
const JOINS_MAX: usize = 3;

/// For choosing between grounds without searching a way: itself first, then through others.
fn distance(standing: Standing, role: RoleId) -> u8 {
    match standing {
        Standing::Being(other) | Standing::Itself(other) if other == role => 0,
        Standing::Inheriting(other) | Standing::Becoming(other) if other == role => 1,
        Standing::Inheriting(_) | Standing::Becoming(_) | Standing::Being(_) | Standing::Itself(_) => 2,
        Standing::Admin(..) => 2,
        Standing::Everybody => 3,
    }
}

#[cfg(test)]
mod tests;
