//! Pieces: what a text that a body executes is put together of, in order, quoted values among them.

use crate::source_text::Token;
use crate::source_text::dynamic::{Body, KEYWORDS, divided, up_to};

/// A piece of a text that is put together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// The body's own words.
    Text(String),
    /// A value that somebody else chooses.
    Chosen,
    /// A value that the body chooses.
    Fixed,
}

impl Body<'_> {
    /// What an expression is put together of, in order. A variable stands for all that it is given.
    pub(super) fn pieces(&self, expression: &[Token], asked: &mut Vec<String>) -> Vec<Piece> {
        let mut found = Vec::new();
        let mut position = 0;
        while let Some(word) = expression.get(position) {
            let next = expression.get(position + 1);
            match word {
                Token::Text(text) => found.push(Piece::Text(text.clone())),
                Token::Word(name) | Token::Quoted(name) if next.is_some_and(|next| next.is_symbol("(")) => {
                    let arguments = up_to(expression.get(position + 2..).unwrap_or_default(), &[]);
                    match (name.as_str(), arguments) {
                        ("format", [Token::Text(template), rest @ ..]) => {
                            let values = divided(rest.get(1..).unwrap_or_default());
                            found.extend(self.filled(template, &values, asked));
                        }
                        ("concat", arguments) => {
                            let values = divided(arguments);
                            found.extend(values.iter().flat_map(|value| self.pieces(value, asked)));
                        }
                        _ => found.push(self.value(
                            expression.get(position..position + 3 + arguments.len()).unwrap_or_default(),
                        )),
                    }
                    position += 3 + arguments.len();
                    continue;
                }
                Token::Symbol("(") => {
                    let inner = up_to(expression.get(position + 1..).unwrap_or_default(), &[]);
                    found.extend(self.pieces(inner, asked));
                    position += 2 + inner.len();
                    continue;
                }
                Token::Symbol("::") => position += 1,
                // Who has logged in: the caller.
                Token::Word(name) if name == "session_user" => found.push(Piece::Chosen),
                Token::Word(name) if KEYWORDS.contains(&name.as_str()) => {}
                Token::Word(name) | Token::Quoted(name) => {
                    let end = self.end_of_name(expression, position);
                    let given = self.given_to(name);
                    if end - position > 1 || given.is_empty() || asked.contains(name) {
                        if !asked.contains(name) {
                            found.push(self.value(expression.get(position..end).unwrap_or_default()));
                        }
                    } else {
                        asked.push(name.clone());
                        for expression in given {
                            found.extend(self.pieces(expression, asked));
                        }
                    }
                    position = end;
                    continue;
                }
                Token::Parameter(_) => found.push(self.value(std::slice::from_ref(word))),
                _ => {}
            }
            position += 1;
        }
        found
    }

    /// A value by itself: its caller's, or its own.
    fn value(&self, expression: &[Token]) -> Piece {
        match expression {
            [Token::Text(text)] => Piece::Text(text.clone()),
            [word] if word.is("session_user") => Piece::Chosen,
            _ if self.chooses(expression) => Piece::Chosen,
            _ => Piece::Fixed,
        }
    }

    /// Whether somebody else says which one it is. A cast to a name's type (`regclass`, `regrole`) leaves that open.
    fn chooses(&self, expression: &[Token]) -> bool {
        let names = ["regclass", "regrole", "regproc", "regprocedure", "regtype", "oid"];
        let cast = expression.iter().position(|word| word.is_symbol("::"));
        let to_a_name = cast
            .and_then(|at| expression.get(at + 1))
            .and_then(Token::name)
            .is_some_and(|kind| names.contains(&kind));
        let before = cast.filter(|_| to_a_name).and_then(|at| expression.get(..at)).unwrap_or(expression);
        !self.is_safe(before, &mut Vec::new())
    }

    /// The template of a `format` with its values in their places.
    fn filled(&self, template: &str, values: &[&[Token]], asked: &mut Vec<String>) -> Vec<Piece> {
        let mut found = Vec::new();
        let mut text = String::new();
        let mut next = 0;
        let mut letters = template.chars();
        while let Some(letter) = letters.next() {
            if letter != '%' {
                text.push(letter);
                continue;
            }
            let mut number = String::new();
            let kind = letters.find(|letter| {
                number.extend(letter.is_ascii_digit().then_some(*letter));
                letter.is_alphabetic() || *letter == '%'
            });
            if kind == Some('%') {
                text.push('%');
                continue;
            }
            found.push(Piece::Text(std::mem::take(&mut text)));
            let place = number.parse::<usize>().ok().and_then(|number| number.checked_sub(1)).unwrap_or(next);
            next = place + 1;
            let value = values.get(place).copied().unwrap_or_default();
            match self.value(value) {
                // An inner text: `format('%s', quote_ident(a))` is one value, a variable of the body is what it is given.
                Piece::Chosen if kind == Some('s') => found.extend(self.pieces(value, asked)),
                piece => found.push(piece),
            }
        }
        found.push(Piece::Text(text));
        found
    }
}
