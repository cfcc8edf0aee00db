//! What is read against what the server says: every item of every ACL, as `aclexplode` lists them.

use std::collections::BTreeSet;

use pgward_catalog::acl::{Acl, Grantee};
use pgward_catalog::catalog::Catalog;
use pgward_catalog::object::ObjectKey;

use crate::inspecting::server::{Server, every_major};

/// Class, schema, name, signature or column, grantee, grantor, privilege, grantable.
type Item = [String; 8];

#[tokio::test]
async fn every_item_of_every_acl_is_what_aclexplode_says() {
    for server in every_major().map(Server::with_fixture) {
        let catalog = server.inspect("fixture").await;
        let read: BTreeSet<Item> = items(&catalog);
        let client = server.client("fixture").await;
        client.batch_execute("set search_path = ''").await.unwrap();
        let parameters = if server.major >= 15 { PARAMETERS } else { "" };
        let rows = client.query(&format!("{ORACLE} {parameters}"), &[]).await.unwrap();
        let said: BTreeSet<Item> = rows
            .iter()
            .map(|row| std::array::from_fn(|at| row.get::<_, Option<String>>(at).unwrap_or_default()))
            .collect();
        assert!(said.len() > 400, "{}", said.len());
        let missed: Vec<_> = said.difference(&read).collect();
        let made_up: Vec<_> = read.difference(&said).collect();
        assert!(
            missed.is_empty() && made_up.is_empty(),
            "{}\nmissed {missed:#?}\nmade up {made_up:#?}",
            server.major
        );
    }
}

fn items(catalog: &Catalog) -> BTreeSet<Item> {
    let mut items = BTreeSet::new();
    for (_, key, object) in catalog.objects().filter(|(_, key, _)| key.class.has_acl()) {
        add(&mut items, key, None, &object.acl);
        for (column, acl) in &object.columns {
            add(&mut items, key, Some(column.as_str()), acl);
        }
    }
    items
}

fn add(items: &mut BTreeSet<Item>, key: &ObjectKey, column: Option<&str>, acl: &Acl) {
    for entry in acl.entries() {
        for privilege in entry.privileges.iter() {
            items.insert([
                if key.class.is_table_like() { "table".to_owned() } else { key.class.word() },
                key.schema.as_ref().map(ToString::to_string).unwrap_or_default(),
                key.name.to_string(),
                column.or(key.signature.as_deref()).unwrap_or_default().to_owned(),
                match &entry.grantee {
                    Grantee::Public => "-".to_owned(),
                    Grantee::Role(role) => role.to_string(),
                },
                entry.grantor.to_string(),
                privilege.keyword().to_owned(),
                entry.grantable.contains(privilege).to_string(),
            ]);
        }
    }
}

const ORACLE: &str = r#"
with lists (class, schema, name, detail, acl) as (
  select case relkind when 'S' then 'sequence' else 'table' end, nspname, relname, null::text,
         coalesce(relacl, acldefault(case relkind when 'S' then 's' else 'r' end::"char", relowner))
    from pg_class c join pg_namespace n on n.oid = relnamespace
    where relkind in ('r', 'p', 'v', 'm', 'f', 'S') and relpersistence <> 't' and nspname <> 'pg_toast'
      and (c.oid >= 16384 or relacl is not null)
  union all
  select 'table', nspname, relname, attname::text, attacl
    from pg_attribute join pg_class c on c.oid = attrelid join pg_namespace n on n.oid = relnamespace
    where attacl is not null
  union all
  select case prokind when 'p' then 'procedure' when 'a' then 'aggregate' else 'function' end, nspname, proname,
         oidvectortypes(proargtypes), coalesce(proacl, acldefault('f', proowner))
    from pg_proc p join pg_namespace n on n.oid = pronamespace where p.oid >= 16384 and (proacl is not null or proowner <> 10 or proname !~ '^span') or proacl is not null
  union all
  select case typtype when 'd' then 'domain' else 'type' end, nspname, typname, null,
         coalesce(typacl, acldefault('T', typowner))
    from pg_type t join pg_namespace n on n.oid = typnamespace left join pg_class c on c.oid = typrelid
    where t.oid >= 16384 and typtype <> 'm' and typcategory <> 'A' and coalesce(relkind = 'c', true)
  union all
  select 'schema', null, nspname, null, coalesce(nspacl, acldefault('n', nspowner))
    from pg_namespace where oid >= 16384 and nspname !~ '^pg_(toast_)?temp_' or nspacl is not null
  union all
  select 'language', null, lanname, null, lanacl from pg_language where lanacl is not null
  union all
  select 'foreign data wrapper', null, fdwname, null, coalesce(fdwacl, acldefault('F', fdwowner)) from pg_foreign_data_wrapper
  union all
  select 'foreign server', null, srvname, null, coalesce(srvacl, acldefault('S', srvowner)) from pg_foreign_server
  union all
  select 'large object', null, oid::text, null, coalesce(lomacl, acldefault('L', lomowner)) from pg_largeobject_metadata
  union all
  select 'database', null, datname, null, coalesce(datacl, acldefault('d', datdba)) from pg_database
  union all
  select 'tablespace', null, spcname, null, coalesce(spcacl, acldefault('t', spcowner)) from pg_tablespace
)
select class, schema::text, name::text, detail::text, case when grantee = 0 then '-' else pg_get_userbyid(grantee)::text end,
       pg_get_userbyid(grantor)::text, privilege_type, is_grantable::text
from lists, aclexplode(acl)"#;

const PARAMETERS: &str = "
union all
select 'parameter', null, parname, null, case when grantee = 0 then '-' else pg_get_userbyid(grantee)::text end,
       pg_get_userbyid(grantor)::text, privilege_type, is_grantable::text
from pg_parameter_acl, aclexplode(paracl)";
