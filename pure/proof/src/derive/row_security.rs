//! Row security as declared: on where it should be, with the declared policies and no others, and decided about.

use pgward_catalog::acl::Grantee;
use pgward_catalog::name::{RoleName, quote_literal};
use pgward_catalog::object::{Object, ObjectKey, Origin};
use pgward_catalog::policy::{Policy, PolicyCommand, PolicyKind};

use crate::action::{Action, Fact};
use crate::case::{Case, Question};
use crate::claim::{Claim, Expected, Topic};
use crate::derive::book::{Book, Draft, Trial};
use crate::question;

/// Adds the claims about every table of the described schemas.
pub(super) fn derive(book: &mut Book<'_>) {
    let promises = book.promises;
    let Some(contents) = promises.desired.databases.get(book.name) else { return };
    for (key, object) in &contents.objects {
        let described = key.schema.as_ref().is_some_and(|schema| book.database.schemas.contains(schema));
        if !key.class.has_row_security() || object.origin != Origin::User {
            continue;
        }
        if described || book.database.row_decisions.contains_key(key) {
            facts(book, key, object);
        }
        if described && book.database.row_decision_required && !book.database.row_decisions.contains_key(key)
        {
            undecided(book, key, &object.owner);
        }
    }
}

fn facts(book: &mut Book<'_>, key: &ObjectKey, object: &Object) {
    let Some(rows) = object.row_security() else { return };
    let relation = question::relation(key);
    let enabled = format!(
        "(SELECT relrowsecurity = {} AND relforcerowsecurity = {} FROM pg_catalog.pg_class WHERE oid = {relation})",
        rows.enabled, rows.forced
    );
    add(book, Fact::RowSecurity, key, &object.owner, enabled);
    let mut wanted: Vec<String> =
        rows.policies.iter().map(|(name, policy)| described(name.as_str(), policy)).collect();
    wanted.sort_unstable();
    let policies = format!(
        "(SELECT coalesce(pg_catalog.string_agg(p.said, E'\\n' ORDER BY p.said COLLATE \"C\"), '') = {} \
         FROM ({POLICIES} WHERE polrelid = {relation}) AS p) AND ({relation}) IS NOT NULL",
        quote_literal(&wanted.join("\n"))
    );
    add(book, Fact::Policies, key, &object.owner, policies);
}

fn add(book: &mut Book<'_>, fact: Fact, key: &ObjectKey, owner: &RoleName, sql: String) {
    let object = Some(book.object(key));
    let source = book.database.row_decisions.get(key).cloned().flatten();
    let draft = Draft::new(Topic::RowPolicy, owner, Action::Fact(fact), object, Expected::Works);
    book.add(draft.with_source(source), Vec::new(), Trial::of(None, Some(Question { sql, wanted: true })));
}

/// A policy as [`POLICIES`] has it: kind, command, name, roles. Expressions are compared by trying them on rows.
fn described(name: &str, policy: &Policy) -> String {
    let kind = match policy.kind {
        PolicyKind::Permissive => "t",
        PolicyKind::Restrictive => "f",
    };
    let command = match policy.command {
        PolicyCommand::All => "*",
        PolicyCommand::Select => "r",
        PolicyCommand::Insert => "a",
        PolicyCommand::Update => "w",
        PolicyCommand::Delete => "d",
    };
    let mut roles: Vec<String> = policy.roles.iter().map(Grantee::quoted).collect();
    roles.sort_unstable();
    format!("{kind}{command} {name} {}", roles.join(","))
}

/// A table nobody has decided about: nothing can prove a decision that was not made.
fn undecided(book: &mut Book<'_>, key: &ObjectKey, owner: &RoleName) {
    let claim = Claim {
        topic: Topic::RowPolicy,
        database: book.name.clone(),
        role: owner.clone(),
        becoming: None,
        action: Action::Fact(Fact::RowDecision),
        object: Some(book.object(key)),
        columns: Vec::new(),
        expected: Expected::Works,
        circumstance: None,
        source: None,
    };
    let obstacle = "the contract requires a decision about every table's rows (`row_security: required`), and has none \
                    about this one";
    book.made.cases.push(Case {
        claim,
        attempt: None,
        question: None,
        control: None,
        obstacle: Some(obstacle.to_owned()),
    });
}

const POLICIES: &str = "SELECT CASE WHEN polpermissive THEN 't' ELSE 'f' END || polcmd::pg_catalog.text || ' ' || polname \
    || ' ' || (SELECT pg_catalog.string_agg(r.said, ',' ORDER BY r.said COLLATE \"C\") FROM (SELECT CASE WHEN u.oid = 0 \
    THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(u.oid)) END AS said \
    FROM pg_catalog.unnest(polroles) AS u(oid)) AS r) AS said FROM pg_catalog.pg_policy";
