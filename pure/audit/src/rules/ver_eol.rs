use pgward_catalog::version::Version;

use crate::finding::{Findings, Fix, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;

pub(super) const RULE: Rule = Rule {
    id: "ver.eol",
    title: "the server's major version gets no more fixes",
    capability: Capability::OperatingSystem,
    precondition: Precondition::Configuration,
    versions: Versions::ALL,
    sees: &[],
    references: &[
        Reference::page("upgrading", "Upgrading a PostgreSQL Cluster"),
        Reference::stig("V-265871", "the version is one that its vendor supports"),
        Reference::nist("SA-22", "Unsupported System Components"),
        Reference::iso("A.8.8", "Management of technical vulnerabilities"),
        Reference::soc2("CC7.1", "Vulnerabilities are detected and monitored"),
    ],
    explanation: "A major version is maintained for five years. After its last minor release, what is found in it stays open, and \
every release of the younger ones tells everybody where to look. Upgrade to a version that is maintained.",
    check,
    cases: &[Case {
        shows: "PostgreSQL 14 after its last day, and a version with years to go",
        versions: Versions::ALL,
        flawed: "SELECT 1;",
        finds: &[("PostgreSQL 14", "")],
        sound: "SELECT 2;",
        fix: FixWorks::CannotRun("a major upgrade is no statement"),
        needs: Needs::Survey {
            flawed: |survey| survey.catalog.version = Version(140_023),
            sound: |survey| survey.catalog.version = Version(180_006),
        },
    }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    let major = study.version().major();
    let last = LAST_DAYS.iter().find(|(of, _)| *of == major).map(|(_, day)| *day);
    if let Some(day) = last.filter(|day| *day < study.today.as_str()) {
        findings
            .add(
                Subject::Server(format!("PostgreSQL {major}")),
                None,
                format!("PostgreSQL {major} has had no fixes since {day}"),
                Fix::words(
                    "upgrade with pg_upgrade or by logical replication to a major version that is maintained",
                ),
            )
            .shown_by(format!("the last minor release was planned for {day}; today is {}", study.today));
    }
}

/// The day of the last minor release of each major version, as the project announced it.
const LAST_DAYS: &[(u32, &str)] =
    &[(14, "2026-11-12"), (15, "2027-11-11"), (16, "2028-11-09"), (17, "2029-11-08"), (18, "2030-11-14")];
