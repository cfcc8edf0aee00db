//! The phases of a run: statements that go into one transaction (decision 0004).

use pgward_catalog::name::DatabaseName;
use pgward_plan::change::Change;
use pgward_plan::statement::Statement;

/// Statements for one transaction.
#[derive(Debug, PartialEq, Eq)]
pub struct Phase<'a> {
    /// The database it runs in.
    pub database: DatabaseName,
    /// The statements, in their order.
    pub statements: Vec<&'a Statement>,
}

/// Divides statements into phases. Those that can run anywhere join whatever transaction is open: with one database
/// in the plan, there is one phase.
pub fn phases<'a>(statements: &'a [Statement], home: &DatabaseName) -> Vec<Phase<'a>> {
    let mut named: Vec<&DatabaseName> = statements.iter().filter_map(|one| one.database.as_ref()).collect();
    named.sort();
    named.dedup();
    if let [] | [_] = named.as_slice() {
        let database = named.first().map_or(home, |only| *only).clone();
        let statements: Vec<&Statement> = statements.iter().collect();
        return if statements.is_empty() { Vec::new() } else { vec![Phase { database, statements }] };
    }
    let mut phases: Vec<Phase<'a>> = Vec::new();
    let mut last = None;
    for statement in statements {
        let place = statement.database.as_ref();
        match phases.last_mut() {
            Some(open) if last == Some(place) => open.statements.push(statement),
            _ => phases.push(Phase { database: place.unwrap_or(home).clone(), statements: vec![statement] }),
        }
        last = Some(place);
    }
    phases
}

/// What the transactions of a run need of one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Nothing: all are executed and read back before any is committed.
    Nothing,
    /// Roles that come or go, which is to be committed before those who name them, or after.
    Roles,
    /// That each is committed before the next begins.
    Order,
}

impl Needs {
    /// What these changes need where this kind of role makes them. Without SUPERUSER memberships are lent on the way, and DROP OWNED writes
    /// the same rows of what the cluster shares from each database: two such transactions would wait for one another.
    pub fn of<'c>(mut changes: impl Iterator<Item = &'c Change> + Clone, executor: Executor) -> Self {
        if executor == Executor::Limited
            || changes.clone().any(|change| matches!(change, Change::DropOwned { .. }))
        {
            return Needs::Order;
        }
        let needs_roles = |change: &Change| {
            matches!(
                change,
                Change::CreateRole { .. } | Change::DropRole { .. } | Change::SetDatabaseOptions { .. }
            )
        };
        if changes.any(needs_roles) { Needs::Roles } else { Needs::Nothing }
    }
}

/// Who executes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Executor {
    /// A superuser.
    Superuser,
    /// Anybody else.
    Limited,
}

/// Phases in rounds: those of a round are all executed and read back, then committed one right after another.
pub fn rounds<'a>(statements: &'a [Statement], home: &DatabaseName, needs: Needs) -> Vec<Vec<Phase<'a>>> {
    let phases = phases(statements, home);
    if phases.len() < 2 || needs == Needs::Order {
        return phases.into_iter().map(|phase| vec![phase]).collect();
    }
    if needs == Needs::Nothing {
        return vec![in_each_database(statements)];
    }
    let mut rounds: Vec<Vec<Phase<'a>>> = Vec::new();
    for phase in phases {
        let joins = |round: &Vec<Phase<'_>>| {
            phase.is_of_one_database()
                && round.iter().all(|open| open.is_of_one_database() && open.database != phase.database)
        };
        match rounds.last_mut() {
            Some(round) if joins(round) => round.push(phase),
            _ => rounds.push(vec![phase]),
        }
    }
    rounds
}

/// One phase for each database; what the cluster shares is changed with the last of them, whose reading shows it.
fn in_each_database(statements: &[Statement]) -> Vec<Phase<'_>> {
    let mut databases: Vec<&DatabaseName> = Vec::new();
    for database in statements.iter().filter_map(|one| one.database.as_ref()) {
        if !databases.contains(&database) {
            databases.push(database);
        }
    }
    let last = databases.last().copied();
    let of = |database: &DatabaseName| Phase {
        database: database.clone(),
        statements: statements
            .iter()
            .filter(|one| one.database.as_ref().or(last) == Some(database))
            .collect(),
    };
    databases.iter().map(|database| of(database)).collect()
}

impl Phase<'_> {
    fn is_of_one_database(&self) -> bool {
        self.statements.iter().all(|one| one.database.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pgward_plan::statement::Action;

    fn statements(databases: &[Option<&str>]) -> Vec<Statement> {
        let statement = |database: &Option<&str>| Statement {
            database: database.map(DatabaseName::from),
            as_role: None,
            action: Action::Sql { sql: "SELECT".to_owned() },
            changes: Vec::new(),
        };
        databases.iter().map(statement).collect()
    }

    fn in_rounds(databases: &[Option<&str>], needs: Needs) -> String {
        let statements = statements(databases);
        let rounds = rounds(&statements, &DatabaseName::from("home"), needs);
        let phase = |phase: &Phase<'_>| format!("{} {}", phase.database, phase.statements.len());
        let round = |round: &Vec<Phase<'_>>| round.iter().map(phase).collect::<Vec<_>>().join(" and ");
        rounds.iter().map(round).collect::<Vec<_>>().join(", then ")
    }

    #[test]
    fn databases_are_committed_together_unless_they_need_what_another_has_committed() {
        let two = [None, Some("a"), Some("a"), Some("b"), None, None];
        assert_eq!(in_rounds(&two, Needs::Order), "home 1, then a 2, then b 1, then home 2");
        assert_eq!(in_rounds(&two, Needs::Roles), "home 1, then a 2 and b 1, then home 2");
        assert_eq!(in_rounds(&two, Needs::Nothing), "a 2 and b 4");
        let again = [Some("a"), Some("b"), Some("a")];
        assert_eq!(in_rounds(&again, Needs::Roles), "a 1 and b 1, then a 1");
        assert_eq!(in_rounds(&again, Needs::Nothing), "a 2 and b 1");
        assert_eq!(in_rounds(&[None, Some("a"), None], Needs::Nothing), "a 3");
        assert_eq!(in_rounds(&[], Needs::Nothing), "");
    }

    fn check(databases: &[Option<&str>], expected: &[(&str, usize)]) {
        let statements = statements(databases);
        let found: Vec<(String, usize)> = phases(&statements, &DatabaseName::from("home"))
            .iter()
            .map(|phase| (phase.database.to_string(), phase.statements.len()))
            .collect();
        let expected: Vec<(String, usize)> =
            expected.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_plan_for_one_database_is_one_transaction() {
        check(&[], &[]);
        check(&[None, None], &[("home", 2)]);
        check(&[None, Some("shop"), Some("shop"), None], &[("shop", 4)]);
    }

    #[test]
    fn a_plan_for_several_databases_is_one_transaction_after_another_in_the_order_of_its_statements() {
        check(
            &[None, Some("a"), Some("a"), Some("b"), None, None],
            &[("home", 1), ("a", 2), ("b", 1), ("home", 2)],
        );
    }
}
