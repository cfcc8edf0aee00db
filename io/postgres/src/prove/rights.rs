//! Who has whose rights: whether running somebody's code as a role gives the code more than its owner has anyway.

use std::collections::{BTreeMap, BTreeSet};

use pgward_catalog::name::{RoleName, quote_literal};
use tokio_postgres::{Client, SimpleQueryMessage};

use crate::prove::failure::ProveError;

/// The roles whose rights each of some roles has: itself, and those it inherits from or may become.
#[derive(Default)]
pub(crate) struct Rights(BTreeMap<RoleName, BTreeSet<RoleName>>);

impl Rights {
    /// Reads them for these roles.
    pub(crate) async fn read(client: &Client, of: BTreeSet<&RoleName>) -> Result<Self, ProveError> {
        let mut found = Self::default();
        if of.is_empty() {
            return Ok(found);
        }
        let names: Vec<String> = of.into_iter().map(|role| quote_literal(role.as_str())).collect();
        let sql = query(&names.join(", "));
        let answer = client
            .simple_query(&sql)
            .await
            .map_err(|source| ProveError::Interrupted { statement: sql.clone(), source })?;
        for message in answer {
            let SimpleQueryMessage::Row(row) = message else { continue };
            let [Some(owner), Some(role)] = [0, 1].map(|at| row.get(at)) else { continue };
            found.0.entry(RoleName::from(owner)).or_default().insert(RoleName::from(role));
        }
        Ok(found)
    }

    /// Whether the first has all the rights of the second.
    pub(crate) fn has(&self, first: &RoleName, second: &RoleName) -> bool {
        first == second || self.0.get(first).is_some_and(|rights| rights.contains(second))
    }
}

/// Memberships followed as far as they give rights. Since 16 one can be without INHERIT and without SET; what the columns are called is
/// asked of the row, so that older versions, which have none of them, count every membership.
fn query(names: &str) -> String {
    format!(
        "WITH RECURSIVE has (owner, role) AS ( \
           SELECT r.oid, r.oid FROM pg_catalog.pg_roles AS r WHERE r.rolname IN ({names}) \
           UNION \
           SELECT h.owner, m.roleid FROM has AS h JOIN pg_catalog.pg_auth_members AS m ON m.member = h.role \
           WHERE pg_catalog.to_jsonb(m) @> '{{\"inherit_option\": true}}' \
              OR NOT pg_catalog.to_jsonb(m) @> '{{\"set_option\": false}}') \
         SELECT o.rolname, r.rolname FROM has AS h JOIN pg_catalog.pg_roles AS o ON o.oid = h.owner \
         JOIN pg_catalog.pg_roles AS r ON r.oid = h.role"
    )
}
