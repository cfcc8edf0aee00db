//! Interfaces: callable by those they are for, by nobody else, and safe.

use std::sync::Arc;

use pgward_catalog::acl::Grantee;
use pgward_catalog::effective::Effective;
use pgward_catalog::name::{RoleName, quote_literal};
use pgward_catalog::object::{Object, ObjectKey};
use pgward_catalog::privilege::Privilege;
use pgward_catalog::role::Attribute;

use crate::action::{Action, Fact};
use crate::case::Question;
use crate::claim::{Expected, Source, Topic};
use crate::derive::book::{Book, Draft, Trial};
use crate::derive::privilege::{Cell, add_cell};
use crate::promises::Interface;
use crate::question;

/// Adds the claims about every interface.
pub(super) fn derive(book: &mut Book<'_>, effective: &Effective<'_>) {
    let interfaces: &[Interface] = &book.database.interfaces;
    for interface in interfaces {
        let Some(object) = book.promises.desired.object(&book.object(&interface.routine)) else { continue };
        let roles: Vec<RoleName> = book.promises.roles.iter().map(|role| role.name.clone()).collect();
        for role in &roles {
            let cell =
                Cell { role, key: &interface.routine, object, topic: Topic::Interface, circumstance: None };
            add_cell(book, effective, &cell, &[]);
        }
        facts(book, interface, object);
    }
}

fn facts(book: &mut Book<'_>, interface: &Interface, object: &Object) {
    let key = &interface.routine;
    let routine = question::routine(key);
    let holds = |sql: String| Question { sql, wanted: true };
    let source = &interface.source;
    let owner = &object.owner;
    if let Some(question) = question::belongs_to(owner, key) {
        add(book, Fact::Owner, owner, key, source, question);
    }
    if !object.acl.privileges_of(&Grantee::Public).contains(Privilege::Execute) {
        let sql = format!("NOT pg_catalog.has_function_privilege('public', {routine}, 'EXECUTE')");
        add(book, Fact::ClosedToPublic, owner, key, source, holds(sql));
    }
    let of_routine = |what: &str| format!("(SELECT {what} FROM pg_catalog.pg_proc WHERE oid = {routine})");
    if let Some(path) = object.routine().and_then(|facts| facts.settings.get("search_path")) {
        let wanted = quote_literal(&format!("search_path={path}"));
        let sql = of_routine(&format!("coalesce({wanted} = ANY (proconfig), false)"));
        add(book, Fact::PinnedSearchPath, owner, key, source, holds(sql));
    }
    if !interface.definer {
        return;
    }
    add(book, Fact::Definer, owner, key, source, holds(of_routine("prosecdef")));
    let id = question::oid(owner);
    // Where the contract itself says that the owner logs in, it does not promise that it cannot.
    let logs_in = book.promises.desired.roles.get(owner).is_some_and(|owner| owner.has(Attribute::Login));
    if !logs_in {
        let sql = format!("NOT (SELECT rolcanlogin FROM pg_catalog.pg_roles WHERE oid = {id})");
        add(book, Fact::OwnerCannotLogIn, owner, key, source, holds(sql));
    }
    // From 16 on, who made the role is a member that may only administer it.
    let usable = if book.promises.desired.version.has_membership_options() {
        " AND (inherit_option OR set_option)"
    } else {
        ""
    };
    let sql = format!("NOT EXISTS (SELECT FROM pg_catalog.pg_auth_members WHERE roleid = {id}{usable})");
    if !has_members(book, owner) {
        add(book, Fact::OwnerHasNoMembers, owner, key, source, holds(sql));
    }
}

/// Whether the contract itself gives the owner members that can use its rights.
fn has_members(book: &Book<'_>, owner: &RoleName) -> bool {
    use pgward_catalog::membership::Inheritance;
    let version = book.promises.desired.version;
    book.promises.desired.memberships.iter().any(|(key, options)| {
        let usable = options.set || options.inherit == Inheritance::Inherited;
        key.role == *owner && (usable || !version.has_membership_options())
    })
}

fn add(
    book: &mut Book<'_>,
    fact: Fact,
    role: &RoleName,
    key: &ObjectKey,
    source: &Option<Arc<Source>>,
    question: Question,
) {
    let object = Some(book.object(key));
    let draft = Draft::new(Topic::Interface, role, Action::Fact(fact), object, Expected::Works);
    book.add(draft.with_source(source.clone()), Vec::new(), Trial::of(None, Some(question)));
}
