grant set on parameter work_mem to app_reader;
grant set, alter system on parameter "my.Setting" to app_reader with grant option;
create view app.invoker with (security_invoker = on) as select 1 as one;
create publication narrow for table app.customers (id, tenant) where (tenant > 5);
create publication by_schema for tables in schema "Sales & ""more""";
