//! What would lock everybody out, refused before anything runs.
//!
//! A library that `session_preload_libraries` or `local_preload_libraries` names and that cannot be loaded ends every
//! new session, a superuser's too: `ALTER DATABASE d SET session_preload_libraries = 'x'` closes d for good.

use std::collections::BTreeSet;

use pgward_catalog::catalog::Catalog;
use pgward_catalog::name::Name;
use pgward_catalog::object::{Facts, Object};
use pgward_catalog::role::{Attribute, Role};

use crate::change::Change;
use crate::words::describe;

/// What is known about the server besides its catalogs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerFacts {
    /// Libraries that the server can load.
    pub libraries: BTreeSet<String>,
    /// Settings that it does not know, of those that were asked about.
    pub unknown_settings: BTreeSet<String>,
}

/// A change that must not be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Poison {
    /// The change, by its place.
    pub change: usize,
    /// What would happen.
    pub message: String,
    /// What to do instead.
    pub hint: String,
}

/// The changes that would end every new session.
pub fn preflight(changes: &[Change], facts: &ServerFacts) -> Vec<Poison> {
    changes
        .iter()
        .enumerate()
        .filter_map(|(index, change)| {
            let Change::SetSetting { name, after, .. } = change else { return None };
            let unknown = unknown_libraries(name, after, facts);
            (!unknown.is_empty()).then(|| Poison {
                change: index,
                message: format!(
                    "{}: the server is not known to have the library {}, and a session that cannot load it ends, \
                     a superuser's too",
                    describe(change),
                    unknown.join(", ")
                ),
                hint: "install the library first; pgward has to see its file (superuser or pg_read_server_files)".to_owned(),
            })
        })
        .collect()
}

/// The changes that the server would refuse because it does not know the setting.
pub fn of_unknown_settings(changes: &[Change], facts: &ServerFacts) -> Vec<Poison> {
    let refused = |(index, change): (usize, &Change)| {
        let Change::SetSetting { name, .. } = change else { return None };
        facts.unknown_settings.contains(name.as_str()).then(|| Poison {
            change: index,
            message: format!("{}: the server does not know the setting {name}", describe(change)),
            hint: "correct its name; a setting of an application or of an extension has a dot in its name"
                .to_owned(),
        })
    };
    changes.iter().enumerate().filter_map(refused).collect()
}

/// The change after which nobody who may do everything could log in any more.
pub fn last_way_in(observed: &Catalog, after: &Catalog, changes: &[Change]) -> Option<Poison> {
    last_superuser(observed, after, changes).or_else(|| last_database(observed, after, changes))
}

/// A database that accepts no connections lets nobody in, a superuser neither; where none does, only the server's own single-user
/// mode is left.
fn last_database(observed: &Catalog, after: &Catalog, changes: &[Change]) -> Option<Poison> {
    let open = |catalog: &Catalog| {
        let accepts =
            |object: &&Object| matches!(&object.facts, Facts::Database(facts) if facts.allow_connections);
        catalog.cluster_objects.values().filter(accepts).count()
    };
    if open(observed) == 0 || open(after) > 0 {
        return None;
    }
    let closes = |change: &Change| {
        matches!(change, Change::SetDatabaseOptions { before, after, .. }
            if before.allow_connections && !after.allow_connections)
    };
    let (index, change) = changes.iter().enumerate().rfind(|(_, change)| closes(change))?;
    Some(Poison {
        change: index,
        message: format!("{}: no database would accept connections after it", describe(change)),
        hint: "leave one database open, if only a template".to_owned(),
    })
}

fn last_superuser(observed: &Catalog, after: &Catalog, changes: &[Change]) -> Option<Poison> {
    let ways_in = |catalog: &Catalog| {
        let may = |role: &&Role| role.has(Attribute::Superuser) && role.has(Attribute::Login);
        catalog.roles.values().filter(may).count()
    };
    if ways_in(observed) == 0 || ways_in(after) > 0 {
        return None;
    }
    let closes = |change: &Change| match change {
        Change::AlterRole { before, .. } | Change::DropRole { before, .. } => {
            before.has(Attribute::Superuser) && before.has(Attribute::Login)
        }
        _ => false,
    };
    let (index, change) = changes.iter().enumerate().rfind(|(_, change)| closes(change))?;
    Some(Poison {
        change: index,
        message: format!("{}: no superuser could log in after it", describe(change)),
        hint: "leave SUPERUSER and LOGIN to one role that the contract declares or leaves alone".to_owned(),
    })
}

/// The libraries that settings of these changes name, to be looked for on the server.
pub fn libraries_named(changes: &[Change]) -> BTreeSet<String> {
    changes
        .iter()
        .filter_map(|change| match change {
            Change::SetSetting { name, after, .. } if loads_libraries(name) => Some(libraries(name, after)),
            _ => None,
        })
        .flatten()
        .collect()
}

fn unknown_libraries(name: &Name, value: &str, facts: &ServerFacts) -> Vec<String> {
    if !loads_libraries(name) {
        return Vec::new();
    }
    libraries(name, value).into_iter().filter(|library| !facts.libraries.contains(library)).collect()
}

fn loads_libraries(name: &Name) -> bool {
    let name = name.as_str().to_ascii_lowercase();
    matches!(
        name.as_str(),
        "session_preload_libraries" | "local_preload_libraries" | "shared_preload_libraries" | "jit_provider"
    )
}

/// The libraries that a setting names, as they are looked for: what anybody may have loaded (`local_preload_libraries`)
/// comes from a folder of its own.
fn libraries(name: &Name, value: &str) -> Vec<String> {
    let is_local = name.as_str().eq_ignore_ascii_case("local_preload_libraries");
    let place = |library: String| {
        if is_local && !library.contains('/') { format!("$libdir/plugins/{library}") } else { library }
    };
    elements(value).into_iter().map(place).collect()
}

/// The elements of a list setting, without the quotes that PostgreSQL stores around some.
fn elements(value: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut current = String::new();
    let mut quoted = false;
    let mut letters = value.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => {
                letters.next();
                current.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => found.push(std::mem::take(&mut current)),
            other => current.push(other),
        }
    }
    found.push(current);
    found.into_iter().map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use pgward_catalog::name::RoleName;
    use pgward_catalog::setting::SettingScope;
    use pgward_catalog::version::Version;

    fn check(name: &str, value: &str, known: &[&str], poisoned: bool) {
        let change = Change::SetSetting {
            scope: SettingScope::default(),
            name: Name::from(name),
            before: None,
            after: value.to_owned(),
        };
        let libraries = known.iter().map(|name| (*name).to_owned()).collect();
        let facts = ServerFacts { libraries, ..ServerFacts::default() };
        assert_eq!(!preflight(&[change], &facts).is_empty(), poisoned, "{name} = {value}");
    }

    #[test]
    fn the_last_superuser_who_can_log_in_stays_one() {
        let name = RoleName::from("root");
        let attributes = [Attribute::Superuser, Attribute::Login].into_iter().collect();
        let root = Role { attributes, ..Role::plain() };
        let mut before = Catalog::empty(Version(150_000), name.clone());
        before.roles.insert(name.clone(), root.clone());
        let mut after = before.clone();
        after.roles.insert(name.clone(), Role::plain());
        let changes = [Change::AlterRole { role: name.clone(), before: root.clone(), after: Role::plain() }];
        assert_eq!(last_way_in(&before, &after, &changes).map(|poison| poison.change), Some(0));
        after.roles.insert(RoleName::from("another"), root);
        assert_eq!(last_way_in(&before, &after, &changes), None);
    }

    #[test]
    fn a_library_that_is_not_known_to_be_there_is_refused() {
        check("session_preload_libraries", "nowhere", &[], true);
        check("session_preload_libraries", "auto_explain", &["auto_explain"], false);
        check("local_preload_libraries", "auto_explain, \"no where\"", &["auto_explain"], true);
        check("local_preload_libraries", "auto_explain", &["auto_explain"], true);
        check("local_preload_libraries", "auto_explain", &["$libdir/plugins/auto_explain"], false);
        check("LOCAL_PRELOAD_LIBRARIES", "$libdir/plugins/x", &["$libdir/plugins/x"], false);
        check("session_preload_libraries", "", &[], false);
        check("statement_timeout", "1s", &[], false);
    }
}
