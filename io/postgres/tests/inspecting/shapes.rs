//! The shapes of tables and routines.

use std::collections::BTreeSet;

use pgward_catalog::class::Class;
use pgward_catalog::name::Name;
use pgward_catalog::object::ObjectKey;
use pgward_postgres::inspect::in_snapshot;
use pgward_postgres::shapes::read_shapes;
use pgward_proof::shape::{Commands, IdentityKind, RoutineKind, TypeKind, Volatility};

use crate::inspecting::server::{Server, every_major};

#[tokio::test]
async fn tables_and_routines_have_the_shape_that_a_statement_needs() {
    for server in every_major().map(Server::with_fixture) {
        let catalog = server.inspect("fixture").await;
        let keys: BTreeSet<ObjectKey> =
            catalog.databases.values().flat_map(|contents| contents.objects.keys().cloned()).collect();
        let client = server.client("fixture").await;
        let shapes = in_snapshot(&client, read_shapes(&client, &keys)).await.unwrap();
        let wanted = |is: &dyn Fn(Class) -> bool| keys.iter().filter(|key| is(key.class)).count();
        assert_eq!(shapes.relations.len(), wanted(&Class::is_table_like));
        assert_eq!(shapes.routines.len(), wanted(&Class::is_routine));

        let customers = &shapes.relations[&ObjectKey::in_schema(Class::Table, "app", "customers")];
        let names: Vec<&str> = customers.columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(names, ["id", "tenant", "email", "tint", "note", "tags", "doubled"]);
        assert_eq!(customers.unique, [vec![Name::from("id")], vec![Name::from("email")]]);
        assert_eq!(customers.checks, ["CHECK ((tenant > 0))"]);
        let id = customers.column("id").unwrap();
        assert!(id.identity == Some(IdentityKind::Always) && id.not_null && !id.has_default);
        let tint = customers.column("tint").unwrap();
        let labels = ["red", "green", "it's blue"].map(str::to_owned).to_vec();
        assert!(
            tint.type_.kind == TypeKind::Enum(labels) && tint.has_default && &*tint.type_.sql == "app.color"
        );
        let note = customers.column("note").unwrap();
        assert_eq!((&*note.type_.sql, &*note.type_.base), ("app.smaller_text", "text"));
        assert!(
            note.not_null && note.has_default && note.type_.constrained && note.type_.kind == TypeKind::Base
        );
        assert_eq!(customers.column("tags").unwrap().type_.kind, TypeKind::Array);
        let doubled = customers.column("doubled").unwrap();
        assert!(doubled.generated && !doubled.has_default);

        let orders = &shapes.relations[&ObjectKey::in_schema(Class::Table, "app", "orders")];
        assert_eq!(&*orders.column("amount").unwrap().type_.sql, "numeric(10,2)");
        let [key] = orders.foreign_keys.as_slice() else { panic!("{:?}", orders.foreign_keys) };
        assert_eq!(key.parent, ObjectKey::in_schema(Class::Table, "app", "customers"));
        assert_eq!(
            (&*key.columns, &*key.parent_columns),
            (&[Name::from("customer")][..], &[Name::from("id")][..])
        );
        assert_eq!(orders.row_triggers, Commands { insert: true, update: true, ..Commands::default() });
        assert_eq!(orders.statement_triggers, Commands { truncate: true, ..Commands::default() });
        let untouched = &shapes.relations[&ObjectKey::in_schema(Class::Table, "app", "untouched")];
        assert_eq!(untouched.rules, Commands { delete: true, ..Commands::default() });

        let routine = |class, name, arguments: &str| {
            &shapes.routines[&ObjectKey::routine(class, "app", name, arguments)]
        };
        let total = routine(Class::Function, "total", "text, numeric[]");
        assert!(total.variadic && total.kind == RoutineKind::SetReturning && !total.has_outputs);
        assert_eq!(total.arguments.len(), 2);
        assert_eq!(routine(Class::Function, "total", "integer, numeric").volatility, Volatility::Immutable);
        let settle = routine(Class::Procedure, "settle", "integer, integer");
        assert!(settle.kind == RoutineKind::Procedure && settle.has_outputs);
        assert_eq!(routine(Class::Aggregate, "how_many", "").kind, RoutineKind::Aggregate);
    }
}
