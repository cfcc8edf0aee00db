//! A change in words for people: one line, with PostgreSQL's names.

use std::collections::BTreeSet;

use pgward_catalog::acl::{Entry, Grantee};
use pgward_catalog::membership::{Inheritance, MembershipOptions};
use pgward_catalog::object::PublicationOptions;
use pgward_catalog::policy::{Policy, PolicyKind};
use pgward_catalog::role::{Attribute, Role};
use pgward_catalog::setting::SettingScope;

use crate::change::{Change, Leakproof, PasswordFound, RunsAs};

/// Whether something is added, changed or removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sign {
    /// `+`
    Added,
    /// `~`
    Changed,
    /// `-`
    Removed,
}

impl Sign {
    /// `+`, `~` or `-`.
    pub fn mark(self) -> char {
        match self {
            Sign::Added => '+',
            Sign::Changed => '~',
            Sign::Removed => '-',
        }
    }

    /// As a word: `add`, `change`, `remove`.
    pub fn word(self) -> &'static str {
        match self {
            Sign::Added => "add",
            Sign::Changed => "change",
            Sign::Removed => "remove",
        }
    }
}

/// The sign of a change.
pub fn sign(change: &Change) -> Sign {
    match change {
        Change::CreateRole { .. }
        | Change::GrantMembership { .. }
        | Change::CreatorMembership { .. }
        | Change::SetPassword { found: PasswordFound::Nothing, .. }
        | Change::SetSetting { before: None, .. }
        | Change::SetRoutineSetting { before: None, .. }
        | Change::CreateSchema { .. }
        | Change::Grant { .. }
        | Change::GrantDefault { .. }
        | Change::CreatePolicy { .. }
        | Change::Missing { .. } => Sign::Added,
        Change::DropRole { .. }
        | Change::RemovePassword { .. }
        | Change::DropOwned { .. }
        | Change::DropUserMapping { .. }
        | Change::TerminateSessions { .. }
        | Change::RevokeMembership { .. }
        | Change::ResetSetting { .. }
        | Change::SetRoutineSetting { after: None, .. }
        | Change::DropSchema { .. }
        | Change::Revoke { .. }
        | Change::RevokeGrantOption { .. }
        | Change::RevokeDefault { .. }
        | Change::RevokeDefaultGrantOption { .. }
        | Change::DropPolicy { .. }
        | Change::Unexpected { .. } => Sign::Removed,
        _ => Sign::Changed,
    }
}

/// The change as a line, without its sign.
pub fn describe(change: &Change) -> String {
    match change {
        Change::CreateRole { role, after } => format!("role {}{}", role.quoted(), role_words(after)),
        Change::AlterRole { role, before, after } => {
            format!("role {}: {}", role.quoted(), role_difference(before, after))
        }
        Change::DropRole { role, .. } => format!("role {}", role.quoted()),
        Change::SetPassword { role, secret, found } => {
            let difference = match found {
                PasswordFound::Nothing => "",
                PasswordFound::Md5 => ": an MD5 hash -> the kept one, or a new one",
                PasswordFound::Another => ": another one -> the kept one",
                PasswordFound::NotKept => ": one that is not kept -> a new one",
            };
            let place = format!("kept in {} {}", secret.store, secret.path);
            format!("password of role {} ({place}){difference}", role.quoted())
        }
        Change::RemovePassword { role } => format!("password of role {}", role.quoted()),
        Change::PasswordDiffers { role, before, after } => {
            format!("password of role {}: {before:?} -> {after:?}", role.quoted())
        }
        Change::DropOwned { database, role } => {
            format!("everything that role {} owns in database {}", role.quoted(), database.quoted())
        }
        Change::DropUserMapping { database, role, server } => format!(
            "user mapping of role {} on server {} in database {}",
            role.quoted(),
            server.quoted(),
            database.quoted()
        ),
        Change::TerminateSessions { role } => format!("sessions of role {}", role.quoted()),
        Change::GrantMembership { membership, after } => {
            let (member, role) = (membership.member.quoted(), membership.role.quoted());
            format!("membership of {member} in {role} ({})", options_words(after))
        }
        Change::CreatorMembership { membership, after } => format!(
            "membership of {} in {} ({}), which comes with creating it",
            membership.member.quoted(),
            membership.role.quoted(),
            options_words(after)
        ),
        Change::AlterMembership { membership, before, after } => format!(
            "membership of {} in {}: {} -> {}",
            membership.member.quoted(),
            membership.role.quoted(),
            options_words(before),
            options_words(after)
        ),
        Change::RevokeMembership { membership, before } => {
            let (member, role) = (membership.member.quoted(), membership.role.quoted());
            format!("membership of {member} in {role} ({})", options_words(before))
        }
        Change::SetSetting { scope, name, before, after } => {
            format!("setting {name} of {}: {}", scope_words(scope), step(before.as_deref(), Some(after)))
        }
        Change::ResetSetting { scope, name, before } => {
            format!("setting {name} of {}: {}", scope_words(scope), step(Some(before), None))
        }
        Change::CreateSchema { database, schema, owner } | Change::DropSchema { database, schema, owner } => {
            format!(
                "schema {} in database {}, owned by {}",
                schema.quoted(),
                database.quoted(),
                owner.quoted()
            )
        }
        Change::ChangeOwner { object, before, after } => {
            format!("owner of {object}: {} -> {}", before.quoted(), after.quoted())
        }
        Change::Grant { target, entry } => format!("{} on {target} to {}", entry_words(entry), to(entry)),
        Change::Revoke { target, entry } => format!("{} on {target} from {}", entry_words(entry), to(entry)),
        Change::RevokeGrantOption { target, grantee, privileges, .. } => {
            format!("grant option for {privileges} on {target} from {}", grantee.quoted())
        }
        Change::GrantDefault { database, default, entry } => format!(
            "default {} on {} to {} (made by {}{} in database {})",
            entry_words(entry),
            default.kind.keyword(),
            to(entry),
            default.creator.quoted(),
            in_schema(default.schema.as_ref()),
            database.quoted()
        ),
        Change::RevokeDefault { database, default, entry } => format!(
            "default {} on {} from {} (made by {}{} in database {})",
            entry_words(entry),
            default.kind.keyword(),
            to(entry),
            default.creator.quoted(),
            in_schema(default.schema.as_ref()),
            database.quoted()
        ),
        Change::RevokeDefaultGrantOption { database, default, grantee, privileges, .. } => format!(
            "default grant option for {privileges} on {} from {} (made by {}{} in database {})",
            default.kind.keyword(),
            grantee.quoted(),
            default.creator.quoted(),
            in_schema(default.schema.as_ref()),
            database.quoted()
        ),
        other => describe_facts(other),
    }
}

fn describe_facts(change: &Change) -> String {
    let on = |on: bool| if on { "on" } else { "off" };
    match change {
        Change::SetRowSecurity { table, before, after } => {
            let mut parts = Vec::new();
            if before.enabled != after.enabled {
                parts.push(format!("{} -> {}", on(before.enabled), on(after.enabled)));
            }
            if before.forced != after.forced {
                parts.push(format!("forced {} -> {}", on(before.forced), on(after.forced)));
            }
            format!("row security of {table}: {}", parts.join(", "))
        }
        Change::CreatePolicy { table, name, after: policy }
        | Change::DropPolicy { table, name, before: policy } => {
            format!("policy {} on {table}: {}", name.quoted(), policy_words(policy))
        }
        Change::AlterPolicy { table, name, before, after } => {
            format!("policy {} on {table}: {}", name.quoted(), policy_difference(before, after))
        }
        Change::SetRoutineSecurity { routine, after, .. } => {
            let word = match after {
                RunsAs::Definer => "INVOKER -> DEFINER",
                RunsAs::Invoker => "DEFINER -> INVOKER",
            };
            format!("security of {routine}: {word}")
        }
        Change::SetLeakproof { routine, after, .. } => {
            let word = if *after == Leakproof::Leakproof { "leakproof" } else { "not leakproof" };
            format!("{routine}: {word}")
        }
        Change::SetRoutineSetting { routine, name, before, after } => {
            format!("setting {name} of {routine}: {}", step(before.as_deref(), after.as_deref()))
        }
        Change::SetViewOptions { view, before, after } => format!(
            "options of {view}: security_invoker {} -> {}, security_barrier {} -> {}, check_option {} -> {}",
            on(before.security_invoker),
            on(after.security_invoker),
            on(before.security_barrier),
            on(after.security_barrier),
            before.check_option.word(),
            after.check_option.word()
        ),
        Change::SetPublicationOptions { publication, before, after } => {
            format!("options of {publication}: {}", publication_difference(before, after))
        }
        Change::SetDatabaseOptions { database, before, after } => {
            let limit = |limit: Option<i32>| limit.map_or("none".to_owned(), |limit| limit.to_string());
            format!(
                "database {}: connection limit {} -> {}, connections {} -> {}, template {} -> {}",
                database.quoted(),
                limit(before.connection_limit),
                limit(after.connection_limit),
                on(before.allow_connections),
                on(after.allow_connections),
                on(before.template),
                on(after.template)
            )
        }
        Change::OtherFacts { object, .. } => format!("{object} is not as it should be"),
        Change::Missing { object } => format!("{object} is missing"),
        Change::Unexpected { object } => format!("{object} should not be there"),
        Change::NotCompared { database } => format!("database {} was not compared", database.quoted()),
        _ => String::new(),
    }
}

fn to(entry: &Entry) -> String {
    format!(
        "{}{}",
        entry.grantee.quoted(),
        if entry.grantable.is_empty() { "" } else { " with grant option" }
    )
}

fn entry_words(entry: &Entry) -> String {
    entry.privileges.to_string()
}

fn in_schema(schema: Option<&pgward_catalog::name::SchemaName>) -> String {
    schema.map_or(String::new(), |schema| format!(" in schema {}", schema.quoted()))
}

/// Whose sessions a setting is for: `role app in database shop`.
pub fn scope_words(scope: &SettingScope) -> String {
    match (&scope.role, &scope.database) {
        (Some(role), None) => format!("role {}", role.quoted()),
        (Some(role), Some(database)) => {
            format!("role {} in database {}", role.quoted(), database.quoted())
        }
        (None, Some(database)) => format!("database {}", database.quoted()),
        (None, None) => "all roles".to_owned(),
    }
}

fn step(before: Option<&str>, after: Option<&str>) -> String {
    let shown = |value: Option<&str>| value.map_or("(not set)".to_owned(), |value| format!("'{value}'"));
    format!("{} -> {}", shown(before), shown(after))
}

fn options_words(options: &MembershipOptions) -> String {
    let inherit = match options.inherit {
        Inheritance::ByAttribute => "inherits by attribute",
        Inheritance::Inherited => "inherits",
        Inheritance::NotInherited => "does not inherit",
    };
    let set = if options.set { "may SET ROLE" } else { "may not SET ROLE" };
    let admin = if options.admin { ", may grant it on" } else { "" };
    format!("{inherit}, {set}{admin}")
}

fn policy_words(policy: &Policy) -> String {
    let expression = |word: &str, expression: &Option<String>| {
        expression.as_ref().map_or(String::new(), |text| format!(" {word} ({text})"))
    };
    format!(
        "{} for {} to {}{}{}",
        kind_word(policy.kind),
        policy.command.keyword(),
        roles_words(&policy.roles),
        expression("using", &policy.using),
        expression("with check", &policy.check)
    )
}

fn policy_difference(before: &Policy, after: &Policy) -> String {
    let text = |expression: &Option<String>| {
        expression.as_ref().map_or("(none)".to_owned(), |text| format!("({text})"))
    };
    let pairs = [
        ("", kind_word(before.kind).to_owned(), kind_word(after.kind).to_owned()),
        ("for ", before.command.keyword().to_owned(), after.command.keyword().to_owned()),
        ("to ", roles_words(&before.roles), roles_words(&after.roles)),
        ("using ", text(&before.using), text(&after.using)),
        ("with check ", text(&before.check), text(&after.check)),
    ];
    let differing = pairs.iter().filter(|(_, before, after)| before != after);
    differing.map(|(word, before, after)| format!("{word}{before} -> {after}")).collect::<Vec<_>>().join(", ")
}

fn publication_difference(before: &PublicationOptions, after: &PublicationOptions) -> String {
    let none = |publish: String| if publish.is_empty() { "nothing".to_owned() } else { publish };
    let on = |on: bool| if on { "on" } else { "off" }.to_owned();
    let pairs = [
        ("publish", none(before.publish()), none(after.publish())),
        ("publish_via_partition_root", on(before.via_partition_root), on(after.via_partition_root)),
        (
            "publish_generated_columns",
            before.generated_columns.word().to_owned(),
            after.generated_columns.word().to_owned(),
        ),
    ];
    let differing = pairs.iter().filter(|(_, before, after)| before != after);
    differing
        .map(|(word, before, after)| format!("{word} {before} -> {after}"))
        .collect::<Vec<_>>()
        .join("; ")
}

fn kind_word(kind: PolicyKind) -> &'static str {
    match kind {
        PolicyKind::Permissive => "permissive",
        PolicyKind::Restrictive => "restrictive",
    }
}

fn roles_words(roles: &BTreeSet<Grantee>) -> String {
    roles.iter().map(Grantee::quoted).collect::<Vec<_>>().join(", ")
}

fn role_words(role: &Role) -> String {
    let mut words: Vec<String> =
        role.attributes.iter().map(|attribute| attribute.keyword().to_owned()).collect();
    words.extend(role.connection_limit.map(|limit| format!("CONNECTION LIMIT {limit}")));
    words.extend(role.valid_until.as_ref().map(|until| format!("VALID UNTIL {until}")));
    if words.is_empty() { String::new() } else { format!(": {}", words.join(" ")) }
}

fn role_difference(before: &Role, after: &Role) -> String {
    let mut parts: Vec<String> = Attribute::ALL
        .into_iter()
        .filter(|attribute| before.has(*attribute) != after.has(*attribute))
        .map(|attribute| format!("{}{}", if after.has(attribute) { "" } else { "NO" }, attribute.keyword()))
        .collect();
    let limit = |role: &Role| role.connection_limit.map_or("none".to_owned(), |limit| limit.to_string());
    if before.connection_limit != after.connection_limit {
        parts.push(format!("connection limit {} -> {}", limit(before), limit(after)));
    }
    let until = |role: &Role| role.valid_until.clone().unwrap_or_else(|| "infinity".to_owned());
    if before.valid_until != after.valid_until {
        parts.push(format!("valid until {} -> {}", until(before), until(after)));
    }
    parts.join(", ")
}
