use pgward_catalog::object::{ObjectRef, Origin};

use crate::finding::{Findings, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;
use crate::study::mending::change_owner;
use pgward_survey::anatomy::User;

pub(super) const RULE: Rule = Rule {
    id: "func.trojan_expression",
    title: "an expression of a table calls a function that a weaker role than its owner may rewrite",
    capability: Capability::Superuser,
    precondition: Precondition::Victim,
    versions: Versions::ALL,
    sees: &[],
    references: &[
        Reference::page("perm-functions", "Function Security"),
        Reference::cve("CVE-2020-25695", "maintenance commands left their security-restricted operation"),
        Reference::cve("CVE-2022-1552", "maintenance commands ran user functions as their caller"),
        Reference::nist("AC-6(8)", "Least Privilege | Privilege Levels for Code Execution"),
        Reference::iso("A.8.2", "Privileged access rights"),
        Reference::soc2("CC6.3", "Access is authorised, modified and removed by role and least privilege"),
    ],
    explanation: "Defaults, generated columns, checks, policies, rules, and the expressions of indexes and partition keys run as \
whoever writes to the table or reads it; REINDEX and ANALYZE run those of indexes and statistics as the table's owner. The \
owner of a function they call may replace its body at any time. Let the function belong to the owner of the table.",
    check,
    cases: &[Case {
        shows: "a default, a check, a generated column, an index, a policy and a domain's check that call a login's functions",
        versions: Versions::ALL,
        flawed: r#"
CREATE ROLE func_trojan_expression_owner NOLOGIN;
CREATE ROLE func_trojan_expression_app LOGIN;
CREATE SCHEMA func_trojan_expression;
CREATE FUNCTION func_trojan_expression.f(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN 1; END';
CREATE TABLE func_trojan_expression.t (a int DEFAULT func_trojan_expression.f(1), b int GENERATED ALWAYS AS (func_trojan_expression.f(1)) STORED, c int CONSTRAINT positive CHECK (func_trojan_expression.f(c) > 0));
CREATE INDEX func_trojan_expression_i ON func_trojan_expression.t (func_trojan_expression.f(a));
CREATE POLICY mine ON func_trojan_expression.t USING (func_trojan_expression.f(a) = 1);
CREATE FUNCTION func_trojan_expression.g(a int DEFAULT func_trojan_expression.f(1)) RETURNS int LANGUAGE sql AS 'SELECT $1';
ALTER FUNCTION func_trojan_expression.g(int) OWNER TO func_trojan_expression_owner;
CREATE DOMAIN func_trojan_expression.d AS int CONSTRAINT small CHECK (func_trojan_expression.f(VALUE) > 0);
ALTER TABLE func_trojan_expression.t OWNER TO func_trojan_expression_owner;
ALTER DOMAIN func_trojan_expression.d OWNER TO func_trojan_expression_owner;
ALTER FUNCTION func_trojan_expression.f(int) OWNER TO func_trojan_expression_app;"#,
        finds: &[
            (
                "default of column a of table func_trojan_expression.t in database audited",
                "func_trojan_expression_app",
            ),
            (
                "generated column b of table func_trojan_expression.t in database audited",
                "func_trojan_expression_app",
            ),
            (
                "check positive of table func_trojan_expression.t in database audited",
                "func_trojan_expression_app",
            ),
            (
                "index func_trojan_expression_i of table func_trojan_expression.t in database audited",
                "func_trojan_expression_app",
            ),
            (
                "policy mine of table func_trojan_expression.t in database audited",
                "func_trojan_expression_app",
            ),
            (
                "default of an argument of function func_trojan_expression.g(integer) in database audited",
                "func_trojan_expression_app",
            ),
            (
                "check small of domain func_trojan_expression.d in database audited",
                "func_trojan_expression_app",
            ),
        ],
        sound: r#"
CREATE ROLE func_trojan_expression_owner_ok NOLOGIN;
CREATE SCHEMA func_trojan_expression_ok;
CREATE FUNCTION func_trojan_expression_ok.f_ok(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN 1; END';
CREATE TABLE func_trojan_expression_ok.t_ok (a int DEFAULT func_trojan_expression_ok.f_ok(1), b int DEFAULT length('x'));
CREATE INDEX func_trojan_expression_i_ok ON func_trojan_expression_ok.t_ok (func_trojan_expression_ok.f_ok(a));
ALTER TABLE func_trojan_expression_ok.t_ok OWNER TO func_trojan_expression_owner_ok;
ALTER FUNCTION func_trojan_expression_ok.f_ok(int) OWNER TO func_trojan_expression_owner_ok;"#,
        fix: FixWorks::Runs,
        needs: Needs::Nothing,
    }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for (database, contents, anatomy) in study.databases() {
        for used in anatomy.uses.iter().filter(|used| used.is_code() && used.target_origin == Origin::User) {
            let parsed = anatomy.routines.get(&used.on).is_some_and(|routine| routine.parsed);
            let Some(part) = part(&used.by, parsed) else { continue };
            let Some(login) = study.gainer(&used.target_owner, &used.on_owner) else { continue };
            if contents.objects.get(&used.on).is_some_and(|object| study.is_providers(&used.on, object)) {
                continue;
            }
            let message = format!(
                "{part} of {} calls {}, which role {} may rewrite",
                used.on,
                used.target,
                used.target_owner.quoted()
            );
            let finding = findings
                .add(
                    Subject::part(ObjectRef::within(database, used.on.clone()), part),
                    Some(used.target_owner.clone().into()),
                    message,
                    change_owner(&used.target, study.keeper(database, &used.target, Some(&used.on_owner))),
                )
                .shown_by(format!(
                    "{} belongs to {}, {} to {}",
                    used.target,
                    used.target_owner.quoted(),
                    used.on,
                    used.on_owner.quoted()
                ));
            if *login != used.target_owner {
                finding.shown_by(study.way_in_words(login, &used.target_owner));
            }
        }
    }
}

/// The expression in words; none for what other rules are about.
fn part(by: &User, parsed: bool) -> Option<String> {
    Some(match by {
        User::Index(name) => format!("index {}", name.quoted()),
        User::Default(column) => format!("default of column {}", column.quoted()),
        User::Generated(column) => format!("generated column {}", column.quoted()),
        User::Check(name) | User::DomainCheck(name) => format!("check {}", name.quoted()),
        User::Policy(name) => format!("policy {}", name.quoted()),
        User::RewriteRule(name) => format!("rule {}", name.quoted()),
        User::Statistics(name) => format!("statistics {}", name.quoted()),
        User::PartitionKey => "partition key".to_owned(),
        // A body that was parsed uses things of its own, which run as whoever the body runs as.
        User::Routine if !parsed => "default of an argument".to_owned(),
        _ => return None,
    })
}
