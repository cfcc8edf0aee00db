//! The table of controls beside those that rules name, a file for each framework or family of them.

mod cis;
mod organisation;
mod stig;

use crate::framework::control_row::ControlRow;

/// Every row.
pub fn rows() -> impl Iterator<Item = &'static ControlRow> {
    [cis::ROWS, stig::ROWS, organisation::ROWS].into_iter().flatten()
}
