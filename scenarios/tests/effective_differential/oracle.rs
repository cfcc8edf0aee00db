//! What the server itself says: its `has_*_privilege` and `pg_has_role`, asked set-wise.

use std::collections::{BTreeMap, BTreeSet};

use tokio_postgres::{Client, SimpleQueryMessage};

/// An object, or a column of one: kind, schema, name, input types, column.
pub(crate) type Thing = [String; 5];

/// Who may do what: by thing, role and whether it takes a SET ROLE.
pub(crate) type Answers = BTreeMap<(Thing, String, &'static str), BTreeSet<String>>;

/// What the server says.
pub(crate) struct Oracle {
    /// Everything it was asked about, and whether the server itself made it.
    pub(crate) things: BTreeMap<Thing, bool>,
    pub(crate) answers: Answers,
    /// Role, role, and what the first is to the second: MEMBER, USAGE, SET, ADMIN.
    pub(crate) memberships: BTreeSet<(String, String, String)>,
}

/// A kind of thing, the things of that kind (oid, column number, schema, name, input types, column, made by
/// the server),
/// and how to ask about one.
struct Asked {
    kind: &'static str,
    things: &'static str,
    privileges: &'static [&'static str],
    since: u32,
    question: &'static str,
}

/// Of the hundreds that initdb makes, a few of each kind.
const RELATIONS: &str = "SELECT c.oid, 0, n.nspname, c.relname, '', '', c.oid < 16384
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relpersistence <> 't'
      AND (c.oid >= 16384 OR c.relname IN ('pg_class', 'pg_authid', 'pg_statistic', 'pg_settings', 'pg_shadow',
                                           'sql_features', 'tables'))";

const COLUMNS: &str = "SELECT c.oid, a.attnum, n.nspname, c.relname, '', a.attname, c.oid < 16384
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relpersistence <> 't' AND a.attnum > 0 AND NOT a.attisdropped
      AND (c.oid >= 16384 OR a.attacl IS NOT NULL)";

const ASKED: [Asked; 14] = [
    Asked {
        kind: "relation",
        things: RELATIONS,
        privileges: &["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"],
        since: 14,
        question: "has_table_privilege(r.oid, t.oid, p)",
    },
    Asked {
        kind: "relation",
        things: RELATIONS,
        privileges: &["MAINTAIN"],
        since: 17,
        question: "has_table_privilege(r.oid, t.oid, p)",
    },
    Asked {
        kind: "any column",
        things: "SELECT c.oid, 0, n.nspname, c.relname, '', '', c.oid < 16384
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relpersistence <> 't' AND c.oid >= 16384",
        privileges: &["SELECT", "INSERT", "UPDATE", "REFERENCES"],
        since: 14,
        question: "has_any_column_privilege(r.oid, t.oid, p)",
    },
    Asked {
        kind: "column",
        things: COLUMNS,
        privileges: &["SELECT", "INSERT", "UPDATE", "REFERENCES"],
        since: 14,
        question: "has_column_privilege(r.oid, t.oid, t.number, p)",
    },
    Asked {
        kind: "sequence",
        things: "SELECT c.oid, 0, n.nspname, c.relname, '', '', c.oid < 16384
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'S'",
        privileges: &["SELECT", "USAGE", "UPDATE"],
        since: 14,
        question: "has_sequence_privilege(r.oid, t.oid, p)",
    },
    Asked {
        kind: "schema",
        things: "SELECT oid, 0, '', nspname, '', '', oid < 16384 FROM pg_namespace WHERE nspname !~ '^pg_(toast_)?temp_'",
        privileges: &["USAGE", "CREATE"],
        since: 14,
        question: "has_schema_privilege(r.oid, t.oid, p)",
    },
    Asked {
        kind: "database",
        things: "SELECT oid, 0, '', datname, '', '', oid < 16384 FROM pg_database",
        privileges: &["CREATE", "CONNECT", "TEMPORARY"],
        since: 14,
        question: "has_database_privilege(r.oid, t.oid, p)",
    },
    Asked {
        kind: "routine",
        // The constructors of a range type are as much the server's own as what initdb made.
        things: "SELECT p.oid, 0, n.nspname, p.proname, pg_catalog.oidvectortypes(p.proargtypes), '',
                p.oid < 16384 OR p.proowner = 10 AND p.proacl IS NULL AND EXISTS (
                    SELECT FROM pg_depend d WHERE d.classid = 1255 AND d.objid = p.oid
                        AND d.refclassid = 1247 AND d.deptype = 'i')
            FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE p.oid >= 16384 OR p.proacl IS NOT NULL",
        privileges: &["EXECUTE"],
        since: 14,
        question: "has_function_privilege(r.oid, t.oid, p)",
    },
    // Arrays, row types of relations and multiranges follow what they were made for.
    Asked {
        kind: "type",
        things: "SELECT t.oid, 0, n.nspname, t.typname, '', '', t.oid < 16384
            FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_class c ON c.oid = t.typrelid
            WHERE t.typelem = 0 AND t.typtype <> 'm' AND (c.oid IS NULL OR c.relkind = 'c')
              AND (t.oid >= 16384 OR t.typacl IS NOT NULL)",
        privileges: &["USAGE"],
        since: 14,
        question: "has_type_privilege(r.oid, t.oid, p)",
    },
    Asked {
        kind: "language",
        things: "SELECT oid, 0, '', lanname, '', '', oid < 16384 FROM pg_language",
        privileges: &["USAGE"],
        since: 14,
        question: "has_language_privilege(r.oid, t.oid, p)",
    },
    Asked {
        kind: "foreign",
        things: "SELECT oid, 0, '', fdwname, 'wrapper', '', false FROM pg_foreign_data_wrapper",
        privileges: &["USAGE"],
        since: 14,
        question: "has_foreign_data_wrapper_privilege(r.oid, t.oid, p)",
    },
    Asked {
        kind: "foreign",
        things: "SELECT oid, 0, '', srvname, 'server', '', false FROM pg_foreign_server",
        privileges: &["USAGE"],
        since: 14,
        question: "has_server_privilege(r.oid, t.oid, p)",
    },
    Asked {
        kind: "tablespace",
        things: "SELECT oid, 0, '', spcname, '', '', oid < 16384 FROM pg_tablespace",
        privileges: &["CREATE"],
        since: 14,
        question: "has_tablespace_privilege(r.oid, t.oid, p)",
    },
    Asked {
        kind: "large object",
        things: "SELECT oid, 0, '', oid::text, '', '', false FROM pg_largeobject_metadata",
        privileges: &["SELECT", "UPDATE"],
        since: 18,
        question: "has_largeobject_privilege(r.oid, t.oid, p)",
    },
];

/// A parameter nobody was granted has no row: `work_mem` may be one, `port` always is.
const PARAMETERS: Asked = Asked {
    kind: "parameter",
    things: "SELECT oid, 0, '', parname, '', '', false FROM pg_parameter_acl
        UNION SELECT 0, 0, '', 'port', '', '', false UNION SELECT 0, 0, '', 'work_mem', '', '', false
        ORDER BY 1 DESC",
    privileges: &["SET", "ALTER SYSTEM"],
    since: 15,
    question: "has_parameter_privilege(r.oid, t.name, p)",
};

impl Oracle {
    pub(crate) async fn ask(client: &Client, major: u32) -> Self {
        // `pg_has_role` knows SET since 16; before, every member may.
        let set = if major >= 16 { "SET" } else { "MEMBER" };
        client
            .batch_execute(&format!(
                "SET search_path = ''; SET jit = off;
                 CREATE TEMP TABLE who AS SELECT oid, rolname::text AS name FROM pg_roles;
                 CREATE TEMP TABLE becomes AS SELECT a.oid AS role, b.oid AS other
                     FROM pg_temp.who a, pg_temp.who b WHERE pg_has_role(a.oid, b.oid, '{set}');
                 ANALYZE pg_temp.who; ANALYZE pg_temp.becomes"
            ))
            .await
            .expect("the roles are listed");
        let mut oracle =
            Self { things: BTreeMap::new(), answers: BTreeMap::new(), memberships: BTreeSet::new() };
        for asked in ASKED.iter().chain([&PARAMETERS]).filter(|asked| asked.since <= major) {
            oracle.about(client, asked).await;
        }
        let memberships = format!(
            "SELECT a.name, b.name, m FROM pg_temp.who a, pg_temp.who b,
                 unnest(ARRAY['MEMBER', 'USAGE', '{set}', 'USAGE WITH ADMIN OPTION']) m
             WHERE pg_has_role(a.oid, b.oid, m)"
        );
        for row in rows(client, &memberships).await {
            if let [role, other, mode] = row.as_slice() {
                oracle.memberships.insert((role.clone(), other.clone(), mode.clone()));
            }
        }
        oracle
    }

    async fn about(&mut self, client: &Client, asked: &Asked) {
        let privileges: Vec<String> = asked
            .privileges
            .iter()
            .flat_map(|word| [format!("'{word}'"), format!("'{word} WITH GRANT OPTION'")])
            .collect();
        let sql = format!(
            "DROP TABLE IF EXISTS pg_temp.things, pg_temp.held;
             CREATE TEMP TABLE things (oid oid, number smallint, schema text, name text, types text, col text, own bool);
             INSERT INTO pg_temp.things {};
             CREATE TEMP TABLE held AS SELECT t.schema, t.name, t.types, t.col, r.oid AS role, p
                 FROM pg_temp.things t, pg_temp.who r, unnest(ARRAY[{}]) p WHERE {}",
            asked.things,
            privileges.join(", "),
            asked.question
        );
        client.batch_execute(&sql).await.unwrap_or_else(|error| panic!("{}: {error:?}\n{sql}", asked.kind));
        for row in rows(client, "SELECT schema, name, types, col, own FROM pg_temp.things").await {
            if let [schema, name, types, column, own] = row.as_slice() {
                self.things.insert(thing(asked.kind, [schema, name, types, column]), own == "t");
            }
        }
        let held = "SELECT h.schema, h.name, h.types, h.col, r.name, 'now', h.p
                FROM pg_temp.held h JOIN pg_temp.who r ON r.oid = h.role
            UNION SELECT h.schema, h.name, h.types, h.col, r.name, 'after SET ROLE', h.p
                FROM pg_temp.held h JOIN pg_temp.becomes b ON b.other = h.role JOIN pg_temp.who r ON r.oid = b.role";
        for row in rows(client, held).await {
            if let [schema, name, types, column, role, when, privilege] = row.as_slice() {
                let when = if when == "now" { NOW } else { AFTER_SET_ROLE };
                let thing = thing(asked.kind, [schema, name, types, column]);
                self.answers.entry((thing, role.clone(), when)).or_default().insert(privilege.clone());
            }
        }
    }
}

pub(crate) const NOW: &str = "now";
pub(crate) const AFTER_SET_ROLE: &str = "after SET ROLE";

fn thing(kind: &str, [schema, name, types, column]: [&String; 4]) -> Thing {
    [kind.to_owned(), schema.clone(), name.clone(), types.clone(), column.clone()]
}

async fn rows(client: &Client, sql: &str) -> Vec<Vec<String>> {
    let messages = client.simple_query(sql).await.unwrap_or_else(|error| panic!("{error:?}\n{sql}"));
    messages
        .iter()
        .filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => {
                Some((0..row.len()).map(|at| row.get(at).unwrap_or_default().to_owned()).collect())
            }
            _ => None,
        })
        .collect()
}
