//! What speaks against functions that the contract names harmless: it takes its author's word, and the server knows more.

use pgward_contract::pattern::routine::{Arguments, RoutinePattern};
use tokio_postgres::Client;

/// What whoever names these functions should know, each in a sentence.
///
/// # Errors
/// The server did not answer.
pub async fn doubts(client: &Client, named: &[RoutinePattern]) -> Result<Vec<String>, tokio_postgres::Error> {
    let mut doubts: Vec<String> = named
        .iter()
        .filter(|pattern| pattern.arguments != Arguments::Any)
        .map(|pattern| {
            format!("function {pattern} is named with its arguments, and counts for nothing: name it without")
        })
        .collect();
    for row in client.query(FUNCTIONS, &[]).await? {
        let (schema, name): (&str, &str) = (row.try_get(0)?, row.try_get(1)?);
        if !named
            .iter()
            .any(|pattern| pattern.arguments == Arguments::Any && pattern.matches(schema, name, &[]))
        {
            continue;
        }
        let (volatile, definer): (bool, bool) = (row.try_get(2)?, row.try_get(3)?);
        let replaced_by: Option<&str> = row.try_get(4)?;
        let found = [
            volatile.then(|| "it is VOLATILE: the server lets it write".to_owned()),
            definer.then(|| {
                "it is SECURITY DEFINER: it runs with its owner's rights, not the borrower's".to_owned()
            }),
            replaced_by.map(|role| format!("role \"{role}\" can log in and replace it with anything")),
        ];
        let found: Vec<String> = found.into_iter().flatten().collect();
        if !found.is_empty() {
            doubts.push(format!("function {schema}.{name} is named harmless, and {}", found.join("; ")));
        }
    }
    Ok(doubts)
}

/// All functions that are not PostgreSQL's own, with a login that is their owner or has the owner's rights.
const FUNCTIONS: &str = "
SELECT n.nspname::text, p.proname::text, p.provolatile = 'v', p.prosecdef,
    (SELECT pg_catalog.min(m.rolname::text) FROM pg_catalog.pg_roles m
        WHERE m.rolcanlogin AND NOT m.rolsuper AND pg_catalog.pg_has_role(m.oid, p.proowner, 'USAGE'))
FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
WHERE p.oid >= 16384 AND p.prokind IN ('f', 'w') ORDER BY 1, 2, p.oid";
