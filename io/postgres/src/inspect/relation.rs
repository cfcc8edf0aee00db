//! Tables and everything like them, sequences, and row security.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use pgward_catalog::acl::Grantee;
use pgward_catalog::class::Class;
use pgward_catalog::name::Name;
use pgward_catalog::object::{CheckOption, Facts, ObjectKey, Options, TableFacts, ViewFacts};
use pgward_catalog::policy::{Policy, PolicyCommand, PolicyKind, RowSecurity};

use crate::inspect::acls::grantee;
use crate::inspect::array_text;
use crate::inspect::failure::InspectError;
use crate::inspect::place::RELATIONS;
use crate::inspect::reading::{Found, Reading, worth_reading};
use crate::inspect::row::Row;
use crate::inspect::statement::Statement;

pub(super) fn statements<'a>() -> Vec<Statement<Reading<'a>>> {
    vec![
        Statement::new("relations", relations_sql("", &is_read()), take_relation),
        Statement::new("partitions", PARTITIONS, take_partition),
        Statement::new("owned sequences", OWNED_SEQUENCES, take_owned_sequence),
        Statement::new("policies", POLICIES, take_policy),
    ]
}

/// The statement for the rows that a condition selects; one that would not be read otherwise is noted.
pub(super) fn renewed<'a>(condition: &str) -> Statement<Reading<'a>> {
    let is_read = is_read();
    Statement::new("relations", relations_sql(&format!(", {is_read}"), condition), |reading, row| {
        reading.renew(row.flag(9)?, row, take_relation)
    })
}

/// Indexes, TOAST tables and the row types of composite types have no privileges of their own; if one ever carries an
/// ACL, it is read and refused by its kind, or shown.
fn is_read() -> String {
    format!(
        "case when c.relkind in ('i', 'I', 'c', 't') then c.relacl is not null
              else {} or c.relrowsecurity end",
        worth_reading(RELATIONS, "c.oid", "c.relowner", "c.relacl")
    )
}

/// The statements for just these relations.
pub(super) fn statements_for<'a>(oids: HashSet<u32>) -> Vec<Statement<Reading<'a>>> {
    let oids: Vec<String> = oids.iter().map(ToString::to_string).collect();
    vec![Statement::new(
        "relations",
        relations_sql("", &format!("c.oid in ({})", oids.join(", "))),
        take_relation,
    )]
}

fn relations_sql(besides: &str, is_read: &str) -> String {
    format!(
        "select c.oid, c.relnamespace, c.relname, c.relkind, c.relowner, c.relacl::text,
                c.relrowsecurity, c.relforcerowsecurity, case c.relkind when 'v' then c.reloptions::text when 'f' then
                  (select f.ftoptions::text from pg_catalog.pg_foreign_table f where f.ftrelid = c.oid) end{besides}
         from pg_catalog.pg_class c where c.relpersistence <> 't' and ({is_read})"
    )
}

fn take_relation(reading: &mut Reading<'_>, row: &Row<'_>) -> Result<(), InspectError> {
    let oid = row.number(0)?;
    let Some(schema) = reading.schema(row.number(1)?)? else { return Ok(()) };
    let name = row.text(2)?;
    let class = match row.text(3)? {
        // A TOAST table comes here only when somebody granted something on it.
        "r" | "t" => Class::Table,
        "p" => Class::PartitionedTable,
        "v" => Class::View,
        "m" => Class::MaterializedView,
        "f" => Class::ForeignTable,
        "S" => Class::Sequence,
        letter => {
            let object = format!("relation {}.{}", schema.quoted(), Name::from(name).quoted());
            return Err(InspectError::UnknownKind {
                column: "pg_class.relkind",
                letter: letter.to_owned(),
                object,
            });
        }
    };
    let facts = match class {
        Class::View => Facts::View(view_facts(row)?),
        Class::MaterializedView => Facts::View(ViewFacts::default()),
        Class::Sequence => Facts::None,
        _ => Facts::Table(TableFacts {
            row_security: RowSecurity {
                enabled: row.flag(6)?,
                forced: row.flag(7)?,
                ..RowSecurity::default()
            },
            partition_of: None,
            options: match row.optional(8)? {
                Some(text) => array_text::options(text).ok_or_else(|| row.form(8, "options"))?,
                None => Options::new(),
            },
            column_options: BTreeMap::new(),
            firing: BTreeMap::new(),
        }),
    };
    let key = ObjectKey::in_schema(class, schema, name);
    reading.add(Found { place: (RELATIONS, oid), key, owner: row.number(4)?, acl: row.optional(5)?, facts })
}

fn view_facts(row: &Row<'_>) -> Result<ViewFacts, InspectError> {
    let Some(text) = row.optional(8)? else { return Ok(ViewFacts::default()) };
    let options = array_text::settings(text).ok_or_else(|| row.form(8, text))?;
    let is_on = |option: &str| match options.get(option).map(String::as_str) {
        None => Ok(false),
        Some(value) => boolean(value).ok_or_else(|| row.form(8, text)),
    };
    Ok(ViewFacts {
        security_invoker: is_on("security_invoker")?,
        security_barrier: is_on("security_barrier")?,
        check_option: match options.get("check_option").map(|option| option.to_lowercase()).as_deref() {
            None => CheckOption::None,
            Some("local") => CheckOption::Local,
            Some("cascaded") => CheckOption::Cascaded,
            Some(_) => return Err(row.form(8, text)),
        },
    })
}

/// What PostgreSQL's `parse_bool` takes for yes and no: any unique beginning, in any case.
fn boolean(text: &str) -> Option<bool> {
    let text = text.to_lowercase();
    let begins = |word: &str, least: usize| text.len() >= least && word.starts_with(&text);
    if begins("true", 1) || begins("yes", 1) || begins("on", 2) || text == "1" {
        Some(true)
    } else if begins("false", 1) || begins("no", 1) || begins("off", 2) || text == "0" {
        Some(false)
    } else {
        None
    }
}

fn take_partition(reading: &mut Reading<'_>, row: &Row<'_>) -> Result<(), InspectError> {
    let parent = reading.key((RELATIONS, row.number(1)?)).cloned();
    if let Some(object) = reading.object((RELATIONS, row.number(0)?))
        && let Facts::Table(table) = &mut object.facts
    {
        table.partition_of = parent;
    }
    Ok(())
}

fn take_owned_sequence(reading: &mut Reading<'_>, row: &Row<'_>) -> Result<(), InspectError> {
    let table = reading.key((RELATIONS, row.number(1)?)).cloned();
    if let Some(table) = table
        && let Some(object) = reading.object((RELATIONS, row.number(0)?))
    {
        object.facts = Facts::OwnedSequence { table, column: Name::from(row.text(2)?) };
    }
    Ok(())
}

fn take_policy(reading: &mut Reading<'_>, row: &Row<'_>) -> Result<(), InspectError> {
    let name = Name::from(row.text(1)?);
    let roles: Result<BTreeSet<Grantee>, InspectError> = row
        .oids(4)?
        .into_iter()
        .map(|oid| {
            let grantee = grantee(oid, reading.roles());
            grantee.ok_or_else(|| reading.moved(format!("role {oid}, which policy {} names,", name.quoted())))
        })
        .collect();
    let policy = Policy {
        kind: if row.flag(2)? { PolicyKind::Permissive } else { PolicyKind::Restrictive },
        command: match row.text(3)? {
            "*" => PolicyCommand::All,
            "r" => PolicyCommand::Select,
            "a" => PolicyCommand::Insert,
            "w" => PolicyCommand::Update,
            "d" => PolicyCommand::Delete,
            letter => {
                let object = format!("policy {}", name.quoted());
                return Err(InspectError::UnknownKind {
                    column: "pg_policy.polcmd",
                    letter: letter.to_owned(),
                    object,
                });
            }
        },
        roles: roles?,
        using: row.optional(5)?.map(str::to_owned),
        check: row.optional(6)?.map(str::to_owned),
    };
    if let Some(object) = reading.object((RELATIONS, row.number(0)?))
        && let Facts::Table(table) = &mut object.facts
    {
        table.row_security.policies.insert(name, policy);
    }
    Ok(())
}

const PARTITIONS: &str = "select i.inhrelid, i.inhparent
    from pg_catalog.pg_inherits i join pg_catalog.pg_class c on c.oid = i.inhrelid
    where c.relispartition and c.relkind not in ('i', 'I')";

/// `serial` and OWNED BY depend automatically on their column, identity sequences internally.
const OWNED_SEQUENCES: &str = "select d.objid, d.refobjid, a.attname
    from pg_catalog.pg_sequence s
    join pg_catalog.pg_depend d on d.classid = 1259 and d.objid = s.seqrelid and d.objsubid = 0
     and d.refclassid = 1259 and d.refobjsubid > 0 and d.deptype in ('a', 'i')
    join pg_catalog.pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid";

const POLICIES: &str = "select polrelid, polname, polpermissive, polcmd, polroles::text,
       pg_catalog.pg_get_expr(polqual, polrelid), pg_catalog.pg_get_expr(polwithcheck, polrelid)
    from pg_catalog.pg_policy";

#[cfg(test)]
mod tests {
    use super::boolean;

    #[test]
    fn options_are_read_as_the_server_reads_them() {
        assert_eq!(["true", "T", "on", "yes", "1", "tr"].map(boolean), [Some(true); 6]);
        assert_eq!(["false", "off", "of", "NO", "0", "n"].map(boolean), [Some(false); 6]);
        assert_eq!(["o", "2", "", "maybe"].map(boolean), [None; 4]);
    }
}
