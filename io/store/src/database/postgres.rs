//! The state on a server.

use std::time::Duration;

use pgward_postgres::connect::connect;
use pgward_postgres::conninfo::settings::ConnectionSettings;
use pgward_postgres::session::Session;
use tokio_postgres::types::{ToSql, Type};

use crate::database::row::{DatabaseError, Row, Value};

pub(crate) struct Postgres {
    session: Session,
    /// How long an answer may take.
    pub(crate) patience: Duration,
}

impl Postgres {
    pub(crate) async fn open(settings: &ConnectionSettings) -> Result<Postgres, DatabaseError> {
        let session = connect(settings).await?;
        let mut postgres = Postgres { session, patience: PATIENCE };
        // A schema of our own, and nothing before it: nobody else's table is taken for ours.
        postgres.script("SET search_path = pgward, pg_catalog").await?;
        Ok(postgres)
    }

    pub(crate) async fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64, DatabaseError> {
        let values = typed(values);
        self.answer(self.session.client().execute(sql, &borrowed(&values))).await
    }

    pub(crate) async fn rows(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Row>, DatabaseError> {
        let values = typed(values);
        let found = self.answer(self.session.client().query(sql, &borrowed(&values))).await?;
        found.iter().map(row).collect()
    }

    pub(crate) async fn heard(&self, patience: Duration) {
        // Neither is an answer: whoever waits looks for themselves then.
        let _ = tokio::time::timeout(patience, self.session.heard()).await;
    }

    pub(crate) async fn script(&mut self, sql: &str) -> Result<(), DatabaseError> {
        self.answer(self.session.client().batch_execute(sql)).await
    }

    async fn answer<T>(
        &self,
        asked: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T, DatabaseError> {
        let silent = |_| DatabaseError::Silent { seconds: self.patience.as_secs() };
        let answered = tokio::time::timeout(self.patience, asked).await.map_err(silent)?;
        answered.map_err(DatabaseError::Postgres)
    }
}

fn row(row: &tokio_postgres::Row) -> Result<Row, DatabaseError> {
    let value = |(index, column): (usize, &tokio_postgres::Column)| {
        if *column.type_() == Type::INT8 {
            Ok(Value::from(row.try_get::<_, Option<i64>>(index)?))
        } else {
            Ok(Value::from(row.try_get::<_, Option<String>>(index)?))
        }
    };
    let values = row.columns().iter().enumerate().map(value).collect::<Result<_, tokio_postgres::Error>>();
    values.map(Row::new).map_err(DatabaseError::Postgres)
}

/// How long an answer may take where nobody says otherwise.
const PATIENCE: Duration = Duration::from_secs(60);

type Parameter = Box<dyn ToSql + Sync + Send>;

fn typed(values: &[Value]) -> Vec<Parameter> {
    let one = |value: &Value| -> Parameter {
        match value {
            Value::Null => Box::new(Nothing),
            Value::Text(text) => Box::new(text.clone()),
            Value::Integer(number) => Box::new(*number),
        }
    };
    values.iter().map(one).collect()
}

fn borrowed(values: &[Parameter]) -> Vec<&(dyn ToSql + Sync)> {
    values.iter().map(|value| value.as_ref() as &(dyn ToSql + Sync)).collect()
}

/// NULL of whatever type the parameter has.
#[derive(Debug)]
struct Nothing;

impl ToSql for Nothing {
    fn to_sql(
        &self,
        _: &Type,
        _: &mut tokio_postgres::types::private::BytesMut,
    ) -> Result<tokio_postgres::types::IsNull, Box<dyn std::error::Error + Sync + Send>> {
        Ok(tokio_postgres::types::IsNull::Yes)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    tokio_postgres::types::to_sql_checked!();
}
