//! Who may do what on the objects that are there, and on those that will be.

use std::collections::BTreeSet;

use pgward_catalog::class::Class;
use pgward_catalog::default_privileges::DefaultKind;
use pgward_catalog::name::{DatabaseName, Name, RoleName, SchemaName};
use pgward_catalog::object::{ObjectKey, ObjectRef};
use pgward_catalog::privilege::{Privilege as P, Privileges};
use pgward_catalog::version::Version;

use crate::diagnostic::Diagnostic;
use crate::diagnostic::code::Code;
use crate::expand::acl::{Recipient, Wanted};
use crate::expand::choice::{Choice, Member};
use crate::expand::described::is_system;
use crate::expand::expanding::Expanding;
use crate::expand::group::Group;
use crate::expand::inventory::Inventory;
use crate::expand::missing;
use crate::expand::reasons::ReasonId;
use crate::expand::work::{Work, Works};
use crate::model::database::Database;
use crate::model::grant::{Grant, Grantee, Privilege};
use crate::source::span::Spanned;

/// A grant that holds for objects that do not exist yet.
#[derive(Debug)]
pub struct Future {
    /// The kind of objects.
    pub kind: DefaultKind,
    /// In which schemas.
    pub schemas: BTreeSet<SchemaName>,
    /// Who.
    pub recipients: Vec<Recipient>,
    /// What they may do.
    pub privileges: Privileges,
    /// The place in the contract.
    pub reason: ReasonId,
}

/// Puts what the contract grants into the works, and returns what holds for objects to come.
pub fn apply(
    expanding: &mut Expanding<'_>,
    said: &Database,
    database: &DatabaseName,
    inventory: Inventory<'_>,
    works: &mut Works<'_>,
) -> Vec<Future> {
    let mut futures = Vec::new();
    for written in &said.grants {
        let grant = &written.value;
        let choice = Choice::of(&grant.on);
        let recipients = recipients(grant);
        let columns: Vec<Name> =
            grant.on.columns.iter().flatten().map(|column| Name::from(column.as_str())).collect();
        let because = grant.because.as_ref().map(|words| words.as_str().to_owned());
        let to: Vec<_> = recipients.iter().map(|recipient| recipient.grantee.clone()).collect();
        for member in &choice.members {
            let Some(privileges) = allowed(expanding, grant, member.group) else { continue };
            let reason =
                expanding.reasons.add(written.span, because.clone(), to.clone(), privileges.at_most());
            let objects = choice.objects(member, inventory);
            if objects.is_empty() {
                missing::report(expanding, database, member, inventory);
            }
            let version = expanding.observed.version;
            let giving =
                Giving { grant, privileges, recipients: &recipients, columns: &columns, reason, version };
            // Who may call an interface is listed with it; only by its name something more can be taken.
            let by_name = grant.revoke() && member.pattern.is_plain();
            for (key, _) in objects {
                let Some(work) = works.get_mut(key) else { continue };
                if work.ignored || (work.is_interface && !by_name) {
                    continue;
                }
                if !work.described {
                    expanding.reach.objects.insert(ObjectRef::within(database, key.clone()));
                }
                giving.give(key, work);
            }
            if let Some(kind) = future_kind(expanding, grant, member) {
                let schemas = future_schemas(expanding, said, grant, &choice, member, inventory);
                futures.push(Future {
                    kind,
                    schemas,
                    recipients: recipients.clone(),
                    privileges: within(privileges, kind.class(), version),
                    reason,
                });
            }
        }
    }
    futures
}

/// A grant, ready to be given on many objects.
struct Giving<'c> {
    grant: &'c Grant,
    privileges: Allowed,
    recipients: &'c [Recipient],
    columns: &'c [Name],
    reason: ReasonId,
    version: Version,
}

impl Giving<'_> {
    /// Gives it on one object.
    fn give(&self, key: &ObjectKey, work: &mut Work<'_>) {
        let privileges = within(self.privileges, key.class, self.version);
        if self.grant.on.columns.is_none() {
            self.put(privileges, &work.owner, &mut work.wanted);
        } else {
            let privileges = privileges & key.class.column_privileges();
            for column in self.columns {
                let wanted = work.columns.entry(column.clone()).or_default();
                self.put(privileges, &work.owner, wanted);
            }
        }
        if !self.grant.revoke() {
            work.reasons.push(self.reason);
        }
    }

    fn put(&self, privileges: Privileges, owner: &RoleName, wanted: &mut Wanted) {
        let entries = self.recipients.iter().map(|recipient| recipient.entry(privileges, owner));
        if self.grant.revoke() { wanted.taken.extend(entries) } else { wanted.given.extend(entries) }
    }
}

/// Whom a grant is for: what it says for all of them holds where they do not say it themselves.
fn recipients(grant: &Grant) -> Vec<Recipient> {
    let all_may_give = grant.grant_option();
    let of_all = grant.granted_by.as_ref().map(|role| RoleName::from(role.as_str()));
    let recipient = |to: &Spanned<Grantee>| {
        let own = Recipient::of(to);
        let grantor = own.grantor.or_else(|| of_all.clone());
        Recipient { grantor, grant_option: own.grant_option || all_may_give, ..own }
    };
    grant.to.iter().map(recipient).collect()
}

/// What a list of privileges means, before the class is known.
#[derive(Debug, Clone, Copy)]
pub enum Allowed {
    /// All there are for the class in this version.
    All,
    /// These.
    These(Privileges),
}

impl Allowed {
    /// At most these, whatever the class.
    fn at_most(self) -> Privileges {
        match self {
            Allowed::All => P::ALL.into_iter().collect(),
            Allowed::These(privileges) => privileges,
        }
    }
}

fn within(allowed: Allowed, class: Class, version: Version) -> Privileges {
    match allowed {
        Allowed::All => class.privileges(version),
        Allowed::These(privileges) => privileges & class.privileges(version),
    }
}

/// The privileges a grant allows on a group of classes; says so where the version does not have one.
fn allowed(expanding: &mut Expanding<'_>, grant: &Grant, group: Group) -> Option<Allowed> {
    let version = expanding.observed.version;
    let newest = Version(999_999);
    let of_group = |version| {
        let classes = group.classes.iter();
        classes.fold(Privileges::NONE, |all, class| all | class.privileges(version))
    };
    let mut these = Privileges::NONE;
    for word in &grant.allow {
        let Some(privilege) = privilege(word.value) else { return Some(Allowed::All) };
        if of_group(version).contains(privilege) {
            these |= privilege.into();
        } else if of_group(newest).contains(privilege) {
            let message = format!("PostgreSQL {} has no {privilege} privilege", version.major());
            expanding.report.add(
                Diagnostic::error(Code::NotInThisVersion, word.span, message)
                    .detail("MAINTAIN exists since PostgreSQL 17; before, only owners VACUUM, ANALYZE and REFRESH")
                    .hint("remove it, or let the role become the owner: `may_become`"),
            );
        }
    }
    (!these.is_empty()).then_some(Allowed::These(these))
}

/// The catalog's privilege; none for `all`.
pub fn privilege(word: Privilege) -> Option<P> {
    Some(match word {
        Privilege::Select => P::Select,
        Privilege::Insert => P::Insert,
        Privilege::Update => P::Update,
        Privilege::Delete => P::Delete,
        Privilege::Truncate => P::Truncate,
        Privilege::References => P::References,
        Privilege::Trigger => P::Trigger,
        Privilege::Maintain => P::Maintain,
        Privilege::Execute => P::Execute,
        Privilege::Usage => P::Usage,
        Privilege::Create => P::Create,
        Privilege::All => return None,
    })
}

/// The default privileges that a pattern of a grant stands for, if it stands for any.
fn future_kind(expanding: &mut Expanding<'_>, grant: &Grant, member: &Member<'_>) -> Option<DefaultKind> {
    let can = !grant.revoke()
        && grant.on.columns.is_none()
        && grant.granted_by.is_none()
        && member.pattern.whole_schemas().is_some()
        && member.group.default.is_some();
    match &grant.future {
        Some(future) if !future.value => None,
        Some(future) if !can => {
            let message = format!(
                "default privileges cannot say what this grant says about {} to come",
                member.group.word
            );
            expanding.report.add(
                Diagnostic::error(Code::NoSuchDefault, future.span, message)
                    .label(
                        member.span,
                        "only a pattern over all of a schema, such as `public.*`, has default privileges",
                    )
                    .hint("remove `future`; what is made later is granted by the next plan"),
            );
            None
        }
        _ => member.group.default.filter(|_| can),
    }
}

fn future_schemas(
    expanding: &mut Expanding<'_>,
    said: &Database,
    grant: &Grant,
    choice: &Choice<'_>,
    member: &Member<'_>,
    inventory: Inventory<'_>,
) -> BTreeSet<SchemaName> {
    let Some(glob) = member.pattern.whole_schemas() else { return BTreeSet::new() };
    let there = inventory.schemas().map(|(key, _)| key.name.as_str());
    let listed = said.schemas.keys().map(|name| name.as_str());
    let mut schemas: BTreeSet<SchemaName> = there
        .chain(listed)
        .filter(|schema| glob.matches(schema) && !is_system(schema))
        .map(SchemaName::from)
        .collect();
    schemas.retain(|schema| !expanding.ignores_schema(schema));
    schemas.retain(|schema| match choice.excepts_by_wildcard(schema) {
        None => true,
        Some(span) => {
            if grant.future.as_ref().is_some_and(|future| future.value) {
                let message =
                    format!("default privileges in schema \"{schema}\" cannot leave out names by a pattern");
                expanding.report.add(Diagnostic::error(Code::NoSuchDefault, span, message).hint(
                    "write the names out, or remove `future: true`; the next plan then grants new objects",
                ));
            }
            false
        }
    });
    schemas
}
