//! Databases, tablespaces and parameters as they should be.

use std::collections::BTreeMap;

use pgward_catalog::acl::{Acl, Entry, Grantee};
use pgward_catalog::class::Class;
use pgward_catalog::name::{DatabaseName, RoleName};
use pgward_catalog::object::{DatabaseFacts, Facts, Object, ObjectKey, ObjectRef};
use pgward_catalog::privilege::{Privilege, Privileges};

use crate::diagnostic::Diagnostic;
use crate::diagnostic::code::Code;
use crate::expand::acl::{Complete, Wanted, born_with, composed, composed_outside, entry, grantee};
use crate::expand::drift::{Drift, DriftKind};
use crate::expand::expanding::Expanding;
use crate::expand::owners;
use crate::expand::withheld::Withheld;
use crate::model::cluster::{ParameterPrivilege, Tablespace};
use crate::model::database::{Database, DatabasePrivilege, PublicDefaults};
use crate::source::span::Span;

type Objects = BTreeMap<ObjectKey, Object>;

/// The objects of the cluster.
pub fn desired(expanding: &mut Expanding<'_>) -> Objects {
    let mut made = Objects::new();
    let mut withheld = Withheld::default();
    for (key, object) in &expanding.observed.cluster_objects {
        let desired = match key.class {
            Class::Database => database(expanding, key, object, &mut withheld),
            Class::Tablespace => tablespace(expanding, key, object),
            _ => continue,
        };
        made.insert(key.clone(), desired);
    }
    withheld.report(expanding, None);
    parameters(expanding, &mut made);
    missing(expanding);
    made
}

fn database(
    expanding: &mut Expanding<'_>,
    key: &ObjectKey,
    object: &Object,
    withheld: &mut Withheld,
) -> Object {
    let name = DatabaseName::from(key.name.as_str());
    let Some(said) = expanding.declaration(&name) else {
        return unmentioned(expanding, key, object, withheld);
    };
    let said_owner = said.owner.as_ref().map(|owner| RoleName::from(owner.as_str()));
    let owner = owners::succeeding(expanding, said_owner.as_ref().unwrap_or(&object.owner));
    if expanding.may_change(&name) {
        expanding.reach.databases.insert(name.clone());
    }
    if said_owner.is_none() && owner == object.owner {
        owners::report_if_unaccounted(expanding, None, key, &owner);
    }
    let lists = [
        (Privilege::Connect, &said.connect),
        (Privilege::Temporary, &said.temporary),
        (Privilege::Create, &said.create),
    ];
    let mut born = born_with(Class::Database, object, &owner, expanding.observed.version);
    if is_template(&name) {
        born.revoke(&Grantee::Public, &owner, Privilege::Temporary.into());
    }
    if said.public() == PublicDefaults::None {
        born.retain(|entry| entry.grantee != Grantee::Public);
    }
    for without in &said.owner_without {
        born.revoke(&Grantee::Role(owner.clone()), &owner, database_privilege(without.value).into());
    }
    let mut wanted = Wanted::default();
    let mut complete = Privileges::NONE;
    for (privilege, list) in lists {
        let Some(list) = list else { continue };
        complete |= privilege.into();
        born.revoke(&Grantee::Public, &owner, privilege.into());
        expanding.reasons.of_list(&ObjectRef::of_cluster(key.clone()), privilege.into(), list);
        wanted.given.extend(list.iter().map(|written| entry(written, privilege.into(), &owner)));
    }
    let mut desired = object.clone();
    desired.owner = owner.clone();
    desired.facts = facts(expanding, &name, said, &object.facts);
    let found = object.acl.with_owner_changed(&object.owner, &owner);
    withheld.note(key, None, &found, &born, &wanted);
    desired.acl = composed(&expanding.standings, &found, born, &wanted, Complete(complete));
    desired
}

/// A database that the contract does not describe: declared roles and PUBLIC hold no more there than PostgreSQL gives.
fn unmentioned(
    expanding: &mut Expanding<'_>,
    key: &ObjectKey,
    object: &Object,
    withheld: &mut Withheld,
) -> Object {
    let name = DatabaseName::from(key.name.as_str());
    let mut desired = object.clone();
    desired.owner = owners::succeeding(expanding, &object.owner);
    if !expanding.ignores(&name) {
        report_options(expanding, &name, options_as_found(&name, &object.facts));
        if desired.owner != expanding.observed.bootstrap {
            owners::report_if_unaccounted(expanding, None, key, &desired.owner);
        }
    }
    let found = object.acl.with_owner_changed(&object.owner, &desired.owner);
    let mut born = match expanding.ignores(&name) {
        true => found.clone(),
        false => born_with(key.class, object, &desired.owner, expanding.observed.version),
    };
    if is_template(&name) && !expanding.ignores(&name) {
        // initdb takes it away, and does not record that it did.
        born.revoke(&Grantee::Public, &desired.owner, Privilege::Temporary.into());
    }
    withheld.note(key, None, &found, &born, &Wanted::default());
    desired.acl = composed_outside(&expanding.standings, &found, born);
    desired
}

fn facts(expanding: &mut Expanding<'_>, name: &DatabaseName, said: &Database, found: &Facts) -> Facts {
    let Facts::Database(found) = found else { return found.clone() };
    let mut facts = found.clone();
    let mut unmentioned = Vec::new();
    match &said.connections {
        Some(limit) => facts.connection_limit = i32::try_from(limit.0).ok().filter(|limit| *limit >= 0),
        None => unmentioned.extend(limit_as_found(found)),
    }
    match &said.allow_connections {
        Some(allow) => facts.allow_connections = allow.value,
        None => unmentioned.extend(connections_as_found(name, found)),
    }
    match &said.template {
        Some(template) => facts.template = template.value,
        None => unmentioned.extend(template_as_found(name, found)),
    }
    report_options(expanding, name, unmentioned);
    Facts::Database(facts)
}

/// Options of a database that are not those of a new one and that the contract does not say.
fn report_options(expanding: &mut Expanding<'_>, name: &DatabaseName, options: Vec<(&str, &str)>) {
    for (what, option) in options {
        let message = format!("database \"{name}\" has {what}, which the contract does not say");
        let hint = format!("write it as `{option}`, or undo it with ALTER DATABASE");
        expanding.drift.push(Drift::new(DriftKind::UnaccountedOption, message, hint).within(name));
    }
}

/// The options of a database that the contract does not name.
fn options_as_found(name: &DatabaseName, found: &Facts) -> Vec<(&'static str, &'static str)> {
    let Facts::Database(found) = found else { return Vec::new() };
    let options = [limit_as_found(found), connections_as_found(name, found), template_as_found(name, found)];
    options.into_iter().flatten().collect()
}

/// What a database has, and the key of the contract that would say so; none if it is as it was made.
type Oddity = Option<(&'static str, &'static str)>;

fn limit_as_found(found: &DatabaseFacts) -> Oddity {
    found.connection_limit.map(|_| ("a connection limit", "connections"))
}

fn connections_as_found(name: &DatabaseName, found: &DatabaseFacts) -> Oddity {
    match (found.allow_connections, accepts_connections_as_made(name)) {
        (false, true) => Some(("no connections allowed", "allow_connections: false")),
        (true, false) => Some(("been opened to connections", "allow_connections: true")),
        _ => None,
    }
}

fn template_as_found(name: &DatabaseName, found: &DatabaseFacts) -> Oddity {
    match (found.template, is_template(name)) {
        (true, false) => Some(("been made a template", "template: true")),
        (false, true) => Some(("been made no template any more", "template: false")),
        _ => None,
    }
}

/// Whether a new database of this name accepts connections: initdb makes template0 so that nothing changes in it.
pub fn accepts_connections_as_made(name: &DatabaseName) -> bool {
    name.as_str() != "template0"
}

fn database_privilege(word: DatabasePrivilege) -> Privilege {
    match word {
        DatabasePrivilege::Connect => Privilege::Connect,
        DatabasePrivilege::Temporary => Privilege::Temporary,
        DatabasePrivilege::Create => Privilege::Create,
    }
}

/// Whether initdb made it for others to be made from.
pub fn is_template(name: &DatabaseName) -> bool {
    matches!(name.as_str(), "template0" | "template1")
}

fn tablespace(expanding: &mut Expanding<'_>, key: &ObjectKey, object: &Object) -> Object {
    let contract = expanding.contract;
    let said: Option<&Tablespace> = contract
        .tablespaces
        .iter()
        .find(|(name, _)| name.as_str() == key.name.as_str())
        .map(|(_, said)| said);
    let said_owner = said.and_then(|said| said.owner.as_ref()).map(|owner| RoleName::from(owner.as_str()));
    let owner = owners::succeeding(expanding, said_owner.as_ref().unwrap_or(&object.owner));
    if said_owner.is_none() && owner == object.owner {
        owners::report_if_unaccounted(expanding, None, key, &owner);
    }
    let mut wanted = Wanted::default();
    let mut complete = Complete::for_none();
    if said.is_some() {
        expanding.reach.objects.insert(ObjectRef::of_cluster(key.clone()));
    }
    if let Some(create) = said.and_then(|said| said.create.as_ref()) {
        complete = Complete::for_all();
        expanding.reasons.of_list(&ObjectRef::of_cluster(key.clone()), Privilege::Create.into(), create);
        wanted.given.extend(create.iter().map(|written| entry(written, Privilege::Create.into(), &owner)));
    }
    let mut born = born_with(Class::Tablespace, object, &owner, expanding.observed.version);
    if said.is_some_and(Tablespace::owner_without_create) {
        born.revoke(&Grantee::Role(owner.clone()), &owner, Privilege::Create.into());
    }
    let found = object.acl.with_owner_changed(&object.owner, &owner);
    let acl = composed(&expanding.standings, &found, born, &wanted, complete);
    Object { owner, acl, ..object.clone() }
}

fn parameters(expanding: &mut Expanding<'_>, made: &mut Objects) {
    let bootstrap = expanding.observed.bootstrap.clone();
    let own = Entry {
        grantee: Grantee::Role(bootstrap.clone()),
        grantor: bootstrap.clone(),
        privileges: Class::Parameter.privileges(expanding.observed.version),
        grantable: Privileges::NONE,
    };
    let born: Acl = [own].into_iter().collect();
    let mut named: BTreeMap<ObjectKey, Wanted> = BTreeMap::new();
    for grant in &expanding.contract.parameters {
        if !expanding.observed.version.has_parameter_privileges() {
            expanding.report.add(no_parameters(grant.span, expanding.observed.version.major()));
            continue;
        }
        let allow: Privileges = grant.allow.iter().map(|word| privilege(word.value)).collect();
        for setting in &grant.on {
            let key = ObjectKey::bare(Class::Parameter, setting.as_str().to_ascii_lowercase().as_str());
            let name = ObjectRef::of_cluster(key.clone());
            let because = grant.because.as_ref().map(|words| words.as_str().to_owned());
            let to = grant.to.iter().map(|to| grantee(&to.role)).collect();
            let reason = expanding.reasons.add(grant.span, because, to, allow);
            expanding.reasons.give(name.clone(), vec![reason]);
            expanding.reach.objects.insert(name);
            let given = grant.to.iter().map(|to| entry(to, allow, &bootstrap));
            named.entry(key).or_default().given.extend(given);
        }
    }
    let observed = expanding.observed.cluster_objects.iter().filter(|(key, _)| key.class == Class::Parameter);
    for (key, object) in observed {
        let (wanted, complete) = match named.remove(key) {
            Some(wanted) => (wanted, Complete::for_all()),
            None => (Wanted::default(), Complete::for_none()),
        };
        // Where nobody holds anything any more, the first GRANT gives the superuser its own entry again.
        let found = if object.acl.is_empty() { &born } else { &object.acl };
        let acl = composed(&expanding.standings, found, born.clone(), &wanted, complete);
        if acl != born || object.acl == born {
            made.insert(key.clone(), Object { acl, ..object.clone() });
        }
    }
    for (key, wanted) in named {
        let acl = composed(&expanding.standings, &born, born.clone(), &wanted, Complete::for_all());
        if acl != born {
            made.insert(key, Object::new(bootstrap.clone(), acl));
        }
    }
}

fn privilege(word: ParameterPrivilege) -> Privilege {
    match word {
        ParameterPrivilege::Set => Privilege::Set,
        ParameterPrivilege::AlterSystem => Privilege::AlterSystem,
    }
}

fn no_parameters(span: Span, major: u32) -> Diagnostic {
    Diagnostic::error(
        Code::NotInThisVersion,
        span,
        format!("PostgreSQL {major} has no privileges on parameters"),
    )
    .detail("GRANT SET ON PARAMETER exists since PostgreSQL 15")
    .hint("remove the entry, or set the parameter for the role: `settings`")
}

/// Declared databases and tablespaces that are not there.
fn missing(expanding: &mut Expanding<'_>) {
    let there =
        |class, name: &str| expanding.observed.cluster_objects.contains_key(&ObjectKey::bare(class, name));
    let databases = expanding.contract.databases.keys().map(|key| (Class::Database, key.as_str(), key.span));
    let tablespaces =
        expanding.contract.tablespaces.keys().map(|key| (Class::Tablespace, key.as_str(), key.span));
    let found: Vec<Drift> = databases
        .chain(tablespaces)
        .filter(|(class, name, _)| !there(*class, name))
        .map(|(class, name, span)| {
            let what = class.word();
            let message = format!("{what} \"{name}\" does not exist");
            let hint =
                format!("create it (CREATE {}), or remove it from the contract", class.alter_keyword());
            let drift = Drift::new(DriftKind::Missing, message, hint).at(span);
            drift.of_objects(vec![ObjectRef::of_cluster(ObjectKey::bare(class, name))])
        })
        .collect();
    expanding.drift.extend(found);
}
