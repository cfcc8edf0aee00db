//! Rules that hold statements until a human says yes.

use std::collections::BTreeSet;
use std::time::Duration;

use pgward_contract::number::Decimal;
use pgward_contract::pattern::object::ObjectPattern;

use crate::approver::Step;
use crate::name::TargetName;

/// A rule.
#[derive(Debug, Clone, PartialEq)]
pub struct HoldRule {
    /// The targets it is for; all where none is named.
    pub targets: BTreeSet<TargetName>,
    /// The tables.
    pub tables: Vec<ObjectPattern>,
    /// What is done to them.
    pub commands: BTreeSet<Command>,
    /// What is true of the values; all of it must be.
    pub when: Vec<Condition>,
    /// Who must agree.
    pub steps: Vec<Step>,
    /// How long after that the statement may run.
    pub release: Duration,
}

/// What a statement does to a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Command {
    /// It reads.
    Select,
    /// It adds rows.
    Insert,
    /// It changes rows.
    Update,
    /// It deletes rows.
    Delete,
    /// It empties the table.
    Truncate,
}

/// A condition on a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// The column.
    pub column: String,
    /// What is true of it; all of it must be.
    pub tests: Vec<Test>,
}

/// What can be true of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Test {
    /// It is greater.
    Above(Decimal),
    /// It is less.
    Below(Decimal),
    /// It is one of these.
    Is(Vec<String>),
    /// It is none of these.
    IsNot(Vec<String>),
}

/// What a statement does to one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deed<'a> {
    /// On which target.
    pub target: &'a TargetName,
    /// The table's schema.
    pub schema: &'a str,
    /// The table.
    pub table: &'a str,
    /// What is done.
    pub command: Command,
    /// The rows that are written, as far as the statement says them.
    pub rows: Rows<'a>,
}

/// The rows a statement writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rows<'a> {
    /// These: of each the columns that are written.
    Known(Vec<Vec<(&'a str, Written<'a>)>>),
    /// Nobody knows before it has run: rows from a query, a COPY.
    Unknown,
}

/// A value that is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written<'a> {
    /// This.
    Value(&'a str),
    /// NULL.
    Null,
    /// An expression, whose value nobody knows before it has run.
    Unknown,
}

impl HoldRule {
    /// Whether the rule holds a statement that does this. What cannot be known counts as met.
    #[must_use]
    pub fn holds(&self, deed: &Deed<'_>) -> bool {
        let about = (self.targets.is_empty() || self.targets.contains(deed.target))
            && self.commands.contains(&deed.command)
            && self.tables.iter().any(|table| table.matches(deed.schema, deed.table));
        if !about {
            return false;
        }
        match &deed.rows {
            _ if self.when.is_empty() => true,
            // What is read, deleted or truncated is not written: its values are not in the statement.
            _ if !matches!(deed.command, Command::Insert | Command::Update) => true,
            Rows::Unknown => true,
            Rows::Known(rows) => rows.iter().any(|row| {
                self.when.iter().all(|condition| condition.may_hold(written(row, condition, deed.command)))
            }),
        }
    }
}

/// What a row says of a condition's column. A column that an INSERT leaves out has its default, which nobody knows here; one that
/// an UPDATE leaves out stays what it is.
fn written<'a>(
    row: &'a [(&str, Written<'a>)],
    condition: &Condition,
    command: Command,
) -> Option<&'a Written<'a>> {
    let found = row.iter().find(|(column, _)| *column == condition.column).map(|(_, value)| value);
    match (found, command) {
        (None, Command::Update) => None,
        (None, _) => Some(&Written::Unknown),
        (found, _) => found,
    }
}

impl Condition {
    fn may_hold(&self, written: Option<&Written<'_>>) -> bool {
        let Some(written) = written else { return false };
        self.tests.iter().all(|test| test.may_hold(written))
    }
}

impl Test {
    fn may_hold(&self, written: &Written<'_>) -> bool {
        let value = match written {
            Written::Value(value) => value,
            Written::Unknown => return true,
            // NULL is neither more nor less than anything, and none of a list.
            Written::Null => return matches!(self, Test::IsNot(_)),
        };
        match self {
            Test::Above(bound) => Decimal::parse(value).is_none_or(|number| number > *bound),
            Test::Below(bound) => Decimal::parse(value).is_none_or(|number| number < *bound),
            Test::Is(words) => words.iter().any(|word| same(word, value)),
            Test::IsNot(words) => !words.iter().any(|word| word == value),
        }
    }
}

/// Whether a value may be what a rule names. Nobody knows the column's type here, so whatever some type takes for the same counts:
/// another case, blanks around it, another spelling of a number or of a truth value.
fn same(word: &str, value: &str) -> bool {
    let (word, value) = (word.trim(), value.trim());
    word.to_lowercase() == value.to_lowercase()
        || Decimal::parse(word).is_some_and(|number| Decimal::parse(value) == Some(number))
        || truth(word).is_some_and(|said| truth(value) == Some(said))
}

/// The truth value that a text is for PostgreSQL, which takes every beginning of these words.
fn truth(text: &str) -> Option<bool> {
    let text = text.to_lowercase();
    let begins = |words: &[&str]| !text.is_empty() && words.iter().any(|word| word.starts_with(&text));
    if text == "1" || text == "on" || begins(&["true", "yes"]) {
        return Some(true);
    }
    (text == "0" || text == "of" || text == "off" || begins(&["false", "no"])).then_some(false)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use pgward_contract::form::scalar::Scalar as _;

    /// High bids wait for a human.
    fn bids() -> HoldRule {
        let condition = Condition {
            column: "max_bid".to_owned(),
            tests: vec![Test::Above(Decimal::parse("500000").unwrap())],
        };
        HoldRule {
            targets: BTreeSet::new(),
            tables: vec![ObjectPattern::understand("public.insights").unwrap()],
            commands: [Command::Insert, Command::Update, Command::Delete].into(),
            when: vec![condition],
            steps: Vec::new(),
            release: Duration::from_secs(60),
        }
    }

    fn held(command: Command, rows: Rows<'_>) -> bool {
        let target = TargetName::from("auction");
        bids().holds(&Deed { target: &target, schema: "public", table: "insights", command, rows })
    }

    fn one(value: Written<'_>) -> Rows<'_> {
        Rows::Known(vec![vec![("title", Written::Null)], vec![("max_bid", value)]])
    }

    #[test]
    fn what_is_above_the_bound_is_held_whatever_its_spelling() {
        for value in
            ["500000.01", "500001", "1e9", "0x7A121", "NaN", "9999999999999999999999", " 600000 ", "many"]
        {
            assert!(held(Command::Update, one(Written::Value(value))), "{value}");
        }
        for value in ["500000", "0", "-900000", "499999.999", "500000.000"] {
            assert!(!held(Command::Update, one(Written::Value(value))), "{value}");
        }
        assert!(!held(Command::Update, one(Written::Null)));
    }

    #[test]
    fn what_cannot_be_known_is_held() {
        assert!(held(Command::Update, one(Written::Unknown)));
        assert!(held(Command::Insert, Rows::Unknown));
        // An INSERT that leaves the column out writes its default.
        assert!(held(Command::Insert, Rows::Known(vec![vec![("title", Written::Value("x"))]])));
        // An UPDATE that leaves it out does not write it.
        assert!(!held(Command::Update, Rows::Known(vec![vec![("title", Written::Value("x"))]])));
        // A DELETE says nothing of the values it deletes.
        assert!(held(Command::Delete, Rows::Known(Vec::new())));
    }

    #[test]
    fn other_tables_commands_and_targets_go_on() {
        let target = TargetName::from("auction");
        let deed = Deed {
            target: &target,
            schema: "public",
            table: "insights",
            command: Command::Insert,
            rows: Rows::Unknown,
        };
        assert!(bids().holds(&deed));
        assert!(!bids().holds(&Deed { table: "errors", ..deed.clone() }));
        assert!(!bids().holds(&Deed { command: Command::Select, ..deed.clone() }));
        let elsewhere = HoldRule { targets: [TargetName::from("other")].into(), ..bids() };
        assert!(!elsewhere.holds(&deed));
    }

    #[test]
    fn words_are_compared_as_words_and_numbers_as_numbers() {
        let is = Test::Is(vec!["5".to_owned(), "paid".to_owned()]);
        assert!(is.may_hold(&Written::Value("5.0")) && is.may_hold(&Written::Value("paid")));
        assert!(is.may_hold(&Written::Value("Paid ")) && !is.may_hold(&Written::Null));
        assert!(!is.may_hold(&Written::Value("unpaid")) && !is.may_hold(&Written::Value("5.01")));
        let yes = Test::Is(vec!["true".to_owned()]);
        assert!(["t", "TRUE", "yes", "1", "on"].iter().all(|value| yes.may_hold(&Written::Value(value))));
        assert!(["f", "off", "0", "o", ""].iter().all(|value| !yes.may_hold(&Written::Value(value))));
        let is_not = Test::IsNot(vec!["draft".to_owned()]);
        assert!(is_not.may_hold(&Written::Null) && !is_not.may_hold(&Written::Value("draft")));
    }
}
