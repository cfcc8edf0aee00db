use crate::finding::{Findings, Fix, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;

pub(super) const RULE: Rule = Rule {
    id: "rls.not_forced",
    title: "row security is not forced on a table whose owner somebody can be",
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
    explanation: "The owner of a table is not held to its policies unless row security is forced. A login that owns the table, or acts as the role that \
does, sees and changes every row; so do definer functions and views of the owner.",
    check,
    cases: &[Case {
        shows: "the application owns its table",
        versions: Versions::ALL,
        flawed: "CREATE ROLE rls_not_forced_app LOGIN;
                     CREATE SCHEMA rls_not_forced;
                     CREATE TABLE rls_not_forced.t (who text);
                     ALTER TABLE rls_not_forced.t OWNER TO rls_not_forced_app;
                     ALTER TABLE rls_not_forced.t ENABLE ROW LEVEL SECURITY;
                     CREATE POLICY p ON rls_not_forced.t USING (who = current_user);",
        finds: &[("table rls_not_forced.t in database audited", "rls_not_forced_app")],
        sound: "CREATE ROLE rls_not_forced_app_ok LOGIN;
                    CREATE ROLE rls_not_forced_owner_ok NOLOGIN;
                    CREATE SCHEMA rls_not_forced_ok;
                    CREATE TABLE rls_not_forced_ok.forced (who text);
                    ALTER TABLE rls_not_forced_ok.forced OWNER TO rls_not_forced_app_ok;
                    ALTER TABLE rls_not_forced_ok.forced ENABLE ROW LEVEL SECURITY;
                    ALTER TABLE rls_not_forced_ok.forced FORCE ROW LEVEL SECURITY;
                    CREATE TABLE rls_not_forced_ok.nobodys (who text);
                    ALTER TABLE rls_not_forced_ok.nobodys OWNER TO rls_not_forced_owner_ok;
                    ALTER TABLE rls_not_forced_ok.nobodys ENABLE ROW LEVEL SECURITY;",
        fix: FixWorks::Runs,
        needs: Needs::Nothing,
    }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for (placed, security) in study.tables() {
        if !security.enabled || security.forced || study.is_superuser(&placed.object.owner) {
            continue;
        }
        let owner = &placed.object.owner;
        let logins: Vec<_> = study.low_logins_of(owner).collect();
        let Some(first) = logins.first() else { continue };
        let message = format!(
            "row security of {} is not forced, and {} can act as its owner {}",
            placed.key.quoted(),
            first.quoted(),
            owner.quoted()
        );
        let fix = Fix::sql(format!("ALTER TABLE {} FORCE ROW LEVEL SECURITY", placed.key.quoted()));
        let finding = findings.add(Subject::object(placed.at()), Some(owner.clone().into()), message, fix);
        for login in logins.iter().take(LOGINS_NAMED) {
            finding.shown_by(study.way_in_words(login, owner));
        }
    }
}

const LOGINS_NAMED: usize = 5;
