//! Row security: policies and the switches.

use pgward_catalog::acl::Grantee;
use pgward_catalog::name::Name;
use pgward_catalog::object::ObjectKey;
use pgward_catalog::policy::{Policy, PolicyKind};

use crate::change::RowSecuritySwitches;

/// CREATE POLICY.
pub(crate) fn create(table: &ObjectKey, name: &Name, policy: &Policy) -> String {
    let kind = match policy.kind {
        PolicyKind::Permissive => "PERMISSIVE",
        PolicyKind::Restrictive => "RESTRICTIVE",
    };
    format!(
        "CREATE POLICY {} ON {} AS {kind} FOR {} TO {}{}{}",
        name.quoted(),
        table.quoted(),
        policy.command.keyword(),
        roles(policy),
        using(policy),
        check(policy),
    )
}

/// ALTER POLICY with what differs; DROP and CREATE where ALTER cannot: a kind, a command, an expression that goes.
pub(crate) fn alter(table: &ObjectKey, name: &Name, before: &Policy, after: &Policy) -> Vec<String> {
    let expression_goes = (before.using.is_some() && after.using.is_none())
        || (before.check.is_some() && after.check.is_none());
    if before.kind != after.kind || before.command != after.command || expression_goes {
        return vec![drop(table, name), create(table, name, after)];
    }
    let mut parts = Vec::new();
    if before.roles != after.roles {
        parts.push(format!(" TO {}", roles(after)));
    }
    if before.using != after.using {
        parts.push(using(after));
    }
    if before.check != after.check {
        parts.push(check(after));
    }
    vec![format!("ALTER POLICY {} ON {}{}", name.quoted(), table.quoted(), parts.concat())]
}

/// DROP POLICY.
pub(crate) fn drop(table: &ObjectKey, name: &Name) -> String {
    format!("DROP POLICY {} ON {}", name.quoted(), table.quoted())
}

/// ALTER TABLE ... ROW LEVEL SECURITY, both switches in one statement.
pub(crate) fn switches(table: &ObjectKey, before: RowSecuritySwitches, after: RowSecuritySwitches) -> String {
    let mut parts = Vec::new();
    if before.enabled != after.enabled {
        parts.push(if after.enabled { "ENABLE ROW LEVEL SECURITY" } else { "DISABLE ROW LEVEL SECURITY" });
    }
    if before.forced != after.forced {
        parts.push(if after.forced { "FORCE ROW LEVEL SECURITY" } else { "NO FORCE ROW LEVEL SECURITY" });
    }
    format!("ALTER TABLE {} {}", table.quoted(), parts.join(", "))
}

fn roles(policy: &Policy) -> String {
    match policy.roles.is_empty() {
        true => "PUBLIC".to_owned(),
        false => policy.roles.iter().map(Grantee::quoted).collect::<Vec<_>>().join(", "),
    }
}

fn using(policy: &Policy) -> String {
    policy.using.as_ref().map_or(String::new(), |expression| format!(" USING ({})", closed(expression)))
}

fn check(policy: &Policy) -> String {
    policy.check.as_ref().map_or(String::new(), |expression| format!(" WITH CHECK ({})", closed(expression)))
}

/// A comment at the end of an expression must not swallow what follows it.
fn closed(expression: &str) -> String {
    if expression.contains("--") { format!("{expression}\n") } else { expression.to_owned() }
}
