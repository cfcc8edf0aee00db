//! The relations a statement touches.

use pg_raw_parse::nodes;

use crate::built_in;
use crate::class::Class;
use crate::effects::CopyDirection;
use crate::findings::Findings;
use crate::judgement::NOT_READ;
use crate::scope::Scopes;
use crate::step::Step;
use crate::view::{Attached, Code, Runs};
use pgward_contract::model::tier::Tier;

/// A relation that stands where `step` says.
pub(crate) fn touch(
    found: &mut Findings<'_>,
    relation: &nodes::RangeVar,
    step: &Step<'_>,
    scopes: &Scopes<'_>,
) {
    let Some(name) = relation.relname() else { return };
    let schema = relation.schemaname();
    let reads = step.usage == Class::Read || step.usage == Class::CopyOut;
    if reads && schema.is_none() && scopes.has(step.scope, name) {
        return;
    }
    found.touches(schema, name, step.usage);
    if reads {
        read(found, schema, name, step.at);
        return;
    }
    // What is changed is read as well: its conditions and what it returns use its columns.
    hanging(found, schema, name, step.at);
    let runs = CHANGES_ROWS.contains(&step.usage) || step.usage == Class::Maintain;
    let writing = found.view.relation(schema, name).and_then(|relation| relation.writing.clone());
    if let Some(why) = writing.filter(|_| runs) {
        found.does(Class::CallUnreviewed, step.at, || format!("relation {name}"), Some(why));
    }
    if CHANGES_ROWS.contains(&step.usage) && is_unknown(found, schema, name) {
        let what = || format!("relation \"{name}\"");
        return found.does(Class::CallUnreviewed, step.at, what, Some(NOT_READ.to_owned()));
    }
    if CHANGES_ROWS.contains(&step.usage)
        && found.tier == Tier::ReadLimitedWrite
        && !found.view.may_change(schema, name)
    {
        let why = "the contract does not list it among the tables of read_limited_write".to_owned();
        found.does(Class::OutsideList, step.at, || format!("table {name}"), Some(why));
    }
}

fn read(found: &mut Findings<'_>, schema: Option<&str>, name: &str, at: usize) {
    match schema {
        // A server that is older than the relation finds somebody's of that name.
        None if built_in::is_relation(name) && is_harmful(found, name) => {}
        None | Some("pg_catalog") if built_in::is_relation(name) => {
            let what = || format!("relation {name}");
            if SAMPLES.contains(&name) {
                samples(found, name, at);
            }
            if SECRETS.contains(&name) {
                found.does(Class::Secrets, at, what, None);
            } else if FILES.contains(&name) {
                let why = "it shows files of the server".to_owned();
                found.does(Class::CallUnreviewed, at, what, Some(why));
            }
            return;
        }
        Some("information_schema") if name == "_pg_user_mappings" => {
            return found.does(Class::Secrets, at, || format!("relation {name}"), None);
        }
        // Who may make something there could change PostgreSQL itself.
        Some("pg_catalog" | "information_schema" | "pg_toast") => return,
        _ => {}
    }
    if found.view.relations.is_none() {
        return;
    }
    hanging(found, schema, name, at);
    let why = match found.view.relation(schema, name) {
        Some(relation) if relation.reading == Code::Harmless => return,
        Some(relation) => relation.because.as_deref().unwrap_or(NOT_SHOWN),
        None if found.own.tables.iter().any(|made| made.is_called(schema, name, &found.view.search_path)) => {
            return;
        }
        None => {
            let what = || format!("relation \"{name}\"");
            return found.does(Class::CallUnreviewed, at, what, Some(NOT_READ.to_owned()));
        }
    };
    found.does(Class::CallUnreviewed, at, || format!("relation {name}"), Some(why.to_owned()));
}

/// Whether the catalog was read and has no relation of this name, and the session has made none. What writing to it runs is not known then.
fn is_unknown(found: &Findings<'_>, schema: Option<&str>, name: &str) -> bool {
    let view = found.view;
    let is_own = || found.own.tables.iter().any(|made| made.is_called(schema, name, &view.search_path));
    view.relations.is_some()
        && view.relation(schema, name).is_none()
        && !matches!(schema, Some("pg_catalog" | "information_schema" | "pg_toast"))
        && !(schema.is_none() && built_in::is_relation(name))
        && !is_own()
}

/// Whether somebody's relation of this name was not shown harmless.
fn is_harmful(found: &Findings<'_>, name: &str) -> bool {
    found.view.relation(None, name).is_some_and(|relation| relation.reading == Code::NotShownHarmless)
}

/// What hangs on the types of a relation: it runs where values are compared, sorted, grouped or cast, and no name in the
/// text says that they are. Of which columns they are is not known here.
fn hanging(found: &mut Findings<'_>, schema: Option<&str>, name: &str, at: usize) {
    let view = found.view;
    let Some(relation) = view.relation(schema, name) else { return };
    for attached in relation.attached.iter().filter(|attached| !view.names_attached(attached)) {
        let why = format!("{} may run, and {NOT_SHOWN_HARMLESS}", attached.described());
        match attached.runs {
            Runs::WhenUsed => {
                found.does(Class::CallUnreviewed, at, || format!("relation {name}"), Some(why));
            }
            runs => found.may_make(at, name, why, runs),
        }
    }
}

/// Samples of columns of every type can be compared as the columns can.
fn samples(found: &mut Findings<'_>, name: &str, at: usize) {
    let view = found.view;
    let runs = |attached: &&Attached| attached.runs == Runs::WhenUsed && !view.names_attached(attached);
    let relations = view.relations.iter().flat_map(|known| known.values());
    let Some(attached) = relations.flat_map(|relation| &relation.attached).find(runs) else { return };
    let why =
        format!("it has values of all types: {} may run, and {NOT_SHOWN_HARMLESS}", attached.described());
    found.does(Class::CallUnreviewed, at, || format!("relation {name}"), Some(why));
}

/// What a COPY does, and with its relation.
pub(crate) fn copy(found: &mut Findings<'_>, copy: &nodes::CopyStmt, at: usize) -> Class {
    let direction = if copy.is_from { CopyDirection::In } else { CopyDirection::Out };
    let class = match direction {
        CopyDirection::In => Class::CopyIn,
        CopyDirection::Out => Class::CopyOut,
    };
    if copy.is_program {
        found.does(Class::ServerFile, at, || "COPY ... PROGRAM".to_owned(), None);
    } else if copy.filename().is_some() {
        found.does(Class::ServerFile, at, || "COPY with a file of the server".to_owned(), None);
    } else {
        found.statement.copy = Some(direction);
    }
    let what = if copy.is_from { "COPY ... FROM" } else { "COPY ... TO" };
    found.does(class, at, || what.to_owned(), None);
    class
}

/// The row-changing uses that a list of tables bounds.
const CHANGES_ROWS: &[Class] = &[Class::Insert, Class::Update, Class::Delete, Class::Merge, Class::CopyIn];

/// What authenticates others, and rows of everybody's tables and objects that pass every privilege by.
const SECRETS: &[&str] =
    &["pg_authid", "pg_shadow", "pg_user_mapping", "pg_largeobject", "pg_statistic", "pg_statistic_ext_data"];

/// What has values of columns of every type.
const SAMPLES: &[&str] = &["pg_stats", "pg_stats_ext", "pg_stats_ext_exprs"];

const NOT_SHOWN: &str = "the catalog does not show that what it is made of only reads";
const NOT_SHOWN_HARMLESS: &str =
    "the catalog does not show that it only reads, and the contract does not name it";

/// What shows files of the server.
const FILES: &[&str] = &["pg_config", "pg_file_settings", "pg_hba_file_rules", "pg_ident_file_mappings"];
