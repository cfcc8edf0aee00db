//! Partitions and tables that inherit: a tenant's rows read by another name, where the policies of the table they are
//! declared for do not apply (PostgreSQL docs, section 5.9: they are those of the table named in the query).

use pgward_catalog::effective::Effective;
use pgward_catalog::name::{RoleName, quote_literal};
use pgward_catalog::object::{Object, ObjectKey};
use pgward_catalog::policy::PolicyCommand;
use pgward_catalog::privilege::Privilege;

use crate::action::{Action, Whose};
use crate::case::{Attempt, Case, Expectation, Statement};
use crate::claim::{Claim, Expected, Topic};
use crate::derive::book::Book;
use crate::derive::privilege::is_reachable;
use crate::promises::TenantRule;

/// Adds a claim about each command that the role may give to a descendant of the rule's table by its own name.
pub(super) fn derive(
    book: &mut Book<'_>,
    effective: &Effective<'_>,
    rule: &TenantRule,
    table: &Object,
    role: &RoleName,
) {
    let shapes = book.shapes.clone();
    for key in shapes.relation(&rule.table).into_iter().flat_map(|shape| &shape.descendants) {
        // One with a rule of its own is tried by that one.
        let ruled = book.database.tenants.iter().any(|other| other.table == *key);
        if ruled || owns(book, effective, role, key) || !is_reachable(book, effective, role, key) {
            continue;
        }
        for (command, privilege) in COMMANDS {
            if holds_any(book, effective, role, key, privilege) {
                add(book, rule, table, role, key, command);
            }
        }
    }
}

/// Whoever owns a table decides about its policies.
fn owns(book: &Book<'_>, effective: &Effective<'_>, role: &RoleName, key: &ObjectKey) -> bool {
    book.promises.desired.object(&book.object(key)).is_some_and(|found| {
        found.owner == *role || effective.membership(role, &found.owner, book.name).inherits
    })
}

fn holds_any(
    book: &Book<'_>,
    effective: &Effective<'_>,
    role: &RoleName,
    key: &ObjectKey,
    privilege: Privilege,
) -> bool {
    let object = book.object(key);
    let columns = book.promises.desired.object(&object).into_iter().flat_map(|found| found.columns.keys());
    effective.privileges(role, &object).now.privileges.contains(privilege)
        || columns
            .into_iter()
            .any(|column| effective.column(role, &object, column.as_str()).now.privileges.contains(privilege))
}

/// The server tells the role itself whether row security applies to it there. Where it does, the policies are to be the same.
fn add(
    book: &mut Book<'_>,
    rule: &TenantRule,
    table: &Object,
    role: &RoleName,
    key: &ObjectKey,
    command: PolicyCommand,
) {
    let claim = Claim {
        topic: Topic::TenantRows,
        database: book.name.clone(),
        role: role.clone(),
        becoming: None,
        action: Action::Rows(command, Whose::Others),
        object: Some(book.object(&rule.table)),
        columns: Vec::new(),
        expected: Expected::Refused,
        circumstance: Some(format!("by the name of {key}").into()),
        source: rule.source.clone(),
    };
    let own = book.promises.desired.object(&book.object(key)).and_then(Object::row_security);
    let guarded = own.filter(|rows| rows.enabled);
    let same = guarded.zip(table.row_security()).is_some_and(|(own, rows)| own.policies == rows.policies);
    let case = if guarded.is_some() && !same {
        let obstacle = format!(
            "{key} has other policies than {}; write a `tenant` of its own for it under `rows`, and its rows are tried",
            rule.table
        );
        Case { claim, attempt: None, question: None, control: None, obstacle: Some(obstacle) }
    } else {
        let sql = format!(
            "SELECT CASE WHEN pg_catalog.row_security_active({}::pg_catalog.regclass::pg_catalog.oid) \
             THEN 'that policies apply to it' ELSE 'that no policy applies to it' END",
            quote_literal(&key.quoted())
        );
        let attempt = Attempt {
            identity: role.clone(),
            becoming: None,
            prelude: Vec::new(),
            context: Vec::new(),
            statement: Statement::run(sql),
            expectation: Expectation::Returns(vec!["that policies apply to it".to_owned()]),
            code: std::sync::Arc::default(),
        };
        Case { claim, attempt: Some(attempt), question: None, control: None, obstacle: None }
    };
    book.made.cases.push(case);
}

const COMMANDS: [(PolicyCommand, Privilege); 4] = [
    (PolicyCommand::Select, Privilege::Select),
    (PolicyCommand::Insert, Privilege::Insert),
    (PolicyCommand::Update, Privilege::Update),
    (PolicyCommand::Delete, Privilege::Delete),
];
