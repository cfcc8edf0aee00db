//! Controls beside those that rules name: what a setting of the server shows of them, and what a person has to show. One row for each.

use crate::framework::shown::By;
use crate::reference::Framework;

/// A control.
#[derive(Clone, Copy, Debug)]
pub struct ControlRow {
    /// The framework.
    pub framework: Framework,
    /// Its edition.
    pub version: &'static str,
    /// The control's number.
    pub id: &'static str,
    /// Its title, in our words where the text is not free.
    pub title: &'static str,
    /// What shows it, beside the rules that name it.
    pub by: Option<By>,
    /// What a person has to show of it, because the database cannot.
    pub ask: Option<&'static str>,
}

impl ControlRow {
    /// A control of which nothing more is known.
    pub const fn new(
        framework: Framework,
        version: &'static str,
        id: &'static str,
        title: &'static str,
    ) -> ControlRow {
        ControlRow { framework, version, id, title, by: None, ask: None }
    }

    /// The same, shown by this.
    pub const fn by(mut self, by: By) -> ControlRow {
        self.by = Some(by);
        self
    }

    /// The same, of which a person has to show this.
    pub const fn asking(mut self, ask: &'static str) -> ControlRow {
        self.ask = Some(ask);
        self
    }
}
