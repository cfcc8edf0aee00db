//! Statements that wait for a human.

use crate::form::collection::OneOrMany;
use crate::form::record::record;
use crate::form::word::words;
use crate::model::lent::Step;
use crate::name::{ColumnName, Name};
use crate::pattern::object::ObjectPattern;
use crate::source::span::Spanned;
use crate::text::Words;
use crate::time::Length;

record! {
    /// A rule for statements that wait for a human: what they do, to which tables, with which values.
    pub struct Hold is "a rule that holds statements" {
        /// The tables.
        /// Example: `[public.insights]`
        tables: OneOrMany<Spanned<ObjectPattern>>,
        /// What is done to them.
        /// Example: `[insert, update]`
        commands: OneOrMany<Spanned<HeldCommand>>,
        /// The targets it is for. Without it, all.
        targets: Vec<Spanned<Name>>,
        /// What is true of the values that are written; all of it must be. A value that cannot be known beforehand counts as
        /// meeting it. Without it, every such statement waits.
        /// Example: `[{column: max_bid, above: "500000"}]`
        when: Vec<Spanned<Condition>>,
        /// The steps of its approval.
        /// Example: `[{any: [auctioneers], within: 10m}]`
        approval: Vec<Spanned<Step>>,
        /// How long after the approval the statement may still run.
        release: Length = Length::of_seconds(60),
    }
}

words! {
    /// What a held statement does.
    pub enum HeldCommand is "a command that can be held" {
        /// SELECT.
        Select = "select",
        /// INSERT, and what MERGE and COPY insert.
        Insert = "insert",
        /// UPDATE, and what MERGE and ON CONFLICT update.
        Update = "update",
        /// DELETE, and what MERGE deletes.
        Delete = "delete",
        /// TRUNCATE.
        Truncate = "truncate",
    }
}

record! {
    /// A condition on a value that is written. Numbers are compared as numbers, exactly.
    pub struct Condition is "a condition" {
        /// The column.
        column: Spanned<ColumnName>,
        /// It is greater than this number.
        /// Example: `"500000"`
        above: Option<Spanned<Words>>,
        /// It is less than this number.
        below: Option<Spanned<Words>>,
        /// It is one of these.
        /// Example: `[paid, sent]`
        is: Option<OneOrMany<Spanned<Words>>>,
        /// It is none of these.
        is_not: Option<OneOrMany<Spanned<Words>>>,
    }
}
