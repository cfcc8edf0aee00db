//! Expressions of policies, as the server prints them: whether one is true of every row, and which settings it believes.
//!
//! The words are read, not parsed. What is called always true here is so by its form alone: `true`, a thing equal to itself, one
//! side of an OR. An expression that is true for other reasons is not recognised.

use crate::source_text::{Token, tokens};

/// Whether the expression lets every row through, by its form.
pub fn is_always_true(expression: &str) -> bool {
    is_true(&tokens(expression))
}

/// The settings that a session can make itself (they have a dot in their names) and that the expression reads.
pub fn settings_believed(expression: &str) -> Vec<String> {
    let words = tokens(expression);
    let mut found = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let opens = words.get(at + 1).is_some_and(|next| next.is_symbol("("));
        if word.is("current_setting")
            && opens
            && let Some(Token::Text(name)) = words.get(at + 2)
            && name.contains('.')
            && !found.contains(name)
        {
            found.push(name.clone());
        }
    }
    found
}

fn is_true(words: &[Token]) -> bool {
    let words = without_parentheses(words);
    let alternatives = split(words, "or");
    if alternatives.len() > 1 {
        return excludes_nothing(&alternatives) || alternatives.into_iter().any(is_true);
    }
    let conditions = split(words, "and");
    if conditions.len() > 1 {
        return conditions.into_iter().all(is_true);
    }
    if has_no_say(words) {
        return true;
    }
    match words {
        [word] if word.is("true") => true,
        [not, rest @ ..] if not.is("not") => is_false(rest),
        _ => equals_itself(words),
    }
}

/// What says nothing of the row: somebody is always somebody, and what begins with true is true.
fn has_no_say(words: &[Token]) -> bool {
    match words {
        [who, is, not, null] if is.is("is") && not.is("not") && null.is("null") => {
            who.is("current_user") || who.is("session_user")
        }
        [select, rest @ ..] if select.is("select") => {
            is_true(rest.split(|word| word.is("as")).next().unwrap_or(rest))
        }
        [coalesce, open, first, ..] => coalesce.is("coalesce") && open.is_symbol("(") && first.is("true"),
        _ => false,
    }
}

/// One side says that something is NULL, the other that the same is not.
fn excludes_nothing(alternatives: &[&[Token]]) -> bool {
    let null = |words: &[Token], wanted: bool| {
        let words = without_parentheses(words);
        match words {
            [of @ .., is, null] if !wanted && is.is("is") && null.is("null") => Some(of.to_vec()),
            [of @ .., is, not, null] if wanted && is.is("is") && not.is("not") && null.is("null") => {
                Some(of.to_vec())
            }
            _ => None,
        }
    };
    alternatives.iter().filter_map(|side| null(side, false)).any(|nothing| {
        alternatives.iter().filter_map(|side| null(side, true)).any(|something| something == nothing)
    })
}

fn is_false(words: &[Token]) -> bool {
    matches!(without_parentheses(words), [word] if word.is("false"))
}

/// `1 = 1`, `tenant_id = tenant_id`: the same words on both sides. A call of something need not give the same twice.
fn equals_itself(words: &[Token]) -> bool {
    let depth_zero = at_depth_zero(words);
    let mut signs = depth_zero.filter(|(_, word)| is_equals(word));
    let Some((at, _)) = signs.next() else { return false };
    if signs.next().is_some() {
        return false;
    }
    let (left, right) = words.split_at(at);
    let right = right.get(1..).unwrap_or_default();
    let (left, right) = (without_parentheses(left), without_parentheses(right));
    !left.is_empty() && left == right && !left.iter().any(|word| word.is_symbol("("))
}

fn is_equals(word: &Token) -> bool {
    word.is_symbol("=") || *word == Token::Other('=')
}

fn without_parentheses(mut words: &[Token]) -> &[Token] {
    while let [open, inner @ .., close] = words {
        if !open.is_symbol("(") || !close.is_symbol(")") || !is_closed(inner) {
            break;
        }
        words = inner;
    }
    words
}

/// Whether every parenthesis that is opened inside is closed inside, and none before.
fn is_closed(words: &[Token]) -> bool {
    let mut depth = 0_i32;
    for word in words {
        depth += i32::from(word.is_symbol("(")) - i32::from(word.is_symbol(")"));
        if depth < 0 {
            return false;
        }
    }
    depth == 0
}

fn at_depth_zero(words: &[Token]) -> impl Iterator<Item = (usize, &Token)> {
    let mut depth = 0_i32;
    words.iter().enumerate().filter(move |(_, word)| {
        depth -= i32::from(word.is_symbol(")"));
        let outside = depth == 0 && !word.is_symbol(")");
        depth += i32::from(word.is_symbol("("));
        outside
    })
}

fn split<'w>(words: &'w [Token], keyword: &str) -> Vec<&'w [Token]> {
    // `BETWEEN a AND b` has an AND that joins nothing.
    if keyword == "and" && words.iter().any(|word| word.is("between")) {
        return vec![words];
    }
    let cuts: Vec<usize> =
        at_depth_zero(words).filter(|(_, word)| word.is(keyword)).map(|(at, _)| at).collect();
    let mut pieces = Vec::new();
    let mut from = 0;
    for cut in cuts {
        pieces.extend(words.get(from..cut));
        from = cut + 1;
    }
    pieces.extend(words.get(from..));
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_true_by_its_form_is_seen() {
        for (expression, expected) in [
            ("true", true),
            ("(1 = 1)", true),
            ("(tenant_id = tenant_id)", true),
            ("('a'::text = 'a'::text)", true),
            ("((tenant = CURRENT_USER) OR true)", true),
            ("(true AND (NOT false))", true),
            ("((a = b) OR (c = c))", true),
            ("((tenant_id IS NULL) OR (tenant_id IS NOT NULL))", true),
            ("(CURRENT_USER IS NOT NULL)", true),
            ("( SELECT true AS bool)", true),
            ("COALESCE(true, false)", true),
            ("(tenant_id IS NOT NULL)", false),
            ("( SELECT (t.a = 1) FROM t)", false),
            ("(tenant_id = 1)", false),
            ("((a = b) AND true)", false),
            ("(random() = random())", false),
            ("(a = b) = (a = b)", true),
            ("false", false),
            ("((x >= 1) AND (x <= 2))", false),
            ("(tenant = 'true')", false),
        ] {
            assert_eq!(is_always_true(expression), expected, "{expression}");
        }
    }

    #[test]
    fn settings_a_session_makes_itself_are_seen() {
        assert_eq!(
            settings_believed("(tenant = (current_setting('app.tenant'::text, true))::uuid)"),
            ["app.tenant"]
        );
        assert!(settings_believed("(current_setting('role') = 'x')").is_empty());
        assert!(settings_believed("(tenant = CURRENT_USER)").is_empty());
    }
}
