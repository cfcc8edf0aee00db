use pgward_catalog::acl::Grantee;
use pgward_catalog::object::{Facts, Object, ObjectRef};
use pgward_catalog::privilege::Privilege;

use crate::finding::{Findings, Fix, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::{Placed, Study};
use pgward_survey::anatomy::User;

pub(super) const RULE: Rule = Rule {
    id: "view.no_security_barrier",
    title: "a view that keeps rows apart lets the conditions of its readers see all of them",
    capability: Capability::SomeData,
    precondition: Precondition::Login,
    versions: Versions::ALL,
    sees: &[],
    references: &[
        Reference::page("rules-privileges", "Rules and Privileges"),
        Reference::nist("AC-3", "Access Enforcement"),
        Reference::iso("A.8.3", "Information access restriction"),
        Reference::soc2("CC6.1", "Logical access is restricted"),
    ],
    explanation: "A view whose query compares rows with who asks (`current_user`, `current_setting`) is a row filter for whoever may read the view and \
not its tables. Without `security_barrier` the planner may try a reader's condition before the view's own: a function that tells what it is given, or \
an error such as a division by zero, shows rows that the view leaves out. Set `security_barrier`, or use row security, which has it built in.",
    check,
    cases: &[Case {
        shows: "views that compare rows with the user and with a setting, for those who may not read the table",
        versions: Versions::ALL,
        flawed: "CREATE ROLE view_no_security_barrier_app LOGIN;
                 CREATE SCHEMA view_no_security_barrier;
                 GRANT USAGE ON SCHEMA view_no_security_barrier TO PUBLIC;
                 CREATE TABLE view_no_security_barrier.t (who text, note text);
                 CREATE VIEW view_no_security_barrier.mine AS SELECT note FROM view_no_security_barrier.t WHERE who = current_user;
                 GRANT SELECT ON view_no_security_barrier.mine TO view_no_security_barrier_app;
                 CREATE VIEW view_no_security_barrier.of_setting AS
                     SELECT note FROM view_no_security_barrier.t WHERE note <> '' AND who = current_setting('app.who', true);
                 GRANT SELECT ON view_no_security_barrier.of_setting TO PUBLIC;",
        finds: &[
            ("view view_no_security_barrier.mine in database audited", "view_no_security_barrier_app"),
            ("view view_no_security_barrier.of_setting in database audited", "PUBLIC"),
        ],
        sound: "CREATE ROLE view_no_security_barrier_app_ok LOGIN;
                CREATE SCHEMA view_no_security_barrier_ok;
                GRANT USAGE ON SCHEMA view_no_security_barrier_ok TO PUBLIC;
                CREATE TABLE view_no_security_barrier_ok.t (who text, note text);
                CREATE VIEW view_no_security_barrier_ok.mine WITH (security_barrier) AS
                    SELECT note FROM view_no_security_barrier_ok.t WHERE who = current_user;
                GRANT SELECT ON view_no_security_barrier_ok.mine TO view_no_security_barrier_app_ok;
                CREATE VIEW view_no_security_barrier_ok.some AS SELECT note, current_user FROM view_no_security_barrier_ok.t WHERE note <> '';
                GRANT SELECT ON view_no_security_barrier_ok.some TO view_no_security_barrier_app_ok;
                CREATE TABLE view_no_security_barrier_ok.open (who text, note text);
                CREATE VIEW view_no_security_barrier_ok.convenient AS
                    SELECT note FROM view_no_security_barrier_ok.open WHERE who = current_user;
                GRANT SELECT ON view_no_security_barrier_ok.open, view_no_security_barrier_ok.convenient TO view_no_security_barrier_app_ok;",
        fix: FixWorks::Runs,
        needs: Needs::Nothing,
    }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for placed in study.made() {
        let Facts::View(facts) = &placed.object.facts else { continue };
        let keeps_rows = study.relation(&placed).is_some_and(|relation| relation.compares_rows_with_user);
        if facts.security_barrier || facts.security_invoker || !keeps_rows {
            continue;
        }
        for (_, entry) in study.let_at(placed.object, Privilege::Select.into()) {
            let Some(hidden) = hidden(study, &placed, &entry.grantee) else { continue };
            let message = format!(
                "{} compares rows with who asks, and {} may look past that, as it is no security barrier",
                placed.key,
                entry.grantee.quoted()
            );
            let fix = Fix::sql(format!("ALTER VIEW {} SET (security_barrier = true)", placed.key.quoted()));
            findings
                .add(Subject::object(placed.at()), Some(entry.grantee.clone()), message, fix)
                .concerning(hidden.clone())
                .shown_by(format!("{} may not read {hidden} itself", entry.grantee.quoted()));
        }
    }
}

/// A relation that the view reads and the grantee may not.
fn hidden(study: &Study<'_>, view: &Placed<'_>, grantee: &Grantee) -> Option<ObjectRef> {
    let contents = study.catalog.databases.get(view.database)?;
    let read = study.uses(view).iter().filter(|used| used.on == *view.key && matches!(used.by, User::View));
    let read = read.filter(|used| !used.is_code() && used.target.class.is_table_like());
    let may_read = |object: &Object, at: &ObjectRef| match grantee {
        Grantee::Public => object.acl.privileges_of(&Grantee::Public).contains(Privilege::Select),
        Grantee::Role(role) => {
            study.effective.privileges(role, at).now.privileges.contains(Privilege::Select)
        }
    };
    read.filter_map(|used| {
        Some((contents.objects.get(&used.target)?, ObjectRef::within(view.database, used.target.clone())))
    })
    .find(|(object, at)| !may_read(object, at))
    .map(|(_, at)| at)
}
