use pgward_catalog::object::Facts;

use crate::finding::{Findings, Fix, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;

pub(super) const RULE: Rule = Rule {
    id: "ext.in_writable_schema",
    title: "an extension's objects are in a schema in which others may create",
    capability: Capability::AllWrite,
    precondition: Precondition::Configuration,
    versions: Versions::ALL,
    sees: &[],
    references: &[
        Reference::page(
            "extend-extensions",
            "Packaging Related Objects into an Extension: Security Considerations",
        ),
        Reference::page("ddl-schemas", "Schemas: Usage Patterns"),
        Reference::cve(
            "CVE-2022-2625",
            "extension scripts replace objects that do not belong to the extension",
        ),
        Reference::nist("AC-6", "Least Privilege"),
        Reference::iso("A.8.3", "Information access restriction"),
        Reference::soc2("CC6.3", "Access is authorised, modified and removed by role and least privilege"),
    ],
    explanation: "Whoever may create in the schema can put functions and operators beside the extension's, with argument types that \
fit better, so that calls by bare names reach theirs; and the script of the next `ALTER EXTENSION ... UPDATE` runs as a \
superuser with that schema in front. Give extensions a schema of their own in which only its owner creates.",
    check,
    cases: &[Case {
        shows: "an extension in a schema where everybody creates, and one in a login's schema",
        versions: Versions::ALL,
        flawed: r#"
CREATE ROLE ext_in_writable_schema_app LOGIN;
CREATE SCHEMA ext_in_writable_schema;
CREATE SCHEMA ext_in_writable_schema_own AUTHORIZATION ext_in_writable_schema_app;
GRANT CREATE ON SCHEMA ext_in_writable_schema TO ext_in_writable_schema_app;
CREATE EXTENSION citext SCHEMA ext_in_writable_schema;
CREATE EXTENSION cube SCHEMA ext_in_writable_schema_own;"#,
        finds: &[
            ("extension citext in database audited", "ext_in_writable_schema_app"),
            ("extension cube in database audited", "ext_in_writable_schema_app"),
        ],
        sound: r#"
CREATE SCHEMA ext_in_writable_schema_ok;
GRANT USAGE ON SCHEMA ext_in_writable_schema_ok TO PUBLIC;
CREATE EXTENSION seg SCHEMA ext_in_writable_schema_ok;"#,
        fix: FixWorks::CannotRun(
            "into which schema the extension is to move is a decision, and bodies may name the old one",
        ),
        needs: Needs::Nothing,
    }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for placed in study.made() {
        let Facts::Extension { schema, version } = &placed.object.facts else { continue };
        for planter in study.planters(placed.database, schema, &placed.object.owner) {
            let message = format!(
                "{} may create objects beside those of {} in schema {}",
                planter.quoted(),
                placed.key,
                schema.quoted()
            );
            let fix = Fix::words(format!(
                "ALTER EXTENSION {} SET SCHEMA to one in which nobody else creates, if it can be moved; or REVOKE CREATE ON SCHEMA {} FROM {}",
                placed.key.quoted(),
                schema.quoted(),
                planter.quoted()
            ));
            findings.add(Subject::object(placed.at()), Some(planter), message, fix).shown_by(format!(
                "extension {} {version} is in schema {}",
                placed.key.quoted(),
                schema.quoted()
            ));
        }
    }
}
