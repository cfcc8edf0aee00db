use pgward_catalog::role::PasswordKind;
use pgward_survey::sight::Sight;

use crate::finding::{Findings, Fix, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;

pub(super) const RULE: Rule = Rule {
    id: "role.password_no_expiry",
    title: "a password has no end",
    capability: Capability::Hygiene,
    precondition: Precondition::Victim,
    versions: Versions::ALL,
    sees: &[Sight::Passwords],
    references: &[
Reference::page("sql-createrole", "CREATE ROLE"),
        Reference::nist("IA-5", "Authenticator Management"),
        Reference::soc2("CC6.1", "Logical access is restricted"),
    ],
    explanation: "A password that is valid for ever is valid for whoever finds it in an old backup, an image or a repository. `VALID UNTIL` ends it on \
a day, and makes rotation somebody's duty.",
    check,
    cases: &[Case {
            shows: "passwords without an end, and until infinity",
            versions: Versions::ALL,
            flawed: "CREATE ROLE role_password_no_expiry_app LOGIN PASSWORD 'a password of the test';
                     CREATE ROLE role_password_no_expiry_inf LOGIN PASSWORD 'a password of the test' VALID UNTIL 'infinity';",
            finds: &[
                ("role role_password_no_expiry_app", "role_password_no_expiry_app"),
                ("role role_password_no_expiry_inf", "role_password_no_expiry_inf"),
            ],
            sound: "CREATE ROLE role_password_no_expiry_app_ok LOGIN PASSWORD 'a password of the test' VALID UNTIL '2031-01-01';
                    CREATE ROLE role_password_no_expiry_cert_ok LOGIN;",
            fix: FixWorks::CannotRun("the day is somebody's to choose"),
            needs: Needs::Nothing,
        }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for (name, role) in study.logins() {
        let has_password = matches!(role.password, PasswordKind::Scram | PasswordKind::Md5);
        let has_end = role.valid_until.as_deref().is_some_and(|until| until != "infinity");
        if has_password && !has_end {
            let message = format!("the password of role {} is valid for ever", name.quoted());
            let fix =
                Fix::words(format!("ALTER ROLE {} VALID UNTIL a day by which it is rotated", name.quoted()));
            findings.add(Subject::Role(name.clone()), Some(name.clone().into()), message, fix);
        }
    }
}
