//! Settings that guard data, code or the record of what is done, and what sessions do once one of them is lowered.
//!
//! Chosen from all settings of PostgreSQL 14 to 18 that only superusers may change (`context` superuser and superuser-backend in
//! pg_settings), and from those of everybody that open a way in; the rest of them cost time or space at most.

/// What becomes of sessions for which `name` has a value that lowers the guard.
pub(super) struct Guard {
    /// The setting.
    pub(super) name: &'static str,
    /// Which values lower it.
    pub(super) lowered: Lowered,
    /// What sessions do then, as a sentence about them goes on.
    pub(super) does: &'static str,
    /// What to do about it.
    pub(super) hint: &'static str,
}

/// Which values of a setting lower a guard.
pub(super) enum Lowered {
    /// On.
    On,
    /// Off.
    Off,
    /// One of these, in lower case.
    To(&'static [&'static str]),
    /// All but these, in lower case.
    From(&'static [&'static str]),
    /// One that stands before the value until now in this list; the first one, where that is not known.
    Below(&'static [&'static str]),
}

impl Lowered {
    /// Whether going from one value to the other lowers the guard.
    pub(super) fn by(&self, before: Option<&str>, after: &str) -> bool {
        let after = after.trim().to_ascii_lowercase();
        match self {
            Lowered::On => is_on(&after),
            Lowered::Off => !is_on(&after),
            Lowered::To(values) => values.contains(&after.as_str()),
            Lowered::From(values) => !values.contains(&after.as_str()),
            Lowered::Below(order) => {
                let place = |value: &str| order.iter().position(|known| *known == value.to_ascii_lowercase());
                match (before.and_then(place), place(&after)) {
                    (Some(before), Some(after)) => after < before,
                    (None, after) => after == Some(0),
                    (Some(_), None) => false,
                }
            }
        }
    }
}

/// As `parse_bool` reads it: any beginning of the words that is not ambiguous.
pub(super) fn is_on(value: &str) -> bool {
    let value = value.to_ascii_lowercase();
    value == "1"
        || value == "on"
        || ["true", "yes"].iter().any(|word| !value.is_empty() && word.starts_with(value.as_str()))
}

const MEANT: &str = "make sure that this much power is meant";
const REPAIR: &str =
    "it is for repairing a broken cluster by hand, in one session; take it out of the contract";
const RECORDED: &str = "make sure that nobody counts on the record";

/// All of them.
pub(super) const GUARDS: &[Guard] = &[
    Guard {
        name: "session_replication_role",
        lowered: Lowered::From(&["origin"]),
        does: "fire no triggers and check no foreign keys",
        hint: MEANT,
    },
    Guard {
        name: "session_authorization",
        lowered: Lowered::From(&["", "default"]),
        does: "act as another role from their start",
        hint: MEANT,
    },
    Guard {
        name: "lo_compat_privileges",
        lowered: Lowered::On,
        does: "read and write every large object, whoever owns it",
        hint: MEANT,
    },
    Guard {
        name: "allow_system_table_mods",
        lowered: Lowered::On,
        does: "may alter the system catalogs themselves",
        hint: REPAIR,
    },
    Guard {
        name: "allow_in_place_tablespaces",
        lowered: Lowered::On,
        does: "may put tablespaces into the data directory",
        hint: REPAIR,
    },
    Guard {
        name: "zero_damaged_pages",
        lowered: Lowered::On,
        does: "lose the rows of damaged pages for good instead of being told of the damage",
        hint: REPAIR,
    },
    Guard {
        name: "ignore_checksum_failure",
        lowered: Lowered::On,
        does: "read and write back pages whose checksum is wrong",
        hint: REPAIR,
    },
    Guard {
        name: "ignore_system_indexes",
        lowered: Lowered::On,
        does: "look the catalogs up without their indexes, which takes the server's time",
        hint: REPAIR,
    },
    Guard {
        name: "dynamic_library_path",
        lowered: Lowered::From(&["$libdir"]),
        does: "load libraries, which run as the server's account, from other places",
        hint: "make sure that nobody but the server's administrators can write there",
    },
    Guard {
        name: "extension_control_path",
        lowered: Lowered::From(&["$system"]),
        does: "make extensions, scripts that run as a superuser among them, from other places",
        hint: "make sure that nobody but the server's administrators can write there",
    },
    Guard {
        name: "session_preload_libraries",
        lowered: Lowered::From(&["", "\"\""]),
        does: "load libraries at their start, which run as the server's account",
        hint: "make sure that these libraries are meant",
    },
    Guard {
        name: "local_preload_libraries",
        lowered: Lowered::From(&["", "\"\""]),
        does: "load libraries at their start, which run as the server's account",
        hint: "make sure that these libraries are meant",
    },
    Guard {
        name: "event_triggers",
        lowered: Lowered::Off,
        does: "fire no event triggers, those that watch and refuse commands among them",
        hint: MEANT,
    },
    Guard {
        name: "createrole_self_grant",
        lowered: Lowered::From(&[""]),
        does: "are given each role that they make",
        hint: MEANT,
    },
    Guard {
        name: "standard_conforming_strings",
        lowered: Lowered::Off,
        does: "take backslashes in strings for escapes, by which input that was quoted otherwise becomes SQL",
        hint: "make sure that every client quotes for it",
    },
    Guard {
        name: "backslash_quote",
        lowered: Lowered::From(&["off", "false", "no", "0", "safe_encoding"]),
        does: "take \\' for a quote in every encoding, by which input that was quoted otherwise becomes SQL",
        hint: "make sure that every client quotes for it",
    },
    Guard {
        name: "password_encryption",
        lowered: Lowered::To(&["md5"]),
        does: "keep the passwords that they set as MD5, which whoever reads it can log in with",
        hint: "leave it at scram-sha-256",
    },
    Guard {
        name: "jit_dump_bitcode",
        lowered: Lowered::On,
        does: "write files into the data directory with every statement that is compiled",
        hint: REPAIR,
    },
    Guard {
        name: "log_statement",
        lowered: Lowered::Below(&["none", "ddl", "mod", "all"]),
        does: "have fewer of their statements written to the log",
        hint: RECORDED,
    },
    Guard {
        name: "log_min_error_statement",
        lowered: Lowered::To(&["fatal", "panic"]),
        does: "have the statements that fail left out of the log",
        hint: RECORDED,
    },
    Guard {
        name: "log_min_messages",
        lowered: Lowered::To(&["fatal", "panic"]),
        does: "have their errors left out of the log, refused privileges among them",
        hint: RECORDED,
    },
    Guard {
        name: "log_connections",
        lowered: Lowered::To(&["off", "false", "no", "0", ""]),
        does: "begin without a line in the log",
        hint: RECORDED,
    },
    Guard {
        name: "log_disconnections",
        lowered: Lowered::Off,
        does: "end without a line in the log",
        hint: RECORDED,
    },
    Guard {
        name: "log_replication_commands",
        lowered: Lowered::Off,
        does: "replicate without a line in the log",
        hint: RECORDED,
    },
    Guard {
        name: "track_activities",
        lowered: Lowered::Off,
        does: "do not show in pg_stat_activity what they run",
        hint: RECORDED,
    },
    Guard {
        name: "pgaudit.log",
        lowered: Lowered::To(&["none", ""]),
        does: "are not audited by pgaudit",
        hint: RECORDED,
    },
];

/// Those that a server guards nothing by before somebody has set them: taken out for a role or a database, it is for the server's
/// own configuration to say.
pub(super) const SET_BY_SOMEBODY: [&str; 5] =
    ["log_statement", "log_connections", "log_disconnections", "log_replication_commands", "pgaudit.log"];

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    /// Each with values that lower it and values that do not.
    const CASES: &[(&str, &[&str], &[&str])] = &[
        ("session_replication_role", &["replica", "LOCAL"], &["origin", "ORIGIN"]),
        ("session_authorization", &["kg"], &["default"]),
        ("lo_compat_privileges", &["on", "1", "tr"], &["off", "0"]),
        ("allow_system_table_mods", &["on"], &["off"]),
        ("allow_in_place_tablespaces", &["on"], &["off"]),
        ("zero_damaged_pages", &["on", "yes"], &["off", "no"]),
        ("ignore_checksum_failure", &["on"], &["off"]),
        ("ignore_system_indexes", &["on"], &["off"]),
        ("dynamic_library_path", &["/tmp", "/tmp:$libdir"], &["$libdir"]),
        ("extension_control_path", &["/tmp", "$system:/tmp"], &["$system"]),
        ("session_preload_libraries", &["auto_explain"], &["", "\"\""]),
        ("local_preload_libraries", &["mine"], &[""]),
        ("event_triggers", &["off"], &["on"]),
        ("createrole_self_grant", &["set", "set, inherit"], &[""]),
        ("standard_conforming_strings", &["off"], &["on"]),
        ("backslash_quote", &["on"], &["off", "safe_encoding"]),
        ("password_encryption", &["md5"], &["scram-sha-256"]),
        ("jit_dump_bitcode", &["on"], &["off"]),
        ("log_statement", &["none", "NONE"], &["ddl", "mod", "all"]),
        ("log_min_error_statement", &["panic", "FATAL"], &["error", "log"]),
        ("log_min_messages", &["panic", "fatal"], &["warning", "error"]),
        ("log_connections", &["off", ""], &["on", "all", "receipt"]),
        ("log_disconnections", &["off"], &["on"]),
        ("log_replication_commands", &["off"], &["on"]),
        ("track_activities", &["off"], &["on"]),
        ("pgaudit.log", &["none", ""], &["all", "ddl, role"]),
    ];

    #[test]
    fn each_is_lowered_by_what_lowers_it_and_by_nothing_else() {
        let named: Vec<&str> = CASES.iter().map(|(name, ..)| *name).collect();
        let guards: Vec<&str> = GUARDS.iter().map(|guard| guard.name).collect();
        assert_eq!(named, guards, "every guard has its cases");
        for (guard, (name, lower, keep)) in GUARDS.iter().zip(CASES) {
            for value in *lower {
                assert!(guard.lowered.by(None, value), "{name} = {value:?}");
            }
            for value in *keep {
                assert!(!guard.lowered.by(None, value), "{name} = {value:?}");
            }
        }
    }

    #[test]
    fn what_is_logged_less_than_until_now_is_lowered() {
        let statements = GUARDS.iter().find(|guard| guard.name == "log_statement").unwrap();
        for (before, after, lowered) in
            [("all", "mod", true), ("all", "ddl", true), ("ddl", "mod", false), ("ddl", "ddl", false)]
        {
            assert_eq!(statements.lowered.by(Some(before), after), lowered, "{before} -> {after}");
        }
    }
}
