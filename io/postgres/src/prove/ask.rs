//! Questions to the server's own functions, many in one statement.

use tokio_postgres::{Client, SimpleQueryMessage};

use crate::prove::failure::ProveError;
use crate::prove::options::Options;
use crate::prove::pipeline::{self, Answer};

/// Asks all questions, as the prover. One that the server cannot answer (a column that is not there) has none.
pub(crate) async fn all(
    client: &Client,
    questions: &[(usize, &str)],
    options: &Options,
) -> Result<Vec<(usize, Option<bool>)>, ProveError> {
    let mut answers = Vec::with_capacity(questions.len());
    let mut single = Vec::new();
    for round in questions.chunks(TOGETHER * options.ahead.clamp(1, 32)) {
        let groups: Vec<&[(usize, &str)]> = round.chunks(TOGETHER).collect();
        for (group, answer) in groups.iter().zip(send(client, &groups).await?) {
            match answer {
                Ok(messages) => answers.extend(group.iter().map(|(at, _)| *at).zip(booleans(messages))),
                Err(_) => single.extend_from_slice(group),
            }
        }
    }
    for round in single.chunks(options.ahead.max(1)) {
        let groups: Vec<&[(usize, &str)]> = round.chunks(1).collect();
        for ((at, _), answer) in round.iter().zip(send(client, &groups).await?) {
            let found = answer.ok().and_then(|messages| booleans(messages).next().flatten());
            answers.push((*at, found));
        }
    }
    Ok(answers)
}

/// Each group as one statement, in a subtransaction, so that a question that fails costs its own group only.
async fn send(client: &Client, groups: &[&[(usize, &str)]]) -> Result<Vec<Answer>, ProveError> {
    let statements: Vec<String> = groups
        .iter()
        .map(|group| {
            let rows: Vec<String> = group.iter().map(|(_, sql)| format!("({sql})")).collect();
            format!("VALUES {}", rows.join(", "))
        })
        .collect();
    let messages = statements.iter().flat_map(|statement| ["SAVEPOINT pgward_ask", statement, BACK]);
    let mut answers = Vec::new();
    let mut broken = None;
    pipeline::send(client, messages, |at, answer| match at % 3 {
        1 => answers.push(answer),
        _ => broken = broken.take().or(answer.err()),
    })
    .await;
    match broken {
        Some(source) => Err(ProveError::Interrupted { statement: "a question".to_owned(), source }),
        None => Ok(answers),
    }
}

fn booleans(messages: Vec<SimpleQueryMessage>) -> impl Iterator<Item = Option<bool>> {
    messages.into_iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row.get(0).map(|text| text == "t")),
        _ => None,
    })
}

/// Questions in one statement.
const TOGETHER: usize = 100;
const BACK: &str = "ROLLBACK TO SAVEPOINT pgward_ask; RELEASE SAVEPOINT pgward_ask";
