//! Definer functions whose names are looked up where their callers may put things, that execute what they are given, or that open
//! what they are told.

use std::collections::BTreeSet;

use pgward_catalog::acl::Grantee;
use pgward_catalog::class::Class;
use pgward_catalog::name::{DatabaseName, RoleName, SchemaName};
use pgward_catalog::object::{Object, ObjectKey, ObjectRef, RoutineFacts};
use pgward_catalog::privilege::Privilege;
use pgward_catalog::role::Attribute;

use crate::finding::Fix;
use crate::paths::edges::foreign::may_trust_itself;
use crate::paths::edges::found::{Edges, Step};
use crate::paths::edges::holding::{holds, may_use_schema};
use crate::paths::graph::{Node, Sink};
use crate::paths::mechanism::Mechanism;
use crate::severity::Precondition;
use crate::source_text::dynamic::How;
use crate::source_text::files::Opens;
use crate::source_text::naming::Gives;
use crate::study::deeds::{Deed, Done};
use crate::study::search_path::SearchPath;
use crate::study::{Placed, Study};

pub(super) fn add(edges: &mut Edges<'_, '_>) {
    let study = edges.study;
    for (database, contents, anatomy) in study.databases() {
        let schemas = contents.objects.keys().filter(|key| key.class == Class::Schema);
        let schemas: Vec<SchemaName> = schemas.map(|key| SchemaName::from(key.name.as_str())).collect();
        for (key, object) in &contents.objects {
            let Some(routine) = object.routine().filter(|routine| routine.security_definer) else { continue };
            let placed = Placed { database, key, object };
            let is_bound = anatomy.routines.get(key).is_some_and(|body| body.parsed);
            let misleads =
                looks_names_up(routine) && !is_bound && !study.has_nothing_to_mislead(&placed, routine);
            let deeds = study.deeds(&placed, routine);
            if !misleads && deeds.is_empty() {
                continue;
            }
            let callers: Vec<Grantee> = callers(study, database, key, object)
                .into_iter()
                .filter(|caller| edges.is_start(caller))
                .collect();
            if misleads {
                mislead(edges, &placed, routine, (&callers, &schemas));
            }
            let runners =
                if routine.trigger { makers_of_triggers(study, database, &callers) } else { callers };
            for done in &deeds {
                for (to, mut step) in steps(edges, &placed, done) {
                    if routine.trigger {
                        step.precondition = step.precondition.max(Precondition::Create);
                    }
                    for runner in &runners {
                        edges.add(runner, to.clone(), step.clone());
                    }
                }
            }
        }
    }
}

/// Those who may put a trigger on a table of their own: with this function in it, the arguments and the rows are theirs.
fn makers_of_triggers(study: &Study<'_>, database: &DatabaseName, callers: &[Grantee]) -> Vec<Grantee> {
    let mut makers = BTreeSet::new();
    for caller in callers {
        match caller {
            Grantee::Role(role) => {
                let may = |role: &RoleName| study.may_make_code(database, role);
                if may(role) || study.low_logins_of(role).any(may) {
                    makers.insert(caller.clone());
                }
            }
            Grantee::Public if study.may_everybody_make_code(database) => {
                makers.insert(Grantee::Public);
            }
            Grantee::Public => {
                makers.extend(study.makers_of_code(database).into_iter().cloned().map(Grantee::Role))
            }
        }
    }
    makers.into_iter().collect()
}

/// Everybody may mislead it, or those of the callers who may put something where it looks.
fn mislead(
    edges: &mut Edges<'_, '_>,
    placed: &Placed<'_>,
    routine: &RoutineFacts,
    (callers, schemas): (&[Grantee], &[SchemaName]),
) {
    let study = edges.study;
    let database = placed.database;
    let mut who: BTreeSet<Grantee> = BTreeSet::new();
    for caller in callers {
        if can_mislead(study, (database, schemas), routine, caller) {
            who.insert(caller.clone());
        } else if *caller == Grantee::Public {
            let logins = study.low_logins().map(|(login, _)| Grantee::Role(login.clone()));
            who.extend(logins.filter(|login| can_mislead(study, (database, schemas), routine, login)));
        }
    }
    let to = edges.identity(&placed.object.owner);
    for caller in who.into_iter().filter(|caller| caller.role() != Some(&placed.object.owner)) {
        let step = Step {
            mechanism: Mechanism::DefinerSearchPath,
            precondition: Precondition::Create,
            database: Some(database),
            cause: cause(placed),
            fix: Fix::sql(format!(
                "ALTER {} {} SET search_path = pg_catalog, pg_temp",
                placed.key.class.alter_keyword(),
                placed.key.quoted()
            )),
            object: Some(placed.at()),
        };
        edges.add(&caller, to.clone(), step);
    }
}

fn cause(placed: &Placed<'_>) -> String {
    format!(
        "{} in database {}, owned by {}",
        placed.key,
        placed.database.quoted(),
        placed.object.owner.quoted()
    )
}

/// Where one thing that it does for its caller leads.
fn steps<'d>(edges: &Edges<'_, '_>, placed: &Placed<'d>, done: &Done) -> Vec<(Node, Step<'d>)> {
    let study = edges.study;
    let owner = &placed.object.owner;
    let step = |mechanism, precondition, fix: &str| Step {
        mechanism,
        precondition,
        database: Some(placed.database),
        cause: format!("{}, which has {}", cause(placed), done.words),
        fix: Fix::words(fix),
        object: Some(placed.at()),
    };
    let opens = |sink| (Node::Sink(sink), step(Mechanism::DefinerFiles, Precondition::Login, FIX_THE_NAME));
    match done.deed {
        Deed::Text(How::Runs) => {
            vec![(edges.identity(owner), step(Mechanism::DefinerDynamicSql, Precondition::Login, QUOTE))]
        }
        Deed::Text(How::Reads) if study.is_superuser(owner) => {
            vec![(Node::Sink(Sink::AllRead), step(Mechanism::DefinerDynamicSql, Precondition::Login, QUOTE))]
        }
        // A superuser's connection needs no password where the server trusts its own machine.
        Deed::Text(How::Connects) if study.is_superuser(owner) && may_trust_itself(study) => {
            let step = step(Mechanism::DblinkLoopback, Precondition::Configuration, FIX_THE_CONNECTION);
            vec![(Node::Sink(Sink::Superuser), step)]
        }
        Deed::Gives(gives) => given(edges, placed, gives)
            .into_iter()
            .map(|(to, precondition)| (to, step(Mechanism::DefinerNames, precondition, FIX_THE_NAMES)))
            .collect(),
        Deed::Text(How::Reads | How::Sets | How::Elsewhere | How::Connects) | Deed::Opens(Opens::Imports) => {
            Vec::new()
        }
        Deed::Opens(Opens::Text) => vec![opens(Sink::ServerFiles)],
        Deed::Opens(Opens::Bytes) => vec![opens(Sink::ServerFiles), opens(Sink::AllRead)],
        Deed::Opens(Opens::Writes | Opens::Runs) => vec![opens(Sink::OsCommand)],
    }
}

/// What whoever says the names is given.
fn given(edges: &Edges<'_, '_>, placed: &Placed<'_>, gives: Gives) -> Vec<(Node, Precondition)> {
    let study = edges.study;
    let owner = &placed.object.owner;
    let login = |node| vec![(node, Precondition::Login)];
    if study.is_superuser(owner) {
        return match gives {
            Gives::Reading => login(Node::Sink(Sink::AllRead)),
            Gives::Writing => login(Node::Sink(Sink::AllWrite)),
            // A view or function of one's own, given to a superuser, goes on with a superuser's rights.
            Gives::Ownership => vec![
                (Node::Sink(Sink::AllWrite), Precondition::Login),
                (Node::Sink(Sink::Superuser), Precondition::Create),
            ],
            Gives::Password | Gives::Membership | Gives::Superuser => login(Node::Sink(Sink::Superuser)),
        };
    }
    let creates_roles = study.catalog.roles.get(owner).is_some_and(|role| role.has(Attribute::CreateRole));
    if creates_roles && !study.version().has_membership_options() {
        return login(Node::AnyPlainRole);
    }
    let granted = study.grants(owner).filter(|role| !study.is_superuser(role));
    let granted = granted.filter(|role| {
        let logs_in = study.catalog.roles.get(*role).is_some_and(|role| role.has(Attribute::Login));
        gives == Gives::Membership || creates_roles && logs_in
    });
    granted.map(|role| (Node::Role(role.clone()), Precondition::Login)).collect()
}

const FIX_THE_NAMES: &str =
    "compare the names with a list of those that may be said, or fix them in the body";
const QUOTE: &str = "write names with format's %I, constants with %L, and give values with USING";
const FIX_THE_NAME: &str = "fix the name in the body, or take a key and look the name up";
const FIX_THE_CONNECTION: &str = "fix the connection in the body, or name a foreign server";

/// Who may call a routine: those it is granted to, and where not all of these may use its schema, the logins that may.
fn callers(
    study: &Study<'_>,
    database: &DatabaseName,
    key: &ObjectKey,
    object: &Object,
) -> BTreeSet<Grantee> {
    let mut callers = BTreeSet::new();
    for entry in object.acl.entries().iter().filter(|entry| entry.privileges.contains(Privilege::Execute)) {
        if may_use_schema(study, database, key, &entry.grantee) {
            callers.insert(entry.grantee.clone());
            continue;
        }
        let may_execute = |login: &&RoleName| match &entry.grantee {
            Grantee::Public => true,
            Grantee::Role(role) => study.acts_as(login, role),
        };
        let logins = study.low_logins().map(|(login, _)| login).filter(may_execute);
        let logins = logins.map(|login| Grantee::Role(login.clone()));
        callers.extend(logins.filter(|login| may_use_schema(study, database, key, login)));
    }
    callers.remove(&Grantee::Role(object.owner.clone()));
    callers
}

/// Compiled code finds what it needs by itself, as far as anybody can tell.
fn looks_names_up(routine: &RoutineFacts) -> bool {
    !matches!(routine.language.as_str(), "c" | "internal")
}

/// Whether the caller may put something where the function looks: temporary tables, unless `pg_temp` comes last and everything
/// before it is somebody's who is trusted; a schema of the caller's choice, if nothing is pinned.
fn can_mislead(
    study: &Study<'_>,
    (database, schemas): (&DatabaseName, &[SchemaName]),
    routine: &RoutineFacts,
    caller: &Grantee,
) -> bool {
    let temporary = holds(study, &ObjectRef::database(database), caller, Privilege::Temporary);
    let may_create = |schema: &SchemaName| {
        let schema = ObjectRef::within(database, ObjectKey::bare(Class::Schema, schema.as_str()));
        holds(study, &schema, caller, Privilege::Create)
    };
    match routine.settings.get("search_path").map(|path| SearchPath::read(path)) {
        None => {
            temporary
                || holds(study, &ObjectRef::database(database), caller, Privilege::Create)
                || schemas.iter().any(may_create)
        }
        Some(path) => {
            // The caller chooses who `$user` is only by being it: its own name is the schema that is meant.
            (temporary && !path.temporary_last()) || path.schemas(caller.role()).iter().any(may_create)
        }
    }
}
