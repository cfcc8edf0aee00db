//! Inspects a database and computes everybody's privileges on everything in it, for `cargo xtask bench effective`:
//! `effective TIMES` finds the server as libpq does, computes them that often, and prints how many privileges the roles
//! named `large_*` hold on the tables of schemas named so; `effective 0` stops after the inspection.
#![allow(clippy::print_stdout, reason = "a program for people")]

use std::hint::black_box;

use pgward_catalog::catalog::Catalog;
use pgward_catalog::class::Class;
use pgward_catalog::effective::Effective;
use pgward_catalog::object::ObjectKey;
use pgward_postgres::connect::connect;
use pgward_postgres::conninfo::environment::Environment;
use pgward_postgres::conninfo::settings::ConnectionSettings;
use pgward_postgres::inspect::inspect;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let settings = ConnectionSettings::resolve(None, &Environment::of_process())?;
    let session = connect(&settings).await?;
    let catalog = inspect(session.client(), &[]).await?;
    let times: u32 = std::env::args().nth(1).map_or(Ok(1), |times| times.parse())?;
    for _ in 0..times {
        println!("{}", granted(black_box(&catalog)));
    }
    Ok(())
}

/// Walks every role and every object, and counts the tables' privileges that are usable without SET ROLE.
fn granted(catalog: &Catalog) -> usize {
    let effective = Effective::of(catalog);
    let counted: Vec<bool> = effective.roles().map(|role| role.as_str().starts_with(MARK)).collect();
    let mut granted = 0;
    for (_, key, row) in effective.rows() {
        if is_counted(key) {
            let held = row.iter().zip(&counted).filter(|(_, counted)| **counted);
            granted += held.map(|(held, _)| held.now.privileges.len()).sum::<usize>();
        }
    }
    granted
}

fn is_counted(key: &ObjectKey) -> bool {
    key.class == Class::Table && key.schema.as_ref().is_some_and(|schema| schema.as_str().starts_with(MARK))
}

const MARK: &str = "large_";
