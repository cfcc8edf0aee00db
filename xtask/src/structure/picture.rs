//! The house as a drawing: the floors from the top down, and what each crate stands on.

use crate::structure::floors::{HOUSE, OUTBUILDINGS};
use crate::structure::workspace::{Crate, Workspace};

/// Draws the crates that there are.
pub(crate) fn draw(workspace: &Workspace) -> String {
    let find = |place: &str| workspace.crates.iter().find(|member| member.place == place);
    let beside: String = OUTBUILDINGS.iter().filter_map(|place| find(place)).map(row).collect();
    let mut drawing = format!("beside the house\n{beside}");
    for floor in HOUSE.iter().rev() {
        let members = floor.crates.iter().filter_map(|room| find(&format!("{}/{room}", floor.name)));
        let rows: String = members.map(row).collect();
        drawing.push_str(&format!("\n{}/ {}\n{rows}", floor.name, floor.purpose));
    }
    drawing
}

fn row(member: &Crate) -> String {
    let room = member.place.rsplit('/').next().unwrap_or_default();
    let below = member.inside.join(" ");
    let arrow = if below.is_empty() { "" } else { " -> " };
    let padding = if below.is_empty() { "" } else { "          " };
    let padding = padding.get(room.len()..).unwrap_or_default();
    format!("  {room}{padding}{arrow}{below}\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use std::path::PathBuf;

    #[test]
    fn floors_stand_on_each_other() {
        let member = |place: &str, inside: &[&str]| Crate {
            folder: PathBuf::new(),
            place: place.to_owned(),
            inside: inside.iter().map(|place| (*place).to_owned()).collect(),
            outside: Vec::new(),
        };
        let crates = vec![
            member("app/cli", &["io/postgres", "pure/plan"]),
            member("io/postgres", &["pure/catalog"]),
            member("pure/plan", &["pure/catalog"]),
            member("pure/catalog", &[]),
            member("xtask", &[]),
        ];
        expect![[r#"
            beside the house
              xtask

            app/ is reached
              cli        -> io/postgres pure/plan

            io/ reaches out
              postgres   -> pure/catalog

            pure/ decides
              catalog
              plan       -> pure/catalog
        "#]]
        .assert_eq(&draw(&Workspace { crates }));
    }
}
