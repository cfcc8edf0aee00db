//! Judging a text: parse, walk, compare with the tier.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use pg_raw_parse::ParseResult;

use crate::class::Class;
use crate::complaint::{place, words_of};
use crate::effects::Effects;
use crate::judgement::{
    Denial, Judgement, NOT_ALLOWED, NOT_KNOWN, NOT_READ, Reason, SYNTAX, TOO_COMPLEX, UNDEFINED_FUNCTION,
    UNDEFINED_TABLE,
};
use crate::made::Own;
use crate::reasons::Reasons;
use crate::session;
use crate::view::{ServerMajor, View};
use crate::walk::walk;
use pgward_contract::model::tier::Tier;

/// What bounds a text before it is parsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// The longest text, in bytes. A tree takes up to about a hundred times its text.
    pub text: usize,
    /// How many bytes of judgements are remembered, about.
    pub remembered: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { text: 4 << 20, remembered: 32 << 20 }
    }
}

/// Whether `tier` may run `sql`, the whole text of one Query or Parse message, in a database like `view`.
///
/// What cannot be parsed is denied, and so is what the walk has no rule for. An empty text does nothing and is allowed.
#[must_use]
pub fn judge(sql: &str, tier: Tier, view: &View, bounds: &Bounds) -> Judgement {
    judge_for(sql, tier, view, Own::default(), bounds)
}

/// The same in a session of which this holds.
#[must_use]
pub fn judge_for(sql: &str, tier: Tier, view: &View, own: Own<'_>, bounds: &Bounds) -> Judgement {
    if sql.len() > bounds.text {
        let what = format!("the text has {} bytes, and at most {} are judged", sql.len(), bounds.text);
        return refuse(tier, TOO_COMPLEX, what);
    }
    if is_slow_to_scan(sql) {
        let what = format!("a run of more than {RUN} characters such as `/*/*` or `+-+-`, or many long ones");
        return refuse(tier, TOO_COMPLEX, what);
    }
    // The bindings panic where a node is not of the kind that PostgreSQL's headers promise; nothing of ours is
    // half done then, as all of it is thrown away.
    let judged = catch_unwind(AssertUnwindSafe(|| match pg_raw_parse::parse(sql) {
        Ok(tree) => over(&tree, tier, view, own),
        Err(error) => {
            let words = words_of(&error);
            refuse_at(tier, sqlstate_of(&error), place(sql, &words).unwrap_or(0), words)
        }
    }));
    judged.unwrap_or_else(|_| refuse(tier, NOT_ALLOWED, "a tree that pgward cannot read".to_owned()))
}

/// Whether a text is short and plain enough to be parsed.
pub(crate) fn is_readable(sql: &str, bounds: &Bounds) -> bool {
    sql.len() <= bounds.text && !is_slow_to_scan(sql)
}

/// Whether PostgreSQL's scanner would take much longer than for other texts of that length. In a run of characters that operators
/// are made of it reads on to the end of the run, takes back all but `/*`, or but the last `+` or `-`, and begins again: that is the square of
/// the run's length (scan.l: `xcstart`, `operator`). Where it cannot begin again often, in a line of dashes or stars, it takes no longer than
/// for other text.
fn is_slow_to_scan(sql: &str) -> bool {
    // Looking for two bytes is many times faster than looking at each, and most texts have none of these.
    if !AGAIN.iter().any(|again| sql.contains(again)) {
        return false;
    }
    let (mut steps, mut run, mut again, mut last) = (0_usize, 0_usize, 0_usize, b' ');
    for byte in sql.bytes().chain([b' ']) {
        // What two dashes begin ends with the line.
        let begins_again = match (last, byte) {
            (_, b'+') | (b'/', b'*') => true,
            (b'-', next) => next != b'-',
            _ => false,
        };
        again += usize::from(begins_again);
        if b"~!@#^&|`?+-*/%<>=".contains(&byte) {
            run += 1;
        } else {
            // A line of dashes is not worth counting.
            steps = steps.saturating_add(if run > 64 { run.saturating_mul(again) } else { 0 });
            (run, again) = (0, 0);
        }
        last = byte;
    }
    steps > RUN * RUN
}

fn over(tree: &ParseResult, tier: Tier, view: &View, own: Own<'_>) -> Judgement {
    let mut effects = Effects::default();
    let mut reasons = Reasons::default();
    let mut tables = Cow::Borrowed(own.tables);
    for raw in tree.iter() {
        let at = usize::try_from(raw.stmt_location).unwrap_or(0);
        let (mut statement, against) = walk(raw.stmt(), at, tier, view, Own { tables: &tables, ..own });
        if let Some(made) = &statement.makes {
            tables.to_mut().push(made.clone());
        }
        statement.session_name = statement.session_name.or_else(|| session::name_of(raw.stmt()));
        effects.statements.push(statement);
        reasons.append(against);
    }
    match reasons.finish() {
        None => Judgement::Allow(effects),
        // No tier helps who has misspelled a name.
        Some((because, _)) if because.iter().all(|one| is_missing(one, view)) => {
            let is_table = because.first().is_some_and(|first| first.why.as_deref() == Some(NOT_READ));
            let sqlstate = if is_table { UNDEFINED_TABLE } else { UNDEFINED_FUNCTION };
            Judgement::Deny(Denial { tier, sqlstate, least: None, because })
        }
        Some((because, least)) => Judgement::Deny(Denial { tier, sqlstate: NOT_ALLOWED, least, because }),
    }
}

/// Whether a relation or a function is named that is not there, as far as a catalog was read. What a newer server has built in is not known.
fn is_missing(reason: &Reason, view: &View) -> bool {
    match reason.why.as_deref() {
        Some(NOT_READ) => true,
        Some(NOT_KNOWN) => {
            reason.what.starts_with("function ")
                && view.relations.is_some()
                && view.server_major <= ServerMajor::default()
        }
        _ => false,
    }
}

/// A denial of the whole text.
fn refuse(tier: Tier, sqlstate: &'static str, what: String) -> Judgement {
    refuse_at(tier, sqlstate, 0, what)
}

fn refuse_at(tier: Tier, sqlstate: &'static str, at: usize, what: String) -> Judgement {
    let why = Some("what cannot be read is not run".to_owned());
    let reason = Reason { class: Class::Unknown, at, what, why, least: None };
    Judgement::Deny(Denial { tier, sqlstate, least: None, because: vec![reason] })
}

/// PostgreSQL says the same of what is nested too deeply for its parser.
fn sqlstate_of(error: &pg_raw_parse::error::Error) -> &'static str {
    let text = error.to_string();
    if text.contains("memory exhausted") || text.contains("stack depth limit") { TOO_COMPLEX } else { SYNTAX }
}

/// The longest run of characters at each of which the scanner would begin again.
const RUN: usize = 4_096;

/// With none of these in it, no run makes the scanner begin again and again.
const AGAIN: [&str; 5] = ["/*", "++", "+-", "-+", "--"];
