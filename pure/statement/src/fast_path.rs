//! Functions that are called by their OID, without a statement: what libpq and drivers made like it do with large objects.

/// The statement that does the same as a call of the function with this OID, where it is known: what may be said of the one may be said of
/// the other. PostgreSQL's own functions keep their OIDs.
#[must_use]
pub fn statement_of(function: u32) -> Option<&'static str> {
    let place = FUNCTIONS.binary_search_by_key(&function, |(oid, _)| *oid).ok()?;
    FUNCTIONS.get(place).map(|(_, statement)| *statement)
}

/// The functions that are called so, by OID.
pub const FUNCTIONS: &[(u32, &str)] = &[
    (715, "SELECT pg_catalog.lo_create($1)"),
    (952, "SELECT pg_catalog.lo_open($1, $2)"),
    (953, "SELECT pg_catalog.lo_close($1)"),
    (954, "SELECT pg_catalog.loread($1, $2)"),
    (955, "SELECT pg_catalog.lowrite($1, $2)"),
    (956, "SELECT pg_catalog.lo_lseek($1, $2, $3)"),
    (957, "SELECT pg_catalog.lo_creat($1)"),
    (958, "SELECT pg_catalog.lo_tell($1)"),
    (964, "SELECT pg_catalog.lo_unlink($1)"),
    (1004, "SELECT pg_catalog.lo_truncate($1, $2)"),
    (3170, "SELECT pg_catalog.lo_lseek64($1, $2, $3)"),
    (3171, "SELECT pg_catalog.lo_tell64($1)"),
    (3172, "SELECT pg_catalog.lo_truncate64($1, $2)"),
];

#[cfg(test)]
mod tests {
    use super::{FUNCTIONS, statement_of};

    #[test]
    fn functions_are_found_by_their_oids_and_no_others() {
        assert!(FUNCTIONS.is_sorted());
        for (oid, statement) in FUNCTIONS {
            assert_eq!(statement_of(*oid), Some(*statement));
        }
        assert_eq!(statement_of(0), None);
        assert_eq!(statement_of(16384), None);
    }
}
