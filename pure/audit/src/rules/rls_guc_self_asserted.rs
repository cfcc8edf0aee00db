use pgward_catalog::policy::PolicyKind;
use std::collections::BTreeSet;

use crate::expression::settings_believed;
use crate::finding::{Findings, Fix, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;

pub(super) const RULE: Rule = Rule {
    id: "rls.guc_self_asserted",
    title: "a policy believes a setting that every session can make itself",
    capability: Capability::AllWrite,
    precondition: Precondition::Configuration,
    versions: Versions::ALL,
    sees: &[],
    references: &[
Reference::page("ddl-rowsecurity", "Row Security Policies"),
        Reference::page("runtime-config-custom", "Customized Options"),
        Reference::nist("AC-3", "Access Enforcement"),
        Reference::owasp("LLM06", "Excessive Agency"),
    ],
    explanation: "`current_setting('app.tenant')` is whatever the session said last: any role may SET a setting with a dot in its name. That is sound where \
one program logs in and says for whom it works; it holds nobody back who can write SQL as that login, an agent or an injected statement \
among them. Give such principals a login each and compare with `current_user`, or make the setting in a definer function that checks.",
    check,
    cases: &[Case {
            shows: "a tenant that the session names itself",
            versions: Versions::ALL,
            flawed: "CREATE ROLE rls_guc_self_asserted_app LOGIN;
                     CREATE SCHEMA rls_guc_self_asserted;
                     CREATE TABLE rls_guc_self_asserted.t (tenant text);
                     ALTER TABLE rls_guc_self_asserted.t ENABLE ROW LEVEL SECURITY;
                     CREATE POLICY p ON rls_guc_self_asserted.t TO rls_guc_self_asserted_app
                       USING (tenant = current_setting('app.tenant', true));",
            finds: &[("policy p of table rls_guc_self_asserted.t in database audited", "")],
            sound: "CREATE ROLE rls_guc_self_asserted_app_ok LOGIN;
                    CREATE SCHEMA rls_guc_self_asserted_ok;
                    CREATE TABLE rls_guc_self_asserted_ok.t (tenant text);
                    ALTER TABLE rls_guc_self_asserted_ok.t ENABLE ROW LEVEL SECURITY;
                    CREATE POLICY p ON rls_guc_self_asserted_ok.t TO rls_guc_self_asserted_app_ok USING (tenant = current_user);",
            fix: FixWorks::CannotRun("who says for whom a session works is the program's to decide"),
            needs: Needs::Nothing,
        }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for (placed, security) in study.tables().filter(|(_, security)| security.enabled) {
        // A contract that names the setting as the tenant's has decided so, and proves it.
        if study.declared.is_some_and(|declared| declared.tenants.contains_key(&placed.at())) {
            continue;
        }
        for (name, policy) in
            security.policies.iter().filter(|(_, policy)| policy.kind == PolicyKind::Permissive)
        {
            let settings: BTreeSet<String> = [&policy.using, &policy.check]
                .into_iter()
                .flatten()
                .flat_map(|expression| settings_believed(expression))
                .collect();
            if settings.is_empty() || !policy.roles.iter().any(|role| study.is_outsider(role, placed.object))
            {
                continue;
            }
            let settings = settings.into_iter().collect::<Vec<_>>().join(", ");
            let message = format!(
                "policy {} of {} believes {settings}, which every session can set",
                name.quoted(),
                placed.key.quoted()
            );
            let fix = Fix::words(format!(
                "compare with current_user in policy {}, or declare the setting as the tenant's in the contract",
                name.quoted()
            ));
            findings.add(Subject::part(placed.at(), format!("policy {}", name.quoted())), None, message, fix);
        }
    }
}
