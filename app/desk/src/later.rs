//! What finishes later.

use std::future::Future;
use std::pin::Pin;

/// Something that finishes later.
pub type Later<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
