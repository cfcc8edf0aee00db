//! What takes an attribute or a predefined role, and which roles a role may become.

use pgward_catalog::effective::Effective;
use pgward_catalog::name::RoleName;
use pgward_catalog::role::{Attribute, Role};

use crate::action::{Action, Power};
use crate::case::Statement;
use crate::claim::{Expected, Topic};
use crate::derive::book::{Book, Draft, Trial};
use crate::promises::TriedRole;
use crate::question;
use crate::statement::power;

/// Adds, for every tried role, what its attributes let it do or keep it from, and whom it may become.
pub(super) fn derive(book: &mut Book<'_>, effective: &Effective<'_>) {
    let promises = book.promises;
    for tried in &promises.roles {
        let Some(role) = promises.desired.roles.get(&tried.name) else { continue };
        powers(book, effective, tried, role);
        reaches(book, effective, tried);
        becoming(book, effective, tried);
    }
}

/// The statement that tries a power.
pub(super) fn statement_of(action: &Action) -> Option<Statement> {
    Some(match action {
        Action::CreateRole => power::creating_role(),
        Action::CreateDatabase => power::creating_database(),
        Action::AlterSystem => power::altering_system(),
        Action::CopyProgram => power::copying_to_program(),
        Action::ReadServerFile => power::reading_server_file(),
        Action::WriteServerFile => power::writing_server_file(),
        _ => return None,
    })
}

fn powers(book: &mut Book<'_>, effective: &Effective<'_>, tried: &TriedRole, role: &Role) {
    let superuser = role.has(Attribute::Superuser);
    let acts_as =
        |predefined: &str| effective.membership(&tried.name, &RoleName::from(predefined), book.name).inherits;
    let powers = [
        (Action::CreateRole, superuser || role.has(Attribute::CreateRole)),
        (Action::CreateDatabase, superuser || role.has(Attribute::CreateDb)),
        (Action::AlterSystem, superuser),
        (Action::CopyProgram, superuser || acts_as("pg_execute_server_program")),
        (Action::ReadServerFile, superuser || acts_as("pg_read_server_files")),
        (Action::WriteServerFile, superuser || acts_as("pg_write_server_files")),
    ];
    for (action, may) in powers {
        let statement = statement_of(&action);
        let draft = Draft::new(Topic::RolePower, &tried.name, action, None, expected(may));
        book.add(draft.with_source(tried.source.clone()), Vec::new(), Trial::of(statement, None));
    }
}

/// No way to superuser rights, around row security and to a copy of the whole cluster, unless the contract has one.
fn reaches(book: &mut Book<'_>, effective: &Effective<'_>, tried: &TriedRole) {
    // Whoever takes a base backup has every row of every table.
    let powers: [(Power, &[Attribute]); 3] = [
        (Power::Superuser, &[Attribute::Superuser]),
        (Power::BypassRls, &[Attribute::Superuser, Attribute::BypassRls, Attribute::Replication]),
        (Power::Replication, &[Attribute::Superuser, Attribute::Replication]),
    ];
    for (power, attributes) in powers {
        let reached = book.promises.desired.roles.iter().any(|(name, role)| {
            attributes.iter().any(|attribute| role.has(*attribute))
                && effective.membership(&tried.name, name, book.name).member
        });
        let question = question::reaches(&tried.name, power, expected(reached));
        let draft = Draft::new(Topic::RolePower, &tried.name, Action::Reach(power), None, expected(reached));
        book.add(draft.with_source(tried.source.clone()), Vec::new(), Trial::of(None, Some(question)));
    }
}

/// Every other role the contract knows: it may become it, or not.
fn becoming(book: &mut Book<'_>, effective: &Effective<'_>, tried: &TriedRole) {
    let others: Vec<&RoleName> = book.promises.roles.iter().map(|other| &other.name).collect();
    for other in others.into_iter().filter(|other| **other != tried.name) {
        let acting = effective.membership(&tried.name, other, book.name);
        // A member that may not SET ROLE is a member all the same.
        let question = (acting.member == acting.may_set)
            .then(|| question::member(&tried.name, other, expected(acting.may_set)));
        let action = Action::Become(other.clone());
        let draft = Draft::new(Topic::RolePower, &tried.name, action, None, expected(acting.may_set));
        let trial = Trial::of(Some(power::becoming(other)), question);
        book.add(draft.with_source(tried.source.clone()), Vec::new(), trial);
    }
}

fn expected(may: bool) -> Expected {
    if may { Expected::Works } else { Expected::Refused }
}
