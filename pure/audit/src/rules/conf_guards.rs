use crate::finding::{Findings, Fix, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, ServerSetup, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;

pub(super) const RULE: Rule = Rule {
    id: "conf.guards",
    title: "the server runs with one of its guards switched off",
    capability: Capability::Superuser,
    precondition: Precondition::Configuration,
    versions: Versions::ALL,
    sees: &[],
    references: &[
        Reference::page("runtime-config-developer", "Developer Options"),
        Reference::page("runtime-config-client", "Client Connection Defaults"),
        Reference::nist("CM-6", "Configuration Settings"),
        Reference::nist("CM-7", "Least Functionality"),
        Reference::iso("A.8.9", "Configuration management"),
        Reference::soc2("CC7.1", "Vulnerabilities are detected and monitored"),
    ],
    explanation: "These settings are meant for repairs and tests: `allow_system_table_mods` opens the catalogs to DDL, \
`session_replication_role = replica` skips triggers and foreign keys for everybody, `row_security = off` turns policies into \
errors that applications then work around, `local_preload_libraries` loads code into every session, \
`createrole_self_grant` has the roles that somebody creates be theirs at once. Settings of single roles and databases are \
`role.config_guard_off`.",
    check,
    cases: &[
        Case {
            shows: "guards that every version has",
            versions: Versions::ALL,
            flawed: "SELECT 1;",
            finds: &[
                ("setting allow_system_table_mods", ""),
                ("setting session_replication_role", ""),
                ("setting row_security", ""),
            ],
            sound: "SELECT 2;",
            fix: FixWorks::Runs,
            needs: Needs::Server {
                flawed: ServerSetup {
                    settings: &[
                        ("allow_system_table_mods", "on"),
                        ("session_replication_role", "replica"),
                        ("row_security", "off"),
                    ],
                    hba: None,
                },
                sound: ServerSetup::PLAIN,
            },
        },
        Case {
            shows: "roles that belong to whoever creates them",
            versions: Versions::from(16),
            flawed: "SELECT 1;",
            finds: &[("setting createrole_self_grant", "")],
            sound: "SELECT 2;",
            fix: FixWorks::Runs,
            needs: Needs::Server {
                flawed: ServerSetup { settings: &[("createrole_self_grant", "set, inherit")], hba: None },
                sound: ServerSetup::PLAIN,
            },
        },
    ],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for guard in GUARDS {
        let Some(value) = study.survey.server.setting(guard.setting) else { continue };
        if value == guard.sound {
            continue;
        }
        let what = if value.is_empty() { "empty" } else { value };
        findings
            .add(
                Subject::Setting(format!("setting {}", guard.setting)),
                None,
                format!("{} is {what}: {}", guard.setting, guard.why),
                Fix::Sql(vec![
                    format!("ALTER SYSTEM SET {} = '{}'", guard.setting, guard.sound),
                    "SELECT pg_catalog.pg_reload_conf()".to_owned(),
                ]),
            )
            .reaching(guard.capability, Precondition::Configuration)
            .shown_by(format!("{} is {what}", guard.setting));
    }
}

struct Guard {
    setting: &'static str,
    sound: &'static str,
    capability: Capability,
    why: &'static str,
}

const GUARDS: &[Guard] = &[
    Guard {
        setting: "allow_system_table_mods",
        sound: "off",
        capability: Capability::Superuser,
        why: "system catalogs can be altered",
    },
    Guard {
        setting: "createrole_self_grant",
        sound: "",
        capability: Capability::AllWrite,
        why: "whoever creates a role has it at once",
    },
    Guard {
        setting: "db_user_namespace",
        sound: "off",
        capability: Capability::AllWrite,
        why: "roles are mistaken for roles of a database",
    },
    Guard {
        setting: "ignore_system_indexes",
        sound: "off",
        capability: Capability::Hygiene,
        why: "it is meant for repairs",
    },
    Guard {
        setting: "local_preload_libraries",
        sound: "",
        capability: Capability::Superuser,
        why: "code is loaded into every session",
    },
    Guard {
        setting: "row_security",
        sound: "on",
        capability: Capability::SomeData,
        why: "queries that policies would filter fail",
    },
    Guard {
        setting: "session_replication_role",
        sound: "origin",
        capability: Capability::AllWrite,
        why: "triggers, rules and foreign keys are skipped",
    },
    Guard {
        setting: "standard_conforming_strings",
        sound: "on",
        capability: Capability::AllWrite,
        why: "backslashes end strings that applications have quoted",
    },
    Guard {
        setting: "zero_damaged_pages",
        sound: "off",
        capability: Capability::Hygiene,
        why: "damaged rows vanish without an error",
    },
];
