//! Rules of tables and views, without those that make views.

use std::collections::{BTreeMap, HashSet};

use pgward_catalog::class::Class;
use pgward_catalog::name::Name;
use pgward_catalog::object::ObjectKey;
use pgward_catalog::rule::{Rule, RuleCommand};

use crate::inspect::failure::InspectError;
use crate::inspect::firing::fires;
use crate::inspect::node_tree::{Touched, touched};
use crate::inspect::numbered::Numbered;
use crate::inspect::place::{FIRST_NORMAL_OID, RELATIONS};
use crate::inspect::reading::Reading;
use crate::inspect::row::Row;
use crate::inspect::statement::Statement;

pub(super) fn statements<'a>() -> Vec<Statement<Reading<'a>>> {
    vec![Statement::new("rules", rules_sql(), take)]
}

fn take(reading: &mut Reading<'_>, row: &Row<'_>) -> Result<(), InspectError> {
    let command = match row.text(2)? {
        "2" => RuleCommand::Update,
        "3" => RuleCommand::Insert,
        "4" => RuleCommand::Delete,
        letter => {
            let object = format!("rule {}", Name::from(row.text(1)?).quoted());
            return Err(InspectError::UnknownKind {
                column: "pg_rewrite.ev_type",
                letter: letter.to_owned(),
                object,
            });
        }
    };
    let mut touches = Touched::new();
    for column in [6, 7] {
        touched(row.text(column)?, &mut touches).ok_or_else(|| row.form(column, "a tree of nodes"))?;
    }
    let rule = Rule {
        command,
        instead: row.flag(3)?,
        fires: fires(row, 4)?,
        definition: row.text(5)?.to_owned(),
        touches: BTreeMap::new(),
    };
    let name = Name::from(row.text(1)?);
    reading.rules.push(Numbered { table: row.number(0)?, name, rule, touches });
    Ok(())
}

/// The relations that rules are on or name and that have not been read: those of initdb that nobody has touched.
pub(super) fn unnamed(reading: &Reading<'_>) -> HashSet<u32> {
    let named = reading.rules.iter().flat_map(|one| one.touches.keys().copied().chain([one.table]));
    named.filter(|oid| reading.key((RELATIONS, *oid)).is_none()).collect()
}

/// The statement for the names of just these relations.
pub(super) fn names_of<'a>(oids: &HashSet<u32>) -> Statement<Reading<'a>> {
    let oids: Vec<String> = oids.iter().map(ToString::to_string).collect();
    let sql = format!(
        "select oid, relnamespace, relname, relkind from pg_catalog.pg_class where oid in ({})",
        oids.join(", ")
    );
    Statement::new("relations of rules", sql, |reading, row| {
        let class = match row.text(3)? {
            "p" => Class::PartitionedTable,
            "v" => Class::View,
            "m" => Class::MaterializedView,
            "f" => Class::ForeignTable,
            _ => Class::Table,
        };
        if let Some(schema) = reading.schema(row.number(1)?)? {
            let key = ObjectKey::in_schema(class, schema, row.text(2)?);
            reading.named.insert(row.number(0)?, key);
        }
        Ok(())
    })
}

/// What makes a view is a rule on SELECT (1), of which there are as many as views. initdb makes two on `pg_settings`.
fn rules_sql() -> String {
    format!(
        "select r.ev_class, r.rulename, r.ev_type, r.is_instead, r.ev_enabled, pg_catalog.pg_get_ruledef(r.oid),
                r.ev_qual, r.ev_action
         from pg_catalog.pg_rewrite r join pg_catalog.pg_class c on c.oid = r.ev_class
         where r.ev_type <> '1' and r.oid >= {FIRST_NORMAL_OID} and c.relpersistence <> 't'"
    )
}
