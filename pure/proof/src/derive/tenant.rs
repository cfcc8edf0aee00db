//! Two tenants' rows, made in the subtransaction: a role in one tenant's context sees and writes that tenant's rows
//! and no others, and without a context it sees and writes nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use pgward_catalog::acl::Grantee;
use pgward_catalog::effective::Effective;
use pgward_catalog::name::{Name, RoleName};
use pgward_catalog::object::{Object, ObjectKey};
use pgward_catalog::policy::{PolicyCommand, PolicyKind};
use pgward_catalog::privilege::{Privilege, Privileges};
use pgward_catalog::role::Attribute;

use crate::action::{Action, Whose};
use crate::case::{Attempt, Case, Expectation, Statement, Step};
use crate::claim::{Claim, Expected, NEVER_MADE, Topic};
use crate::derive::book::Book;
use crate::derive::descendant;
use crate::derive::privilege::schema_key;
use crate::promises::TenantRule;
use crate::sample;
use crate::shape::{ColumnShape, RelationShape};

/// Adds the claims of the tenant rule at this position.
pub(super) fn derive(book: &mut Book<'_>, effective: &Effective<'_>, at: usize) {
    let (rules, promises) = (&book.database.tenants, book.promises);
    let Some(rule) = rules.get(at) else { return };
    let Some(object) = promises.desired.object(&book.object(&rule.table)) else { return };
    for tried in &promises.roles {
        if is_bound(book, effective, &tried.name, object) {
            try_role(book, effective, rule, object, &tried.name);
            descendant::derive(book, effective, rule, object, &tried.name);
        }
    }
}

/// Whether policies apply to the role at all.
pub(super) fn is_bound(book: &Book<'_>, effective: &Effective<'_>, role: &RoleName, object: &Object) -> bool {
    let free = book
        .promises
        .desired
        .roles
        .get(role)
        .is_none_or(|role| role.has(Attribute::Superuser) || role.has(Attribute::BypassRls));
    let owner = effective.membership(role, &object.owner, book.name).inherits;
    !free && (!owner || object.row_security().is_some_and(|rows| rows.forced))
}

/// Whether a permissive policy lets the role do a command at all.
pub(super) fn has_policy(
    book: &Book<'_>,
    effective: &Effective<'_>,
    role: &RoleName,
    object: &Object,
    command: PolicyCommand,
) -> bool {
    let applies = |grantee: &Grantee| match grantee {
        Grantee::Public => true,
        Grantee::Role(to) => effective.membership(role, to, book.name).inherits,
    };
    object.row_security().is_some_and(|rows| {
        rows.policies.values().any(|policy| {
            policy.kind == PolicyKind::Permissive
                && (policy.command == PolicyCommand::All || policy.command == command)
                && policy.roles.iter().any(applies)
        })
    })
}

fn try_role(
    book: &mut Book<'_>,
    effective: &Effective<'_>,
    rule: &TenantRule,
    object: &Object,
    role: &RoleName,
) {
    let held = effective.privileges(role, &book.object(&rule.table)).now.privileges;
    let usable = rule.table.schema.as_ref().is_none_or(|schema| {
        effective
            .privileges(role, &book.object(&schema_key(schema)))
            .now
            .privileges
            .contains(Privilege::Usage)
    });
    let rows = Privileges::of(&[Privilege::Select, Privilege::Insert, Privilege::Update, Privilege::Delete]);
    let held = held & rows;
    if held.is_empty() || !usable {
        return;
    }
    match Scene::make(book, rule, &object.owner) {
        Err(obstacle) => {
            let scene = Claimed { rule, role };
            let claim = scene.claim(book, PolicyCommand::All, Whose::Others, None);
            book.made.cases.push(Case {
                claim,
                attempt: None,
                question: None,
                control: None,
                obstacle: Some(obstacle),
            });
        }
        Ok(scene) => {
            let allowed: Vec<PolicyCommand> =
                COMMANDS.into_iter().filter(|command| held.contains(privilege_of(*command))).collect();
            for command in allowed {
                let own = has_policy(book, effective, role, object, command);
                // To find the rows it writes, the statement reads the tenant's column.
                let findable = held.contains(Privilege::Select) || command == PolicyCommand::Insert;
                let seen = has_policy(book, effective, role, object, PolicyCommand::Select);
                if findable {
                    let works = own && (seen || command == PolicyCommand::Insert);
                    scene.try_command(book, &Claimed { rule, role }, command, works);
                }
                if matches!(command, PolicyCommand::Update | PolicyCommand::Delete) {
                    scene.try_without_condition(book, &Claimed { rule, role }, command);
                }
            }
        }
    }
}

struct Claimed<'c> {
    rule: &'c TenantRule,
    role: &'c RoleName,
}

impl Claimed<'_> {
    fn claim(
        &self,
        book: &Book<'_>,
        command: PolicyCommand,
        whose: Whose,
        circumstance: Option<Arc<str>>,
    ) -> Claim {
        Claim {
            topic: Topic::TenantRows,
            database: book.name.clone(),
            role: self.role.clone(),
            becoming: None,
            action: Action::Rows(command, whose),
            object: Some(book.object(&self.rule.table)),
            columns: Vec::new(),
            expected: if whose == Whose::Own { Expected::Works } else { Expected::Refused },
            circumstance,
            source: self.rule.source.clone(),
        }
    }
}

/// Two tenants with a row each, and the SQL about them.
struct Scene {
    owner: RoleName,
    table: String,
    column: String,
    setting: String,
    /// The tenants' names as the context has them.
    tenants: [String; 2],
    /// The same as values of the column.
    values: [String; 2],
    prelude: Vec<Step>,
    /// A further row of each tenant, to be inserted by the role.
    inserts: [String; 2],
}

impl Scene {
    fn make(book: &Book<'_>, rule: &TenantRule, owner: &RoleName) -> Result<Scene, String> {
        let Some(shape) = book.shapes.relation(&rule.table) else {
            return Err(format!("the columns of {} are not known", rule.table));
        };
        shape.may_be_tried(&rule.table)?;
        let column = shape.column(rule.column.as_str());
        let column = column.ok_or_else(|| format!("{} has no column \"{}\"", rule.table, rule.column))?;
        let tenant = |seed| tenant(shape, column, seed);
        let tenants = [tenant(FIRST)?, tenant(SECOND)?];
        let rows = [
            row(rule, shape, &tenants[0], FIRST)?,
            row(rule, shape, &tenants[1], SECOND)?,
            row(rule, shape, &tenants[0], FIRST + 10)?,
            row(rule, shape, &tenants[1], SECOND + 10)?,
        ];
        let insert = |row: &sample::Row| inserting(&rule.table, row);
        Ok(Scene {
            owner: owner.clone(),
            table: rule.table.quoted(),
            column: column.name.quoted(),
            setting: rule.setting.clone(),
            values: [sample::cast(&tenants[0], &column.type_), sample::cast(&tenants[1], &column.type_)],
            tenants,
            prelude: vec![
                Step::WithoutTriggers,
                Step::Owner(owner.clone(), insert(&rows[0])),
                Step::Owner(owner.clone(), insert(&rows[1])),
            ],
            inserts: [insert(&rows[2]), insert(&rows[3])],
        })
    }

    fn try_command(&self, book: &mut Book<'_>, claimed: &Claimed<'_>, command: PolicyCommand, works: bool) {
        // Without a context first: once a session has made a setting, it stays known to it, and empty.
        let never_made = Some(Arc::from(NEVER_MADE));
        let empty = Some(Arc::from("when its setting is empty"));
        let sql = self.statement(command, 0, Least::Any);
        for (circumstance, context) in [(never_made, None), (empty, Some(""))] {
            let claim = claimed.claim(book, command, Whose::WithoutContext, circumstance);
            self.add(book, claim, context, &sql, closed(command));
        }
        if works {
            let claim = claimed.claim(book, command, Whose::Own, None);
            let expectation = match command {
                PolicyCommand::Select => Expectation::Returns(vec!["1".to_owned(), "0".to_owned()]),
                _ => Expectation::Writes(1),
            };
            let sql = match command {
                PolicyCommand::Select => self.count_both(),
                _ => self.statement(command, 0, Least::Tenants),
            };
            self.add(book, claim, Some(&self.tenants[0]), &sql, expectation);
        }
        let claim = claimed.claim(book, command, Whose::Others, None);
        let sql = self.statement(command, 1, Least::Tenants);
        self.add(book, claim, Some(&self.tenants[0]), &sql, closed(command));
        if command == PolicyCommand::Update && works {
            let claim =
                claimed.claim(book, command, Whose::Others, Some("by making its own row another's".into()));
            let Scene { table, column, values, .. } = self;
            let sql = format!("UPDATE {table} SET {column} = {} WHERE {column} = {}", values[1], values[0]);
            self.add(book, claim, Some(&self.tenants[0]), &sql, closed(command));
        }
    }

    /// A statement that reads nothing is let through by the policies of its own command alone: those of SELECT do not
    /// hide other tenants' rows from it. It stops by a division by zero at the first row too many, so that it never
    /// writes more than one row that is not the tenant's.
    fn try_without_condition(&self, book: &mut Book<'_>, claimed: &Claimed<'_>, command: PolicyCommand) {
        let Scene { table, column, values, .. } = self;
        let writing = match command {
            PolicyCommand::Update => format!("UPDATE {table} SET {column} = {}", values[0]),
            _ => format!("DELETE FROM {table}"),
        };
        let sql = format!(
            "{writing} WHERE 1.0 / (pg_catalog.current_setting('{OWN}')::pg_catalog.int8 + 1 - \
             pg_catalog.set_config('{REACHED}', \
             (pg_catalog.current_setting('{REACHED}')::pg_catalog.int8 + 1)::pg_catalog.text, true)::pg_catalog.int8) > 0"
        );
        let count = format!(
            "SELECT pg_catalog.set_config('{OWN}', pg_catalog.count(*)::pg_catalog.text, true), \
             pg_catalog.set_config('{REACHED}', '0', true) FROM {table} WHERE {column} = {}",
            values[0]
        );
        let claim =
            claimed.claim(book, command, Whose::Others, Some("by a statement without a condition".into()));
        let mut prelude = self.prelude.clone();
        prelude.push(Step::Owner(self.owner.clone(), count));
        let attempt = Attempt {
            identity: claim.role.clone(),
            becoming: None,
            prelude,
            context: vec![book.search_path(&claim.role), (self.setting.clone(), self.tenants[0].clone())],
            statement: Statement::run(sql),
            expectation: Expectation::StopsBeforeOthers,
            code: Arc::default(),
        };
        book.made.cases.push(Case {
            claim,
            attempt: Some(attempt),
            question: None,
            control: None,
            obstacle: None,
        });
    }

    /// What the tenant of this index would do with its own rows.
    fn statement(&self, command: PolicyCommand, tenant: usize, least: Least) -> String {
        let Scene { table, column, values, inserts, .. } = self;
        let value = if tenant == 0 { &values[0] } else { &values[1] };
        match (command, least) {
            (PolicyCommand::Insert, _) if tenant == 0 => inserts[0].clone(),
            (PolicyCommand::Insert, _) => inserts[1].clone(),
            (PolicyCommand::Update, _) => {
                format!("UPDATE {table} SET {column} = {value} WHERE {column} = {value}")
            }
            (PolicyCommand::Delete, _) => format!("DELETE FROM {table} WHERE {column} = {value}"),
            (_, Least::Any) => {
                format!("SELECT pg_catalog.count(*) FROM (SELECT {column} FROM {table} LIMIT 1) AS any_row")
            }
            (_, Least::Tenants) => {
                format!("SELECT pg_catalog.count(*) FROM {table} WHERE {column} = {value}")
            }
        }
    }

    fn count_both(&self) -> String {
        let Scene { table, column, values, .. } = self;
        format!(
            "SELECT pg_catalog.count(*) FILTER (WHERE {column} = {0}), \
             pg_catalog.count(*) FILTER (WHERE {column} IS DISTINCT FROM {0}) FROM {table}",
            values[0]
        )
    }

    fn add(
        &self,
        book: &mut Book<'_>,
        claim: Claim,
        context: Option<&str>,
        sql: &str,
        expectation: Expectation,
    ) {
        let control = match expectation {
            Expectation::SeesNothing | Expectation::WritesNothing => {
                // For the prover the same statement finds a row; if it found none, it would divide by zero.
                let sql = sql.replacen("SELECT pg_catalog.count(*)", "SELECT 1 / pg_catalog.count(*)", 1);
                let owner = Some(self.owner.clone());
                Some(book.control(Statement::run(sql), self.prelude.clone(), owner, Arc::default()))
            }
            _ => None,
        };
        let mut settings = vec![book.search_path(&claim.role)];
        settings.extend(context.map(|value| (self.setting.clone(), value.to_owned())));
        let attempt = Attempt {
            identity: claim.role.clone(),
            becoming: None,
            prelude: self.prelude.clone(),
            context: settings,
            statement: Statement::run(sql),
            expectation,
            code: Arc::default(),
        };
        book.made.cases.push(Case { claim, attempt: Some(attempt), question: None, control, obstacle: None });
    }
}

/// Which rows a SELECT looks for.
#[derive(Clone, Copy)]
enum Least {
    /// Any row at all.
    Any,
    /// A tenant's.
    Tenants,
}

fn closed(command: PolicyCommand) -> Expectation {
    match command {
        PolicyCommand::Select => Expectation::SeesNothing,
        _ => Expectation::WritesNothing,
    }
}

fn tenant(shape: &RelationShape, column: &ColumnShape, seed: u32) -> Result<String, String> {
    sample::value(shape, column, seed).ok_or_else(|| {
        format!("no value of type {} can be made up for column \"{}\"", column.type_.sql, column.name)
    })
}

fn row(rule: &TenantRule, shape: &RelationShape, tenant: &str, seed: u32) -> Result<sample::Row, String> {
    let mut given: BTreeMap<Name, String> = rule.sample.clone();
    given.insert(rule.column.clone(), tenant.to_owned());
    sample::row(shape, &given, seed).map_err(|column| {
        format!("no value can be made up for column \"{column}\" of {}; give one under `sample`", rule.table)
    })
}

/// An INSERT of a whole row.
pub(super) fn inserting(table: &ObjectKey, row: &sample::Row) -> String {
    let columns: Vec<String> = row.columns.iter().map(Name::quoted).collect();
    format!(
        "INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE VALUES ({})",
        table.quoted(),
        columns.join(", "),
        row.values.join(", ")
    )
}

pub(super) fn privilege_of(command: PolicyCommand) -> Privilege {
    match command {
        PolicyCommand::Insert => Privilege::Insert,
        PolicyCommand::Update => Privilege::Update,
        PolicyCommand::Delete => Privilege::Delete,
        PolicyCommand::All | PolicyCommand::Select => Privilege::Select,
    }
}

pub(super) const COMMANDS: [PolicyCommand; 4] =
    [PolicyCommand::Select, PolicyCommand::Insert, PolicyCommand::Update, PolicyCommand::Delete];

/// Settings of the subtransaction: how many rows are the tenant's, and how many the statement has reached.
const OWN: &str = "pgward.own_rows";
const REACHED: &str = "pgward.reached_rows";

const FIRST: u32 = 71;
const SECOND: u32 = 72;
