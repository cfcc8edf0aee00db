//! The phases of a run: statements that go into one transaction (decision 0004).

use pgward_catalog::name::DatabaseName;
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

#[cfg(test)]
mod tests {
    use super::*;
    use pgward_plan::statement::Action;

    fn check(databases: &[Option<&str>], expected: &[(&str, usize)]) {
        let statements: Vec<Statement> = databases
            .iter()
            .map(|database| Statement {
                database: database.map(DatabaseName::from),
                as_role: None,
                action: Action::Sql { sql: "SELECT".to_owned() },
                changes: Vec::new(),
            })
            .collect();
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
