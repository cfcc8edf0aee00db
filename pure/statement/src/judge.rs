//! Judging a text: parse, walk, compare with the tier.

use std::panic::{AssertUnwindSafe, catch_unwind};

use pg_raw_parse::ParseResult;

use crate::class::Class;
use crate::effects::Effects;
use crate::judgement::{Denial, Judgement, NOT_ALLOWED, Reason, SYNTAX, TOO_COMPLEX};
use crate::reasons::Reasons;
use crate::session;
use crate::view::View;
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
    if sql.len() > bounds.text {
        let what = format!("the text has {} bytes, and at most {} are judged", sql.len(), bounds.text);
        return refuse(tier, TOO_COMPLEX, what);
    }
    if comments_left_open(sql) > OPEN_COMMENTS {
        let what = format!("more than {OPEN_COMMENTS} comments begin and do not end");
        return refuse(tier, TOO_COMPLEX, what);
    }
    // The bindings panic where a node is not of the kind that PostgreSQL's headers promise; nothing of ours is
    // half done then, as all of it is thrown away.
    let judged = catch_unwind(AssertUnwindSafe(|| match pg_raw_parse::parse(sql) {
        Ok(tree) => over(&tree, tier, view),
        Err(error) => refuse(tier, sqlstate_of(&error), error.to_string()),
    }));
    judged.unwrap_or_else(|_| refuse(tier, NOT_ALLOWED, "a tree that pgward cannot read".to_owned()))
}

/// Whether a text is short and plain enough to be parsed.
pub(crate) fn is_readable(sql: &str, bounds: &Bounds) -> bool {
    sql.len() <= bounds.text && comments_left_open(sql) <= OPEN_COMMENTS
}

/// How deep in comments the text ends, at most: within a comment this counts as the scanner does, and outside of one it
/// never counts too little. The scanner looks at an open comment again for each `/*` in it.
fn comments_left_open(sql: &str) -> usize {
    // Looking for two bytes is many times faster than looking at each, and most texts have no comment.
    if !sql.contains("/*") {
        return 0;
    }
    let mut open: usize = 0;
    let mut bytes = sql.bytes().peekable();
    while let Some(byte) = bytes.next() {
        match (byte, bytes.peek()) {
            (b'/', Some(b'*')) => open += 1,
            (b'*', Some(b'/')) => open = open.saturating_sub(1),
            _ => continue,
        }
        bytes.next();
    }
    open
}

fn over(tree: &ParseResult, tier: Tier, view: &View) -> Judgement {
    let mut effects = Effects::default();
    let mut reasons = Reasons::default();
    for raw in tree.iter() {
        let at = usize::try_from(raw.stmt_location).unwrap_or(0);
        let (mut statement, against) = walk(raw.stmt(), at, tier, view);
        statement.session_name = statement.session_name.or_else(|| session::name_of(raw.stmt()));
        effects.statements.push(statement);
        reasons.append(against);
    }
    match reasons.finish() {
        None => Judgement::Allow(effects),
        Some((because, least)) => Judgement::Deny(Denial { tier, sqlstate: NOT_ALLOWED, least, because }),
    }
}

/// A denial of the whole text.
fn refuse(tier: Tier, sqlstate: &'static str, what: String) -> Judgement {
    let why = Some("what cannot be read is not run".to_owned());
    let reason = Reason { class: Class::Unknown, at: 0, what, why, least: None };
    Judgement::Deny(Denial { tier, sqlstate, least: None, because: vec![reason] })
}

/// PostgreSQL says the same of what is nested too deeply for its parser.
fn sqlstate_of(error: &pg_raw_parse::error::Error) -> &'static str {
    let text = error.to_string();
    if text.contains("memory exhausted") || text.contains("stack depth limit") { TOO_COMPLEX } else { SYNTAX }
}

/// More open comments than anybody writes; the scanner takes time in the square of their number.
const OPEN_COMMENTS: usize = 1_000;
