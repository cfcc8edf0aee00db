use std::collections::BTreeSet;

use pgward_catalog::acl::Grantee;
use pgward_catalog::object::{Object, ObjectRef};
use pgward_catalog::privilege::Privileges;

use crate::finding::{Findings, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;
use crate::study::mending::revoke;

pub(super) const RULE: Rule = Rule {
    id: "rule.owner_rights",
    title: "a rule does elsewhere, with its owner's rights, what the role may not",
    capability: Capability::SomeData,
    precondition: Precondition::Login,
    versions: Versions::ALL,
    sees: &[],
    references: &[
        Reference::page("rules-privileges", "Rules and Privileges"),
        Reference::page("sql-createrule", "CREATE RULE"),
        Reference::nist("AC-3", "Access Enforcement"),
        Reference::nist("AC-6", "Least Privilege"),
        Reference::iso("A.8.3", "Information access restriction"),
        Reference::soc2("CC6.1", "Logical access is restricted"),
    ],
    explanation: "What a rule does is checked against the owner of the table that it is on, not against whoever gives the command. Who may delete from the one \
table empties the other one, without any privilege on it, and no ACL of that one says so. Drop the rule, revoke the command that it answers, or put a trigger in its \
place whose function checks who asks.",
    check,
    cases: &[Case {
        shows: "deleting from one table deletes from another, and inserting into it instead of the one",
        versions: Versions::ALL,
        flawed: "CREATE ROLE rule_owner_rights_app LOGIN;
                 CREATE SCHEMA rule_owner_rights;
                 CREATE TABLE rule_owner_rights.kept (a int);
                 CREATE TABLE rule_owner_rights.open (a int);
                 CREATE RULE also AS ON DELETE TO rule_owner_rights.open DO ALSO DELETE FROM rule_owner_rights.kept;
                 GRANT USAGE ON SCHEMA rule_owner_rights TO rule_owner_rights_app;
                 GRANT DELETE ON rule_owner_rights.open TO rule_owner_rights_app;",
        finds: &[("table rule_owner_rights.open in database audited", "rule_owner_rights_app")],
        sound: "CREATE ROLE rule_owner_rights_app_ok LOGIN;
                CREATE SCHEMA rule_owner_rights_ok;
                CREATE TABLE rule_owner_rights_ok.kept (a int);
                CREATE TABLE rule_owner_rights_ok.open (a int);
                CREATE TABLE rule_owner_rights_ok.both (a int);
                CREATE TABLE rule_owner_rights_ok.shut (a int);
                CREATE TABLE rule_owner_rights_ok.off (a int);
                CREATE RULE also_ok AS ON DELETE TO rule_owner_rights_ok.open DO ALSO DELETE FROM rule_owner_rights_ok.both;
                CREATE RULE shut_ok AS ON DELETE TO rule_owner_rights_ok.shut DO ALSO DELETE FROM rule_owner_rights_ok.kept;
                CREATE RULE off_ok AS ON DELETE TO rule_owner_rights_ok.off DO ALSO DELETE FROM rule_owner_rights_ok.kept;
                ALTER TABLE rule_owner_rights_ok.off DISABLE RULE off_ok;
                CREATE RULE nothing_ok AS ON UPDATE TO rule_owner_rights_ok.open DO INSTEAD NOTHING;
                GRANT USAGE ON SCHEMA rule_owner_rights_ok TO rule_owner_rights_app_ok;
                GRANT DELETE ON rule_owner_rights_ok.open, rule_owner_rights_ok.both, rule_owner_rights_ok.off TO rule_owner_rights_app_ok;
                GRANT UPDATE ON rule_owner_rights_ok.open TO rule_owner_rights_app_ok;
                GRANT SELECT ON rule_owner_rights_ok.shut TO rule_owner_rights_app_ok;",
        fix: FixWorks::Runs,
        needs: Needs::Nothing,
    }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for (database, contents, _) in study.databases() {
        for (key, rules) in &contents.rules {
            let Some(object) = contents.objects.get(key).filter(|object| !study.is_providers(key, object))
            else {
                continue;
            };
            for (name, rule) in rules.iter().filter(|(_, rule)| rule.applies()) {
                for entry in study.given_with(object, rule.command.privilege()) {
                    let beyond: BTreeSet<String> = rule
                        .touches
                        .iter()
                        .filter(|(other, _)| *other != key)
                        .filter(|(other, asked)| {
                            let at = ObjectRef::within(database, (*other).clone());
                            let by_owner = study.effective.privileges(&object.owner, &at).now.privileges;
                            let of_grantee = held(study, &entry.grantee, &at, contents.objects.get(*other));
                            by_owner.covers(**asked) && !of_grantee.covers(**asked)
                        })
                        .map(|(other, asked)| format!("{asked} on {other}"))
                        .collect();
                    if beyond.is_empty() {
                        continue;
                    }
                    let beyond = beyond.into_iter().collect::<Vec<_>>().join(", ");
                    let message = format!(
                        "{} on {key} has rule {} do what takes {beyond}, as {} does it",
                        rule.command.privilege(),
                        name.quoted(),
                        object.owner.quoted()
                    );
                    let fix = revoke(key, object, entry, rule.command.privilege().into());
                    let subject = Subject::object(ObjectRef::within(database, key.clone()));
                    findings
                        .add(subject, Some(entry.grantee.clone()), message, fix)
                        .shown_by(rule.definition.clone());
                }
            }
        }
    }
}

/// What the grantee may do there by itself.
fn held(study: &Study<'_>, grantee: &Grantee, at: &ObjectRef, object: Option<&Object>) -> Privileges {
    match grantee {
        Grantee::Role(role) => study.effective.privileges(role, at).now.privileges,
        Grantee::Public => object.map_or(Privileges::NONE, |object| {
            let of_public = object.acl.entries().iter().filter(|entry| entry.grantee == Grantee::Public);
            of_public.fold(Privileges::NONE, |all, entry| all | entry.privileges)
        }),
    }
}
