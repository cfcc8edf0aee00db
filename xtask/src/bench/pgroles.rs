//! pgroles, the rival that is measured beside us where it is installed.

use std::fmt::Write;
use std::path::PathBuf;

use crate::bench::size::Size;

/// The program that $PGROLES names, or the one in PATH.
pub(crate) fn installed() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("PGROLES") {
        return Some(PathBuf::from(named));
    }
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join("pgroles")).find(|program| program.is_file())
}

/// What its rows say where it is not installed.
pub(crate) const SKIPPED: &str = "not installed, skipped";

/// The manifest that says of a cluster what the contract says, as far as pgroles can: with its wildcards, and with
/// the owners' own privileges, which it does not take for granted.
pub(crate) fn manifest(size: &Size) -> String {
    let mut text = String::from("schemas:\n");
    for schema in size.schemas() {
        line(&mut text, format!("- {{name: {schema}, owner: {schema}_owner}}"));
    }
    text.push_str("roles:\n");
    for schema in size.schemas() {
        let groups = [vec![format!("{schema}_owner")], size.readers(&schema), size.writers(&schema)];
        for role in groups.concat() {
            line(&mut text, format!("- {{name: {role}}}"));
        }
    }
    for (login, _) in size.logins() {
        line(&mut text, format!("- {{name: {login}, login: true}}"));
    }
    text.push_str("grants:\n");
    for schema in size.schemas() {
        for role in [size.readers(&schema), size.writers(&schema)].concat() {
            line(
                &mut text,
                format!("- {{role: {role}, privileges: [USAGE], object: {{type: schema, name: {schema}}}}}"),
            );
        }
        for (role, class, privileges) in grants(size, &schema, &OWNER) {
            let object = format!("{{type: {class}, schema: {schema}, name: \"*\"}}");
            line(&mut text, format!("- {{role: {role}, privileges: [{privileges}], object: {object}}}"));
        }
    }
    text.push_str("default_privileges:\n");
    for schema in size.schemas() {
        line(&mut text, format!("- owner: {schema}_owner\n  schema: {schema}\n  grant:"));
        for (role, class, privileges) in grants(size, &schema, &[]) {
            line(&mut text, format!("  - {{role: {role}, privileges: [{privileges}], on_type: {class}}}"));
        }
    }
    text.push_str("memberships:\n");
    for schema in size.schemas() {
        for group in [size.readers(&schema), size.writers(&schema)].concat() {
            let members: Vec<String> = size
                .logins()
                .filter(|(_, of)| *of == group)
                .map(|(login, _)| format!("{{name: {login}}}"))
                .collect();
            if !members.is_empty() {
                line(&mut text, format!("- {{role: {group}, members: [{}]}}", members.join(", ")));
            }
        }
    }
    text
}

/// Who holds what on each class in a schema.
fn grants(size: &Size, schema: &str, owner: &[Grant]) -> Vec<(String, &'static str, &'static str)> {
    let each = |roles: Vec<String>, grants: &[Grant]| -> Vec<(String, &'static str, &'static str)> {
        roles
            .iter()
            .flat_map(|role| grants.iter().map(|(class, privileges)| (role.clone(), *class, *privileges)))
            .collect()
    };
    [
        each(vec![format!("{schema}_owner")], owner),
        each(size.readers(schema), &READER),
        each(size.writers(schema), &WRITER),
    ]
    .concat()
}

fn line(text: &mut String, line: String) {
    // Writing to a String does not fail.
    let _ = writeln!(text, "{line}");
}

/// A class, and the privileges on it.
type Grant = (&'static str, &'static str);

const OWNER: [Grant; 3] = [
    ("table", "SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER"),
    ("sequence", "SELECT, UPDATE, USAGE"),
    ("function", "EXECUTE"),
];
const READER: [Grant; 2] = [("table", "SELECT"), ("function", "EXECUTE")];
const WRITER: [Grant; 3] =
    [("table", "SELECT, INSERT, UPDATE, DELETE"), ("sequence", "USAGE, SELECT"), ("function", "EXECUTE")];
