//! Texts in a contract that are more than names: expressions, settings, reasons, paths.

use serde_json::{Value, json};

use crate::diagnostic::Report;
use crate::diagnostic::code::Code;
use crate::form::book::Book;
use crate::form::scalar::{Complaint, Scalar};
use crate::form::tree::Tree;
use crate::form::{Form, wrong_type};
use crate::source::node::{Kind, Node};

macro_rules! texts {
    ($($(#[doc = $doc:literal])+ $name:ident is $what:literal, checked by $check:path;)+) => {$(
        $(#[doc = $doc])+
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub String);

        impl $name {
            /// The text itself.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl Scalar for $name {
            const WHAT: &'static str = $what;

            fn understand(text: &str) -> Result<Self, Complaint> {
                $check(text).map(|()| Self(text.to_owned()))
            }

            fn text(&self) -> String {
                self.0.clone()
            }

            fn described(book: &mut Book) -> Value {
                book.refer(stringify!($name), |_| {
                    json!({
                        "description": crate::form::book::description(&[$($doc,)+]),
                        "type": ["string", "number", "boolean"],
                    })
                })
            }

            #[cfg(test)]
            fn rolled(dice: &mut crate::form::dice::Dice) -> Self {
                let text = dice.text();
                match $check(&text) {
                    Ok(()) => Self(text),
                    Err(_) => Self("a.b".to_owned()),
                }
            }
        }
    )+};
}

texts! {
    /// A text for people.
    Words is "a text", checked by no_nul;
    /// An SQL expression, as it would stand in `CREATE POLICY`.
    Expression is "an SQL expression", checked by one_expression;
    /// The name of a configuration parameter, such as `statement_timeout` or `app.tenant`.
    SettingName is "the name of a setting", checked by setting_name;
    /// The path of a secret: relative, and never upward.
    SecretPath is "a path", checked by inner_path;
    /// The value of an option of something foreign, or the seal that stands for it.
    OptionValue is "the value of an option", checked by no_nul;
    /// A value to be stored in a column for a proof, as SQL would write it without quotes.
    SampleValue is "a value", checked by no_nul;
}

fn no_nul(text: &str) -> Result<(), Complaint> {
    if text.contains('\0') {
        return Err(Complaint::new(Code::WrongType, "a text cannot contain a NUL character"));
    }
    Ok(())
}

fn not_blank(text: &str) -> Result<(), Complaint> {
    if text.trim().is_empty() {
        return Err(Complaint::new(Code::WrongType, "an expression cannot be empty")
            .hint("write `true` to let every row through, or remove the key"));
    }
    no_nul(text)
}

fn one_expression(text: &str) -> Result<(), Complaint> {
    not_blank(text)?;
    pgward_grammar::one::one_expression(text).map_err(|why| {
        Complaint::new(Code::WrongType, format!("this is not one SQL expression: {why}"))
            .hint("write what would stand between the parentheses of `USING (...)`, and nothing behind it")
    })
}

fn setting_name(text: &str) -> Result<(), Complaint> {
    let part_is_good = |part: &str| {
        let mut chars = part.chars();
        chars.next().is_some_and(|c| c.is_alphabetic() || c == '_')
            && chars.all(|c| c.is_alphanumeric() || c == '_' || c == '$')
    };
    if text.split('.').all(part_is_good) {
        return Ok(());
    }
    Err(Complaint::new(Code::BadName, format!("`{}` cannot be the name of a setting", text.escape_debug()))
        .hint("letters, digits and `_`, with a dot after the prefix of an extension or application: `app.tenant`"))
}

fn inner_path(text: &str) -> Result<(), Complaint> {
    let hint = "write a path relative to the folder of the contract, without `..`";
    let absolute = text.starts_with(['/', '\\', '~']) || text.contains(':');
    if absolute || text.split(['/', '\\']).any(|part| part == "..") {
        let message = format!("the path `{}` leaves the folder of the contract", text.escape_debug());
        return Err(Complaint::new(Code::UnsafePath, message).hint(hint));
    }
    if text.is_empty() || text.ends_with('/') || text.contains('\0') {
        return Err(Complaint::new(Code::UnsafePath, "the path does not name a file").hint(hint));
    }
    Ok(())
}

/// What a setting is set to: one value, or a list for settings that hold one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SettingValue {
    /// One value, in the spelling `SET` takes.
    One(String),
    /// The items of a list, each of which is quoted where it must be: `search_path: [shop, pg_catalog]`.
    Many(Vec<String>),
}

impl Form for SettingValue {
    fn read(node: &Node, report: &mut Report) -> Option<Self> {
        let one = |node: &Node| match &node.kind {
            Kind::Scalar(scalar) => Some(scalar.text.clone()),
            _ => None,
        };
        let value = match &node.kind {
            Kind::Scalar(scalar) => Some(SettingValue::One(scalar.text.clone())),
            Kind::Sequence(items) => items.iter().map(one).collect::<Option<_>>().map(SettingValue::Many),
            _ => None,
        };
        if value.is_none() {
            report.add(wrong_type(node, "the value of a setting, or a list of them"));
        }
        value
    }

    fn schema(book: &mut Book) -> Value {
        book.refer("SettingValue", |_| {
            json!({
                "description": "What a setting is set to, in the spelling `SET` takes; a list for settings that hold one, \
                                such as `search_path`.",
                "type": ["string", "number", "boolean", "array"],
                "items": { "type": ["string", "number", "boolean"] },
                "examples": ["30s", ["shop", "pg_catalog"]],
            })
        })
    }

    fn print(&self) -> Option<Tree> {
        Some(match self {
            SettingValue::One(value) => Tree::Text(value.clone()),
            SettingValue::Many(items) => Tree::Sequence(items.iter().cloned().map(Tree::Text).collect()),
        })
    }

    #[cfg(test)]
    fn sample(dice: &mut crate::form::dice::Dice) -> Self {
        match dice.roll(3) {
            0 => SettingValue::Many((0..dice.roll(3)).map(|_| dice.text()).collect()),
            _ => SettingValue::One(dice.text()),
        }
    }
}
