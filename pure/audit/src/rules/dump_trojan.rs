use std::collections::BTreeMap;

use pgward_catalog::name::RoleName;

use crate::finding::{Findings, Fix, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::{Placed, Study};

pub(super) const RULE: Rule = Rule {
    id: "dump.trojan",
    title: "a dump of the database runs code of roles that own relations in it",
    capability: Capability::Superuser,
    precondition: Precondition::Victim,
    versions: Versions::ALL,
    sees: &[],
    references: &[
        Reference::page("app-pgdump", "pg_dump"),
        Reference::page(
            "runtime-config-client",
            "Client Connection Defaults: restrict_nonsystem_relation_kind",
        ),
        Reference::cve("CVE-2024-7348", "pg_dump runs arbitrary SQL functions"),
        Reference::nist("SI-2", "Flaw Remediation"),
        Reference::iso("A.8.13", "Information backup"),
        Reference::soc2("A1.2", "Backup processes are protected"),
    ],
    explanation: "While pg_dump reads, the owner of a table can put a view or a foreign table in its place, and its functions run \
as whoever dumps: a superuser, most often. Since August 2024 pg_dump has the server refuse that \
(`restrict_nonsystem_relation_kind`); a server that does not know the setting cannot. Install the current minor release, of \
the server and of pg_dump.",
    check,
    cases: &[Case {
        shows: "a login's table on a server without the guard, and with it",
        versions: Versions::ALL,
        flawed:
            "CREATE ROLE dump_trojan_app LOGIN; CREATE SCHEMA dump_trojan; CREATE TABLE dump_trojan.t (a int);
ALTER TABLE dump_trojan.t OWNER TO dump_trojan_app;",
        finds: &[("table dump_trojan.t in database audited", "dump_trojan_app")],
        sound: "SELECT 2;",
        fix: FixWorks::CannotRun("a minor upgrade is no statement"),
        needs: Needs::Survey {
            flawed: |survey| {
                survey.server.settings.remove(GUARD);
            },
            sound: |_| {},
        },
    }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    if study.survey.server.settings.contains_key(GUARD) {
        return;
    }
    let mut first: BTreeMap<(&str, &RoleName), (Placed<'_>, usize)> = BTreeMap::new();
    for placed in study.made().filter(|placed| placed.key.class.is_table_like()) {
        if study.gainer(&placed.object.owner, &study.catalog.bootstrap).is_some() {
            let found = first.entry((placed.database.as_str(), &placed.object.owner)).or_insert((placed, 0));
            found.1 += 1;
        }
    }
    for ((_, owner), (placed, count)) in first {
        let message = format!("a dump runs what role {} puts in the place of {}", owner.quoted(), placed.key);
        findings
            .add(
                Subject::object(placed.at()),
                Some(owner.clone().into()),
                message,
                Fix::words("install a minor release of August 2024 or later, of the server and of pg_dump"),
            )
            .shown_by(format!("role {} owns {count} relations of the database", owner.quoted()))
            .shown_by(format!("the server does not know {GUARD}"));
    }
}

const GUARD: &str = "restrict_nonsystem_relation_kind";
