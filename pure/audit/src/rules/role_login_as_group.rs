use pgward_catalog::role::Attribute;

use crate::finding::{Findings, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;
use crate::study::becoming::inherits;
use crate::study::mending::end_membership;

pub(super) const RULE: Rule = Rule {
    id: "role.login_as_group",
    title: "a login has members",
    capability: Capability::SomeData,
    precondition: Precondition::Login,
    versions: Versions::ALL,
    sees: &[],
    references: &[
        Reference::page("role-membership", "Role Membership"),
        Reference::stig("V-233612", "users are identified and authenticated as themselves"),
        Reference::nist("IA-2", "Identification and Authentication (Organizational Users)"),
        Reference::soc2("CC6.1", "Logical access is restricted"),
    ],
    explanation: "Members of a login act as it: what they do is done in its name, and nobody can tell afterwards who it was. What it owns and holds is \
theirs. Make a NOLOGIN role for the privileges and let each login be a member of that.",
    check,
    cases: &[Case {
        shows: "one login is a member of another",
        versions: Versions::ALL,
        flawed: "CREATE ROLE role_login_as_group_shared LOGIN;
                     CREATE ROLE role_login_as_group_ann LOGIN;
                     GRANT role_login_as_group_shared TO role_login_as_group_ann;",
        finds: &[("role role_login_as_group_shared", "role_login_as_group_ann")],
        sound: "CREATE ROLE role_login_as_group_team_ok NOLOGIN;
                    CREATE ROLE role_login_as_group_ann_ok LOGIN;
                    GRANT role_login_as_group_team_ok TO role_login_as_group_ann_ok;",
        fix: FixWorks::Runs,
        needs: Needs::Nothing,
    }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for (key, options) in &study.catalog.memberships {
        let (Some(role), Some(member)) =
            (study.catalog.roles.get(&key.role), study.catalog.roles.get(&key.member))
        else {
            continue;
        };
        let acts =
            options.set || inherits(study.catalog, key, options) || !study.version().has_membership_options();
        if !role.has(Attribute::Login)
            || member.has(Attribute::Superuser)
            || study.is_administrative(&key.member)
            || study.is_administrative(&key.role)
            // A superuser that somebody can become is found as that.
            || role.has(Attribute::Superuser)
            || !acts
        {
            continue;
        }
        let message = format!("role {} can act as login {}", key.member.quoted(), key.role.quoted());
        findings
            .add(
                Subject::Role(key.role.clone()),
                Some(key.member.clone().into()),
                message,
                end_membership(key, study.version()),
            )
            .shown_by(format!("granted by {}", key.grantor.quoted()));
    }
}
