//! The pages of `docs/rules`, one for each audit rule, and what must be true of every rule.
//! `UPDATE_EXPECT=1 cargo test -p xtask --test rules` writes them anew.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use expect_test::expect_file;
use pgward_audit::rule::{FixWorks, Needs, Rule, ServerSetup, Versions};
use pgward_audit::rules::RULES;

#[test]
fn every_rule_has_a_page_that_says_what_it_does() {
    for rule in RULES {
        expect_file![pages().join(format!("{}.md", rule.id))].assert_eq(&page(rule));
    }
    expect_file![pages().join("README.md")].assert_eq(&index());
    let expected: BTreeSet<String> =
        RULES.iter().map(|rule| format!("{}.md", rule.id)).chain(["README.md".to_owned()]).collect();
    let there: BTreeSet<String> = fs::read_dir(pages())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(there, expected, "a page without a rule is removed by hand");
}

#[test]
fn rules_are_in_the_order_of_their_ids_and_each_id_names_its_file() {
    let ids: Vec<&str> = RULES.iter().map(|rule| rule.id).collect();
    let mut modules: Vec<String> = ids.iter().map(|id| id.replace('.', "_")).collect();
    let listed = modules.clone();
    modules.sort();
    modules.dedup();
    assert_eq!(listed, modules);
    for (id, module) in ids.iter().zip(&modules) {
        let file = file_of(id);
        assert!(file.ends_with(format!("{module}.rs")));
        let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        assert!(text.contains(&format!("id: \"{id}\"")), "{}", file.display());
    }
}

#[test]
fn every_rule_has_both_of_its_cases() {
    for rule in RULES {
        if rule.cases.is_empty() {
            assert!(IN_THEIR_OWN_TESTS.contains(&rule.id), "{} has no case", rule.id);
            let file = fs::read_to_string(file_of(rule.id)).unwrap();
            assert!(file.contains("#[test]"), "{} has no case, and no test of its own", rule.id);
        }
        let own = rule.id.replace('.', "_");
        for case in rule.cases {
            let of = format!("{}: {}", rule.id, case.shows);
            assert!(!case.finds.is_empty(), "{of}: it finds nothing");
            assert!(!case.shows.ends_with('.'), "{of}");
            match case.needs {
                Needs::Server { flawed, sound } => {
                    let differ = |a: ServerSetup, b: ServerSetup| a.settings != b.settings || a.hba != b.hba;
                    assert!(differ(flawed, sound) || case.flawed != case.sound, "{of}: no sound twin");
                }
                Needs::Survey { .. } => assert!(case.flawed != case.sound, "{of}: no sound twin"),
                Needs::Nothing | Needs::Contract(_) => {
                    assert!(case.flawed.contains(&own), "{of}: names begin with {own}");
                    assert!(case.sound.contains("_ok"), "{of}: no sound twin");
                }
            }
            if let FixWorks::CannotRun(why) = case.fix {
                assert!(!why.is_empty(), "{of}");
            }
        }
    }
}

#[test]
fn every_rule_says_why_and_where_else_it_is_said() {
    for rule in RULES {
        assert!(!rule.title.is_empty() && !rule.title.ends_with('.'), "{}: {}", rule.id, rule.title);
        assert!(rule.explanation.trim_end_matches(')').ends_with('.'), "{}", rule.id);
        assert!(!rule.references.is_empty(), "{} refers to nothing", rule.id);
        let distinct: BTreeSet<_> = rule.references.iter().collect();
        assert_eq!(distinct.len(), rule.references.len(), "{} names something twice", rule.id);
    }
}

fn page(rule: &Rule) -> String {
    let mut page = format!(
        "# {}\n\n{}{}.\n",
        rule.id,
        rule.title.get(..1).unwrap_or_default().to_uppercase(),
        rule.title.get(1..).unwrap_or_default()
    );
    writeln!(page, "\n| | |\n|---|---|").unwrap();
    writeln!(page, "| severity | {}, at the worst |", rule.severity()).unwrap();
    writeln!(page, "| reaches | {} |", rule.capability.words()).unwrap();
    writeln!(page, "| takes | {} |", rule.precondition.words()).unwrap();
    writeln!(page, "| PostgreSQL | {} |", versions(rule.versions)).unwrap();
    let sees: Vec<&str> = rule.sees.iter().map(|sight| sight.words()).collect();
    let sees = if sees.is_empty() { "what every role sees".to_owned() } else { sees.join(", ") };
    writeln!(page, "| has to see | {sees} |").unwrap();
    writeln!(page, "\n## Why, and what to do\n\n{}", rule.explanation).unwrap();
    if rule.cases.is_empty() {
        writeln!(
            page,
            "\nIts cases are sessions from other machines; they are tests in the rule's own file."
        )
        .unwrap();
    }
    for case in rule.cases {
        writeln!(page, "\n## Case: {}\n", case.shows).unwrap();
        if case.versions != Versions::ALL && case.versions != rule.versions {
            writeln!(page, "On PostgreSQL {}.\n", versions(case.versions)).unwrap();
        }
        if let Needs::Contract(text) = case.needs {
            writeln!(page, "With the contract\n\n```yaml\n{}\n```\n", text.trim()).unwrap();
        }
        let (flawed, sound) = match case.needs {
            Needs::Server { flawed, sound } => (setup(flawed, case.flawed), setup(sound, case.sound)),
            _ => (case.flawed.to_owned(), case.sound.to_owned()),
        };
        writeln!(page, "Flawed:\n\n{}\nfinds\n", block(&flawed)).unwrap();
        for (subject, principal) in case.finds {
            let who = if principal.is_empty() { String::new() } else { format!(", for `{principal}`") };
            writeln!(page, "- `{subject}`{who}").unwrap();
        }
        if let FixWorks::CannotRun(why) = case.fix {
            writeln!(page, "\nThe fix is not run in the tests: {why}.").unwrap();
        }
        writeln!(page, "\nSound:\n\n{}", block(&sound).trim_end()).unwrap();
    }
    writeln!(page, "\n## References\n").unwrap();
    for reference in rule.references {
        writeln!(page, "- {reference}").unwrap();
    }
    page
}

fn index() -> String {
    let mut page = String::from(
        "# The rules of `pgward audit`\n\nMade from the rules themselves; `UPDATE_EXPECT=1 cargo test -p xtask --test rules` makes it \
anew.\nA new rule is one new file: `cargo xtask new-rule AREA.NAME`.\n\n| rule | severity | PostgreSQL | finds |\n|---|---|---|---|\n",
    );
    for rule in RULES {
        let (id, severity, versions) = (rule.id, rule.severity(), versions(rule.versions));
        writeln!(page, "| [{id}]({id}.md) | {severity} | {versions} | {} |", rule.title.replace('|', "\\|"))
            .unwrap();
    }
    page
}

fn versions(versions: Versions) -> String {
    match (versions.from, versions.until) {
        (14, u32::MAX) => "all".to_owned(),
        (from, u32::MAX) => format!("{from} and later"),
        (14, until) => format!("up to {until}"),
        (from, until) => format!("{from} to {until}"),
    }
}

/// SQL in a block; configuration above it as comments.
fn block(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    if lines.is_empty() {
        "```sql\n-- nothing\n```\n".to_owned()
    } else {
        format!("```sql\n{}\n```\n", lines.join("\n"))
    }
}

fn setup(setup: ServerSetup, sql: &str) -> String {
    let settings =
        setup.settings.iter().map(|(name, value)| format!("-- postgresql.conf: {name} = '{value}'\n"));
    let hba = setup.hba.into_iter().flat_map(str::lines).map(|line| format!("-- pg_hba.conf: {line}\n"));
    settings.chain(hba).chain([sql.to_owned()]).collect()
}

fn file_of(id: &str) -> PathBuf {
    root().join(format!("pure/audit/src/rules/{}.rs", id.replace('.', "_")))
}

fn pages() -> PathBuf {
    root().join("docs/rules")
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate lies in the workspace").to_path_buf()
}

/// Rules whose cases no SQL and no setting of one machine can make: sessions from others.
const IN_THEIR_OWN_TESTS: [&str; 3] =
    ["live.cleartext_session", "live.superuser_remote", "pool.shared_identity"];
