use pgward_catalog::name::{DatabaseName, RoleName};
use pgward_catalog::object::{ObjectKey, ObjectRef, Origin};

use crate::finding::{Findings, Fix, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;
use crate::study::mending::change_owner;
use crate::study::planting::READ_FIRST;
use pgward_survey::anatomy::{Use, User};

pub(super) const RULE: Rule = Rule {
    id: "func.cast_operator_low_owner",
    title: "a cast, an operator or a type runs code of a weaker role",
    capability: Capability::Superuser,
    precondition: Precondition::Victim,
    versions: Versions::ALL,
    sees: &[],
    references: &[
        Reference::page("perm-functions", "Function Security"),
        Reference::page("typeconv-oper", "Operator Type Conversion"),
        Reference::nist("AC-6(8)", "Least Privilege | Privilege Levels for Code Execution"),
        Reference::iso("A.8.2", "Privileged access rights"),
        Reference::soc2("CC6.3", "Access is authorised, modified and removed by role and least privilege"),
    ],
    explanation: "Nobody sees a call in `a = b`, yet it runs the operator's function with the privileges of whoever wrote it. A \
login that owns the function behind somebody else's cast, operator, aggregate or type, or that has put an operator of its own \
into a schema of others, or whose type has casts and columns in others' tables, has its code run by everybody who uses it. Let the functions belong to the owner of what they \
implement, and operators to the owner of their schema. Read its body first, or make it anew from your own source: \
a new owner leaves in place what has been put into it. Where its owner has no CREATE in its schema, the body cannot be changed now, and is what it was.",
    check,
    cases: &[
        Case {
            shows: "a cast and an operator over a login's function, and a login's operator in a schema of others",
            versions: Versions::ALL,
            flawed: r#"
CREATE ROLE func_cast_operator_low_owner_owner NOLOGIN;
CREATE ROLE func_cast_operator_low_owner_app LOGIN;
CREATE SCHEMA func_cast_operator_low_owner AUTHORIZATION func_cast_operator_low_owner_owner;
CREATE TYPE func_cast_operator_low_owner.t AS (a int);
ALTER TYPE func_cast_operator_low_owner.t OWNER TO func_cast_operator_low_owner_owner;
CREATE FUNCTION func_cast_operator_low_owner.to_t(int) RETURNS func_cast_operator_low_owner.t LANGUAGE sql AS 'SELECT ROW($1)::func_cast_operator_low_owner.t';
CREATE CAST (int AS func_cast_operator_low_owner.t) WITH FUNCTION func_cast_operator_low_owner.to_t(int) AS IMPLICIT;
ALTER FUNCTION func_cast_operator_low_owner.to_t(int) OWNER TO func_cast_operator_low_owner_app;
CREATE FUNCTION func_cast_operator_low_owner.same(text, int) RETURNS bool LANGUAGE sql AS 'SELECT true';
CREATE OPERATOR func_cast_operator_low_owner.= (LEFTARG = text, RIGHTARG = int, FUNCTION = func_cast_operator_low_owner.same);
ALTER OPERATOR func_cast_operator_low_owner.= (text, int) OWNER TO func_cast_operator_low_owner_app;
ALTER FUNCTION func_cast_operator_low_owner.same(text, int) OWNER TO func_cast_operator_low_owner_app;
CREATE FUNCTION func_cast_operator_low_owner.plus(text, text) RETURNS text LANGUAGE sql AS 'SELECT $1';
CREATE OPERATOR func_cast_operator_low_owner.+ (LEFTARG = text, RIGHTARG = text, FUNCTION = func_cast_operator_low_owner.plus);
ALTER OPERATOR func_cast_operator_low_owner.+ (text, text) OWNER TO func_cast_operator_low_owner_owner;
ALTER FUNCTION func_cast_operator_low_owner.plus(text, text) OWNER TO func_cast_operator_low_owner_app;
CREATE TYPE func_cast_operator_low_owner.u AS (a int);
ALTER TYPE func_cast_operator_low_owner.u OWNER TO func_cast_operator_low_owner_app;
CREATE FUNCTION func_cast_operator_low_owner.of_u(func_cast_operator_low_owner.u) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE CAST (func_cast_operator_low_owner.u AS int) WITH FUNCTION func_cast_operator_low_owner.of_u(func_cast_operator_low_owner.u) AS IMPLICIT;
ALTER FUNCTION func_cast_operator_low_owner.of_u(func_cast_operator_low_owner.u) OWNER TO func_cast_operator_low_owner_app;"#,
            finds: &[
                (
                    "cast (func_cast_operator_low_owner.u as integer) of type func_cast_operator_low_owner.u in database audited",
                    "func_cast_operator_low_owner_app",
                ),
                (
                    "cast (integer as func_cast_operator_low_owner.t) of type func_cast_operator_low_owner.t in database audited",
                    "func_cast_operator_low_owner_app",
                ),
                (
                    "operator func_cast_operator_low_owner.=(text, integer) in database audited",
                    "func_cast_operator_low_owner_app",
                ),
                (
                    "operator func_cast_operator_low_owner.+(text, text) in database audited",
                    "func_cast_operator_low_owner_app",
                ),
            ],
            sound: r#"
CREATE ROLE func_cast_operator_low_owner_owner_ok NOLOGIN;
CREATE ROLE func_cast_operator_low_owner_app_ok LOGIN;
CREATE SCHEMA func_cast_operator_low_owner_ok AUTHORIZATION func_cast_operator_low_owner_owner_ok;
CREATE SCHEMA func_cast_operator_low_owner_own_ok AUTHORIZATION func_cast_operator_low_owner_app_ok;
CREATE FUNCTION func_cast_operator_low_owner_ok.plus_ok(text, text) RETURNS text LANGUAGE sql AS 'SELECT $1';
CREATE OPERATOR func_cast_operator_low_owner_ok.+ (LEFTARG = text, RIGHTARG = text, FUNCTION = func_cast_operator_low_owner_ok.plus_ok);
ALTER OPERATOR func_cast_operator_low_owner_ok.+ (text, text) OWNER TO func_cast_operator_low_owner_owner_ok;
ALTER FUNCTION func_cast_operator_low_owner_ok.plus_ok(text, text) OWNER TO func_cast_operator_low_owner_owner_ok;
CREATE FUNCTION func_cast_operator_low_owner_own_ok.plus_ok(text, text) RETURNS text LANGUAGE sql AS 'SELECT $1';
CREATE OPERATOR func_cast_operator_low_owner_own_ok.+ (LEFTARG = text, RIGHTARG = text, FUNCTION = func_cast_operator_low_owner_own_ok.plus_ok);
ALTER OPERATOR func_cast_operator_low_owner_own_ok.+ (text, text) OWNER TO func_cast_operator_low_owner_app_ok;
ALTER FUNCTION func_cast_operator_low_owner_own_ok.plus_ok(text, text) OWNER TO func_cast_operator_low_owner_app_ok;"#,
            fix: FixWorks::Runs,
            needs: Needs::Nothing,
        },
        Case {
            shows: "a cast of a login's type that a column of somebody else's table has",
            versions: Versions::ALL,
            flawed: r#"
CREATE ROLE func_cast_operator_low_owner_column_app LOGIN;
CREATE SCHEMA func_cast_operator_low_owner_column AUTHORIZATION func_cast_operator_low_owner_column_app;
SET ROLE func_cast_operator_low_owner_column_app;
CREATE TYPE func_cast_operator_low_owner_column.t AS (a int);
CREATE FUNCTION func_cast_operator_low_owner_column.of_t(func_cast_operator_low_owner_column.t) RETURNS text LANGUAGE sql AS 'SELECT ''x''::text';
CREATE CAST (func_cast_operator_low_owner_column.t AS text) WITH FUNCTION func_cast_operator_low_owner_column.of_t(func_cast_operator_low_owner_column.t) AS ASSIGNMENT;
RESET ROLE;
CREATE TABLE public.func_cast_operator_low_owner_column (a func_cast_operator_low_owner_column.t);"#,
            finds: &[(
                "cast (func_cast_operator_low_owner_column.t as text) of type func_cast_operator_low_owner_column.t in database audited",
                "func_cast_operator_low_owner_column_app",
            )],
            sound: r#"
CREATE ROLE func_cast_operator_low_owner_column_app_ok LOGIN;
CREATE SCHEMA func_cast_operator_low_owner_column_ok AUTHORIZATION func_cast_operator_low_owner_column_app_ok;
SET ROLE func_cast_operator_low_owner_column_app_ok;
CREATE TYPE func_cast_operator_low_owner_column_ok.t_ok AS (a int);
CREATE FUNCTION func_cast_operator_low_owner_column_ok.of_t_ok(func_cast_operator_low_owner_column_ok.t_ok) RETURNS text LANGUAGE sql AS 'SELECT ''x''::text';
CREATE CAST (func_cast_operator_low_owner_column_ok.t_ok AS text) WITH FUNCTION func_cast_operator_low_owner_column_ok.of_t_ok(func_cast_operator_low_owner_column_ok.t_ok) AS ASSIGNMENT;
CREATE TABLE func_cast_operator_low_owner_column_ok.own_ok (a func_cast_operator_low_owner_column_ok.t_ok);
RESET ROLE;"#,
            fix: FixWorks::Runs,
            needs: Needs::Nothing,
        },
    ],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for (database, contents, anatomy) in study.databases() {
        for used in anatomy.uses.iter().filter(|used| used.is_code() && used.target_origin == Origin::User) {
            let part = match &used.by {
                User::Cast(words) => Some(words.clone()),
                User::Operator | User::Type | User::Aggregate | User::OperatorClass => None,
                _ => continue,
            };
            if contents.objects.get(&used.on).is_some_and(|object| study.is_providers(&used.on, object)) {
                continue;
            }
            let Some(owner) = trusted_owner(study, database, used) else { continue };
            let message = format!(
                "{} runs {}, which role {} {}",
                part.as_ref().map_or_else(|| used.on.to_string(), Clone::clone),
                used.target,
                used.target_owner.quoted(),
                study.hold_in_words(database, &used.target, &used.target_owner)
            );
            let at = ObjectRef::within(database, used.on.clone());
            let subject =
                part.map_or_else(|| Subject::object(at.clone()), |part| Subject::part(at.clone(), part));
            let fix = mended(study, database, used, owner);
            let finding = findings.add(subject, Some(used.target_owner.clone().into()), message, fix);
            finding.shown_by(READ_FIRST).shown_by(format!(
                "{} belongs to {}, what it is part of to {}",
                used.target,
                used.target_owner.quoted(),
                owner.quoted()
            ));
            if !study.may_rewrite(database, &used.target, &used.target_owner) {
                finding.reaching(Capability::AllWrite, Precondition::Configuration);
            }
        }
    }
}

/// Who ought to own the code: the owner of what it implements, or of the schema that is in. None: nobody would gain.
fn trusted_owner<'r>(study: &Study<'r>, database: &DatabaseName, used: &'r Use) -> Option<&'r RoleName> {
    if study.gainer(&used.target_owner, &used.on_owner).is_some() {
        return Some(&used.on_owner);
    }
    if !matches!(used.by, User::Operator | User::Cast(_)) {
        return None;
    }
    if let Some(owner) = columns_owner(study, database, used) {
        return Some(owner);
    }
    let schema = study.schema(database, used.on.schema.as_ref()?)?;
    let owner = study.resolved(database, &schema.owner);
    study.gainer(&used.target_owner, owner).map(|_| owner)
}

/// Who has columns of a cast's type, where the type and the function are of one weaker role.
fn columns_owner<'r>(study: &Study<'r>, database: &DatabaseName, used: &Use) -> Option<&'r RoleName> {
    if !matches!(used.by, User::Cast(_)) {
        return None;
    }
    let (_, relation) = study.others_column_of(database, &used.on, &used.target_owner)?;
    study.gainer(&used.target_owner, &relation.owner).map(|_| &relation.owner)
}

fn mended(study: &Study<'_>, database: &DatabaseName, used: &Use, owner: &RoleName) -> Fix {
    let code = study.hand_over(database, &used.target, owner);
    // The owner of a type makes casts of it, and of an operator another of its name.
    let with_it = used.by == User::Operator || columns_owner(study, database, used).is_some();
    if used.on_owner == *owner || !with_it {
        return code;
    }
    let whole: &ObjectKey = &used.on;
    match (code, change_owner(whole, owner)) {
        (Fix::Sql(mut statements), Fix::Sql(more)) => {
            statements.extend(more);
            Fix::Sql(statements)
        }
        (code, _) => code,
    }
}
