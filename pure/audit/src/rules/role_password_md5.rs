use pgward_catalog::role::{Attribute, PasswordKind};
use pgward_survey::sight::Sight;

use crate::finding::{Findings, Fix, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;

pub(super) const RULE: Rule = Rule {
    id: "role.password_md5",
    title: "a password verifier is MD5",
    capability: Capability::AllRead,
    precondition: Precondition::Victim,
    versions: Versions::ALL,
    sees: &[Sight::Passwords],
    references: &[
        Reference::page("auth-password", "Password Authentication"),
        Reference::stig("V-233596", "passwords are stored and transmitted protected"),
        Reference::nist("IA-5(1)", "Authenticator Management | Password-based Authentication"),
        Reference::iso("A.8.24", "Use of cryptography"),
        Reference::soc2("CC6.1", "Logical access is restricted"),
    ],
    explanation: "An MD5 verifier is enough to log in: whoever reads it from `pg_authid`, a backup or a replica has the account, without guessing a \
password. PostgreSQL 18 calls MD5 passwords deprecated. Set `password_encryption` to `scram-sha-256` and set the password again.",
    check,
    cases: &[Case {
        shows: "a login whose password was set under password_encryption = md5",
        versions: Versions::ALL,
        flawed: "SET password_encryption = 'md5';
                     CREATE ROLE role_password_md5_app LOGIN PASSWORD 'a password of the test';
                     RESET password_encryption;",
        finds: &[("role role_password_md5_app", "role_password_md5_app")],
        sound: "SET password_encryption = 'scram-sha-256';
                    CREATE ROLE role_password_md5_app_ok LOGIN PASSWORD 'a password of the test';
                    RESET password_encryption;",
        fix: FixWorks::CannotRun("the new password is somebody's to choose"),
        needs: Needs::Nothing,
    }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for (name, role) in study.catalog.roles.iter().filter(|(_, role)| role.password == PasswordKind::Md5) {
        let message =
            format!("the password of role {} is kept as MD5, which logs in by itself", name.quoted());
        let fix = Fix::words(format!(
            "SET password_encryption = 'scram-sha-256', then set the password of {} again (psql: \\password)",
            name.quoted()
        ));
        let finding = findings.add(Subject::Role(name.clone()), Some(name.clone().into()), message, fix);
        if role.has(Attribute::Superuser) {
            finding.reaching(Capability::Superuser, Precondition::Victim);
        }
    }
}
