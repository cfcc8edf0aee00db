//! Who may do what on the objects that are there, and on those that will be.

use std::collections::BTreeSet;

use pgward_catalog::acl::Entry;
use pgward_catalog::class::Class;
use pgward_catalog::default_privileges::DefaultKind;
use pgward_catalog::name::{DatabaseName, Name, RoleName, SchemaName};
use pgward_catalog::object::{ObjectKey, ObjectRef};
use pgward_catalog::privilege::{Privilege as P, Privileges};
use pgward_catalog::version::Version;

use crate::diagnostic::Diagnostic;
use crate::diagnostic::code::Code;
use crate::expand::acl::{Wanted, entry};
use crate::expand::choice::{Choice, Group, Member};
use crate::expand::expanding::Expanding;
use crate::expand::inventory::Inventory;
use crate::expand::missing;
use crate::expand::reasons::ReasonId;
use crate::expand::work::Works;
use crate::model::database::Database;
use crate::model::grant::{Grant, Grantee, Privilege};
use crate::source::span::Spanned;

/// A grant that holds for objects that do not exist yet.
#[derive(Debug)]
pub struct Future<'c> {
    /// The kind of objects.
    pub kind: DefaultKind,
    /// In which schemas.
    pub schemas: BTreeSet<SchemaName>,
    /// Who.
    pub to: &'c Grantee,
    /// The grant it follows from.
    pub grant: &'c Grant,
    /// What they may do.
    pub privileges: Privileges,
    /// The place in the contract.
    pub reason: ReasonId,
}

/// Puts what the contract grants into the works, and returns what holds for objects to come.
pub fn apply<'c>(
    expanding: &mut Expanding<'_>,
    said: &'c Database,
    database: &DatabaseName,
    inventory: Inventory<'_>,
    works: &mut Works<'_>,
) -> Vec<Future<'c>> {
    let mut futures = Vec::new();
    for written in &said.grants {
        let grant = &written.value;
        let choice = Choice::of(&grant.on);
        let because = grant.because.as_ref().map(|words| words.as_str().to_owned());
        let reason = expanding.reasons.add(written.span, because);
        for member in &choice.members {
            let Some(privileges) = allowed(expanding, grant, member.group) else { continue };
            let objects = choice.objects(member, inventory);
            if objects.is_empty() {
                missing::report(expanding, database, member, inventory);
            }
            // Who may call an interface is listed with it; only by its name something more can be taken.
            let is_listed = |key: &ObjectKey| works.get(key).is_some_and(|work| work.is_interface);
            let by_name = grant.revoke() && member.pattern.is_plain();
            let objects: Vec<&ObjectKey> =
                objects.into_iter().map(|(key, _)| key).filter(|key| by_name || !is_listed(key)).collect();
            for key in objects {
                give(expanding, grant, privileges, reason, database, key, works);
            }
            if let Some(kind) = future_kind(expanding, grant, member) {
                let schemas = future_schemas(expanding, said, grant, &choice, member, inventory);
                futures.extend(grant.to.iter().map(|to| Future {
                    kind,
                    schemas: schemas.clone(),
                    to,
                    grant,
                    privileges: within(privileges, kind.class(), expanding.observed.version),
                    reason,
                }));
            }
        }
    }
    futures
}

fn give(
    expanding: &mut Expanding<'_>,
    grant: &Grant,
    privileges: Allowed,
    reason: ReasonId,
    database: &DatabaseName,
    key: &ObjectKey,
    works: &mut Works<'_>,
) {
    let Some(work) = works.get_mut(key) else { return };
    if work.ignored {
        return;
    }
    let name = ObjectRef::within(database, key.clone());
    if !work.described {
        expanding.reach.objects.insert(name.clone());
    }
    let version = expanding.observed.version;
    let wanted: Vec<(Option<Name>, Privileges)> = match &grant.on.columns {
        None => vec![(None, within(privileges, key.class, version))],
        Some(columns) => {
            let privileges = within(privileges, key.class, version) & key.class.column_privileges();
            columns.iter().map(|column| (Some(Name::from(column.as_str())), privileges)).collect()
        }
    };
    for (column, privileges) in wanted {
        let place: &mut Wanted = match column {
            None => &mut work.wanted,
            Some(column) => work.columns.entry(column).or_default(),
        };
        for to in &grant.to {
            let entry = entry_of(grant, to, privileges, &work.owner);
            if grant.revoke() {
                place.taken.push(entry);
            } else {
                expanding.reasons.give(name.clone(), entry.grantee.clone(), privileges, reason);
                place.given.push(entry);
            }
        }
    }
}

/// What a grant gives one of its grantees on an object of this owner.
pub fn entry_of(grant: &Grant, to: &Spanned<Grantee>, privileges: Privileges, owner: &RoleName) -> Entry {
    let mut entry = entry(to, privileges, owner);
    if grant.grant_option() {
        entry.grantable = privileges;
    }
    if let (None, Some(grantor)) = (&to.granted_by, &grant.granted_by) {
        entry.grantor = RoleName::from(grantor.as_str());
    }
    entry
}

/// What a list of privileges means, before the class is known.
#[derive(Debug, Clone, Copy)]
pub enum Allowed {
    /// All there are for the class in this version.
    All,
    /// These.
    These(Privileges),
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
        .filter(|schema| glob.matches(schema) && !crate::expand::described::is_system(schema))
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
