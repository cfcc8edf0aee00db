//! One expression; one statement.

use std::panic::{AssertUnwindSafe, catch_unwind};

use pg_raw_parse::{Node, ParseResult, parse};

/// Why a text is not the one thing it is taken for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotOne {
    /// The grammar does not know it.
    #[error("{0}")]
    Syntax(String),
    /// It closes the parenthesis that is written around it.
    #[error("it goes on behind the parenthesis that is written around it")]
    Expression,
    /// It is another number of statements.
    #[error("it is {0} statements")]
    Statements(usize),
    /// It begins or ends a transaction.
    #[error("it begins or ends a transaction")]
    Transaction,
    /// It runs code, or reads and writes rows or files, which nothing that only changes privileges does.
    #[error("it is no statement about roles, objects and privileges")]
    Foreign,
    /// It is longer than anybody writes: more than [`LENGTH_MAX`] bytes.
    #[error("it has {0} bytes, and at most {LENGTH_MAX} are read")]
    TooLong(usize),
    /// Its tree cannot be read.
    #[error("its tree cannot be read")]
    Unreadable,
}

/// The longest expression, in bytes.
pub const LENGTH_MAX: usize = 1 << 20;

/// Whether the text is one expression, so that parentheses around it hold all of it.
///
/// The grammar is that of PostgreSQL 18, of which those before are part as far as expressions go. Names are not looked up.
///
/// # Errors
/// It is none, more than one, or more than an expression.
pub fn one_expression(text: &str) -> Result<(), NotOne> {
    if text.len() > LENGTH_MAX {
        return Err(NotOne::TooLong(text.len()));
    }
    // Between these parentheses the grammar allows an expression and nothing else; the line break ends a comment.
    let policy = format!("CREATE POLICY p ON t USING ({text}\n)");
    reading(&policy, |tree| {
        let mut statements = tree.iter();
        match (statements.next().map(|raw| raw.stmt()), statements.next()) {
            (Some(Node::CreatePolicyStmt(policy)), None) if matches!(policy.with_check(), Node::None) => {
                Ok(())
            }
            _ => Err(NotOne::Expression),
        }
    })
}

/// Whether the text is one statement, so that whoever runs it runs nothing else, and one that a rollback takes back: not COMMIT, nor
/// anything that runs code or programs, or writes files.
///
/// # Errors
/// It is none, more than one, or one of those.
pub fn one_statement(text: &str) -> Result<(), NotOne> {
    reading(text, |tree| {
        let mut statements = tree.iter();
        match (statements.next().map(|raw| raw.stmt()), statements.next()) {
            (Some(Node::TransactionStmt(_)), None) => Err(NotOne::Transaction),
            (
                Some(
                    Node::DoStmt(_)
                    | Node::CallStmt(_)
                    | Node::CopyStmt(_)
                    | Node::LoadStmt(_)
                    | Node::AlterSystemStmt(_)
                    | Node::SelectStmt(_)
                    | Node::InsertStmt(_)
                    | Node::UpdateStmt(_)
                    | Node::DeleteStmt(_)
                    | Node::MergeStmt(_)
                    | Node::ExplainStmt(_)
                    | Node::CreateTableAsStmt(_)
                    | Node::ExecuteStmt(_),
                ),
                None,
            ) => Err(NotOne::Foreign),
            (Some(_), None) => Ok(()),
            _ => Err(NotOne::Statements(tree.iter().count())),
        }
    })
}

fn reading(text: &str, look: impl FnOnce(&ParseResult) -> Result<(), NotOne>) -> Result<(), NotOne> {
    // The bindings panic where a node is not of the kind that PostgreSQL's headers promise; nothing is half done then.
    let looked = catch_unwind(AssertUnwindSafe(|| match parse(text) {
        Ok(tree) => look(&tree),
        Err(error) => Err(NotOne::Syntax(error.to_string())),
    }));
    looked.unwrap_or(Err(NotOne::Unreadable))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::{LENGTH_MAX, NotOne, one_expression, one_statement};

    #[test]
    fn an_expression_is_held_by_the_parentheses_around_it() {
        for text in [
            "true",
            "tenant_id = current_setting('app.tenant')::uuid",
            "(a) OR (b)",
            "EXISTS (SELECT 1 FROM t WHERE t.x = y) -- whose",
            "x IN (SELECT y FROM z) /* ) */",
            "note = ');'",
            "\"a)\" = $$)$$",
            "a IS JSON",
            "(SELECT true) AND NOT b",
        ] {
            assert_eq!(one_expression(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn an_expression_brings_nothing_along() {
        for text in [
            "true); CREATE ROLE evil SUPERUSER; SELECT (1",
            "true); COMMIT; BEGIN; SELECT (1",
            "true) WITH CHECK (true",
            "true) WITH CHECK (true); DROP TABLE t; SELECT (1",
            "a) + (b",
            "true /*",
            "true, false",
            "true AS x",
            "true FROM t",
            "true;",
            "SELECT true",
            "",
            "'",
            "$$",
            "a\0b",
        ] {
            assert!(one_expression(text).is_err(), "{text}");
        }
        assert_eq!(one_expression(&"(".repeat(LENGTH_MAX + 1)), Err(NotOne::TooLong(LENGTH_MAX + 1)));
    }

    #[test]
    fn a_statement_is_one() {
        assert_eq!(one_statement("GRANT SELECT ON TABLE \"a;b\" TO c"), Ok(()));
        assert_eq!(one_statement("COMMENT ON ROLE a IS ';'; -- ;"), Ok(()));
        for text in ["COMMIT", "ROLLBACK AND CHAIN", "PREPARE TRANSACTION 'a'", "BEGIN", "SAVEPOINT a"] {
            assert_eq!(one_statement(text), Err(NotOne::Transaction), "{text}");
        }
        for text in [
            "DO 'BEGIN END'",
            "COPY t TO PROGRAM 'a'",
            "SELECT f()",
            "CALL p()",
            "LOAD 'a'",
            "ALTER SYSTEM RESET a",
        ] {
            assert_eq!(one_statement(text), Err(NotOne::Foreign), "{text}");
        }
        assert_eq!(one_statement("SELECT 1; COMMIT"), Err(NotOne::Statements(2)));
        assert_eq!(one_statement("-- nothing"), Err(NotOne::Statements(0)));
        assert!(matches!(one_statement("GRANT GRANT"), Err(NotOne::Syntax(_))));
    }
}
