//! Databases whose names are not UTF-8.

use pgward_catalog::class::Class;
use pgward_catalog::name::DatabaseName;
use pgward_catalog::object::ObjectKey;
use pgward_postgres::inspect::InspectError;

use crate::inspecting::server::newest;

#[tokio::test]
async fn names_are_utf8_whatever_the_database_keeps() {
    let server = newest();
    for (database, encoding) in [("latin", "LATIN1"), ("ascii", "SQL_ASCII")] {
        server.sql("postgres", &format!(
            "create database {database} template template0 encoding '{encoding}' lc_collate 'C' lc_ctype 'C'"
        ));
        server.sql(database, "set client_encoding = 'UTF8'; create table \"grün\" (\"größe\" int)");
        let catalog = server.inspect(database).await;
        let contents = &catalog.databases[&DatabaseName::from(database)];
        assert!(
            contents.objects.contains_key(&ObjectKey::in_schema(Class::Table, "public", "grün")),
            "{encoding}"
        );
    }
    server.sql("ascii", "set client_encoding = 'SQL_ASCII'; do $$ begin execute 'create table \"gr' || chr(252) || 'n\" (id int)'; end $$");
    match server.try_inspect("ascii").await {
        Err(error @ InspectError::NotUtf8 { .. }) => {
            let error = error.to_string();
            assert!(error.starts_with("the name of the relation with oid "), "{error}");
            assert!(error.contains(r"gr\374n") && error.contains("SQL_ASCII"), "{error}");
        }
        other => panic!("{other:?}"),
    }
    server.sql("latin", "set client_encoding = 'UTF8'; create role \"grün\"");
    let error = server.try_inspect("postgres").await.unwrap_err().to_string();
    assert!(error.starts_with("a name among the roles is not valid UTF-8: that of oid "), "{error}");
}
