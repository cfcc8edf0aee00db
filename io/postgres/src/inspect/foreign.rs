//! Foreign-data wrappers, foreign servers, and who is mapped on them.

use pgward_catalog::class::Class;
use pgward_catalog::name::Name;
use pgward_catalog::object::{Facts, ObjectKey};

use crate::inspect::acls::grantee;
use crate::inspect::array_text;
use crate::inspect::failure::InspectError;
use crate::inspect::reading::{Found, Reading, worth_reading};
use crate::inspect::row::Row;
use crate::inspect::statement::Statement;

pub(super) fn statements<'a>() -> Vec<Statement<Reading<'a>>> {
    vec![
        Statement::new(
            "foreign-data wrappers",
            format!(
                "select oid, fdwname, fdwowner, fdwacl::text, fdwoptions::text
                 from pg_catalog.pg_foreign_data_wrapper where {}",
                worth_reading(WRAPPERS, "oid", "fdwowner", "fdwacl")
            ),
            |reading, row| take(reading, row, WRAPPERS, Class::ForeignDataWrapper),
        ),
        Statement::new(
            "foreign servers",
            format!(
                "select oid, srvname, srvowner, srvacl::text, srvoptions::text
                 from pg_catalog.pg_foreign_server where {}",
                worth_reading(SERVERS, "oid", "srvowner", "srvacl")
            ),
            |reading, row| take(reading, row, SERVERS, Class::ForeignServer),
        ),
        Statement::new("user mappings", MAPPINGS, take_mapping),
    ]
}

fn take(reading: &mut Reading<'_>, row: &Row<'_>, catalog: u32, class: Class) -> Result<(), InspectError> {
    let key = ObjectKey::bare(class, row.text(1)?);
    let place = (catalog, row.number(0)?);
    let facts = match row.optional(4)? {
        Some(text) => Facts::Foreign(array_text::options(text).ok_or_else(|| row.form(4, "options"))?),
        None => Facts::None,
    };
    reading.add(Found { place, key, owner: row.number(2)?, acl: row.optional(3)?, facts })
}

fn take_mapping(reading: &mut Reading<'_>, row: &Row<'_>) -> Result<(), InspectError> {
    let server = Name::from(row.text(1)?);
    let oid: u32 = row.number(2)?;
    let user = grantee(oid, reading.roles());
    let user =
        user.ok_or_else(|| reading.moved(format!("role {oid}, which is mapped on {},", server.quoted())))?;
    let name = format!("{}@{}", user.quoted(), server.quoted());
    let key = ObjectKey::bare(Class::UserMapping, name.as_str());
    let place = (MAPPINGS_CATALOG, row.number(0)?);
    let options = match row.optional(4)? {
        Some(text) => Some(array_text::mapping_options(&name, text).ok_or_else(|| row.form(4, "options"))?),
        None if row.flag(5)? => Some(String::new()),
        None => None,
    };
    if options.is_none() {
        reading.hidden_mappings.push(name);
    }
    let facts = Facts::UserMapping { server, options };
    reading.add(Found { place, key, owner: row.number(3)?, acl: None, facts })
}

/// `pg_foreign_data_wrapper`.
const WRAPPERS: u32 = 2328;

/// `pg_foreign_server`.
const SERVERS: u32 = 1417;

/// `pg_user_mapping`.
const MAPPINGS_CATALOG: u32 = 1418;

/// The view, which everybody may read. It shows the options, which may hold passwords, to whom they serve; to others they are
/// NULL, as where there are none, so that the last column says whether this role would see them.
const MAPPINGS: &str = "select m.umid, m.srvname, m.umuser, s.srvowner, m.umoptions::text,
       (select rolsuper from pg_catalog.pg_roles where rolname = current_user)
         or m.umuser = 0 and pg_catalog.pg_has_role(s.srvowner, 'usage')
         or m.umuser <> 0 and m.usename = current_user
            and (pg_catalog.pg_has_role(s.srvowner, 'usage') or pg_catalog.has_server_privilege(s.oid, 'usage'))
    from pg_catalog.pg_user_mappings m join pg_catalog.pg_foreign_server s on s.oid = m.srvid";
