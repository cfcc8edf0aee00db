use pgward_catalog::catalog::Contents;
use pgward_catalog::object::{Facts, ObjectKey, PublicationFacts};

use crate::finding::{Findings, Fix, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::{Placed, Study};

pub(super) const RULE: Rule = Rule {
    id: "repl.publication_all",
    title: "a publication gives away all tables, or tables with row security",
    capability: Capability::AllRead,
    precondition: Precondition::Configuration,
    versions: Versions::ALL,
    sees: &[],
    references: &[
        Reference::page("logical-replication-security", "Logical Replication: Security"),
        Reference::page("sql-createpublication", "CREATE PUBLICATION"),
        Reference::nist("AC-4", "Information Flow Enforcement"),
        Reference::iso("A.8.12", "Data leakage prevention"),
        Reference::soc2("CC6.7", "Transmission and movement of information is restricted"),
    ],
    explanation: "Whoever may connect for replication gets every row of what is published: policies do not apply, and FOR ALL TABLES \
holds tables that do not exist yet. Publish tables by name, with column lists and row filters where a subscriber is not meant \
to have everything.",
    check,
    cases: &[
        Case {
            shows: "a publication of all tables, and one of a table with row security",
            versions: Versions::ALL,
            flawed: r#"
CREATE SCHEMA repl_publication_all;
CREATE TABLE repl_publication_all."T" (a int);
ALTER TABLE repl_publication_all."T" ENABLE ROW LEVEL SECURITY;
CREATE PUBLICATION repl_publication_all_named FOR TABLE repl_publication_all."T";"#,
            finds: &[(
                "table repl_publication_all.\"T\" of publication repl_publication_all_named in database audited",
                "",
            )],
            sound: r#"
CREATE SCHEMA repl_publication_all_ok;
CREATE TABLE repl_publication_all_ok.t_ok (a int);
CREATE PUBLICATION repl_publication_all_p_ok FOR TABLE repl_publication_all_ok.t_ok;"#,
            fix: FixWorks::Runs,
            needs: Needs::Nothing,
        },
        Case {
            shows: "a publication of all tables",
            versions: Versions::ALL,
            flawed: "CREATE PUBLICATION repl_publication_all_everything FOR ALL TABLES;",
            finds: &[("publication repl_publication_all_everything in database audited", "")],
            sound: "CREATE PUBLICATION repl_publication_all_nothing_ok;",
            fix: FixWorks::CannotRun("which tables the subscribers need is a decision"),
            needs: Needs::Nothing,
        },
        Case {
            shows: "a publication of a schema that has a table with row security",
            versions: Versions::from(15),
            flawed: r#"
CREATE SCHEMA repl_publication_all_schema;
CREATE TABLE repl_publication_all_schema.t (a int);
ALTER TABLE repl_publication_all_schema.t ENABLE ROW LEVEL SECURITY;
CREATE PUBLICATION repl_publication_all_by_schema FOR TABLES IN SCHEMA repl_publication_all_schema;"#,
            finds: &[(
                "table repl_publication_all_schema.t of publication repl_publication_all_by_schema in database audited",
                "",
            )],
            sound: r#"
CREATE SCHEMA repl_publication_all_schema_ok;
CREATE TABLE repl_publication_all_schema_ok.t_ok (a int);
CREATE PUBLICATION repl_publication_all_by_schema_ok FOR TABLES IN SCHEMA repl_publication_all_schema_ok;"#,
            fix: FixWorks::Runs,
            needs: Needs::Nothing,
        },
    ],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for placed in study.made() {
        let Facts::Publication(facts) = &placed.object.facts else { continue };
        let Some(contents) = study.catalog.databases.get(placed.database) else { continue };
        if facts.all_tables {
            let message = format!("{} publishes every table, present and future", placed.key);
            let fix = Fix::words(format!(
                "CREATE PUBLICATION of the tables that are needed, let the subscribers follow it, then DROP PUBLICATION {}",
                placed.key.quoted()
            ));
            findings.add(Subject::object(placed.at()), None, message, fix).shown_by("FOR ALL TABLES");
            continue;
        }
        for (table, fix) in with_row_security(&placed, facts, contents) {
            let message = format!("{} publishes {table} past its row security", placed.key);
            findings
                .add(Subject::part(placed.at(), table.to_string()), None, message, Fix::sql(fix))
                .reaching(Capability::SomeData, Precondition::Configuration)
                .shown_by("row security is enabled on it, and does not apply to replication");
        }
    }
}

/// Published tables with row security, and what takes them out. A table that is published with a row filter is meant so.
fn with_row_security<'a>(
    placed: &Placed<'_>,
    facts: &PublicationFacts,
    contents: &'a Contents,
) -> Vec<(&'a ObjectKey, String)> {
    let publication = placed.key.quoted();
    let mut found = Vec::new();
    for (key, object) in &contents.objects {
        if !object.row_security().is_some_and(|security| security.enabled) {
            continue;
        }
        if facts.tables.get(&key.quoted()).is_some_and(|how| how.trim().is_empty()) {
            found.push((key, format!("ALTER PUBLICATION {publication} DROP TABLE {}", key.quoted())));
        } else if let Some(schema) = key.schema.as_ref().filter(|schema| facts.schemas.contains(*schema)) {
            found.push((
                key,
                format!("ALTER PUBLICATION {publication} DROP TABLES IN SCHEMA {}", schema.quoted()),
            ));
        }
    }
    found
}
