//! Statements on sequences. `nextval` cannot be rolled back, so it is only ever called where it cannot run:
//! in a read-only transaction the server refuses it right after it has given permission.

use pgward_catalog::name::quote_literal;
use pgward_catalog::object::ObjectKey;
use pgward_catalog::privilege::Privilege;

use crate::case::{Manner, Statement};
use crate::statement::sqlstate::{READ_ONLY, UNDEFINED_TABLE};

/// The statement that uses a privilege on a sequence. USAGE is tried by `nextval`, which UPDATE permits as well.
pub(crate) fn using(privilege: Privilege, key: &ObjectKey) -> Option<Statement> {
    let name = quote_literal(&key.quoted());
    let sql = match privilege {
        Privilege::Select => {
            return Some(Statement::run(format!("SELECT FROM ONLY {} WHERE false", key.quoted())));
        }
        Privilege::Usage => format!("SELECT pg_catalog.nextval({name}::pg_catalog.regclass)"),
        Privilege::Update => format!("SELECT pg_catalog.setval({name}::pg_catalog.regclass, 1)"),
        _ => return None,
    };
    Some(Statement { sql, passes: &[READ_ONLY], manner: Manner::ReadOnly })
}

/// The statement that alters a sequence, which its owner alone may.
pub(crate) fn altering(key: &ObjectKey) -> Statement {
    let sql = format!("ALTER SEQUENCE {} OWNED BY pg_catalog.pgward_absent.pgward_absent", key.quoted());
    Statement::stopped(sql, &[UNDEFINED_TABLE])
}
