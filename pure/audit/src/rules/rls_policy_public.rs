use pgward_catalog::acl::Grantee;
use pgward_catalog::policy::PolicyKind;
use std::collections::BTreeSet;

use crate::finding::{Findings, Fix, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;
use crate::study::rows::row_privileges;

pub(super) const RULE: Rule = Rule {
    id: "rls.policy_public",
    title: "a policy that lets rows through is for every role",
    capability: Capability::SomeData,
    precondition: Precondition::Configuration,
    versions: Versions::ALL,
    sees: &[],
    references: &[
Reference::page("ddl-rowsecurity", "Row Security Policies"),
        Reference::nist("AC-6", "Least Privilege"),
    ],
    explanation: "A permissive policy TO PUBLIC lets through rows for every role that will ever hold a privilege on the table: the reporting account, the \
next agent. Name the role it was written for.",
    check,
    cases: &[Case {
            shows: "a policy without TO",
            versions: Versions::ALL,
            flawed: "CREATE ROLE rls_policy_public_app LOGIN;
                     CREATE SCHEMA rls_policy_public;
                     CREATE TABLE rls_policy_public.t (who text);
                     ALTER TABLE rls_policy_public.t ENABLE ROW LEVEL SECURITY;
                     CREATE POLICY p ON rls_policy_public.t USING (who = current_user);
                     GRANT SELECT ON rls_policy_public.t TO rls_policy_public_app;",
            finds: &[("policy p of table rls_policy_public.t in database audited", "PUBLIC")],
            sound: "CREATE ROLE rls_policy_public_app_ok LOGIN;
                    CREATE SCHEMA rls_policy_public_ok;
                    CREATE TABLE rls_policy_public_ok.t (who text);
                    ALTER TABLE rls_policy_public_ok.t ENABLE ROW LEVEL SECURITY;
                    CREATE POLICY p ON rls_policy_public_ok.t TO rls_policy_public_app_ok USING (who = current_user);
                    CREATE POLICY no ON rls_policy_public_ok.t AS RESTRICTIVE TO PUBLIC USING (who <> '');",
            fix: FixWorks::Runs,
            needs: Needs::Nothing,
        }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for (placed, security) in study.tables().filter(|(_, security)| security.enabled) {
        for (name, policy) in &security.policies {
            if policy.kind != PolicyKind::Permissive || !policy.roles.contains(&Grantee::Public) {
                continue;
            }
            let roles: BTreeSet<String> = study
                .let_at(placed.object, row_privileges())
                .into_iter()
                .filter_map(|(_, entry)| entry.grantee.role().map(|role| role.quoted()))
                .collect();
            let message = format!("policy {} of {} is for every role", name.quoted(), placed.key.quoted());
            let fix = if roles.is_empty() {
                Fix::words(format!(
                    "ALTER POLICY {} ON {} TO the role it is meant for",
                    name.quoted(),
                    placed.key.quoted()
                ))
            } else {
                let roles = roles.into_iter().collect::<Vec<_>>().join(", ");
                Fix::sql(format!("ALTER POLICY {} ON {} TO {roles}", name.quoted(), placed.key.quoted()))
            };
            let subject = Subject::part(placed.at(), format!("policy {}", name.quoted()));
            findings.add(subject, Some(Grantee::Public), message, fix);
        }
    }
}
