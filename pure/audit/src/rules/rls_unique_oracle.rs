use pgward_catalog::object::ObjectRef;
use pgward_catalog::privilege::{Privilege, Privileges};

use crate::finding::{Findings, Fix, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::source_text::tokens;
use crate::study::Study;
use crate::study::rows::guessable;
use pgward_survey::anatomy::ConstraintKind;

pub(super) const RULE: Rule = Rule {
    id: "rls.unique_oracle",
    title: "a unique key tells which values of other tenants exist",
    capability: Capability::SomeData,
    precondition: Precondition::Configuration,
    versions: Versions::ALL,
    sees: &[],
    references: &[
Reference::page("ddl-rowsecurity", "Row Security Policies"),
        Reference::iso("A.8.3", "Information access restriction"),
        Reference::soc2("CC6.1", "Logical access is restricted"),
        Reference::owasp("LLM02", "Sensitive Information Disclosure"),
    ],
    explanation: "The check of a unique key is not held to row security: inserting a value that a hidden row has fails. Where the key does not begin with \
whose row it is, who may insert can ask for e-mail addresses, names and numbers of other tenants. Make the tenant part of the key.",
    check,
    cases: &[Case {
            shows: "addresses unique over all tenants",
            versions: Versions::ALL,
            flawed: "CREATE ROLE rls_unique_oracle_app LOGIN;
                     CREATE SCHEMA rls_unique_oracle;
                     CREATE TABLE rls_unique_oracle.t (who text, email text CONSTRAINT one_email UNIQUE);
                     ALTER TABLE rls_unique_oracle.t ENABLE ROW LEVEL SECURITY;
                     CREATE POLICY p ON rls_unique_oracle.t TO rls_unique_oracle_app USING (who = current_user);
                     GRANT INSERT ON rls_unique_oracle.t TO rls_unique_oracle_app;",
            finds: &[("unique key one_email of table rls_unique_oracle.t in database audited", "rls_unique_oracle_app")],
            sound: "CREATE ROLE rls_unique_oracle_app_ok LOGIN;
                    CREATE SCHEMA rls_unique_oracle_ok;
                    CREATE TABLE rls_unique_oracle_ok.t (who text, email text, UNIQUE (who, email));
                    ALTER TABLE rls_unique_oracle_ok.t ENABLE ROW LEVEL SECURITY;
                    CREATE POLICY p ON rls_unique_oracle_ok.t TO rls_unique_oracle_app_ok USING (who = current_user);
                    GRANT INSERT ON rls_unique_oracle_ok.t TO rls_unique_oracle_app_ok;",
            fix: FixWorks::CannotRun("another key is a migration"),
            needs: Needs::Nothing,
        }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for (database, contents, anatomy) in study.databases() {
        for constraint in &anatomy.constraints {
            if constraint.kind != ConstraintKind::Unique
                || !guessable(anatomy, &constraint.table, &constraint.columns)
            {
                continue;
            }
            let Some(object) = contents.objects.get(&constraint.table) else { continue };
            let Some(security) = object.row_security().filter(|security| security.enabled) else { continue };
            let by_policies = security
                .policies
                .values()
                .flat_map(|policy| [&policy.using, &policy.check])
                .flatten()
                .flat_map(|expression| tokens(expression))
                .any(|word| constraint.columns.iter().any(|column| word.name() == Some(column.as_str())));
            if by_policies || security.policies.is_empty() {
                continue;
            }
            for (_, entry) in study.let_at(object, Privileges::of(&[Privilege::Insert, Privilege::Update])) {
                let message = format!(
                    "{} may ask by unique key {} which values other rows of {} have",
                    entry.grantee.quoted(),
                    constraint.name.quoted(),
                    constraint.table.quoted()
                );
                let fix =
                    Fix::words(format!("make the tenant's column part of {}", constraint.name.quoted()));
                let at = ObjectRef::within(database, constraint.table.clone());
                let subject = Subject::part(at, format!("unique key {}", constraint.name.quoted()));
                findings.add(subject, Some(entry.grantee.clone()), message, fix);
            }
        }
    }
}
