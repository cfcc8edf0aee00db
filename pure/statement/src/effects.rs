//! What a SQL text would do: every verb at any depth, and what it touches.

use serde::Serialize;

use crate::class::Class;
use crate::made::Made;
use crate::view::QualifiedName;

/// All that a text would do, statement by statement.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Effects {
    /// The statements of the text, in order; none in an empty one.
    pub statements: Vec<Statement>,
}

/// What one statement would do.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Statement {
    /// Where it begins in the text, in bytes from 0.
    pub at: usize,
    /// PostgreSQL's name of the statement's kind (`SelectStmt`).
    pub kind: &'static str,
    /// What it does, at any depth, each once, in the order of the table.
    pub classes: Vec<Class>,
    /// The relations it names, each use once, in the order of the text.
    pub relations: Vec<Touched>,
    /// The functions it calls by name, each once. Operators and casts are judged too, and listed when not built in.
    pub callables: Vec<Called>,
    /// The settings it changes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub settings: Vec<Setting>,
    /// How it moves the transaction.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transaction: Option<TransactionMove>,
    /// What it does with the names of prepared statements and cursors, which it shares with the protocol's messages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_name: Option<SessionName>,
    /// Whether rows are copied over the connection, and which way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub copy: Option<CopyDirection>,
    /// The table it makes, where that is a table of nothing but columns: for the session that made it.
    #[serde(skip)]
    pub makes: Option<Made>,
}

/// A relation, and what is done with it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Touched {
    /// The schema, where the text names one.
    pub schema: Option<String>,
    /// The relation's name.
    pub name: String,
    /// What is done with it: [`Class::Read`], [`Class::Insert`] ...
    pub class: Class,
}

/// Something that runs code, as the text names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Called {
    /// The schema, where the text names one.
    pub schema: Option<String>,
    /// Its name.
    pub name: String,
    /// In which syntax it is called.
    pub form: Form,
}

/// The syntax that code is called in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// `f(x)`, in an expression, in FROM or in CALL.
    Function,
    /// `x.f`, which is a call where no column has the name.
    Attribute,
    /// `x + y`.
    Operator,
    /// `x::t`, or any other place where a value becomes a type.
    Type,
    /// `TABLESAMPLE f (x)`.
    SampleMethod,
}

/// A setting that is changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Setting {
    /// Its name in lower case; `all` where every setting is reset.
    pub name: String,
    /// The value where it is written down as constants, else (`DEFAULT`, a parameter) none.
    pub value: Option<String>,
    /// Whether the change ends with the transaction.
    pub local: bool,
}

/// How a statement moves the transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TransactionMove {
    /// BEGIN or START TRANSACTION.
    Begin,
    /// COMMIT or END.
    Commit,
    /// ROLLBACK or ABORT.
    Rollback,
    /// SAVEPOINT.
    Savepoint,
    /// RELEASE SAVEPOINT.
    Release,
    /// ROLLBACK TO SAVEPOINT.
    RollbackTo,
    /// PREPARE TRANSACTION, which ends the session's transaction and keeps it.
    Prepare,
    /// COMMIT PREPARED.
    CommitPrepared,
    /// ROLLBACK PREPARED.
    RollbackPrepared,
}

/// What is done with the name of a prepared statement or a cursor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionName {
    /// PREPARE name: what it keeps was judged with this statement.
    Prepare(String),
    /// EXECUTE name: it runs what was kept under the name, by SQL or by a Parse message.
    Execute(String),
    /// DEALLOCATE name, or ALL where none is given.
    Deallocate(Option<String>),
    /// DECLARE name: what it runs was judged with this statement.
    Declare(String),
    /// DECLARE name ... WITH HOLD, which outlives its transaction.
    DeclareWithHold(String),
    /// FETCH or MOVE name: it runs the cursor or portal.
    Fetch(String),
    /// CLOSE name, or ALL where none is given.
    Close(Option<String>),
    /// DISCARD ALL: all names are gone.
    DiscardAll,
}

/// Which way rows are copied over the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CopyDirection {
    /// COPY ... FROM STDIN: the client sends rows.
    In,
    /// COPY ... TO STDOUT: the server sends rows.
    Out,
}

impl Effects {
    /// About how many bytes of memory they take.
    pub(crate) fn bytes(&self) -> usize {
        self.statements.iter().map(Statement::bytes).sum()
    }
}

impl Statement {
    fn bytes(&self) -> usize {
        let text = |text: &String| text.capacity();
        let named = |schema: &Option<String>, name: &String| schema.as_ref().map_or(0, text) + text(name);
        let relations = self.relations.iter().map(|one| size_of::<Touched>() + named(&one.schema, &one.name));
        let callables = self.callables.iter().map(|one| size_of::<Called>() + named(&one.schema, &one.name));
        let settings = self.settings.iter().map(|one| size_of::<Setting>() + named(&one.value, &one.name));
        // Lists have up to twice the room that they need.
        2 * (size_of::<Statement>()
            + self.classes.len()
            + relations.chain(callables).chain(settings).sum::<usize>())
    }
}

impl Touched {
    /// The name with its schema, where the text has one.
    #[must_use]
    pub fn qualified(&self) -> Option<QualifiedName> {
        self.schema.as_ref().map(|schema| QualifiedName::new(schema, &self.name))
    }
}
