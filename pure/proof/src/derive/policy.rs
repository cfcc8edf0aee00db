//! Row policies on rows made up for them: what a role sees and writes is what the declared conditions let through.
//!
//! The rows are kept in a temporary table beside the real one. The role asks both in one statement: which rows it
//! sees, and which the declared condition holds for, evaluated as itself.

use std::collections::BTreeSet;
use std::sync::Arc;

use pgward_catalog::acl::Grantee;
use pgward_catalog::effective::Effective;
use pgward_catalog::name::{Name, RoleName, quote_literal};
use pgward_catalog::object::{Object, ObjectKey};
use pgward_catalog::policy::{Policy, PolicyCommand, PolicyKind};
use pgward_catalog::privilege::Privilege;

use crate::action::{Action, Whose};
use crate::candidate;
use crate::case::{Attempt, Case, Expectation, Statement, Step};
use crate::claim::{Claim, Expected, Source, Topic};
use crate::derive::book::Book;
use crate::derive::privilege::schema_key;
use crate::derive::tenant::{COMMANDS, is_bound, privilege_of};
use crate::shape::RelationShape;

/// Every table that has policies and no tenant rule.
pub(super) fn tables<'a>(book: &Book<'a>) -> Vec<(&'a ObjectKey, &'a Object)> {
    let contents = book.promises.desired.databases.get(book.name);
    let by_tenant: BTreeSet<&ObjectKey> = book.database.tenants.iter().map(|rule| &rule.table).collect();
    let tried = |(key, object): &(&ObjectKey, &Object)| {
        let enabled = object.row_security().is_some_and(|rows| rows.enabled);
        let described = key.schema.as_ref().is_some_and(|schema| book.database.schemas.contains(schema));
        let decided = described || book.database.row_decisions.contains_key(*key);
        enabled && decided && !by_tenant.contains(*key)
    };
    contents.into_iter().flat_map(|contents| &contents.objects).filter(tried).collect()
}

/// Adds the claims about one of these tables.
pub(super) fn derive(book: &mut Book<'_>, effective: &Effective<'_>, key: &ObjectKey, object: &Object) {
    let promises = book.promises;
    for tried in &promises.roles {
        if is_bound(book, effective, &tried.name, object) {
            try_role(book, effective, key, object, &tried.name);
        }
    }
}

fn try_role(
    book: &mut Book<'_>,
    effective: &Effective<'_>,
    key: &ObjectKey,
    object: &Object,
    role: &RoleName,
) {
    let held = effective.privileges(role, &book.object(key)).now.privileges;
    let usable = key.schema.as_ref().is_none_or(|schema| {
        effective
            .privileges(role, &book.object(&schema_key(schema)))
            .now
            .privileges
            .contains(Privilege::Usage)
    });
    if !usable || !held.contains(Privilege::Select) && !held.contains(Privilege::Insert) {
        return;
    }
    let conditions = Conditions::of(book, effective, role, object);
    let source = book.database.row_decisions.get(key).cloned().flatten();
    let claimed = Claimed { role, key, source };
    match Scene::make(book, key, role, &object.owner, &conditions) {
        Err(obstacle) => claimed.open(book, obstacle),
        Ok(scene) => {
            for command in COMMANDS.into_iter().filter(|command| held.contains(privilege_of(*command))) {
                if command == PolicyCommand::Insert || held.contains(Privilege::Select) {
                    scene.try_command(book, &claimed, command, &conditions);
                }
            }
        }
    }
}

/// What the declared policies come to for one role.
struct Conditions {
    /// For each of [`COMMANDS`]: which rows it reaches.
    using: [String; 4],
    /// For each of [`COMMANDS`]: which rows may be written.
    check: [String; 4],
}

impl Conditions {
    fn of(book: &Book<'_>, effective: &Effective<'_>, role: &RoleName, object: &Object) -> Self {
        let applies = |grantee: &Grantee| match grantee {
            Grantee::Public => true,
            Grantee::Role(to) => effective.membership(role, to, book.name).inherits,
        };
        let policies: Vec<&Policy> = object
            .row_security()
            .into_iter()
            .flat_map(|rows| rows.policies.values())
            .filter(|policy| policy.roles.iter().any(applies))
            .collect();
        let using = |policy: &Policy| policy.using.clone();
        let check = |policy: &Policy| policy.check.clone().or_else(|| policy.using.clone());
        Self {
            using: COMMANDS.map(|command| together(&policies, command, using)),
            check: COMMANDS.map(|command| together(&policies, command, check)),
        }
    }

    fn using(&self, command: PolicyCommand) -> &str {
        of_command(&self.using, command)
    }

    fn check(&self, command: PolicyCommand) -> &str {
        of_command(&self.check, command)
    }

    fn everything(&self) -> String {
        self.using.iter().chain(&self.check).map(String::as_str).collect::<Vec<_>>().join(" ")
    }
}

fn of_command(texts: &[String; 4], command: PolicyCommand) -> &str {
    let at = COMMANDS.iter().position(|known| *known == command);
    at.and_then(|at| texts.get(at)).map_or(NOTHING, String::as_str)
}

/// One of the permissive policies, and all of the restrictive ones. A policy without a condition lets every row through.
fn together(
    policies: &[&Policy],
    command: PolicyCommand,
    condition: impl Fn(&Policy) -> Option<String>,
) -> String {
    let of_kind = |kind: PolicyKind| -> Vec<String> {
        policies
            .iter()
            .filter(|policy| policy.kind == kind)
            .filter(|policy| policy.command == PolicyCommand::All || policy.command == command)
            .map(|policy| condition(policy).map_or_else(|| "true".to_owned(), |text| format!("({text})")))
            .collect()
    };
    let permissive = of_kind(PolicyKind::Permissive);
    if permissive.is_empty() {
        return NOTHING.to_owned();
    }
    let mut all = vec![format!("({})", permissive.join(" OR "))];
    all.extend(of_kind(PolicyKind::Restrictive));
    all.join(" AND ")
}

struct Claimed<'c> {
    role: &'c RoleName,
    key: &'c ObjectKey,
    source: Option<Arc<Source>>,
}

impl Claimed<'_> {
    fn claim(&self, book: &Book<'_>, command: PolicyCommand, whose: Whose) -> Claim {
        Claim {
            topic: Topic::RowPolicy,
            database: book.name.clone(),
            role: self.role.clone(),
            becoming: None,
            action: Action::Rows(command, whose),
            object: Some(book.object(self.key)),
            columns: Vec::new(),
            expected: if whose == Whose::Permitted { Expected::Works } else { Expected::Refused },
            circumstance: None,
            source: self.source.clone(),
        }
    }

    fn open(&self, book: &mut Book<'_>, obstacle: String) {
        let claim = self.claim(book, PolicyCommand::All, Whose::Hidden);
        let obstacle = Some(obstacle);
        book.made.cases.push(Case { claim, attempt: None, question: None, control: None, obstacle });
    }
}

/// The rows, in the table and beside it.
struct Scene {
    owner: RoleName,
    /// What the conditions look up in the session.
    context: Vec<(String, String)>,
    table: String,
    /// The table's bare name, by which conditions may call it.
    alias: String,
    columns: Vec<String>,
    settable: Option<String>,
    prelude: Vec<Step>,
}

impl Scene {
    fn make(
        book: &Book<'_>,
        key: &ObjectKey,
        role: &RoleName,
        owner: &RoleName,
        conditions: &Conditions,
    ) -> Result<Self, String> {
        let shape = book.shapes.relation(key).ok_or_else(|| format!("the columns of {key} are not known"))?;
        shape.may_be_tried(key)?;
        if let Some(code) = book.shapes.event_code.first() {
            return Err(format!(
                "rows are kept in a table that is made for them, and making one would run {code}"
            ));
        }
        let everything = conditions.everything();
        // `current_user`, `session_user`, `current_role`, or a function with such a name.
        let names_user = ["user", "USER", "role", "ROLE"].iter().any(|word| everything.contains(word));
        let roles: &[&str] = if names_user { &[role.as_str()] } else { &[] };
        let rows = candidate::rows(shape, &everything, roles)
            .map_err(|column| format!("no value can be made up for column \"{column}\" of {key}"))?;
        let columns: Vec<String> =
            rows.first().map(|row| row.columns.iter().map(Name::quoted).collect()).unwrap_or_default();
        let values: Vec<String> = rows.iter().map(|row| format!("({})", row.values.join(", "))).collect();
        let table = key.quoted();
        let create = format!(
            "CREATE TEMPORARY TABLE pgward_rows AS SELECT t.*, t.ctid AS pgward_ctid, t.tableoid AS pgward_table \
             FROM {table} AS t WITH NO DATA"
        );
        let fill = filling(&table, &columns, &values);
        let show = format!("GRANT SELECT ON pg_temp.pgward_rows TO {}", role.quoted());
        Ok(Self {
            owner: owner.clone(),
            context: candidate::contexts(&everything),
            alias: key.name.quoted(),
            settable: settable(shape),
            prelude: vec![
                Step::WithoutTriggers,
                Step::Owner(owner.clone(), create),
                Step::Owner(owner.clone(), fill),
                Step::Owner(owner.clone(), show),
            ],
            table,
            columns,
        })
    }

    fn try_command(
        &self,
        book: &mut Book<'_>,
        claimed: &Claimed<'_>,
        command: PolicyCommand,
        conditions: &Conditions,
    ) {
        let select = conditions.using(PolicyCommand::Select);
        match command {
            PolicyCommand::Insert => self.try_insert(book, claimed, conditions),
            PolicyCommand::Update => {
                let Some(column) = &self.settable else { return };
                let (using, check) = (conditions.using(command), conditions.check(command));
                let allowed = format!("({select}) AND ({using})");
                // A row that is reached and that the check refuses would end the statement; such rows are left alone.
                let only = format!("(coalesce(({check}), false) OR NOT coalesce(({allowed}), false))");
                let writing = format!("UPDATE {} AS x SET {column} = x.{column} FROM", self.table);
                let sql = self.changed(&writing, &allowed, &only);
                self.compare(book, claimed, command, &[select, using], &sql);
            }
            PolicyCommand::Delete => {
                let using = conditions.using(command);
                let writing = format!("DELETE FROM {} AS x USING", self.table);
                let sql = self.changed(&writing, &format!("({select}) AND ({using})"), "true");
                self.compare(book, claimed, command, &[select, using], &sql);
            }
            PolicyCommand::All | PolicyCommand::Select => {
                let alias = &self.alias;
                let sql = format!(
                    "{COUNTS} FROM (SELECT EXISTS (SELECT FROM {table} AS x WHERE x.ctid = {alias}.pgward_ctid \
                     AND x.tableoid = {alias}.pgward_table) AS done, coalesce(({select}), false) AS allowed \
                     FROM pg_temp.pgward_rows AS {alias}) AS both_sides",
                    table = self.table
                );
                self.compare(book, claimed, PolicyCommand::Select, &[select], &sql);
            }
        }
    }

    /// Writes the rows and compares which were written with which should be.
    fn changed(&self, writing: &str, allowed: &str, only: &str) -> String {
        let alias = &self.alias;
        let rows = format!("(SELECT * FROM pg_temp.pgward_rows AS {alias} WHERE {only}) AS {alias}");
        format!(
            "WITH done AS ({writing} {rows} WHERE x.ctid = {alias}.pgward_ctid AND x.tableoid = {alias}.pgward_table \
             RETURNING {alias}.pgward_ctid, {alias}.pgward_table) \
             {COUNTS} FROM (SELECT EXISTS (SELECT FROM done WHERE done.pgward_ctid = {alias}.pgward_ctid \
             AND done.pgward_table = {alias}.pgward_table) AS done, coalesce(({allowed}), false) AS allowed \
             FROM {rows}) AS both_sides"
        )
    }

    fn compare(
        &self,
        book: &mut Book<'_>,
        claimed: &Claimed<'_>,
        command: PolicyCommand,
        allowed: &[&str],
        sql: &str,
    ) {
        let expectation = Expectation::Agrees {
            some_permitted: !allowed.contains(&NOTHING),
            some_hidden: !allowed.iter().all(|condition| is_trivial(condition)),
        };
        let claim = claimed.claim(book, command, Whose::Hidden);
        self.add(book, claim, self.prelude.clone(), sql.to_owned(), expectation, None);
    }

    /// Rows that the check lets through go in, and one that it does not is refused.
    fn try_insert(&self, book: &mut Book<'_>, claimed: &Claimed<'_>, conditions: &Conditions) {
        let Self { table, alias, columns, .. } = self;
        let mut prelude = self.prelude.clone();
        // They make room for themselves.
        prelude.push(Step::Owner(self.owner.clone(), format!(
            "DELETE FROM {table} AS x USING pg_temp.pgward_rows AS r WHERE x.ctid = r.pgward_ctid AND x.tableoid = r.pgward_table"
        )));
        let check = conditions.check(PolicyCommand::Insert);
        let columns = columns.join(", ");
        let insert = |condition: &str, limit: &str| {
            format!(
                "INSERT INTO {table} ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} FROM pg_temp.pgward_rows AS {alias} \
                 WHERE {condition}{limit}"
            )
        };
        if check != NOTHING {
            let claim = claimed.claim(book, PolicyCommand::Insert, Whose::Permitted);
            let sql = insert(&format!("coalesce(({check}), false)"), "");
            self.add(book, claim, prelude.clone(), sql, Expectation::WritesSome, None);
        }
        if !is_trivial(check) {
            let claim = claimed.claim(book, PolicyCommand::Insert, Whose::Hidden);
            let condition = format!("NOT coalesce(({check}), false)");
            let sql = insert(&condition, " LIMIT 1");
            let control = format!(
                "SELECT 1 / pg_catalog.count(*) FROM pg_temp.pgward_rows AS {alias} WHERE {condition}"
            );
            self.add(book, claim, prelude, sql, Expectation::WritesNothing, Some(control));
        }
    }

    fn add(
        &self,
        book: &mut Book<'_>,
        claim: Claim,
        prelude: Vec<Step>,
        sql: String,
        expectation: Expectation,
        control: Option<String>,
    ) {
        let context: Vec<(String, String)> =
            [book.search_path(&claim.role)].into_iter().chain(self.context.clone()).collect();
        // The condition is evaluated, so not by the prover: who knows whose functions it calls.
        let control = control
            .map(|sql| book.control_of(&claim.role, Statement::run(sql), prelude.clone(), context.clone()));
        let attempt = Attempt {
            identity: claim.role.clone(),
            becoming: None,
            prelude,
            context,
            statement: Statement::run(sql),
            expectation,
            code: Arc::default(),
        };
        book.made.cases.push(Case { claim, attempt: Some(attempt), question: None, control, obstacle: None });
    }
}

/// Puts the rows into the table and beside it: all at once, or, where constraints do not let some of them be, one by one.
fn filling(table: &str, columns: &[String], values: &[String]) -> String {
    let before = format!(
        "WITH made AS (INSERT INTO {table} AS t ({}) OVERRIDING SYSTEM VALUE VALUES ",
        columns.join(", ")
    );
    let after = " RETURNING t.*, t.ctid, t.tableoid) INSERT INTO pg_temp.pgward_rows SELECT * FROM made";
    let rows: Vec<String> = values.iter().map(|row| quote_literal(row)).collect();
    let (before, after) = (quote_literal(&before), quote_literal(after));
    let body = format!(
        "DECLARE made pg_catalog.text[] := ARRAY[{}]::pg_catalog.text[]; one pg_catalog.text; \
         BEGIN EXECUTE {before} || pg_catalog.array_to_string(made, ', ') || {after}; \
         EXCEPTION WHEN integrity_constraint_violation OR data_exception THEN \
         FOREACH one IN ARRAY made LOOP BEGIN EXECUTE {before} || one || {after}; \
         EXCEPTION WHEN integrity_constraint_violation OR data_exception THEN NULL; END; END LOOP; END",
        rows.join(", ")
    );
    format!("DO LANGUAGE plpgsql {}", quote_literal(&body))
}

/// Whether the condition lets every row through, whatever is in it.
fn is_trivial(condition: &str) -> bool {
    let words = condition.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    words.into_iter().all(|word| ["true", "AND", "OR"].contains(&word))
}

/// A column that an UPDATE can set to what it is.
fn settable(shape: &RelationShape) -> Option<String> {
    let plain = shape.columns.iter().find(|column| !column.generated && column.identity.is_none());
    plain.map(|column| column.name.quoted())
}

const COUNTS: &str = "SELECT pg_catalog.count(*) FILTER (WHERE done AND allowed), \
    pg_catalog.count(*) FILTER (WHERE done AND NOT allowed), pg_catalog.count(*) FILTER (WHERE NOT done AND allowed), \
    pg_catalog.count(*) FILTER (WHERE NOT done AND NOT allowed)";

/// The condition of a command without a permissive policy.
const NOTHING: &str = "false";
