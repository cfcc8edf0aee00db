//! What stands in a plan's documents beside the plan itself, written by whoever knows it: this crate knows changes, not what they lead to.

/// A section of a plan's documents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beside {
    /// As Markdown, with its heading.
    pub markdown: String,
    /// As HTML, with its heading. INVARIANT: names in it are escaped already; it is put in as it is.
    pub html: String,
    /// The style of the HTML, about nothing outside it.
    pub style: &'static str,
}
