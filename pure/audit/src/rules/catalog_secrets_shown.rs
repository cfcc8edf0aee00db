use pgward_catalog::class::Class;
use pgward_catalog::privilege::Privilege;

use crate::finding::{Findings, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;
use crate::study::mending::{revoke, revoke_column};

pub(super) const RULE: Rule = Rule {
    id: "catalog.secrets_shown",
    title: "a view shows what a system catalog keeps from everybody",
    capability: Capability::Superuser,
    precondition: Precondition::Login,
    versions: Versions::ALL,
    sees: &[],
    references: &[
        Reference::page("catalogs", "System Catalogs"),
        Reference::page("rules-privileges", "Rules and Privileges"),
        Reference::stig("V-233596", "passwords are stored and transmitted protected"),
        Reference::nist("AC-6", "Least Privilege"),
        Reference::nist("IA-5", "Authenticator Management"),
        Reference::iso("A.8.3", "Information access restriction"),
        Reference::soc2("CC6.1", "Logical access is restricted"),
    ],
    explanation: "A view reads with the privileges of its owner. One that a superuser made over `pg_authid`, `pg_shadow`, \
`pg_user_mapping`, `pg_subscription` or `pg_statistic` gives their verifiers, passwords and values to everybody who may select from \
it, itself or through another view. Leave the column out, or take the grant back.\n\nColumns that are passed on as they are are \
followed through views of views; what is computed out of a secret is not. `pg_hba_file_rules` and `pg_file_settings` ask their reader for \
EXECUTE on a function as well, so a plain view of them shows nothing until that is granted, too.",
    check,
    cases: &[Case {
        shows: "verifiers through a view of a view, a view for everybody, a column of a materialized view",
        versions: Versions::ALL,
        flawed: r#"
CREATE ROLE catalog_secrets_shown_app LOGIN;
CREATE SCHEMA catalog_secrets_shown;
CREATE VIEW catalog_secrets_shown.inner_one AS SELECT * FROM pg_authid;
CREATE VIEW catalog_secrets_shown.outer_one AS SELECT rolname, rolpassword AS "the word" FROM catalog_secrets_shown.inner_one;
CREATE VIEW catalog_secrets_shown.everybody AS SELECT usename, passwd FROM pg_shadow;
CREATE MATERIALIZED VIEW catalog_secrets_shown.mappings AS SELECT umserver, umoptions FROM pg_user_mapping;
CREATE VIEW catalog_secrets_shown.lines AS SELECT address, auth_method FROM pg_hba_file_rules;
GRANT SELECT ON catalog_secrets_shown.outer_one, catalog_secrets_shown.lines TO catalog_secrets_shown_app;
GRANT SELECT ON catalog_secrets_shown.everybody TO PUBLIC;
GRANT SELECT (umoptions) ON catalog_secrets_shown.mappings TO catalog_secrets_shown_app;"#,
        finds: &[
            ("view catalog_secrets_shown.outer_one in database audited", "catalog_secrets_shown_app"),
            ("view catalog_secrets_shown.everybody in database audited", "PUBLIC"),
            (
                "materialized view catalog_secrets_shown.mappings in database audited",
                "catalog_secrets_shown_app",
            ),
            ("view catalog_secrets_shown.lines in database audited", "catalog_secrets_shown_app"),
        ],
        sound: r#"
CREATE ROLE catalog_secrets_shown_app_ok LOGIN;
CREATE SCHEMA catalog_secrets_shown_ok;
CREATE VIEW catalog_secrets_shown_ok.kept_ok AS SELECT * FROM pg_authid;
CREATE VIEW catalog_secrets_shown_ok.names_ok AS SELECT rolname, rolsuper FROM catalog_secrets_shown_ok.kept_ok;
CREATE VIEW catalog_secrets_shown_ok.has_password_ok AS SELECT rolname, rolpassword IS NOT NULL AS has FROM pg_authid;
CREATE VIEW catalog_secrets_shown_ok.roles_ok AS SELECT * FROM pg_roles;
CREATE VIEW catalog_secrets_shown_ok.column_ok AS SELECT usename, passwd FROM pg_shadow;
GRANT SELECT ON catalog_secrets_shown_ok.names_ok, catalog_secrets_shown_ok.has_password_ok, catalog_secrets_shown_ok.roles_ok TO catalog_secrets_shown_app_ok;
GRANT SELECT (usename) ON catalog_secrets_shown_ok.column_ok TO catalog_secrets_shown_app_ok;"#,
        fix: FixWorks::Runs,
        needs: Needs::Nothing,
    }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for hole in study.peepholes() {
        let (key, object) = (hole.view.key, hole.view.object);
        let given = Privilege::Select.into();
        let fix = match hole.column {
            Some(column) => revoke_column(key, object, column, hole.entry, given),
            None => revoke(key, object, hole.entry, given),
        };
        let message = format!(
            "{key} shows {} column {} of {}",
            hole.entry.grantee.quoted(),
            hole.shown.secret.quoted(),
            hole.shown.source.quoted()
        );
        let (capability, mut precondition) = study.worth_of_secrets(hole.shown.source.as_str());
        if capability == Capability::SomeData && key.class == Class::View {
            precondition = Precondition::Configuration;
        }
        findings
            .add(Subject::object(hole.view.at()), Some(hole.entry.grantee.clone()), message, fix)
            .reaching(capability, precondition)
            .shown_by(format!("column {} is {}", hole.shown.column.quoted(), hole.shown.secret.quoted()))
            .shown_by(format!("SELECT granted by {}", hole.entry.grantor.quoted()));
    }
}
