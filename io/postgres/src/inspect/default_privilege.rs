//! Default privileges.

use pgward_catalog::default_privileges::{DefaultKey, DefaultKind};

use crate::inspect::failure::InspectError;
use crate::inspect::reading::Reading;
use crate::inspect::row::Row;
use crate::inspect::statement::Statement;

pub(super) fn statements<'a>() -> Vec<Statement<Reading<'a>>> {
    vec![Statement::new("default privileges", DEFAULTS, take_default)]
}

fn take_default(reading: &mut Reading<'_>, row: &Row<'_>) -> Result<(), InspectError> {
    let creator = reading.role(row.number(0)?, || "default privileges".to_owned())?;
    let kind = match row.text(2)? {
        "r" => DefaultKind::Tables,
        "S" => DefaultKind::Sequences,
        "f" => DefaultKind::Functions,
        "T" => DefaultKind::Types,
        "n" => DefaultKind::Schemas,
        "L" => DefaultKind::LargeObjects,
        letter => {
            return Err(InspectError::UnknownKind {
                column: "pg_default_acl.defaclobjtype",
                letter: letter.to_owned(),
                object: format!("default privileges of role {}", creator.quoted()),
            });
        }
    };
    let schema = match row.number(1)? {
        0 => None,
        oid => match reading.schema(oid)? {
            Some(schema) => Some(schema),
            None => return Ok(()),
        },
    };
    let acl = reading.acl(row.text(3)?, || format!("default privileges of role {}", creator.quoted()))?;
    let key = DefaultKey { creator, schema, kind };
    if acl != key.absent(reading.version) {
        reading.default_privileges.insert(key, acl);
    }
    Ok(())
}

const DEFAULTS: &str = "select defaclrole, defaclnamespace, defaclobjtype, defaclacl::text
    from pg_catalog.pg_default_acl";
