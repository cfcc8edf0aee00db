use std::collections::BTreeSet;

use pgward_catalog::policy::PolicyKind;

use crate::expression::{Believed, settings_believed};
use crate::finding::{Findings, Fix, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::source_text::tokens;
use crate::study::{Placed, Study};
use pgward_catalog::name::Name;
use pgward_catalog::policy::Policy;

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
among them. The same goes for `application_name` and whatever else any session may set, and for a name that is put together when it is \
read. Give such principals a login each and compare with `current_user`, or make the setting in a definer function that checks.

Functions that the policy calls are read by their words; one that looks something up or decides by it is taken to check.",
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
        },
        Case {
            shows: "a setting behind two functions, one that is no custom setting, one whose name is computed",
            versions: Versions::ALL,
            flawed: r#"
CREATE ROLE rls_guc_self_asserted_far LOGIN;
CREATE SCHEMA rls_guc_self_asserted2;
CREATE FUNCTION rls_guc_self_asserted2.raw() RETURNS text LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN nullif(current_setting('app.tenant', true), ''); END $$;
CREATE FUNCTION rls_guc_self_asserted2.tenant() RETURNS text LANGUAGE sql STABLE AS 'SELECT lower(rls_guc_self_asserted2.raw())';
CREATE TABLE rls_guc_self_asserted2.t (tenant text);
ALTER TABLE rls_guc_self_asserted2.t ENABLE ROW LEVEL SECURITY;
CREATE POLICY behind ON rls_guc_self_asserted2.t TO rls_guc_self_asserted_far USING (tenant = rls_guc_self_asserted2.tenant());
CREATE POLICY plain ON rls_guc_self_asserted2.t TO rls_guc_self_asserted_far USING (tenant = current_setting('application_name'));
CREATE POLICY computed ON rls_guc_self_asserted2.t TO rls_guc_self_asserted_far USING (tenant = current_setting('app.' || 'tenant', true));"#,
            finds: &[
                ("policy behind of table rls_guc_self_asserted2.t in database audited", ""),
                ("policy plain of table rls_guc_self_asserted2.t in database audited", ""),
                ("policy computed of table rls_guc_self_asserted2.t in database audited", ""),
            ],
            sound: r#"
CREATE ROLE rls_guc_self_asserted_far_ok LOGIN;
CREATE SCHEMA rls_guc_self_asserted2_ok;
CREATE TABLE rls_guc_self_asserted2_ok.sessions (token text, tenant text);
CREATE FUNCTION rls_guc_self_asserted2_ok.tenant() RETURNS text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = rls_guc_self_asserted2_ok, pg_temp
  AS $$ SELECT s.tenant FROM sessions s WHERE s.token = current_setting('app.token', true) $$;
CREATE TABLE rls_guc_self_asserted2_ok.t (tenant text);
ALTER TABLE rls_guc_self_asserted2_ok.t ENABLE ROW LEVEL SECURITY;
CREATE POLICY looked_up ON rls_guc_self_asserted2_ok.t TO rls_guc_self_asserted_far_ok USING (tenant = rls_guc_self_asserted2_ok.tenant());
CREATE POLICY role ON rls_guc_self_asserted2_ok.t TO rls_guc_self_asserted_far_ok USING (tenant = current_setting('role'));
CREATE POLICY servers ON rls_guc_self_asserted2_ok.t TO rls_guc_self_asserted_far_ok USING (tenant = current_setting('cluster_name'));"#,
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
            let settings = believed(study, &placed, name, policy);
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

/// What the policy, or a function it runs, goes by and any session can say, in words.
fn believed(study: &Study<'_>, table: &Placed<'_>, name: &Name, policy: &Policy) -> BTreeSet<String> {
    let own = [&policy.using, &policy.check].into_iter().flatten().flat_map(|text| settings_believed(text));
    let behind = study
        .bodies_behind(table, name)
        .into_iter()
        .filter(|body| !decides(&body.routine.source))
        .flat_map(|body| settings_believed(&body.routine.source));
    own.chain(behind)
        .filter_map(|believed| match believed {
            Believed::Named(name) => is_anybodys(study, &name).then_some(name),
            Believed::Computed => Some("a setting whose name is put together".to_owned()),
        })
        .collect()
}

/// Whether every session may set it: a name with a dot that no library has claimed, or a setting of context `user`. What a role may be
/// is decided by its memberships.
fn is_anybodys(study: &Study<'_>, name: &str) -> bool {
    match study.survey.server.settings.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
        Some((_, setting)) => setting.context == "user",
        None => name.contains('.'),
    }
}

/// Whether a body does more with a setting than hand it on.
fn decides(source: &str) -> bool {
    tokens(source)
        .iter()
        .any(|word| ["from", "if", "case", "raise", "execute", "exists"].iter().any(|it| word.is(it)))
}
