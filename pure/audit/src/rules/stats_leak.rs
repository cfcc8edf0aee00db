use pgward_catalog::object::{ObjectKey, ObjectRef};
use pgward_catalog::privilege::Privilege;

use crate::finding::{Findings, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;
use crate::study::mending::{revoke, revoke_column};

pub(super) const RULE: Rule = Rule {
    id: "stats.leak",
    title: "statistics of a table with row security can be read past it",
    capability: Capability::SomeData,
    precondition: Precondition::Configuration,
    versions: Versions::ALL,
    sees: &[],
    references: &[
        Reference::page("view-pg-stats", "pg_stats"),
        Reference::cve("CVE-2017-7484", "Selectivity estimators bypass SELECT privilege checks"),
        Reference::cve("CVE-2024-4317", "Visibility of pg_stats_ext and pg_stats_ext_exprs entries"),
        Reference::iso("A.8.3", "Information access restriction"),
        Reference::soc2("CC6.1", "Logical access is restricted"),
        Reference::owasp("LLM02", "Sensitive Information Disclosure"),
    ],
    explanation: "`pg_statistic` and `pg_statistic_ext_data` keep the most common values of every column, of everybody's rows. They are kept from all but \
superusers; the views `pg_stats` and `pg_stats_ext` show a role the columns it may read, of tables without row security only. A grant on the \
catalogs themselves shows everything.",
    check,
    cases: &[Case {
        shows: "SELECT on pg_statistic",
        versions: Versions::ALL,
        flawed: "CREATE ROLE stats_leak_app LOGIN;
                     GRANT SELECT ON pg_catalog.pg_statistic TO stats_leak_app;",
        finds: &[("table pg_catalog.pg_statistic in database audited", "stats_leak_app")],
        sound: "CREATE ROLE stats_leak_app_ok LOGIN;
                    GRANT SELECT (starelid, stanullfrac) ON pg_catalog.pg_statistic TO stats_leak_app_ok;",
        fix: FixWorks::Runs,
        needs: Needs::Nothing,
    }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for (database, contents) in &study.catalog.databases {
        let guarded = contents
            .objects
            .values()
            .any(|object| object.row_security().is_some_and(|security| security.enabled));
        for (key, object) in contents.objects.iter().filter(|(key, _)| holds_values(key)) {
            for (column, entry) in study.let_at(object, Privilege::Select.into()) {
                let reads_values =
                    column.is_none_or(|column| VALUES.iter().any(|value| column.as_str().starts_with(value)));
                if !reads_values {
                    continue;
                }
                let message = format!(
                    "{} reads the most common values of every column in {} of database {}",
                    entry.grantee.quoted(),
                    key.quoted(),
                    database.quoted()
                );
                let fix = match column {
                    Some(column) => revoke_column(key, object, column, entry, Privilege::Select.into()),
                    None => revoke(key, object, entry, Privilege::Select.into()),
                };
                let subject = Subject::object(ObjectRef::within(database, key.clone()));
                let finding = findings.add(subject, Some(entry.grantee.clone()), message, fix);
                finding.shown_by(format!("granted by {}", entry.grantor.quoted()));
                if guarded {
                    finding.reaching(Capability::SomeData, Precondition::Login);
                }
            }
        }
    }
}

/// The catalogs that hold values of rows.
fn holds_values(key: &ObjectKey) -> bool {
    key.schema.as_ref().is_some_and(|schema| schema.as_str() == "pg_catalog")
        && matches!(key.name.as_str(), "pg_statistic" | "pg_statistic_ext_data")
}

/// Their columns with values.
const VALUES: &[&str] = &["stavalues", "stxdmcv", "stxdexpr"];
