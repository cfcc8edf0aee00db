//! From promises to cases: every claim a contract makes about a database, and how each is tried.

use std::collections::HashMap;

use pgward_catalog::effective::Effective;

use crate::case::Cases;
use crate::derive::book::Book;
use crate::promises::{DatabasePromises, Promises};
use crate::shape::Shapes;

mod book;
mod connection;
mod future;
mod interface;
mod never;
mod ownership;
mod policy;
mod power;
mod presence;
mod privilege;
mod row_security;
mod tenant;

/// Every case of one database.
pub fn cases(promises: &Promises, database: &DatabasePromises, shapes: &Shapes) -> Cases {
    let Some(name) = database.database.as_ref() else { return Cases::default() };
    let effective = Effective::of(&promises.desired);
    let mut shapes = shapes.clone();
    future::add_shapes(&mut shapes, &database.creators);
    let shapes = &shapes;
    let mut book =
        Book { promises, database, name, shapes, made: Cases::default(), controls: HashMap::new() };
    presence::derive(&mut book);
    never::derive(&mut book, &effective);
    interface::derive(&mut book, &effective);
    tenant::derive(&mut book, &effective);
    row_security::derive(&mut book);
    policy::derive(&mut book, &effective);
    connection::derive(&mut book, &effective);
    power::derive(&mut book, &effective);
    privilege::derive(&mut book, &effective);
    ownership::derive(&mut book, &effective);
    future::derive(&mut book, &effective);
    book.made
}
