//! The table of docs/clients.md.

use std::fs;
use std::path::Path;

use crate::clients::failure::ClientsError;
use crate::clients::suite::{Suite, Told};
use crate::registry::on_disk;

/// What came of a suite.
pub(crate) struct Row {
    what: &'static str,
    direct: usize,
    through: usize,
    /// What passes without the desk alone.
    only_direct: Vec<String>,
}

impl Row {
    pub(crate) fn of(suite: &Suite, direct: &Told, through: &Told) -> Row {
        let passed = |told: &Told| told.values().filter(|passed| **passed).count();
        let lost = direct.iter().filter(|(name, passed)| **passed && through.get(*name) != Some(&true));
        // The last part of a name says enough.
        let short = |name: &String| name.rsplit("::").next().unwrap_or(name).to_owned();
        Row {
            what: suite.what,
            direct: passed(direct),
            through: passed(through),
            only_direct: lost.map(|(name, _)| short(name)).collect(),
        }
    }
}

/// The table in Markdown.
pub(crate) fn table(rows: &[Row]) -> String {
    let mut out =
        "| suite | passed without the desk | passed through it | only without it |\n|---|---|---|---|\n"
            .to_owned();
    for row in rows {
        let only: Vec<String> = row.only_direct.iter().map(|name| format!("`{name}`")).collect();
        out += &format!("| {} | {} | {} | {} |\n", row.what, row.direct, row.through, only.join(" "));
    }
    out
}

/// Puts the table in its place.
pub(crate) fn write(page: &Path, rows: &[Row]) -> Result<(), ClientsError> {
    let text = fs::read_to_string(page).map_err(on_disk(page))?;
    let (before, rest) = text.split_once(BEGIN).ok_or(ClientsError::Place(BEGIN))?;
    let (_, after) = rest.split_once(END).ok_or(ClientsError::Place(END))?;
    let made = format!("{before}{BEGIN}\n\n{}\n{END}{after}", table(rows));
    fs::write(page, made).map_err(on_disk(page))?;
    Ok(())
}

const BEGIN: &str = "<!-- cargo xtask clients writes this table -->";
const END: &str = "<!-- end of the table -->";
