use pgward_catalog::acl::Grantee;
use pgward_catalog::class::Class;
use pgward_catalog::name::RoleName;
use pgward_catalog::object::ObjectRef;

use crate::finding::{Findings, Fix, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;
use pgward_survey::anatomy::ForeignOptions;
use pgward_survey::sight::Sight;

pub(super) const RULE: Rule = Rule {
    id: "fdw.password_not_required",
    title: "a role connects to a foreign server without a password, as the server's own account",
    capability: Capability::Superuser,
    precondition: Precondition::Login,
    versions: Versions::ALL,
    sees: &[Sight::UserMappingOptions],
    references: &[
        Reference::page("postgres-fdw", "postgres_fdw: Connection Management and Authentication"),
        Reference::nist("IA-2", "Identification and Authentication (Organizational Users)"),
        Reference::nist("AC-6", "Least Privilege"),
        Reference::iso("A.5.17", "Authentication information"),
        Reference::soc2("CC6.1", "Logical access is restricted"),
    ],
    explanation: "`password_required 'false'` lets a role without superuser connect with what the *server* has instead of a \
password of its own: trust and peer authentication, a `.pgpass`, a client certificate. Over the loopback that is whoever \
`pg_hba.conf` trusts there, a superuser first of all. Require the password, and give the mapping one or a client certificate \
of its own.",
    check,
    cases: &[Case {
        shows: "mappings of a login and of everybody",
        versions: Versions::ALL,
        flawed: r#"
CREATE ROLE fdw_password_not_required_app LOGIN;
CREATE EXTENSION IF NOT EXISTS postgres_fdw;
CREATE SERVER fdw_password_not_required_s FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1');
CREATE USER MAPPING FOR fdw_password_not_required_app SERVER fdw_password_not_required_s OPTIONS (user 'postgres', password_required 'false');
CREATE USER MAPPING FOR PUBLIC SERVER fdw_password_not_required_s OPTIONS (user 'postgres', password_required 'off');"#,
        finds: &[
            (
                "user mapping fdw_password_not_required_app@fdw_password_not_required_s in database audited",
                "fdw_password_not_required_app",
            ),
            ("user mapping PUBLIC@fdw_password_not_required_s in database audited", "PUBLIC"),
        ],
        sound: r#"
CREATE ROLE fdw_password_not_required_app_ok LOGIN;
CREATE ROLE fdw_password_not_required_root_ok NOLOGIN SUPERUSER;
CREATE SERVER fdw_password_not_required_s_ok FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1');
CREATE USER MAPPING FOR fdw_password_not_required_app_ok SERVER fdw_password_not_required_s_ok OPTIONS (user 'x', password 'y', password_required 'true');
CREATE USER MAPPING FOR fdw_password_not_required_root_ok SERVER fdw_password_not_required_s_ok OPTIONS (user 'x', password_required 'false');"#,
        fix: FixWorks::Runs,
        needs: Needs::Nothing,
    }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for (database, contents, anatomy) in study.databases() {
        for found in anatomy.foreign.iter().filter(|found| found.password_required == Some(false)) {
            if found.object.class != Class::UserMapping {
                continue;
            }
            if contents
                .objects
                .get(&found.object)
                .is_some_and(|object| study.is_providers(&found.object, object))
            {
                continue;
            }
            if found
                .user
                .as_ref()
                .is_some_and(|user| study.is_superuser(user) || study.is_administrative(user))
            {
                continue;
            }
            add(study, findings, ObjectRef::within(database, found.object.clone()), found);
        }
    }
}

fn add(study: &Study<'_>, findings: &mut Findings, at: ObjectRef, found: &ForeignOptions) {
    let who = found.user.as_ref().map_or(Grantee::Public, |user| Grantee::Role(user.clone()));
    let message = format!("{} connects to server {} without a password", who.quoted(), found.server.quoted());
    let fix = Fix::sql(format!(
        "ALTER USER MAPPING FOR {} SERVER {} OPTIONS (SET password_required 'true')",
        found.user.as_ref().map_or_else(|| "PUBLIC".to_owned(), RoleName::quoted),
        found.server.quoted()
    ));
    let finding =
        findings.add(Subject::object(at), Some(who), message, fix).shown_by("password_required is off");
    let trusted =
        study.survey.server.hba.iter().find(|rule| matches!(rule.method.as_str(), "trust" | "peer"));
    match trusted {
        Some(rule) => {
            finding.shown_by(format!("line {} of pg_hba.conf lets in by {}", rule.line, rule.method));
        }
        None => {
            finding.reaching(Capability::Superuser, Precondition::Configuration);
        }
    }
}
