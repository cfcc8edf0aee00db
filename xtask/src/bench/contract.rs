//! The contract that is true of a loaded cluster: everything by patterns, nothing listed.

use std::fmt::Write;

use crate::bench::loaded::DATABASE;
use crate::bench::size::Size;

/// The contract of the whole cluster, as YAML.
pub(crate) fn contract(size: &Size) -> String {
    of_schemas(size, &size.schemas().collect::<Vec<_>>())
}

/// The contract of some of its schemas, and of the roles that are there for them.
pub(crate) fn of_schemas(size: &Size, schemas: &[String]) -> String {
    let mut text = String::from("contract: 1\ncluster: large\nscope:\n  roles: [\"large_*\"]\nroles:\n");
    for schema in schemas {
        line(&mut text, format!("  {schema}_owner: {{kind: owner}}"));
        for role in [size.readers(schema), size.writers(schema)].concat() {
            line(&mut text, format!("  {role}: {{kind: group}}"));
        }
    }
    let is_there = |group: &str| schemas.iter().any(|schema| group.starts_with(&format!("{schema}_")));
    for (login, group) in size.logins().filter(|(_, group)| is_there(group)) {
        line(&mut text, format!("  {login}: {{kind: login, member_of: [{group}]}}"));
    }
    line(&mut text, format!("databases:\n  {DATABASE}:\n    schemas:"));
    for schema in schemas {
        let users = [size.readers(schema), size.writers(schema)].concat().join(", ");
        let owner = format!("{schema}_owner");
        line(
            &mut text,
            format!("      {schema}: {{owner: {owner}, objects_owner: {owner}, use: [{users}]}}"),
        );
    }
    line(&mut text, "    grants:".to_owned());
    for schema in schemas {
        let (readers, writers) = (size.readers(schema).join(", "), size.writers(schema).join(", "));
        let mut grant = |to: &str, allow: &str, class: &str| {
            let on = format!("{{{class}: \"{schema}.*\"}}");
            line(&mut text, format!("      - {{to: [{to}], allow: [{allow}], on: {on}}}"));
        };
        grant(&readers, "select", "tables");
        grant(&writers, "select, insert, update, delete", "tables");
        grant(&writers, "usage, select", "sequences");
        grant(&format!("{readers}, {writers}"), "execute", "routines");
        line(
            &mut text,
            format!("      - {{to: PUBLIC, allow: execute, on: {{routines: \"{schema}.*\"}}, revoke: true}}"),
        );
    }
    line(&mut text, "    defaults:".to_owned());
    for schema in schemas {
        line(
            &mut text,
            format!(
                "      - {{creator: {schema}_owner, on: functions, to: PUBLIC, allow: execute, revoke: true}}"
            ),
        );
    }
    text
}

fn line(text: &mut String, line: String) {
    // Writing to a String does not fail.
    let _ = writeln!(text, "{line}");
}
