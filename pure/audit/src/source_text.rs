//! Source text: the words of a routine's body. Enough of PostgreSQL's lexical rules to know a word from a string and a
//! string from a comment, and no grammar: a rule that reads words says what it cannot see.

pub mod credential;
pub mod dynamic;
pub mod files;
pub mod naming;
mod pieces;
pub mod relations;

/// A word of a source text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    /// An identifier or keyword: folded to lower case unless it was quoted.
    Word(String),
    /// An identifier in double quotes, as it is.
    Quoted(String),
    /// A string, however it was quoted, without its quotes.
    Text(String),
    /// A number.
    Number(String),
    /// A parameter: `$1`.
    Parameter(u32),
    /// Anything else: `||`, `::`, `:=`, `=>`, or a single letter.
    Symbol(&'static str),
    /// A letter that is none of these.
    Other(char),
}

impl Token {
    /// Whether it is this keyword.
    pub fn is(&self, keyword: &str) -> bool {
        matches!(self, Token::Word(word) if word == keyword)
    }

    /// Whether it is this symbol.
    pub fn is_symbol(&self, symbol: &str) -> bool {
        matches!(self, Token::Symbol(found) if *found == symbol)
    }

    /// The name it may be.
    pub fn name(&self) -> Option<&str> {
        match self {
            Token::Word(name) | Token::Quoted(name) => Some(name),
            _ => None,
        }
    }
}

/// A call of something by its name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Call {
    /// The schema, if it was written.
    pub schema: Option<String>,
    /// The name.
    pub name: String,
}

/// The words of a text. What is not closed goes on to the end.
pub fn tokens(text: &str) -> Vec<Token> {
    let mut reader = Reader { rest: text, found: Vec::new() };
    while reader.step() {}
    reader.found
}

/// What a text calls: names before an opening parenthesis, keywords among them. `INSERT INTO t (...)` is no call.
pub fn calls(tokens: &[Token]) -> Vec<Call> {
    let mut found = Vec::new();
    for (position, token) in tokens.iter().enumerate() {
        let Some(name) = token.name() else { continue };
        if !tokens.get(position + 1).is_some_and(|next| next.is_symbol("(")) {
            continue;
        }
        let before = |steps: usize| position.checked_sub(steps).and_then(|at| tokens.get(at));
        let schema = before(1)
            .filter(|dot| dot.is_symbol("."))
            .and_then(|_| before(2))
            .and_then(|schema| schema.name())
            .map(str::to_owned);
        let first = if schema.is_some() { before(3) } else { before(1) };
        if first.is_some_and(|word| word.is("into") || word.is("table")) {
            continue;
        }
        found.push(Call { schema, name: name.to_owned() });
    }
    found
}

struct Reader<'t> {
    rest: &'t str,
    found: Vec<Token>,
}

impl<'t> Reader<'t> {
    /// Reads one token or one stretch of white space; no at the end.
    fn step(&mut self) -> bool {
        let Some(letter) = self.rest.chars().next() else { return false };
        if letter.is_whitespace() {
            self.rest = self.rest.trim_start();
        } else if let Some(rest) = self.rest.strip_prefix("--") {
            self.rest = rest.find('\n').and_then(|end| rest.get(end..)).unwrap_or_default();
        } else if let Some(rest) = self.rest.strip_prefix("/*") {
            self.rest = after_comment(rest);
        } else if let Some(rest) = self.rest.strip_prefix('\'') {
            self.string(rest, Escapes::Doubled);
        } else if let Some(rest) = self.rest.strip_prefix('"') {
            self.quoted(rest);
        } else if letter == '$' {
            self.dollar();
        } else if letter.is_ascii_digit() {
            let number = self.take(|letter| letter.is_ascii_alphanumeric() || letter == '.' || letter == '_');
            self.found.push(Token::Number(number.to_owned()));
        } else if is_word_start(letter) {
            self.word();
        } else {
            self.symbol(letter);
        }
        true
    }

    fn take(&mut self, belongs: impl Fn(char) -> bool) -> &'t str {
        let end = self.rest.find(|letter| !belongs(letter)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }

    fn word(&mut self) {
        let word = self.take(|letter| is_word_start(letter) || letter.is_ascii_digit() || letter == '$');
        let lower = word.to_lowercase();
        if let Some(rest) = self.rest.strip_prefix('\'') {
            match lower.as_str() {
                "e" => return self.string(rest, Escapes::Backslash),
                "b" | "x" | "n" => return self.string(rest, Escapes::Doubled),
                _ => {}
            }
        }
        if lower == "u" {
            if let Some(rest) = self.rest.strip_prefix("&'") {
                return self.string(rest, Escapes::Doubled);
            }
            if let Some(rest) = self.rest.strip_prefix("&\"") {
                return self.quoted(rest);
            }
        }
        self.found.push(Token::Word(lower));
    }

    fn string(&mut self, rest: &'t str, escapes: Escapes) {
        let mut text = String::new();
        let mut letters = rest.chars();
        while let Some(letter) = letters.next() {
            match letter {
                '\'' if letters.as_str().starts_with('\'') => {
                    text.push('\'');
                    letters.next();
                }
                '\'' => break,
                '\\' if escapes == Escapes::Backslash => text.extend(letters.next()),
                letter => text.push(letter),
            }
        }
        self.rest = letters.as_str();
        self.found.push(Token::Text(text));
    }

    fn quoted(&mut self, rest: &'t str) {
        let mut name = String::new();
        let mut letters = rest.chars();
        while let Some(letter) = letters.next() {
            match letter {
                '"' if letters.as_str().starts_with('"') => {
                    name.push('"');
                    letters.next();
                }
                '"' => break,
                letter => name.push(letter),
            }
        }
        self.rest = letters.as_str();
        self.found.push(Token::Quoted(name));
    }

    /// `$1`, `$$...$$`, `$tag$...$tag$`.
    fn dollar(&mut self) {
        let rest = self.rest.strip_prefix('$').unwrap_or_default();
        let tag_end = rest.find(|letter: char| !is_word_start(letter) && !letter.is_ascii_digit());
        let (tag, after) = rest.split_at(tag_end.unwrap_or(rest.len()));
        let may_be_tag = !tag.starts_with(|letter: char| letter.is_ascii_digit());
        if let Some(body) = after.strip_prefix('$').filter(|_| may_be_tag) {
            let close = format!("${tag}$");
            let (text, rest) = match body.split_once(close.as_str()) {
                Some(found) => found,
                None => (body, ""),
            };
            self.found.push(Token::Text(text.to_owned()));
            self.rest = rest;
            return;
        }
        self.rest = rest;
        let number = self.take(|letter| letter.is_ascii_digit());
        match number.parse() {
            Ok(number) => self.found.push(Token::Parameter(number)),
            Err(_) => self.found.push(Token::Other('$')),
        }
    }

    fn symbol(&mut self, letter: char) {
        for symbol in SYMBOLS {
            if let Some(rest) = self.rest.strip_prefix(symbol) {
                self.found.push(Token::Symbol(symbol));
                self.rest = rest;
                return;
            }
        }
        self.found.push(Token::Other(letter));
        self.rest = self.rest.get(letter.len_utf8()..).unwrap_or_default();
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Escapes {
    Doubled,
    Backslash,
}

fn is_word_start(letter: char) -> bool {
    letter.is_alphabetic() || letter == '_'
}

/// What follows a comment, which may have comments in it.
fn after_comment(text: &str) -> &str {
    let mut depth = 1;
    let mut rest = text;
    while depth > 0 {
        let next = match (rest.find("*/"), rest.find("/*")) {
            (Some(end), Some(begin)) if begin < end => {
                depth += 1;
                begin
            }
            (Some(end), _) => {
                depth -= 1;
                end
            }
            (None, _) => return "",
        };
        rest = rest.get(next + 2..).unwrap_or_default();
    }
    rest
}

const SYMBOLS: [&str; 14] = ["||", "::", ":=", "=>", "(", ")", "[", "]", ",", ";", ".", "=", "+", "-"];

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        tokens(text)
            .iter()
            .map(|token| match token {
                Token::Word(word) => word.clone(),
                Token::Quoted(name) => format!("\"{name}\""),
                Token::Text(text) => format!("'{text}'"),
                Token::Number(number) => number.clone(),
                Token::Parameter(number) => format!("${number}"),
                Token::Symbol(symbol) => (*symbol).to_owned(),
                Token::Other(letter) => letter.to_string(),
            })
            .collect()
    }

    #[test]
    fn comments_and_strings_hide_what_is_in_them() {
        assert_eq!(
            words(
                "A -- no\n /* no /* no */ no */ 'it''s' E'a\\'b' \"We\"\"ird\" $1 $$x$y$z$$ $t$ $$ $t$ b||c::int"
            ),
            ["a", "'it's'", "'a'b'", "\"We\"ird\"", "$1", "'x$y$z'", "' $$ '", "b", "||", "c", "::", "int"]
        );
    }

    #[test]
    fn what_is_not_closed_ends_with_the_text() {
        assert_eq!(words("a 'b"), ["a", "'b"].map(|word| if word == "'b" { "'b'" } else { word }));
        assert_eq!(words("a /* b"), ["a"]);
        assert_eq!(words("a $q$ b"), ["a", "' b'"]);
    }

    #[test]
    fn a_name_before_a_parenthesis_is_a_call() {
        let found = calls(&tokens("SELECT app.f(1), \"G\" (2); INSERT INTO t (a) VALUES (h())"));
        let found: Vec<String> = found
            .iter()
            .map(|call| match &call.schema {
                Some(schema) => format!("{schema}.{}", call.name),
                None => call.name.clone(),
            })
            .collect();
        assert_eq!(found, ["app.f", "G", "values", "h"]);
    }
}
