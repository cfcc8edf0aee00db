use pgward_catalog::class::Class;
use pgward_catalog::object::Origin;
use pgward_catalog::role::Attribute;
use pgward_survey::sight::Sight;

use crate::finding::{Findings, Fix, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;
use crate::study::mending::{end_membership, without_attribute};

pub(super) const RULE: Rule = Rule {
    id: "contract.definer_narrow",
    title: "a definer role is more than its functions need",
    capability: Capability::AllWrite,
    precondition: Precondition::Configuration,
    versions: Versions::ALL,
    sees: &[Sight::Contract],
    references: &[
        Reference::nist("AC-6(7)", "Least Privilege | Review of User Privileges"),
        Reference::iso("A.5.18", "Access rights"),
        Reference::soc2("CC6.3", "Access is authorised, modified and removed by role and least privilege"),
    ],
    explanation: "A role of kind `definer` is what definer functions run as: nobody logs in as it, nobody becomes it, and beside its functions, and the schema \
they are in, it owns nothing. Whatever more it is, a mistake in one of its functions is worth that much more.",
    check,
    cases: &[Case {
        shows: "a definer that may log in, has a member and owns a table",
        versions: Versions::ALL,
        flawed: "CREATE ROLE contract_definer_narrow_def LOGIN;
                     CREATE ROLE contract_definer_narrow_app LOGIN;
                     GRANT contract_definer_narrow_def TO contract_definer_narrow_app;
                     CREATE SCHEMA contract_definer_narrow;
                     CREATE TABLE contract_definer_narrow.t (a int);
                     ALTER TABLE contract_definer_narrow.t OWNER TO contract_definer_narrow_def;",
        finds: &[("role contract_definer_narrow_def", "contract_definer_narrow_def")],
        sound: "CREATE ROLE contract_definer_narrow_def_ok NOLOGIN;
                    CREATE SCHEMA contract_definer_narrow_ok AUTHORIZATION contract_definer_narrow_def_ok;",
        fix: FixWorks::CannotRun("what it owns is somebody's to place"),
        needs: Needs::Contract(
            "contract: 1
scope: {roles: [contract_definer_narrow_def, contract_definer_narrow_def_ok], mode: authoritative}
roles:
  contract_definer_narrow_def: {kind: definer}
  contract_definer_narrow_def_ok: {kind: definer}
",
        ),
    }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    let Some(declared) = study.declared else { return };
    for definer in &declared.definers {
        let Some(role) = study.catalog.roles.get(definer) else { continue };
        let mut add = |what: String, fix: Fix| {
            let message = format!("definer role {} {what}", definer.quoted());
            findings.add(Subject::Role(definer.clone()), Some(definer.clone().into()), message, fix);
        };
        if role.has(Attribute::Login) {
            add("may log in".to_owned(), without_attribute(definer, "LOGIN"));
        }
        for attribute in
            [Attribute::Superuser, Attribute::CreateRole, Attribute::Replication, Attribute::CreateDb]
        {
            if role.has(attribute) {
                add(format!("has {}", attribute.keyword()), without_attribute(definer, attribute.keyword()));
            }
        }
        for key in study.catalog.memberships.keys().filter(|key| key.role == *definer) {
            if !study.is_superuser(&key.member) {
                add(format!("has the member {}", key.member.quoted()), end_membership(key, study.version()));
            }
        }
        for (database, key, object) in study.catalog.objects() {
            let is_its_own = key.class.is_routine() || key.class == Class::Schema;
            if object.owner == *definer && !is_its_own && object.origin == Origin::User {
                let place =
                    database.map_or(String::new(), |database| format!(" in database {}", database.quoted()));
                add(format!("owns {key}{place}"), Fix::words(format!("give {key} to a role of kind owner")));
            }
        }
    }
}
