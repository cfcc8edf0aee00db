use pgward_catalog::object::quote_parameter;
use pgward_catalog::setting::SettingScope;

use crate::finding::{Findings, Fix, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;
use crate::study::whose::whom;

pub(super) const RULE: Rule = Rule {
    id: "role.config_guard_off",
    title: "a setting of a role or a database switches a guard off",
    capability: Capability::AllWrite,
    precondition: Precondition::Configuration,
    versions: Versions::ALL,
    sees: &[],
    references: &[
        Reference::page("runtime-config-client", "Client Connection Defaults"),
        Reference::cis("6.2", "backend runtime parameters are configured"),
        Reference::nist("CM-6", "Configuration Settings"),
    ],
    explanation: "`session_replication_role = replica` skips triggers and foreign keys; `row_security = off` turns narrowed rows into errors, which invites \
bypassing; `lo_compat_privileges` opens large objects; `local_preload_libraries` and `session_preload_libraries` load code into \
sessions. Set for a role or a database they are on without anybody typing them. Reset them.",
    check,
    cases: &[Case {
        shows: "a role's sessions skip triggers and foreign keys",
        versions: Versions::ALL,
        flawed: "CREATE ROLE role_config_guard_off_app LOGIN;
                     ALTER ROLE role_config_guard_off_app SET session_replication_role = 'replica';
                     ALTER ROLE role_config_guard_off_app SET row_security = off;",
        finds: &[
            ("setting row_security of role role_config_guard_off_app", "role_config_guard_off_app"),
            (
                "setting session_replication_role of role role_config_guard_off_app",
                "role_config_guard_off_app",
            ),
        ],
        sound: "CREATE ROLE role_config_guard_off_app_ok LOGIN;
                    ALTER ROLE role_config_guard_off_app_ok SET session_replication_role = 'origin';
                    ALTER ROLE role_config_guard_off_app_ok SET statement_timeout = '30s';",
        fix: FixWorks::Runs,
        needs: Needs::Nothing,
    }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for (scope, settings) in &study.catalog.settings {
        for (name, value) in settings {
            let Some((_, is_off)) = GUARDS.iter().find(|(guard, _)| *guard == name.as_str()) else {
                continue;
            };
            if scope.role.as_ref().is_some_and(|role| study.is_administrative(role)) || !is_off(value) {
                continue;
            }
            let message = format!("{} of {} is {value}", name, whom(scope));
            let subject = Subject::Setting(format!("setting {name} of {}", whom(scope)));
            findings.add(subject, scope.role.clone().map(Into::into), message, reset(scope, name.as_str()));
        }
    }
}

type IsOff = fn(&str) -> bool;

const GUARDS: &[(&str, IsOff)] = &[
    ("row_security", |value| is_false(value)),
    ("session_replication_role", |value| value.eq_ignore_ascii_case("replica")),
    ("lo_compat_privileges", |value| !is_false(value)),
    ("session_preload_libraries", |value| !value.is_empty()),
    ("local_preload_libraries", |value| !value.is_empty()),
    ("allow_system_table_mods", |value| !is_false(value)),
    ("ignore_checksum_failure", |value| !is_false(value)),
    ("zero_damaged_pages", |value| !is_false(value)),
];

/// As `parse_bool` reads it.
fn is_false(value: &str) -> bool {
    matches!(
        value.to_ascii_lowercase().as_str(),
        "off" | "of" | "false" | "f" | "fa" | "fal" | "fals" | "no" | "n" | "0"
    )
}

fn reset(scope: &SettingScope, name: &str) -> Fix {
    let name = quote_parameter(name);
    Fix::sql(match (&scope.role, &scope.database) {
        (Some(role), None) => format!("ALTER ROLE {} RESET {name}", role.quoted()),
        (Some(role), Some(database)) => {
            format!("ALTER ROLE {} IN DATABASE {} RESET {name}", role.quoted(), database.quoted())
        }
        (None, Some(database)) => format!("ALTER DATABASE {} RESET {name}", database.quoted()),
        (None, None) => format!("ALTER ROLE ALL RESET {name}"),
    })
}
