//! Where the pieces of the reports that name every claim are put aside.

use std::io;

use crate::claim::Topic;

/// A report that names every claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Listing {
    /// JSON, a verdict on each line.
    Json,
    /// JUnit XML.
    Junit,
    /// Text.
    Text,
}

/// The pieces that were put aside.
pub trait Pieces {
    /// Hands over the lines of the proven claims of a topic, in the order they were proven in.
    ///
    /// # Errors
    /// They cannot be read, or `take` failed.
    fn each(
        &mut self,
        listing: Listing,
        topic: Topic,
        take: &mut dyn FnMut(&str) -> io::Result<()>,
    ) -> io::Result<()>;
}
