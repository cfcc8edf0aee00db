//! Which rules may hold what a text does. Most texts touch no table that a rule is about, and are not looked at twice.
//!
//! What cannot be known counts against a statement: a relation that the catalog has not shown, code that nobody has reviewed, a change
//! of the table itself, rows that come from a query.

use pgward_contract::model::tier::Tier;
use pgward_lease::hold::{Command, Deed, HoldRule, Rows, Written};
use pgward_lease::name::TargetName;
use pgward_lease::request::Parameter;
use pgward_statement::class::Class;
use pgward_statement::effects::{Effects, SessionName, Statement};
use pgward_statement::judge::Bounds;
use pgward_statement::view::{QualifiedName, View, Way, is_built_in};
use pgward_statement::writes::{self, How, Value, Writes, Wrote, writes};
use pgward_wire::binary;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The rules of one target.
#[derive(Debug, Clone, PartialEq)]
pub struct Rules {
    target: TargetName,
    by_name: Arc<BTreeMap<String, HoldRule>>,
}

/// What rules may hold of a text, before its values are known.
#[derive(Debug, Clone, PartialEq)]
pub struct Suspect {
    rules: Rules,
    /// The rules that hold it whatever its values are.
    certain: BTreeSet<String>,
    /// What it writes where a rule looks at the values.
    checks: Vec<Check>,
    /// The prepared statements that it runs, and with what.
    pub(crate) executes: Vec<(String, Vec<Value>)>,
    /// What rules may hold of the statements that it prepares, by their names.
    pub(crate) prepared: Vec<(String, Suspect)>,
}

/// Rows that a rule looks at.
#[derive(Debug, Clone, PartialEq)]
struct Check {
    rule: String,
    table: QualifiedName,
    command: Command,
    rows: writes::Rows,
}

/// The values that a statement runs with.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Given<'a> {
    /// Those of a message, and the types that the client has declared.
    Bound(&'a [Parameter], &'a [u32]),
    /// Those of an EXECUTE.
    Listed(&'a [Value]),
}

impl Rules {
    /// The rules for this target; none where no rule is about it.
    #[must_use]
    pub fn on(target: &TargetName, all: &BTreeMap<String, HoldRule>) -> Option<Rules> {
        let about = all.iter().filter(|(_, rule)| rule.targets.is_empty() || rule.targets.contains(target));
        let by_name: BTreeMap<_, _> = about.map(|(name, rule)| (name.clone(), rule.clone())).collect();
        (!by_name.is_empty()).then(|| Rules { target: target.clone(), by_name: Arc::new(by_name) })
    }

    /// What of a text that a tier may run these rules may hold; none where it is not about any of their tables.
    pub(crate) fn suspect(&self, text: &str, effects: &Effects, tier: Tier, view: &View) -> Option<Suspect> {
        let ground = Ground { rules: self, tier, view };
        let mut found = self.nothing();
        let mut looks_at_values = false;
        for statement in &effects.statements {
            if let Some(SessionName::Prepare(name)) = kept(statement) {
                let mut later = self.nothing();
                looks_at_values |= ground.touches(statement, &mut later.certain);
                found.prepared.push((name.clone(), later));
            } else {
                looks_at_values |= ground.touches(statement, &mut found.certain);
                looks_at_values |= matches!(statement.session_name, Some(SessionName::Execute(_)));
            }
        }
        if looks_at_values {
            match writes(text, view, &Bounds::default()) {
                Some(written) => ground.values(written, &mut found),
                // It was read when it was judged; whoever cannot read it again holds it.
                None => found.certain.extend(self.by_name.keys().cloned()),
            }
        }
        found.prepared.retain(|(_, later)| !later.is_nothing());
        (!found.is_nothing()).then_some(found)
    }

    fn nothing(&self) -> Suspect {
        Suspect {
            rules: self.clone(),
            certain: BTreeSet::new(),
            checks: Vec::new(),
            executes: Vec::new(),
            prepared: Vec::new(),
        }
    }
}

impl Suspect {
    /// The rules that hold it with these values, in the order of their names.
    pub(crate) fn held_by(&self, given: Given<'_>) -> BTreeSet<String> {
        let met = self.checks.iter().filter(|check| self.is_met(check, given));
        self.certain.iter().cloned().chain(met.map(|check| check.rule.clone())).collect()
    }

    /// What of it is a statement that it prepares under this name.
    pub(crate) fn of_prepared(&self, name: &str) -> Option<Suspect> {
        let mut called = self.prepared.iter().filter(|(known, _)| known == name).map(|(_, later)| later);
        let mut all = called.next()?.clone();
        for later in called {
            all.certain.extend(later.certain.iter().cloned());
            all.checks.extend(later.checks.iter().cloned());
        }
        Some(all)
    }

    fn is_met(&self, check: &Check, given: Given<'_>) -> bool {
        // A rule that is not there any more cannot be asked.
        let Some(rule) = self.rules.by_name.get(&check.rule) else { return true };
        let told: Vec<Vec<(&str, Told)>> = match &check.rows {
            writes::Rows::Unknown => Vec::new(),
            writes::Rows::Known(rows) => rows
                .iter()
                .map(|row| row.iter().map(|(column, value)| (column.as_str(), told(value, given))).collect())
                .collect(),
        };
        let rows = match &check.rows {
            writes::Rows::Unknown => Rows::Unknown,
            writes::Rows::Known(_) => Rows::Known(
                told.iter()
                    .map(|row| row.iter().map(|(column, told)| (*column, told.as_written())).collect())
                    .collect(),
            ),
        };
        let (schema, table) = (check.table.schema.as_str(), check.table.name.as_str());
        rule.holds(&Deed { target: &self.rules.target, schema, table, command: check.command, rows })
    }

    fn is_nothing(&self) -> bool {
        self.certain.is_empty()
            && self.checks.is_empty()
            && self.executes.is_empty()
            && self.prepared.is_empty()
    }
}

/// What statements are looked at with.
struct Ground<'a> {
    rules: &'a Rules,
    tier: Tier,
    view: &'a View,
}

/// What a name in a text stands for.
enum Meaning {
    /// These relations: itself, and what is reached by way of it.
    These(Vec<(QualifiedName, Option<Way>)>),
    /// Nobody knows: it was made just now, or is temporary, and may be a view of anything.
    Unseen,
    /// Something of PostgreSQL's own.
    BuiltIn,
}

impl Ground<'_> {
    /// Notes the rules that hold a statement whatever its values are; whether others look at its values.
    fn touches(&self, statement: &Statement, certain: &mut BTreeSet<String>) -> bool {
        if statement.classes.iter().any(|class| matches!(class, Class::Code | Class::CallUnreviewed)) {
            certain.extend(self.rules.by_name.keys().cloned());
            return false;
        }
        let mut looks_at_values = false;
        for touched in &statement.relations {
            let Some(done) = done_by(touched.class) else { continue };
            let mut rules = self.rules.by_name.iter().filter(|(_, rule)| done.may_concern(rule)).peekable();
            if rules.peek().is_none() {
                continue;
            }
            let meaning = self.meaning(touched.schema.as_deref(), &touched.name);
            for (name, rule) in rules {
                match (&meaning, done) {
                    (Meaning::BuiltIn, _) | (Meaning::Unseen, Done::Changed) => {}
                    (Meaning::These(relations), _)
                        if !relations.iter().any(|(one, _)| concerns(rule, one)) => {}
                    // Its text says which of the two it does, and with which values.
                    (Meaning::These(_), Done::Writes) => looks_at_values = true,
                    _ => {
                        certain.insert(name.clone());
                    }
                }
            }
        }
        looks_at_values
    }

    /// Notes what is written where rules look at values.
    fn values(&self, written: Writes, found: &mut Suspect) {
        self.checks(&written.rows, &mut found.checks);
        for (name, rows) in &written.prepared {
            let mut checks = Vec::new();
            self.checks(rows, &mut checks);
            match found.prepared.iter_mut().find(|(known, _)| known == name) {
                Some((_, later)) => later.checks.extend(checks),
                None => found.prepared.push((name.clone(), Suspect { checks, ..self.rules.nothing() })),
            }
        }
        found.executes = written.executes;
    }

    fn checks(&self, wrote: &[Wrote], checks: &mut Vec<Check>) {
        for wrote in wrote {
            let command = match wrote.how {
                How::Insert => Command::Insert,
                How::Update => Command::Update,
            };
            // What is not known holds it already.
            let Meaning::These(relations) = self.meaning(wrote.schema.as_deref(), &wrote.table) else {
                continue;
            };
            for (name, rule) in self.rules.by_name.iter().filter(|(_, rule)| rule.commands.contains(&command))
            {
                for (table, way) in relations.iter().filter(|(one, _)| concerns(rule, one)) {
                    let rows = match way {
                        Some(Way::Rule) => writes::Rows::Unknown,
                        Some(Way::Inheritance) | None => wrote.rows.clone(),
                    };
                    checks.push(Check { rule: name.clone(), table: table.clone(), command, rows });
                }
            }
        }
    }

    fn meaning(&self, schema: Option<&str>, name: &str) -> Meaning {
        if is_built_in(schema, name) {
            return Meaning::BuiltIn;
        }
        let Some(known) = &self.view.relations else {
            let path: Vec<&str> = match schema {
                Some(schema) => vec![schema],
                None => self.view.search_path.iter().map(String::as_str).collect(),
            };
            return Meaning::These(
                path.iter().map(|schema| (QualifiedName::new(schema, name), None)).collect(),
            );
        };
        let mut meant: Vec<QualifiedName> = Vec::new();
        if schema.is_none() && self.tier == Tier::Admin {
            // Where names are looked up, an administrator may have changed.
            meant.extend(known.keys().filter(|known| known.name == name).cloned());
        } else if let Some((qualified, _)) = self.view.known_as(schema, name) {
            meant.push(qualified);
        }
        if meant.is_empty() {
            return Meaning::Unseen;
        }
        let reached = meant.iter().filter_map(|name| known.get(name)).flat_map(|relation| &relation.reaches);
        let reached: Vec<_> = reached.map(|reached| (reached.relation.clone(), Some(reached.by))).collect();
        Meaning::These(meant.into_iter().map(|name| (name, None)).chain(reached).collect())
    }
}

/// What is done to a relation, as rules see it.
#[derive(Clone, Copy)]
enum Done {
    /// Rows are added, or changed, or both where there is a conflict.
    Writes,
    /// Something else is done with its rows.
    Rows(&'static [Command]),
    /// It becomes another one, or something runs with it from now on: afterwards rules would be about something else.
    Changed,
}

impl Done {
    fn may_concern(self, rule: &HoldRule) -> bool {
        let commands = match self {
            Done::Writes => &[Command::Insert, Command::Update],
            Done::Rows(commands) => commands,
            Done::Changed => return true,
        };
        commands.iter().any(|command| rule.commands.contains(command))
    }
}

fn done_by(class: Class) -> Option<Done> {
    Some(match class {
        Class::Insert | Class::Update => Done::Writes,
        Class::CopyIn => Done::Rows(&[Command::Insert]),
        Class::Delete => Done::Rows(&[Command::Delete]),
        Class::Merge => Done::Rows(&[Command::Insert, Command::Update, Command::Delete]),
        Class::Read | Class::CopyOut => Done::Rows(&[Command::Select]),
        Class::Truncate => Done::Rows(&[Command::Truncate]),
        Class::AlterTable | Class::DefineCode => Done::Changed,
        _ => return None,
    })
}

fn concerns(rule: &HoldRule, relation: &QualifiedName) -> bool {
    rule.tables.iter().any(|pattern| pattern.matches(&relation.schema, &relation.name))
}

/// What a statement keeps and does not run.
fn kept(statement: &Statement) -> Option<&SessionName> {
    statement.session_name.as_ref().filter(|name| matches!(name, SessionName::Prepare(_)))
}

/// A value, as far as it is known when the statement is about to run.
enum Told {
    Value(String),
    Null,
    Unknown,
}

impl Told {
    fn as_written(&self) -> Written<'_> {
        match self {
            Told::Value(text) => Written::Value(text),
            Told::Null => Written::Null,
            Told::Unknown => Written::Unknown,
        }
    }
}

fn told(value: &Value, given: Given<'_>) -> Told {
    match value {
        Value::Constant(text) => Told::Value(text.clone()),
        Value::Null => Told::Null,
        Value::Unknown => Told::Unknown,
        Value::Parameter { number, type_oid } => {
            let Some(place) = number.checked_sub(1) else { return Told::Unknown };
            match given {
                Given::Listed(values) => match values.get(place) {
                    Some(Value::Constant(text)) => Told::Value(text.clone()),
                    Some(Value::Null) => Told::Null,
                    _ => Told::Unknown,
                },
                Given::Bound(values, types) => {
                    let declared = types.get(place).copied().filter(|oid| *oid != 0);
                    bound(values.get(place), declared.or(*type_oid))
                }
            }
        }
    }
}

/// A parameter's value. What is spelled in a type that is not PostgreSQL's own may become anything.
fn bound(parameter: Option<&Parameter>, type_oid: Option<u32>) -> Told {
    let is_foreign = type_oid.is_some_and(|oid| oid >= FIRST_OID);
    match parameter {
        Some(Parameter::Null) => Told::Null,
        Some(Parameter::Text(text)) if !is_foreign => Told::Value(text.clone()),
        Some(Parameter::Binary(bytes)) => {
            type_oid.and_then(|oid| binary::as_text(oid, bytes)).map_or(Told::Unknown, Told::Value)
        }
        _ => Told::Unknown,
    }
}

/// The first OID that is not PostgreSQL's own.
const FIRST_OID: u32 = 16_384;

#[cfg(test)]
mod tests;
