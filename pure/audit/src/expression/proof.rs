//! Proof that an expression is true of every row: it is worked out with every comparison turning out each way it can.
//!
//! A column is taken to hold something. `a = a` is true of every row but those without an `a`, which is as good as all; `a IS NOT
//! NULL` is a question in its own right.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use crate::expression::tree::{Least, Number, Operator, Pattern, Tree, read};

/// Whether the expression lets every row through. No means that it was not shown.
pub fn is_always_true(expression: &str) -> bool {
    let mut steps = STEPS_MOST;
    is_proven(&read(expression), &Assumed::default(), &mut steps)
}

/// How things turned out that could have turned out otherwise.
#[derive(Clone, Default)]
struct Assumed {
    truths: BTreeMap<Tree, bool>,
    orders: BTreeMap<(Tree, Tree), Ordering>,
    against: BTreeMap<Tree, Vec<(Number, Ordering)>>,
}

/// What has to be assumed before anything more can be said.
enum Question {
    Truth(Tree),
    Order(Tree, Tree),
    Against(Tree, Number),
}

/// What an expression comes to.
#[derive(Clone, PartialEq, Eq)]
enum Value {
    Null,
    Truth(bool),
    Number(Number),
    /// Nothing simpler than itself.
    Term(Tree),
}

fn is_proven(tree: &Tree, assumed: &Assumed, steps: &mut usize) -> bool {
    let Some(left) = steps.checked_sub(1) else { return false };
    *steps = left;
    match assumed.truth(tree) {
        Ok(Value::Truth(truth)) => truth,
        Ok(_) => false,
        Err(question) => {
            let outcomes = assumed.outcomes(question);
            !outcomes.is_empty() && outcomes.iter().all(|assumed| is_proven(tree, assumed, steps))
        }
    }
}

impl Assumed {
    /// Every way the question can be answered, given what is assumed.
    fn outcomes(&self, question: Question) -> Vec<Assumed> {
        let with = |change: &dyn Fn(&mut Assumed)| {
            let mut assumed = self.clone();
            change(&mut assumed);
            assumed
        };
        match question {
            Question::Truth(of) => [true, false]
                .into_iter()
                .map(|truth| {
                    with(&|assumed| {
                        assumed.truths.insert(of.clone(), truth);
                    })
                })
                .collect(),
            Question::Order(left, right) => ORDERINGS
                .into_iter()
                .filter(|order| !order.is_eq() || !are_different_texts(&left, &right))
                .map(|order| {
                    with(&|assumed| {
                        assumed.orders.insert((left.clone(), right.clone()), order);
                    })
                })
                .collect(),
            Question::Against(of, number) => ORDERINGS
                .into_iter()
                .filter(|order| self.is_possible(&of, number, *order))
                .map(|order| {
                    with(&|assumed| assumed.against.entry(of.clone()).or_default().push((number, order)))
                })
                .collect(),
        }
    }

    /// Whether something may compare so with a number, given how it compares with others.
    fn is_possible(&self, of: &Tree, number: Number, order: Ordering) -> bool {
        let least = is_never_negative(of).then_some((Number::ZERO, Ordering::Greater));
        if least.is_some()
            && (number < Number::ZERO && order != Ordering::Greater
                || number == Number::ZERO && order == Ordering::Less)
        {
            return false;
        }
        self.against.get(of).into_iter().flatten().all(|(other, known)| match known {
            Ordering::Equal => other.cmp(&number) == order,
            // It is below `other`: of a number above that, it is below.
            Ordering::Less => *other > number || order == Ordering::Less,
            Ordering::Greater => *other < number || order == Ordering::Greater,
        })
    }

    /// As a condition: true, false or NULL.
    fn truth(&self, tree: &Tree) -> Result<Value, Question> {
        match self.value(tree)? {
            Value::Term(term) => match self.truths.get(&term) {
                Some(truth) => Ok(Value::Truth(*truth)),
                None => Err(Question::Truth(term)),
            },
            Value::Number(_) => Ok(Value::Null),
            other => Ok(other),
        }
    }

    fn value(&self, tree: &Tree) -> Result<Value, Question> {
        match tree {
            Tree::Null => Ok(Value::Null),
            Tree::Truth(truth) => Ok(Value::Truth(*truth)),
            Tree::Number(number) => Ok(Value::Number(*number)),
            Tree::Not(inner) => Ok(match self.truth(inner)? {
                Value::Truth(truth) => Value::Truth(!truth),
                _ => Value::Null,
            }),
            Tree::Any(sides) => self.joined(sides, true),
            Tree::All(sides) => self.joined(sides, false),
            Tree::Compare(operator, left, right) => {
                let order = self.order(&self.value(left)?, &self.value(right)?)?;
                Ok(order.map_or(Value::Null, |order| Value::Truth(operator.holds(order))))
            }
            Tree::Distinct(left, right) => match (self.value(left)?, self.value(right)?) {
                (Value::Null, Value::Null) => Ok(Value::Truth(false)),
                (Value::Null, _) => self.value(&Tree::Not(Box::new(Tree::IsNull(right.clone())))),
                (_, Value::Null) => self.value(&Tree::Not(Box::new(Tree::IsNull(left.clone())))),
                (left, right) => {
                    let order = self.order(&left, &right)?;
                    Ok(Value::Truth(order.is_some_and(|order| order != Ordering::Equal)))
                }
            },
            Tree::IsNull(of) => self.is_null(of),
            Tree::IsTruth(of, wanted) => Ok(Value::Truth(self.truth(of)? == Value::Truth(*wanted))),
            Tree::Matches(of, pattern, language) => match self.value(of)? {
                Value::Null => Ok(Value::Null),
                _ if matches_everything(pattern, *language) => Ok(Value::Truth(true)),
                _ => self.known(tree),
            },
            Tree::Case(branches, otherwise) => {
                for (condition, result) in branches {
                    if self.truth(condition)? == Value::Truth(true) {
                        return self.value(result);
                    }
                }
                self.value(otherwise)
            }
            Tree::Coalesce(values) => self.coalesced(tree, values),
            Tree::Exists(condition) => Ok(Value::Truth(self.truth(condition)? == Value::Truth(true))),
            Tree::Call(name, arguments) if name == "starts_with" => match arguments.as_slice() {
                [_, Tree::Text(start)] if start.is_empty() => Ok(Value::Truth(true)),
                _ => self.known(tree),
            },
            Tree::Text(_)
            | Tree::Name(_)
            | Tree::Call(..)
            | Tree::Cast(..)
            | Tree::Array(_)
            | Tree::Unknown(..) => self.known(tree),
        }
    }

    fn known(&self, tree: &Tree) -> Result<Value, Question> {
        Ok(match self.truths.get(tree) {
            Some(truth) => Value::Truth(*truth),
            None => Value::Term(tree.clone()),
        })
    }

    /// OR, where `decides` is true; AND, where it is false.
    fn joined(&self, sides: &[Tree], decides: bool) -> Result<Value, Question> {
        let mut question = None;
        let mut null = false;
        for side in sides {
            match self.truth(side) {
                Ok(Value::Truth(truth)) if truth == decides => return Ok(Value::Truth(decides)),
                Ok(Value::Truth(_)) => {}
                Ok(_) => null = true,
                Err(asked) => question = question.or(Some(asked)),
            }
        }
        match question {
            Some(question) => Err(question),
            None if null => Ok(Value::Null),
            None => Ok(Value::Truth(!decides)),
        }
    }

    /// How two values compare; none: one is NULL.
    fn order(&self, left: &Value, right: &Value) -> Result<Option<Ordering>, Question> {
        let against = |term: &Tree, number: Number| {
            let known = self.against.get(term).into_iter().flatten().find(|(other, _)| *other == number);
            known.map(|(_, order)| *order).ok_or_else(|| Question::Against(term.clone(), number))
        };
        Ok(Some(match (left, right) {
            (Value::Null, _) | (_, Value::Null) => return Ok(None),
            (Value::Truth(left), Value::Truth(right)) => left.cmp(right),
            (Value::Number(left), Value::Number(right)) => left.cmp(right),
            (Value::Term(term), Value::Number(number)) => against(term, *number)?,
            (Value::Number(number), Value::Term(term)) => against(term, *number)?.reverse(),
            (Value::Term(term), Value::Truth(truth)) => self.as_truth(term)?.cmp(truth),
            (Value::Truth(truth), Value::Term(term)) => truth.cmp(&self.as_truth(term)?),
            (Value::Term(left), Value::Term(right)) => self.order_of_terms(left, right)?,
            (Value::Truth(_), Value::Number(_)) | (Value::Number(_), Value::Truth(_)) => return Ok(None),
        }))
    }

    fn as_truth(&self, term: &Tree) -> Result<bool, Question> {
        self.truths.get(term).copied().ok_or_else(|| Question::Truth(term.clone()))
    }

    fn order_of_terms(&self, left: &Tree, right: &Tree) -> Result<Ordering, Question> {
        if left == right {
            return Ok(Ordering::Equal);
        }
        let (first, second, turned) = if left < right { (left, right, false) } else { (right, left, true) };
        let key = (first.clone(), second.clone());
        match self.orders.get(&key) {
            Some(order) => Ok(if turned { order.reverse() } else { *order }),
            None => Err(Question::Order(key.0, key.1)),
        }
    }

    fn is_null(&self, of: &Tree) -> Result<Value, Question> {
        let question = Tree::IsNull(Box::new(of.clone()));
        match of {
            Tree::Null => Ok(Value::Truth(true)),
            _ if is_never_null(of) => Ok(Value::Truth(false)),
            _ => match self.truths.get(&question) {
                Some(truth) => Ok(Value::Truth(*truth)),
                None => Err(Question::Truth(question)),
            },
        }
    }

    /// The first that is not NULL. Of a column nobody knows that, unless it comes to the same whichever it is.
    fn coalesced(&self, tree: &Tree, values: &[Tree]) -> Result<Value, Question> {
        let mut found: Vec<Value> = Vec::new();
        for value in values {
            match self.value(value)? {
                Value::Null => continue,
                value => found.push(value),
            }
            if is_never_null(value) || !matches!(found.last(), Some(Value::Term(_))) {
                break;
            }
        }
        match found.as_slice() {
            [] => Ok(Value::Null),
            [first, rest @ ..] if rest.iter().all(|other| other == first) => Ok(first.clone()),
            _ => self.known(tree),
        }
    }
}

/// Two texts that are written differently are different; which comes first is the collation's to say.
fn are_different_texts(left: &Tree, right: &Tree) -> bool {
    matches!((left, right), (Tree::Text(left), Tree::Text(right)) if left != right)
}

impl Operator {
    fn holds(self, order: Ordering) -> bool {
        match self {
            Operator::Equal => order.is_eq(),
            Operator::NotEqual => order.is_ne(),
            Operator::Less => order.is_lt(),
            Operator::LessOrEqual => order.is_le(),
            Operator::Greater => order.is_gt(),
            Operator::GreaterOrEqual => order.is_ge(),
        }
    }
}

fn is_never_null(tree: &Tree) -> bool {
    match tree {
        Tree::Truth(_)
        | Tree::Number(_)
        | Tree::Text(_)
        | Tree::Exists(_)
        | Tree::IsNull(_)
        | Tree::IsTruth(..) => true,
        Tree::Name(name) => NEVER_NULL.contains(&name.as_str()),
        Tree::Call(_, arguments) => arguments.iter().all(is_never_null),
        Tree::Cast(of, _) => is_never_null(of),
        Tree::Array(_) => true,
        Tree::Unknown(_, least) => *least == Least::Zero,
        Tree::Coalesce(values) => values.iter().any(is_never_null),
        _ => false,
    }
}

fn is_never_negative(tree: &Tree) -> bool {
    match tree {
        Tree::Call(name, _) => COUNTING.contains(&name.as_str()),
        Tree::Unknown(_, least) => *least == Least::Zero,
        Tree::Cast(of, kind) => {
            ["bigint", "integer", "numeric"].contains(&kind.as_str()) && is_never_negative(of)
        }
        _ => false,
    }
}

/// `%`, `.*`: patterns that no text is against.
fn matches_everything(pattern: &str, language: Pattern) -> bool {
    match language {
        Pattern::Like => !pattern.is_empty() && pattern.chars().all(|letter| letter == '%'),
        Pattern::Regular => {
            let inner = pattern.strip_prefix('^').unwrap_or(pattern);
            let inner = inner.strip_suffix('$').filter(|_| !pattern.starts_with("^$")).unwrap_or(inner);
            matches!(inner, "" | ".*" | "(.*)" | ".*?") && pattern != "^$"
        }
    }
}

const ORDERINGS: [Ordering; 3] = [Ordering::Less, Ordering::Equal, Ordering::Greater];

/// How many cases are looked at; policies have few.
const STEPS_MOST: usize = 4000;

/// Words and system columns that always hold something.
const NEVER_NULL: [&str; 14] = [
    "current_user",
    "session_user",
    "user",
    "current_role",
    "current_catalog",
    "current_date",
    "current_time",
    "current_timestamp",
    "localtime",
    "localtimestamp",
    "ctid",
    "tableoid",
    "xmin",
    "cmin",
];

/// Functions whose results are never below zero.
const COUNTING: [&str; 8] = [
    "length",
    "char_length",
    "character_length",
    "octet_length",
    "bit_length",
    "abs",
    "cardinality",
    "strpos",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_true_of_every_row_is_shown() {
        for expression in [
            "true",
            "(1 = 1)",
            "(tenant_id = tenant_id)",
            "('a'::text = 'a'::text)",
            "((tenant = CURRENT_USER) OR true)",
            "(true AND (NOT false))",
            "((a = b) OR (c = c))",
            "((tenant_id IS NULL) OR (tenant_id IS NOT NULL))",
            "(CURRENT_USER IS NOT NULL)",
            "( SELECT true AS bool)",
            "COALESCE(true, false)",
            "((a = b) = (a = b))",
            "CASE\n    WHEN true THEN true\n    ELSE false\nEND",
            "CASE\n    WHEN (who = CURRENT_USER) THEN true\n    ELSE true\nEND",
            "(CASE\n    WHEN (1 = 1) THEN 1\n    ELSE 0\nEND = 1)",
            "(EXISTS ( SELECT 1))",
            "(EXISTS ( SELECT 1 AS one\n  WHERE (1 < 2)))",
            "(who ~~ '%'::text)",
            "((who)::text ~~* '%%'::text)",
            "(who ~ '.*'::text)",
            "(who ~ similar_to_escape('%'::text))",
            "(length(who) >= 0)",
            "(length(who) > '-1'::integer)",
            "(octet_length(who) > (- 1))",
            "((x > 0) OR (x <= 0))",
            "((x > 0) OR (x < 5))",
            "((x = 1) OR (x <> 1))",
            "((who = 'a'::text) OR (who <> 'a'::text))",
            "(x = ANY (ARRAY[x]))",
            "(x = ANY (ARRAY[1, x]))",
            "(who <> ALL ('{}'::text[]))",
            "(COALESCE(x, x) = x)",
            "((1 = 1) OR (x = 2))",
            "(NOT false)",
            "(NOT (1 = 2))",
            "(NOT (x <> x))",
            "(NOT (x IS DISTINCT FROM x))",
            "((x >= x) AND (x <= x))",
            "((who = CURRENT_USER) OR (NOT (who = CURRENT_USER)))",
            "(((who = CURRENT_USER) IS TRUE) OR ((who = CURRENT_USER) IS NOT TRUE))",
            "(( SELECT count(*) AS count\n   FROM app.t) >= 0)",
            "(tableoid IS NOT NULL)",
            "(now() IS NOT NULL)",
            "(active OR (NOT active))",
            "((active = true) OR (active = false))",
            "((active IS NULL) = ANY (ARRAY[true, false]))",
            "(lower(who) = lower(who))",
            "(2 > 1)",
            "('a'::text <> 'b'::text)",
            "starts_with(who, ''::text)",
        ] {
            assert!(is_always_true(expression), "{expression}");
        }
    }

    #[test]
    fn what_asks_something_of_a_row_is_not() {
        for expression in [
            "false",
            "(tenant_id IS NOT NULL)",
            "( SELECT (t.a = 1) FROM t)",
            "(tenant_id = 1)",
            "((a = b) AND true)",
            "(random() = random())",
            "((random() < 0.5) OR (random() >= 0.5))",
            "((x >= 1) AND (x <= 2))",
            "(tenant = 'true')",
            "(app.uid() = app.uid())",
            "(EXISTS ( SELECT 1\n   FROM app.members m\n  WHERE (m.who = CURRENT_USER)))",
            "(EXISTS ( SELECT 1\n  WHERE (who = CURRENT_USER)))",
            "CASE\n    WHEN (who = CURRENT_USER) THEN true\n    ELSE false\nEND",
            "CASE\n    WHEN (who = CURRENT_USER) THEN true\nEND",
            "(who ~~ 'a%'::text)",
            "(who ~~ '%_'::text)",
            "(who !~~ '%'::text)",
            "(who ~ '^$'::text)",
            "(who ~ '.+'::text)",
            "(length(who) > 0)",
            "(length(who) >= 1)",
            "((x > 0) OR (x < 0))",
            "((x > 5) OR (x < 0))",
            "(x = ANY (ARRAY[1, 2]))",
            "(x <> ALL (ARRAY[1, 2]))",
            "(x = ANY ('{1,2}'::integer[]))",
            "(COALESCE(x, 0) = x)",
            "COALESCE(active, true)",
            "(COALESCE(who, ''::text) = CURRENT_USER)",
            "((current_setting('app.t'::text, true) = 'a'::text) OR (who = 'b'::text))",
            "(current_setting('app.t'::text, true) = current_setting('app.t'::text, true))",
            "((x = 9007199254740993) OR (x <> 9007199254740992))",
            "(x <> x)",
            "(NOT true)",
            "NULL::boolean",
            "((NULL::integer = NULL::integer) OR (x = 1))",
            "(((x = 1)) IS NOT NULL)",
            "((a < b) OR (a > b))",
            "((data ->> 'a'::text) = (data ->> 'a'::text))",
            "(( SELECT count(*) AS count\n   FROM app.t) > 0)",
            "(( SELECT count(*) AS count\n   FROM app.t GROUP BY t.a) >= 0)",
            "(ROW(a, b) IS NOT NULL)",
            "(who = ( SELECT s.who FROM app.sessions s WHERE (1 = 1)))",
            "((who)::text = (CURRENT_USER)::text)",
            "(pg_has_role(CURRENT_USER, owner, 'MEMBER'::text) OR (a = b))",
        ] {
            assert!(!is_always_true(expression), "{expression}");
        }
    }

    #[test]
    fn what_is_long_or_deep_comes_to_an_end() {
        let deep = format!("{}a = a{}", "(".repeat(5000), ")".repeat(5000));
        assert!(!is_always_true(&deep));
        let wide: Vec<String> = (0..300).map(|number| format!("(a{number} = b{number})")).collect();
        assert!(!is_always_true(&format!("({})", wide.join(" OR "))));
    }
}
