//! Questions to the server's own functions: what stands in, and stands by, where trying is not enough.

use pgward_catalog::class::Class;
use pgward_catalog::name::{DatabaseName, Name, RoleName, quote_literal};
use pgward_catalog::object::ObjectKey;
use pgward_catalog::privilege::Privilege;

use crate::action::Power;
use crate::case::Question;
use crate::claim::Expected;

/// Whether the role holds a privilege on an object. Where it must hold none, whether it holds it on any column.
pub(crate) fn holds(
    role: &RoleName,
    privilege: Privilege,
    key: &ObjectKey,
    columns: &[Name],
    expected: Expected,
) -> Option<Question> {
    let sql = held_by(&oid(role), privilege, key, columns, expected)?;
    Some(Question { sql, wanted: expected == Expected::Works })
}

/// Whether the role holds a privilege on an object and may look into its schema; it must not.
pub(crate) fn holds_within_reach(
    role: &RoleName,
    privilege: Privilege,
    key: &ObjectKey,
    columns: &[Name],
) -> Option<Question> {
    let schema = ObjectKey::bare(Class::Schema, key.schema.as_ref()?.as_str());
    let looks = holds(role, Privilege::Usage, &schema, &[], Expected::Refused)?;
    let held = holds(role, privilege, key, columns, Expected::Refused)?;
    Some(Question { sql: format!("{} AND {}", looks.sql, held.sql), wanted: false })
}

/// Whether the role, or any role it is a member of by whatever options, holds any of a privilege on an object, or on these
/// columns of it.
pub(crate) fn held_by_any_membership(
    role: &RoleName,
    privilege: Privilege,
    key: &ObjectKey,
    columns: &[Name],
) -> Option<Question> {
    let held = held_by("g.oid", privilege, key, columns, Expected::Refused)?;
    // About an object that is not there nothing is held, and nothing is known either.
    let known = held_by(&oid(role), privilege, key, columns, Expected::Refused)?;
    let sql = through_any_membership(role, &held);
    Some(Question { sql: format!("CASE WHEN ({known}) IS NOT NULL THEN {sql} END"), wanted: false })
}

/// Whether the role, or any role it is a member of by whatever options, may give the command that a rule answers, and the owner of the rule's
/// table may do to an object what the rule does there.
pub(crate) fn through_rule(
    role: &RoleName,
    (table, name, command): (&ObjectKey, &Name, Privilege),
    privilege: Privilege,
    key: &ObjectKey,
) -> Option<Question> {
    let owner = owner_of(table)?;
    let oid = relation(table);
    let does = held_by(&format!("({owner})"), privilege, key, &[], Expected::Refused)?;
    let gives = held_by("g.oid", command, table, &[], Expected::Refused)?;
    let schema = ObjectKey::bare(Class::Schema, table.schema.as_ref()?.as_str());
    let looks = held_by("g.oid", Privilege::Usage, &schema, &[], Expected::Refused)?;
    let fires = format!(
        "EXISTS (SELECT FROM pg_catalog.pg_rewrite w WHERE w.ev_class = {oid} AND w.rulename = {} AND w.ev_enabled IN ('O', 'A'))",
        quote_literal(name.as_str())
    );
    let sql =
        format!("{fires} AND {does} AND {}", through_any_membership(role, &format!("{gives} AND {looks}")));
    Some(Question { sql, wanted: false })
}

/// Whether the role, or any role it is a member of by whatever options, owns an object.
pub(crate) fn owned_by_any_membership(role: &RoleName, key: &ObjectKey) -> Option<Question> {
    let owner = owner_of(key)?;
    let sql = through_any_membership(role, &format!("g.oid = ({owner})"));
    Some(Question { sql: format!("CASE WHEN ({owner}) IS NOT NULL THEN {sql} END"), wanted: false })
}

fn through_any_membership(role: &RoleName, condition: &str) -> String {
    format!("EXISTS (SELECT FROM pg_catalog.pg_roles g WHERE {} AND {condition})", acts_as(role, "g.oid"))
}

fn held_by(
    role: &str,
    privilege: Privilege,
    key: &ObjectKey,
    columns: &[Name],
    expected: Expected,
) -> Option<String> {
    let word = quote_literal(privilege.keyword());
    let object = literal(key);
    let on = |function: &str, object: String| format!("pg_catalog.{function}({role}, {object}, {word})");
    let sql = match key.class {
        class if class.is_table_like() => {
            let relation = relation(key);
            if !columns.is_empty() {
                let each = columns.iter().map(|column| {
                    let column = quote_literal(column.as_str());
                    format!("pg_catalog.has_column_privilege({role}, {relation}, {column}, {word})")
                });
                each.collect::<Vec<_>>().join(" AND ")
            } else if expected == Expected::Refused && class.column_privileges().contains(privilege) {
                on("has_any_column_privilege", relation)
            } else {
                on("has_table_privilege", relation)
            }
        }
        Class::Sequence => {
            on("has_sequence_privilege", format!("pg_catalog.to_regclass({object})::pg_catalog.oid"))
        }
        class if class.is_routine() => on("has_function_privilege", routine(key)),
        Class::Schema => {
            on("has_schema_privilege", format!("pg_catalog.to_regnamespace({object})::pg_catalog.oid"))
        }
        Class::Type | Class::Domain => {
            on("has_type_privilege", format!("pg_catalog.to_regtype({object})::pg_catalog.oid"))
        }
        Class::Database => on("has_database_privilege", found("pg_database", "datname", key)),
        Class::Language => on("has_language_privilege", found("pg_language", "lanname", key)),
        Class::ForeignDataWrapper => {
            on("has_foreign_data_wrapper_privilege", found("pg_foreign_data_wrapper", "fdwname", key))
        }
        Class::ForeignServer => on("has_server_privilege", found("pg_foreign_server", "srvname", key)),
        Class::Tablespace => on("has_tablespace_privilege", found("pg_tablespace", "spcname", key)),
        Class::Parameter => on("has_parameter_privilege", quote_literal(key.name.as_str())),
        _ => return None,
    };
    Some(sql)
}

/// Whether the role acts as the owner of a relation, sequence, routine or schema without SET ROLE.
pub(crate) fn owns(role: &RoleName, key: &ObjectKey, expected: Expected) -> Option<Question> {
    let sql = format!("pg_catalog.pg_has_role({}, ({}), 'USAGE')", oid(role), owner_of(key)?);
    Some(Question { sql, wanted: expected == Expected::Works })
}

/// Whether the role may become another, and that one acts as the owner.
pub(crate) fn owns_as(role: &RoleName, becoming: &RoleName, key: &ObjectKey) -> Option<Question> {
    let (role, becoming, owner) = (oid(role), oid(becoming), owner_of(key)?);
    let sql = format!(
        "{} AND pg_catalog.pg_has_role({becoming}, ({owner}), 'USAGE')",
        may_become(&role, &becoming)
    );
    Some(Question { sql, wanted: true })
}

/// Whether an object belongs to this very role.
pub(crate) fn belongs_to(role: &RoleName, key: &ObjectKey) -> Option<Question> {
    Some(Question { sql: format!("({}) = {}", owner_of(key)?, oid(role)), wanted: true })
}

/// A query for the oid of an object's owner.
fn owner_of(key: &ObjectKey) -> Option<String> {
    let object = literal(key);
    Some(match key.class {
        class if class.is_table_like() || class == Class::Sequence => {
            format!("SELECT relowner FROM pg_catalog.pg_class WHERE oid = pg_catalog.to_regclass({object})")
        }
        class if class.is_routine() => {
            format!("SELECT proowner FROM pg_catalog.pg_proc WHERE oid = {}", routine(key))
        }
        Class::Schema => {
            format!(
                "SELECT nspowner FROM pg_catalog.pg_namespace WHERE oid = pg_catalog.to_regnamespace({object})"
            )
        }
        _ => return None,
    })
}

/// The oid of a routine.
pub(crate) fn routine(key: &ObjectKey) -> String {
    let signature = format!("{}({})", bare(key), key.signature.as_deref().unwrap_or_default());
    format!("pg_catalog.to_regprocedure({})::pg_catalog.oid", quote_literal(&signature))
}

/// The oid of a table.
pub(crate) fn relation(key: &ObjectKey) -> String {
    format!("pg_catalog.to_regclass({})::pg_catalog.oid", literal(key))
}

/// Whether the role may become another by SET ROLE.
pub(crate) fn member(role: &RoleName, of: &RoleName, expected: Expected) -> Question {
    let sql = may_become(&oid(role), &oid(of));
    Question { sql, wanted: expected == Expected::Works }
}

/// SET ROLE takes the SET option since 16, and any membership before.
fn may_become(role: &str, of: &str) -> String {
    format!("pg_catalog.pg_has_role({role}, {of}, {SET})")
}

/// By its privileges, by SET ROLE, or after granting itself what it may grant (ADMIN OPTION), the role can do what the other may.
fn acts_as(role: &RoleName, of: &str) -> String {
    let role = oid(role);
    let as_it_is = |member: &str| {
        format!(
            "pg_catalog.pg_has_role({member}, {of}, 'USAGE') OR pg_catalog.pg_has_role({member}, {of}, {SET})"
        )
    };
    format!(
        "({} OR EXISTS (SELECT FROM pg_catalog.pg_auth_members m WHERE m.admin_option \
         AND pg_catalog.pg_has_role({role}, m.roleid, 'MEMBER WITH ADMIN OPTION') AND ({})))",
        as_it_is(&role),
        as_it_is("m.roleid")
    )
}

const SET: &str = "CASE WHEN pg_catalog.current_setting('server_version_num')::integer >= 160000 THEN 'SET' ELSE 'MEMBER' END";

/// Whether the role may log in at all: LOGIN, and a limit of connections, its own and the database's, that lets one in. Superusers are not counted
/// (PostgreSQL docs, CREATE ROLE and CREATE DATABASE, CONNECTION LIMIT).
pub(crate) fn logs_in(role: &RoleName, database: &DatabaseName) -> String {
    format!(
        "(SELECT r.rolcanlogin AND (r.rolsuper OR r.rolconnlimit <> 0 AND d.datconnlimit <> 0) \
          FROM pg_catalog.pg_roles AS r, pg_catalog.pg_database AS d WHERE r.rolname = {} AND d.datname = {})",
        quote_literal(role.as_str()),
        quote_literal(database.as_str())
    )
}

/// Whether the role can get hold of a power through itself or any role it is a member of.
pub(crate) fn reaches(role: &RoleName, power: Power, expected: Expected) -> Question {
    let of_role = match power {
        Power::Superuser => "g.rolsuper".to_owned(),
        // A base backup has every row, whatever policies say.
        Power::BypassRls => "(g.rolsuper OR g.rolbypassrls OR g.rolreplication)".to_owned(),
        Power::CreateRole => "(g.rolsuper OR g.rolcreaterole)".to_owned(),
        Power::CreateDatabase => "(g.rolsuper OR g.rolcreatedb)".to_owned(),
        Power::Replication => "(g.rolsuper OR g.rolreplication)".to_owned(),
        Power::ServerFiles => predefined("'pg_read_server_files', 'pg_write_server_files'"),
        Power::ServerProgram => predefined("'pg_execute_server_program'"),
        Power::ReadAllData => format!("(g.rolreplication OR {})", predefined("'pg_read_all_data'")),
        Power::WriteAllData => predefined("'pg_write_all_data'"),
        Power::UntrustedLanguage => "g.rolsuper".to_owned(),
    };
    let sql =
        format!("EXISTS (SELECT FROM pg_catalog.pg_roles g WHERE {of_role} AND {})", acts_as(role, "g.oid"));
    Question { sql, wanted: expected == Expected::Works }
}

/// Before 16, CREATEROLE hands out every role that is no superuser.
fn predefined(names: &str) -> String {
    format!(
        "(g.rolsuper OR g.rolname IN ({names}) OR g.rolcreaterole AND \
         pg_catalog.current_setting('server_version_num')::integer < 160000)"
    )
}

/// The oid of a role.
pub(crate) fn oid(role: &RoleName) -> String {
    format!("pg_catalog.to_regrole({})", quote_literal(&role.quoted()))
}

fn bare(key: &ObjectKey) -> String {
    match &key.schema {
        Some(schema) => format!("{}.{}", schema.quoted(), key.name.quoted()),
        None => key.name.quoted(),
    }
}

fn literal(key: &ObjectKey) -> String {
    quote_literal(&bare(key))
}

fn found(catalog: &str, column: &str, key: &ObjectKey) -> String {
    let name = quote_literal(key.name.as_str());
    format!("(SELECT oid FROM pg_catalog.{catalog} WHERE {column} = {name})")
}
