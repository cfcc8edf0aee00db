use pgward_catalog::class::Class;
use pgward_catalog::name::RoleName;
use pgward_catalog::object::Origin;
use pgward_catalog::privilege::Privilege;

use crate::finding::{Findings, Fix, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::mending::change_owner;
use crate::study::{Placed, Study};
use pgward_survey::anatomy::User;

pub(super) const RULE: Rule = Rule {
    id: "view.trojan",
    title: "a view that others read runs code of a role that a login can be",
    capability: Capability::Superuser,
    precondition: Precondition::Victim,
    versions: Versions::ALL,
    sees: &[],
    references: &[
        Reference::page("perm-functions", "Function Security"),
        Reference::page("rules-privileges", "Rules and Privileges"),
        Reference::nist("CM-5", "Access Restrictions for Change"),
    ],
    explanation: "The functions in a view's query run as whoever reads it. The owner of a view may write another query, and the owner of a function another \
body, at any time: whoever reads it next, a superuser or a backup among them, runs that. Let views that others read, and the functions \
they call, belong to a role that nobody can be.",
    check,
    cases: &[Case {
        shows: "a login's view with a login's function, which another reads",
        versions: Versions::ALL,
        flawed: "CREATE ROLE view_trojan_low LOGIN;
                     CREATE ROLE view_trojan_reader LOGIN;
                     CREATE SCHEMA view_trojan;
                     CREATE FUNCTION view_trojan.f() RETURNS int LANGUAGE sql AS 'select 1';
                     ALTER FUNCTION view_trojan.f() OWNER TO view_trojan_low;
                     CREATE VIEW view_trojan.v AS SELECT view_trojan.f() AS f;
                     ALTER VIEW view_trojan.v OWNER TO view_trojan_low;
                     GRANT SELECT ON view_trojan.v TO view_trojan_reader;",
        finds: &[("view view_trojan.v in database audited", "view_trojan_low")],
        sound: "CREATE ROLE view_trojan_owner_ok NOLOGIN;
                    CREATE ROLE view_trojan_reader_ok LOGIN;
                    CREATE SCHEMA view_trojan_ok;
                    CREATE FUNCTION view_trojan_ok.f() RETURNS int LANGUAGE sql AS 'select 1';
                    ALTER FUNCTION view_trojan_ok.f() OWNER TO view_trojan_owner_ok;
                    CREATE VIEW view_trojan_ok.v AS SELECT view_trojan_ok.f() AS f;
                    ALTER VIEW view_trojan_ok.v OWNER TO view_trojan_owner_ok;
                    GRANT SELECT ON view_trojan_ok.v TO view_trojan_reader_ok;",
        fix: FixWorks::Runs,
        needs: Needs::Nothing,
    }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for placed in study.made().filter(|placed| placed.key.class == Class::View) {
        let owner = &placed.object.owner;
        let read_by_others = study
            .let_at(placed.object, Privilege::Select.into())
            .iter()
            .any(|(_, entry)| !study.is_insider(&entry.grantee, owner));
        let code = study.uses(&placed).iter().filter(|used| {
            used.on == *placed.key
                && matches!(used.by, User::View)
                && used.is_code()
                && used.target_origin == Origin::User
        });
        for used in code {
            let author = if study.is_low(owner) { owner } else { &used.target_owner };
            if !study.is_low(author) || !read_by_others {
                continue;
            }
            let message = format!(
                "view {} runs {} as its reader, and {} may change what that does",
                placed.key.quoted(),
                used.target.quoted(),
                author.quoted()
            );
            let mut fixes = Vec::new();
            let code_keeper = study.keeper(placed.database, &used.target, None);
            let code_keeper = if study.is_low(code_keeper) { &study.catalog.bootstrap } else { code_keeper };
            let keepers = [
                (placed.key, owner, keeper_of_view(study, &placed)),
                (&used.target, &used.target_owner, code_keeper),
            ];
            for (key, owned_by, keeper) in keepers {
                if study.is_low(owned_by)
                    && let Fix::Sql(statements) = change_owner(key, keeper)
                {
                    fixes.extend(statements);
                }
            }
            findings
                .add(Subject::object(placed.at()), Some(author.clone().into()), message, Fix::Sql(fixes))
                .shown_by(format!("view owned by {}", owner.quoted()))
                .shown_by(format!("{} owned by {}", used.target, used.target_owner.quoted()));
        }
    }
}

/// Who should own a view: the owner of its schema, if nobody can be that; a superuser's view reads everything.
fn keeper_of_view<'r>(study: &'r Study<'_>, view: &Placed<'_>) -> &'r RoleName {
    let schema = view.key.schema.as_ref().and_then(|schema| study.schema(view.database, schema));
    let owner = schema.map(|schema| study.resolved(view.database, &schema.owner));
    owner.filter(|owner| !study.is_low(owner)).unwrap_or(&study.catalog.bootstrap)
}
