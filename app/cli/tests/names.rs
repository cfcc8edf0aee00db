//! Names that would move a terminal's cursor, begin a new line or turn the direction of reading: shown, never obeyed (S15).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod story;

use std::process::Command;

use pgward_cluster::matrix::installations;
use story::Story;

const CONTRACT: &str = "contract: 1
scope: {roles: [\"*\"], mode: authoritative}
roles:
  postgres: {kind: dba, because: it set the cluster up}
  n_app: {kind: login}
databases:
  shop:
    schemas: {public: {use: [n_app], create: []}}
    grants:
      - {to: n_app, allow: select, on: {tables: public.t}}
    never:
      - {roles: n_app, may: select, on: {tables: [\"public.s*\"]}}
";

const ROLES: [&str; 3] =
    ["U&\"z\\001B[2K\\000DNo changes\"", "U&\"z\\000ANo changes\"", "U&\"z\\202E\\009B2K segnahc oN\""];

fn is_obeyed(letter: char) -> bool {
    letter != '\n' && (letter.is_control() || letter == '\u{202e}')
}

#[test]
fn names_are_shown_and_never_obeyed() {
    for installation in installations().expect("a server") {
        let story = Story::on(&installation, "shop");
        story.sql("CREATE TABLE public.t (id int); CREATE TABLE U&\"public\".U&\"s\\001B[2K\\000ANo changes\" (id int)");
        for role in ROLES {
            story.sql(&format!("CREATE ROLE {role}; GRANT SELECT, INSERT ON public.t TO {role}"));
        }
        story.sql(&format!("CREATE ROLE n_app LOGIN; GRANT {} TO n_app", ROLES[0]));
        story.sql(&format!("GRANT SELECT ON U&\"s\\001B[2K\\000ANo changes\" TO {}", ROLES[0]));
        story.write("contract.yaml", CONTRACT);
        for arguments in [
            &["plan", "contract.yaml"][..],
            &["plan", "contract.yaml", "--format", "markdown"],
            &["plan", "contract.yaml", "--format", "html"],
            &["apply", "contract.yaml", "--yes"],
            &["prove", "contract.yaml"],
            &["prove", "contract.yaml", "--format", "markdown"],
            &["inspect"],
            &["who-can", "select", "table public.t"],
            &["what-can", "n_app"],
            &["why", "n_app", "select", "table public.t"],
            &["paths"],
            &["audit"],
            &["audit", "--format", "markdown"],
        ] {
            let told = story.pgward(arguments);
            let all = format!("{}{}", told.stdout, told.stderr);
            assert!(!all.is_empty() && !all.contains(is_obeyed), "{arguments:?}: {all:?}");
            let pretends = |line: &str| line.starts_with("No changes") || line.starts_with("segnahc oN");
            assert!(!all.lines().any(pretends), "{arguments:?}: {all}");
        }
        let shown = story.pgward(&["plan", "contract.yaml"]).ended(0).stdout;
        assert!(shown.contains("\"z\\u{1b}[2K\\u{d}No changes\""), "{shown}");

        // SQL is what runs, also out of a pipe.
        let script = story.pgward(&["plan", "contract.yaml", "--format", "sql"]).ended(0).stdout;
        assert!(script.contains("\"z\u{1b}[2K\rNo changes\""), "{script:?}");
        let script = story.write("script.sql", &script);
        let psql = installation.program("psql").unwrap();
        let ran = Command::new(psql)
            .args(["-Xqf", script.to_str().unwrap()])
            .env_clear()
            .envs(story.cluster.superuser_env("shop"))
            .output()
            .unwrap();
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
        let told = story.pgward(&["plan", "contract.yaml"]).ended(0);
        assert!(told.stdout.starts_with("No changes"), "{}", told.all());
    }
}
