//! The statements by which an action is tried on an object, harmless in themselves.
//!
//! Three ways keep them harmless: they touch no row (`WHERE false`), they are only explained, or a mistake is planted
//! that the server reaches right after the permission check. Names of things that are not there all start with
//! `pgward_absent`.

use pgward_catalog::class::Class;
use pgward_catalog::name::SchemaName;
use pgward_catalog::object::ObjectKey;
use pgward_catalog::privilege::Privilege;

use crate::case::Statement;
use crate::shape::Shapes;
use crate::statement::breadth::Breadth;

pub(crate) mod breadth;
pub(crate) mod power;
mod routine;
pub(crate) mod schema;
mod sequence;
mod sqlstate;
pub(crate) mod table;

/// The statement that uses a privilege on an object; none where only the server's own answer is to be had.
pub(crate) fn using(
    privilege: Privilege,
    key: &ObjectKey,
    shapes: &Shapes,
    breadth: Breadth<'_>,
) -> Option<Statement> {
    match key.class {
        class if class.is_table_like() => table::using(privilege, key, shapes.relation(key), breadth),
        Class::Sequence => sequence::using(privilege, key),
        class if class.is_routine() && privilege == Privilege::Execute => {
            routine::executing(key, shapes.routine(key)?)
        }
        Class::Schema => {
            let schema = SchemaName::from(key.name.as_str());
            match privilege {
                Privilege::Usage => Some(schema::looking_up(&schema)),
                Privilege::Create => Some(schema::creating_table(&schema)),
                _ => None,
            }
        }
        Class::Database => match privilege {
            Privilege::Create => Some(schema::creating_schema()),
            Privilege::Temporary => Some(schema::creating_temporary_table()),
            _ => None,
        },
        Class::Language if privilege == Privilege::Usage && key.name.as_str() == "plpgsql" => {
            Some(Statement::run("DO LANGUAGE plpgsql 'BEGIN END'"))
        }
        Class::Parameter if privilege == Privilege::Set => Some(power::setting(key)),
        _ => None,
    }
}

/// The statement that alters an object, which its owner alone may.
pub(crate) fn altering(key: &ObjectKey) -> Option<Statement> {
    match key.class {
        Class::Sequence => Some(sequence::altering(key)),
        class if class.is_routine() => routine::altering(key),
        _ => table::altering(key),
    }
}
