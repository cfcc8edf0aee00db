use pgward_catalog::role::Attribute;

use crate::finding::{Findings, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;
use crate::study::mending::revoke_admin_option;

pub(super) const RULE: Rule = Rule {
    id: "role.admin_option",
    title: "a login has ADMIN on a role that owns objects, has attributes or is predefined",
    capability: Capability::AllWrite,
    precondition: Precondition::Login,
    versions: Versions::ALL,
    sees: &[],
    references: &[
        Reference::page("sql-grant", "GRANT"),
        Reference::stig("V-233530", "discretionary access is limited to what its granter may pass on"),
        Reference::nist("AC-3(4)", "Access Enforcement | Discretionary Access Control"),
        Reference::iso("A.8.2", "Privileged access rights"),
    ],
    explanation: "ADMIN lets its holder grant the role to anybody, itself included, whatever the INHERIT and SET options of the holder's own membership \
say. Where the role owns objects, has attributes or is one of PostgreSQL's own, that is a way to all it can do, and to give it away \
unseen. Leave granting to the roles that administer. What a group leads to by \
memberships of its own, or by ADMIN on further groups, is counted as its own.",
    check,
    cases: &[
        Case {
            shows: "a login may grant a group that leads to a predefined role, and one that may grant such a group",
            versions: Versions::ALL,
            flawed: "CREATE ROLE role_admin_option_batch LOGIN NOINHERIT; CREATE ROLE role_admin_option_first NOLOGIN;
                     CREATE ROLE role_admin_option_files NOLOGIN; CREATE ROLE role_admin_option_readers NOLOGIN;
                     CREATE ROLE role_admin_option_clerk LOGIN NOINHERIT;
                     GRANT pg_write_server_files TO role_admin_option_files;
                     GRANT role_admin_option_files TO role_admin_option_first WITH ADMIN OPTION;
                     GRANT role_admin_option_first TO role_admin_option_batch WITH ADMIN OPTION;
                     GRANT pg_read_all_data TO role_admin_option_readers;
                     GRANT role_admin_option_readers TO role_admin_option_clerk WITH ADMIN OPTION;",
            finds: &[
                ("role role_admin_option_first", "role_admin_option_batch"),
                ("role role_admin_option_files", "role_admin_option_first"),
                ("role role_admin_option_readers", "role_admin_option_clerk"),
            ],
            sound: "CREATE ROLE role_admin_option_clerk_ok LOGIN; CREATE ROLE role_admin_option_group_ok NOLOGIN;
                    CREATE ROLE role_admin_option_further_ok NOLOGIN;
                    GRANT role_admin_option_further_ok TO role_admin_option_group_ok WITH ADMIN OPTION;
                    GRANT role_admin_option_group_ok TO role_admin_option_clerk_ok WITH ADMIN OPTION;",
            fix: FixWorks::Runs,
            needs: Needs::Nothing,
        },
        Case {
        shows: "a login may grant a predefined role",
        versions: Versions::ALL,
        flawed: "CREATE ROLE role_admin_option_app LOGIN NOINHERIT;
                     CREATE ROLE role_admin_option_owner NOLOGIN;
                     CREATE SCHEMA role_admin_option AUTHORIZATION role_admin_option_owner;
                     GRANT role_admin_option_owner TO role_admin_option_app WITH ADMIN OPTION;",
        finds: &[("role role_admin_option_owner", "role_admin_option_app")],
        sound: "CREATE ROLE role_admin_option_plain_ok NOLOGIN; CREATE ROLE role_admin_option_outer_ok NOLOGIN;
                    GRANT role_admin_option_outer_ok TO role_admin_option_plain_ok;
                    CREATE ROLE role_admin_option_app_ok LOGIN;
                    GRANT role_admin_option_plain_ok TO role_admin_option_app_ok WITH ADMIN OPTION;",
        fix: FixWorks::Runs,
        needs: Needs::Nothing,
    }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for (key, options) in study.catalog.memberships.iter().filter(|(_, options)| options.admin) {
        let holder = study.catalog.roles.get(&key.member);
        if holder.is_none_or(|holder| holder.has(Attribute::Superuser) || holder.has(Attribute::CreateRole))
            || study.is_administrative(&key.member)
        {
            continue;
        }
        let Some(login) = study.low_logins_of(&key.member).next() else { continue };
        let Some(worth) = study.worth(&key.role) else { continue };
        let message =
            format!("role {} has ADMIN on {}, which {}", key.member.quoted(), key.role.quoted(), worth.words);
        findings
            .add(
                Subject::Role(key.role.clone()),
                Some(key.member.clone().into()),
                message,
                revoke_admin_option(key, study.version()),
            )
            .reaching(worth.capability, Precondition::Login)
            .shown_by(study.way_in_words(login, &key.member))
            .shown_by(format!("granted by {}, SET {}", key.grantor.quoted(), options.set));
    }
}
