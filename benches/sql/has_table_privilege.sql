-- How many privileges the roles of large.sql hold on its tables, asked one by one: what pgward computes by itself.
select count(*) filter (where has_table_privilege(member.oid, relation.oid, privilege))
  from pg_roles member, pg_class relation,
       unnest('{select,insert,update,delete,truncate,references,trigger}'::text[]) privilege
 where member.rolname like 'large\_%' and relation.relkind = 'r'
   and relation.relnamespace in (select oid from pg_namespace where nspname like 'large\_%');
