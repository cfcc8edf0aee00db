//! `pgward adopt`: write the contract of a live cluster.

use std::fs::OpenOptions;
use std::io::Write as _;

use pgward_catalog::name::DatabaseName;
use pgward_operations::adopt::adopt;
use pgward_operations::server::Databases;

use crate::arguments::{Adopt, Connection};
use crate::exit::{Failure, Outcome};
use crate::output::Output;
use crate::verb::connection::observe;

pub(crate) async fn run(asked: &Adopt, at: &Connection, output: &mut Output) -> Result<Outcome, Failure> {
    let named: Vec<DatabaseName> =
        asked.databases.iter().map(|name| DatabaseName::from(name.as_str())).collect();
    // All are read, so that the contract accounts for what its roles hold anywhere.
    let wanted = if named.is_empty() { Databases::All } else { Databases::AllAnd(named.clone()) };
    let (_server, catalog) = observe(at, &wanted, output).await?;
    let adoption = adopt(&catalog, &asked.cluster, &named);
    for unsaid in &adoption.unsaid {
        output.say(&format!("not in the contract: {unsaid}"));
    }
    match &asked.out {
        None => output.exact(&adoption.text)?,
        Some(path) => {
            let written = OpenOptions::new()
                .write(true)
                .create_new(true)
                .open(path)
                .and_then(|mut file| file.write_all(adoption.text.as_bytes()));
            written.map_err(|error| match error.kind() {
                std::io::ErrorKind::AlreadyExists => {
                    Failure::asked(format!("{} is there already", path.display()))
                        .hint("name another file, or move this one away: a contract is not overwritten")
                }
                _ => Failure::world(&error),
            })?;
            output.say(&format!("contract written to {}; `pgward plan` of it is empty", path.display()));
        }
    }
    Ok(if adoption.unsaid.is_empty() { Outcome::Done } else { Outcome::No })
}
