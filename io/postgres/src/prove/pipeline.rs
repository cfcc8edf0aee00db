//! Many statements in flight at once on one connection.

use std::future::Future;
use std::pin::Pin;
use std::task::Poll;

use tokio_postgres::{Client, Error, SimpleQueryMessage};

/// What the server answered to one message.
pub(crate) type Answer = Result<Vec<SimpleQueryMessage>, Error>;

type Sent<'c> = Pin<Box<dyn Future<Output = Answer> + Send + 'c>>;

/// Sends all messages in order before the first answer is waited for, and hands the answers over in the same order.
pub(crate) async fn send<'c>(
    client: &'c Client,
    messages: impl Iterator<Item = &'c str>,
    mut take: impl FnMut(usize, Answer),
) {
    let mut sent: Vec<(Sent<'c>, Option<Answer>)> = Vec::new();
    for message in messages {
        let mut future: Sent<'c> = Box::pin(client.simple_query(message));
        // The first poll hands the message over to the connection.
        let early = std::future::poll_fn(|context| {
            Poll::Ready(match future.as_mut().poll(context) {
                Poll::Ready(answer) => Some(answer),
                Poll::Pending => None,
            })
        })
        .await;
        sent.push((future, early));
    }
    for (at, (future, early)) in sent.into_iter().enumerate() {
        let answer = match early {
            Some(answer) => answer,
            None => future.await,
        };
        take(at, answer);
    }
}
