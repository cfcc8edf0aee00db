use pgward_catalog::acl::Grantee;
use pgward_catalog::name::RoleName;
use pgward_catalog::object::ObjectKey;
use pgward_catalog::privilege::{Privilege, Privileges};
use pgward_survey::sight::Sight;
use std::collections::BTreeMap;

use crate::finding::{Findings, Subject};
use crate::reference::Reference;
use crate::rule::ServerSetup;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::source_text::{Token, tokens};
use crate::study::Study;
use crate::study::mending::revoke;
use crate::study::rows::row_privileges;

pub(super) const RULE: Rule = Rule {
    id: "usage.unused_privilege",
    title: "a privilege was never used since statements are counted",
    capability: Capability::Hygiene,
    precondition: Precondition::Configuration,
    versions: Versions::ALL,
    sees: &[Sight::Statements],
    references: &[
        Reference::page("pgstatstatements", "pg_stat_statements"),
        Reference::nist("AC-6(7)", "Least Privilege | Review of User Privileges"),
        Reference::iso("A.5.18", "Access rights"),
    ],
    explanation: "No statement of the role, since `pg_stat_statements` counts, names the table with the verb it was granted. Statements that came and went \
before (the extension keeps a bounded number), functions that write on the caller's behalf and dynamic SQL are not seen: take it for a \
question to the owner of the program, not for an answer.",
    check,
    cases: &[Case {
        shows: "a program reads, and was given more",
        versions: Versions::ALL,
        flawed: "CREATE EXTENSION pg_stat_statements;
                     CREATE ROLE usage_app LOGIN;
                     CREATE SCHEMA usage_unused_privilege;
                     CREATE TABLE usage_unused_privilege.orders (a int);
                     GRANT USAGE ON SCHEMA usage_unused_privilege TO usage_app;
                     GRANT SELECT, DELETE ON usage_unused_privilege.orders TO usage_app;
                     SET ROLE usage_app;
                     SELECT a FROM usage_unused_privilege.orders;
                     RESET ROLE;",
        finds: &[("table usage_unused_privilege.orders in database audited", "usage_app")],
        sound: "CREATE EXTENSION pg_stat_statements;
                    CREATE ROLE usage_app LOGIN;
                    CREATE SCHEMA usage_unused_privilege;
                    CREATE TABLE usage_unused_privilege.orders (a int);
                    GRANT USAGE ON SCHEMA usage_unused_privilege TO usage_app;
                    GRANT SELECT ON usage_unused_privilege.orders TO usage_app;
                    SET ROLE usage_app;
                    SELECT a FROM usage_unused_privilege.orders;
                    RESET ROLE;",
        fix: FixWorks::Runs,
        needs: Needs::Server {
            flawed: ServerSetup {
                settings: &[("shared_preload_libraries", "pg_stat_statements")],
                hba: None,
            },
            sound: ServerSetup { settings: &[("shared_preload_libraries", "pg_stat_statements")], hba: None },
        },
    }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for (database, _, anatomy) in study.databases() {
        let mut words_of: BTreeMap<&RoleName, Vec<Vec<Token>>> = BTreeMap::new();
        for statement in &anatomy.statements {
            words_of.entry(&statement.role).or_default().push(tokens(&statement.text));
        }
        for placed in
            study.made().filter(|placed| placed.database == database && placed.key.class.is_table_like())
        {
            for (_, entry) in
                study.let_at(placed.object, row_privileges()).into_iter().filter(|(on, _)| on.is_none())
            {
                let Grantee::Role(role) = &entry.grantee else { continue };
                // A role of which no statement is known may have been asleep, or lost: nothing can be said of it.
                let texts: Vec<&Vec<Token>> = words_of
                    .iter()
                    .filter(|(who, _)| study.acts_as(who, role))
                    .flat_map(|(_, texts)| texts)
                    .collect();
                if texts.is_empty() {
                    continue;
                }
                let unused: Privileges = (entry.privileges & row_privileges())
                    .iter()
                    .filter(|privilege| !texts.iter().any(|words| uses(words, placed.key, *privilege)))
                    .fold(Privileges::NONE, |all, privilege| all | privilege.into());
                if unused.is_empty() {
                    continue;
                }
                let since = anatomy.statistics_since.as_deref().unwrap_or("an unknown time");
                let message =
                    format!("no statement of {} used {unused} on {}", role.quoted(), placed.key.quoted());
                let fix = revoke(placed.key, placed.object, entry, unused);
                findings
                    .add(Subject::object(placed.at()), Some(entry.grantee.clone()), message, fix)
                    .shown_by(format!("{} statements counted since {since}", texts.len()));
            }
        }
    }
}

/// Whether the statement names the table and has the verb anywhere: a verb in a subquery counts for every table it names.
fn uses(words: &[Token], table: &ObjectKey, privilege: Privilege) -> bool {
    let named = words.iter().any(|word| word.name() == Some(table.name.as_str()));
    let verbs: &[&str] = match privilege {
        Privilege::Select => &["select", "table", "returning", "copy", "where"],
        Privilege::Insert => &["insert", "copy", "merge"],
        Privilege::Update => &["update", "merge"],
        Privilege::Delete => &["delete", "merge"],
        _ => return true,
    };
    named && words.iter().any(|word| verbs.iter().any(|verb| word.is(verb)))
}
