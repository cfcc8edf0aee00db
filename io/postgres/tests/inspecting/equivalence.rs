//! Expressions that are one to the server.

use pgward_catalog::class::Class;
use pgward_catalog::object::ObjectKey;
use pgward_postgres::equivalence::{Answer, Question, compare_expressions};

use crate::inspecting::server::{Server, every_major};

#[tokio::test]
async fn the_server_tells_rewriting_from_change_and_says_what_is_wrong() {
    for server in every_major().map(Server::with_fixture) {
        server.sql("fixture", SETUP);
        let client = server.client("fixture").await;
        let table = ObjectKey::in_schema(Class::Table, "app", "customers");
        let parent = ObjectKey::in_schema(Class::PartitionedTable, "app", "measures");
        let questions: Vec<Question> = CASES
            .iter()
            .map(|(on, left, right, _)| Question {
                table: if *on == "customers" { table.clone() } else { parent.clone() },
                left: (*left).to_owned(),
                right: (*right).to_owned(),
            })
            .collect();
        client.batch_execute("begin read only").await.unwrap();
        let answers = compare_expressions(&client, &questions).await.unwrap();
        assert_eq!(answers.len(), CASES.len());
        for ((_, left, right, expected), answer) in CASES.iter().zip(answers) {
            let said = match answer {
                Answer::Same => "same".to_owned(),
                Answer::Different => "different".to_owned(),
                Answer::Invalid { message, .. } => format!("invalid: {message}"),
                Answer::CannotTell(why) => format!("cannot tell: {why}"),
            };
            assert!(said.starts_with(expected), "PostgreSQL {}: {left} ~ {right}: {said}", server.major);
        }
        assert!(client.batch_execute("select 1").await.is_ok(), "the transaction goes on");
    }
}

/// What the server printed for the left expression is on the right, unless they differ.
const CASES: &[(&str, &str, &str, &str)] = &[
    ("customers", "tenant = 1", "tenant = 1", "same"),
    ("customers", "email in ('a', 'b')", "(email = ANY (ARRAY['a'::text, 'b'::text]))", "same"),
    ("measures", "value in (1, 2)", "(value = ANY (ARRAY[1, 2]))", "same"),
    ("measures", "value in (1, 2)", "(value = ANY (ARRAY[1, 3]))", "different"),
    (
        "customers",
        "tenant = current_setting('app.tenant')::int",
        "(tenant = (current_setting('app.tenant'::text))::integer)",
        "same",
    ),
    (
        "customers",
        "exists (select from app.members m where m.who = current_setting('app.who')::int and m.tenant = customers.tenant)",
        "(EXISTS ( SELECT FROM app.members m WHERE ((m.who = (current_setting('app.who'::text))::integer) AND (m.tenant = customers.tenant))))",
        "same",
    ),
    (
        "customers",
        "exists (select from app.members m where m.who = current_setting('app.who')::int)",
        "exists (select from app.members m where m.who = current_setting('app.whom')::int)",
        "different",
    ),
    (
        "customers",
        "tenant between 1 and 5 and not tenant = 3",
        "(((tenant >= 1) AND (tenant <= 5)) AND (NOT (tenant = 3)))",
        "same",
    ),
    ("customers", "tint = 'red'", "(tint = 'red'::app.color)", "same"),
    ("customers", "id is not null", "true", "different"),
    ("customers", "true", "false", "different"),
    ("customers", "nope = 1", "true", "invalid: column \"nope\" does not exist"),
    ("customers", "tenant = ", "true", "invalid: syntax error"),
    ("customers", "tenant", "true", "invalid: argument of WHERE must be type boolean"),
    ("customers", "count(*) > 1", "true", "invalid: aggregate functions are not allowed"),
    ("customers", "true); drop table app.orders; --", "true", "invalid: syntax error"),
    ("customers", "true -- always", "true", "same"),
    (
        "customers",
        "app.harmful(1)",
        "true",
        "cannot tell: planning it may run function app.harmful(integer) of role app_owner",
    ),
];

const SETUP: &str = "
create table app.members (tenant int, who int);
insert into app.members select n, n from generate_series(1, 100) n;
analyze app.members;
create function app.harmful(int) returns bool language plpgsql immutable as 'begin raise exception $$it ran$$; end';
alter function app.harmful owner to app_owner;
";
