//! A part of a task that is polled when it was woken itself, and not whenever another part of the task was.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

/// A part of a task.
pub(crate) struct Alone<F> {
    part: F,
    bell: Arc<Bell>,
    /// What the part is polled with: it rings the bell.
    waker: Waker,
    /// What wakes the task, as the bell knows it.
    task: Option<Waker>,
}

/// What wakes a part.
struct Bell {
    has_rung: AtomicBool,
    /// What wakes the task, once it was polled.
    task: Mutex<Option<Waker>>,
}

impl<F: Future + Unpin> Alone<F> {
    /// A part that was not polled yet.
    pub(crate) fn new(part: F) -> Alone<F> {
        let bell = Arc::new(Bell { has_rung: AtomicBool::new(true), task: Mutex::new(None) });
        Alone { part, waker: Waker::from(Arc::clone(&bell)), bell, task: None }
    }
}

impl<F: Future + Unpin> Future for Alone<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        if !self.task.as_ref().is_some_and(|known| known.will_wake(cx.waker())) {
            self.bell.wakes(cx.waker().clone());
            self.task = Some(cx.waker().clone());
        }
        if !self.bell.has_rung.load(Ordering::Acquire) {
            return Poll::Pending;
        }
        // Taken back first: whatever rings from here on has to be heard.
        self.bell.has_rung.store(false, Ordering::Release);
        let Alone { part, waker, .. } = &mut *self;
        Pin::new(part).poll(&mut Context::from_waker(waker))
    }
}

impl Bell {
    fn wakes(&self, task: Waker) {
        *self.task.lock().unwrap_or_else(PoisonError::into_inner) = Some(task);
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.has_rung.store(true, Ordering::Release);
        if let Some(task) = &*self.task.lock().unwrap_or_else(PoisonError::into_inner) {
            task.wake_by_ref();
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::Alone;
    use std::cell::Cell;
    use std::future::poll_fn;
    use std::task::Poll;
    use tokio::sync::{mpsc, oneshot};

    #[test]
    fn a_part_is_polled_when_it_was_woken_and_then_always() {
        let (polled, runtime) =
            (Cell::new(0), tokio::runtime::Builder::new_current_thread().build().unwrap());
        let (ring, mut rung) = mpsc::channel::<()>(1);
        let (tell, told) = oneshot::channel::<u32>();
        let part = Box::pin(async {
            let mut told = told;
            poll_fn(|cx| {
                polled.set(polled.get() + 1);
                std::pin::Pin::new(&mut told).poll(cx)
            })
            .await
        });
        let other = async {
            for _ in 0..10 {
                ring.send(()).await.unwrap();
                tokio::task::yield_now().await;
            }
            tell.send(7).unwrap();
            std::future::pending::<u32>().await
        };
        let counting = async {
            while rung.recv().await.is_some() {}
            0
        };
        let got = runtime.block_on(async {
            tokio::select! {
                biased;
                got = Alone::new(part) => got.unwrap(),
                got = other => got,
                got = counting => got,
            }
        });
        assert_eq!((got, polled.get()), (7, 2));
    }

    #[test]
    fn a_part_that_wakes_itself_is_polled_again() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let mut left = 3;
        let part = poll_fn(|cx| {
            left -= 1;
            cx.waker().wake_by_ref();
            if left == 0 { Poll::Ready(()) } else { Poll::Pending }
        });
        runtime.block_on(Alone::new(part));
        assert_eq!(left, 0);
    }
}
