//! The extensions whose C code counts as reading.
//!
//! That a function is labelled stable or immutable says what its author promised the planner, and nothing of what else it does: tablefunc's
//! `crosstab` is stable and runs any SQL text, xml2's `xpath_table` as well. So only of these extensions functions in C that are
//! not volatile count as harmless. They hold types, operators, calculations and counts, by their documentation: none runs text as SQL, reads files that a
//! caller names, reaches the network, or changes settings, rows or locks. Of all others the contract names the functions that may be called.

/// Their names, in order: those of PostgreSQL's contrib that hold types, operators, calculations and counts, and pgvector.
pub const REVIEWED: &[&str] = &[
    "bloom",
    "btree_gin",
    "btree_gist",
    "citext",
    "cube",
    "dict_int",
    "dict_xsyn",
    "earthdistance",
    "fuzzystrmatch",
    "hstore",
    "intarray",
    "isn",
    "ltree",
    "pg_stat_statements",
    "pg_trgm",
    "pgcrypto",
    "seg",
    "sslinfo",
    "tsm_system_rows",
    "tsm_system_time",
    "unaccent",
    "uuid-ossp",
    "vector",
];

/// Of these extensions, the volatile functions in C that only answer: with something random, with a time, with what was counted. Each as
/// `extension.function`.
pub const REVIEWED_VOLATILE: &[&str] = &[
    "pg_stat_statements.pg_stat_statements",
    "pg_stat_statements.pg_stat_statements_info",
    "pgcrypto.gen_random_bytes",
    "pgcrypto.gen_random_uuid",
    "pgcrypto.gen_salt",
    "pgcrypto.pgp_pub_encrypt",
    "pgcrypto.pgp_pub_encrypt_bytea",
    "pgcrypto.pgp_sym_encrypt",
    "pgcrypto.pgp_sym_encrypt_bytea",
    "uuid-ossp.uuid_generate_v1",
    "uuid-ossp.uuid_generate_v1mc",
    "uuid-ossp.uuid_generate_v4",
];

#[cfg(test)]
mod tests {
    use super::{REVIEWED, REVIEWED_VOLATILE};

    #[test]
    fn what_is_volatile_belongs_to_a_reviewed_extension() {
        assert!(REVIEWED_VOLATILE.is_sorted());
        for name in REVIEWED_VOLATILE {
            assert!(
                name.split_once('.').is_some_and(|(extension, _)| REVIEWED.contains(&extension)),
                "{name}"
            );
        }
    }

    #[test]
    fn extensions_that_run_text_or_reach_out_are_not_among_them() {
        assert!(REVIEWED.is_sorted());
        for name in ["tablefunc", "xml2", "dblink", "postgres_fdw", "file_fdw", "adminpack", "plpgsql"] {
            assert!(!REVIEWED.contains(&name), "{name}");
        }
    }
}
