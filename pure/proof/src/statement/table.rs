//! Statements on tables, views, materialized views and foreign tables.

use pgward_catalog::class::Class;
use pgward_catalog::name::Name;
use pgward_catalog::object::ObjectKey;
use pgward_catalog::privilege::Privilege;

use crate::case::Statement;
use crate::shape::{ColumnShape, IdentityKind, RelationShape};
use crate::statement::breadth::Breadth;
use crate::statement::sqlstate::{
    LOCK_NOT_AVAILABLE, UNDEFINED_COLUMN, UNDEFINED_FUNCTION, UNDEFINED_OBJECT, UNDEFINED_TABLE,
    WRONG_OBJECT_TYPE,
};

/// The statement that uses a privilege on a relation.
pub(crate) fn using(
    privilege: Privilege,
    key: &ObjectKey,
    shape: Option<&RelationShape>,
    breadth: Breadth<'_>,
) -> Option<Statement> {
    let shape_or_none = RelationShape::default();
    let shape = shape.unwrap_or(&shape_or_none);
    let (ruled, triggered) = match privilege {
        Privilege::Insert => (shape.rules.insert, shape.statement_triggers.insert),
        Privilege::Update => (shape.rules.update, shape.statement_triggers.update),
        Privilege::Delete => (shape.rules.delete, shape.statement_triggers.delete),
        _ => (false, false),
    };
    // A rule may turn the command into nothing at all, for which no permission is checked.
    if ruled {
        return None;
    }
    let statement = match privilege {
        Privilege::Select => selecting(key, breadth),
        Privilege::Insert => changing(key, inserting(key, shape, breadth)),
        Privilege::Update => changing(key, updating(key, shape, breadth)?),
        Privilege::Delete => changing(key, format!("DELETE FROM ONLY {} WHERE false", key.quoted())),
        Privilege::Truncate => return truncating(key),
        Privilege::Trigger => return making_trigger(key),
        Privilege::Maintain => return maintaining(key),
        // A foreign key locks writers out of the table and needs a second one to hang on.
        _ => return None,
    };
    let explain = triggered || key.class == Class::ForeignTable;
    Some(if explain { statement.explained() } else { statement })
}

/// The statement that alters a relation, which its owner alone may.
pub(crate) fn altering(key: &ObjectKey) -> Option<Statement> {
    let name = key.quoted();
    let sql = match key.class {
        Class::View => format!("ALTER VIEW {name} ALTER COLUMN pgward_absent DROP DEFAULT"),
        Class::MaterializedView => {
            format!("ALTER MATERIALIZED VIEW {name} ALTER COLUMN pgward_absent SET STATISTICS 1")
        }
        Class::ForeignTable => {
            format!("ALTER FOREIGN TABLE {name} ALTER COLUMN pgward_absent SET STATISTICS 1")
        }
        Class::Table | Class::PartitionedTable => {
            format!("ALTER TABLE ONLY {name} ALTER COLUMN pgward_absent SET STATISTICS 1")
        }
        _ => return None,
    };
    Some(Statement::stopped(sql, &[UNDEFINED_COLUMN]))
}

/// The statement that drops a relation. The second name is not there, so that the server gives up before it drops the first.
pub(crate) fn dropping(keys: &[&ObjectKey], class: Class) -> Statement {
    let names: Vec<String> = keys.iter().map(|key| key.quoted()).collect();
    let (kind, names) = (class.alter_keyword(), names.join(", "));
    Statement::stopped(
        format!("DROP {kind} {names}, pg_catalog.pgward_absent CASCADE"),
        &[UNDEFINED_TABLE, LOCK_NOT_AVAILABLE],
    )
}

fn selecting(key: &ObjectKey, breadth: Breadth<'_>) -> Statement {
    let columns = match breadth {
        Breadth::Whole => "* ".to_owned(),
        // Without any column the server wants SELECT on at least one.
        Breadth::Least => String::new(),
        Breadth::Columns(columns) => format!("{} ", list(columns)),
    };
    Statement::run(format!("SELECT {columns}FROM ONLY {} WHERE false", key.quoted()))
}

/// Materialized views are refused for what they are, once permission was given.
fn changing(key: &ObjectKey, sql: String) -> Statement {
    if key.class == Class::MaterializedView {
        Statement::stopped(sql, &[WRONG_OBJECT_TYPE])
    } else {
        Statement::run(sql)
    }
}

/// No default is evaluated, so no sequence steps: there is no row.
fn inserting(key: &ObjectKey, shape: &RelationShape, breadth: Breadth<'_>) -> String {
    let plain = matches!(key.class, Class::Table | Class::PartitionedTable | Class::ForeignTable);
    let columns: Vec<Name> = match breadth {
        Breadth::Columns(columns) => columns.to_vec(),
        Breadth::Whole if plain => shape
            .columns
            .iter()
            .filter(|column| !column.generated)
            .map(|column| column.name.clone())
            .collect(),
        Breadth::Whole | Breadth::Least => Vec::new(),
    };
    let name = key.quoted();
    if columns.is_empty() {
        // Without any column the server wants INSERT on at least one.
        return format!("INSERT INTO {name} SELECT WHERE false");
    }
    let nulls = vec!["NULL"; columns.len()].join(", ");
    format!("INSERT INTO {name} ({}) OVERRIDING SYSTEM VALUE SELECT {nulls} WHERE false", list(&columns))
}

fn updating(key: &ObjectKey, shape: &RelationShape, breadth: Breadth<'_>) -> Option<String> {
    let plain = matches!(key.class, Class::Table | Class::PartitionedTable | Class::ForeignTable);
    let columns: Vec<&ColumnShape> = match breadth {
        Breadth::Columns(columns) => {
            columns.iter().filter_map(|column| shape.column(column.as_str())).collect()
        }
        Breadth::Whole if plain => shape.columns.iter().collect(),
        Breadth::Whole | Breadth::Least => shape.columns.iter().take(1).collect(),
    };
    let settings: Vec<String> = columns
        .into_iter()
        .map(|column| {
            let fixed = column.generated || column.identity == Some(IdentityKind::Always);
            format!("{} = {}", column.name.quoted(), if fixed { "DEFAULT" } else { "NULL" })
        })
        .collect();
    (!settings.is_empty())
        .then(|| format!("UPDATE ONLY {} SET {} WHERE false", key.quoted(), settings.join(", ")))
}

/// The server checks the permission on each table before it waits for its lock, and all before it empties any: the
/// second name stops it. A lock that is not to be had means that permission was given.
fn truncating(key: &ObjectKey) -> Option<Statement> {
    let passes: &[&str] = match key.class {
        Class::Table | Class::ForeignTable => &[UNDEFINED_TABLE, LOCK_NOT_AVAILABLE],
        Class::PartitionedTable => &[UNDEFINED_TABLE, LOCK_NOT_AVAILABLE, WRONG_OBJECT_TYPE],
        _ => return None,
    };
    Some(Statement::stopped(format!("TRUNCATE ONLY {}, pg_catalog.pgward_absent", key.quoted()), passes))
}

fn making_trigger(key: &ObjectKey) -> Option<Statement> {
    let (timing, each) = match key.class {
        Class::Table | Class::PartitionedTable | Class::ForeignTable => ("AFTER", "STATEMENT"),
        Class::View => ("INSTEAD OF", "ROW"),
        _ => return None,
    };
    let name = key.quoted();
    Some(Statement::stopped(
        format!(
            "CREATE TRIGGER pgward_absent {timing} INSERT ON {name} FOR EACH {each} EXECUTE FUNCTION pg_catalog.pgward_absent()"
        ),
        &[UNDEFINED_FUNCTION],
    ))
}

/// CLUSTER by an index that is not there.
fn maintaining(key: &ObjectKey) -> Option<Statement> {
    let table = matches!(key.class, Class::Table | Class::PartitionedTable | Class::MaterializedView);
    let sql = format!("CLUSTER {} USING pgward_absent", key.quoted());
    table.then(|| Statement::stopped(sql, &[UNDEFINED_OBJECT, LOCK_NOT_AVAILABLE]))
}

fn list(columns: &[Name]) -> String {
    columns.iter().map(Name::quoted).collect::<Vec<_>>().join(", ")
}
