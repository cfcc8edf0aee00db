//! Drift: every kind of change that somebody can make by hand is another fingerprint.

use std::collections::BTreeMap;

use pgward_catalog::fingerprint::Fingerprint;
use pgward_postgres::inspect::inspect;

use crate::inspecting::server::{Server, every_major};

#[tokio::test]
async fn every_change_by_hand_changes_the_fingerprint() {
    for server in every_major().map(Server::with_fixture) {
        let client = server.client("fixture").await;
        let mut seen =
            BTreeMap::from([(Fingerprint::of(&inspect(&client, &[]).await.unwrap()), "the fixture")]);
        for (since, change) in CHANGES {
            if server.major < *since {
                continue;
            }
            client.batch_execute(change).await.unwrap_or_else(|error| panic!("{change}: {error:?}"));
            let fingerprint = Fingerprint::of(&inspect(&client, &[]).await.unwrap());
            if let Some(before) = seen.insert(fingerprint, change) {
                panic!("PostgreSQL {}: after {change:?} all looks as after {before:?}", server.major);
            }
        }
    }
}

/// Changes, each on top of those before it, and the version that first knows it.
pub(crate) const CHANGES: &[(u32, &str)] = &[
    (14, "alter table app.orders disable trigger touched"),
    (14, "alter table app.untouched disable rule no_delete"),
    (14, "create rule further as on delete to app.orders do also delete from app.measures"),
    (14, "create or replace rule further as on delete to app.orders do instead delete from app.measures"),
    (14, "create or replace rule further as on delete to app.orders do instead nothing"),
    (14, "alter table app.orders disable rule further"),
    (14, "alter rule further on app.orders rename to furthest"),
    (14, "alter subscription \"not yet\" connection 'host=elsewhere password=secret'"),
    (14, "alter subscription \"not yet\" set publication other with (refresh = false)"),
    (14, "drop cast (app.coin as text); create cast (app.coin as text) with inout as assignment"),
    (14, "create cast (app.coin as bigint) with inout"),
    (14, "grant select on app.orders to app_reader"),
    (14, "grant select on app.orders to app_reader with grant option"),
    (14, "grant delete on app.orders to public"),
    (14, "grant update (amount) on app.orders to \"1234\""),
    (14, "revoke all on app.orders from app_owner"),
    (14, "set role app_reader; grant select on app.customers to public; reset role"),
    (14, "alter table app.orders owner to \"1234\""),
    (14, "grant usage on schema empty_one to public"),
    (14, "alter schema empty_one owner to app_reader"),
    (14, "create schema not_mentioned"),
    (14, "create table not_mentioned.made_by_hand (id int)"),
    (14, "grant execute on function app.span(int, int) to app_reader"),
    (14, "grant connect on database postgres to app_reader"),
    (14, "grant create on database template1 to public"),
    (14, "alter database fixture owner to app_owner"),
    (14, "alter database fixture connection limit 3"),
    (14, "alter database postgres is_template true"),
    (14, "grant create on tablespace pg_global to app_reader"),
    (14, "grant usage on sequence app.orders_id_seq to public"),
    (14, "grant execute on function app.total(int, numeric) to app_reader"),
    (14, "alter function app.total(int, numeric) security definer"),
    (14, "alter function app.total(int, numeric) set search_path = public"),
    (14, "alter function app.total(int, numeric) set search_path = app"),
    (14, "alter function app.total(int, numeric) not leakproof"),
    (14, "alter procedure app.settle owner to app_reader"),
    (14, "grant usage on type app.color to public"),
    (14, "alter domain app.smaller_text owner to app_reader"),
    (14, "revoke usage on language sql from public"),
    (14, "grant usage on foreign data wrapper postgres_fdw to public"),
    (14, "alter server \"remote \"\"one\"\"\" owner to app_owner"),
    (14, "create user mapping for app_owner server \"remote \"\"one\"\"\""),
    (14, "grant select on large object 4243 to public"),
    (14, "alter table app.orders enable row level security"),
    (14, "alter table app.customers no force row level security"),
    (14, "create policy everybody on app.orders using (true)"),
    (14, "alter policy everybody on app.orders using (amount > 1)"),
    (14, "alter policy everybody on app.orders to app_reader"),
    (14, "drop policy narrow on app.customers"),
    (14, "alter view app.plain_view set (security_barrier)"),
    (14, "create view app.checked as select id from app.orders where id > 1"),
    (14, "alter view app.checked set (check_option = local)"),
    (14, "alter view app.checked set (check_option = cascaded)"),
    (14, "alter foreign data wrapper mine options (add debug 'on')"),
    (14, "alter server \"remote \"\"one\"\"\" options (set host 'elsewhere')"),
    (14, "alter server \"remote \"\"one\"\"\" options (add dbname 'other')"),
    (14, "alter foreign table app.far options (add table_name 'salaries')"),
    (14, "alter foreign table app.far alter column name options (add column_name 'salary')"),
    (14, "alter user mapping for app_reader server \"remote \"\"one\"\"\" options (set password 'another')"),
    (14, "alter user mapping for public server \"remote \"\"one\"\"\" options (add user 'somebody')"),
    (15, "alter view app.plain_view set (security_invoker)"),
    (14, "alter default privileges for role \"1234\" grant select on tables to public"),
    (14, "alter default privileges for role \"1234\" in schema app grant insert on tables to public"),
    (14, "alter default privileges for role app_owner grant execute on functions to public"),
    (14, "alter role app_reader login"),
    (14, "alter role app_reader inherit"),
    (14, "alter role app_reader connection limit 3"),
    (14, "alter role app_reader valid until '2031-01-01'"),
    (14, "alter role \"1234\" nobypassrls"),
    (14, "create role by_hand"),
    (14, "alter role by_hand superuser"),
    (14, "alter role by_hand set work_mem = '1MB'"),
    (14, "alter role by_hand in database fixture set work_mem = '2MB'"),
    (14, "alter database fixture set work_mem = '3MB'"),
    (14, "alter role all set work_mem = '4MB'"),
    (14, "grant pg_read_all_data to by_hand"),
    (14, "grant app_owner to by_hand"),
    (14, "grant app_owner to by_hand with admin option"),
    (16, "grant app_owner to by_hand with inherit false"),
    (16, "grant app_owner to by_hand with set false"),
    (16, "grant app_owner to by_hand granted by \"1234\""),
    (15, "grant set on parameter log_statement to public"),
    (15, "grant alter system on parameter work_mem to app_reader with grant option"),
    (17, "grant maintain on app.orders to app_reader"),
    (14, "alter publication parts add table app.measures"),
    (14, "alter publication parts set (publish = 'insert')"),
    (14, "alter publication parts set (publish_via_partition_root = true)"),
    (18, "alter publication parts set (publish_generated_columns = stored)"),
    (14, "update pg_language set lanpltrusted = true where lanname = 'c'"),
    (14, "update pg_language set lanpltrusted = false where lanname = 'plpgsql'"),
    (14, "update pg_language set lanpltrusted = false where lanname = 'sql'"),
    (14, "revoke pg_read_all_stats from pg_monitor"),
    (14, "grant pg_read_all_settings to pg_monitor with admin option"),
    (14, "alter publication parts owner to by_hand"),
    (14, "alter subscription \"not yet\" owner to by_hand"),
    (14, "alter event trigger \"guard it\" disable"),
    (14, "alter collation app.bytes owner to app_owner"),
    (14, "alter operator app.=== (int, int) owner to app_owner"),
    (14, "alter statistics app.linked owner to by_hand"),
    (14, "alter text search dictionary app.plain owner to app_owner"),
    (14, "grant select on pg_catalog.pg_shadow to app_reader"),
    (14, "grant execute on function pg_catalog.pg_read_file(text) to app_reader"),
    (14, "alter function pg_catalog.upper(text) security definer"),
    (14, "grant select on information_schema.tables to app_reader with grant option"),
    (14, "alter function app.pg_stat_statements_reset owner to by_hand"),
    (14, "alter sequence app.alone owned by app.untouched.id"),
    (14, "alter table app.measures detach partition app.measures_2030"),
];
