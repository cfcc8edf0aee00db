use pgward_catalog::name::Name;
use pgward_catalog::setting::SettingScope;

use crate::finding::{Findings, Fix, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, ServerSetup, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;

pub(super) const RULE: Rule = Rule {
    id: "conf.password_encryption",
    title: "new passwords are kept as MD5 hashes",
    capability: Capability::AllRead,
    precondition: Precondition::Configuration,
    versions: Versions::ALL,
    sees: &[],
    references: &[
        Reference::page("auth-password", "Password Authentication"),
        Reference::page("runtime-config-connection", "Connections and Authentication: password_encryption"),
        Reference::stig("V-233596", "passwords are stored and transmitted protected"),
        Reference::nist("IA-5(1)", "Authenticator Management | Password-based Authentication"),
        Reference::iso("A.8.24", "Use of cryptography"),
        Reference::soc2("CC6.1", "Logical access is restricted"),
    ],
    explanation: "An MD5 verifier is as good as the password: whoever reads it out of a backup logs in with it. PostgreSQL 18 \
deprecates it. Set `password_encryption = 'scram-sha-256'`, and have the passwords set anew; settings of single roles and \
databases are looked at as well.",
    check,
    cases: &[
        Case {
            shows: "the server's own setting",
            versions: Versions::ALL,
            flawed: "SELECT 1;",
            finds: &[("setting password_encryption", "")],
            sound: "SELECT 2;",
            fix: FixWorks::Runs,
            needs: Needs::Server {
                flawed: ServerSetup { settings: &[("password_encryption", "md5")], hba: None },
                sound: ServerSetup::PLAIN,
            },
        },
        Case {
            shows: "the setting of a role",
            versions: Versions::ALL,
            flawed: "CREATE ROLE \"conf_password_encryption_R\"; ALTER ROLE \"conf_password_encryption_R\" SET password_encryption = 'md5';",
            finds: &[(
                "setting password_encryption of role \"conf_password_encryption_R\"",
                "conf_password_encryption_R",
            )],
            sound: "CREATE ROLE conf_password_encryption_ok; ALTER ROLE conf_password_encryption_ok SET password_encryption = 'scram-sha-256';",
            fix: FixWorks::Runs,
            needs: Needs::Nothing,
        },
    ],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    let value = study.survey.server.setting("password_encryption");
    if let Some(value) = value.filter(|value| *value != SCRAM) {
        findings
            .add(
                Subject::Setting("setting password_encryption".to_owned()),
                None,
                format!("password_encryption is {value}"),
                Fix::Sql(vec![
                    format!("ALTER SYSTEM SET password_encryption = '{SCRAM}'"),
                    "SELECT pg_catalog.pg_reload_conf()".to_owned(),
                ]),
            )
            .shown_by(format!("password_encryption is {value}"));
    }
    for (scope, settings) in &study.catalog.settings {
        let Some(value) = settings.get(&Name::from("password_encryption")).filter(|value| *value != SCRAM)
        else {
            continue;
        };
        let words = scope_in_words(scope);
        findings
            .add(
                Subject::Setting(format!("setting password_encryption of {words}")),
                scope.role.clone().map(Into::into),
                format!("password_encryption of {words} is {value}"),
                Fix::sql(format!("ALTER {} RESET password_encryption", scope_in_sql(scope))),
            )
            .shown_by(format!("password_encryption is {value}"));
    }
}

/// Whose setting: `role app in database shop`.
pub(super) fn scope_in_words(scope: &SettingScope) -> String {
    match (&scope.role, &scope.database) {
        (Some(role), Some(database)) => format!("role {} in database {}", role.quoted(), database.quoted()),
        (Some(role), None) => format!("role {}", role.quoted()),
        (None, Some(database)) => format!("database {}", database.quoted()),
        (None, None) => "every role".to_owned(),
    }
}

/// What ALTER takes before SET and RESET.
pub(super) fn scope_in_sql(scope: &SettingScope) -> String {
    match (&scope.role, &scope.database) {
        (Some(role), Some(database)) => format!("ROLE {} IN DATABASE {}", role.quoted(), database.quoted()),
        (Some(role), None) => format!("ROLE {}", role.quoted()),
        (None, Some(database)) => format!("DATABASE {}", database.quoted()),
        (None, None) => "ROLE ALL".to_owned(),
    }
}

const SCRAM: &str = "scram-sha-256";
