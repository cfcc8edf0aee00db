//! ALTER of objects: owners, routines, views, databases.

use pgward_catalog::name::{DatabaseName, Name, RoleName};
use pgward_catalog::object::{CheckOption, DatabaseFacts, ObjectKey, PublicationOptions, ViewFacts};

use crate::change::{Leakproof, RunsAs};

/// ALTER ... OWNER TO.
pub(crate) fn owner(key: &ObjectKey, owner: &RoleName) -> String {
    format!("ALTER {} {} OWNER TO {}", key.class.alter_keyword(), key.quoted(), owner.quoted())
}

/// DROP USER MAPPING.
pub(crate) fn drop_user_mapping(role: &RoleName, server: &Name) -> String {
    format!("DROP USER MAPPING FOR {} SERVER {}", role.quoted(), server.quoted())
}

/// ALTER FUNCTION ... SECURITY DEFINER or INVOKER.
pub(crate) fn runs_as(key: &ObjectKey, runs_as: RunsAs) -> String {
    let word = match runs_as {
        RunsAs::Definer => "DEFINER",
        RunsAs::Invoker => "INVOKER",
    };
    format!("ALTER {} {} SECURITY {word}", key.class.alter_keyword(), key.quoted())
}

/// ALTER FUNCTION ... LEAKPROOF.
pub(crate) fn leakproof(key: &ObjectKey, leakproof: Leakproof) -> String {
    let not = if leakproof == Leakproof::NotLeakproof { "NOT " } else { "" };
    format!("ALTER {} {} {not}LEAKPROOF", key.class.alter_keyword(), key.quoted())
}

/// ALTER VIEW ... SET or RESET, for the options that differ.
pub(crate) fn view_options(key: &ObjectKey, before: &ViewFacts, after: &ViewFacts) -> Vec<String> {
    let options = [
        ("security_invoker", before.security_invoker, after.security_invoker),
        ("security_barrier", before.security_barrier, after.security_barrier),
    ];
    let changed = |on: bool| {
        let names = options.iter().filter(move |(_, was, is)| was != is && *is == on).map(|(name, ..)| *name);
        let switches = names.map(move |name| if on { format!("{name} = true") } else { name.to_owned() });
        let check = (before.check_option != after.check_option)
            .then_some(after.check_option)
            .filter(|check| (*check != CheckOption::None) == on);
        let check = check.map(|check| match check {
            CheckOption::None => "check_option".to_owned(),
            check => format!("check_option = {}", check.word()),
        });
        switches.chain(check).collect::<Vec<_>>()
    };
    [("SET", changed(true)), ("RESET", changed(false))]
        .into_iter()
        .filter(|(_, names)| !names.is_empty())
        .map(|(verb, names)| format!("ALTER VIEW {} {verb} ({})", key.quoted(), names.join(", ")))
        .collect()
}

/// ALTER PUBLICATION ... SET, for the options that differ.
pub(crate) fn publication_options(
    key: &ObjectKey,
    before: &PublicationOptions,
    after: &PublicationOptions,
) -> String {
    let mut options = Vec::new();
    if before.publish() != after.publish() {
        options.push(format!("publish = '{}'", after.publish()));
    }
    if before.via_partition_root != after.via_partition_root {
        options.push(format!("publish_via_partition_root = {}", after.via_partition_root));
    }
    if before.generated_columns != after.generated_columns {
        options.push(format!("publish_generated_columns = {}", after.generated_columns.word()));
    }
    format!("ALTER PUBLICATION {} SET ({})", key.quoted(), options.join(", "))
}

/// ALTER DATABASE ... WITH, for the options that differ.
pub(crate) fn database_options(
    database: &DatabaseName,
    before: &DatabaseFacts,
    after: &DatabaseFacts,
) -> String {
    let mut options = Vec::new();
    if before.connection_limit != after.connection_limit {
        options.push(format!("CONNECTION LIMIT {}", after.connection_limit.unwrap_or(-1)));
    }
    if before.allow_connections != after.allow_connections {
        options.push(format!("ALLOW_CONNECTIONS {}", after.allow_connections));
    }
    if before.template != after.template {
        options.push(format!("IS_TEMPLATE {}", after.template));
    }
    format!("ALTER DATABASE {} WITH {}", database.quoted(), options.join(" "))
}
