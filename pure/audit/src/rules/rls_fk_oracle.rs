use pgward_catalog::object::ObjectRef;
use pgward_catalog::privilege::{Privilege, Privileges};

use crate::finding::{Findings, Fix, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;
use crate::study::rows::guessable;
use pgward_survey::anatomy::ConstraintKind;

pub(super) const RULE: Rule = Rule {
    id: "rls.fk_oracle",
    title: "a foreign key tells which rows of a table with row security exist",
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
    explanation: "The check of a foreign key is not held to row security: inserting a row that refers to a hidden one succeeds, and to one that is not there \
fails. Who may insert can so ask, key by key. Random keys (uuid) make it useless; keys that count up do not.",
    check,
    cases: &[Case {
        shows: "a key that counts up",
        versions: Versions::ALL,
        flawed: "CREATE ROLE rls_fk_oracle_app LOGIN;
                     CREATE SCHEMA rls_fk_oracle;
                     CREATE TABLE rls_fk_oracle.t (id int PRIMARY KEY, who text);
                     ALTER TABLE rls_fk_oracle.t ENABLE ROW LEVEL SECURITY;
                     CREATE TABLE rls_fk_oracle.notes (t int CONSTRAINT to_t REFERENCES rls_fk_oracle.t);
                     GRANT INSERT ON rls_fk_oracle.notes TO rls_fk_oracle_app;",
        finds: &[("foreign key to_t of table rls_fk_oracle.notes in database audited", "rls_fk_oracle_app")],
        sound: "CREATE ROLE rls_fk_oracle_app_ok LOGIN;
                    CREATE SCHEMA rls_fk_oracle_ok;
                    CREATE TABLE rls_fk_oracle_ok.t (id uuid PRIMARY KEY, who text);
                    ALTER TABLE rls_fk_oracle_ok.t ENABLE ROW LEVEL SECURITY;
                    CREATE TABLE rls_fk_oracle_ok.notes (t uuid REFERENCES rls_fk_oracle_ok.t);
                    GRANT INSERT ON rls_fk_oracle_ok.notes TO rls_fk_oracle_app_ok;",
        fix: FixWorks::CannotRun("another kind of key is a migration"),
        needs: Needs::Nothing,
    }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for (database, contents, anatomy) in study.databases() {
        for constraint in &anatomy.constraints {
            let ConstraintKind::ForeignKey { references, columns } = &constraint.kind else { continue };
            let (Some(object), Some(target)) =
                (contents.objects.get(&constraint.table), contents.objects.get(references))
            else {
                continue;
            };
            let hidden = target.row_security().is_some_and(|security| security.enabled);
            if !hidden || constraint.table == *references || !guessable(anatomy, references, columns) {
                continue;
            }
            let writing = Privileges::of(&[Privilege::Insert, Privilege::Update]);
            for (_, entry) in study.let_at(object, writing) {
                let message = format!(
                    "{} may ask by foreign key {} which rows of {} exist",
                    entry.grantee.quoted(),
                    constraint.name.quoted(),
                    references.quoted()
                );
                let fix =
                    Fix::words(format!("refer to {} by keys that cannot be guessed", references.quoted()));
                let at = ObjectRef::within(database, constraint.table.clone());
                let subject = Subject::part(at, format!("foreign key {}", constraint.name.quoted()));
                findings.add(subject, Some(entry.grantee.clone()), message, fix);
            }
        }
    }
}
