-- The yardstick for inspect: one statement that explodes every ACL of a database, `acldefault` included.
with lists (class, oid, detail, acl) as (
  select 'relation', oid, 0,
         coalesce(relacl, acldefault(case relkind when 'S' then 's' else 'r' end::"char", relowner))
    from pg_class where relkind in ('r', 'p', 'v', 'm', 'f', 'S') and (oid >= 16384 or relacl is not null)
  union all
  select 'column', attrelid, attnum, attacl from pg_attribute where attacl is not null
  union all
  select 'routine', oid, 0, coalesce(proacl, acldefault('f', proowner)) from pg_proc where oid >= 16384 or proacl is not null
  union all
  select 'type', oid, 0, typacl from pg_type where typacl is not null
  union all
  select 'schema', oid, 0, coalesce(nspacl, acldefault('n', nspowner)) from pg_namespace
  union all
  select 'default', oid, 0, defaclacl from pg_default_acl
  union all
  select 'database', oid, 0, coalesce(datacl, acldefault('d', datdba)) from pg_database
  union all
  select 'tablespace', oid, 0, coalesce(spcacl, acldefault('t', spcowner)) from pg_tablespace
  union all
  select 'language', oid, 0, coalesce(lanacl, acldefault('l', lanowner)) from pg_language
)
select class, lists.oid, detail, grantor, grantee, privilege_type, is_grantable from lists, aclexplode(acl);
