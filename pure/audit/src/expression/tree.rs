//! The tree of an expression as `pg_get_expr` prints it: every operator in parentheses, `IN` and `BETWEEN` spelled out, names of
//! users' functions with their schemas. What is not understood becomes a leaf of which nothing is known.

use crate::source_text::{Token, tokens};

/// An expression.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tree {
    /// NULL.
    Null,
    /// TRUE or FALSE.
    Truth(bool),
    /// A number.
    Number(Number),
    /// A text.
    Text(String),
    /// A column, or a word that stands for a value: `current_user`.
    Name(String),
    /// A call of one of PostgreSQL's functions that gives the same for the same arguments, or an arithmetic operator.
    Call(String, Vec<Tree>),
    /// A value as another type.
    Cast(Box<Tree>, String),
    /// NOT.
    Not(Box<Tree>),
    /// AND.
    All(Vec<Tree>),
    /// OR.
    Any(Vec<Tree>),
    /// A comparison of two values.
    Compare(Operator, Box<Tree>, Box<Tree>),
    /// IS DISTINCT FROM.
    Distinct(Box<Tree>, Box<Tree>),
    /// IS NULL.
    IsNull(Box<Tree>),
    /// IS TRUE, IS FALSE.
    IsTruth(Box<Tree>, bool),
    /// LIKE or a regular expression, with the pattern; whether it is the latter.
    Matches(Box<Tree>, String, Pattern),
    /// CASE: conditions with their results, and ELSE.
    Case(Vec<(Tree, Tree)>, Box<Tree>),
    /// COALESCE.
    Coalesce(Vec<Tree>),
    /// ARRAY[...].
    Array(Vec<Tree>),
    /// EXISTS of a SELECT that reads nothing: its condition.
    Exists(Box<Tree>),
    /// Something that nothing is known of; each is its own.
    Unknown(usize, Least),
}

/// What is known of the least a leaf can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Least {
    /// Nothing.
    Unbounded,
    /// It counts something.
    Zero,
}

/// A pattern's language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pattern {
    /// LIKE.
    Like,
    /// A regular expression.
    Regular,
}

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the variants are the operators")]
pub enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// A decimal number, in units of 10^-12, so that no two that differ are taken for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Number(i128);

impl Number {
    /// Nothing.
    pub const ZERO: Number = Number(0);

    fn read(text: &str) -> Option<Number> {
        let (negative, digits) = match text.trim().strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.trim()),
        };
        let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
        let is_digits = |text: &str| text.chars().all(|letter| letter.is_ascii_digit());
        if digits.is_empty() || !is_digits(whole) || !is_digits(part) || part.len() > SCALE {
            return None;
        }
        let padded = format!("{whole}{part:0<SCALE$}");
        let units: i128 = padded.parse().ok()?;
        Some(Number(if negative { units.checked_neg()? } else { units }))
    }
}

const SCALE: usize = 12;

/// Reads an expression; what is not understood is a leaf of its own.
pub fn read(expression: &str) -> Tree {
    let words = tokens(expression);
    let mut reader = Reader { unknown: 0, depth: 0 };
    reader.whole(&words)
}

struct Reader {
    unknown: usize,
    depth: usize,
}

/// Where a reader is in a list of words.
struct Cursor<'w> {
    words: &'w [Token],
    at: usize,
}

impl<'w> Cursor<'w> {
    fn peek(&self) -> Option<&'w Token> {
        self.words.get(self.at)
    }

    fn is(&self, keyword: &str) -> bool {
        self.peek().is_some_and(|word| word.is(keyword))
    }

    fn takes(&mut self, keyword: &str) -> bool {
        let found = self.is(keyword);
        self.at += usize::from(found);
        found
    }

    fn takes_symbol(&mut self, symbol: &str) -> bool {
        let found = self.peek().is_some_and(|word| word.is_symbol(symbol));
        self.at += usize::from(found);
        found
    }

    fn is_done(&self) -> bool {
        self.at >= self.words.len()
    }

    /// What is between the bracket that was just taken and its other end, which is taken, too.
    fn inside(&mut self) -> Option<&'w [Token]> {
        let from = self.at;
        let mut depth = 1_i32;
        while let Some(word) = self.peek() {
            self.at += 1;
            match word {
                Token::Symbol("(" | "[") => depth += 1,
                Token::Symbol(")" | "]") => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return self.words.get(from..self.at - 1);
            }
        }
        None
    }

    /// Signs that stand together: `>=`, `~~*`.
    fn operator(&mut self) -> String {
        let mut sign = String::new();
        while let Some(word) = self.peek() {
            match word {
                Token::Symbol(symbol @ ("=" | "+" | "-" | "||" | "=>")) => sign.push_str(symbol),
                Token::Other(letter) if SIGNS.contains(*letter) => sign.push(*letter),
                _ => break,
            }
            self.at += 1;
        }
        sign
    }
}

impl Reader {
    fn unknown(&mut self, least: Least) -> Tree {
        self.unknown += 1;
        Tree::Unknown(self.unknown, least)
    }

    /// All of these words as one expression, or a leaf.
    fn whole(&mut self, words: &[Token]) -> Tree {
        let mut cursor = Cursor { words, at: 0 };
        match self.either(&mut cursor) {
            Some(tree) if cursor.is_done() => tree,
            _ => self.unknown(Least::Unbounded),
        }
    }

    fn either(&mut self, cursor: &mut Cursor<'_>) -> Option<Tree> {
        let mut sides = vec![self.both(cursor)?];
        while cursor.takes("or") {
            sides.push(self.both(cursor)?);
        }
        Some(if sides.len() == 1 { sides.remove(0) } else { Tree::Any(sides) })
    }

    fn both(&mut self, cursor: &mut Cursor<'_>) -> Option<Tree> {
        let mut sides = vec![self.not(cursor)?];
        while cursor.takes("and") {
            sides.push(self.not(cursor)?);
        }
        Some(if sides.len() == 1 { sides.remove(0) } else { Tree::All(sides) })
    }

    fn not(&mut self, cursor: &mut Cursor<'_>) -> Option<Tree> {
        let mut turned = false;
        while cursor.takes("not") {
            turned = !turned;
        }
        let tree = self.compared(cursor)?;
        Some(if turned { negated(tree) } else { tree })
    }

    fn compared(&mut self, cursor: &mut Cursor<'_>) -> Option<Tree> {
        let mut left = self.value(cursor)?;
        loop {
            if cursor.takes("is") {
                left = self.is_what(cursor, left)?;
                continue;
            }
            let sign = cursor.operator();
            if sign.is_empty() {
                return Some(left);
            }
            if cursor.is("any") || cursor.is("some") || cursor.is("all") {
                let all = cursor.takes("all") || {
                    cursor.at += 1;
                    false
                };
                if !cursor.takes_symbol("(") {
                    return None;
                }
                let inner = cursor.inside()?;
                let of = self.whole(inner);
                left = self.among(&sign, left, of, all);
                continue;
            }
            let right = self.value(cursor)?;
            left = self.joined(&sign, left, right);
        }
    }

    fn is_what(&mut self, cursor: &mut Cursor<'_>, of: Tree) -> Option<Tree> {
        let turned = cursor.takes("not");
        let of = Box::new(of);
        let tree = if cursor.takes("null") || cursor.takes("unknown") {
            Tree::IsNull(of)
        } else if cursor.takes("true") {
            Tree::IsTruth(of, true)
        } else if cursor.takes("false") {
            Tree::IsTruth(of, false)
        } else if cursor.takes("distinct") && cursor.takes("from") {
            Tree::Distinct(of, Box::new(self.value(cursor)?))
        } else {
            return None;
        };
        Some(if turned { negated(tree) } else { tree })
    }

    fn joined(&mut self, sign: &str, left: Tree, right: Tree) -> Tree {
        if let Some(operator) = comparison(sign) {
            return Tree::Compare(operator, Box::new(left), Box::new(right));
        }
        let pattern = match (sign, &right) {
            ("~~" | "~~*" | "!~~" | "!~~*", Tree::Text(pattern)) => Some((pattern.clone(), Pattern::Like)),
            ("~" | "~*" | "!~" | "!~*", Tree::Text(pattern)) => Some((pattern.clone(), Pattern::Regular)),
            // SIMILAR TO has its pattern made a regular expression.
            ("~" | "!~", Tree::Call(name, arguments)) if name.starts_with("similar_to_escape") => {
                match arguments.as_slice() {
                    [Tree::Text(pattern)] => Some((pattern.clone(), Pattern::Like)),
                    _ => None,
                }
            }
            _ => None,
        };
        if let Some((pattern, language)) = pattern {
            let tree = Tree::Matches(Box::new(left), pattern, language);
            return if sign.starts_with('!') { negated(tree) } else { tree };
        }
        if PURE_OPERATORS.contains(&sign) {
            return Tree::Call(sign.to_owned(), vec![left, right]);
        }
        self.unknown(Least::Unbounded)
    }

    /// `x = ANY (ARRAY[a, b])` is `x = a OR x = b`.
    fn among(&mut self, sign: &str, left: Tree, of: Tree, all: bool) -> Tree {
        let (Some(operator), Tree::Array(elements)) = (comparison(sign), of) else {
            return self.unknown(Least::Unbounded);
        };
        let each = elements
            .into_iter()
            .map(|element| Tree::Compare(operator, Box::new(left.clone()), Box::new(element)))
            .collect();
        if all { Tree::All(each) } else { Tree::Any(each) }
    }

    /// A value with what follows it: casts, subscripts, collations.
    fn value(&mut self, cursor: &mut Cursor<'_>) -> Option<Tree> {
        // INVARIANT: whatever goes deeper comes by here.
        self.depth += 1;
        let bare = (self.depth < DEPTH_MOST).then(|| self.bare(cursor)).flatten();
        self.depth -= 1;
        let mut tree = bare?;
        loop {
            if cursor.takes_symbol("::") {
                let kind = type_name(cursor)?;
                tree = cast(tree, kind);
            } else if cursor.takes_symbol("[") {
                cursor.inside()?;
                tree = self.unknown(Least::Unbounded);
            } else if cursor.takes_symbol(".") {
                cursor.at += 1;
                tree = self.unknown(Least::Unbounded);
            } else if cursor.takes("collate") {
                let kind = type_name(cursor)?;
                tree = Tree::Cast(Box::new(tree), format!("collate {kind}"));
            } else {
                return Some(tree);
            }
        }
    }

    fn bare(&mut self, cursor: &mut Cursor<'_>) -> Option<Tree> {
        let word = cursor.peek()?;
        cursor.at += 1;
        match word {
            Token::Symbol("(") => {
                let inner = cursor.inside()?;
                Some(if is_select(inner) { self.select(inner) } else { self.whole(inner) })
            }
            Token::Number(number) => Some(match Number::read(number) {
                Some(number) => Tree::Number(number),
                None => self.unknown(Least::Unbounded),
            }),
            Token::Symbol("-") => match self.value(cursor)? {
                Tree::Number(Number(units)) => Some(Tree::Number(Number(units.checked_neg()?))),
                _ => Some(self.unknown(Least::Unbounded)),
            },
            Token::Text(text) => Some(Tree::Text(text.clone())),
            Token::Word(word) => self.worded(cursor, word),
            Token::Quoted(name) => self.named(cursor, format!("\"{name}\"")),
            _ => None,
        }
    }

    fn worded(&mut self, cursor: &mut Cursor<'_>, word: &str) -> Option<Tree> {
        match word {
            "true" => Some(Tree::Truth(true)),
            "false" => Some(Tree::Truth(false)),
            "null" => Some(Tree::Null),
            "case" => self.case(cursor),
            "exists" if cursor.takes_symbol("(") => {
                let inner = cursor.inside()?;
                Some(self.exists(inner))
            }
            "array" if cursor.takes_symbol("[") => {
                let inner = cursor.inside()?;
                Some(Tree::Array(self.list(inner)))
            }
            "coalesce" if cursor.takes_symbol("(") => {
                let inner = cursor.inside()?;
                Some(Tree::Coalesce(self.list(inner)))
            }
            _ => self.named(cursor, word.to_owned()),
        }
    }

    /// A column or a call.
    fn named(&mut self, cursor: &mut Cursor<'_>, first: String) -> Option<Tree> {
        let mut name = first;
        while cursor.peek().is_some_and(|dot| dot.is_symbol(".")) {
            cursor.at += 1;
            let next = cursor.peek()?;
            cursor.at += 1;
            match next {
                Token::Word(next) => name = format!("{name}.{next}"),
                Token::Quoted(next) => name = format!("{name}.\"{next}\""),
                // A whole row is NULL in a way of its own.
                _ => return Some(self.unknown(Least::Unbounded)),
            }
        }
        if !cursor.takes_symbol("(") {
            return Some(Tree::Name(name));
        }
        let inner = cursor.inside()?;
        // Unqualified, it is pg_catalog's: the search path is empty when expressions are printed.
        if !PURE.contains(&name.as_str()) && !name.starts_with("similar_to_escape") {
            return Some(self.unknown(Least::Unbounded));
        }
        Some(Tree::Call(name, self.list(inner)))
    }

    fn case(&mut self, cursor: &mut Cursor<'_>) -> Option<Tree> {
        let operand = if cursor.is("when") { None } else { Some(self.either(cursor)?) };
        let mut branches = Vec::new();
        while cursor.takes("when") {
            let condition = self.either(cursor)?;
            let condition = match &operand {
                Some(operand) => {
                    Tree::Compare(Operator::Equal, Box::new(operand.clone()), Box::new(condition))
                }
                None => condition,
            };
            if !cursor.takes("then") {
                return None;
            }
            branches.push((condition, self.either(cursor)?));
        }
        let otherwise = if cursor.takes("else") { self.either(cursor)? } else { Tree::Null };
        cursor.takes("end").then(|| Tree::Case(branches, Box::new(otherwise)))
    }

    fn exists(&mut self, words: &[Token]) -> Tree {
        match parts_of_select(words) {
            Some((_, None)) => Tree::Truth(true),
            Some((_, Some(condition))) => Tree::Exists(Box::new(self.whole(condition))),
            None => self.unknown(Least::Unbounded),
        }
    }

    /// A SELECT as a value: what it selects, if it reads nothing.
    fn select(&mut self, words: &[Token]) -> Tree {
        match parts_of_select(words) {
            Some((list, None)) => {
                let value =
                    list.iter().rposition(|word| word.is("as")).map_or(list, |at| list.split_at(at).0);
                self.whole(value)
            }
            _ => self.unknown(if counts(words) { Least::Zero } else { Least::Unbounded }),
        }
    }

    fn list(&mut self, words: &[Token]) -> Vec<Tree> {
        if words.is_empty() {
            return Vec::new();
        }
        divided(words).into_iter().map(|words| self.whole(words)).collect()
    }
}

/// NOT NOT is nothing.
fn negated(tree: Tree) -> Tree {
    match tree {
        Tree::Not(inner) => *inner,
        other => Tree::Not(Box::new(other)),
    }
}

fn comparison(sign: &str) -> Option<Operator> {
    Some(match sign {
        "=" => Operator::Equal,
        "<>" => Operator::NotEqual,
        "<" => Operator::Less,
        "<=" => Operator::LessOrEqual,
        ">" => Operator::Greater,
        ">=" => Operator::GreaterOrEqual,
        _ => return None,
    })
}

/// A constant of a type that is understood is that constant.
fn cast(tree: Tree, kind: String) -> Tree {
    let base = kind.split('(').next().unwrap_or(&kind);
    match &tree {
        Tree::Text(text) if ["text", "character varying", "name"].contains(&base) => Tree::Text(text.clone()),
        Tree::Text(text) if NUMERIC.contains(&base) => match Number::read(text) {
            Some(number) => Tree::Number(number),
            None => Tree::Cast(Box::new(tree), kind),
        },
        Tree::Number(_) if ["bigint", "numeric", "double precision"].contains(&kind.as_str()) => tree,
        Tree::Text(text) if base == "boolean" => match text.as_str() {
            "t" | "true" => Tree::Truth(true),
            "f" | "false" => Tree::Truth(false),
            _ => Tree::Cast(Box::new(tree), kind),
        },
        Tree::Text(text) if text == "{}" && kind.ends_with("[]") => Tree::Array(Vec::new()),
        Tree::Array(_) if kind.ends_with("[]") => tree,
        Tree::Null => Tree::Null,
        Tree::Truth(_) if base == "boolean" => tree,
        _ => Tree::Cast(Box::new(tree), kind),
    }
}

/// `timestamp(3) without time zone`, `app.kind[]`.
fn type_name(cursor: &mut Cursor<'_>) -> Option<String> {
    let mut name = cursor.peek()?.name()?.to_owned();
    cursor.at += 1;
    while cursor.takes_symbol(".") {
        name = format!("{name}.{}", cursor.peek()?.name()?);
        cursor.at += 1;
    }
    for word in ["varying", "precision"] {
        if cursor.takes(word) {
            name = format!("{name} {word}");
        }
    }
    if cursor.takes_symbol("(") {
        name = format!("{name}({:?})", cursor.inside()?);
    }
    for word in ["with", "without"] {
        if cursor.takes(word) {
            cursor.at += 2;
            name = format!("{name} {word} time zone");
        }
    }
    while cursor.takes_symbol("[") {
        cursor.inside()?;
        name.push_str("[]");
    }
    Some(name)
}

fn is_select(words: &[Token]) -> bool {
    words.first().is_some_and(|word| word.is("select") || word.is("with") || word.is("values"))
}

/// The list and the condition of a SELECT that has nothing else.
fn parts_of_select(words: &[Token]) -> Option<(&[Token], Option<&[Token]>)> {
    let [select, rest @ ..] = words else { return None };
    if !select.is("select")
        || outside(rest).any(|(_, word)| OTHER_CLAUSES.iter().any(|clause| word.is(clause)))
    {
        return None;
    }
    Some(match outside(rest).find(|(_, word)| word.is("where")) {
        Some((at, _)) => (rest.get(..at)?, Some(rest.get(at + 1..)?)),
        None => (rest, None),
    })
}

/// `SELECT count(*) AS count FROM ...`, which always gives a row and never less than zero.
fn counts(words: &[Token]) -> bool {
    let [select, count, open, ..] = words else { return false };
    let forms = ["group", "having", "limit", "offset", "fetch", "union", "intersect", "except"];
    select.is("select")
        && count.is("count")
        && open.is_symbol("(")
        && outside(words).all(|(_, word)| !word.is_symbol(",") && !forms.iter().any(|form| word.is(form)))
        && outside(words).take_while(|(_, word)| !word.is("from")).all(|(_, word)| {
            !matches!(word, Token::Other(_))
                && !["-", "+", "*", "=", "||", "::"].iter().any(|sign| word.is_symbol(sign))
        })
}

/// The words outside of parentheses.
fn outside(words: &[Token]) -> impl Iterator<Item = (usize, &Token)> {
    let mut depth = 0_i32;
    words.iter().enumerate().filter(move |(_, word)| {
        let before = depth;
        match word {
            Token::Symbol("(" | "[") => depth += 1,
            Token::Symbol(")" | "]") => depth -= 1,
            _ => {}
        }
        before == 0 && depth == 0
    })
}

fn divided(words: &[Token]) -> Vec<&[Token]> {
    let cuts: Vec<usize> = outside(words).filter(|(_, word)| word.is_symbol(",")).map(|(at, _)| at).collect();
    let mut pieces = Vec::new();
    let mut from = 0;
    for cut in cuts {
        pieces.extend(words.get(from..cut));
        from = cut + 1;
    }
    pieces.extend(words.get(from..));
    pieces
}

const SIGNS: &str = "<>!~@#%^&|`?*/";

/// How deep parentheses are followed.
const DEPTH_MOST: usize = 60;

const NUMERIC: [&str; 6] = ["integer", "bigint", "smallint", "numeric", "double precision", "real"];

const PURE_OPERATORS: [&str; 6] = ["+", "-", "*", "/", "%", "||"];

/// Functions of PostgreSQL that give the same for the same arguments, and NULL only for NULL.
const PURE: [&str; 23] = [
    "lower",
    "upper",
    "length",
    "char_length",
    "character_length",
    "octet_length",
    "bit_length",
    "abs",
    "cardinality",
    "strpos",
    "btrim",
    "ltrim",
    "rtrim",
    "initcap",
    "reverse",
    "md5",
    "date_trunc",
    "now",
    "floor",
    "ceil",
    "starts_with",
    "current_database",
    "pg_backend_pid",
];

const OTHER_CLAUSES: [&str; 11] = [
    "from",
    "group",
    "having",
    "limit",
    "offset",
    "fetch",
    "union",
    "intersect",
    "except",
    "window",
    "distinct",
];
