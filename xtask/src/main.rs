//! Chores of the project, run as `cargo xtask NAME`.

mod bench;
mod clients;
mod deny;
mod drivers;
mod new_rule;
mod openbao;
mod pg_matrix;
mod registry;
mod say;
mod sign_on;
mod structure;
mod wheels;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let (chore, rest) = match words.split_first() {
        Some((chore, rest)) => (chore.as_str(), rest),
        None => ("help", &[][..]),
    };
    match chore {
        "bench" => bench::run(&workspace_root(), rest),
        "clients" => clients::run(&workspace_root(), rest),
        "pg-matrix" => pg_matrix::run(&workspace_root(), rest),
        "openbao" => openbao::run(&workspace_root()),
        "sign-on" => sign_on::run(&workspace_root()),
        "deny" => deny::run(&workspace_root()),
        "drivers" => drivers::run(&workspace_root()),
        "new-rule" => new_rule::run(&workspace_root(), rest),
        "structure" => structure::run(&workspace_root()),
        "help" | "-h" | "--help" => {
            say::out(USAGE);
            ExitCode::SUCCESS
        }
        unknown => {
            say::err(&format!("no chore is called `{unknown}`\n\n{USAGE}"));
            ExitCode::from(2)
        }
    }
}

/// The folder of the workspace's `Cargo.toml`: this crate lies directly below it.
fn workspace_root() -> PathBuf {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    crate_folder.parent().unwrap_or(crate_folder).to_path_buf()
}

const USAGE: &str = "\
usage: cargo xtask CHORE

  bench [FIGURE...]      measure the numbers of docs/benchmarks.md (bench --help)
  new-rule [AREA.NAME]   scaffold an audit rule, and write the list of rules from their folder
  openbao                fetch the vault of the tests of credentials into .cache/openbao
  sign-on                fetch the OpenID provider of the tests into .cache/oidc (needs npm)
  pg-matrix [MAJOR...]   fetch PostgreSQL binaries into .cache/pg/MAJOR (default: 14 15 16 17 18)
  drivers                fetch the drivers that the desk is tried with into .cache/drivers
  clients [SUITE...]     run the own tests of drivers, and pgbench, through a desk and without it; writes docs/clients.md
  deny                   check licences, sources and bans of the dependencies (cargo-deny)
  structure              draw the house, and fail where the walls are broken";
