use pgward_catalog::acl::{Entry, Grantee};
use pgward_catalog::name::Name;
use pgward_catalog::object::{Facts, ObjectKey, ObjectRef};
use pgward_catalog::policy::Policy;
use pgward_catalog::privilege::{Privilege, Privileges};

use crate::finding::{Findings, Fix, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::source_text::tokens;
use crate::study::believing::Body;
use crate::study::mending::{revoke, revoke_column};
use crate::study::{Placed, Study};

pub(super) const RULE: Rule = Rule {
    id: "rls.policy_source_writable",
    title: "a role writes the table that its own policy believes",
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
    explanation: "A policy that looks up in a table who belongs to whom is as strong as that table. Where the role that is governed may insert or update \
there, it makes itself a member of whatever it likes. Let membership be written by somebody else, or by a definer function that checks.

What a policy reads is followed through views and through the functions it calls; writing through views that PostgreSQL writes through \
by itself, into partitions, and by definer functions that put in what they are given without a look. Bodies are read by their words.",
    check,
    cases: &[Case {
            shows: "a program writes its memberships",
            versions: Versions::ALL,
            flawed: "CREATE ROLE rls_policy_source_writable_app LOGIN;
                     CREATE SCHEMA rls_policy_source_writable;
                     CREATE TABLE rls_policy_source_writable.members (who text, team int);
                     CREATE TABLE rls_policy_source_writable.t (team int);
                     ALTER TABLE rls_policy_source_writable.t ENABLE ROW LEVEL SECURITY;
                     CREATE POLICY p ON rls_policy_source_writable.t TO rls_policy_source_writable_app
                       USING (team IN (SELECT m.team FROM rls_policy_source_writable.members m WHERE m.who = current_user));
                     GRANT SELECT ON rls_policy_source_writable.t TO rls_policy_source_writable_app;
                     GRANT SELECT, INSERT ON rls_policy_source_writable.members TO rls_policy_source_writable_app;",
            finds: &[("policy p of table rls_policy_source_writable.t in database audited", "rls_policy_source_writable_app")],
            sound: "CREATE ROLE rls_policy_source_writable_app_ok LOGIN;
                    CREATE SCHEMA rls_policy_source_writable_ok;
                    CREATE TABLE rls_policy_source_writable_ok.members (who text, team int);
                    CREATE TABLE rls_policy_source_writable_ok.t (team int);
                    ALTER TABLE rls_policy_source_writable_ok.t ENABLE ROW LEVEL SECURITY;
                    CREATE POLICY p ON rls_policy_source_writable_ok.t TO rls_policy_source_writable_app_ok
                      USING (team IN (SELECT m.team FROM rls_policy_source_writable_ok.members m WHERE m.who = current_user));
                    GRANT SELECT ON rls_policy_source_writable_ok.t TO rls_policy_source_writable_app_ok;
                    GRANT SELECT ON rls_policy_source_writable_ok.members TO rls_policy_source_writable_app_ok;",
            fix: FixWorks::Runs,
            needs: Needs::Nothing,
        },
        Case {
            shows: "what a policy reads through a function and a view, written through a view, a partition and a function that does not check",
            versions: Versions::ALL,
            flawed: r#"
CREATE ROLE rls_policy_source_writable_far LOGIN;
CREATE SCHEMA rls_policy_source_writable2;
GRANT USAGE ON SCHEMA rls_policy_source_writable2 TO rls_policy_source_writable_far;
CREATE TABLE rls_policy_source_writable2.by_function (who text, team int);
CREATE FUNCTION rls_policy_source_writable2.teams() RETURNS SETOF int LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = rls_policy_source_writable2, pg_temp AS 'SELECT team FROM by_function WHERE who = session_user';
CREATE TABLE rls_policy_source_writable2.behind_view (who text, team int);
CREATE VIEW rls_policy_source_writable2.mine AS SELECT * FROM rls_policy_source_writable2.behind_view WHERE who = current_user;
CREATE TABLE rls_policy_source_writable2.parted (who text, team int) PARTITION BY LIST (team);
CREATE TABLE rls_policy_source_writable2.part PARTITION OF rls_policy_source_writable2.parted DEFAULT;
CREATE TABLE rls_policy_source_writable2.by_definer (who text, team int);
CREATE TABLE rls_policy_source_writable2.t (team int);
ALTER TABLE rls_policy_source_writable2.t ENABLE ROW LEVEL SECURITY;
CREATE POLICY function ON rls_policy_source_writable2.t TO rls_policy_source_writable_far USING (team IN (SELECT rls_policy_source_writable2.teams()));
CREATE POLICY view ON rls_policy_source_writable2.t TO rls_policy_source_writable_far USING (team IN (SELECT m.team FROM rls_policy_source_writable2.mine m));
CREATE POLICY parted ON rls_policy_source_writable2.t TO rls_policy_source_writable_far USING (team IN (SELECT m.team FROM rls_policy_source_writable2.parted m WHERE m.who = current_user));
CREATE POLICY definer ON rls_policy_source_writable2.t TO rls_policy_source_writable_far USING (team IN (SELECT m.team FROM rls_policy_source_writable2.by_definer m WHERE m.who = current_user));
GRANT UPDATE (team) ON rls_policy_source_writable2.by_function TO rls_policy_source_writable_far;
CREATE VIEW rls_policy_source_writable2.door AS SELECT * FROM rls_policy_source_writable2.behind_view;
CREATE VIEW rls_policy_source_writable2.front_door AS SELECT * FROM rls_policy_source_writable2.door;
GRANT INSERT ON rls_policy_source_writable2.front_door TO rls_policy_source_writable_far;
GRANT INSERT ON rls_policy_source_writable2.part TO rls_policy_source_writable_far;
CREATE FUNCTION rls_policy_source_writable2.join_team(which int) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = rls_policy_source_writable2, pg_temp AS $$ BEGIN INSERT INTO by_definer VALUES (session_user, which); END $$;
REVOKE EXECUTE ON FUNCTION rls_policy_source_writable2.join_team(int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION rls_policy_source_writable2.join_team(int) TO rls_policy_source_writable_far;"#,
            finds: &[
                ("policy function of table rls_policy_source_writable2.t in database audited", "rls_policy_source_writable_far"),
                ("policy view of table rls_policy_source_writable2.t in database audited", "rls_policy_source_writable_far"),
                ("policy parted of table rls_policy_source_writable2.t in database audited", "rls_policy_source_writable_far"),
                ("policy definer of table rls_policy_source_writable2.t in database audited", "rls_policy_source_writable_far"),
            ],
            sound: r#"
CREATE ROLE rls_policy_source_writable_far_ok LOGIN;
CREATE SCHEMA rls_policy_source_writable2_ok;
GRANT USAGE ON SCHEMA rls_policy_source_writable2_ok TO rls_policy_source_writable_far_ok;
CREATE TABLE rls_policy_source_writable2_ok.members (who text, team int);
CREATE TABLE rls_policy_source_writable2_ok.notes (team int, note text);
CREATE FUNCTION rls_policy_source_writable2_ok.teams() RETURNS SETOF int LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = rls_policy_source_writable2_ok, pg_temp AS 'SELECT team FROM members WHERE who = session_user';
CREATE TABLE rls_policy_source_writable2_ok.t (team int);
ALTER TABLE rls_policy_source_writable2_ok.t ENABLE ROW LEVEL SECURITY;
CREATE POLICY function ON rls_policy_source_writable2_ok.t TO rls_policy_source_writable_far_ok USING (team IN (SELECT rls_policy_source_writable2_ok.teams()));
CREATE VIEW rls_policy_source_writable2_ok.my_notes AS SELECT * FROM rls_policy_source_writable2_ok.notes WHERE team IN (SELECT m.team FROM rls_policy_source_writable2_ok.members m);
GRANT INSERT, UPDATE ON rls_policy_source_writable2_ok.my_notes TO rls_policy_source_writable_far_ok;
CREATE VIEW rls_policy_source_writable2_ok.counted AS SELECT team, count(*) FROM rls_policy_source_writable2_ok.members GROUP BY team;
GRANT SELECT, INSERT ON rls_policy_source_writable2_ok.counted TO rls_policy_source_writable_far_ok;
CREATE FUNCTION rls_policy_source_writable2_ok.join_team(which int, code text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = rls_policy_source_writable2_ok, pg_temp AS $$ BEGIN IF code <> 'open' THEN RAISE 'no'; END IF; INSERT INTO members VALUES (session_user, which); END $$;"#,
            fix: FixWorks::Runs,
            needs: Needs::Nothing,
        }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for (placed, security) in study.tables().filter(|(_, security)| security.enabled) {
        for (name, policy) in &security.policies {
            for (key, source) in study.sources_behind(&placed, name) {
                let source = Placed { database: placed.database, key, object: source };
                for door in doors(study, &source) {
                    if governs(study, policy, &door.entry.grantee) {
                        add(findings, &placed, name, &source, &door);
                    }
                }
            }
        }
    }
}

/// A way to write into a source.
struct Door<'a> {
    /// What is written to, or called.
    at: Placed<'a>,
    column: Option<&'a Name>,
    entry: &'a Entry,
    privileges: Privileges,
}

fn doors<'a>(study: &Study<'a>, source: &Placed<'a>) -> Vec<Door<'a>> {
    let writing = Privileges::of(&[Privilege::Insert, Privilege::Update]);
    let entries = |at: Placed<'a>| {
        let entries = study.let_at(at.object, writing).into_iter();
        entries.map(move |(column, entry)| Door { at, column, entry, privileges: entry.privileges & writing })
    };
    let is_view = matches!(source.object.facts, Facts::View(_));
    let mut found: Vec<Door<'a>> = if is_view { Vec::new() } else { entries(*source).collect() };
    let views = study.made().filter(|view| view.database == source.database);
    for view in views.filter(|view| matches!(view.object.facts, Facts::View(_))) {
        if leads_to(study, &view, source.key) {
            found.extend(entries(view));
        }
    }
    for (routine, _) in study.definers().filter(|(routine, _)| routine.database == source.database) {
        if puts_in_blindly(study, &routine, source.key) {
            let callers = study.callers(&routine).into_iter();
            let door =
                |entry| Door { at: routine, column: None, entry, privileges: Privilege::Execute.into() };
            found.extend(callers.filter(|entry| study.is_outsider(&entry.grantee, routine.object)).map(door));
        }
    }
    found
}

/// Whether rows written to the view end up in the table, with the privileges of its owner.
fn leads_to(study: &Study<'_>, view: &Placed<'_>, table: &ObjectKey) -> bool {
    let Some(anatomy) = study.survey.databases.get(view.database) else { return false };
    let Some(contents) = study.catalog.databases.get(view.database) else { return false };
    let (mut key, mut object) = (view.key, view.object);
    for _ in 0..VIEWS_MOST {
        let Some(next) = anatomy.relations.get(key).and_then(|found| found.writes_to.as_ref()) else {
            return false;
        };
        let asks_caller = matches!(&object.facts, Facts::View(facts) if facts.security_invoker);
        if asks_caller || !writes(study, &object.owner, &ObjectRef::within(view.database, next.clone())) {
            return false;
        }
        if next == table {
            return true;
        }
        match contents.objects.get(next) {
            Some(found) => (key, object) = (next, found),
            None => return false,
        }
    }
    false
}

fn writes(study: &Study<'_>, role: &pgward_catalog::name::RoleName, table: &ObjectRef) -> bool {
    let held = study.effective.privileges(role, table).now.privileges;
    study.is_superuser(role) || held.contains(Privilege::Insert) || held.contains(Privilege::Update)
}

/// Whether the body writes there what it is given, and nothing in it looks whether it should.
fn puts_in_blindly(study: &Study<'_>, routine: &Placed<'_>, table: &ObjectKey) -> bool {
    let Some(found) = study.body(routine) else { return false };
    let Some(contents) = study.catalog.databases.get(routine.database) else { return false };
    let body = Body { key: routine.key, object: routine.object, routine: found };
    let takes_something = routine.key.signature.as_deref().is_some_and(|signature| !signature.is_empty());
    takes_something
        && study.relations_written(contents, body).contains(&table)
        && !tokens(&found.source).iter().any(|word| CHECKS.iter().any(|check| word.is(check)))
}

fn governs(study: &Study<'_>, policy: &Policy, grantee: &Grantee) -> bool {
    policy.roles.iter().any(|role| match (role, grantee) {
        (Grantee::Public, _) | (_, Grantee::Public) => true,
        (Grantee::Role(governed), Grantee::Role(writer)) => {
            study.acts_as(writer, governed) || study.acts_as(governed, writer)
        }
    })
}

fn add(findings: &mut Findings, table: &Placed<'_>, name: &Name, source: &Placed<'_>, door: &Door<'_>) {
    let through = if door.at.key == source.key { String::new() } else { format!(" through {}", door.at.key) };
    let message = format!(
        "policy {} of {} believes {}, which {} may write{through}",
        name.quoted(),
        table.key.quoted(),
        source.key.quoted(),
        door.entry.grantee.quoted()
    );
    let fix: Fix = match door.column {
        Some(column) => revoke_column(door.at.key, door.at.object, column, door.entry, door.privileges),
        None => revoke(door.at.key, door.at.object, door.entry, door.privileges),
    };
    let subject = Subject::part(table.at(), format!("policy {}", name.quoted()));
    let finding = findings.add(subject, Some(door.entry.grantee.clone()), message, fix);
    finding.shown_by(format!("{} granted by {}", door.privileges, door.entry.grantor.quoted()));
    if source.object.row_security().is_some_and(|security| security.enabled) || door.at.key.class.is_routine()
    {
        // Its own policies may hold the writer to what it should write; a body may know what it does.
        finding.reaching(Capability::AllWrite, Precondition::Configuration);
    }
}

/// How many views are followed, one behind the other.
const VIEWS_MOST: usize = 32;

/// Words by which a body decides.
const CHECKS: [&str; 8] = ["if", "exists", "raise", "assert", "case", "where", "perform", "having"];
