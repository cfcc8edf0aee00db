//! What is read of objects: who runs whose code, keys, comments, options; and that no secret is.

use std::fmt::Write;

use expect_test::expect_file;
use pgward_catalog::name::DatabaseName;
use pgward_postgres::survey::survey;
use pgward_survey::Survey;
use pgward_survey::anatomy::{Anatomy, ConstraintKind, User};

use crate::server::{Server, every_major};

#[tokio::test]
async fn everything_that_runs_code_or_reads_a_relation_is_known_by_what_it_uses() {
    for server in every_major() {
        let survey = surveyed(&server).await;
        let anatomy = &survey.databases[&DatabaseName::from("audited")];
        let words = [uses_in_words(anatomy), keys_in_words(anatomy), rest_in_words(anatomy)].join("\n");
        expect_file!["anatomy.txt"].assert_eq(&words);
        let text = format!("{survey:?}");
        let leaks: Vec<&str> = text.matches("hunter2").collect();
        // The comment is what it is; connection strings and options are not read.
        assert_eq!(leaks.len(), 1, "PostgreSQL {}", server.major);
        assert_eq!(survey.server.role_comments.len(), 1);
    }
}

fn uses_in_words(anatomy: &Anatomy) -> String {
    let mut words = String::new();
    for used in &anatomy.uses {
        let by = match &used.by {
            User::Trigger { name, enabled } => format!("trigger {name} ({enabled})"),
            User::EventTrigger { name, enabled } => format!("event trigger {name} ({enabled})"),
            other => format!("{other:?}"),
        };
        writeln!(words, "{by} on {} of {}: {} of {}", used.on, used.on_owner, used.target, used.target_owner)
            .unwrap();
    }
    words
}

fn keys_in_words(anatomy: &Anatomy) -> String {
    let mut words = String::new();
    for (key, relation) in &anatomy.relations {
        let columns: Vec<String> =
            relation.columns.iter().map(|column| format!("{} {}", column.name, column.type_name)).collect();
        let parents: Vec<String> = relation.parents.iter().map(ToString::to_string).collect();
        let statistics: Vec<String> = relation.statistics.iter().map(ToString::to_string).collect();
        writeln!(words, "{key} ({}) {parents:?} {:?} {statistics:?}", columns.join(", "), relation.indexed)
            .unwrap();
    }
    for constraint in &anatomy.constraints {
        let kind = match &constraint.kind {
            ConstraintKind::ForeignKey { references, columns } => {
                format!("references {references} {columns:?}")
            }
            other => format!("{other:?}"),
        };
        writeln!(words, "{} of {} {:?} {kind}", constraint.name, constraint.table, constraint.columns)
            .unwrap();
    }
    words
}

fn rest_in_words(anatomy: &Anatomy) -> String {
    let mut words = String::new();
    for comment in &anatomy.comments {
        writeln!(words, "{} {:?}: {}", comment.on, comment.part, comment.text).unwrap();
    }
    for foreign in &anatomy.foreign {
        let (user, options) = (&foreign.user, &foreign.options);
        writeln!(words, "{} {user:?} {options:?} {:?}", foreign.object, foreign.password_required).unwrap();
    }
    for subscription in &anatomy.subscriptions {
        writeln!(words, "{} of {} {:?}", subscription.name, subscription.owner, subscription.holds_password)
            .unwrap();
    }
    for (name, routine) in &anatomy.routines {
        if name.name.as_str() == "parsed" || name.name.as_str() == "stamp" {
            writeln!(words, "{name} {:?} {:?} {}", routine.volatility, routine.source, routine.parsed)
                .unwrap();
        }
    }
    let extensions: Vec<String> = anatomy.extensions.keys().map(ToString::to_string).collect();
    writeln!(words, "{extensions:?}").unwrap();
    words
}

async fn surveyed(server: &Server) -> Survey {
    server.sql("postgres", "create database audited");
    server.sql("audited", include_str!("world.sql"));
    survey(&server.client("audited").await, &[]).await.unwrap()
}
