//! Lists and mappings.

use serde_json::{Value, json};

use crate::diagnostic::Report;
use crate::form::book::Book;
use crate::form::scalar::Scalar;
use crate::form::tree::Tree;
use crate::form::{Form, wrong_type};
use crate::source::node::{Kind, Node};
#[cfg(test)]
use crate::source::span::Span;
use crate::source::span::Spanned;

impl<T: Form + PartialEq> Form for Vec<T> {
    fn read(node: &Node, report: &mut Report) -> Option<Self> {
        match &node.kind {
            Kind::Sequence(items) => Some(items.iter().filter_map(|item| T::read(item, report)).collect()),
            Kind::Scalar(scalar) => {
                let hint = format!("a list is written in brackets: `[{}]`", scalar.text);
                report.add(wrong_type(node, "a list").hint(hint));
                None
            }
            _ => {
                report.add(wrong_type(node, "a list"));
                None
            }
        }
    }

    fn absent() -> Option<Self> {
        Some(Vec::new())
    }

    fn schema(book: &mut Book) -> Value {
        json!({ "type": "array", "items": T::schema(book) })
    }

    fn print(&self) -> Option<Tree> {
        if self.is_empty() {
            return None;
        }
        Some(Tree::Sequence(self.iter().map(|item| item.print().unwrap_or_else(T::empty)).collect()))
    }

    fn over(mut self, preset: Self) -> Self {
        // What the preset says comes first: a reader meets the rule before what was added to it.
        let mut joined = preset;
        joined.retain(|item| !self.contains(item));
        joined.append(&mut self);
        joined
    }

    #[cfg(test)]
    fn sample(dice: &mut crate::form::dice::Dice) -> Self {
        (0..dice.roll(3)).map(|_| T::sample(dice)).collect()
    }
}

/// At least one; a single one may be written without brackets.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OneOrMany<T>(pub Vec<T>);

impl<T> OneOrMany<T> {
    /// All of them.
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.0.iter()
    }
}

impl<'a, T> IntoIterator for &'a OneOrMany<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl<T: Form + PartialEq> Form for OneOrMany<T> {
    fn read(node: &Node, report: &mut Report) -> Option<Self> {
        match &node.kind {
            Kind::Sequence(items) if items.is_empty() => {
                report.add(
                    wrong_type(node, "at least one").hint("remove the entry if it is for nobody and nothing"),
                );
                None
            }
            Kind::Sequence(items) => {
                let all: Vec<T> = items.iter().filter_map(|item| T::read(item, report)).collect();
                (!all.is_empty()).then_some(Self(all))
            }
            _ => T::read(node, report).map(|one| Self(vec![one])),
        }
    }

    fn schema(book: &mut Book) -> Value {
        let one = T::schema(book);
        json!({ "anyOf": [one, { "type": "array", "items": one, "minItems": 1 }] })
    }

    fn print(&self) -> Option<Tree> {
        match self.0.as_slice() {
            [one] => Some(one.print().unwrap_or_else(T::empty)),
            many => {
                Some(Tree::Sequence(many.iter().map(|item| item.print().unwrap_or_else(T::empty)).collect()))
            }
        }
    }

    #[cfg(test)]
    fn sample(dice: &mut crate::form::dice::Dice) -> Self {
        Self((0..=dice.roll(2)).map(|_| T::sample(dice)).collect())
    }
}

/// Entries under names, in the order they were written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Map<K, V> {
    entries: Vec<(Spanned<K>, V)>,
}

impl<K, V> Default for Map<K, V> {
    fn default() -> Self {
        Self { entries: Vec::new() }
    }
}

impl<K: PartialEq, V> Map<K, V> {
    /// The entry under `key`.
    pub fn get(&self, key: &K) -> Option<&V> {
        self.entry(key).map(|(_, value)| value)
    }

    /// The key as it is written, and its entry.
    pub fn entry(&self, key: &K) -> Option<&(Spanned<K>, V)> {
        self.entries.iter().find(|(other, _)| other.value == *key)
    }

    /// All entries.
    pub fn iter(&self) -> std::slice::Iter<'_, (Spanned<K>, V)> {
        self.entries.iter()
    }

    /// All keys.
    pub fn keys(&self) -> impl Iterator<Item = &Spanned<K>> {
        self.entries.iter().map(|(key, _)| key)
    }

    /// Puts `value` under `key`, in place of what was there.
    pub fn insert(&mut self, key: Spanned<K>, value: V) {
        match self.entries.iter_mut().find(|(other, _)| *other == key) {
            Some(entry) => *entry = (key, value),
            None => self.entries.push((key, value)),
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

impl<'a, K, V> IntoIterator for &'a Map<K, V> {
    type Item = &'a (Spanned<K>, V);
    type IntoIter = std::slice::Iter<'a, (Spanned<K>, V)>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.iter()
    }
}

impl<K, V> FromIterator<(Spanned<K>, V)> for Map<K, V> {
    fn from_iter<I: IntoIterator<Item = (Spanned<K>, V)>>(entries: I) -> Self {
        Self { entries: entries.into_iter().collect() }
    }
}

impl<K: Scalar, V: Form> Form for Map<K, V> {
    fn read(node: &Node, report: &mut Report) -> Option<Self> {
        let Kind::Mapping(written) = &node.kind else {
            report.add(wrong_type(node, &format!("a mapping with {} as each key", K::WHAT)));
            return None;
        };
        let mut map: Vec<(Spanned<K>, V)> = Vec::with_capacity(written.len());
        for (key, value) in written {
            let read = V::read(value, report);
            match K::understand(&key.value) {
                Err(complaint) => report.add(complaint.at(key.span)),
                Ok(name) => map.extend(read.map(|value| (key.with(name), value))),
            }
        }
        Some(Self { entries: map })
    }

    fn absent() -> Option<Self> {
        Some(Self::default())
    }

    fn schema(book: &mut Book) -> Value {
        json!({ "type": "object", "propertyNames": K::described(book), "additionalProperties": V::schema(book) })
    }

    fn print(&self) -> Option<Tree> {
        if self.is_empty() {
            return None;
        }
        let entries =
            self.entries.iter().map(|(key, value)| (key.text(), value.print().unwrap_or_else(V::empty)));
        Some(Tree::Mapping(entries.collect()))
    }

    fn empty() -> Tree {
        Tree::empty_mapping()
    }

    fn over(self, preset: Self) -> Self {
        let mut beneath: Vec<Option<(Spanned<K>, V)>> = preset.entries.into_iter().map(Some).collect();
        let mut entries = Vec::new();
        for (key, written) in self.entries {
            let same =
                beneath.iter_mut().find(|entry| entry.as_ref().is_some_and(|(other, _)| *other == key));
            match same.and_then(Option::take) {
                Some((_, made)) => entries.push((key, written.over(made))),
                None => entries.push((key, written)),
            }
        }
        entries.extend(beneath.into_iter().flatten());
        Self { entries }
    }

    #[cfg(test)]
    fn sample(dice: &mut crate::form::dice::Dice) -> Self {
        let mut map = Self::default();
        for _ in 0..dice.roll(3) {
            map.insert(Spanned::new(K::rolled(dice), Span::default()), V::sample(dice));
        }
        map
    }
}
