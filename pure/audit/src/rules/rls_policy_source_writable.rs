use pgward_catalog::acl::Grantee;
use pgward_catalog::privilege::{Privilege, Privileges};

use crate::finding::{Findings, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;
use crate::study::mending::{revoke, revoke_column};
use pgward_survey::anatomy::User;

pub(super) const RULE: Rule = Rule {
    id: "rls.policy_source_writable",
    title: "a role writes the table that its own policy believes",
    capability: Capability::AllWrite,
    precondition: Precondition::Login,
    versions: Versions::ALL,
    sees: &[],
    references: &[
Reference::page("ddl-rowsecurity", "Row Security Policies"),
        Reference::nist("AC-3", "Access Enforcement"),
        Reference::iso("A.8.3", "Information access restriction"),
        Reference::soc2("CC6.1", "Logical access is restricted"),
        Reference::owasp("LLM02", "Sensitive Information Disclosure"),
    ],
    explanation: "A policy that looks up in a table who belongs to whom is as strong as that table. Where the role that is governed may insert or update \
there, it makes itself a member of whatever it likes. Let membership be written by somebody else, or by a definer function that checks.",
    check,
    cases: &[Case {
            shows: "a program writes its memberships",
            versions: Versions::ALL,
            flawed: "CREATE ROLE rls_policy_source_writable_app LOGIN;
                     CREATE SCHEMA rls_policy_source_writable;
                     CREATE TABLE rls_policy_source_writable.members (who text, team int);
                     CREATE TABLE rls_policy_source_writable.t (team int);
                     ALTER TABLE rls_policy_source_writable.t ENABLE ROW LEVEL SECURITY;
                     CREATE POLICY p ON rls_policy_source_writable.t TO rls_policy_source_writable_app
                       USING (team IN (SELECT m.team FROM rls_policy_source_writable.members m WHERE m.who = current_user));
                     GRANT SELECT ON rls_policy_source_writable.t TO rls_policy_source_writable_app;
                     GRANT SELECT, INSERT ON rls_policy_source_writable.members TO rls_policy_source_writable_app;",
            finds: &[("policy p of table rls_policy_source_writable.t in database audited", "rls_policy_source_writable_app")],
            sound: "CREATE ROLE rls_policy_source_writable_app_ok LOGIN;
                    CREATE SCHEMA rls_policy_source_writable_ok;
                    CREATE TABLE rls_policy_source_writable_ok.members (who text, team int);
                    CREATE TABLE rls_policy_source_writable_ok.t (team int);
                    ALTER TABLE rls_policy_source_writable_ok.t ENABLE ROW LEVEL SECURITY;
                    CREATE POLICY p ON rls_policy_source_writable_ok.t TO rls_policy_source_writable_app_ok
                      USING (team IN (SELECT m.team FROM rls_policy_source_writable_ok.members m WHERE m.who = current_user));
                    GRANT SELECT ON rls_policy_source_writable_ok.t TO rls_policy_source_writable_app_ok;
                    GRANT SELECT ON rls_policy_source_writable_ok.members TO rls_policy_source_writable_app_ok;",
            fix: FixWorks::Runs,
            needs: Needs::Nothing,
        }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    let writing = Privileges::of(&[Privilege::Insert, Privilege::Update]);
    for (placed, security) in study.tables().filter(|(_, security)| security.enabled) {
        let Some(contents) = study.catalog.databases.get(placed.database) else { continue };
        for used in study.uses(&placed) {
            let User::Policy(name) = &used.by else { continue };
            if used.on != *placed.key || used.target == *placed.key || used.is_code() {
                continue;
            }
            let Some(policy) = security.policies.get(name) else { continue };
            let Some((key, source)) = contents.objects.get_key_value(&used.target) else { continue };
            for (column, entry) in study.let_at(source, writing) {
                let governs = policy.roles.iter().any(|role| match (role, &entry.grantee) {
                    (Grantee::Public, _) | (_, Grantee::Public) => true,
                    (Grantee::Role(governed), Grantee::Role(writer)) => {
                        study.acts_as(writer, governed) || study.acts_as(governed, writer)
                    }
                });
                if !governs {
                    continue;
                }
                let given = entry.privileges & writing;
                let message = format!(
                    "policy {} of {} believes {}, which {} may write",
                    name.quoted(),
                    placed.key.quoted(),
                    key.quoted(),
                    entry.grantee.quoted()
                );
                let fix = match column {
                    Some(column) => revoke_column(key, source, column, entry, given),
                    None => revoke(key, source, entry, given),
                };
                let subject = Subject::part(placed.at(), format!("policy {}", name.quoted()));
                let finding = findings.add(subject, Some(entry.grantee.clone()), message, fix);
                finding.shown_by(format!("{given} granted by {}", entry.grantor.quoted()));
                if source.row_security().is_some_and(|security| security.enabled) {
                    // Its own policies may hold the writer to what it should write.
                    finding.reaching(Capability::AllWrite, Precondition::Configuration);
                }
            }
        }
    }
}
