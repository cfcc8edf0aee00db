use crate::finding::{Findings, Fix, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, ServerSetup, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;
use pgward_survey::sight::Sight;

pub(super) const RULE: Rule = Rule {
    id: "conf.audit_log",
    title: "the server's log does not tell who connected, or who changed what is in it",
    capability: Capability::Hygiene,
    precondition: Precondition::Login,
    versions: Versions::ALL,
    sees: &[Sight::Settings],
    references: &[
        Reference::page("runtime-config-logging", "Error Reporting and Logging"),
        Reference::stig("V-233580", "audit records are produced"),
        Reference::nist("AU-2", "Event Logging"),
        Reference::nist("AU-12", "Audit Record Generation"),
        Reference::iso("A.8.15", "Logging"),
        Reference::soc2("CC7.2", "System components are monitored for anomalies"),
    ],
    explanation: "After something has happened, the log is what tells who it was. It takes `log_connections`, \
`log_disconnections`, and the statements that change objects and privileges: `log_statement = 'ddl'` (or more), or pgaudit \
with `ddl` and `role`, loaded by `shared_preload_libraries`.",
    check,
    cases: &[Case {
        shows: "a server as initdb leaves it",
        versions: Versions::ALL,
        flawed: "SELECT 1;",
        finds: &[
            ("setting log_connections", ""),
            ("setting log_disconnections", ""),
            ("setting log_statement", ""),
        ],
        sound: "SELECT 2;",
        fix: FixWorks::Runs,
        needs: Needs::Server {
            flawed: ServerSetup {
                settings: &[
                    ("log_connections", "off"),
                    ("log_disconnections", "off"),
                    ("log_statement", "none"),
                ],
                hba: None,
            },
            sound: ServerSetup {
                settings: &[
                    ("log_connections", "on"),
                    ("log_disconnections", "on"),
                    ("log_statement", "ddl"),
                ],
                hba: None,
            },
        },
    }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    // From PostgreSQL 18 on a list; the empty one is off.
    let connections = study.survey.server.setting("log_connections");
    let off = connections
        .is_some_and(|value| matches!(value.to_lowercase().as_str(), "off" | "" | "false" | "no" | "0"));
    if off {
        add(findings, "log_connections", "off", "on", "connections are not logged");
    }
    if study.survey.server.setting("log_disconnections") == Some("off") {
        add(findings, "log_disconnections", "off", "on", "the ends of sessions are not logged");
    }
    if study.survey.server.setting("log_statement") == Some("none") && !pgaudit_logs_ddl(study) {
        add(findings, "log_statement", "none", "ddl", "changes of objects and privileges are not logged");
    }
}

fn add(findings: &mut Findings, setting: &str, is: &str, value: &str, message: &str) {
    findings
        .add(
            Subject::Setting(format!("setting {setting}")),
            None,
            message,
            Fix::Sql(vec![
                format!("ALTER SYSTEM SET {setting} = '{value}'"),
                "SELECT pg_catalog.pg_reload_conf()".to_owned(),
            ]),
        )
        .shown_by(format!("{setting} is {is}"));
}

/// pgaudit is loaded, and told to log what changes objects.
fn pgaudit_logs_ddl(study: &Study<'_>) -> bool {
    let server = &study.survey.server;
    let loaded = server.setting("shared_preload_libraries").is_some_and(|libraries| {
        libraries.split(',').any(|library| library.trim().trim_matches('"') == "pgaudit")
    });
    let logged = server.setting("pgaudit.log").is_some_and(|classes| {
        let classes: Vec<String> = classes.split(',').map(|class| class.trim().to_lowercase()).collect();
        let has = |class: &str| classes.iter().any(|found| found == class);
        (has("all") || has("ddl")) && !has("-ddl")
    });
    loaded && logged
}
