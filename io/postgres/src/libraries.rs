//! Which libraries the server has: what a preload setting may name.

use std::collections::BTreeSet;

use pgward_catalog::name::quote_literal;
use tokio_postgres::{Client, SimpleQueryMessage};

/// Those of the named libraries whose files the server has in its library folder. A role that may not look there sees
/// none of them.
pub async fn libraries_present(client: &Client, named: &BTreeSet<String>) -> BTreeSet<String> {
    let mut present = BTreeSet::new();
    for library in named {
        // A name with a folder is looked for as it stands; a bare one in $libdir, as `expand_dynamic_library_name` does.
        let place = match library.strip_prefix("$libdir/") {
            Some(bare) => format!("dir.setting || '/' || {}", quote_literal(bare)),
            None if library.contains('/') => quote_literal(library),
            None => format!("dir.setting || '/' || {}", quote_literal(library)),
        };
        let text = format!(
            "SELECT EXISTS (SELECT FROM pg_catalog.pg_config AS dir, LATERAL (VALUES (''), ('.so'), ('.dylib')) AS e(suffix), \
             LATERAL pg_catalog.pg_stat_file({place} || e.suffix, true) AS file \
             WHERE dir.name = 'PKGLIBDIR' AND file.size IS NOT NULL AND NOT file.isdir)"
        );
        // A refusal means that nothing is known; what is not known to be there is treated as not there.
        if let Ok(answer) = client.simple_query(&text).await
            && answer
                .iter()
                .any(|message| matches!(message, SimpleQueryMessage::Row(row) if row.get(0) == Some("t")))
        {
            present.insert(library.clone());
        }
    }
    present
}
