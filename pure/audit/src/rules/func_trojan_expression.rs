use pgward_catalog::object::{ObjectRef, Origin};

use crate::finding::{Findings, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;
use crate::study::planting::READ_FIRST;
use pgward_survey::anatomy::{Use, User};

pub(super) const RULE: Rule = Rule {
    id: "func.trojan_expression",
    title: "an expression of a table, or the domain of a column, is code that a weaker role than its owner may rewrite",
    capability: Capability::Superuser,
    precondition: Precondition::Victim,
    versions: Versions::ALL,
    sees: &[],
    references: &[
        Reference::page("perm-functions", "Function Security"),
        Reference::page("sql-alterdomain", "ALTER DOMAIN"),
        Reference::cve("CVE-2020-25695", "maintenance commands left their security-restricted operation"),
        Reference::cve("CVE-2022-1552", "maintenance commands ran user functions as their caller"),
        Reference::nist("AC-6(8)", "Least Privilege | Privilege Levels for Code Execution"),
        Reference::iso("A.8.2", "Privileged access rights"),
        Reference::soc2("CC6.3", "Access is authorised, modified and removed by role and least privilege"),
    ],
    explanation: "Defaults, generated columns, checks, policies, rules, and the expressions of indexes and partition keys run as \
whoever writes to the table or reads it; REINDEX and ANALYZE run those of indexes and statistics as the table's owner. The \
owner of a function they call may replace its body at any time, and the owner of a domain may add a check to it (NOT VALID: \
without a look at the table) that calls a function of their own. Let the function, or the domain, belong to the owner of the table. Read its body first, or make it anew from your own source: \
a new owner leaves in place what has been put into it. Where its owner has no CREATE in its schema, the body cannot be changed now, and is what it was.",
    check,
    cases: &[
        DOMAINS,
        Case {
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
CREATE MATERIALIZED VIEW func_trojan_expression.m AS SELECT func_trojan_expression.f(1);
ALTER MATERIALIZED VIEW func_trojan_expression.m OWNER TO func_trojan_expression_owner;
CREATE DOMAIN func_trojan_expression.d AS int CONSTRAINT small CHECK (func_trojan_expression.f(VALUE) > 0);
ALTER TABLE func_trojan_expression.t OWNER TO func_trojan_expression_owner;
ALTER DOMAIN func_trojan_expression.d OWNER TO func_trojan_expression_owner;
ALTER FUNCTION func_trojan_expression.f(int) OWNER TO func_trojan_expression_app;"#,
            finds: &[
                (
                    "query of materialized view func_trojan_expression.m in database audited",
                    "func_trojan_expression_app",
                ),
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
CREATE MATERIALIZED VIEW func_trojan_expression_ok.m_ok AS SELECT func_trojan_expression_ok.f_ok(1);
ALTER MATERIALIZED VIEW func_trojan_expression_ok.m_ok OWNER TO func_trojan_expression_owner_ok;
CREATE INDEX func_trojan_expression_i_ok ON func_trojan_expression_ok.t_ok (func_trojan_expression_ok.f_ok(a));
ALTER TABLE func_trojan_expression_ok.t_ok OWNER TO func_trojan_expression_owner_ok;
ALTER FUNCTION func_trojan_expression_ok.f_ok(int) OWNER TO func_trojan_expression_owner_ok;"#,
            fix: FixWorks::Runs,
            needs: Needs::Nothing,
        },
    ],
};

const DOMAINS: Case = Case {
    shows: "columns of a domain, an array of it, a composite type with it and a domain over it, where a login owns the domain",
    versions: Versions::ALL,
    flawed: r#"
CREATE ROLE func_trojan_expression_domains NOLOGIN;
CREATE ROLE func_trojan_expression_low LOGIN;
CREATE SCHEMA func_trojan_expression_d;
CREATE DOMAIN func_trojan_expression_d.low AS int;
CREATE DOMAIN func_trojan_expression_d.over AS func_trojan_expression_d.low;
CREATE TYPE func_trojan_expression_d.pair AS (a func_trojan_expression_d.low, b int);
CREATE TABLE func_trojan_expression_d.t (
    plain func_trojan_expression_d.low, "Many" func_trojan_expression_d.low[], pair func_trojan_expression_d.pair, over func_trojan_expression_d.over);
ALTER DOMAIN func_trojan_expression_d.over OWNER TO func_trojan_expression_domains;
ALTER TYPE func_trojan_expression_d.pair OWNER TO func_trojan_expression_domains;
ALTER TABLE func_trojan_expression_d.t OWNER TO func_trojan_expression_domains;
ALTER DOMAIN func_trojan_expression_d.low OWNER TO func_trojan_expression_low;"#,
    finds: &[
        (
            "column plain of table func_trojan_expression_d.t in database audited",
            "func_trojan_expression_low",
        ),
        (
            "column \"Many\" of table func_trojan_expression_d.t in database audited",
            "func_trojan_expression_low",
        ),
        ("column pair of table func_trojan_expression_d.t in database audited", "func_trojan_expression_low"),
        ("column over of table func_trojan_expression_d.t in database audited", "func_trojan_expression_low"),
    ],
    sound: r#"
CREATE ROLE func_trojan_expression_domains_ok NOLOGIN;
CREATE ROLE func_trojan_expression_low_ok LOGIN;
CREATE SCHEMA func_trojan_expression_d_ok;
CREATE DOMAIN func_trojan_expression_d_ok.kept_ok AS int CHECK (VALUE > 0);
CREATE DOMAIN func_trojan_expression_d_ok.own_ok AS int;
CREATE DOMAIN func_trojan_expression_d_ok.unused_ok AS int;
CREATE TABLE func_trojan_expression_d_ok.t_ok (a func_trojan_expression_d_ok.kept_ok);
CREATE TABLE func_trojan_expression_d_ok.own_ok_t (a func_trojan_expression_d_ok.own_ok);
ALTER DOMAIN func_trojan_expression_d_ok.kept_ok OWNER TO func_trojan_expression_domains_ok;
ALTER TABLE func_trojan_expression_d_ok.t_ok OWNER TO func_trojan_expression_domains_ok;
ALTER DOMAIN func_trojan_expression_d_ok.own_ok OWNER TO func_trojan_expression_low_ok;
ALTER TABLE func_trojan_expression_d_ok.own_ok_t OWNER TO func_trojan_expression_low_ok;
ALTER DOMAIN func_trojan_expression_d_ok.unused_ok OWNER TO func_trojan_expression_low_ok;"#,
    fix: FixWorks::Runs,
    needs: Needs::Nothing,
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for (database, contents, anatomy) in study.databases() {
        for used in anatomy.uses.iter().filter(|used| used.target_origin == Origin::User) {
            let parsed = anatomy.routines.get(&used.on).is_some_and(|routine| routine.parsed);
            let Some(part) = part(used, parsed) else { continue };
            let Some(login) = study.gainer(&used.target_owner, &used.on_owner) else { continue };
            if contents.objects.get(&used.on).is_some_and(|object| study.is_providers(&used.on, object)) {
                continue;
            }
            let (object, code, owner) = (&used.on, &used.target, used.target_owner.quoted());
            let message = match used.by {
                User::DomainOfColumn(_) => {
                    format!("{part} of {object} takes values of {code}, to which role {owner} may add checks")
                }
                _ => {
                    let hold = study.hold_in_words(database, &used.target, &used.target_owner);
                    format!("{part} of {object} calls {code}, which role {owner} {hold}")
                }
            };
            let finding = findings
                .add(
                    Subject::part(ObjectRef::within(database, used.on.clone()), part),
                    Some(used.target_owner.clone().into()),
                    message,
                    study.hand_over(
                        database,
                        &used.target,
                        study.keeper(database, &used.target, Some(&used.on_owner)),
                    ),
                )
                .shown_by(READ_FIRST)
                .shown_by(format!(
                    "{} belongs to {}, {} to {}",
                    used.target,
                    used.target_owner.quoted(),
                    used.on,
                    used.on_owner.quoted()
                ));
            if used.is_code() && !study.may_rewrite(database, &used.target, &used.target_owner) {
                finding.reaching(Capability::AllWrite, Precondition::Configuration);
            }
            if *login != used.target_owner {
                finding.shown_by(study.way_in_words(login, &used.target_owner));
            }
        }
    }
}

/// The expression in words; none for what other rules are about.
fn part(used: &Use, parsed: bool) -> Option<String> {
    if let User::DomainOfColumn(column) = &used.by {
        return Some(format!("column {}", column.quoted()));
    }
    if !used.is_code() {
        return None;
    }
    Some(match &used.by {
        User::Index(name) => format!("index {}", name.quoted()),
        User::Default(column) => format!("default of column {}", column.quoted()),
        User::Generated(column) => format!("generated column {}", column.quoted()),
        User::Check(name) | User::DomainCheck(name) => format!("check {}", name.quoted()),
        User::Policy(name) => format!("policy {}", name.quoted()),
        User::MaterializedView => "query".to_owned(),
        User::RewriteRule(name) => format!("rule {}", name.quoted()),
        User::Statistics(name) => format!("statistics {}", name.quoted()),
        User::PartitionKey => "partition key".to_owned(),
        // A body that was parsed uses things of its own, which run as whoever the body runs as.
        User::Routine if !parsed => "default of an argument".to_owned(),
        _ => return None,
    })
}
