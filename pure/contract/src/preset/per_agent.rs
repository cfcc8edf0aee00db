//! One login for each agent: a matrix of agents, tables and rows (C1, C2).

use crate::form::collection::{Map, OneOrMany};
use crate::model::database::Database;
use crate::model::grant::{Grant, Privilege};
use crate::model::preset::{Agent, PerAgent, Writes};
use crate::model::role::{Role, RoleKind};
use crate::model::rows::{Policy, Rows};
use crate::name::{Name, Principal, RoleName};
use crate::pattern::object::ObjectName;
use crate::preset::making::{DDL, Making, schemas_of};
use crate::source::span::Spanned;
use crate::text::Expression;

/// Makes the entries `agents` stands for.
pub(crate) fn make(agents: &PerAgent, making: &mut Making<'_>) {
    let prefix = agents.prefix.as_ref().map_or("", |prefix| prefix.as_str());
    let schemas = schemas_of(&agents.schemas, making);
    let mut named: Vec<(RoleName, &Spanned<Agent>)> = Vec::new();
    for (key, agent) in &agents.agents {
        let name = making.name(&format!("{prefix}{}", key.value));
        let role = Role {
            connections: agent.connections.clone(),
            secret: agent.secret.clone(),
            because: agent.because.clone(),
            ..Role::default()
        };
        making.role(&name, RoleKind::Login, role);
        named.push((name, agent));
    }
    if named.is_empty() {
        return;
    }
    let names: Vec<&RoleName> = named.iter().map(|(name, _)| name).collect();
    let schema = making.used_schema(&names);
    let grants = named.iter().flat_map(|(name, agent)| grants(name, agent, making)).collect();
    let never = vec![
        making.may_never(&names, DDL, None, "an agent works with rows, not with tables"),
        making.stays_small(&names),
    ];
    let database = Database {
        connect: Some(making.list(&names)),
        schemas: schemas.into_iter().map(|name| (name, schema.clone())).collect(),
        grants,
        rows: rows(&named, making),
        never,
        ..Database::default()
    };
    making.database(&agents.database, database);
}

fn grants(name: &RoleName, agent: &Agent, making: &Making<'_>) -> Vec<Spanned<Grant>> {
    let mut grants = Vec::new();
    if !agent.reads.is_empty() {
        grants.push(making.grant(
            name,
            &[Privilege::Select],
            making.only_tables(&agent.reads),
            "what it reads",
        ));
    }
    grants.extend(agent.writes.iter().flat_map(|writes| written(name, writes, making)));
    grants
}

/// Grants to write tables, with the sequences of their serial columns where rows are added.
pub(crate) fn written(name: &RoleName, writes: &Writes, making: &Making<'_>) -> Vec<Spanned<Grant>> {
    const ALL: [Privilege; 3] = [Privilege::Insert, Privilege::Update, Privilege::Delete];
    let listed: Vec<Privilege> = writes.allow.iter().flatten().map(|privilege| privilege.value).collect();
    let allow = if listed.is_empty() { ALL.as_slice() } else { listed.as_slice() };
    let mut grants = vec![making.grant(name, allow, making.only_tables(&writes.tables.0), "what it writes")];
    if allow.contains(&Privilege::Insert) {
        let sequences = making.sequences_of(&writes.tables.0);
        grants.push(making.grant(name, &[Privilege::Usage], sequences, "the numbers of the rows it adds"));
    }
    grants
}

/// Policies for every table for which some agent has a rule.
fn rows(named: &[(RoleName, &Spanned<Agent>)], making: &Making<'_>) -> Map<ObjectName, Spanned<Rows>> {
    let mut tables: Vec<&Spanned<ObjectName>> = Vec::new();
    for table in named.iter().flat_map(|(_, agent)| agent.rows.keys()) {
        if !tables.contains(&table) {
            tables.push(table);
        }
    }
    let decided = tables.into_iter().map(|table| {
        let mut policies: Map<Name, Spanned<Policy>> = Map::default();
        for (name, agent) in named {
            for (label, policy) in policies_of(name, agent, table, making) {
                policies.insert(making.at(label), policy);
            }
        }
        (table.clone(), table.with(Rows { policies, ..Rows::default() }))
    });
    decided.collect()
}

fn policies_of(
    name: &RoleName,
    agent: &Agent,
    table: &Spanned<ObjectName>,
    making: &Making<'_>,
) -> Vec<(Name, Spanned<Policy>)> {
    let to = || OneOrMany(vec![making.at(Principal::Role(name.clone()))]);
    let Some(rules) = agent.rows.get(&table.value) else {
        if !reaches(agent, &table.value) {
            return Vec::new();
        }
        let all = Some(making.at(Expression("true".to_owned())));
        let policy = Policy { to: to(), r#for: None, r#as: None, using: all, check: None, because: None };
        return vec![(label(name, "all"), making.at(policy))];
    };
    let numbered = rules.iter().zip(1_usize..).map(|(rule, number)| {
        let policy = Policy {
            to: to(),
            r#for: rule.r#for.clone(),
            r#as: None,
            using: rule.using.clone(),
            check: rule.check.clone(),
            because: None,
        };
        let ending = if rules.0.len() == 1 { "rows".to_owned() } else { format!("rows_{number}") };
        (label(name, &ending), rule.with(policy))
    });
    numbered.collect()
}

/// The policy's name, shortened where PostgreSQL would cut it.
fn label(role: &RoleName, ending: &str) -> Name {
    let mut kept = crate::name::NAME_BYTES_MAX.saturating_sub(ending.len() + 1).min(role.as_str().len());
    while !role.as_str().is_char_boundary(kept) {
        kept -= 1;
    }
    Name(format!("{}_{ending}", role.as_str().get(..kept).unwrap_or_default()))
}

fn reaches(agent: &Agent, table: &ObjectName) -> bool {
    let written = agent.writes.iter().flat_map(|writes| writes.tables.iter());
    agent.reads.iter().chain(written).any(|pattern| pattern.matches(&table.schema, &table.name))
}
