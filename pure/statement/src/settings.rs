//! Which settings a session may change at which tier.

use crate::class::Class;
use crate::view::Resets;

/// What changing a setting is.
///
/// `name` in any case; `value` as it is written, or `None` where it is `DEFAULT` or a reset. The desk asks the same of
/// the `options` and parameters of a startup message.
#[must_use]
pub fn class_of(name: &str, value: Option<&str>, resets: Resets) -> Class {
    let name = name.to_ascii_lowercase();
    match name.as_str() {
        "all" => match resets {
            Resets::BackToPins => Class::SessionReset,
            Resets::LosePins => Class::OtherSetting,
        },
        // The desk ends a session that has become somebody else's: it would no longer know who does what.
        "session_authorization" if value.is_some() => Class::OutOfSight,
        "role" | "session_authorization" => Class::BecomeRole,
        // Staying in, or going into, the read-only mode is harmless; leaving it, or a value that is not written
        // down, is not.
        "transaction_read_only" | "default_transaction_read_only" => match value {
            Some(value) if is_true(value) => Class::Transaction,
            _ => Class::ReadWriteMode,
        },
        // Other encodings have bytes of letters where ASCII has a backslash: the server would read other SQL than
        // was judged.
        "client_encoding" | "names" => match value {
            Some(value) if is_read_alike(value) => Class::HarmlessSetting,
            None => back(resets),
            Some(_) => Class::OutOfSight,
        },
        // With these off, the server would read string constants otherwise than they were judged.
        "standard_conforming_strings" => match value {
            Some(value) if is_true(value) => Class::HarmlessSetting,
            None => back(resets),
            Some(_) => Class::OutOfSight,
        },
        name if HARMLESS.binary_search(&name).is_ok() => Class::HarmlessSetting,
        _ => Class::OtherSetting,
    }
}

/// The time that a value of a timeout means, in milliseconds and rounded up: a whole number and at most one of PostgreSQL's units, and not 0,
/// which is no limit. None for what is spelled otherwise.
#[must_use]
pub fn milliseconds(value: &str) -> Option<u64> {
    let value = value.trim_matches(' ');
    let end = value.find(|c: char| !c.is_ascii_digit()).unwrap_or(value.len());
    let (digits, unit) = value.split_at_checked(end)?;
    let number: u64 = digits.parse().ok().filter(|number| *number > 0)?;
    match unit.trim_start_matches(' ') {
        "" | "ms" => Some(number),
        "us" => Some(number.div_ceil(1_000)),
        "s" => number.checked_mul(1_000),
        "min" => number.checked_mul(60_000),
        "h" => number.checked_mul(3_600_000),
        "d" => number.checked_mul(86_400_000),
        _ => None,
    }
}

/// What a reset is of a setting whose first value the desk has looked at, when the session began.
fn back(resets: Resets) -> Class {
    match resets {
        Resets::BackToPins => Class::HarmlessSetting,
        Resets::LosePins => Class::OtherSetting,
    }
}

/// The settings that every tier may change to any value, in order.
#[must_use]
pub const fn harmless() -> &'static [&'static str] {
    HARMLESS
}

/// As the server reads a boolean: a prefix of the word that is not a prefix of another.
pub(crate) fn is_true(value: &str) -> bool {
    let value = value.to_ascii_lowercase();
    !value.is_empty() && ("true".starts_with(&value) || "yes".starts_with(&value))
        || matches!(value.as_str(), "on" | "1")
}

/// Whether every byte below 128 is ASCII in this encoding. The server looks at the letters and digits of its name and at nothing
/// else (`clean_encoding_name`): a driver that puts quotes around it means the same.
fn is_read_alike(encoding: &str) -> bool {
    let cleaned: String =
        encoding.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
    READ_ALIKE.contains(&cleaned.as_str())
        || READ_ALIKE_FAMILIES.iter().any(|family| cleaned.strip_prefix(family).is_some_and(is_a_number))
}

fn is_a_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Limits of time that a session may set for itself, within those of its lease.
pub const TIMEOUTS: [&str; 5] = [
    "statement_timeout",
    "lock_timeout",
    "idle_in_transaction_session_timeout",
    "idle_session_timeout",
    "transaction_timeout",
];

/// Encodings in which every byte below 128 is ASCII, as their names are when they are cleaned.
const READ_ALIKE: &[&str] =
    &["utf8", "unicode", "sqlascii", "koi8", "koi8r", "koi8u", "win", "win866", "win874", "alt", "abc"];

/// Families of them, each with a number behind it.
const READ_ALIKE_FAMILIES: &[&str] = &["latin", "iso8859", "win125", "windows125"];

/// How answers look, and how a plan is chosen; sorted.
const HARMLESS: &[&str] = &[
    "application_name",
    "array_nulls",
    "bytea_output",
    "client_min_messages",
    "constraint_exclusion",
    "cpu_index_tuple_cost",
    "cpu_operator_cost",
    "cpu_tuple_cost",
    "cursor_tuple_fraction",
    "datestyle",
    "debug_parallel_query",
    "default_text_search_config",
    "default_transaction_deferrable",
    "default_transaction_isolation",
    "effective_cache_size",
    "enable_async_append",
    "enable_bitmapscan",
    "enable_distinct_reordering",
    "enable_gathermerge",
    "enable_group_by_reordering",
    "enable_hashagg",
    "enable_hashjoin",
    "enable_incremental_sort",
    "enable_indexonlyscan",
    "enable_indexscan",
    "enable_material",
    "enable_memoize",
    "enable_mergejoin",
    "enable_nestloop",
    "enable_parallel_append",
    "enable_parallel_hash",
    "enable_partition_pruning",
    "enable_partitionwise_aggregate",
    "enable_partitionwise_join",
    "enable_presorted_aggregate",
    "enable_self_join_elimination",
    "enable_seqscan",
    "enable_sort",
    "enable_tidscan",
    "escape_string_warning",
    "extra_float_digits",
    "force_parallel_mode",
    "from_collapse_limit",
    "geqo",
    "geqo_effort",
    "geqo_generations",
    "geqo_pool_size",
    "geqo_seed",
    "geqo_selection_bias",
    "geqo_threshold",
    "gin_fuzzy_search_limit",
    "hnsw.ef_search",
    "intervalstyle",
    "ivfflat.probes",
    "jit",
    "jit_above_cost",
    "jit_inline_above_cost",
    "jit_optimize_above_cost",
    "join_collapse_limit",
    "lc_monetary",
    "lc_numeric",
    "lc_time",
    "max_parallel_workers",
    "max_parallel_workers_per_gather",
    "min_parallel_index_scan_size",
    "min_parallel_table_scan_size",
    "parallel_leader_participation",
    "parallel_setup_cost",
    "parallel_tuple_cost",
    "pg_trgm.similarity_threshold",
    "pg_trgm.strict_word_similarity_threshold",
    "pg_trgm.word_similarity_threshold",
    "plan_cache_mode",
    "quote_all_identifiers",
    "random_page_cost",
    "recursive_worktable_factor",
    "seed",
    "seq_page_cost",
    "stats_fetch_consistency",
    "synchronize_seqscans",
    "timezone",
    "transaction_deferrable",
    "transaction_isolation",
    "transform_null_equals",
    "xmlbinary",
    "xmloption",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_the_server_reads_them_or_not_at_all() {
        let read: Vec<_> = ["5000", "5s", " 2 min ", "1h", "1d", "1500us", "1"].map(milliseconds).to_vec();
        let told = [5_000, 5_000, 120_000, 3_600_000, 86_400_000, 2, 1].map(Some);
        assert_eq!(read, told);
        for value in
            ["0", "0s", "-1", "1.5s", "1e3", "0x10", "", "s", "1 S", "1m", "99999999999999999999", "é"]
        {
            assert_eq!(milliseconds(value), None, "{value}");
        }
    }

    #[test]
    fn the_list_is_in_order_so_that_it_can_be_searched() {
        assert!(HARMLESS.is_sorted());
    }

    #[test]
    fn a_setting_that_is_not_listed_is_for_admins() {
        for name in
            ["search_path", "statement_timeout", "row_security", "session_replication_role", "app.tenant"]
        {
            assert_eq!(class_of(name, Some("x"), Resets::BackToPins), Class::OtherSetting, "{name}");
        }
        assert_eq!(class_of("TimeZone", Some("UTC"), Resets::LosePins), Class::HarmlessSetting);
    }

    #[test]
    fn the_session_cannot_make_the_server_read_other_text_than_was_judged() {
        assert_eq!(class_of("client_encoding", Some("GBK"), Resets::LosePins), Class::OutOfSight);
        for alike in ["UTF8", "'utf-8'", "\"UTF8\"", "latin9", "ISO_8859-5", "WIN1252", "koi8-r"] {
            assert_eq!(
                class_of("client_encoding", Some(alike), Resets::LosePins),
                Class::HarmlessSetting,
                "{alike}"
            );
        }
        for name in ["client_encoding", "standard_conforming_strings"] {
            assert_eq!(class_of(name, None, Resets::BackToPins), Class::HarmlessSetting, "{name}");
            assert_eq!(class_of(name, None, Resets::LosePins), Class::OtherSetting, "{name}");
        }
        for other in ["SJIS", "'SJIS'", "BIG5", "latin", "win125", "utf8 gbk", "", "gb18030"] {
            assert_eq!(
                class_of("client_encoding", Some(other), Resets::LosePins),
                Class::OutOfSight,
                "{other}"
            );
        }
        assert_eq!(class_of("standard_conforming_strings", Some("off"), Resets::LosePins), Class::OutOfSight);
        assert_eq!(
            class_of("standard_conforming_strings", Some("on"), Resets::LosePins),
            Class::HarmlessSetting
        );
    }

    #[test]
    fn leaving_the_read_only_mode_is_a_write() {
        for value in [Some("off"), Some("0"), Some("f"), Some("o"), Some(""), None] {
            assert_eq!(
                class_of("transaction_read_only", value, Resets::LosePins),
                Class::ReadWriteMode,
                "{value:?}"
            );
        }
        for value in ["on", "true", "T", "yes", "1"] {
            assert_eq!(class_of("transaction_read_only", Some(value), Resets::LosePins), Class::Transaction);
        }
    }
}
