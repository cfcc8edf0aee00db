use pgward_catalog::name::RoleName;
use pgward_catalog::role::{Attribute, PasswordKind};
use pgward_survey::sight::Sight;

use crate::finding::{Findings, Fix, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;
use crate::study::authentication::in_words;

pub(super) const RULE: Rule = Rule {
    id: "role.password_obvious",
    title: "a login's password is its name",
    capability: Capability::AllWrite,
    precondition: Precondition::Configuration,
    versions: Versions::ALL,
    sees: &[Sight::ObviousPasswords],
    references: &[
        Reference::page("auth-password", "Password Authentication"),
        Reference::page("passwordcheck", "passwordcheck — verify password strength"),
        Reference::nist("IA-5(1)", "Authenticator Management | Password-based Authentication"),
        Reference::iso("A.5.17", "Authentication information"),
        Reference::soc2("CC6.1", "Logical access is restricted"),
    ],
    explanation: "Whoever wants in tries the name of a role as its password first, with a capital letter, or with 123 behind it. SCRAM makes each try \
slow, and does nothing against few of them. The audit computes the verifiers of these passwords and holds them against those of `pg_authid`; nobody logs in, and no \
verifier is kept. Set a password that a machine has drawn.",
    check,
    cases: &[Case {
        shows: "names, other spellings of them, and an MD5 hash",
        versions: Versions::ALL,
        flawed: "CREATE ROLE role_password_obvious_app LOGIN PASSWORD 'role_password_obvious_app';
                 CREATE ROLE role_password_obvious_loud LOGIN PASSWORD 'Role_password_obvious_loud';
                 CREATE ROLE role_password_obvious_123 LOGIN SUPERUSER PASSWORD 'role_password_obvious_123123';
                 SET password_encryption = 'md5';
                 CREATE ROLE role_password_obvious_old LOGIN PASSWORD 'role_password_obvious_old123';
                 RESET password_encryption;",
        finds: &[
            ("role role_password_obvious_app", "role_password_obvious_app"),
            ("role role_password_obvious_loud", "role_password_obvious_loud"),
            ("role role_password_obvious_123", "role_password_obvious_123"),
            ("role role_password_obvious_old", "role_password_obvious_old"),
        ],
        sound: "CREATE ROLE role_password_obvious_app_ok LOGIN PASSWORD 'a password of the test';
                CREATE ROLE role_password_obvious_group_ok NOLOGIN PASSWORD 'role_password_obvious_group_ok';
                CREATE ROLE role_password_obvious_cert_ok LOGIN;
                SET password_encryption = 'md5';
                CREATE ROLE role_password_obvious_old_ok LOGIN PASSWORD 'role_password_obvious_app';
                RESET password_encryption;",
        fix: FixWorks::CannotRun("the new password is somebody's to choose"),
        needs: Needs::Nothing,
    }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    let tried = &study.survey.passwords;
    for name in &tried.obvious {
        let Some(role) = study.catalog.roles.get(name) else { continue };
        let message = format!("the password of role {} is its name, or nothing but it", name.quoted());
        let fix = Fix::words(format!(
            "set a drawn password for {} (psql: \\password), and give it to those who use it",
            name.quoted()
        ));
        let is_superuser = role.has(Attribute::Superuser);
        let reached = if is_superuser { Capability::Superuser } else { Capability::AllWrite };
        let finding = findings.add(Subject::Role(name.clone()), Some(name.clone().into()), message, fix);
        match way_in(study, name, role.password) {
            Some(line) => finding.reaching(reached, Precondition::Login).shown_by(line),
            None => finding.reaching(reached, Precondition::Configuration),
        };
        if !tried.untried.is_empty() {
            finding.shown_by(format!(
                "{} more roles were not tried: it takes too much work",
                tried.untried.len()
            ));
        }
    }
}

/// The line of `pg_hba.conf` by which the role comes in with its password.
fn way_in(study: &Study<'_>, role: &RoleName, kept: PasswordKind) -> Option<String> {
    let takes_it = |method: &str| match method {
        "md5" | "password" => true,
        "scram-sha-256" => kept == PasswordKind::Scram,
        _ => false,
    };
    study.entrances_of(role).into_iter().find(|line| takes_it(&line.method)).map(in_words)
}
