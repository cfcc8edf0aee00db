//! Random edits of a catalog.

use std::collections::BTreeSet;

use pgward_catalog::acl::{Acl, Entry, Grantee};
use pgward_catalog::catalog::Catalog;
use pgward_catalog::class::Class;
use pgward_catalog::default_privileges::{DefaultKey, DefaultKind};
use pgward_catalog::membership::{Inheritance, MembershipKey, MembershipOptions};
use pgward_catalog::name::{DatabaseName, Name, RoleName, SchemaName};
use pgward_catalog::object::{Facts, Object, ObjectKey, ObjectRef};
use pgward_catalog::policy::{Policy, PolicyCommand, PolicyKind};
use pgward_catalog::privilege::Privileges;
use pgward_catalog::role::{Attribute, Role};
use pgward_catalog::setting::SettingScope;

use crate::arbitrary::retire::retire;
use crate::arbitrary::roll::Dice;
use crate::authority::Authority;
use crate::birth::{parameter_at_birth, schema_at_birth};
use crate::change::Change;
use crate::grant_model::{Behavior, ObjectAcls, Operation, Verb};
use crate::simulate::make;

/// The catalog after so many random edits. Roles that initdb made are left alone, and so is what it owns.
pub fn edited(catalog: &Catalog, dice: &mut Dice, edits: usize) -> Catalog {
    let mut after = catalog.clone();
    for _ in 0..edits {
        match dice.roll(24) {
            0 => edit_role(&mut after, dice),
            1 => create_role(&mut after, dice),
            2 if dice.once_in(3) => drop_role(&mut after, dice),
            2..=5 => edit_membership(&mut after, dice),
            6 => edit_setting(&mut after, dice),
            7 => create_schema(&mut after, dice),
            8 | 9 => edit_owner(&mut after, dice),
            10 | 11 => edit_default(&mut after, dice),
            12 | 13 => edit_facts(&mut after, dice),
            _ => edit_acl(&mut after, dice),
        }
    }
    root(&mut after);
    after
}

/// Leaves out what nobody may have granted: PostgreSQL can be brought there, by revoking a membership at the right
/// time, but hardly back.
fn root(catalog: &mut Catalog) {
    let objects = catalog.databases.values_mut().flat_map(|contents| contents.objects.values_mut());
    for object in catalog.cluster_objects.values_mut().chain(objects) {
        let nothing = Acl::EMPTY;
        object.acl = rooted(&object.acl, &nothing, &object.owner);
        for acl in object.columns.values_mut() {
            *acl = rooted(acl, &object.acl, &object.owner);
        }
        object.columns.retain(|_, acl| !acl.is_empty());
    }
}

/// The entries that lead back to the owner, through grant options here or on the whole object.
fn rooted(acl: &Acl, whole: &Acl, owner: &RoleName) -> Acl {
    let mut kept = Acl::EMPTY;
    loop {
        let before = kept.clone();
        for entry in acl.entries() {
            let grantor = Grantee::Role(entry.grantor.clone());
            if entry.grantee == grantor && entry.grantor != *owner {
                continue;
            }
            let options = kept.grantable_of(&grantor) | whole.grantable_of(&grantor);
            let may = if entry.grantor == *owner { entry.privileges } else { entry.privileges & options };
            kept.grant(Entry { privileges: may, grantable: entry.grantable & may, ..entry.clone() });
        }
        if kept == before {
            return kept;
        }
    }
}

const COLUMNS: [&str; 2] = ["id", "Total"];
const EXTRA_ROLES: [&str; 3] = ["new1", "New 2", "select"];

fn people(catalog: &Catalog) -> Vec<RoleName> {
    let ours = |name: &&RoleName| !name.as_str().starts_with("pg_") && **name != catalog.bootstrap;
    catalog.roles.keys().filter(ours).cloned().collect()
}

fn grantees(catalog: &Catalog) -> Vec<Grantee> {
    people(catalog).into_iter().map(Grantee::Role).chain([Grantee::Public]).collect()
}

fn edit_role(catalog: &mut Catalog, dice: &mut Dice) {
    let Some(name) = dice.pick(&people(catalog)).cloned() else { return };
    let Some(role) = catalog.roles.get_mut(&name) else { return };
    let toggled = [
        Attribute::Login,
        Attribute::CreateDb,
        Attribute::CreateRole,
        Attribute::Inherit,
        Attribute::BypassRls,
    ];
    match dice.roll(4) {
        0 => role.connection_limit = if dice.once_in(2) { None } else { Some(3) },
        1 => role.valid_until = Some("2031-02-03T04:05:06Z".to_owned()),
        _ => {
            let Some(attribute) = dice.pick(&toggled).copied() else { return };
            role.attributes = match role.has(attribute) {
                true => role.attributes.without(attribute),
                false => role.attributes.with(attribute),
            };
        }
    }
}

fn create_role(catalog: &mut Catalog, dice: &mut Dice) {
    if let Some(name) = dice.pick(&EXTRA_ROLES) {
        catalog.roles.entry(RoleName::from(*name)).or_insert_with(Role::plain);
    }
}

fn drop_role(catalog: &mut Catalog, dice: &mut Dice) {
    let successor = catalog.bootstrap.clone();
    if let Some(role) = dice.pick(&people(catalog)) {
        retire(catalog, role, &successor);
    }
}

fn edit_membership(catalog: &mut Catalog, dice: &mut Dice) {
    if dice.once_in(3) {
        let keys: Vec<_> = catalog.memberships.keys().filter(|key| ours(key, catalog)).cloned().collect();
        if let Some(key) = dice.pick(&keys) {
            catalog.memberships.remove(key);
            drop_orphans(catalog);
        }
        return;
    }
    let people = people(catalog);
    let (Some(role), Some(member)) = (dice.pick(&people), dice.pick(&people)) else { return };
    if is_member(catalog, role, member) {
        return;
    }
    let modern = catalog.version.has_membership_options();
    let inherit = match (modern, dice.once_in(3)) {
        (false, _) => Inheritance::ByAttribute,
        (true, true) => Inheritance::NotInherited,
        (true, false) => Inheritance::Inherited,
    };
    let admin = dice.once_in(2);
    let admins: Vec<RoleName> = catalog
        .memberships
        .iter()
        .filter(|(key, options)| key.role == *role && options.admin && key.member != *member)
        .map(|(key, _)| key.member.clone())
        .collect();
    // Only roles that got ADMIN from the bootstrap superuser grant on: no circles.
    let grantor = match dice.pick(&admins) {
        Some(admin) if modern && dice.once_in(2) => admin.clone(),
        _ => catalog.bootstrap.clone(),
    };
    let key = MembershipKey { role: role.clone(), member: member.clone(), grantor: grantor.clone() };
    let admin = admin && grantor == catalog.bootstrap;
    let set = !modern || !dice.once_in(3);
    catalog.memberships.insert(key, MembershipOptions { admin, inherit, set });
    drop_orphans(catalog);
}

fn ours(key: &MembershipKey, catalog: &Catalog) -> bool {
    !key.member.as_str().starts_with("pg_") && key.member != catalog.bootstrap
}

fn drop_orphans(catalog: &mut Catalog) {
    let before = catalog.memberships.clone();
    let bootstrap = catalog.bootstrap.clone();
    catalog.memberships.retain(|key, _| {
        key.grantor == bootstrap
            || before.iter().any(|(other, options)| {
                other.role == key.role && other.member == key.grantor && options.admin
            })
    });
}

fn is_member(catalog: &Catalog, member: &RoleName, role: &RoleName) -> bool {
    let mut seen = BTreeSet::from([member]);
    let mut open = vec![member];
    while let Some(next) = open.pop() {
        for key in catalog.memberships.keys().filter(|key| key.member == *next) {
            if seen.insert(&key.role) {
                open.push(&key.role);
            }
        }
    }
    seen.contains(role)
}

fn edit_setting(catalog: &mut Catalog, dice: &mut Dice) {
    let databases: Vec<DatabaseName> = catalog.databases.keys().cloned().collect();
    let scope =
        SettingScope { role: dice.pick(&people(catalog)).cloned(), database: dice.pick(&databases).cloned() };
    let scope = match dice.roll(3) {
        0 => SettingScope { database: None, ..scope },
        1 => SettingScope { role: None, ..scope },
        _ => scope,
    };
    let values = [
        ("search_path", "\"$user\", \"We, ird\", public"),
        ("work_mem", "64MB"),
        ("app.tenant", "it's \\ 42"),
        ("search_path", "\"\""),
        ("statement_timeout", "30s"),
    ];
    let Some((name, value)) = dice.pick(&values) else { return };
    let settings = catalog.settings.entry(scope.clone()).or_default();
    if settings.remove(*name).is_none() {
        settings.insert(Name::from(*name), (*value).to_owned());
    }
    if settings.is_empty() {
        catalog.settings.remove(&scope);
    }
}

fn create_schema(catalog: &mut Catalog, dice: &mut Dice) {
    let version = catalog.version;
    let Some(owner) = dice.pick(&people(catalog)).cloned() else { return };
    let Some(contents) = catalog.databases.values_mut().next() else { return };
    let key = ObjectKey::bare(Class::Schema, "new schema");
    if !contents.objects.contains_key(&key) {
        let born = schema_at_birth(contents, &owner, version);
        contents.objects.insert(key, born);
    }
}

fn edit_owner(catalog: &mut Catalog, dice: &mut Dice) {
    let mut owners = people(catalog);
    owners.push(catalog.bootstrap.clone());
    let (Some(object), Some(after)) = (dice.pick(&editable(catalog)).cloned(), dice.pick(&owners).cloned())
    else {
        return;
    };
    // The owner of a foreign-data wrapper has to be a superuser; a parameter has none.
    if matches!(object.key.class, Class::Parameter | Class::ForeignDataWrapper) {
        return;
    }
    let before = after.clone();
    let _ = make(catalog, &Change::ChangeOwner { object, before, after });
}

/// Everything but sequences that belong to a table, and what initdb or an extension made.
fn editable(catalog: &Catalog) -> Vec<ObjectRef> {
    catalog
        .objects()
        .filter(|(_, key, object)| {
            key.class.has_acl()
                && object.origin == pgward_catalog::object::Origin::User
                && !matches!(object.facts, Facts::OwnedSequence { .. })
                && (key.class != Class::Database || catalog.databases.contains_key(key.name.as_str()))
        })
        .map(|(database, key, _)| ObjectRef { database: database.cloned(), key: key.clone() })
        .collect()
}

fn edit_default(catalog: &mut Catalog, dice: &mut Dice) {
    let version = catalog.version;
    let people = people(catalog);
    let schemas = [None, Some(SchemaName::from("public")), Some(SchemaName::from("App"))];
    let kinds = [
        DefaultKind::Tables,
        DefaultKind::Sequences,
        DefaultKind::Functions,
        DefaultKind::Types,
        DefaultKind::Schemas,
    ];
    let (Some(creator), Some(grantee), Some(schema), Some(kind)) =
        (dice.pick(&people), dice.pick(&grantees(catalog)).cloned(), dice.pick(&schemas), dice.pick(&kinds))
    else {
        return;
    };
    // Schemas have no schema.
    let schema = schema.clone().filter(|_| *kind != DefaultKind::Schemas);
    let default = DefaultKey { creator: creator.clone(), schema, kind: *kind };
    let Some(database) = catalog.databases.keys().next().cloned() else { return };
    let held = some_privileges(kind.class().privileges(version), dice);
    let entry = Entry {
        grantable: if dice.once_in(3) && grantee != Grantee::Public { held } else { Privileges::NONE },
        grantee,
        grantor: creator.clone(),
        privileges: held,
    };
    let change = match dice.once_in(2) {
        true => Change::GrantDefault { database, default, entry },
        false => Change::RevokeDefault { database, default, entry },
    };
    let _ = make(catalog, &change);
}

fn some_privileges(all: Privileges, dice: &mut Dice) -> Privileges {
    let some: Privileges = all.iter().filter(|_| dice.once_in(2)).collect();
    if some.is_empty() { all } else { some }
}

fn edit_acl(catalog: &mut Catalog, dice: &mut Dice) {
    if catalog.version.has_parameter_privileges() && dice.once_in(15) {
        let key = ObjectKey::bare(Class::Parameter, "work_mem");
        let born = parameter_at_birth(&catalog.bootstrap, catalog.version);
        catalog.cluster_objects.entry(key).or_insert(born);
    }
    let picked = dice.pick(&editable(catalog)).cloned();
    if let Some(name) = picked {
        grant_and_revoke(catalog, &name, dice);
    }
    let born = parameter_at_birth(&catalog.bootstrap, catalog.version);
    // Without any entry it means the same: the bootstrap superuser may do it all the same.
    let is_born = |object: &Object| object.acl == born.acl || object.acl.is_empty();
    catalog.cluster_objects.retain(|key, object| key.class != Class::Parameter || !is_born(object));
}

fn grant_and_revoke(catalog: &mut Catalog, name: &ObjectRef, dice: &mut Dice) {
    let Some(object) = catalog.object(name).cloned() else { return };
    let mut acls = ObjectAcls {
        class: name.key.class,
        owner: object.owner.clone(),
        whole: object.acl.clone(),
        columns: object.columns.clone(),
    };
    let (roles, memberships) = (catalog.roles.clone(), catalog.memberships.clone());
    let authority = Authority::of(&roles, &memberships);
    for _ in 0..=dice.roll(4) {
        if let Some(operation) = some_operation(catalog, name, &acls, dice) {
            let _ = acls.execute(&operation, &authority);
        }
    }
    if let Some(known) = catalog.object_mut(name) {
        *known = Object { acl: acls.whole, columns: acls.columns, ..object };
    }
}

fn some_operation(
    catalog: &Catalog,
    name: &ObjectRef,
    acls: &ObjectAcls,
    dice: &mut Dice,
) -> Option<Operation> {
    let class = name.key.class;
    let is_column = matches!(class, Class::Table | Class::PartitionedTable) && dice.once_in(3);
    let column = dice.pick(&COLUMNS).filter(|_| is_column).map(|column| Name::from(*column));
    let all = if is_column { class.column_privileges() } else { class.privileges(catalog.version) };
    let (grantee, grantor) = match dice.once_in(2) {
        // Something that is there, to be revoked.
        true => {
            let acl = match &column {
                None => &acls.whole,
                Some(column) => acls.columns.get(column)?,
            };
            let entry = dice.pick(acl.entries())?;
            (entry.grantee.clone(), entry.grantor.clone())
        }
        false => {
            let mut grantors: Vec<RoleName> = people(catalog)
                .into_iter()
                .filter(|role| !acls.options_of(role, column.as_ref()).is_empty())
                .collect();
            grantors.push(acls.owner.clone());
            let mut grantees = grantees(catalog);
            grantees.push(Grantee::Role(acls.owner.clone()));
            (dice.pick(&grantees)?.clone(), dice.pick(&grantors)?.clone())
        }
    };
    let verb = match dice.roll(5) {
        0 | 1 => Verb::Grant,
        2 => Verb::GrantWithOption,
        3 => Verb::Revoke(Behavior::Cascade),
        _ => Verb::RevokeOption(Behavior::Cascade),
    };
    // Taking its own from the bootstrap superuser does nothing while PostgreSQL keeps no row for the parameter.
    if class == Class::Parameter && grantee.role() == Some(&acls.owner) {
        return None;
    }
    let options = acls.options_of(&grantor, column.as_ref());
    let privileges = some_privileges(if grantor == acls.owner { all } else { all & options }, dice);
    (!privileges.is_empty()).then_some(Operation { verb, column, grantee, grantor, privileges })
}

fn has_alterable_facts(class: Class) -> bool {
    class.has_row_security() || matches!(class, Class::View | Class::Function | Class::Procedure)
}

fn edit_facts(catalog: &mut Catalog, dice: &mut Dice) {
    let candidates: Vec<ObjectRef> =
        editable(catalog).into_iter().filter(|name| has_alterable_facts(name.key.class)).collect();
    let roles: BTreeSet<Grantee> = dice.pick(&grantees(catalog)).cloned().into_iter().collect();
    let modern = catalog.version.has_security_invoker_views();
    let Some(name) = dice.pick(&candidates).cloned() else { return };
    let Some(object) = catalog.object_mut(&name) else { return };
    match &mut object.facts {
        Facts::Table(table) => {
            let security = &mut table.row_security;
            match dice.roll(4) {
                0 => security.enabled = !security.enabled,
                1 => security.forced = !security.forced,
                2 => {
                    security.policies.pop_first();
                }
                _ => {
                    let policy = some_policy(roles, dice);
                    let number = dice.roll(2);
                    security.policies.insert(Name::from(format!("Policy {number}").as_str()), policy);
                }
            }
        }
        Facts::Routine(routine) => match dice.roll(3) {
            0 => routine.security_definer = !routine.security_definer,
            1 if name.key.class == Class::Function => routine.leakproof = !routine.leakproof,
            _ => {
                if routine.settings.pop_first().is_none() {
                    let value = "pg_catalog, pg_temp".to_owned();
                    routine.settings.insert(Name::from("search_path"), value);
                }
            }
        },
        Facts::View(view) if name.key.class == Class::View => {
            view.security_barrier = !view.security_barrier;
            view.security_invoker = modern && dice.once_in(2);
        }
        _ => {}
    }
}

/// A policy whose expressions the server prints as they are written here.
fn some_policy(roles: BTreeSet<Grantee>, dice: &mut Dice) -> Policy {
    let commands = [PolicyCommand::All, PolicyCommand::Select, PolicyCommand::Insert, PolicyCommand::Update];
    let command = dice.pick(&commands).copied().unwrap_or(PolicyCommand::All);
    let expression = |dice: &mut Dice| format!("(id > {})", dice.roll(9));
    Policy {
        kind: if dice.once_in(3) { PolicyKind::Restrictive } else { PolicyKind::Permissive },
        command,
        roles,
        using: (command != PolicyCommand::Insert).then(|| expression(dice)),
        check: (!matches!(command, PolicyCommand::Select) && dice.once_in(2)
            || command == PolicyCommand::Insert)
            .then(|| expression(dice)),
    }
}
