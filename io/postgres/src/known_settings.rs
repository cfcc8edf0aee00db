//! Which settings the server does not know.

use std::collections::BTreeSet;

use tokio_postgres::Client;

use pgward_catalog::name::quote_literal;

/// Those of the names that no setting of the server has. One with a dot may be anybody's, and is known.
pub async fn settings_unknown(client: &Client, names: &BTreeSet<String>) -> BTreeSet<String> {
    let mut unknown = BTreeSet::new();
    for name in names.iter().filter(|name| !name.contains('.')) {
        let text = format!("SELECT pg_catalog.current_setting({}, true) IS NULL", quote_literal(name));
        // One that may not be looked at is there.
        if let Ok(answer) = client.simple_query(&text).await
            && answer.iter().any(|message| {
                matches!(message, tokio_postgres::SimpleQueryMessage::Row(row) if row.get(0) == Some("t"))
            })
        {
            unknown.insert(name.clone());
        }
    }
    unknown
}
