//! Logging in: over a connection of the role's own where its password is at hand, by the server's own answer otherwise.

use std::sync::Arc;

use pgward_catalog::effective::Effective;
use pgward_catalog::name::RoleName;
use pgward_catalog::object::ObjectRef;
use pgward_catalog::privilege::Privilege;
use pgward_catalog::role::Attribute;

use crate::action::Action;
use crate::case::{Attempt, Case, Control, Expectation, Manner, Question, Statement};
use crate::claim::{Claim, Expected, Topic};
use crate::derive::book::Book;
use crate::promises::TriedRole;
use crate::question;

/// Adds the claims about who can log in to the database.
pub(super) fn derive(book: &mut Book<'_>, effective: &Effective<'_>) {
    let promises = book.promises;
    let database = ObjectRef::database(book.name);
    for tried in &promises.roles {
        let can_log_in = promises.desired.roles.get(&tried.name).is_some_and(|role| {
            role.has(Attribute::Login) && (role.has(Attribute::Superuser) || role.connection_limit != Some(0))
        });
        let held = effective.privileges(&tried.name, &database).now.privileges;
        let may = can_log_in && held.contains(Privilege::Connect);
        add(book, tried, may);
        if may && tried.secret_known {
            add_wrong_password(book, tried);
        }
    }
}

fn add(book: &mut Book<'_>, tried: &TriedRole, may: bool) {
    let expected = if may { Expected::Works } else { Expected::Refused };
    let expectation = if may { Expectation::LogsIn } else { Expectation::CannotLogIn };
    let database = ObjectRef::database(book.name).key;
    let connect = question::holds(&tried.name, Privilege::Connect, &database, &[], expected);
    let can_log_in = question::logs_in(&tried.name, book.name);
    let question =
        connect.map(|connect| Question { sql: format!("{} AND {can_log_in}", connect.sql), wanted: may });
    let attempt = tried.secret_known.then(|| attempt(&tried.name, Manner::Login, expectation));
    let control = if may { None } else { somebody(book) };
    let claim = claim(book, tried, Action::LogIn, expected);
    book.made.cases.push(Case { claim, attempt, question, control, obstacle: None });
}

/// A wrong password is refused, and the right one is not: otherwise the server asks for none.
fn add_wrong_password(book: &mut Book<'_>, tried: &TriedRole) {
    let attempt = attempt(&tried.name, Manner::LoginWithWrongPassword, Expectation::CannotLogIn);
    let control = Some(login_control(book, &tried.name));
    let claim = claim(book, tried, Action::LogInWithWrongPassword, Expected::Refused);
    book.made.cases.push(Case { claim, attempt: Some(attempt), question: None, control, obstacle: None });
}

/// Somebody whose password is at hand and who can log in.
fn somebody(book: &mut Book<'_>) -> Option<usize> {
    let desired = &book.promises.desired;
    let can = |role: &&TriedRole| {
        role.secret_known && desired.roles.get(&role.name).is_some_and(|known| known.has(Attribute::Login))
    };
    let name = book.promises.roles.iter().find(can).map(|role| role.name.clone())?;
    Some(login_control(book, &name))
}

fn login_control(book: &mut Book<'_>, role: &RoleName) -> usize {
    let control = Control {
        database: book.name.clone(),
        prelude: Vec::new(),
        context: Vec::new(),
        statement: statement(role, Manner::Login),
        claimant: None,
        owner: Some(role.clone()),
        code: Arc::default(),
    };
    book.made.controls.push(control);
    book.made.controls.len() - 1
}

fn attempt(role: &RoleName, manner: Manner, expectation: Expectation) -> Attempt {
    Attempt {
        identity: role.clone(),
        becoming: None,
        prelude: Vec::new(),
        context: Vec::new(),
        statement: statement(role, manner),
        expectation,
        code: Arc::default(),
    }
}

fn statement(role: &RoleName, manner: Manner) -> Statement {
    let with = match manner {
        Manner::LoginWithWrongPassword => "a wrong password",
        _ => "its password",
    };
    Statement { sql: format!("-- connect as {} with {with}", role.quoted()), passes: &[], manner }
}

fn claim(book: &Book<'_>, tried: &TriedRole, action: Action, expected: Expected) -> Claim {
    Claim {
        topic: Topic::Connection,
        database: book.name.clone(),
        role: tried.name.clone(),
        becoming: None,
        action,
        object: Some(ObjectRef::database(book.name)),
        columns: Vec::new(),
        expected,
        circumstance: None,
        source: tried.source.clone(),
    }
}
