//! Casts that somebody made: they run a function, or none, where a value of one type is taken for another.

use pgward_catalog::class::Class;
use pgward_catalog::object::{CastContext, CastMethod, Facts, ObjectKey};

use crate::inspect::failure::InspectError;
use crate::inspect::place::FIRST_NORMAL_OID;
use crate::inspect::reading::{Found, Reading};
use crate::inspect::row::Row;
use crate::inspect::statement::Statement;

pub(super) fn statements<'a>() -> Vec<Statement<Reading<'a>>> {
    vec![Statement::new("casts", format!("{CASTS} and k.oid >= {FIRST_NORMAL_OID}"), take)]
}

fn take(reading: &mut Reading<'_>, row: &Row<'_>) -> Result<(), InspectError> {
    let key = ObjectKey::bare(Class::Cast, row.text(1)?);
    let unknown = |column, letter: &str| InspectError::UnknownKind {
        column,
        letter: letter.to_owned(),
        object: key.to_string(),
    };
    let method = match row.text(2)? {
        "f" => CastMethod::Function(ObjectKey::routine(
            Class::Function,
            row.text(4)?,
            row.text(5)?,
            row.text(6)?,
        )),
        "i" => CastMethod::InOut,
        "b" => CastMethod::Binary,
        letter => return Err(unknown("pg_cast.castmethod", letter)),
    };
    let context = match row.text(3)? {
        "e" => CastContext::Explicit,
        "a" => CastContext::Assignment,
        "i" => CastContext::Implicit,
        letter => return Err(unknown("pg_cast.castcontext", letter)),
    };
    let place = (CATALOG, row.number(0)?);
    reading.add(Found { place, key, owner: BOOTSTRAP, acl: None, facts: Facts::Cast { method, context } })
}

/// `pg_cast`.
const CATALOG: u32 = 2605;

/// A cast has no owner; the bootstrap superuser stands for it.
const BOOTSTRAP: u32 = 10;

/// A range type comes with a cast to its multirange, which is part of it.
const CASTS: &str = "select k.oid,
       pg_catalog.format_type(k.castsource, null) || ' AS ' || pg_catalog.format_type(k.casttarget, null),
       k.castmethod, k.castcontext, n.nspname, p.proname, pg_catalog.oidvectortypes(p.proargtypes)
    from pg_catalog.pg_cast k
    left join pg_catalog.pg_proc p on p.oid = k.castfunc
    left join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    where not exists (select from pg_catalog.pg_depend d
                      where d.classid = 2605 and d.objid = k.oid and d.deptype = 'i')";
