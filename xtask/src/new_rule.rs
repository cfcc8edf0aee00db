//! `cargo xtask new-rule ID`: a new audit rule is one new file; the list of rules is written from the folder.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::say;

/// Scaffolds the rule of this id, and writes the list anew; without an id, only that.
pub(crate) fn run(root: &Path, words: &[String]) -> ExitCode {
    let made = match words {
        [] => write_list(root).map(|()| None),
        [id] => new_rule(root, id).map(Some),
        _ => Err(Trouble::Asked("one id at a time".to_owned())),
    };
    match made {
        Ok(Some(path)) => {
            say::out(&format!("wrote {}\nnext: fill it in, then\n{NEXT}", path.display()));
            ExitCode::SUCCESS
        }
        Ok(None) => ExitCode::SUCCESS,
        Err(Trouble::Asked(wrong)) => {
            say::err(&format!("new-rule: {wrong}\n\nusage: cargo xtask new-rule [AREA.NAME]"));
            ExitCode::from(2)
        }
        Err(Trouble::Disk(path, error)) => {
            say::err(&format!("new-rule: {}: {error}", path.display()));
            ExitCode::FAILURE
        }
    }
}

#[derive(Debug)]
enum Trouble {
    Asked(String),
    Disk(PathBuf, io::Error),
}

fn new_rule(root: &Path, id: &str) -> Result<PathBuf, Trouble> {
    let module = module_of(id).ok_or_else(|| {
        Trouble::Asked(format!("`{id}` is no id: write an area, a dot and a name, as in `role.createdb`"))
    })?;
    let path = folder(root).join(format!("{module}.rs"));
    if path.exists() {
        return Err(Trouble::Asked(format!("{} is there already", path.display())));
    }
    write(&path, &scaffold(id, &module))?;
    write_list(root)?;
    Ok(path)
}

/// `role.createdb` lives in `role_createdb.rs`.
fn module_of(id: &str) -> Option<String> {
    let (area, name) = id.split_once('.')?;
    let plain = |part: &str| {
        part.starts_with(|letter: char| letter.is_ascii_lowercase())
            && part
                .chars()
                .all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_')
    };
    (plain(area) && plain(name)).then(|| format!("{area}_{name}"))
}

fn write_list(root: &Path) -> Result<(), Trouble> {
    let modules = modules(&folder(root))?;
    write(&root.join(LIST), &list(&modules))
}

/// The modules of the folder, sorted.
fn modules(folder: &Path) -> Result<Vec<String>, Trouble> {
    let disk = |error| Trouble::Disk(folder.to_owned(), error);
    let mut modules = Vec::new();
    for entry in fs::read_dir(folder).map_err(disk)? {
        let path = entry.map_err(disk)?.path();
        if path.extension().is_some_and(|end| end == "rs")
            && let Some(module) = path.file_stem().and_then(|stem| stem.to_str())
        {
            modules.push(module.to_owned());
        }
    }
    modules.sort();
    Ok(modules)
}

/// The text of `rules.rs`, as rustfmt leaves it.
fn list(modules: &[String]) -> String {
    let declared: String = modules.iter().map(|module| format!("mod {module};\n")).collect();
    let listed: String = modules.iter().map(|module| format!("    &{module}::RULE,\n")).collect();
    let one_line = format!(
        "pub const RULES: &[&Rule] = &[{}];\n",
        modules.iter().map(|module| format!("&{module}::RULE")).collect::<Vec<_>>().join(", ")
    );
    let constant = if one_line.len() <= WIDTH {
        one_line
    } else {
        format!("pub const RULES: &[&Rule] = &[\n{listed}];\n")
    };
    format!("{HEAD}\n{declared}\nuse crate::rule::Rule;\n\n/// Every rule.\n{constant}")
}

fn scaffold(id: &str, module: &str) -> String {
    TEMPLATE.replace("ID", id).replace("MODULE", module)
}

fn folder(root: &Path) -> PathBuf {
    root.join("pure/audit/src/rules")
}

fn write(path: &Path, text: &str) -> Result<(), Trouble> {
    fs::write(path, text).map_err(|error| Trouble::Disk(path.to_owned(), error))
}

const LIST: &str = "pure/audit/src/rules.rs";

const HEAD: &str = "//! The rules: one file each, in the order of their ids. Written by `cargo xtask new-rule`; a test keeps it complete.\n";

/// `max_width` of rustfmt.toml, and the line's end.
const WIDTH: usize = 111;

const NEXT: &str = "  PGWARD_RULE=<its file's name> cargo nextest run -p pgward-postgres --test audit_rules
  UPDATE_EXPECT=1 cargo test -p xtask --test rules";

const TEMPLATE: &str = r#"use crate::finding::{Findings, Fix, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;

pub(super) const RULE: Rule = Rule {
    id: "ID",
    title: "a role is called MODULE",
    capability: Capability::Hygiene,
    precondition: Precondition::Login,
    versions: Versions::ALL,
    sees: &[],
    references: &[Reference::page("role-attributes", "Role Attributes")],
    explanation: "Why it matters, and what to do.",
    check,
    cases: &[Case {
        shows: "a role has that name",
        versions: Versions::ALL,
        flawed: "CREATE ROLE MODULE;",
        finds: &[("role MODULE", "MODULE")],
        sound: "CREATE ROLE MODULE_ok;",
        fix: FixWorks::Runs,
        needs: Needs::Nothing,
    }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for name in study.catalog.roles.keys().filter(|name| name.as_str() == "MODULE") {
        let message = format!("role {} has that name", name.quoted());
        let fix = Fix::sql(format!("DROP ROLE {}", name.quoted()));
        findings.add(Subject::Role(name.clone()), Some(name.clone().into()), message, fix);
    }
}
"#;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn an_id_names_a_file() {
        assert_eq!(module_of("role.createdb").as_deref(), Some("role_createdb"));
        for id in ["role", "role.", ".createdb", "Role.createdb", "role.create-db", "role.9", "../x.y"] {
            assert_eq!(module_of(id), None, "{id}");
        }
    }

    #[test]
    fn the_list_of_rules_is_what_the_folder_holds() {
        let root = crate::workspace_root();
        let written = fs::read_to_string(root.join(LIST)).unwrap();
        assert_eq!(written, list(&modules(&folder(&root)).unwrap()), "run `cargo xtask new-rule`");
    }

    #[test]
    fn a_scaffold_is_written_once() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("pure/audit/src/rules")).unwrap();
        let path = new_rule(folder.path(), "role.new_one").unwrap();
        assert!(fs::read_to_string(&path).unwrap().contains("id: \"role.new_one\""));
        let list = fs::read_to_string(folder.path().join(LIST)).unwrap();
        assert!(list.ends_with("pub const RULES: &[&Rule] = &[&role_new_one::RULE];\n"), "{list}");
        assert!(matches!(new_rule(folder.path(), "role.new_one"), Err(Trouble::Asked(_))));
    }
}
