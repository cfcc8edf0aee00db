use pgward_catalog::role::Attribute;

use crate::finding::{Findings, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;
use crate::study::mending::revoke_admin_option;

pub(super) const RULE: Rule = Rule {
    id: "role.createrole_admin_path",
    title: "a role with CREATEROLE has ADMIN on a role that is worth having",
    capability: Capability::AllWrite,
    precondition: Precondition::Login,
    versions: Versions::from(16),
    sees: &[],
    references: &[
Reference::page("role-attributes", "Role Attributes"),
        Reference::page("sql-createrole", "CREATE ROLE"),
        Reference::nist("AC-6", "Least Privilege"),        Reference::iso("A.8.2", "Privileged access rights"),
    ],
    explanation: "From PostgreSQL 16 on CREATEROLE reaches only roles on which its holder has ADMIN. Where that is a role that owns objects, has \
attributes or is predefined, the holder may grant it to itself and set its password. ADMIN comes with making a role, too: what was made \
by this login and given objects later is found here. Take ADMIN away from roles that are worth having, and from groups that lead to them.",
    check,
    cases: &[LENDING, Case {
            shows: "a CREATEROLE login administers a role that owns a table",
            versions: Versions::from(16),
            flawed: "CREATE ROLE role_createrole_admin_path_owner NOLOGIN;
                     CREATE ROLE role_createrole_admin_path_app LOGIN CREATEROLE;
                     GRANT role_createrole_admin_path_owner TO role_createrole_admin_path_app
                       WITH ADMIN TRUE, INHERIT FALSE, SET FALSE;
                     CREATE SCHEMA role_createrole_admin_path AUTHORIZATION role_createrole_admin_path_owner;
                     CREATE TABLE role_createrole_admin_path.t (a int);
                     ALTER TABLE role_createrole_admin_path.t OWNER TO role_createrole_admin_path_owner;
                     CREATE ROLE role_createrole_admin_path_group NOLOGIN; GRANT pg_read_all_data TO role_createrole_admin_path_group;
                     GRANT role_createrole_admin_path_group TO role_createrole_admin_path_app WITH ADMIN TRUE, INHERIT FALSE, SET FALSE;",
            finds: &[
                ("role role_createrole_admin_path_owner", "role_createrole_admin_path_app"),
                ("role role_createrole_admin_path_group", "role_createrole_admin_path_app"),
            ],
            sound: "CREATE ROLE role_createrole_admin_path_plain_ok NOLOGIN;
                    CREATE ROLE role_createrole_admin_path_app_ok LOGIN CREATEROLE;
                    GRANT role_createrole_admin_path_plain_ok TO role_createrole_admin_path_app_ok WITH ADMIN TRUE;",
            fix: FixWorks::Runs,
            needs: Needs::Nothing,
        }],
};

const LENDING: Case = Case {
    shows: "a login that lends roles: no statement that would break its leases",
    versions: Versions::from(16),
    flawed: "CREATE ROLE role_createrole_admin_path_desk LOGIN CREATEROLE;
             CREATE ROLE pgward_role_createrole_admin_path_tier NOLOGIN;
             GRANT pg_read_all_data TO pgward_role_createrole_admin_path_tier;
             GRANT pgward_role_createrole_admin_path_tier TO role_createrole_admin_path_desk
               WITH ADMIN TRUE, INHERIT FALSE, SET FALSE;",
    finds: &[("role pgward_role_createrole_admin_path_tier", "role_createrole_admin_path_desk")],
    sound: "CREATE ROLE role_createrole_admin_path_desk_ok LOGIN CREATEROLE;
            CREATE ROLE pgward_role_createrole_admin_path_tier_ok NOLOGIN;
            GRANT pgward_role_createrole_admin_path_tier_ok TO role_createrole_admin_path_desk_ok
              WITH ADMIN TRUE, INHERIT FALSE, SET FALSE;",
    fix: FixWorks::CannotRun("the login lends roles, and leases that run would break"),
    needs: Needs::Nothing,
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for (key, options) in &study.catalog.memberships {
        let Some(holder) = study.catalog.roles.get(&key.member) else { continue };
        if !options.admin
            || !holder.has(Attribute::CreateRole)
            || holder.has(Attribute::Superuser)
            || study.is_administrative(&key.member)
            || study.low_logins_of(&key.member).next().is_none()
        {
            continue;
        }
        let Some(worth) = study.worth(&key.role) else { continue };
        let message = format!(
            "role {} has CREATEROLE and ADMIN on {}, which {}",
            key.member.quoted(),
            key.role.quoted(),
            worth.words
        );
        findings
            .add(
                Subject::Role(key.role.clone()),
                Some(key.member.clone().into()),
                message,
                study.unless_lending(&key.member, revoke_admin_option(key, study.version())),
            )
            .reaching(worth.capability, Precondition::Login)
            .shown_by(format!("granted by {}", key.grantor.quoted()));
    }
}
