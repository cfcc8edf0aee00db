//! The relations a statement touches.

use pg_raw_parse::nodes;

use crate::built_in;
use crate::class::Class;
use crate::effects::CopyDirection;
use crate::findings::Findings;
use crate::scope::Scopes;
use crate::step::Step;
use crate::view::Code;
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
    } else if CHANGES_ROWS.contains(&step.usage)
        && found.tier == Tier::ReadLimitedWrite
        && !found.view.may_change(schema, name)
    {
        let why = "the contract does not list it among the tables of read_limited_write".to_owned();
        found.does(Class::OutsideList, step.at, || format!("table {name}"), Some(why));
    }
}

fn read(found: &mut Findings<'_>, schema: Option<&str>, name: &str, at: usize) {
    match schema {
        None | Some("pg_catalog") if built_in::is_relation(name) => {
            let what = || format!("relation {name}");
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
    let why = match found.view.relation(schema, name) {
        Some(relation) if relation.reading == Code::Harmless => return,
        Some(_) => "the catalog does not show that what it is made of only reads",
        None => "it is not in the catalog that was read",
    };
    found.does(Class::CallUnreviewed, at, || format!("relation {name}"), Some(why.to_owned()));
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

/// What shows files of the server.
const FILES: &[&str] = &["pg_config", "pg_file_settings", "pg_hba_file_rules", "pg_ident_file_mappings"];
