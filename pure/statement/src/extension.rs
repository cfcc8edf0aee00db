//! The extensions whose C code counts as reading.
//!
//! That a function is labelled stable or immutable says what its author promised the planner, and nothing of what else it does: tablefunc's
//! `crosstab` is stable and runs any SQL text, xml2's `xpath_table` as well. So only of these extensions functions in C that are
//! not volatile count as harmless. They hold types, operators and calculations, by their documentation: none runs text as SQL, reads files that a
//! caller names, reaches the network, or changes settings, rows or locks. Of all others the contract names the functions that may be called.

/// Their names, in order: those of PostgreSQL's contrib that hold types, operators and calculations, and pgvector.
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

#[cfg(test)]
mod tests {
    use super::REVIEWED;

    #[test]
    fn extensions_that_run_text_or_reach_out_are_not_among_them() {
        assert!(REVIEWED.is_sorted());
        for name in ["tablefunc", "xml2", "dblink", "postgres_fdw", "file_fdw", "adminpack", "plpgsql"] {
            assert!(!REVIEWED.contains(&name), "{name}");
        }
    }
}
