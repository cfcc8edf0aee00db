//! What a plan of the server's says (EXPLAIN in JSON).

use serde::Serialize;
use serde_json::Value;

use crate::source_text::{calls, tokens};

/// A plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    root: Value,
    /// How long it took, in milliseconds; none: it was planned only.
    milliseconds: Option<f64>,
}

/// What executing a plan took.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Executed {
    /// How long, by the server's clock.
    pub milliseconds: f64,
    /// How many rows came of it.
    pub rows: f64,
    /// How many blocks of relations were looked at, in memory or not.
    pub blocks: u64,
}

/// A subquery that is run for each row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowSubquery {
    /// The relation it reads; none: it reads none.
    pub on: Option<String>,
    /// How often it was run; none: it was planned only.
    pub runs: Option<u64>,
}

impl Plan {
    /// Reads the server's JSON; none: it is not such a plan.
    pub fn read(text: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(text).ok()?;
        let whole = value.get(0)?;
        let milliseconds = whole.get("Execution Time").and_then(Value::as_f64);
        Some(Self { root: whole.get("Plan")?.clone(), milliseconds })
    }

    /// The planner's cost of all of it.
    pub fn cost(&self) -> Option<f64> {
        self.root.get("Total Cost")?.as_f64()
    }

    /// What executing it took; none: it was planned only.
    pub fn executed(&self) -> Option<Executed> {
        let blocks = |key| self.root.get(key).and_then(Value::as_u64);
        Some(Executed {
            milliseconds: self.milliseconds?,
            rows: self.root.get("Actual Rows")?.as_f64()?,
            blocks: blocks("Shared Hit Blocks")? + blocks("Shared Read Blocks")?,
        })
    }

    /// The subqueries that are run for each row. A subquery that is hashed, or that is an InitPlan, is run once.
    pub fn row_subqueries(&self) -> Vec<RowSubquery> {
        let mut words = String::new();
        self.each(&mut |node| {
            for text in node.as_object().into_iter().flatten().filter_map(|(_, value)| value.as_str()) {
                words.push_str(text);
                words.push('\n');
            }
        });
        let mut found = Vec::new();
        self.each(&mut |node| {
            let is_subplan = text(node, "Parent Relationship") == Some("SubPlan");
            let Some(name) = text(node, "Subplan Name").filter(|_| is_subplan) else { return };
            if !is_hashed(&words, name) {
                let runs = node.get("Actual Loops").and_then(Value::as_u64);
                found.push(RowSubquery { on: relation(node), runs });
            }
        });
        found
    }

    /// Whether an index is asked with a condition on this column.
    pub fn asks_index(&self, column: &str) -> bool {
        let mut asked = false;
        self.each(&mut |node| {
            asked |= text(node, "Index Cond")
                .is_some_and(|condition| tokens(condition).iter().any(|word| word.name() == Some(column)));
        });
        asked
    }

    /// Whether a function of this name is called in a filter: for each row that is read.
    pub fn filters_by(&self, function: &str) -> bool {
        let mut found = false;
        self.each(&mut |node| {
            let filter = text(node, "Filter").unwrap_or_default();
            found |= calls(&tokens(filter)).iter().any(|call| call.name == function);
        });
        found
    }

    fn each(&self, visit: &mut impl FnMut(&Value)) {
        let mut waiting = vec![&self.root];
        while let Some(node) = waiting.pop() {
            visit(node);
            waiting.extend(node.get("Plans").and_then(Value::as_array).into_iter().flatten());
        }
    }
}

fn text<'v>(node: &'v Value, key: &str) -> Option<&'v str> {
    node.get(key)?.as_str()
}

/// The first relation below a node.
fn relation(node: &Value) -> Option<String> {
    let mut waiting = vec![node];
    while let Some(node) = waiting.pop() {
        if let Some(name) = text(node, "Relation Name") {
            return Some(match text(node, "Schema") {
                Some(schema) => format!("{schema}.{name}"),
                None => name.to_owned(),
            });
        }
        waiting.extend(node.get("Plans").and_then(Value::as_array).into_iter().flatten());
    }
    None
}

/// `hashed SubPlan 1`, and not of `SubPlan 12`.
fn is_hashed(words: &str, name: &str) -> bool {
    let wanted = format!("hashed {name}");
    words.match_indices(&wanted).any(|(at, _)| {
        let after = words.get(at + wanted.len()..).and_then(|rest| rest.chars().next());
        !after.is_some_and(|letter| letter.is_ascii_digit())
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn plan(filter: &str) -> Plan {
        let text = format!(
            r#"[{{"Plan": {{"Node Type": "Seq Scan", "Total Cost": 7.5, "Filter": "{filter}", "Plans": [
                {{"Node Type": "Seq Scan", "Parent Relationship": "SubPlan", "Subplan Name": "SubPlan 1",
                  "Actual Loops": 3, "Schema": "app", "Relation Name": "m"}}]}}}}]"#
        );
        Plan::read(&text).unwrap()
    }

    #[test]
    fn a_hashed_subplan_is_run_once() {
        assert!(plan("(hashed SubPlan 1)").row_subqueries().is_empty());
        let found = RowSubquery { on: Some("app.m".to_owned()), runs: Some(3) };
        assert_eq!(plan("(hashed SubPlan 12)").row_subqueries(), std::slice::from_ref(&found));
        assert_eq!(plan("(SubPlan 1)").row_subqueries(), [found]);
        assert_eq!(plan("(SubPlan 1)").cost(), Some(7.5));
        assert!(plan("(t.a = current_setting('x'::text))").filters_by("current_setting"));
        assert_eq!(Plan::read("{}"), None);
    }

    #[test]
    fn what_was_executed_tells_its_time_and_its_blocks() {
        let text = r#"[{"Plan": {"Total Cost": 1.0, "Actual Rows": 5, "Shared Hit Blocks": 2, "Shared Read Blocks": 1},
            "Execution Time": 0.5}]"#;
        let executed = Executed { milliseconds: 0.5, rows: 5.0, blocks: 3 };
        assert_eq!(Plan::read(text).unwrap().executed(), Some(executed));
        assert_eq!(plan("").executed(), None);
    }
}
