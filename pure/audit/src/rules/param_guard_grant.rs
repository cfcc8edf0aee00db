use pgward_catalog::privilege::Privilege;

use crate::finding::Findings;
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::rules::param_code_exec_grant::{add, granted, runs_code};
use crate::severity::{Capability, Precondition};
use crate::study::Study;

pub(super) const RULE: Rule = Rule {
    id: "param.guard_grant",
    title: "a role without superuser may set a parameter that is kept for superusers",
    capability: Capability::Superuser,
    precondition: Precondition::Configuration,
    versions: Versions::from(15),
    sees: &[],
    references: &[
        Reference::page("sql-grant", "GRANT: ON PARAMETER"),
        Reference::page("runtime-config-client", "Client Connection Defaults: session_replication_role"),
        Reference::nist("AC-6", "Least Privilege"),
        Reference::nist("AU-9", "Protection of Audit Information"),
        Reference::iso("A.8.15", "Logging"),
        Reference::soc2("CC6.3", "Access is authorised, modified and removed by role and least privilege"),
    ],
    explanation: "`session_replication_role = replica` skips triggers, rules and foreign keys, `allow_system_table_mods` opens the \
catalogs, `log_*` and `pgaudit.*` switch the audit trail off for what comes next. ALTER SYSTEM does it for the whole server. \
Take the grant back, or grant SET on exactly the parameter that a tool needs and accept the finding with a reason.",
    check,
    cases: &[Case {
        shows: "triggers, catalogs and logging that a login may switch off",
        versions: Versions::from(15),
        flawed: r#"
CREATE ROLE param_guard_grant_app LOGIN;
GRANT SET ON PARAMETER session_replication_role TO param_guard_grant_app;
GRANT SET ON PARAMETER allow_system_table_mods TO param_guard_grant_app;
GRANT SET ON PARAMETER log_statement TO param_guard_grant_app;
GRANT ALTER SYSTEM ON PARAMETER work_mem TO param_guard_grant_app;
GRANT SET ON PARAMETER pgaudit.log TO param_guard_grant_app;"#,
        finds: &[
            ("parameter session_replication_role", "param_guard_grant_app"),
            ("parameter allow_system_table_mods", "param_guard_grant_app"),
            ("parameter log_statement", "param_guard_grant_app"),
            ("parameter work_mem", "param_guard_grant_app"),
            ("parameter pgaudit.log", "param_guard_grant_app"),
        ],
        sound: r#"
CREATE ROLE param_guard_grant_app_ok LOGIN;
CREATE ROLE param_guard_grant_root_ok NOLOGIN SUPERUSER;
GRANT SET ON PARAMETER work_mem TO param_guard_grant_app_ok;
GRANT SET ON PARAMETER session_replication_role TO param_guard_grant_root_ok;"#,
        fix: FixWorks::Runs,
        needs: Needs::Nothing,
    }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for (key, object, entry) in granted(study) {
        let name = key.name.as_str();
        let everywhere = entry.privileges.contains(Privilege::AlterSystem);
        // SET on what everybody may set gives nothing.
        let free = study.survey.server.settings.get(name).is_some_and(|setting| setting.context == "user");
        if runs_code(name) || free && !everywhere {
            continue;
        }
        let (capability, precondition) = reached(name);
        let finding = add(findings, key, object, entry).reaching(capability, precondition);
        if everywhere {
            finding.shown_by("ALTER SYSTEM sets it for every session");
        }
    }
}

fn reached(parameter: &str) -> (Capability, Precondition) {
    match parameter {
        "allow_system_table_mods" => (Capability::Superuser, Precondition::Configuration),
        "session_replication_role"
        | "lo_compat_privileges"
        | "row_security"
        | "createrole_self_grant"
        | "password_encryption"
        | "listen_addresses"
        | "ssl"
        | "event_triggers"
        | "search_path"
        | "zero_damaged_pages"
        | "ignore_system_indexes"
        | "restrict_nonsystem_relation_kind" => (Capability::SomeData, Precondition::Login),
        _ => (Capability::Hygiene, Precondition::Login),
    }
}
