use pgward_catalog::acl::Grantee;
use pgward_catalog::policy::{PolicyCommand, PolicyKind};

use crate::expression::is_always_true;
use crate::finding::{Findings, Fix, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;

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
permissive policies are joined by OR. Often it was written to make something work. Say which rows are meant. (Recognised by its form: \
`true`, a thing equal to itself, one side of an OR.)",
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
                       WITH CHECK (who = current_user OR 1 = 1);",
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
                if policy.command == PolicyCommand::Select {
                    finding.reaching(Capability::SomeData, Precondition::Login);
                }
                if !security.enabled {
                    finding.reaching(Capability::SomeData, Precondition::Configuration);
                }
            }
        }
    }
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
