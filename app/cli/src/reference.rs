//! The reference of the command line in `docs/cli.md`, kept true by this test.

use std::fmt::Write as _;

use clap::CommandFactory;
use expect_test::expect_file;

use crate::arguments::Arguments;

#[test]
fn the_reference_says_what_the_command_line_takes() {
    let mut page = String::from(
        "# The command line\n\nMade from the program itself; `UPDATE_EXPECT=1 cargo test -p pgward reference` makes it anew.\n",
    );
    let mut command = Arguments::command().term_width(110);
    command.build();
    section(&mut page, "pgward", &mut command.clone());
    for verb in command.get_subcommands_mut() {
        if verb.get_name() != "help" {
            let name = format!("pgward {}", verb.get_name());
            section(&mut page, &name, verb);
        }
    }
    expect_file!["../../../docs/cli.md"].assert_eq(&page);
}

fn section(page: &mut String, name: &str, command: &mut clap::Command) {
    let help = command.render_long_help().to_string();
    let help: String = help.lines().map(|line| format!("{}\n", line.trim_end())).collect();
    write!(page, "\n## {name}\n\n```text\n{help}```\n").ok();
}
