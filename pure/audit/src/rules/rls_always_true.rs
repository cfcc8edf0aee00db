use pgward_catalog::acl::Grantee;
use pgward_catalog::policy::{PolicyCommand, PolicyKind};
use pgward_catalog::privilege::{Privilege, Privileges};

use crate::expression::is_always_true;
use crate::finding::{Findings, Fix, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::rows::row_privileges;
use crate::study::{Placed, Study};

pub(super) const RULE: Rule = Rule {
    id: "rls.always_true",
    title: "a policy lets every row through",
    capability: Capability::AllWrite,
    precondition: Precondition::Login,
    versions: Versions::ALL,
    sees: &[],
    references: &[
Reference::page("ddl-rowsecurity", "Row Security Policies"),
        Reference::nist("AC-3", "Access Enforcement"),
        Reference::iso("A.8.3", "Information access restriction"),
        Reference::soc2("CC6.1", "Logical access is restricted"),
        Reference::owasp("LLM02", "Sensitive Information Disclosure"),
    ],
    explanation: "A permissive policy whose USING or WITH CHECK is true for every row makes the table's other permissive policies void for its roles, for \
permissive policies are joined by OR. Often it was written to make something work. Say which rows are meant. How bad it is goes by what \
the policy's roles may do with the table.

The expression's tree is worked out with every comparison turning out each way it can: `length(name) >= 0`, `a > 0 OR a <= 0`, `name LIKE \
'%'` and `CASE WHEN true` are seen through; what functions of users return is not.",
    check,
    cases: &[Case {
            shows: "true, and one side of an OR",
            versions: Versions::ALL,
            flawed: "CREATE ROLE rls_always_true_app LOGIN;
                     CREATE SCHEMA rls_always_true;
                     CREATE TABLE rls_always_true.t (who text);
                     ALTER TABLE rls_always_true.t ENABLE ROW LEVEL SECURITY;
                     CREATE POLICY plain ON rls_always_true.t TO rls_always_true_app USING (true);
                     CREATE POLICY either ON rls_always_true.t FOR INSERT TO rls_always_true_app
                       WITH CHECK (who = current_user OR 1 = 1);
                     CREATE POLICY narrows_nothing ON rls_always_true.t AS RESTRICTIVE TO rls_always_true_app
                       USING (length(who) >= 0);",
            finds: &[
                ("policy plain of table rls_always_true.t in database audited", "rls_always_true_app"),
                ("policy either of table rls_always_true.t in database audited", "rls_always_true_app"),
            ],
            sound: "CREATE ROLE rls_always_true_app_ok LOGIN;
                    CREATE SCHEMA rls_always_true_ok;
                    CREATE TABLE rls_always_true_ok.t (who text);
                    ALTER TABLE rls_always_true_ok.t ENABLE ROW LEVEL SECURITY;
                    CREATE POLICY p ON rls_always_true_ok.t TO rls_always_true_app_ok USING (who = current_user);
                    CREATE TABLE rls_always_true_ok.narrowed (who text);
                    ALTER TABLE rls_always_true_ok.narrowed ENABLE ROW LEVEL SECURITY;
                    CREATE POLICY wide ON rls_always_true_ok.narrowed TO rls_always_true_app_ok USING (true);
                    CREATE POLICY narrow ON rls_always_true_ok.narrowed AS RESTRICTIVE TO rls_always_true_app_ok
                      USING (who = current_user);",
            fix: FixWorks::CannotRun("which rows are meant is somebody's to say"),
            needs: Needs::Nothing,
        },
        Case {
            shows: "the same in other words",
            versions: Versions::ALL,
            flawed: "CREATE ROLE rls_always_true_words LOGIN;
                     CREATE SCHEMA rls_always_true_words;
                     CREATE TABLE rls_always_true_words.t (who text, n int, shown boolean);
                     ALTER TABLE rls_always_true_words.t ENABLE ROW LEVEL SECURITY;
                     GRANT SELECT ON rls_always_true_words.t TO rls_always_true_words;
                     CREATE POLICY c1 ON rls_always_true_words.t TO rls_always_true_words USING (CASE WHEN true THEN true ELSE false END);
                     CREATE POLICY c2 ON rls_always_true_words.t TO rls_always_true_words USING (EXISTS (SELECT 1));
                     CREATE POLICY c3 ON rls_always_true_words.t TO rls_always_true_words USING (who LIKE '%');
                     CREATE POLICY c4 ON rls_always_true_words.t TO rls_always_true_words USING (length(who) >= 0);
                     CREATE POLICY c5 ON rls_always_true_words.t TO rls_always_true_words USING (n > 0 OR n <= 0);
                     CREATE POLICY c6 ON rls_always_true_words.t TO rls_always_true_words USING (n = ANY (ARRAY[n]));
                     CREATE POLICY c7 ON rls_always_true_words.t TO rls_always_true_words USING (n IS NULL OR n IS NOT NULL);
                     CREATE POLICY c8 ON rls_always_true_words.t TO rls_always_true_words USING (coalesce(n, n) = n);
                     CREATE POLICY c9 ON rls_always_true_words.t TO rls_always_true_words USING (1 = 1 OR who = current_user);
                     CREATE POLICY c10 ON rls_always_true_words.t TO rls_always_true_words USING (NOT false);
                     CREATE POLICY c11 ON rls_always_true_words.t TO rls_always_true_words USING (n BETWEEN n AND n);
                     CREATE POLICY c12 ON rls_always_true_words.t TO rls_always_true_words USING (shown IN (true, false));
                     CREATE POLICY c13 ON rls_always_true_words.t TO rls_always_true_words USING (n IS NOT DISTINCT FROM n);
                     CREATE POLICY c14 ON rls_always_true_words.t TO rls_always_true_words USING (who SIMILAR TO '%' OR who ~ '.*');
                     CREATE POLICY c15 ON rls_always_true_words.t TO rls_always_true_words USING ((SELECT count(*) FROM pg_class) >= 0);
                     CREATE POLICY c16 ON rls_always_true_words.t TO rls_always_true_words USING (CASE n WHEN 1 THEN 'a' ELSE 'a' END = 'a');
                     CREATE POLICY c17 ON rls_always_true_words.t TO rls_always_true_words USING (n <> ALL ('{}'::int[]));
                     CREATE POLICY c18 ON rls_always_true_words.t TO rls_always_true_words USING (abs(n) > -1 AND current_user IS NOT NULL);",
            finds: &[
                ("policy c1 of table rls_always_true_words.t in database audited", "rls_always_true_words"),
                ("policy c2 of table rls_always_true_words.t in database audited", "rls_always_true_words"),
                ("policy c3 of table rls_always_true_words.t in database audited", "rls_always_true_words"),
                ("policy c4 of table rls_always_true_words.t in database audited", "rls_always_true_words"),
                ("policy c5 of table rls_always_true_words.t in database audited", "rls_always_true_words"),
                ("policy c6 of table rls_always_true_words.t in database audited", "rls_always_true_words"),
                ("policy c7 of table rls_always_true_words.t in database audited", "rls_always_true_words"),
                ("policy c8 of table rls_always_true_words.t in database audited", "rls_always_true_words"),
                ("policy c9 of table rls_always_true_words.t in database audited", "rls_always_true_words"),
                ("policy c10 of table rls_always_true_words.t in database audited", "rls_always_true_words"),
                ("policy c11 of table rls_always_true_words.t in database audited", "rls_always_true_words"),
                ("policy c12 of table rls_always_true_words.t in database audited", "rls_always_true_words"),
                ("policy c13 of table rls_always_true_words.t in database audited", "rls_always_true_words"),
                ("policy c14 of table rls_always_true_words.t in database audited", "rls_always_true_words"),
                ("policy c15 of table rls_always_true_words.t in database audited", "rls_always_true_words"),
                ("policy c16 of table rls_always_true_words.t in database audited", "rls_always_true_words"),
                ("policy c17 of table rls_always_true_words.t in database audited", "rls_always_true_words"),
                ("policy c18 of table rls_always_true_words.t in database audited", "rls_always_true_words"),
            ],
            sound: "CREATE ROLE rls_always_true_words_ok LOGIN;
                    CREATE SCHEMA rls_always_true_words_ok;
                    CREATE TABLE rls_always_true_words_ok.t (who text, n int, shown boolean);
                    CREATE TABLE rls_always_true_words_ok.members (who text, n int);
                    ALTER TABLE rls_always_true_words_ok.t ENABLE ROW LEVEL SECURITY;
                    GRANT SELECT ON rls_always_true_words_ok.t TO rls_always_true_words_ok;
                     CREATE POLICY c1 ON rls_always_true_words_ok.t TO rls_always_true_words_ok USING (CASE WHEN who = current_user THEN true ELSE false END);
                     CREATE POLICY c2 ON rls_always_true_words_ok.t TO rls_always_true_words_ok USING (EXISTS (SELECT 1 FROM rls_always_true_words_ok.members m WHERE m.who = current_user AND m.n = t.n));
                     CREATE POLICY c3 ON rls_always_true_words_ok.t TO rls_always_true_words_ok USING (who LIKE 'shared%');
                     CREATE POLICY c4 ON rls_always_true_words_ok.t TO rls_always_true_words_ok USING (length(who) > 0);
                     CREATE POLICY c5 ON rls_always_true_words_ok.t TO rls_always_true_words_ok USING (n > 0 OR n < 0);
                     CREATE POLICY c6 ON rls_always_true_words_ok.t TO rls_always_true_words_ok USING (n = ANY (ARRAY[1, 2]));
                     CREATE POLICY c7 ON rls_always_true_words_ok.t TO rls_always_true_words_ok USING (n IS NOT NULL);
                     CREATE POLICY c8 ON rls_always_true_words_ok.t TO rls_always_true_words_ok USING (coalesce(who, '') = current_user);
                     CREATE POLICY c9 ON rls_always_true_words_ok.t TO rls_always_true_words_ok USING (shown OR who = current_user);
                     CREATE POLICY c10 ON rls_always_true_words_ok.t TO rls_always_true_words_ok USING (NOT shown);
                     CREATE POLICY c11 ON rls_always_true_words_ok.t TO rls_always_true_words_ok USING (n BETWEEN 1 AND 5);",
            fix: FixWorks::CannotRun("which rows are meant is somebody's to say"),
            needs: Needs::Nothing,
        }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for (placed, security) in study.tables() {
        for (name, policy) in
            security.policies.iter().filter(|(_, policy)| policy.kind == PolicyKind::Permissive)
        {
            // Without WITH CHECK, USING is what new rows are held to.
            let open = [("USING", &policy.using), ("WITH CHECK", &policy.check)]
                .into_iter()
                .filter_map(|(clause, expression)| Some((clause, expression.as_deref()?)))
                .find(|(_, expression)| is_always_true(expression));
            let Some((clause, expression)) = open else { continue };
            // Rows that anybody may read are no secret; a restrictive policy still narrows them.
            let narrowed = security.policies.values().any(|other| {
                other.kind == PolicyKind::Restrictive
                    && !other.using.as_deref().or(other.check.as_deref()).is_none_or(is_always_true)
                    && (other.command == PolicyCommand::All || other.command == policy.command)
            });
            let outsiders: Vec<&Grantee> =
                policy.roles.iter().filter(|role| study.is_outsider(role, placed.object)).collect();
            if outsiders.is_empty() || narrowed {
                continue;
            }
            for role in outsiders {
                let message = format!(
                    "policy {} of {} lets {} {} every row",
                    name.quoted(),
                    placed.key.quoted(),
                    role.quoted(),
                    verb(policy.command, clause)
                );
                let fix = Fix::words(format!(
                    "ALTER POLICY {} ON {} {clause} (the rows that are meant)",
                    name.quoted(),
                    placed.key.quoted()
                ));
                let subject = Subject::part(placed.at(), format!("policy {}", name.quoted()));
                let finding = findings.add(subject, Some(role.clone()), message, fix);
                finding.shown_by(format!("{clause} ({expression})"));
                if !writes(study, &placed, role, policy.command) {
                    finding.reaching(Capability::SomeData, Precondition::Login);
                }
                if !security.enabled {
                    finding.reaching(Capability::SomeData, Precondition::Configuration);
                }
            }
        }
    }
}

/// Whether somebody the policy is for may write what it lets through. A policy for nobody who holds anything is taken at its word:
/// whoever is granted something tomorrow has all rows of it.
fn writes(study: &Study<'_>, table: &Placed<'_>, role: &Grantee, command: PolicyCommand) -> bool {
    let writing = match command {
        PolicyCommand::Select => return false,
        PolicyCommand::Insert => Privileges::of(&[Privilege::Insert]),
        PolicyCommand::Update => Privileges::of(&[Privilege::Update]),
        PolicyCommand::Delete => Privileges::of(&[Privilege::Delete]),
        PolicyCommand::All => Privileges::of(&[Privilege::Insert, Privilege::Update, Privilege::Delete]),
    };
    let held = study.let_at(table.object, row_privileges());
    let theirs: Vec<_> = held
        .iter()
        .filter(|(_, entry)| match (role, &entry.grantee) {
            (Grantee::Public, _) | (_, Grantee::Public) => true,
            (Grantee::Role(role), Grantee::Role(holder)) => {
                study.acts_as(role, holder) || study.acts_as(holder, role)
            }
        })
        .collect();
    theirs.is_empty() || theirs.iter().any(|(_, entry)| !(entry.privileges & writing).is_empty())
}

fn verb(command: PolicyCommand, clause: &str) -> &'static str {
    match (command, clause) {
        (PolicyCommand::Select, _) => "see",
        (PolicyCommand::Delete, _) => "delete",
        (PolicyCommand::Insert, _) => "insert",
        (PolicyCommand::Update, _) | (PolicyCommand::All, "WITH CHECK") => "write",
        (PolicyCommand::All, _) => "see and write",
    }
}
